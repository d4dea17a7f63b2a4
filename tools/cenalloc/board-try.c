/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * One job, in the worker: does what the solver promises hold on this board? Plans are allocated and shown to each
 * device alone, so that a refusal of one does not hide that of another.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>
#include <time.h>

#include "board.h"
#include "words.h"

#define BUFFERS_MAX 64

struct trying {
	struct board *board;
	const struct board_job *job;
	FILE *out;
	const char *name; /* of the case */
	struct cen_request *request;
	struct cen_solution *solution;
	int64_t since; /* ms */
};

struct buffers {
	struct cen_buffer *items[BUFFERS_MAX];
	uint32_t count;
};

static void buffers_cleanup(struct buffers *buffers)
{
	for (uint32_t i = 0; i < buffers->count; i++)
		cen_buffer_unref(buffers->items[i]);
}

static void trying_cleanup(struct trying *trying)
{
	cen_solution_unref(trying->solution);
	cen_request_destroy(trying->request);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void board_send_result(FILE *out, struct board_result *result)
{
	struct json_object *object = board_result_json(result);

	fputs(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN), out);
	fputc('\n', out);
	json_object_put(object);
	board_result_clear(result);
}

static void send_timed(struct trying *trying, struct board_result *result)
{
	int64_t now = now_ms();

	result->ms = (uint32_t)(now - trying->since);
	trying->since = now;
	board_send_result(trying->out, result);
}

/* What somebody else holds, or may hold, says nothing about the solver. */
static enum board_outcome judge(int ret, const struct cen_error *err)
{
	uint32_t code = err ? cen_error_get_code(err) : 0;

	if (ret == -EBUSY || code == CEN_ERROR_BUSY || code == CEN_ERROR_PERMISSION)
		return BOARD_SKIPPED;
	/* Memory that is short now, of a pool or of the machine: wanted and held say so. */
	return ret == -ENOMEM && code == CEN_ERROR_ALLOCATION ? BOARD_SKIPPED : BOARD_FAILED;
}

static void send_formats(FILE *out, const struct cen_capabilities *caps)
{
	struct cen_capability item = {.size = sizeof(item)};
	uint32_t last = 0;
	bool is_first = true;

	fputs("{\"fourccs\":[", out);
	for (size_t i = 0; i < cen_capabilities_get_count(caps) && cen_capabilities_get(caps, i, &item) == 0; i++) {
		if (item.fourcc == last)
			continue;
		fprintf(out, "%s%" PRIu32, is_first ? "" : ",", item.fourcc);
		last = item.fourcc;
		is_first = false;
	}
	fputs("]}\n", out);
}

static void add_notes(struct board_result *result, char *notes)
{
	char *save = NULL;

	for (char *line = notes ? strtok_r(notes, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save))
		board_result_add(result, "%s", line);
}

static void describe(struct trying *trying)
{
	const struct board_role *role = &trying->board->roles[trying->job->roles[0]];
	struct board_result result = {.outcome = BOARD_PASSED};
	_cleanup_error_ struct cen_error *err = NULL;
	struct cen_capabilities *caps = NULL;
	_cleanup_free_ char *notes = NULL;
	int ret;

	board_result_set(&result, BOARD_NAME, "describe %s", trying->name);
	ret = cen_machine_describe(trying->board->tool->machine, role->device, role->usage, 0, 0, NULL, 0, &caps,
				   &notes, &err);
	if (ret < 0) {
		/* Nothing was promised yet. A program or driver that is not installed breaks no promise. */
		result.outcome = ret == -ENOENT || ret == -EOPNOTSUPP ? BOARD_SKIPPED : judge(ret, err);
		board_result_blame(&result, ret, err);
	} else {
		send_formats(trying->out, caps);
		board_result_set(&result, BOARD_SUMMARY, "%zu pairs of format and modifier",
				 cen_capabilities_get_count(caps));
		add_notes(&result, notes);
		cen_capabilities_unref(caps);
	}
	send_timed(trying, &result);
}

static bool has_usage(const struct trying *trying, uint32_t usage)
{
	for (uint32_t i = 0; i < trying->job->role_count; i++) {
		if (trying->board->roles[trying->job->roles[i]].usage == usage)
			return true;
	}
	return false;
}

static int make_request(struct trying *trying, struct cen_error **err)
{
	const struct board_job *job = trying->job;
	int ret = cen_request_create(trying->board->tool->machine, &trying->request);

	if (ret == 0)
		ret = cen_request_set_size(trying->request, job->width, job->height, err);
	if (ret == 0)
		ret = cen_request_add_format(trying->request, job->fourcc, err);
	/* Streaming needs a few that go round. */
	if (ret == 0 && trying->board->options.frames && has_usage(trying, CEN_USAGE_CAPTURE))
		ret = cen_request_set_count(trying->request, 3, err);
	for (uint32_t i = 0; i < job->role_count && ret == 0; i++) {
		const struct board_role *role = &trying->board->roles[job->roles[i]];

		ret = cen_request_add_usage(trying->request, role->usage, role->device, err);
	}
	return ret;
}

/* The layout in few words: what somebody who reads a report wants to compare. */
static void describe_plan(const struct cen_plan *plan, char *text, size_t size)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	char modifier[WORDS_MODIFIER_SIZE];
	struct cen_plane_layout plane;
	size_t used;

	cen_plan_get_info(plan, &info);
	used = (size_t)snprintf(text, size, "%" PRIu32 " of %" PRIu64 " bytes, %s, %" PRIu32 " object%s", info.count,
				info.total_bytes, words_modifier(info.modifier, modifier), info.object_count,
				info.object_count == 1 ? "" : "s");
	for (uint32_t i = 0; info.is_layout_final && used < size && cen_plan_get_plane(plan, i, &plane) == 0; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%" PRIu64 "+%" PRIu64,
					 i ? ", " : ", planes at offset+stride ", plane.offset, plane.stride);
}

/* What one device says to the buffers. */
struct tally {
	uint32_t taken, untried, busy, refused;
};

static void try_role(struct trying *trying, const struct board_role *role, const struct buffers *buffers,
		     struct tally *tally, struct board_result *result)
{
	_cleanup_error_ struct cen_error *err = NULL;
	const char *usage = cen_usage_get_name(role->usage);
	int ret = cen_machine_try_import(trying->board->tool->machine, role->device, role->usage, buffers->items,
					 buffers->count, &err);

	if (ret == 0) {
		tally->taken++;
		board_result_add(result, "%s (%s) takes it", role->name, usage);
	} else if (err && cen_error_get_code(err) == CEN_ERROR_USAGE) {
		tally->untried++;
		board_result_add(result, "%s (%s): nothing can try it", role->name, usage);
	} else if (judge(ret, err) == BOARD_SKIPPED) {
		tally->busy++;
		board_result_add(result, "%s (%s): not tried: %s", role->name, usage,
				 err ? cen_error_get_message(err) : strerror(-ret));
	} else if (tally->refused++ == 0) {
		board_result_blame(result, ret, err);
	} else {
		board_result_add(result, "%s", err ? cen_error_get_message(err) : strerror(-ret));
	}
}

static void try_roles(struct trying *trying, const struct buffers *buffers, struct tally *tally,
		      struct board_result *result)
{
	*tally = (struct tally){0};
	for (uint32_t i = 0; i < trying->job->role_count; i++)
		try_role(trying, &trying->board->roles[trying->job->roles[i]], buffers, tally, result);
}

static void conclude(const struct tally *tally, struct board_result *result)
{
	if (tally->refused) {
		result->outcome = BOARD_FAILED;
	} else if (tally->busy) {
		result->outcome = BOARD_SKIPPED;
		board_result_set(result, BOARD_SUMMARY, "a device is in use elsewhere");
	} else if (tally->taken == 0) {
		result->outcome = BOARD_SKIPPED;
		board_result_set(result, BOARD_SUMMARY, "no device of these can try a buffer");
	} else {
		result->outcome = BOARD_PASSED;
		if (tally->untried)
			board_result_set(result, BOARD_SUMMARY,
					 "taken by %" PRIu32 " devices, %" PRIu32 " cannot try it", tally->taken,
					 tally->untried);
		else
			board_result_set(result, BOARD_SUMMARY, "taken by all");
	}
}

static int allocate(struct cen_plan *plan, uint32_t count, struct buffers *buffers, struct board_result *result)
{
	_cleanup_error_ struct cen_error *err = NULL;
	int ret = cen_plan_allocate(plan, count, CEN_ALLOCATE_NAME, buffers->items, &err);

	if (ret == 0) {
		buffers->count = count;
		return 0;
	}
	result->outcome = judge(ret, err);
	board_result_blame(result, ret, err);
	return ret;
}

/* After a plan that holds: the cameras among the devices fill its buffers. */
static void stream(struct trying *trying, struct cen_plan *plan, const struct buffers *buffers)
{
	for (uint32_t i = 0; i < trying->job->role_count; i++) {
		const struct board_role *role = &trying->board->roles[trying->job->roles[i]];
		struct board_result result = {.outcome = BOARD_PASSED};

		if (role->usage != CEN_USAGE_CAPTURE || strcmp(cen_device_get_backend(role->device), "v4l2") != 0)
			continue;
		board_result_set(&result, BOARD_NAME, "%s: stream from %s", trying->name, role->name);
		board_result_set(&result, BOARD_DEVICE, "%s", cen_device_get_path(role->device));
		board_stream(trying->board, cen_device_get_path(role->device), plan, buffers->items, buffers->count,
			     &result);
		send_timed(trying, &result);
	}
}

static bool try_plan(struct trying *trying, size_t index, bool is_streamed)
{
	_cleanup_(buffers_cleanup) struct buffers buffers = {0};
	struct cen_plan *plan = cen_solution_get_plan(trying->solution, index);
	struct cen_plan_info info = {.size = sizeof(info)};
	struct board_result result = {.outcome = BOARD_PASSED};
	struct tally tally;
	char text[256];
	bool is_good;

	cen_plan_get_info(plan, &info);
	board_result_set(&result, BOARD_NAME, "%s: plan %zu, from %s", trying->name, index + 1, info.source);
	describe_plan(plan, text, sizeof(text));
	board_result_add(&result, "%s", text);
	if (allocate(plan, info.count < BUFFERS_MAX ? info.count : BUFFERS_MAX, &buffers, &result) == 0) {
		try_roles(trying, &buffers, &tally, &result);
		conclude(&tally, &result);
	}
	is_good = result.outcome == BOARD_PASSED;
	send_timed(trying, &result);
	if (is_good && is_streamed && trying->board->options.frames)
		stream(trying, plan, &buffers);
	return is_good;
}

/* The first plan, and further ones that other sources make. */
static void try_plans(struct trying *trying)
{
	const struct board_options *options = &trying->board->options;
	size_t most = options->full ? SIZE_MAX : options->quick ? 2 : 3, tried = 0;
	const char *sources[16];
	struct cen_plan *plan;

	for (size_t i = 0; (plan = cen_solution_get_plan(trying->solution, i)) && tried < most; i++) {
		struct cen_plan_info info = {.size = sizeof(info)};
		bool is_new = true;

		cen_plan_get_info(plan, &info);
		for (size_t n = 0; n < tried; n++)
			is_new &= strcmp(sources[n], info.source) != 0;
		if (!is_new || tried == ARRAY_LENGTH(sources))
			continue;
		sources[tried++] = info.source;
		try_plan(trying, i, tried == 1);
	}
}

/* The layout of a plan as a device that has it fixed, so that another source can be asked for the same. */
static int describe_layout(const struct cen_plan *plan, struct cen_capabilities **out)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	struct cen_constraint constraints[2 * CEN_MAX_PLANES + 2];
	struct cen_capability item = {.size = sizeof(item), .constraints = constraints};
	struct cen_plane_layout plane;
	size_t count = 0;
	int ret;

	cen_plan_get_info(plan, &info);
	constraints[count++] =
		(struct cen_constraint){.kind = CEN_CONSTRAINT_OBJECTS,
					.value = info.object_count == 1 ? CEN_OBJECTS_ONE : CEN_OBJECTS_PER_PLANE,
					.provenance = CEN_PROVENANCE_POLICY};
	for (uint32_t i = 0; i < info.plane_count && cen_plan_get_plane(plan, i, &plane) == 0; i++) {
		constraints[count++] = (struct cen_constraint){.kind = CEN_CONSTRAINT_STRIDE_EXACT,
							       .plane = i,
							       .value = plane.stride,
							       .provenance = CEN_PROVENANCE_POLICY};
		if (i == 0 && info.object_count == 1 && info.plane_count > 1)
			constraints[count++] = (struct cen_constraint){.kind = CEN_CONSTRAINT_CHROMA_ROWS,
								       .value = plane.rows,
								       .provenance = CEN_PROVENANCE_POLICY};
		if (cen_plan_get_object_size(plan, i))
			constraints[count++] = (struct cen_constraint){.kind = CEN_CONSTRAINT_SIZE_MIN,
								       .plane = i,
								       .value = cen_plan_get_object_size(plan, i),
								       .provenance = CEN_PROVENANCE_POLICY};
	}
	item.fourcc = info.fourcc;
	item.modifier = info.modifier;
	item.constraint_count = count;
	ret = cen_capabilities_create(out);
	return ret < 0 ? ret : cen_capabilities_add(*out, &item, NULL);
}

/* Solves for the layout alone, of one source. */
static int solve_for_source(struct trying *trying, struct cen_capabilities *layout, const char *source,
			    struct cen_solution **out)
{
	const struct cen_constraint heap = {
		.kind = CEN_CONSTRAINT_HEAP, .value = cen_heap_hash(source), .provenance = CEN_PROVENANCE_POLICY};
	struct cen_request *request = NULL;
	int ret = cen_request_create(trying->board->tool->machine, &request);

	if (ret == 0)
		ret = cen_request_set_size(request, trying->job->width, trying->job->height, NULL);
	if (ret == 0)
		ret = cen_request_add_described(request, CEN_USAGE_OUTPUT, "the layout", layout, NULL);
	if (ret == 0)
		ret = cen_request_add_constraint(request, &heap, NULL);
	if (ret == 0)
		ret = cen_solve(request, CEN_SOLVE_NO_RELAXATIONS, out, NULL);
	cen_request_destroy(request);
	return ret;
}

static void conclude_ruled_out(const struct tally *tally, const char *why, struct board_result *result)
{
	if (tally->refused) {
		char *refusal = result->texts[BOARD_SUMMARY];

		board_result_add(result, "the solver: %s", why);
		result->outcome = BOARD_PASSED;
		result->texts[BOARD_SUMMARY] = NULL;
		board_result_set(result, BOARD_SUMMARY, "refused, as the solver said: %s", refusal ? refusal : "");
		free(refusal);
		return;
	}
	conclude(tally, result);
	if (result->outcome != BOARD_PASSED)
		return;
	result->outcome = BOARD_TODO;
	board_result_set(result, BOARD_SUMMARY, "taken by all, and the solver ruled it out: %s", why);
}

static void try_ruled_out(struct trying *trying, struct cen_capabilities *layout, const char *source, const char *why)
{
	_cleanup_(buffers_cleanup) struct buffers buffers = {0};
	struct board_result result = {.outcome = BOARD_PASSED};
	struct cen_solution *solution = NULL;
	struct tally tally;

	if (solve_for_source(trying, layout, source, &solution) < 0 || !cen_solution_get_plan(solution, 0)) {
		cen_solution_unref(solution);
		return;
	}
	board_result_set(&result, BOARD_NAME, "%s: ruled out rightly, from %s", trying->name, source);
	if (allocate(cen_solution_get_plan(solution, 0), 1, &buffers, &result) == 0) {
		try_roles(trying, &buffers, &tally, &result);
		conclude_ruled_out(&tally, why, &result);
	} else {
		result.outcome = BOARD_SKIPPED;
	}
	cen_solution_unref(solution);
	send_timed(trying, &result);
}

/* What the solver would not plan: is it too careful? Sources that may not be opened are left out. */
static void try_rejections(struct trying *trying)
{
	struct cen_plan *plan = cen_solution_get_plan(trying->solution, 0);
	struct cen_plan_info info = {.size = sizeof(info)};
	struct cen_capabilities *layout = NULL;
	const char *source, *why;

	cen_plan_get_info(plan, &info);
	if (!info.is_layout_final || describe_layout(plan, &layout) < 0) {
		cen_capabilities_unref(layout);
		return;
	}
	for (size_t i = 0; cen_plan_get_rejection(plan, i, &source, &why) == 0; i++) {
		struct cen_source_info facts = {.size = sizeof(facts)};
		const struct cen_source *found;

		if (cen_machine_find_source(trying->board->tool->machine, source, &found, NULL) == 0 &&
		    cen_source_get_info(found, &facts) == 0 && facts.access == 0)
			try_ruled_out(trying, layout, source, why);
	}
	cen_capabilities_unref(layout);
}

static void send_conflict(struct trying *trying)
{
	const struct cen_conflict *conflict = cen_solution_get_conflict(trying->solution);
	struct board_result result = {.outcome = BOARD_NO_PLAN};
	_cleanup_free_ char *text = strdup(cen_conflict_get_text(conflict));

	board_result_set(&result, BOARD_NAME, "%s: solve", trying->name);
	board_result_set(&result, BOARD_SUMMARY, "no plan: %s",
			 cen_dimension_get_name(cen_conflict_get_dimension(conflict)));
	add_notes(&result, text);
	send_timed(trying, &result);
}

static void try_case(struct trying *trying)
{
	_cleanup_error_ struct cen_error *err = NULL;
	int ret = make_request(trying, &err);

	if (ret == 0)
		ret = cen_solve(trying->request, CEN_SOLVE_NO_RELAXATIONS, &trying->solution, &err);
	if (ret < 0) {
		struct board_result result = {.outcome = judge(ret, err)};

		board_result_set(&result, BOARD_NAME, "%s: solve", trying->name);
		board_result_blame(&result, ret, err);
		send_timed(trying, &result);
	} else if (cen_solution_get_conflict(trying->solution)) {
		send_conflict(trying);
	} else {
		try_plans(trying);
		if (trying->board->options.full)
			try_rejections(trying);
	}
}

static void record(struct trying *trying)
{
	struct board_result result = {0};

	board_record(trying->board, trying->job->number > 0, &result);
	send_timed(trying, &result);
}

void board_try(struct board *board, const struct board_job *job, FILE *out)
{
	char name[BOARD_NAME_SIZE];
	_cleanup_(trying_cleanup) struct trying trying = {
		.board = board,
		.job = job,
		.out = out,
		.name = board_case_name(board, job, name),
		.since = now_ms(),
	};

	if (job->kind == BOARD_JOB_DESCRIBE)
		describe(&trying);
	else if (job->kind == BOARD_JOB_PICTURE)
		board_draw(board, job);
	else if (job->kind == BOARD_JOB_RECORD)
		record(&trying);
	else
		try_case(&trying);
}
