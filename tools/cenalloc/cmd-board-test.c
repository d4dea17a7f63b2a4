/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* cenalloc board-test: does what the solver promises hold on this machine? Reports to attach to a bug report. */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <drm_fourcc.h>

#include "args.h"
#include "board.h"
#include "json.h"
#include "wait.h"

#define LIMIT 200
#define LIMIT_QUICK 16
#define FRAMES 4
#define FRAMES_MAX 1000
#define TIME_LIMIT 120
#define TIME_LIMIT_MAX 3600

static const char help[] =
	"Usage: cenalloc board-test [OPTION...]\n"
	"\n"
	"Tries what the solver promises on the devices of this machine: for every sensible pair and triple of them it "
	"solves,\n"
	"allocates, shows the buffers to each device, and lets cameras fill a few. Leaves everything as it was, sets "
	"no display\n"
	"mode and may run beside a compositor. Writes reports into a folder: index.html, report.tap, junit.xml, "
	"machine.json.\n"
	"\n"
	"      --usage U=DEVICE     test this pipeline only; repeat for each device, in the order of the pipeline\n"
	"      --size WxH           in this size; repeat for more; default: 640x480, 1280x720, 1366x768, 1920x1080\n"
	"      --format F[,F...]    in these formats; default: NV12, YUYV, XR24 and RG16 where shared, and another "
	"shared one\n"
	"      --output DIR         folder of the reports; default: ./cenalloc-board-test-DATE\n"
	"      --quick              few combinations, in the first size\n"
	"      --full               all combinations, all plans, and what the solver ruled out\n"
	"      --limit N            try so many combinations; default: 200, with --quick 16, with --full all\n"
	"      --frames N           frames to stream from each camera; default: 4; 0: none\n"
	"      --time-limit S       seconds for one combination; default: 120\n"
	"      --tap                TAP on standard output, in place of the table\n"
	"  -v, --verbose            the table with what was skipped, and all details\n"
	"      --json               one JSON document\n"
	"  -h, --help               this text\n"
	"\n"
	"Exit status: 0 all passed, 1 a test failed or the run was stopped, 2 wrong arguments, 3 the machine failed.\n"
	"\n"
	"Example:\n"
	"  cenalloc board-test --usage capture=/dev/video0 --usage scanout=/dev/dri/card0 --output report\n";

enum {
	OPTION_USAGE = ARGS_OWN,
	OPTION_SIZE,
	OPTION_FORMAT,
	OPTION_OUTPUT,
	OPTION_QUICK,
	OPTION_FULL,
	OPTION_LIMIT,
	OPTION_FRAMES,
	OPTION_TIME_LIMIT,
	OPTION_TAP,
};

static const struct option table[] = {
	ARGS_COMMON,
	{"usage", required_argument, NULL, OPTION_USAGE},
	{"size", required_argument, NULL, OPTION_SIZE},
	{"format", required_argument, NULL, OPTION_FORMAT},
	{"output", required_argument, NULL, OPTION_OUTPUT},
	{"quick", no_argument, NULL, OPTION_QUICK},
	{"full", no_argument, NULL, OPTION_FULL},
	{"limit", required_argument, NULL, OPTION_LIMIT},
	{"frames", required_argument, NULL, OPTION_FRAMES},
	{"time-limit", required_argument, NULL, OPTION_TIME_LIMIT},
	{"tap", no_argument, NULL, OPTION_TAP},
	{0},
};

static int read_size(struct board_options *options, const struct tool *tool, const char *text)
{
	size_t n = options->has_size ? options->size_count : 0;

	if (n == ARRAY_LENGTH(options->sizes))
		return args_fail(tool, "more than %zu sizes", ARRAY_LENGTH(options->sizes));
	options->has_size = true;
	options->size_count = n + 1;
	return args_read_size(tool, text, &options->sizes[n].width, &options->sizes[n].height);
}

static int read_bounded(const struct tool *tool, const char *name, const char *text, uint32_t min, uint32_t max,
			uint32_t *out)
{
	int status = args_read_number(tool, name, text, out);

	if (status == TOOL_DONE && (*out < min || *out > max))
		return args_fail(tool, "%s %s: %u to %u", name, text, min, max);
	return status;
}

static int read_option(struct board_options *options, const struct tool *tool, int option)
{
	switch (option) {
	case OPTION_USAGE:
		return solve_usage_read(tool, optarg, options->usages, &options->usage_count);
	case OPTION_SIZE:
		return read_size(options, tool, optarg);
	case OPTION_FORMAT:
		options->has_format = true;
		return args_read_formats(tool, optarg, &options->fourccs, &options->fourcc_count);
	case OPTION_OUTPUT:
		options->output = optarg;
		return TOOL_DONE;
	case OPTION_LIMIT:
		options->has_limit = true;
		return read_bounded(tool, "--limit", optarg, 1, UINT32_MAX, &options->limit);
	case OPTION_FRAMES:
		options->has_frames = true;
		return read_bounded(tool, "--frames", optarg, 0, FRAMES_MAX, &options->frames);
	case OPTION_TIME_LIMIT:
		return read_bounded(tool, "--time-limit", optarg, 1, TIME_LIMIT_MAX, &options->time_limit);
	default:
		options->quick |= option == OPTION_QUICK;
		options->full |= option == OPTION_FULL;
		options->tap |= option == OPTION_TAP;
		return TOOL_DONE;
	}
}

static int set_defaults(struct board_options *options)
{
	static const uint32_t sizes[][2] = {{640, 480}, {1280, 720}, {1366, 768}, {1920, 1080}};
	static const uint32_t fourccs[] = {DRM_FORMAT_NV12, DRM_FORMAT_YUYV, DRM_FORMAT_XRGB8888, DRM_FORMAT_RGB565};

	for (size_t i = 0; i < ARRAY_LENGTH(sizes) && !options->has_size; i++) {
		options->sizes[i].width = sizes[i][0];
		options->sizes[i].height = sizes[i][1];
		options->size_count = options->quick ? 1 : i + 1;
	}
	if (!options->has_format) {
		options->fourccs = malloc(sizeof(fourccs));
		if (!options->fourccs)
			return -ENOMEM;
		memcpy(options->fourccs, fourccs, sizeof(fourccs));
		options->fourcc_count = ARRAY_LENGTH(fourccs);
	}
	if (!options->has_limit)
		options->limit = options->full ? 0 : options->quick ? LIMIT_QUICK : LIMIT;
	if (!options->has_frames)
		options->frames = FRAMES;
	if (!options->time_limit)
		options->time_limit = TIME_LIMIT;
	return 0;
}

static int read_arguments(struct board_options *options, struct tool *tool, int argc, char **argv)
{
	int option, status = TOOL_DONE;

	while (status == TOOL_DONE && (option = args_next(tool, argc, argv, table, false)) >= 0)
		status = read_option(options, tool, option);
	if (status == TOOL_DONE && option == ARGS_STOP)
		return ARGS_STOP;
	if (status == TOOL_DONE && optind < argc)
		status = args_fail(tool, "unexpected argument '%s'", argv[optind]);
	if (status == TOOL_DONE && options->quick && options->full)
		status = args_fail(tool, "--quick and --full: one of them");
	if (status == TOOL_DONE && options->tap && tool->json)
		status = args_fail(tool, "--tap and --json: one of them");
	if (status == TOOL_DONE && tool->passive)
		status = args_fail(tool, "--passive: this command allocates and imports; 'cenalloc describe --passive' "
					 "only asks");
	if (status == TOOL_DONE)
		status = args_refuse_machine(tool, "the devices that it tries are those of this machine");
	if (status != TOOL_DONE)
		return status;
	return set_defaults(options) < 0 ? args_report(tool, -ENOMEM, NULL) : TOOL_DONE;
}

/* Before the tests: who waited for them wants to know then that there is no place for the reports. */
static int make_folder(const struct board *board, char *folder, size_t size)
{
	const char *wish = board->options.output;
	time_t now = (time_t)board->started;
	struct tm date;
	char text[32];

	if (!gmtime_r(&now, &date) || strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &date) == 0)
		return args_report(board->tool, -EINVAL, NULL);
	if ((size_t)snprintf(folder, size, "%s%s", wish ? wish : "cenalloc-board-test-", wish ? "" : text) >= size)
		return args_fail(board->tool, "--output: a path of more than %zu bytes", size - 1);
	if (mkdir(folder, 0777) == 0 || (errno == EEXIST && wish))
		return TOOL_DONE;
	args_complain(board->tool, "--output %s: %s", folder, strerror(errno));
	return TOOL_BAD_INPUT;
}

/* Returns 0, or a negative errno when no process can be made. */
static int do_job(struct board *board, struct board_worker *worker, const struct board_job *job)
{
	int ret;

	board_state_begin(board, job);
	ret = board_worker_do(worker, board, job);
	board_state_check(board, job, worker->pid == 0);
	return ret;
}

static int describe_all(struct board *board, struct board_worker *worker)
{
	int ret = 0;

	for (size_t i = 0; i < board->role_count && ret == 0 && !board->stopped; i++) {
		struct board_job job = {.kind = BOARD_JOB_DESCRIBE, .role_count = 1, .roles = {(uint32_t)i}};
		char name[BOARD_NAME_SIZE];

		board_progress(board, i, board->role_count, board_case_name(board, &job, name));
		ret = do_job(board, worker, &job);
	}
	return ret;
}

static int try_all(struct board *board, struct board_worker *worker)
{
	char name[BOARD_NAME_SIZE];
	size_t done;
	int ret = 0;

	for (done = 0; done < board->chosen && ret == 0 && !board->stopped; done++) {
		uint32_t failed = board->counts[BOARD_FAILED], no_plan = board->counts[BOARD_NO_PLAN];
		struct board_job *job = &board->cases[done];

		board_progress(board, done, board->chosen, board_case_name(board, job, name));
		ret = do_job(board, worker, job);
		job->has_failed = board->counts[BOARD_FAILED] > failed;
		job->has_no_plan = board->counts[BOARD_NO_PLAN] > no_plan;
	}
	/* What was under way is among those that were not tried. */
	if (board->stopped || ret < 0)
		board->chosen = done ? done - 1 : 0;
	return ret;
}

static int draw_all(struct board *board, struct board_worker *worker)
{
	int ret = 0;

	board_choose_pictures(board);
	for (uint32_t i = 0; i < board->picture_count && ret == 0 && !board->stopped; i++)
		ret = do_job(board, worker, &board->pictures[i]);
	return ret;
}

/* All devices have a part in it: each camera is looked at afterwards. One that cannot be asked costs the answers. */
static int record(struct board *board, struct board_worker *worker)
{
	struct board_job job = {.kind = BOARD_JOB_RECORD};
	int ret;

	if (board->stopped)
		return 0;
	for (uint32_t i = 0; i < board->role_count && job.role_count < CEN_MAX_USAGES; i++)
		job.roles[job.role_count++] = i;
	ret = do_job(board, worker, &job);
	if (ret < 0 || worker->pid || board->stopped)
		return ret;
	job.number = 1;
	return do_job(board, worker, &job);
}

/* A run that was stopped has not passed. */
static void report_stop(struct board *board)
{
	struct board_result result = {.outcome = BOARD_FAILED};

	if (!board->stopped)
		return;
	board_result_set(&result, BOARD_NAME, "all combinations were tried");
	board_result_set(&result, BOARD_SUMMARY, "stopped by signal %d (%s) after %zu of %zu", board->stopped,
			 strsignal(board->stopped), board->chosen, board->case_count);
	board_add_result(board, &result);
}

static int test(struct board *board)
{
	struct board_worker worker = {0};
	int status = TOOL_DONE, ret;

	ret = board_state_save(board);
	if (ret == 0)
		ret = describe_all(board, &worker);
	if (ret == 0)
		status = board_make_cases(board);
	if (ret == 0 && status == TOOL_DONE) {
		fprintf(stderr, "%s: %zu combinations, %zu of them are tried\n", board->tool->command,
			board->case_count, board->chosen);
		ret = try_all(board, &worker);
		if (ret == 0)
			ret = draw_all(board, &worker);
		if (ret == 0)
			ret = record(board, &worker);
	}
	board_worker_stop(&worker);
	board_progress_end(board);
	board_state_report(board);
	report_stop(board);
	board->ended = (uint64_t)time(NULL);
	return ret < 0 ? args_report(board->tool, ret, NULL) : status;
}

static int show(const struct board *board)
{
	int status = TOOL_DONE;

	if (board->options.tap)
		board_write_tap(board, stdout);
	else if (board->tool->json)
		status = json_finish(board->tool, board_json(board));
	else
		status = board_print_table(board);
	fprintf(stderr, "%s: the reports are in %s\n", board->tool->command, board->folder);
	return status;
}

static int run(struct board *board)
{
	char folder[4096];
	int status, reported;

	board->started = board->ended = (uint64_t)time(NULL);
	status = board_find_roles(board);
	if (status == TOOL_DONE)
		status = make_folder(board, folder, sizeof(folder));
	if (status != TOOL_DONE)
		return status;
	board->folder = folder;
	status = test(board);
	/* Also after a failure: what was learned until then is worth a report. */
	reported = board_write_reports(board);
	if (reported == TOOL_DONE)
		reported = show(board);
	if (status != TOOL_DONE || reported != TOOL_DONE)
		return status != TOOL_DONE ? status : reported;
	return board->counts[BOARD_FAILED] ? TOOL_NO_PLAN : TOOL_DONE;
}

int cmd_board_test(struct tool *tool, int argc, char **argv)
{
	_cleanup_(board_release) struct board board = {.tool = tool};
	_cleanup_close_ int signals = -1;
	int status;

	tool->help = help;
	status = read_arguments(&board.options, tool, argc, argv);
	if (status == ARGS_STOP)
		return tool->status;
	if (status != TOOL_DONE)
		return status;
	status = args_open_machine(tool);
	if (status != TOOL_DONE)
		return status;
	signals = wait_block_signals();
	if (signals < 0)
		return args_report(tool, signals, NULL);
	board.signals = signals;
	return run(&board);
}
