/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What of a snapshot is shown, in which order, and its sums: the same for text and JSON. */
#pragma once

#include "ps-model.h"

enum ps_sort {
	PS_SORT_INODE,
	PS_SORT_SIZE, /* the largest first */
	PS_SORT_HOLDERS, /* the most processes first */
};

struct ps_view {
	pid_t pid; /* 0: those of all processes */
	const char *exporter; /* NULL: all */
	enum ps_sort sort;
};

bool ps_view_shows(const struct ps_view *view, const struct ps_buffer *buffer);
/* Those that the view shows, in its order: malloc'ed, or NULL when there is no memory. */
struct ps_buffer **ps_view_select(const struct ps_view *view, const struct ps_snapshot *snapshot, size_t *count);

struct ps_total {
	const char *exporter; /* of a buffer; "" where it is not known */
	size_t buffer_count;
	uint64_t bytes; /* at most UINT64_MAX */
};

struct ps_total ps_sum(struct ps_buffer *const *buffers, size_t count);
/* By the name of the exporter. Returns 0 with a malloc'ed array in *out, or -ENOMEM. */
int ps_sum_by_exporter(struct ps_buffer *const *buffers, size_t count, struct ps_total **out, size_t *out_count);

/* The names of marks, a comma between; "" for none. Returns buf. */
#define PS_MARKS_SIZE 32
char *ps_marks_to_text(uint32_t marks, char buf[PS_MARKS_SIZE]);
/* The marks in turn, with their names: NULL behind the last. */
const char *ps_mark_get_name(size_t index, uint32_t *mark);
