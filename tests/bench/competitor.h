/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Who can serve a trace: the algorithms for regions, and what a program has without them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <cenalloc/region-algorithm.h>

#include "trace.h"

#define NO_CHUNK UINT64_MAX

struct competitor {
	const char *name;
	const struct cen_region_algorithm *algorithm; /* NULL for those that take memory from the system */
	/* Returns NULL, or why this competitor cannot take part. Called once. */
	const char *(*open)(void);
	/* Returns a handle, or NO_CHUNK. */
	uint64_t (*alloc)(const struct trace_op *op);
	void (*free)(const struct trace_op *op, uint64_t chunk);
	/* Bytes that it holds now; NULL where that is not asked. */
	uint64_t (*get_footprint)(void);
};

enum {
	NOTHING, /* what the replay itself costs */
	BEST_FIT,
	TLSF,
	FIRST_FIT, /* the plug-in of the tests */
	MALLOC,
	JEMALLOC,
	MMAP,
	COMPETITOR_COUNT,
};

extern struct competitor competitors[COMPETITOR_COUNT];

/* The region that an algorithm cuts from now on. The one before is gone. */
void set_region(const struct cen_region_algorithm *algorithm, uint64_t bytes);
void drop_region(void);
/* Of that region. */
uint64_t get_largest_free(void);

/* What jemalloc calls resident: active pages, those it has not given back yet, and its own. */
uint64_t get_jemalloc_resident(void);
