/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* cenalloc record: this machine as a machine file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "save.h"

static const char help[] =
	"Usage: cenalloc record [OPTION...]\n"
	"\n"
	"Writes this machine as a machine file: its devices and what they accept, and what can allocate. 'cenalloc "
	"solve\n"
	"--machine FILE' then answers as it does here, and 'cenalloc diff' compares two. There are no serial numbers "
	"in it,\n"
	"and no names of hosts or users. Devices are left as they were.\n"
	"\n"
	"      --output FILE        there, in one go; default: standard output\n"
	"      --size WxH           ask about this size; may be repeated; default: 640x480, 648x486, 1280x720, "
	"1366x768,\n"
	"                           1920x1080 and 3840x2160\n"
	"      --name NAME          of the machine; default: recorded\n"
	"      --title TEXT         for people, such as the name of the board\n"
	"      --free               also how much memory is free now\n"
	"      --passive            only calls without a side effect on any device; more stays unknown\n"
	"  -h, --help               this text\n";

enum {
	OPTION_OUTPUT = ARGS_OWN,
	OPTION_SIZE,
	OPTION_NAME,
	OPTION_TITLE,
	OPTION_FREE,
};

/* Longer than this without a word, and people think that it hangs. */
#define PATIENCE_SECONDS 1

struct progress {
	const struct tool *tool;
	struct timespec told; /* when last; first: when it began */
	bool is_shown;
};

struct record {
	struct cen_record_options options;
	struct cen_record_size sizes[CEN_RECORD_MAX_SIZES];
	const char *output;
};

static void show_progress(void *user_data, size_t done, size_t total)
{
	struct progress *progress = user_data;
	bool is_terminal = isatty(STDERR_FILENO);
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (done == total && progress->is_shown && is_terminal)
		fputs("\r\033[K", stderr);
	if (done == total || now.tv_sec - progress->told.tv_sec < PATIENCE_SECONDS ||
	    (now.tv_sec - progress->told.tv_sec == PATIENCE_SECONDS && now.tv_nsec < progress->told.tv_nsec))
		return;
	progress->told = now;
	progress->is_shown = true;
	fprintf(stderr, is_terminal ? "\r%s: question %zu of %zu" : "%s: question %zu of %zu\n",
		progress->tool->command, done + 1, total);
}

static int add_size(const struct tool *tool, struct record *record, const char *text)
{
	struct cen_record_size *size = &record->sizes[record->options.size_count];

	if (record->options.size_count == CEN_RECORD_MAX_SIZES)
		return args_fail(tool, "--size %s: more than %u sizes", text, CEN_RECORD_MAX_SIZES);
	record->options.size_count++;
	record->options.sizes = record->sizes;
	return args_read_size(tool, text, &size->width, &size->height);
}

static int read_options(struct record *record, struct tool *tool, int argc, char **argv)
{
	static const struct option table[] = {
		ARGS_COMMON,
		{"output", required_argument, NULL, OPTION_OUTPUT},
		{"size", required_argument, NULL, OPTION_SIZE},
		{"name", required_argument, NULL, OPTION_NAME},
		{"title", required_argument, NULL, OPTION_TITLE},
		{"free", no_argument, NULL, OPTION_FREE},
		{0},
	};
	int status = TOOL_DONE, option;

	while (status == TOOL_DONE && (option = args_next(tool, argc, argv, table, false)) != ARGS_END) {
		if (option == ARGS_STOP)
			return ARGS_STOP;
		if (option == OPTION_OUTPUT)
			record->output = optarg;
		else if (option == OPTION_SIZE)
			status = add_size(tool, record, optarg);
		else if (option == OPTION_NAME)
			record->options.name = optarg;
		else if (option == OPTION_TITLE)
			record->options.title = optarg;
		else
			record->options.flags |= CEN_RECORD_FREE_BYTES;
	}
	if (status == TOOL_DONE && optind < argc)
		return args_fail(tool, "unexpected argument '%s'", argv[optind]);
	return status;
}

int cmd_record(struct tool *tool, int argc, char **argv)
{
	struct progress progress = {.tool = tool};
	struct record record = {
		.options = {.size = sizeof(record.options), .progress = show_progress, .user_data = &progress}};
	_cleanup_error_ struct cen_error *err = NULL;
	_cleanup_free_ char *json = NULL;
	int status, ret;

	tool->help = help;
	status = read_options(&record, tool, argc, argv);
	if (status == ARGS_STOP)
		return tool->status;
	if (status == TOOL_DONE)
		status = args_open_machine(tool);
	if (status != TOOL_DONE)
		return status;
	clock_gettime(CLOCK_MONOTONIC, &progress.told);
	ret = cen_machine_record(tool->machine, &record.options, &json, &err);
	if (ret < 0)
		return args_report(tool, ret, err);
	if (record.output)
		return save_text(tool, record.output, json);
	fputs(json, stdout);
	return TOOL_DONE;
}
