/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * best-fit: the smallest hole that holds the aligned chunk, the lowest one of equal holes. Holes are in two trees, by
 * start and by size; chunks are in none, since free() says how large they are.
 *
 * free() must not fail, so it must not need memory. Between two holes lies a chunk at least, so there is at most one hole
 * more than there are chunks. alloc() sees to it that there are nodes for as many.
 */
#include <stdlib.h>

#include "algorithms.h"
#include "nodes.h"
#include "tree.h"

struct hole {
	struct tree_node by_start, by_size;
	uint64_t start, bytes;
};

struct best_fit {
	struct tree starts; /* holes never touch: those that would are one */
	struct tree sizes; /* and by start where the size is equal */
	struct nodes nodes;
	size_t chunk_count;
};

/* Where the walk down the tree of starts ended. */
struct place {
	struct tree_node *parent, **link;
	struct hole *before, *behind; /* the neighbours; NULL: none */
};

static struct hole *from_start(struct tree_node *node)
{
	void *hole = node ? (char *)node - offsetof(struct hole, by_start) : NULL;

	return hole;
}

static struct hole *from_size(struct tree_node *node)
{
	void *hole = node ? (char *)node - offsetof(struct hole, by_size) : NULL;

	return hole;
}

static void find_place(struct best_fit *fit, uint64_t start, struct place *place)
{
	*place = (struct place){.link = &fit->starts.root};
	while (*place->link) {
		struct hole *hole = from_start(*place->link);

		place->parent = *place->link;
		if (start < hole->start) {
			place->behind = hole;
			place->link = &place->parent->left;
		} else {
			place->before = hole;
			place->link = &place->parent->right;
		}
	}
}

static void insert_by_size(struct best_fit *fit, struct hole *hole)
{
	struct tree_node *parent = NULL, **link = &fit->sizes.root;

	while (*link) {
		const struct hole *other = from_size(*link);
		bool is_less = hole->bytes != other->bytes ? hole->bytes < other->bytes : hole->start < other->start;

		parent = *link;
		link = is_less ? &parent->left : &parent->right;
	}
	_cen_tree_insert(&fit->sizes, parent, link, &hole->by_size);
}

static void insert(struct best_fit *fit, uint64_t start, uint64_t bytes, const struct place *place)
{
	struct hole *hole = _cen_nodes_take(&fit->nodes);

	hole->start = start;
	hole->bytes = bytes;
	_cen_tree_insert(&fit->starts, place->parent, place->link, &hole->by_start);
	insert_by_size(fit, hole);
}

/* A hole that keeps its place between its neighbours. */
static void resize(struct best_fit *fit, struct hole *hole, uint64_t start, uint64_t bytes)
{
	_cen_tree_remove(&fit->sizes, &hole->by_size);
	hole->start = start;
	hole->bytes = bytes;
	insert_by_size(fit, hole);
}

static void drop(struct best_fit *fit, struct hole *hole)
{
	_cen_tree_remove(&fit->starts, &hole->by_start);
	_cen_tree_remove(&fit->sizes, &hole->by_size);
	_cen_nodes_give(&fit->nodes, hole);
}

static int best_fit_init(uint64_t bytes, uint64_t granularity, void **state)
{
	struct best_fit *fit;
	struct place place;

	if (!is_region(bytes, granularity))
		return -EINVAL;
	fit = calloc(1, sizeof(*fit));
	if (!fit)
		return -ENOMEM;
	fit->nodes.bytes = sizeof(struct hole);
	if (_cen_nodes_reserve(&fit->nodes, 1) < 0) {
		free(fit);
		return -ENOMEM;
	}
	find_place(fit, 0, &place);
	insert(fit, 0, bytes, &place);
	*state = fit;
	return 0;
}

static void best_fit_cleanup(void *state)
{
	struct best_fit *fit = state;

	while (fit->starts.root)
		drop(fit, from_start(fit->starts.root));
	_cen_nodes_finish(&fit->nodes);
	free(fit);
}

/*
 * Where in the hole the chunk would go; false when it does not fit. In the middle it would leave two holes: where what
 * is left behind it is a multiple of the alignment, the end of the hole is as good for the chunk and leaves one.
 */
static bool find_start(const struct hole *hole, uint64_t bytes, uint64_t alignment, uint64_t *start)
{
	uint64_t padding = get_padding(hole->start, alignment), rest;

	if (padding > hole->bytes || hole->bytes - padding < bytes)
		return false;
	rest = hole->bytes - padding - bytes;
	if (padding && !(rest & (alignment - 1)))
		padding += rest;
	*start = hole->start + padding;
	return true;
}

/*
 * From the smallest that has as many bytes upwards. One that has alignment more fits in any case, so the holes that are
 * looked at in vain are those whose size lies between.
 */
static struct hole *find_hole(const struct best_fit *fit, uint64_t bytes, uint64_t alignment, uint64_t *start)
{
	struct tree_node *node = fit->sizes.root, *found = NULL;

	while (node) {
		if (from_size(node)->bytes < bytes) {
			node = node->right;
			continue;
		}
		found = node;
		node = node->left;
	}
	while (found && !find_start(from_size(found), bytes, alignment, start))
		found = _cen_tree_get_next(found);
	return from_size(found);
}

static void take(struct best_fit *fit, struct hole *hole, uint64_t start, uint64_t bytes)
{
	uint64_t before = start - hole->start, behind = hole->bytes - before - bytes;
	struct place place;

	if (!before && !behind) {
		drop(fit, hole);
		return;
	}
	if (!before) {
		resize(fit, hole, start + bytes, behind);
		return;
	}
	resize(fit, hole, hole->start, before);
	if (!behind)
		return;
	find_place(fit, start + bytes, &place);
	insert(fit, start + bytes, behind, &place);
}

/* How many more nodes there must be than are holes now, when there are so many chunks. */
static size_t get_reserve(const struct best_fit *fit, size_t chunk_count)
{
	return chunk_count + 1 > fit->nodes.used ? chunk_count + 1 - fit->nodes.used : 0;
}

static int best_fit_alloc(void *state, uint64_t bytes, uint64_t alignment, uint64_t *start)
{
	struct best_fit *fit = state;
	struct hole *hole;

	if (_cen_nodes_reserve(&fit->nodes, get_reserve(fit, fit->chunk_count + 1)) < 0)
		return -ENOMEM;
	hole = find_hole(fit, bytes, alignment, start);
	if (!hole)
		return -ENOMEM;
	take(fit, hole, *start, bytes);
	fit->chunk_count++;
	return 0;
}

static void best_fit_free(void *state, uint64_t start, uint64_t bytes)
{
	struct best_fit *fit = state;
	struct place place;
	bool joins_before, joins_behind;

	find_place(fit, start, &place);
	joins_before = place.before && place.before->start + place.before->bytes == start;
	joins_behind = place.behind && start + bytes == place.behind->start;
	if (joins_behind)
		bytes += place.behind->bytes;
	if (joins_before && joins_behind)
		drop(fit, place.behind);
	if (joins_before)
		resize(fit, place.before, place.before->start, place.before->bytes + bytes);
	else if (joins_behind)
		resize(fit, place.behind, start, bytes);
	else
		insert(fit, start, bytes, &place);
	fit->chunk_count--;
	_cen_nodes_trim(&fit->nodes, get_reserve(fit, fit->chunk_count));
}

static uint64_t best_fit_get_largest_free(const void *state)
{
	const struct best_fit *fit = state;
	const struct hole *largest = from_size(_cen_tree_get_last(&fit->sizes));

	return largest ? largest->bytes : 0;
}

const struct cen_region_algorithm _cen_best_fit = {
	.size = sizeof(_cen_best_fit),
	.name = "best-fit",
	.description = "the smallest hole that fits",
	.init = best_fit_init,
	.cleanup = best_fit_cleanup,
	.alloc = best_fit_alloc,
	.free = best_fit_free,
	.get_largest_free = best_fit_get_largest_free,
};
