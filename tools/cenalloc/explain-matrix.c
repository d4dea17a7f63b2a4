/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The matrix of formats and devices, as values. */
#include "explain-matrix.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "args.h"
#include "explain-hint.h"
#include "words.h"

#define REASON_SIZE 1024

/* What is needed while it is made. */
struct making {
	struct tool *tool;
	const struct solve_options *options;
	struct matrix *matrix;
	struct cen_capabilities *caps[CEN_MAX_USAGES]; /* per usage, all formats */
};

static void making_cleanup(struct making *making)
{
	for (size_t u = 0; u < CEN_MAX_USAGES; u++)
		cen_capabilities_unref(making->caps[u]);
}

static void row_finish(struct matrix_row *row)
{
	free(row->cells);
	free(row->shared);
	free(row->allocator);
	free(row->reason);
}

void matrix_destroy(struct matrix *matrix)
{
	if (!matrix)
		return;
	for (size_t r = 0; r < matrix->row_count; r++)
		row_finish(&matrix->rows[r]);
	for (size_t u = 0; u < matrix->usage_count; u++)
		free(matrix->devices[u]);
	free(matrix->devices);
	free(matrix->usages);
	free(matrix->rows);
	free(matrix);
}

void matrix_cleanup(struct matrix **matrix)
{
	matrix_destroy(*matrix);
}

static int no_memory(const struct making *making)
{
	return args_report(making->tool, -ENOMEM, NULL);
}

/* The device that a request takes for a usage: the one named, or another backend's for the same node. */
static const struct cen_device *find_device(const struct tool *tool, const struct cen_device *named, uint32_t usage)
{
	const struct cen_device *device;

	if (cen_device_get_usages(named) & CEN_USAGE_BIT(usage))
		return named;
	for (size_t i = 0; (device = cen_machine_get_device(tool->machine, i)); i++) {
		if (cen_device_get_usages(device) & CEN_USAGE_BIT(usage) &&
		    strcmp(cen_device_get_path(device), cen_device_get_path(named)) == 0)
			return device;
	}
	return named;
}

int matrix_ask(const struct tool *tool, const struct solve_options *options, size_t usage,
	       const struct cen_device **device, struct cen_capabilities **caps)
{
	const struct solve_usage *row = &options->usages[usage];
	_cleanup_error_ struct cen_error *err = NULL;
	int ret = cen_machine_find_device(tool->machine, row->device, device, &err);

	if (ret == 0) {
		*device = find_device(tool, *device, row->usage);
		ret = cen_machine_describe(tool->machine, *device, row->usage, options->width, options->height, NULL, 0,
					   caps, NULL, &err);
	}
	return ret < 0 ? args_report(tool, ret, err) : TOOL_DONE;
}

static int ask_usage(struct making *making, size_t index)
{
	struct matrix *matrix = making->matrix;
	const struct cen_device *device;
	int status = matrix_ask(making->tool, making->options, index, &device, &making->caps[index]);

	if (status != TOOL_DONE)
		return status;
	matrix->usages[index] = making->options->usages[index].usage;
	matrix->devices[index] = strdup(cen_device_get_path(device));
	return matrix->devices[index] ? TOOL_DONE : no_memory(making);
}

static int ask_usages(struct making *making)
{
	struct matrix *matrix = making->matrix;
	size_t count = making->options->usage_count;
	int status = TOOL_DONE;

	matrix->devices = calloc(count, sizeof(*matrix->devices));
	matrix->usages = calloc(count, sizeof(*matrix->usages));
	if (!matrix->devices || !matrix->usages)
		return no_memory(making);
	matrix->usage_count = count;
	for (size_t u = 0; u < count && status == TOOL_DONE; u++)
		status = ask_usage(making, u);
	return status;
}

static int add_row(struct making *making, uint32_t fourcc)
{
	struct matrix *matrix = making->matrix;
	struct matrix_row *rows;

	for (size_t r = 0; r < matrix->row_count; r++) {
		if (matrix->rows[r].fourcc == fourcc)
			return TOOL_DONE;
	}
	rows = reallocarray(matrix->rows, matrix->row_count + 1, sizeof(*rows));
	if (!rows)
		return no_memory(making);
	matrix->rows = rows;
	rows[matrix->row_count++] = (struct matrix_row){.fourcc = fourcc};
	return TOOL_DONE;
}

static bool is_cpu(uint32_t usage)
{
	return usage == CEN_USAGE_CPU_READ || usage == CEN_USAGE_CPU_WRITE;
}

/* The CPU has every format: it adds rows only where nobody else is there to. */
static bool adds_rows(const struct matrix *matrix, size_t usage)
{
	bool is_alone = true;

	for (size_t u = 0; u < matrix->usage_count; u++)
		is_alone = is_alone && is_cpu(matrix->usages[u]);
	return is_alone || !is_cpu(matrix->usages[usage]);
}

/* The formats of the request, or every one that any of the devices has. */
static int add_rows(struct making *making)
{
	const struct solve_options *options = making->options;
	struct cen_capability entry = {.size = sizeof(entry)};
	int status = TOOL_DONE;

	for (size_t i = 0; i < options->fourcc_count && status == TOOL_DONE; i++)
		status = add_row(making, options->fourccs[i]);
	if (options->fourcc_count)
		return status;
	for (size_t u = 0; u < options->usage_count; u++) {
		for (size_t i = 0;
		     adds_rows(making->matrix, u) && cen_capabilities_get(making->caps[u], i, &entry) == 0; i++) {
			status = add_row(making, entry.fourcc);
			if (status != TOOL_DONE)
				return status;
		}
	}
	return TOOL_DONE;
}

static bool within(uint64_t value, const struct cen_constraint *constraint, uint32_t min, uint32_t max, uint32_t step)
{
	if (constraint->kind == min)
		return value >= constraint->value;
	if (constraint->kind == max)
		return value <= constraint->value;
	return constraint->kind != step || !constraint->value || value % constraint->value == 0;
}

/* Whether one alternative takes the size. */
static bool takes_size(const struct matrix *matrix, const struct cen_capability *entry)
{
	for (size_t i = 0; i < entry->constraint_count; i++) {
		const struct cen_constraint *constraint = &entry->constraints[i];

		if (!within(matrix->width, constraint, CEN_CONSTRAINT_WIDTH_MIN, CEN_CONSTRAINT_WIDTH_MAX,
			    CEN_CONSTRAINT_WIDTH_STEP) ||
		    !within(matrix->height, constraint, CEN_CONSTRAINT_HEIGHT_MIN, CEN_CONSTRAINT_HEIGHT_MAX,
			    CEN_CONSTRAINT_HEIGHT_STEP))
			return false;
	}
	return true;
}

/* Alternatives are in the order of their modifiers: one that is as before is another way of the same. */
static void fill_cell(const struct matrix *matrix, const struct cen_capabilities *caps, uint32_t fourcc,
		      struct matrix_cell *cell)
{
	struct cen_capability entry = {.size = sizeof(entry)}, shown = {.size = sizeof(shown)};
	uint64_t before = 0;
	bool any = false;

	for (size_t i = 0; cen_capabilities_get(caps, i, &entry) == 0; i++) {
		if (entry.fourcc != fourcc)
			continue;
		if (!takes_size(matrix, &entry)) {
			cell->state = cell->state == MATRIX_NO ? MATRIX_SIZE : cell->state;
			continue;
		}
		cell->state = MATRIX_TAKES;
		/* What linear images ask for is what can be told in few words. */
		if (!any || (entry.modifier == CEN_MODIFIER_LINEAR && !cell->has_linear))
			shown = entry;
		cell->has_linear = cell->has_linear || entry.modifier == CEN_MODIFIER_LINEAR;
		cell->has_implicit = cell->has_implicit || entry.modifier == CEN_MODIFIER_INVALID;
		if (entry.modifier != CEN_MODIFIER_LINEAR && entry.modifier != CEN_MODIFIER_INVALID &&
		    (!any || entry.modifier != before))
			cell->vendor_count++;
		before = entry.modifier;
		any = true;
	}
	if (any)
		hint_write(&shown, cell->hint, sizeof(cell->hint));
}

static bool has_modifier(const struct matrix *matrix, const struct cen_capabilities *caps, uint32_t fourcc,
			 uint64_t modifier)
{
	struct cen_capability entry = {.size = sizeof(entry)};

	for (size_t i = 0; cen_capabilities_get(caps, i, &entry) == 0; i++) {
		if (entry.fourcc == fourcc && entry.modifier == modifier && takes_size(matrix, &entry))
			return true;
	}
	return false;
}

static bool is_wanted(const struct solve_options *options, uint64_t modifier)
{
	for (size_t i = 0; i < options->modifier_count; i++) {
		if (options->modifiers[i] == modifier)
			return true;
	}
	return !options->modifier_count && modifier != CEN_MODIFIER_INVALID;
}

/* Modifiers of the first usage that all the others have, each once. */
static int fill_shared(const struct making *making, struct matrix_row *row)
{
	struct cen_capability entry = {.size = sizeof(entry)};
	const struct cen_capabilities *caps = making->caps[0];

	row->shared = calloc(cen_capabilities_get_count(caps) + 1, sizeof(*row->shared));
	if (!row->shared)
		return no_memory(making);
	for (size_t i = 0; cen_capabilities_get(caps, i, &entry) == 0; i++) {
		bool shared = entry.fourcc == row->fourcc && is_wanted(making->options, entry.modifier) &&
			      (!row->shared_count || row->shared[row->shared_count - 1] != entry.modifier);

		for (size_t u = 0; u < making->matrix->usage_count && shared; u++)
			shared = has_modifier(making->matrix, making->caps[u], row->fourcc, entry.modifier);
		if (shared)
			row->shared[row->shared_count++] = entry.modifier;
	}
	return TOOL_DONE;
}

__attribute__((format(printf, 3, 4))) static void append(char *reason, size_t *used, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(reason + *used, REASON_SIZE - *used, format, args);
	va_end(args);
	*used += length > 0 ? (size_t)length : 0;
	*used = *used < REASON_SIZE ? *used : REASON_SIZE - 1;
}

/* The conflict names one device that does not take the format; here all of them are of interest. */
static char *write_refusals(const struct matrix *matrix, const struct matrix_row *row)
{
	char *reason = calloc(1, REASON_SIZE);
	size_t used = 0, count = 0;

	for (size_t u = 0; reason && u < matrix->usage_count; u++) {
		if (row->cells[u].state == MATRIX_NO)
			append(reason, &used, "%s%s", count++ ? ", " : "", matrix->devices[u]);
	}
	if (reason)
		append(reason, &used, "%s", count == 1 ? " does not take it" : " do not take it");
	return reason;
}

/* "/dev/video0 requires stride exactly 1920 bytes (queried); /dev/dri/card0 requires ..." */
static char *write_reason(const struct cen_conflict *conflict)
{
	struct cen_conflict_member member = {.size = sizeof(member)};
	char *reason = calloc(1, REASON_SIZE);
	size_t used = 0;

	for (size_t i = 0; reason && cen_conflict_get_member(conflict, i, &member) == 0; i++)
		append(reason, &used, "%s%s%s%s", i ? "; " : "", member.who,
		       member.usage == CEN_MEMBER_SOURCE ? ": " : " ", member.text);
	return reason;
}

static int fill_answer(const struct making *making, const struct cen_solution *solution, struct matrix_row *row)
{
	const struct cen_conflict *conflict = cen_solution_get_conflict(solution);
	struct cen_plan_info info = {.size = sizeof(info)};

	if (conflict) {
		row->dimension = cen_conflict_get_dimension(conflict);
		for (size_t i = 0; i < cen_conflict_get_usage_count(conflict); i++)
			row->culprits |= UINT64_C(1) << cen_conflict_get_usage(conflict, i);
		row->reason = row->dimension == CEN_DIMENSION_FORMAT ? write_refusals(making->matrix, row)
								     : write_reason(conflict);
		return row->reason ? TOOL_DONE : no_memory(making);
	}
	cen_plan_get_info(cen_solution_get_plan(solution, 0), &info);
	row->has_plan = true;
	row->modifier = info.modifier;
	row->allocator = strdup(info.source);
	return row->allocator ? TOOL_DONE : no_memory(making);
}

static int solve_row(const struct making *making, struct matrix_row *row)
{
	_cleanup_(solution_cleanup) struct cen_solution *solution = NULL;
	_cleanup_(request_cleanup) struct cen_request *request = NULL;
	_cleanup_error_ struct cen_error *err = NULL;
	struct solve_options options = *making->options;
	int status, ret;

	options.fourccs = &row->fourcc;
	options.fourcc_count = 1;
	status = solve_options_make_request(&options, making->tool, &request);
	if (status != TOOL_DONE)
		return status;
	ret = cen_solve(request, CEN_SOLVE_NO_RELAXATIONS, &solution, &err);
	return ret < 0 ? args_report(making->tool, ret, err) : fill_answer(making, solution, row);
}

static int fill_row(const struct making *making, struct matrix_row *row)
{
	const struct matrix *matrix = making->matrix;
	int status;

	row->cells = calloc(matrix->usage_count + 1, sizeof(*row->cells));
	if (!row->cells)
		return no_memory(making);
	for (size_t u = 0; u < matrix->usage_count; u++) {
		fill_cell(matrix, making->caps[u], row->fourcc, &row->cells[u]);
		row->takers += row->cells[u].state == MATRIX_TAKES;
	}
	status = fill_shared(making, row);
	return status == TOOL_DONE ? solve_row(making, row) : status;
}

/* What works first, then what nearly does. The names decide between equals, so that the order is always the same. */
static int compare_rows(const void *a, const void *b)
{
	const struct matrix_row *first = a, *second = b;
	char one[8], two[8];

	if (first->has_plan != second->has_plan)
		return first->has_plan ? -1 : 1;
	if (first->takers != second->takers)
		return first->takers > second->takers ? -1 : 1;
	return strcmp(words_format(first->fourcc, one), words_format(second->fourcc, two));
}

static int fill_matrix(struct making *making)
{
	struct matrix *matrix = making->matrix;
	int status = ask_usages(making);

	if (status == TOOL_DONE)
		status = add_rows(making);
	for (size_t r = 0; r < matrix->row_count && status == TOOL_DONE; r++)
		status = fill_row(making, &matrix->rows[r]);
	if (status == TOOL_DONE && !making->options->fourcc_count && matrix->row_count)
		qsort(matrix->rows, matrix->row_count, sizeof(*matrix->rows), compare_rows);
	return status;
}

int matrix_create(struct tool *tool, const struct solve_options *options, struct matrix **out)
{
	_cleanup_(matrix_cleanup) struct matrix *matrix = calloc(1, sizeof(*matrix));
	_cleanup_(making_cleanup) struct making making = {.tool = tool, .options = options, .matrix = matrix};
	int status;

	*out = NULL;
	if (!matrix)
		return no_memory(&making);
	matrix->width = options->width;
	matrix->height = options->height;
	matrix->count = options->count ? options->count : 1;
	status = fill_matrix(&making);
	if (status != TOOL_DONE)
		return status;
	*out = matrix;
	matrix = NULL;
	return TOOL_DONE;
}
