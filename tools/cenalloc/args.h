/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Options that every command has, values that several read, and how failures are told. */
#pragma once

#include <getopt.h>

#include "tool.h"

/* What args_next() returns instead of an option. */
#define ARGS_END (-1)
#define ARGS_STOP (-2) /* the command ends with tool->status: help was shown, or the arguments are wrong */

/* Values of options; those of args.c come first. */
enum args_option {
	ARGS_JSON = 256,
	ARGS_PASSIVE,
	ARGS_COLOR,
	ARGS_NO_COLOR,
	ARGS_LOG,
	ARGS_MACHINE,
	ARGS_OWN, /* the commands count on from here */
};

/* The rows of a struct option table that every command has. */
#define ARGS_COMMON                                                                                                    \
	{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {"json", no_argument, NULL, ARGS_JSON}, \
		{"passive", no_argument, NULL, ARGS_PASSIVE}, {"verbose", no_argument, NULL, 'v'},                     \
		{"color", required_argument, NULL, ARGS_COLOR}, {"colour", required_argument, NULL, ARGS_COLOR},       \
		{"no-color", no_argument, NULL, ARGS_NO_COLOR}, {"no-colour", no_argument, NULL, ARGS_NO_COLOR},       \
		{"log", required_argument, NULL, ARGS_LOG},                                                            \
	{                                                                                                              \
		"machine", required_argument, NULL, ARGS_MACHINE                                                       \
	}

/*
 * The next option that is the command's own, or ARGS_END, or ARGS_STOP. Common options are dealt with here. With
 * stop_early the scan ends at the first argument that is no option. Set optind to 0 before the first call.
 */
int args_next(struct tool *tool, int argc, char **argv, const struct option *options, bool stop_early);

/* "cenalloc solve: message" on stderr. args_fail() adds where help is and returns TOOL_BAD_INPUT. */
void args_complain(const struct tool *tool, const char *format, ...) __attribute__((format(printf, 2, 3)));
int args_fail(const struct tool *tool, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "hint: ..." under a complaint. */
void args_hint(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Tell a failure of the library, with a hint where one helps. ret: what the call returned. Returns a tool_status. */
int args_report(const struct tool *tool, int ret, const struct cen_error *err);

/* Readers of values; they complain themselves, name the option and return a tool_status. */
int args_read_number(const struct tool *tool, const char *option, const char *text, uint32_t *out);
int args_read_size(const struct tool *tool, const char *text, uint32_t *width, uint32_t *height);
/* Bytes, with K, M or G behind it KiB, MiB or GiB; not 0. */
int args_read_length(const struct tool *tool, const char *text, uint64_t *out);
int args_read_usage(const struct tool *tool, const char *text, uint32_t *usage);
/* Comma-separated; appended to *list (malloc'ed) of *count. */
int args_read_formats(const struct tool *tool, const char *text, uint32_t **list, size_t *count);
int args_read_modifiers(const struct tool *tool, const char *text, uint64_t **list, size_t *count);

/* For a command that has no use for --machine: complains where it was given. Returns a tool_status. */
int args_refuse_machine(const struct tool *tool, const char *why);
/* Context and machine into tool; the caller of the command releases them. flags: CEN_CONTEXT_*. */
int args_open_context(struct tool *tool, uint32_t flags);
int args_open_machine(struct tool *tool);
/* A machine as tool has it for the context that is there: of the file, or live. The caller destroys it. */
int args_load_machine(const struct tool *tool, struct cen_machine **out);
/* Put a map of the command line in force. Returns a tool_status. */
int args_use_map(const struct tool *tool, const char *text);
