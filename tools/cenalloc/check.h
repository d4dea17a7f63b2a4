/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The parts of check-backend: the file, the plug-in behind a proxy, the checks in their child process. */
#pragma once

#include <cenalloc/backend.h>

#include "tool.h"

#define CHECK_ENTRY "cen_backend_entry_v1"

enum check_result {
	CHECK_BEGUN, /* under way: what remains of a check during which the plug-in crashed */
	CHECK_OK,
	CHECK_FAILED,
	CHECK_SKIPPED,
	CHECK_NAME, /* no check: detail is the backend's name */
};

/* One row. Travels through a pipe in one write, which is atomic below PIPE_BUF. */
struct check_row {
	uint32_t result; /* enum check_result */
	char name[60];
	char detail[448];
};

__attribute__((format(printf, 4, 5))) void check_row_set(struct check_row *row, enum check_result result,
							 const char *name, const char *format, ...);

/* check-elf.c: what can be told without running anything. The file is not trusted. */
struct check_elf {
	size_t exported; /* symbols that other objects can see */
	bool has_entry;
	char others[160]; /* names of those that are not the entry, cut */
};

/* Returns true, or false with the reason in problem. */
bool check_elf_read(int fd, struct check_elf *out, char *problem, size_t size);

/*
 * check-proxy.c: a backend table that passes every operation on to the plug-in and looks at what comes back, before
 * the library can put it right. One per process: the operations have no place for a pointer of ours before open().
 */
struct check_proxy {
	const struct cen_backend *real;
	struct cen_backend table;
	uint32_t ask_usage; /* not 0: describe() is asked for this usage in place of the one wanted */
	int last; /* what the last operation returned */
	uint32_t calls; /* operations passed on so far */
	char problem[256]; /* the first thing that was wrong with the last operation; "" where nothing was */
};

struct check_proxy *check_proxy_get(const struct cen_backend *real);
/* Forget what the last operation did. */
void check_proxy_reset(struct check_proxy *reset);

/* check-run.c: run every check on the plug-in and write rows to the pipe. For a child process. */
void check_run(struct tool *tool, const char *path, int pipe);
