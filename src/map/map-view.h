/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What a map says to the usages of one problem: which sources each may have, and in which order. Made once per solve,
 * and kept by its plans and its conflict, which tell of it. Immutable. Pure.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "map.h"
#include "solver.h"

/* The rank of a source that a usage may not have. */
#define MAP_EXCLUDED 0xffu
/* The rule of a usage that no rule matches: it may have no source at all. */
#define MAP_NO_RULE SIZE_MAX

struct map_view {
	atomic_int refs;
	struct cen_map *map;
	size_t usage_count, source_count;
	size_t *rules; /* per usage */
	uint8_t *ranks; /* per usage a row: for each source its place in the list of names, or MAP_EXCLUDED */
};

/* The names that one usage's device has for the map. */
struct map_names {
	const char *names[CEN_MAP_DEVICE_NAMES];
	size_t count;
};

/* names: per usage of the problem. The map is kept. NULL when there is no memory. */
struct map_view *_cen_map_view_create(struct cen_map *map, const struct solver_problem *problem,
				      const struct map_names *names);
/* Whether every usage might have a source that is not there; one whose name is not known has "" for it. */
bool _cen_map_view_allows(const struct map_view *view, const struct cen_source_desc *source, const char *backend);
struct map_view *_cen_map_view_ref(struct map_view *view);
void _cen_map_view_unref(struct map_view *view);
void _cen_map_view_cleanup(struct map_view **view);

static inline uint8_t _cen_map_view_rank(const struct map_view *view, size_t usage, size_t source)
{
	return view->ranks[usage * view->source_count + source];
}

/* The first of the usages (a bit each) that may not have the source; -1: all may. */
int _cen_map_view_find_excluding(const struct map_view *view, uint64_t usages, size_t source);

/* How far down the usages' lists the source is, all together: at most 64 * 63. All of them may have it. */
uint32_t _cen_map_view_cost(const struct map_view *view, uint64_t usages, size_t source);

/* Whether the usage may have any source of the problem. */
bool _cen_map_view_has_source(const struct map_view *view, size_t usage);
