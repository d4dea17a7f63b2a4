/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* cenalloc ps: every dma-buf of the machine, and who holds it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "ps-watch.h"
#include "wait.h"

#define SECONDS_MAX 86400

static const char help[] =
	"Usage: cenalloc ps [OPTION...]\n"
	"\n"
	"Shows every dma-buf of the machine with the processes that have it open or mapped and the devices that are\n"
	"attached to it. Root sees all of it; other users see what their own processes hold.\n"
	"\n"
	"      --pid PID            only dma-bufs that this process holds, with all their holders\n"
	"      --exporter NAME      only dma-bufs of this exporter, as the column names it\n"
	"      --sort KEY           inode (the default), size (the largest first) or holders (the most first)\n"
	"      --watch[=SECONDS]    look again each second, or as often as said, until Enter, SIGINT or SIGTERM; "
	"where\n"
	"                           standard output is no terminal only changes are printed: + - ~\n"
	"      --count N            with --watch: end after so many looks\n"
	"  -v, --verbose            all descriptors, and sums per exporter\n"
	"      --json               one JSON document; with --watch one on a line for each look\n"
	"  -h, --help               this text\n"
	"\n"
	"Marks:\n"
	"  orphan   no process has it open or mapped: only the kernel holds it\n"
	"  leak?    a process has more than 8 descriptors of it, or had more dma-bufs at each of 5 looks of --watch\n"
	"  idle     there are descriptors of it and nothing else: no mapping, no device, no driver\n"
	"\n"
	"Example:\n"
	"  cenalloc ps --watch --exporter system\n";

enum ps_option {
	OPTION_PID = ARGS_OWN,
	OPTION_EXPORTER,
	OPTION_SORT,
	OPTION_WATCH,
	OPTION_COUNT,
};

static int read_pid(const struct tool *tool, const char *text, pid_t *out)
{
	char name[32];
	uint32_t pid;
	int status = args_read_number(tool, "--pid", text, &pid);

	if (status != TOOL_DONE)
		return status;
	snprintf(name, sizeof(name), "/proc/%" PRIu32, pid);
	if (pid == 0 || pid > INT32_MAX || access(name, F_OK) < 0)
		return args_fail(tool, "--pid %" PRIu32 ": there is no such process", pid);
	*out = (pid_t)pid;
	return TOOL_DONE;
}

static int read_sort(const struct tool *tool, const char *text, enum ps_sort *out)
{
	static const char *const names[] = {
		[PS_SORT_INODE] = "inode",
		[PS_SORT_SIZE] = "size",
		[PS_SORT_HOLDERS] = "holders",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = (enum ps_sort)i;
			return TOOL_DONE;
		}
	}
	return args_fail(tool, "--sort %s: inode, size or holders", text);
}

static int read_seconds(const struct tool *tool, const char *text, uint32_t *out)
{
	int status;

	*out = 1;
	if (!text)
		return TOOL_DONE;
	status = args_read_number(tool, "--watch", text, out);
	if (status == TOOL_DONE && (*out == 0 || *out > SECONDS_MAX))
		return args_fail(tool, "--watch %s: 1 to %d seconds", text, SECONDS_MAX);
	return status;
}

static int read_count(const struct tool *tool, const char *text, uint32_t *out)
{
	int status = args_read_number(tool, "--count", text, out);

	if (status == TOOL_DONE && *out == 0)
		return args_fail(tool, "--count 0: at least one look is wanted");
	return status;
}

static int read_option(const struct tool *tool, int option, struct ps_watch_options *out)
{
	switch (option) {
	case OPTION_PID:
		return read_pid(tool, optarg, &out->view.pid);
	case OPTION_EXPORTER:
		out->view.exporter = optarg;
		return TOOL_DONE;
	case OPTION_SORT:
		return read_sort(tool, optarg, &out->view.sort);
	case OPTION_WATCH:
		return read_seconds(tool, optarg, &out->seconds);
	default:
		return read_count(tool, optarg, &out->count);
	}
}

static int read_options(struct tool *tool, int argc, char **argv, struct ps_watch_options *out)
{
	static const struct option options[] = {
		ARGS_COMMON,
		{"pid", required_argument, NULL, OPTION_PID},
		{"exporter", required_argument, NULL, OPTION_EXPORTER},
		{"sort", required_argument, NULL, OPTION_SORT},
		{"watch", optional_argument, NULL, OPTION_WATCH},
		{"count", required_argument, NULL, OPTION_COUNT},
		{0},
	};
	int status = TOOL_DONE;
	int option;

	while (status == TOOL_DONE && (option = args_next(tool, argc, argv, options, false)) != ARGS_END) {
		if (option == ARGS_STOP)
			return ARGS_STOP;
		status = read_option(tool, option, out);
	}
	if (status != TOOL_DONE)
		return status;
	if (optind < argc)
		return args_fail(tool, "unexpected argument '%s'%s", argv[optind],
				 out->seconds ? "; seconds are written as in --watch=2" : "");
	if (out->count && !out->seconds)
		return args_fail(tool, "--count %" PRIu32 " is for --watch", out->count);
	return TOOL_DONE;
}

static int show_once(const struct tool *tool, const struct ps_view *view)
{
	_cleanup_(ps_snapshot_cleanup) struct ps_snapshot *snapshot = NULL;
	int ret = ps_look(NULL, &snapshot);

	if (ret < 0)
		return args_report(tool, ret, NULL);
	if (tool->json)
		return json_finish(tool, ps_to_json(view, snapshot, NULL, 0));
	return ps_print_text(tool, view, snapshot, NULL, 0);
}

int cmd_ps(struct tool *tool, int argc, char **argv)
{
	struct ps_watch_options options = {0};
	_cleanup_close_ int signals = -1;
	int status;

	tool->help = help;
	status = read_options(tool, argc, argv, &options);
	if (status == ARGS_STOP)
		return tool->status;
	if (status == TOOL_DONE)
		status = args_refuse_machine(tool, "ps looks at the running machine");
	if (status != TOOL_DONE)
		return status;
	if (!options.seconds)
		return show_once(tool, &options.view);
	signals = wait_block_signals();
	if (signals < 0)
		return args_report(tool, signals, NULL);
	return ps_watch_run(tool, &options, signals);
}
