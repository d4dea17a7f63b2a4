/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What was allocated and freed, and in which order: traces/README.md has the format.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_PAGE UINT64_C(4096)

struct trace_op {
	bool is_alloc;
	uint32_t id;
	uint64_t bytes, alignment; /* of the chunk, also when it is freed */
};

struct trace {
	struct trace_op *ops;
	size_t count, capacity;
	uint32_t id_count; /* ids are below */
	uint64_t peak; /* the most bytes that are alive at once, in whole pages */
	size_t peak_op; /* after this operation, the first time */
};

/* Read a file, and append frees for what is alive at its end. Ends the program when the file is wrong, saying where. */
void trace_read(struct trace *trace, const char *path);
void trace_finish(struct trace *trace);

static inline uint64_t trace_get_pages(uint64_t bytes)
{
	return (bytes + TRACE_PAGE - 1) & ~(TRACE_PAGE - 1);
}
