/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* cenalloc alloc: solve, allocate, show; hold the buffers on request. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "alloc-bytes.h"
#include "json.h"
#include "plan-text.h"
#include "solve-options.h"
#include "table.h"
#include "wait.h"

static const char help[] =
	"Usage: cenalloc alloc --usage U=DEVICE... --size WxH [OPTION...]\n"
	"       cenalloc alloc --heap NAME --length N[K|M|G] [--count N] [--hold]\n"
	"\n"
	"Finds a plan as solve does, allocates its buffers and shows them. They are freed at the end.\n"
	"With --length there is no plan: so many bytes of one source, for who knows what memory it must be.\n"
	"\n" SOLVE_HELP "      --length N[K|M|G]    plain memory of --heap in place of images: bytes, KiB, MiB, GiB\n"
	"      --plan N             allocate plan N of 'cenalloc solve'; default: 1\n"
	"      --verify             show each buffer to every device before it counts as allocated\n"
	"      --hold               keep the buffers until Enter, SIGINT or SIGTERM\n"
	"  -v, --verbose            planes, all constraints and the reasons of the plan\n"
	"      --json               one JSON document\n"
	"      --passive            only calls without a side effect before the allocation\n"
	"  -h, --help               this text\n"
	"\n"
	"Example:\n"
	"  cenalloc alloc --usage capture=/dev/video0 --usage scanout=/dev/dri/card0 --size 1920x1080 --count 4 "
	"--verify\n"
	"  cenalloc alloc --heap system --length 16K\n";

struct buffers {
	struct cen_buffer *items[SOLVE_COUNT_MAX];
	uint32_t count;
};

static void buffers_cleanup(struct buffers *buffers)
{
	for (uint32_t i = 0; i < buffers->count; i++)
		cen_buffer_unref(buffers->items[i]);
}

static int allocate(const struct tool *tool, const struct solve_options *options, struct cen_plan *plan,
		    struct buffers *buffers)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	const uint32_t flags = CEN_ALLOCATE_NAME | (options->verify ? CEN_ALLOCATE_VERIFY : 0);
	_cleanup_error_ struct cen_error *err = NULL;
	int ret;

	ret = cen_plan_get_info(plan, &info);
	if (ret == 0 && info.count > SOLVE_COUNT_MAX)
		ret = -E2BIG;
	if (ret == 0)
		ret = cen_plan_allocate(plan, info.count, flags, buffers->items, &err);
	if (ret < 0)
		return args_report(tool, ret, err);
	buffers->count = info.count;
	return TOOL_DONE;
}

static void add_objects(struct table *table, const struct cen_buffer *buffer, uint32_t index)
{
	struct cen_buffer_object object;

	for (uint32_t i = 0; cen_buffer_get_object(buffer, i, &object) == 0; i++) {
		char number[TEXT_NUMBER_SIZE], which[TEXT_NUMBER_SIZE], fd[16], inode[24];
		char size[TEXT_NUMBER_SIZE];

		snprintf(fd, sizeof(fd), "%d", object.fd);
		snprintf(inode, sizeof(inode), "%ju", (uintmax_t)object.ino);
		table_add(table, (const char *const[]){
					 i ? "" : text_number(index, number),
					 text_number(i, which),
					 fd,
					 inode,
					 text_number(object.size, size),
				 });
	}
}

static void add_planes(struct table *table, const struct cen_buffer *buffer)
{
	struct cen_buffer_plane plane;
	char line[160];

	for (uint32_t i = 0; cen_buffer_get_plane(buffer, i, &plane) == 0; i++) {
		char size[TEXT_NUMBER_SIZE];

		snprintf(line, sizeof(line),
			 "plane %" PRIu32 ": object %" PRIu32 ", offset %" PRIu64 ", stride %" PRIu64 ", %s bytes", i,
			 plane.object, plane.offset, plane.stride, text_number(plane.size, size));
		table_add_note(table, TABLE_PLAIN, line);
	}
}

static int print_buffers(const struct tool *tool, const struct buffers *buffers)
{
	static const char *const headings[] = {"BUFFER", "OBJECT", ">FD", ">INODE", ">BYTES"};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);

	for (uint32_t i = 0; i < buffers->count; i++) {
		add_objects(table, buffers->items[i], i);
		/* Equal buffers have equal planes: once is enough. */
		if (i == 0 || tool->verbose)
			add_planes(table, buffers->items[i]);
	}
	return table_print(table, tool, 0);
}

static int print_json(const struct tool *tool, const struct solve_options *options, const struct cen_plan *plan,
		      const struct buffers *buffers)
{
	struct json_object *document = json_object_new_object();
	struct json_object *list;

	json_add(document, "request", solve_options_json(options));
	json_add(document, "plan", json_from_plan(plan));
	json_add_bool(document, "verified", options->verify);
	json_add_number(document, "pid", (uint64_t)getpid());
	list = json_add(document, "buffers", json_object_new_array());
	for (uint32_t i = 0; i < buffers->count; i++)
		json_object_array_add(list, json_from_buffer(buffers->items[i]));
	return json_finish(tool, document);
}

static int show(const struct tool *tool, const struct solve_options *options, struct cen_plan *plan, size_t index,
		const struct buffers *buffers)
{
	int status;

	if (tool->json)
		return print_json(tool, options, plan, buffers);
	status = plan_text_print_plan(tool, plan, index + 1);
	if (status != TOOL_DONE)
		return status;
	putchar('\n');
	status = print_buffers(tool, buffers);
	if (options->verify)
		puts("\nverified: every device of the request took each buffer");
	if (options->hold)
		wait_print_held();
	return status;
}

static int conflict_of(const struct tool *tool, const struct solve_options *options,
		       const struct cen_solution *solution)
{
	const struct cen_conflict *conflict = cen_solution_get_conflict(solution);
	struct json_object *document;
	int status;

	if (!tool->json)
		return plan_text_print_conflict(tool, conflict);
	document = json_object_new_object();
	json_add(document, "request", solve_options_json(options));
	json_add(document, "plan", NULL);
	json_add(document, "conflict", json_from_conflict(conflict));
	status = json_finish(tool, document);
	return status == TOOL_DONE ? TOOL_NO_PLAN : status;
}

static int run(struct tool *tool, const struct solve_options *options, int signals)
{
	_cleanup_(solution_cleanup) struct cen_solution *solution = NULL;
	_cleanup_(request_cleanup) struct cen_request *request = NULL;
	_cleanup_(buffers_cleanup) struct buffers buffers = {0};
	size_t index = options->plan ? options->plan - 1 : 0;
	struct cen_plan *plan;
	int status;

	status = solve_options_run(options, tool, &request, &solution);
	if (status != TOOL_DONE)
		return status;
	if (cen_solution_get_conflict(solution))
		return conflict_of(tool, options, solution);
	plan = cen_solution_get_plan(solution, index);
	if (!plan)
		return args_fail(tool, "--plan %" PRIu32 ": there are %zu", options->plan,
				 cen_solution_get_plan_count(solution));
	status = allocate(tool, options, plan, &buffers);
	if (status == TOOL_DONE)
		status = show(tool, options, plan, index, &buffers);
	if (status == TOOL_DONE && options->hold && fflush(stdout) == 0)
		wait_for_end(signals, 0);
	return status;
}

int cmd_alloc(struct tool *tool, int argc, char **argv)
{
	_cleanup_(solve_options_cleanup) struct solve_options options = {0};
	_cleanup_close_ int signals = -1;
	int status;

	tool->help = help;
	status = solve_options_read(&options, tool, argc, argv, SOLVE_COMMAND_ALLOC);
	if (status == ARGS_STOP)
		return tool->status;
	if (status != TOOL_DONE)
		return status;
	if (options.hold) {
		signals = wait_block_signals();
		if (signals < 0)
			return args_report(tool, signals, NULL);
	}
	return options.length ? alloc_bytes_run(tool, &options, signals) : run(tool, &options, signals);
}
