/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A snapshot as text, as JSON, and a buffer of it as one line. */
#pragma once

#include <stdio.h>

#include "json.h"
#include "ps-view.h"

/* A process whose number of dma-bufs has grown in each of the last so many refreshes of --watch. */
struct ps_growth {
	pid_t pid;
	uint64_t start;
	char command[PS_TEXT_SIZE];
	size_t count; /* at the last refresh */
	size_t first; /* when the growth began */
	size_t streak; /* refreshes in which it grew, one after the other */
};
#define PS_GROWTH_MIN 5

/* growths: all processes; those with fewer than PS_GROWTH_MIN are left out. Each returns a tool_status. */
int ps_print_text(const struct tool *tool, const struct ps_view *view, const struct ps_snapshot *snapshot,
		  const struct ps_growth *growths, size_t growth_count);
/* What could not be learned, and what would help: lines, or nothing. */
void ps_print_limits(const struct tool *tool, const struct ps_snapshot *snapshot);
struct json_object *ps_to_json(const struct ps_view *view, const struct ps_snapshot *snapshot,
			       const struct ps_growth *growths, size_t growth_count);

/* Everything but the inode on one line without a line feed, the same for the same state. malloc'ed, or NULL. */
char *ps_buffer_to_line(const struct ps_snapshot *snapshot, const struct ps_buffer *buffer);
/* "process 812 (weston): 6 more dma-bufs in 5 refreshes, each with more than the last". malloc'ed, or NULL. */
char *ps_growth_to_line(const struct ps_growth *growth);
/* "fd 5, 6 mapped 3,112,960 bytes"; of more than 8 descriptors the number is told. */
void ps_write_use(FILE *out, const struct ps_holder *holder, bool is_verbose);
