/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The options of solve, alloc and explain, and the request they make. */
#pragma once

#include "args.h"

/* The most buffers that alloc makes. */
#define SOLVE_COUNT_MAX 64

/* Whose options they are. */
enum solve_command {
	SOLVE_COMMAND_SOLVE,
	SOLVE_COMMAND_ALLOC,
	SOLVE_COMMAND_EXPLAIN,
};

struct solve_usage {
	uint32_t usage;
	const char *device; /* points into argv */
};

/* The value of --usage into the next place of usages, which has CEN_MAX_USAGES. Returns a tool_status. */
int solve_usage_read(const struct tool *tool, char *text, struct solve_usage *usages, size_t *count);

struct solve_options {
	struct solve_usage usages[CEN_MAX_USAGES];
	size_t usage_count;
	uint32_t width, height; /* 0, 0: not given */
	uint32_t *fourccs;
	size_t fourcc_count;
	uint64_t *modifiers;
	size_t modifier_count;
	const char **constraints; /* text; points into argv */
	size_t constraint_count;
	const char *heap;
	const char *map;
	uint64_t length; /* alloc: bytes of heap, without a plan; 0: not given */
	uint32_t count; /* 0: not given */
	uint32_t plans; /* 0: not given */
	uint32_t plan; /* alloc: which one, from 1 */
	bool verify;
	bool hold;
	bool split; /* solve: into groups with copies between them */
	bool matrix; /* explain: on the terminal */
	const char *matrix_file; /* explain: NULL: not wanted */
	const char *graph_file; /* NULL: not wanted */
	uint32_t flags; /* CEN_SOLVE_*, for solve_options_run() */
};

#define SOLVE_HELP                                                                                                     \
	"      --usage U=DEVICE     a device and what it does with the buffer; once for each, in pipeline order\n"     \
	"      --size WxH           in pixels\n"                                                                       \
	"      --format F[,F...]    acceptable formats, the best first (NV12, XR24, XRGB8888); default: all\n"         \
	"      --modifier M[,M...]  acceptable modifiers (LINEAR, or hexadecimal); default: all\n"                     \
	"      --count N            equal buffers, 1 to 64; default: 1\n"                                              \
	"      --map TEXT           this map in place of the one in force: which memory which device may have\n"       \
	"      --heap NAME          only this source, as 'cenalloc list' names it\n"                                   \
	"      --constraint TEXT    one constraint more, for example stride-align=256 or segments=1\n"

/* Reads the command line of one of the commands. Returns a tool_status, or ARGS_STOP. */
int solve_options_read(struct solve_options *options, struct tool *tool, int argc, char **argv,
		       enum solve_command command);
void solve_options_cleanup(struct solve_options *options);

/* Opens the machine and makes the request, which the caller owns. Returns a tool_status. */
int solve_options_prepare(const struct solve_options *options, struct tool *tool, struct cen_request **request);
/* The same, and solves. The caller owns both. */
/* The request on the machine of the tool, which is open. The caller owns it. Returns a tool_status. */
int solve_options_make_request(const struct solve_options *options, struct tool *tool, struct cen_request **request);

/* Opens the machine and solves. The caller owns both. Returns a tool_status. */
int solve_options_run(const struct solve_options *options, struct tool *tool, struct cen_request **request,
		      struct cen_solution **solution);

static inline void request_cleanup(struct cen_request **request)
{
	cen_request_destroy(*request);
}

static inline void solution_cleanup(struct cen_solution **solution)
{
	cen_solution_unref(*solution);
}

static inline void split_cleanup(struct cen_split **split)
{
	cen_split_unref(*split);
}

struct json_object;
/* What was asked for. */
struct json_object *solve_options_json(const struct solve_options *options);
