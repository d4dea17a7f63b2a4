/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What an algorithm for regions is held against: the chunks in a sorted list, and every answer found by walking all of
 * it. Shares no idea with the algorithms beyond what a chunk is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cenalloc/region-algorithm.h>

struct region_chunk {
	uint64_t start, bytes;
};

struct region_model {
	uint64_t bytes;
	struct region_chunk *chunks; /* by start */
	size_t count, capacity;
	uint64_t used;
};

/* What the holes would give a chunk; all 0 when none does. */
struct region_fit {
	uint64_t smallest; /* the size of the smallest hole that holds the aligned chunk */
	uint64_t first; /* where the lowest hole that does so would take it */
};

void region_model_init(struct region_model *model, uint64_t bytes, size_t capacity);
void region_model_finish(struct region_model *model);

struct region_fit region_model_find(const struct region_model *model, uint64_t bytes, uint64_t alignment);

uint64_t region_model_get_largest(const struct region_model *model);

/*
 * One call of the algorithm and of the model. Returns NULL, or what is wrong. made is where the chunk stands in the
 * list; SIZE_MAX: there was none, rightly. The call may fail with -ENOMEM without a reason when may_fail is set.
 */
const char *region_model_alloc(struct region_model *model, const struct cen_region_algorithm *algorithm, void *state,
			       uint64_t bytes, uint64_t alignment, bool may_fail, size_t *made);

/* Free chunk number n of the list. */
const char *region_model_free(struct region_model *model, const struct cen_region_algorithm *algorithm, void *state,
			      size_t n);
