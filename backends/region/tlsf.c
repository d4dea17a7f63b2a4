/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * tlsf: two-level segregated fit. Holes are in lists by class of size: the first level is the power of two, the second
 * divides it into 32. Two words of bits tell which lists have holes, so that the first class whose every hole is large
 * enough is found in a few instructions, however many holes there are.
 *
 * That may miss a hole that would do: one of the class that the request itself falls into, or one that happens to be
 * aligned. Where nothing else is left these are looked through, so -ENOMEM is told only when no hole fits.
 *
 * The blocks are described beside the memory and not in it: the CPU need not be able to reach it.
 */
#include <stdlib.h>

#include "algorithms.h"
#include "block.h"
#include "nodes.h"

#define SECOND_BITS 5u
#define SECOND_COUNT (1u << SECOND_BITS)
#define NO_CLASS UINT32_MAX

struct tlsf {
	unsigned int shift; /* granularity, as a power of two */
	uint32_t class_count;
	uint64_t first_level; /* a bit for each row that has a hole */
	uint32_t second_level[64 - SECOND_BITS + 1]; /* a bit for each list that has one */
	struct nodes nodes;
	struct block_index chunks;
	struct block *head; /* the block at 0: merging keeps the lower one, so it stays the first */
	struct block *lists[]; /* class_count */
};

/* How many low bits of the size do not matter to the class: none up to 64 granules, where each size has its own. */
static unsigned int get_coarseness(uint64_t granules)
{
	return granules < SECOND_COUNT ? 0 : 63 - (unsigned int)__builtin_clzll(granules) - SECOND_BITS;
}

/* The class of a hole. They follow each other in size across the powers of two: the next larger is the next number. */
static uint32_t get_class(const struct tlsf *tlsf, uint64_t bytes)
{
	uint64_t granules = bytes >> tlsf->shift;
	unsigned int coarseness = get_coarseness(granules);

	return (coarseness << SECOND_BITS) + (uint32_t)(granules >> coarseness);
}

/* The first class of which every hole has so many bytes. */
static uint32_t get_sufficient_class(const struct tlsf *tlsf, uint64_t bytes)
{
	uint64_t granules = bytes >> tlsf->shift, low = (UINT64_C(1) << get_coarseness(granules)) - 1;

	return get_class(tlsf, bytes) + ((granules & low) != 0);
}

/* The first class from this one on that has a hole, or NO_CLASS. */
static uint32_t find_class(const struct tlsf *tlsf, uint32_t class)
{
	uint32_t row = class >> SECOND_BITS, lists;
	uint64_t rows;

	if (class >= tlsf->class_count)
		return NO_CLASS;
	lists = tlsf->second_level[row] & (UINT32_MAX << (class & (SECOND_COUNT - 1)));
	if (!lists) {
		rows = row < 63 ? tlsf->first_level & (UINT64_MAX << (row + 1)) : 0;
		if (!rows)
			return NO_CLASS;
		row = (uint32_t)__builtin_ctzll(rows);
		lists = tlsf->second_level[row];
	}
	return (row << SECOND_BITS) + (uint32_t)__builtin_ctz(lists);
}

static void link_hole(struct tlsf *tlsf, struct block *block)
{
	uint32_t class = get_class(tlsf, block->bytes);

	block->is_hole = true;
	block->previous = NULL;
	block->next = tlsf->lists[class];
	if (block->next)
		block->next->previous = block;
	tlsf->lists[class] = block;
	tlsf->second_level[class >> SECOND_BITS] |= 1u << (class & (SECOND_COUNT - 1));
	tlsf->first_level |= UINT64_C(1) << (class >> SECOND_BITS);
}

static void unlink_hole(struct tlsf *tlsf, struct block *block)
{
	uint32_t class = get_class(tlsf, block->bytes), row = class >> SECOND_BITS;

	block->is_hole = false;
	if (block->next)
		block->next->previous = block->previous;
	if (block->previous) {
		block->previous->next = block->next;
		return;
	}
	tlsf->lists[class] = block->next;
	if (block->next)
		return;
	tlsf->second_level[row] &= ~(1u << (class & (SECOND_COUNT - 1)));
	if (!tlsf->second_level[row])
		tlsf->first_level &= ~(UINT64_C(1) << row);
}

/* The whole region is one hole. */
static int add_region(struct tlsf *tlsf, uint64_t bytes)
{
	int ret = _cen_block_index_init(&tlsf->chunks, tlsf->shift);

	tlsf->nodes.bytes = sizeof(struct block);
	if (ret == 0)
		ret = _cen_nodes_reserve(&tlsf->nodes, 1);
	if (ret < 0)
		return ret;
	tlsf->head = _cen_nodes_take(&tlsf->nodes);
	*tlsf->head = (struct block){.bytes = bytes};
	link_hole(tlsf, tlsf->head);
	return 0;
}

static int tlsf_init(uint64_t bytes, uint64_t granularity, void **state)
{
	struct tlsf layout = {0}, *tlsf;
	int ret;

	if (!is_region(bytes, granularity))
		return -EINVAL;
	layout.shift = (unsigned int)__builtin_ctzll(granularity);
	layout.class_count = get_class(&layout, bytes) + 1;
	tlsf = calloc(1, sizeof(*tlsf) + layout.class_count * sizeof(tlsf->lists[0]));
	if (!tlsf)
		return -ENOMEM;
	tlsf->shift = layout.shift;
	tlsf->class_count = layout.class_count;
	ret = add_region(tlsf, bytes);
	if (ret < 0) {
		_cen_block_index_finish(&tlsf->chunks);
		free(tlsf);
		return ret;
	}
	*state = tlsf;
	return 0;
}

static void tlsf_cleanup(void *state)
{
	struct tlsf *tlsf = state;
	struct block *behind;

	for (struct block *block = tlsf->head; block; block = behind) {
		behind = block->behind;
		_cen_nodes_give(&tlsf->nodes, block);
	}
	_cen_nodes_finish(&tlsf->nodes);
	_cen_block_index_finish(&tlsf->chunks);
	free(tlsf);
}

static bool fits(const struct block *hole, uint64_t bytes, uint64_t alignment)
{
	uint64_t padding = get_padding(hole->start, alignment);

	return padding <= hole->bytes && hole->bytes - padding >= bytes;
}

/* Every hole that may fit, class by class. */
static struct block *look_through(const struct tlsf *tlsf, uint64_t bytes, uint64_t alignment)
{
	for (uint32_t class = find_class(tlsf, get_class(tlsf, bytes)); class != NO_CLASS;
	     class = find_class(tlsf, class + 1)) {
		for (struct block *hole = tlsf->lists[class]; hole; hole = hole->next) {
			if (fits(hole, bytes, alignment))
				return hole;
		}
	}
	return NULL;
}

/*
 * First what takes no search: a hole that is large enough, if it happens to be aligned; frames have like sizes and
 * alignments, so it often is. Then one that is so large that alignment cannot matter.
 */
static struct block *find_hole(const struct tlsf *tlsf, uint64_t bytes, uint64_t alignment)
{
	uint32_t class = find_class(tlsf, get_sufficient_class(tlsf, bytes));
	uint64_t padded, granularity = UINT64_C(1) << tlsf->shift;

	if (class != NO_CLASS && fits(tlsf->lists[class], bytes, alignment))
		return tlsf->lists[class];
	if (alignment > granularity && !__builtin_add_overflow(bytes, alignment - granularity, &padded)) {
		class = find_class(tlsf, get_sufficient_class(tlsf, padded));
		if (class != NO_CLASS)
			return tlsf->lists[class];
	}
	return look_through(tlsf, bytes, alignment);
}

/* Cut a block in two: what is beyond bytes becomes a hole. The node is reserved. */
static struct block *split(struct tlsf *tlsf, struct block *block, uint64_t bytes)
{
	struct block *rest = _cen_nodes_take(&tlsf->nodes);

	*rest = (struct block){
		.start = block->start + bytes,
		.bytes = block->bytes - bytes,
		.before = block,
		.behind = block->behind,
	};
	if (rest->behind)
		rest->behind->before = rest;
	block->behind = rest;
	block->bytes = bytes;
	return rest;
}

static int tlsf_alloc(void *state, uint64_t bytes, uint64_t alignment, uint64_t *start)
{
	struct tlsf *tlsf = state;
	struct block *block, *hole;
	uint64_t padding;

	/* A hole may be left on either side. */
	if (_cen_nodes_reserve(&tlsf->nodes, 2) < 0)
		return -ENOMEM;
	block = find_hole(tlsf, bytes, alignment);
	if (!block)
		return -ENOMEM;
	unlink_hole(tlsf, block);
	padding = get_padding(block->start, alignment);
	if (padding) {
		hole = block;
		block = split(tlsf, hole, padding);
		link_hole(tlsf, hole);
	}
	if (block->bytes > bytes)
		link_hole(tlsf, split(tlsf, block, bytes));
	_cen_block_index_add(&tlsf->chunks, block);
	*start = block->start;
	return 0;
}

/* The block behind becomes part of this one. Neither is in a list. */
static void join_behind(struct tlsf *tlsf, struct block *block)
{
	struct block *gone = block->behind;

	block->bytes += gone->bytes;
	block->behind = gone->behind;
	if (block->behind)
		block->behind->before = block;
	_cen_nodes_give(&tlsf->nodes, gone);
}

static void tlsf_free(void *state, uint64_t start, uint64_t bytes)
{
	struct tlsf *tlsf = state;
	struct block *block = _cen_block_index_remove(&tlsf->chunks, start);

	(void)bytes;
	if (!block)
		return;
	if (block->behind && block->behind->is_hole) {
		unlink_hole(tlsf, block->behind);
		join_behind(tlsf, block);
	}
	if (block->before && block->before->is_hole) {
		block = block->before;
		unlink_hole(tlsf, block);
		join_behind(tlsf, block);
	}
	link_hole(tlsf, block);
	_cen_nodes_trim(&tlsf->nodes, 2);
}

/* The largest hole is in the highest list that has any. */
static uint64_t tlsf_get_largest_free(const void *state)
{
	const struct tlsf *tlsf = state;
	uint64_t largest = 0;
	uint32_t row;

	if (!tlsf->first_level)
		return 0;
	row = 63 - (uint32_t)__builtin_clzll(tlsf->first_level);
	row = (row << SECOND_BITS) + 31 - (uint32_t)__builtin_clz(tlsf->second_level[row]);
	for (const struct block *hole = tlsf->lists[row]; hole; hole = hole->next)
		largest = hole->bytes > largest ? hole->bytes : largest;
	return largest;
}

const struct cen_region_algorithm _cen_tlsf = {
	.size = sizeof(_cen_tlsf),
	.name = "tlsf",
	.description = "two-level segregated fit: a steady time for each call",
	.init = tlsf_init,
	.cleanup = tlsf_cleanup,
	.alloc = tlsf_alloc,
	.free = tlsf_free,
	.get_largest_free = tlsf_get_largest_free,
};
