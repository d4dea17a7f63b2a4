/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "map-view.h"

#include "match.h"
#include "util.h"

static struct map_view *view_alloc(struct cen_map *map, size_t usage_count, size_t source_count)
{
	struct map_view *view = calloc(1, sizeof(*view));

	if (!view)
		return NULL;
	atomic_init(&view->refs, 1);
	view->map = cen_map_ref(map);
	view->usage_count = usage_count;
	view->source_count = source_count;
	view->rules = calloc(usage_count + 1, sizeof(*view->rules));
	/* At most 64 usages: the product is of sizes that were allocated already. */
	view->ranks = calloc(usage_count + 1, source_count + 1);
	if (view->rules && view->ranks)
		return view;
	_cen_map_view_unref(view);
	return NULL;
}

struct map_view *_cen_map_view_ref(struct map_view *view)
{
	atomic_fetch_add_explicit(&view->refs, 1, memory_order_relaxed);
	return view;
}

void _cen_map_view_unref(struct map_view *view)
{
	if (!view || atomic_fetch_sub_explicit(&view->refs, 1, memory_order_acq_rel) != 1)
		return;
	cen_map_unref(view->map);
	free(view->rules);
	free(view->ranks);
	free(view);
}

void _cen_map_view_cleanup(struct map_view **view)
{
	_cen_map_view_unref(*view);
}

/* Give the sources that a name stands for its place in the list, unless a name before it did. */
static void rank_name(const struct solver_problem *problem, const char *name, uint8_t place, uint8_t *ranks)
{
	bool found = false;

	for (enum map_name_kind kind = 0; kind < MAP_NAME_KINDS && !found; kind++) {
		for (size_t s = 0; s < problem->source_count; s++) {
			const struct solver_source *source = &problem->sources[s];

			/* A region is meant only where its own name stands. */
			if (kind != MAP_NAME_SOURCE && source->desc->flags & SOURCE_NAMED_ONLY)
				continue;
			if (!_cen_map_name_covers(kind, name, source->desc, source->backend))
				continue;
			found = true;
			if (ranks[s] == MAP_EXCLUDED)
				ranks[s] = place;
		}
	}
}

static void fill_usage(struct map_view *view, const struct solver_problem *problem, size_t usage,
		       const struct map_names *names)
{
	uint8_t *ranks = view->ranks + usage * view->source_count;
	struct cen_map_match match = {.size = sizeof(match)};

	memset(ranks, MAP_EXCLUDED, view->source_count);
	view->rules[usage] = MAP_NO_RULE;
	if (cen_map_lookup(view->map, names->names, names->count, cen_usage_get_name(problem->usages[usage].usage),
			   &match) < 0)
		return;
	view->rules[usage] = match.rule;
	for (size_t n = 0; n < match.name_count; n++)
		rank_name(problem, cen_map_get_name(view->map, match.rule, n), (uint8_t)n, ranks);
}

struct map_view *_cen_map_view_create(struct cen_map *map, const struct solver_problem *problem,
				      const struct map_names *names)
{
	struct map_view *view = view_alloc(map, problem->usage_count, problem->source_count);

	for (size_t u = 0; view && u < problem->usage_count; u++)
		fill_usage(view, problem, u, &names[u]);
	return view;
}

static bool rule_allows(const struct map_view *view, size_t rule, const struct cen_source_desc *source,
			const char *backend)
{
	for (size_t n = 0; rule != MAP_NO_RULE && n < cen_map_get_name_count(view->map, rule); n++) {
		for (enum map_name_kind kind = 0; kind < MAP_NAME_KINDS; kind++) {
			if (_cen_map_name_covers(kind, cen_map_get_name(view->map, rule, n), source, backend))
				return true;
		}
	}
	return false;
}

bool _cen_map_view_allows(const struct map_view *view, const struct cen_source_desc *source, const char *backend)
{
	for (size_t u = 0; u < view->usage_count; u++) {
		if (!rule_allows(view, view->rules[u], source, backend))
			return false;
	}
	return true;
}

int _cen_map_view_find_excluding(const struct map_view *view, uint64_t usages, size_t source)
{
	for (uint64_t rest = usages; rest; rest &= rest - 1) {
		int usage = __builtin_ctzll(rest);

		if (_cen_map_view_rank(view, (size_t)usage, source) == MAP_EXCLUDED)
			return usage;
	}
	return -1;
}

uint32_t _cen_map_view_cost(const struct map_view *view, uint64_t usages, size_t source)
{
	uint32_t cost = 0;

	for (uint64_t rest = usages; rest; rest &= rest - 1)
		cost += _cen_map_view_rank(view, (size_t)__builtin_ctzll(rest), source);
	return cost;
}

bool _cen_map_view_has_source(const struct map_view *view, size_t usage)
{
	for (size_t s = 0; s < view->source_count; s++) {
		if (_cen_map_view_rank(view, usage, s) != MAP_EXCLUDED)
			return true;
	}
	return false;
}
