/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* cenalloc check-backend: does a plug-in keep its contract? */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "args.h"
#include "check.h"
#include "json.h"
#include "table.h"

/* No single check takes longer, a trial import on a slow machine included. */
#define CHECK_SECONDS 30

static const char help[] =
	"Usage: cenalloc check-backend FILE.so [OPTION...]\n"
	"\n"
	"Loads a plug-in in a child process and checks that it keeps the contract of <cenalloc/backend.h>: one "
	"exported\n"
	"symbol, a valid table, every device described, buffers of every source, no file descriptor left open.\n"
	"\n"
	"      --json      one JSON document\n"
	"      --passive   only calls without a side effect on any device\n"
	"      --log LEVEL messages of the library and the plug-in on stderr\n"
	"  -h, --help      this text\n"
	"\n"
	"Exit status: 0 all checks passed, 1 a check failed, 2 the file is no backend at all, 3 the machine failed.\n";

struct rows {
	struct check_row *items;
	size_t count;
	char backend[64];
};

void check_row_set(struct check_row *row, enum check_result result, const char *name, const char *format, ...)
{
	va_list args;

	memset(row, 0, sizeof(*row));
	row->result = result;
	snprintf(row->name, sizeof(row->name), "%s", name);
	va_start(args, format);
	vsnprintf(row->detail, sizeof(row->detail), format, args);
	va_end(args);
}

static bool rows_add(struct rows *rows, const struct check_row *row)
{
	struct check_row *grown = reallocarray(rows->items, rows->count + 1, sizeof(*grown));

	if (!grown)
		return false;
	rows->items = grown;
	grown[rows->count++] = *row;
	return true;
}

static void rows_cleanup(struct rows *rows)
{
	free(rows->items);
}

/* A row from the child: its own begun row is replaced by the finished one. */
static bool take_row(struct rows *rows, struct check_row *row)
{
	row->name[sizeof(row->name) - 1] = '\0';
	row->detail[sizeof(row->detail) - 1] = '\0';
	if (row->result == CHECK_NAME) {
		snprintf(rows->backend, sizeof(rows->backend), "%.*s", (int)sizeof(rows->backend) - 1, row->detail);
		return true;
	}
	if (row->result > CHECK_SKIPPED)
		return true;
	if (row->result != CHECK_BEGUN && rows->count && rows->items[rows->count - 1].result == CHECK_BEGUN) {
		rows->items[rows->count - 1] = *row;
		return true;
	}
	return rows_add(rows, row);
}

/* Returns false when the child did not answer in time. */
static bool read_rows(struct rows *rows, int pipe)
{
	struct pollfd fd = {.fd = pipe, .events = POLLIN};
	struct check_row row;
	ssize_t bytes;
	int ret;

	for (;;) {
		ret = poll(&fd, 1, CHECK_SECONDS * 1000);
		if (ret < 0 && errno == EINTR)
			continue;
		if (ret <= 0)
			return false;
		bytes = read(pipe, &row, sizeof(row));
		if (bytes < 0 && errno == EINTR)
			continue;
		/* Anything but a whole row is the end: the plug-in may have got hold of the pipe. */
		if (bytes != (ssize_t)sizeof(row) || !take_row(rows, &row))
			return true;
	}
}

__attribute__((noreturn)) static void child(struct tool *tool, const char *path, int pipe)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* What the plug-in prints must not get between the rows. */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	check_run(tool, path, pipe);
	_exit(0);
}

/* The check that was under way when the child ended is the one that failed. */
static void blame(struct rows *rows, bool in_time, int status)
{
	struct check_row *row = rows->count ? &rows->items[rows->count - 1] : NULL;

	if (!row || row->result != CHECK_BEGUN)
		return;
	row->result = CHECK_FAILED;
	if (!in_time)
		snprintf(row->detail, sizeof(row->detail), "no answer in %d s", CHECK_SECONDS);
	else if (WIFSIGNALED(status))
		snprintf(row->detail, sizeof(row->detail), "crashed: SIG%s (%s)", sigabbrev_np(WTERMSIG(status)),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(row->detail, sizeof(row->detail), "the plug-in ended the process with status %d",
			 WEXITSTATUS(status));
}

static int run_child(struct tool *tool, const char *path, struct rows *rows)
{
	int pipe[2];
	bool in_time;
	int status;
	pid_t pid;

	if (pipe2(pipe, O_CLOEXEC) < 0)
		return args_report(tool, -errno, NULL);
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		status = args_report(tool, -errno, NULL);
		close(pipe[0]);
		close(pipe[1]);
		return status;
	}
	if (pid == 0)
		child(tool, path, pipe[1]);
	close(pipe[1]);
	in_time = read_rows(rows, pipe[0]);
	close(pipe[0]);
	if (!in_time)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	blame(rows, in_time, status);
	return TOOL_DONE;
}

/* The two checks that need nothing to run. */
static int check_file(const struct tool *tool, const char *path, struct rows *rows)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct check_row row;
	struct check_elf elf;
	char problem[128];

	if (fd < 0) {
		int errnum = errno;

		args_complain(tool, "%s: %s", path, strerror(errnum));
		return errnum == EACCES || errnum == EPERM ? TOOL_MACHINE_FAILED : TOOL_BAD_INPUT;
	}
	if (!check_elf_read(fd, &elf, problem, sizeof(problem))) {
		args_complain(tool, "%s: not a backend: %s", path, problem);
		return TOOL_BAD_INPUT;
	}
	if (!elf.has_entry) {
		args_complain(tool, "%s: not a backend: it does not export %s", path, CHECK_ENTRY);
		args_hint("CEN_BACKEND_ENTRY() of <cenalloc/backend.h> defines it");
		return TOOL_BAD_INPUT;
	}
	check_row_set(&row, CHECK_OK, "file", "a shared object for this machine");
	if (!rows_add(rows, &row))
		return args_report(tool, -ENOMEM, NULL);
	if (elf.exported == 1)
		check_row_set(&row, CHECK_OK, "exports", "%s and nothing else", CHECK_ENTRY);
	else
		check_row_set(&row, CHECK_FAILED, "exports", "%zu more than %s: %s", elf.exported - 1, CHECK_ENTRY,
			      elf.others);
	return rows_add(rows, &row) ? TOOL_DONE : args_report(tool, -ENOMEM, NULL);
}

static const char *result_name(uint32_t result)
{
	return result == CHECK_OK ? "ok" : result == CHECK_SKIPPED ? "skipped" : "FAILED";
}

static size_t count_failed(const struct rows *rows)
{
	size_t failed = 0;

	for (size_t i = 0; i < rows->count; i++)
		failed += rows->items[i].result != CHECK_OK && rows->items[i].result != CHECK_SKIPPED;
	return failed;
}

static int print_text(const struct tool *tool, const char *path, const struct rows *rows)
{
	static const char *const headings[] = {"CHECK", "RESULT", "DETAIL"};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);
	size_t failed = count_failed(rows);
	int status;

	for (size_t i = 0; i < rows->count; i++) {
		const struct check_row *row = &rows->items[i];
		enum table_style style = row->result == CHECK_OK        ? TABLE_GOOD
					 : row->result == CHECK_SKIPPED ? TABLE_DIM
									: TABLE_BAD;

		table_add(table, (const char *const[]){row->name, result_name(row->result), row->detail});
		table_set_style(table, 1, style);
		if (style == TABLE_BAD)
			table_set_style(table, 2, style);
	}
	status = table_print(table, tool, 0);
	printf("\n%s: %zu checks, %zu failed\n", path, rows->count, failed);
	return status;
}

static int print_json(const struct tool *tool, const char *path, const struct rows *rows)
{
	struct json_object *document = json_object_new_object();
	struct json_object *list;

	json_add_text(document, "file", path);
	json_add_text(document, "backend", rows->backend[0] ? rows->backend : NULL);
	list = json_add(document, "checks", json_object_new_array());
	for (size_t i = 0; i < rows->count; i++) {
		struct json_object *row = json_object_new_object();
		uint32_t result = rows->items[i].result;

		json_add_text(row, "name", rows->items[i].name);
		json_add_text(row, "result",
			      result == CHECK_OK || result == CHECK_SKIPPED ? result_name(result) : "failed");
		json_add_text(row, "detail", rows->items[i].detail);
		json_object_array_add(list, row);
	}
	json_add_number(document, "failed", count_failed(rows));
	return json_finish(tool, document);
}

int cmd_check_backend(struct tool *tool, int argc, char **argv)
{
	static const struct option options[] = {ARGS_COMMON, {0}};
	_cleanup_(rows_cleanup) struct rows rows = {0};
	_cleanup_free_ char *path = NULL;
	int status;

	tool->help = help;
	if (args_next(tool, argc, argv, options, false) == ARGS_STOP)
		return tool->status;
	if (args_refuse_machine(tool, "plug-ins are loaded into the running machine") != TOOL_DONE)
		return TOOL_BAD_INPUT;
	if (optind + 1 != argc)
		return optind < argc ? args_fail(tool, "unexpected argument '%s'", argv[optind + 1])
				     : args_fail(tool, "missing: the FILE.so");
	/* dlopen() looks a name without '/' up in the library path. */
	path = realpath(argv[optind], NULL);
	if (!path) {
		args_complain(tool, "%s: %s", argv[optind], strerror(errno));
		return TOOL_BAD_INPUT;
	}
	status = check_file(tool, path, &rows);
	if (status == TOOL_DONE)
		status = run_child(tool, path, &rows);
	if (status != TOOL_DONE)
		return status;
	status = tool->json ? print_json(tool, argv[optind], &rows) : print_text(tool, argv[optind], &rows);
	return status == TOOL_DONE && count_failed(&rows) ? TOOL_NO_PLAN : status;
}
