/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What every file of the command shares: its state, its exit statuses, cleanup attributes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cenalloc/cenalloc.h>

/* Exit statuses, as documented in cenalloc(1). */
enum tool_status {
	TOOL_DONE = 0,
	TOOL_NO_PLAN = 1,
	TOOL_BAD_INPUT = 2,
	TOOL_MACHINE_FAILED = 3,
};

enum tool_color {
	TOOL_COLOR_AUTO,
	TOOL_COLOR_ALWAYS,
	TOOL_COLOR_NEVER,
};

struct tool {
	const char *command; /* "cenalloc solve": the prefix of messages */
	const char *help;
	const char *machine_file; /* of --machine; NULL: this machine */
	enum tool_color color;
	uint32_t log_level; /* 0: silent */
	bool json;
	bool passive;
	bool verbose;
	int status; /* set by args_next() together with ARGS_STOP */
	struct cen_context *ctx;
	struct cen_machine *machine;
};

int cmd_board_test(struct tool *tool, int argc, char **argv);
int cmd_list(struct tool *tool, int argc, char **argv);
int cmd_map(struct tool *tool, int argc, char **argv);
int cmd_describe(struct tool *tool, int argc, char **argv);
int cmd_diff(struct tool *tool, int argc, char **argv);
int cmd_solve(struct tool *tool, int argc, char **argv);
int cmd_explain(struct tool *tool, int argc, char **argv);
int cmd_alloc(struct tool *tool, int argc, char **argv);
int cmd_regions(struct tool *tool, int argc, char **argv);
int cmd_ps(struct tool *tool, int argc, char **argv);
int cmd_record(struct tool *tool, int argc, char **argv);
int cmd_check_backend(struct tool *tool, int argc, char **argv);

#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static inline void tool_free_cleanup(void *ptr)
{
	free(*(void **)ptr);
}
#define _cleanup_free_ __attribute__((cleanup(tool_free_cleanup)))

static inline void tool_close_cleanup(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define _cleanup_close_ __attribute__((cleanup(tool_close_cleanup)))

static inline void tool_error_cleanup(struct cen_error **err)
{
	cen_error_destroy(*err);
}
#define _cleanup_error_ __attribute__((cleanup(tool_error_cleanup)))

#define _cleanup_(function) __attribute__((cleanup(function)))
