/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The blocks of tlsf, and an index of those in use by their start. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A chunk or a hole. They lie side by side without a gap, and no two holes touch. */
struct block {
	uint64_t start, bytes;
	struct block *before, *behind; /* the neighbours in the region */
	struct block *next; /* of a hole: in the list of its class; of a chunk: in its bucket */
	struct block *previous; /* of a hole only */
	bool is_hole;
};

/*
 * A hash table. It must not need memory to lose a block, and may want some to take one: where there is none the
 * buckets become longer instead.
 */
struct block_index {
	struct block **buckets;
	unsigned int bits; /* 1 << bits buckets */
	unsigned int shift; /* the bits of a start that are always 0 */
	size_t count;
};

/* Returns 0 or -ENOMEM. */
int _cen_block_index_init(struct block_index *index, unsigned int shift);

void _cen_block_index_finish(struct block_index *index);

void _cen_block_index_add(struct block_index *index, struct block *block);

/* Take the block with this start out; NULL when there is none. */
struct block *_cen_block_index_remove(struct block_index *index, uint64_t start);
