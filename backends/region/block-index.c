/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Blocks in use by their start: see block.h. */
#include <errno.h>
#include <stdlib.h>

#include "block.h"

#define BITS_LEAST 4u

/* Neighbours differ in the low bits, multiples of an alignment in the high ones; the product mixes both upwards. */
static struct block **get_bucket(const struct block_index *index, uint64_t start)
{
	uint64_t mixed = (start >> index->shift) * UINT64_C(0x9e3779b97f4a7c15);

	return &index->buckets[mixed >> (64 - index->bits)];
}

static void push(struct block_index *index, struct block *block)
{
	struct block **bucket = get_bucket(index, block->start);

	block->next = *bucket;
	*bucket = block;
}

int _cen_block_index_init(struct block_index *index, unsigned int shift)
{
	*index = (struct block_index){.bits = BITS_LEAST, .shift = shift};
	index->buckets = calloc((size_t)1 << index->bits, sizeof(*index->buckets));
	return index->buckets ? 0 : -ENOMEM;
}

void _cen_block_index_finish(struct block_index *index)
{
	free(index->buckets);
}

static void resize(struct block_index *index, unsigned int bits)
{
	struct block **old = index->buckets, *next;
	size_t old_count = (size_t)1 << index->bits;
	struct block **buckets = calloc((size_t)1 << bits, sizeof(*buckets));

	if (!buckets)
		return;
	index->buckets = buckets;
	index->bits = bits;
	for (size_t n = 0; n < old_count; n++) {
		for (struct block *block = old[n]; block; block = next) {
			next = block->next;
			push(index, block);
		}
	}
	free(old);
}

/* One block a bucket at most, and an eighth at least: growing and shrinking are far enough apart. */
void _cen_block_index_add(struct block_index *index, struct block *block)
{
	size_t bucket_count = (size_t)1 << index->bits;

	if (index->count >= bucket_count)
		resize(index, index->bits + 1);
	else if (index->bits > BITS_LEAST && index->count < bucket_count / 8)
		resize(index, index->bits - 1);
	push(index, block);
	index->count++;
}

struct block *_cen_block_index_remove(struct block_index *index, uint64_t start)
{
	struct block **link = get_bucket(index, start), *block;

	while (*link && (*link)->start != start)
		link = &(*link)->next;
	block = *link;
	if (!block)
		return NULL;
	*link = block->next;
	index->count--;
	return block;
}
