/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* cenalloc diff: two boards, or one under two kernels. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "diff.h"
#include "json.h"

static const char help[] =
	"Usage: cenalloc diff A B [OPTION...]\n"
	"\n"
	"Shows how two machines differ: devices, sources and pools that one of them lacks, and what devices accept. A "
	"and B\n"
	"are machine files, names of installed ones, or 'live' for this machine. What only A has is marked '-', what "
	"only B\n"
	"has '+'.\n"
	"\n"
	"      --size WxH           compare at this size; may be repeated; default: 640x480, 648x486, 1280x720, "
	"1366x768,\n"
	"                           1920x1080 and 3840x2160\n"
	"      --json               one JSON document\n"
	"      --passive            of this machine: only calls without a side effect; more stays unknown\n"
	"  -v, --verbose            the values at each size, where they differ\n"
	"  -h, --help               this text\n"
	"\n"
	"Exit status: 0 they are equal, 1 they differ, 2 wrong arguments or bad input, 3 the machine failed.\n";

enum {
	OPTION_SIZE = ARGS_OWN,
};

static void diff_cleanup(struct diff *diff)
{
	json_object_put(diff->a.record);
	json_object_put(diff->b.record);
	json_object_put(diff->document);
	cen_machine_destroy(diff->a.machine);
	cen_machine_destroy(diff->b.machine);
}

static int read_options(struct diff *diff, struct tool *tool, int argc, char **argv)
{
	static const struct option table[] = {
		ARGS_COMMON,
		{"size", required_argument, NULL, OPTION_SIZE},
		{0},
	};
	int status = TOOL_DONE, option;

	while (status == TOOL_DONE && (option = args_next(tool, argc, argv, table, false)) != ARGS_END) {
		struct cen_record_size *size = &diff->sizes[diff->size_count];

		if (option == ARGS_STOP)
			return ARGS_STOP;
		if (diff->size_count == DIFF_MAX_SIZES)
			return args_fail(tool, "--size %s: more than %u sizes", optarg, DIFF_MAX_SIZES);
		diff->size_count++;
		status = args_read_size(tool, optarg, &size->width, &size->height);
	}
	if (status == TOOL_DONE)
		status = args_refuse_machine(tool, "diff takes the machines as its arguments");
	if (status != TOOL_DONE)
		return status;
	if (optind + 2 != argc)
		return optind + 2 < argc ? args_fail(tool, "unexpected argument '%s'", argv[optind + 2])
					 : args_fail(tool, "two machines are wanted: files, names, or 'live'");
	diff->a.argument = argv[optind];
	diff->b.argument = argv[optind + 1];
	if (!diff->size_count) {
		static const struct cen_record_size sizes[] = CEN_RECORD_DEFAULT_SIZES;

		memcpy(diff->sizes, sizes, sizeof(sizes));
		diff->size_count = ARRAY_LENGTH(sizes);
	}
	return status;
}

/* What the machine is, without what its devices accept. */
static int read_facts(const struct tool *tool, struct diff_side *side)
{
	const struct cen_record_options options = {.size = sizeof(options), .flags = CEN_RECORD_NO_CAPABILITIES};
	_cleanup_error_ struct cen_error *err = NULL;
	_cleanup_free_ char *json = NULL;
	int ret = cen_machine_record(side->machine, &options, &json, &err);

	if (ret < 0)
		return args_report(tool, ret, err);
	side->record = json_tokener_parse(json);
	return side->record ? TOOL_DONE : args_report(tool, -ENOMEM, NULL);
}

static int open_side(struct tool *tool, struct diff_side *side)
{
	bool is_live = strcmp(side->argument, "live") == 0;
	int status;

	tool->machine_file = is_live ? NULL : side->argument;
	status = args_load_machine(tool, &side->machine);
	/* A file that cannot be read is bad input, as diff(1) has it. */
	if (status != TOOL_DONE)
		return is_live ? status : TOOL_BAD_INPUT;
	return read_facts(tool, side);
}

static void write_head(struct diff *diff)
{
	const struct diff_side *const sides[] = {&diff->a, &diff->b};
	struct json_object *sizes;

	for (size_t i = 0; i < ARRAY_LENGTH(sides); i++) {
		struct json_object *side = diff_add(diff, diff->document, i ? "b" : "a", json_object_new_object());

		diff_add_text(diff, side, "argument", sides[i]->argument);
		diff_add_text(diff, side, "name", diff_get_text(sides[i]->record, "name"));
		diff_add_text(diff, side, "kernel", diff_get_text(sides[i]->record, "kernel"));
	}
	sizes = diff_add(diff, diff->document, "sizes", json_object_new_array());
	for (size_t i = 0; i < diff->size_count; i++) {
		char text[32];

		snprintf(text, sizeof(text), "%" PRIu32 "x%" PRIu32, diff->sizes[i].width, diff->sizes[i].height);
		diff_add_text(diff, sizes, NULL, text);
	}
}

static bool is_equal(const struct diff *diff)
{
	static const char *const lists[] = {"pools", "sources", "devices"};

	if (diff_get(diff_get(diff->document, "machine"), "facts"))
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(lists); i++) {
		if (json_object_array_length(diff_get(diff->document, lists[i])))
			return false;
	}
	return true;
}

static int compare(struct tool *tool, struct diff *diff)
{
	int ret;

	diff->document = json_object_new_object();
	if (!diff->document)
		return args_report(tool, -ENOMEM, NULL);
	write_head(diff);
	diff_facts(diff);
	ret = diff_devices(diff);
	if (ret < 0 || diff->has_no_memory)
		return args_report(tool, -ENOMEM, NULL);
	return TOOL_DONE;
}

static int show(const struct tool *tool, struct diff *diff)
{
	bool equal = is_equal(diff);
	struct json_object *document = diff->document;
	int status = TOOL_DONE;

	if (tool->json) {
		json_add_bool(document, "equal", equal);
		diff->document = NULL;
		status = json_finish(tool, document);
	} else {
		diff_print(tool, document);
	}
	if (status != TOOL_DONE)
		return status;
	return equal ? TOOL_DONE : TOOL_NO_PLAN;
}

int cmd_diff(struct tool *tool, int argc, char **argv)
{
	_cleanup_(diff_cleanup) struct diff diff = {.a = {.argument = ""}, .b = {.argument = ""}};
	int status;

	tool->help = help;
	status = read_options(&diff, tool, argc, argv);
	if (status == ARGS_STOP)
		return tool->status;
	if (status == TOOL_DONE)
		status = args_open_context(tool, 0);
	if (status == TOOL_DONE)
		status = open_side(tool, &diff.a);
	if (status == TOOL_DONE)
		status = open_side(tool, &diff.b);
	if (status == TOOL_DONE)
		status = compare(tool, &diff);
	return status == TOOL_DONE ? show(tool, &diff) : status;
}
