/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a board can be asked: devices with their usages, and the combinations of these that make sense, the best first. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "board.h"
#include "words.h"

/* Kept of what could be tried; a board with more devices than sense has more. */
#define CASES_MAX 20000

#define PRODUCERS                                                                                                      \
	(CEN_USAGE_BIT(CEN_USAGE_CAPTURE) | CEN_USAGE_BIT(CEN_USAGE_DECODE) | CEN_USAGE_BIT(CEN_USAGE_RENDER) |        \
	 CEN_USAGE_BIT(CEN_USAGE_WRITEBACK) | CEN_USAGE_BIT(CEN_USAGE_CPU_WRITE))

/* Pairs of the first size and format come first, then the next sizes and formats, and triples from here on. */
#define RANK_OF_LAYOUT 3
#define RANK_OF_TRIPLE 4

static int add_role(struct board *board, const struct cen_device *device, const char *name, uint32_t usage)
{
	struct board_role *grown;

	if (board->role_count == BOARD_ROLES_MAX)
		return 0;
	grown = reallocarray(board->roles, board->role_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	board->roles = grown;
	grown[board->role_count] = (struct board_role){.device = device, .usage = usage, .name = strdup(name)};
	if (!grown[board->role_count].name)
		return -ENOMEM;
	board->role_count++;
	return 0;
}

/* The first device of a node is found by the path alone. */
static bool is_first_of_node(const struct cen_machine *machine, const struct cen_device *device)
{
	const struct cen_device *found;

	return cen_machine_find_device(machine, cen_device_get_path(device), &found, NULL) == 0 && found == device;
}

static int add_denied(struct board *board, const char *name, int access)
{
	struct board_result result = {.outcome = BOARD_SKIPPED, .errnum = -access};

	board_result_set(&result, BOARD_NAME, "describe %s", name);
	board_result_set(&result, BOARD_DEVICE, "%s", name);
	board_result_set(&result, BOARD_SUMMARY, "%s: 'cenalloc list --verbose' says what would help",
			 strerror(-access));
	return board_add_result(board, &result);
}

static int add_device(struct board *board, const struct cen_device *device)
{
	const char *path = cen_device_get_path(device);
	int access = cen_device_get_access(device), ret = 0;
	char name[256];

	if (is_first_of_node(board->tool->machine, device))
		snprintf(name, sizeof(name), "%s", path);
	else
		snprintf(name, sizeof(name), "%s:%s", cen_device_get_backend(device), path);
	if (access < 0)
		return add_denied(board, name, access);
	for (uint32_t usage = 0; cen_usage_get_name(usage) && ret == 0; usage++) {
		if (cen_device_get_usages(device) & CEN_USAGE_BIT(usage))
			ret = add_role(board, device, name, usage);
	}
	return ret;
}

/* What makes no request is told before anything is begun. */
static int find_given(struct board *board)
{
	_cleanup_(request_cleanup) struct cen_request *request = NULL;
	int ret = cen_request_create(board->tool->machine, &request);

	for (size_t i = 0; i < board->options.usage_count && ret == 0; i++) {
		const char *path = board->options.usages[i].device;
		uint32_t usage = board->options.usages[i].usage;
		_cleanup_error_ struct cen_error *err = NULL;
		const struct cen_device *device;

		ret = cen_machine_find_device(board->tool->machine, path, &device, &err);
		if (ret == 0)
			ret = cen_request_add_usage(request, usage, device, &err);
		if (ret == 0)
			ret = add_role(board, device, path, usage);
		if (err)
			return args_report(board->tool, ret, err);
	}
	return ret < 0 ? args_report(board->tool, ret, NULL) : TOOL_DONE;
}

int board_find_roles(struct board *board)
{
	const struct cen_device *device;
	int ret = 0;

	if (board->options.usage_count)
		return find_given(board);
	for (size_t i = 0; (device = cen_machine_get_device(board->tool->machine, i)) && ret == 0; i++)
		ret = add_device(board, device);
	return ret < 0 ? args_report(board->tool, ret, NULL) : TOOL_DONE;
}

bool board_role_has(const struct board_role *role, uint32_t fourcc)
{
	for (size_t i = 0; i < role->fourcc_count; i++) {
		if (role->fourccs[i] == fourcc)
			return true;
	}
	return false;
}

char *board_case_name(const struct board *board, const struct board_job *job, char buf[BOARD_NAME_SIZE])
{
	size_t used = 0;
	char format[8];

	snprintf(buf, BOARD_NAME_SIZE, "%s", job->kind == BOARD_JOB_RECORD ? BOARD_MACHINE_FILE : "");
	if (job->kind == BOARD_JOB_RECORD)
		return buf;
	for (uint32_t i = 0; i < job->role_count && used < BOARD_NAME_SIZE; i++) {
		const struct board_role *role = &board->roles[job->roles[i]];

		used += (size_t)snprintf(buf + used, BOARD_NAME_SIZE - used, "%s%s=%s", i ? " " : "",
					 cen_usage_get_name(role->usage), role->name);
	}
	if (job->kind != BOARD_JOB_DESCRIBE && used < BOARD_NAME_SIZE)
		snprintf(buf + used, BOARD_NAME_SIZE - used, " %ux%u %s", job->width, job->height,
			 words_format(job->fourcc, format));
	return buf;
}

static bool is_shared(const struct board *board, const struct board_job *job, uint32_t fourcc)
{
	for (uint32_t i = 0; i < job->role_count; i++) {
		if (!board_role_has(&board->roles[job->roles[i]], fourcc))
			return false;
	}
	return true;
}

static int add_case(struct board *board, const struct board_job *job, uint32_t level)
{
	struct board_job *grown;

	if (board->case_count == CASES_MAX)
		return 0;
	if ((board->case_count & 63) == 0) {
		grown = reallocarray(board->cases, board->case_count + 64, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		board->cases = grown;
	}
	board->cases[board->case_count] = *job;
	/* Those of one level stay in the order in which they were made. */
	board->cases[board->case_count].rank = level * CASES_MAX + (uint32_t)board->case_count;
	board->case_count++;
	return 0;
}

static int add_sizes(struct board *board, struct board_job *job, uint32_t level)
{
	const struct board_options *options = &board->options;
	bool is_cursor = false;
	int ret = 0;

	for (uint32_t i = 0; i < job->role_count; i++)
		is_cursor |= board->roles[job->roles[i]].usage == CEN_USAGE_CURSOR;
	if (is_cursor && !options->has_size) {
		job->width = job->height = 64;
		return add_case(board, job, level);
	}
	for (size_t i = 0; i < options->size_count && ret == 0; i++) {
		job->width = options->sizes[i].width;
		job->height = options->sizes[i].height;
		ret = add_case(board, job, level + (uint32_t)i * RANK_OF_LAYOUT);
	}
	return ret;
}

/* The formats that the devices share, the usual ones first; where they share none, one that shows why. */
static int add_formats(struct board *board, struct board_job *job, uint32_t level)
{
	const struct board_options *options = &board->options;
	const struct board_role *first = &board->roles[job->roles[0]];
	size_t others_max = options->full ? SIZE_MAX : 1, others = 0;
	uint32_t found = 0;
	int ret = 0;

	for (size_t i = 0; i < options->fourcc_count && ret == 0; i++) {
		job->fourcc = options->fourccs[i];
		if (options->has_format || is_shared(board, job, job->fourcc))
			ret = add_sizes(board, job, level + found++ * RANK_OF_LAYOUT);
	}
	for (size_t i = 0; i < first->fourcc_count && !options->has_format && ret == 0 && others < others_max; i++) {
		bool is_usual = false;

		job->fourcc = first->fourccs[i];
		for (size_t n = 0; n < options->fourcc_count; n++)
			is_usual |= options->fourccs[n] == job->fourcc;
		if (is_usual || !is_shared(board, job, job->fourcc))
			continue;
		others++;
		ret = add_sizes(board, job, level + found++ * RANK_OF_LAYOUT);
	}
	if (found || ret < 0)
		return ret;
	job->fourcc = options->fourccs[0];
	job->width = options->sizes[0].width;
	job->height = options->sizes[0].height;
	return add_case(board, job, level);
}

static bool is_cpu(const struct board_role *role)
{
	return role->usage == CEN_USAGE_CPU_READ || role->usage == CEN_USAGE_CPU_WRITE;
}

/* Whether what the one writes is ever handed to the other. */
static bool is_sensible(const struct board_role *producer, const struct board_role *consumer)
{
	bool is_same = strcmp(cen_device_get_path(producer->device), cen_device_get_path(consumer->device)) == 0;

	if (!producer->is_known || !consumer->is_known || (is_cpu(producer) && is_cpu(consumer)))
		return false;
	if (consumer->usage == CEN_USAGE_CURSOR)
		return producer->usage == CEN_USAGE_RENDER || producer->usage == CEN_USAGE_CPU_WRITE;
	/* A converter does not read what it has just written. */
	return !(is_same && consumer->usage == CEN_USAGE_OUTPUT);
}

/* The two and each further one, in rounds of their own behind those of the pairs. */
static int add_triples(struct board *board, struct board_job job, const uint32_t *consumers, size_t count,
		       size_t second, uint32_t level)
{
	const struct board_role *producer = &board->roles[job.roles[0]];
	int ret = 0;

	if (board->roles[job.roles[1]].usage == CEN_USAGE_CURSOR)
		return 0;
	job.role_count = 3;
	for (size_t third = second + 1; third < count && ret == 0; third++) {
		const struct board_role *role = &board->roles[consumers[third]];

		if (!is_sensible(producer, role) || role->usage == CEN_USAGE_CURSOR)
			continue;
		job.roles[2] = consumers[third];
		ret = add_formats(board, &job, level + RANK_OF_TRIPLE);
		level++;
	}
	return ret;
}

/*
 * A producer with each consumer, and with each two of them. Producers begin at different consumers: where not all can be
 * tried, each device has its turn.
 */
static int combine(struct board *board, size_t index, uint32_t producer, const uint32_t *consumers, size_t count)
{
	struct board_job job = {.kind = BOARD_JOB_CASE, .role_count = 2, .roles = {producer}};
	uint32_t level = 0;
	int ret = 0;

	for (size_t n = 0; n < count && ret == 0; n++) {
		size_t second = (index + n) % count;

		if (!is_sensible(&board->roles[producer], &board->roles[consumers[second]]))
			continue;
		job.roles[1] = consumers[second];
		ret = add_formats(board, &job, level);
		if (ret == 0)
			ret = add_triples(board, job, consumers, count, second, level);
		level++;
	}
	return ret;
}

static int add_given(struct board *board)
{
	struct board_job job = {.kind = BOARD_JOB_CASE, .role_count = (uint32_t)board->role_count};

	for (size_t i = 0; i < board->role_count; i++) {
		job.roles[i] = (uint32_t)i;
		if (!board->roles[i].is_known)
			return 0;
	}
	return add_formats(board, &job, 0);
}

static int add_all(struct board *board)
{
	uint32_t producers[BOARD_ROLES_MAX], consumers[BOARD_ROLES_MAX];
	size_t producer_count = 0, consumer_count = 0;
	int ret = 0;

	for (size_t i = 0; i < board->role_count; i++) {
		if (CEN_USAGE_BIT(board->roles[i].usage) & PRODUCERS)
			producers[producer_count++] = (uint32_t)i;
		else
			consumers[consumer_count++] = (uint32_t)i;
	}
	for (size_t i = 0; i < producer_count && ret == 0; i++)
		ret = combine(board, i, producers[i], consumers, consumer_count);
	return ret;
}

static int compare_cases(const void *a, const void *b)
{
	const struct board_job *x = a, *y = b;

	return (x->rank > y->rank) - (x->rank < y->rank);
}

int board_make_cases(struct board *board)
{
	int ret = board->options.usage_count ? add_given(board) : add_all(board);

	if (ret < 0)
		return args_report(board->tool, ret, NULL);
	if (board->case_count)
		qsort(board->cases, board->case_count, sizeof(*board->cases), compare_cases);
	board->chosen = board->case_count;
	if (board->options.limit && board->chosen > board->options.limit)
		board->chosen = board->options.limit;
	return TOOL_DONE;
}

void board_release(struct board *board)
{
	for (size_t i = 0; i < board->role_count; i++) {
		free(board->roles[i].name);
		free(board->roles[i].fourccs);
	}
	for (size_t i = 0; i < board->result_count; i++)
		board_result_clear(&board->results[i]);
	free(board->roles);
	free(board->cases);
	free(board->results);
	free(board->options.fourccs);
	board_state_release(board);
}
