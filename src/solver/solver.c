/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "solver.h"

#include <errno.h>

#include "cleanup.h"
#include "error.h"
#include "machine.h"
#include "map-view.h"
#include "search.h"
#include "solution.h"
#include "util.h"

/* Collects the plans of a walk. */
struct collector {
	const struct search *search;
	struct cen_solution *solution;
	size_t group; /* index of the first plan of the format and modifier under way */
	bool no_memory;
};

/*
 * Lower is better: format, modifier, place in the map's lists, scarcity of the memory, padding, in this order. Padding
 * beyond 1 MiB is compared by the byte, in is_worse(). The allocator of a device that has no part in the request is there
 * so that leaving out a device never costs a plan; it is the last resort.
 */
static uint64_t rank_cost(const struct collector *collector, const struct candidate *candidate, size_t index)
{
	const struct search *search = collector->search;
	const struct cen_source_desc *source = search->problem->sources[index].desc;
	const struct map_view *map = search->problem->map;
	uint64_t place = map ? _cen_map_view_cost(map, search->usages, index) : 0;
	uint64_t format = candidate->format_rank < 0xffff ? candidate->format_rank : 0xffff;
	uint64_t modifier = candidate->modifier_rank < 0xffff ? candidate->modifier_rank : 0xffff;
	bool is_foreign = source->exporter && !_cen_search_own_usages(search, source);
	uint64_t scarcity = source->cost < 0xff && !is_foreign ? source->cost : 0xff;
	uint64_t padding = candidate->has_layout ? candidate->layout.padding >> 8 : 0;

	if (padding > 0xfff)
		padding = 0xfff;
	return format << 48 | modifier << 32 | place << 20 | scarcity << 12 | padding;
}

static void fill_info(struct cen_plan *plan, const struct solver_problem *problem, const struct candidate *candidate,
		      uint64_t cost)
{
	const struct solver_source *source = &problem->sources[plan->source];

	plan->info = (struct cen_plan_info){
		.size = sizeof(plan->info),
		.fourcc = candidate->format->fourcc,
		.width = problem->width,
		.height = problem->height,
		.plane_count = candidate->has_layout ? candidate->layout.plane_count : 0,
		.modifier = candidate->modifier,
		.object_count = candidate->has_layout ? candidate->layout.object_count : 0,
		.count = candidate->count,
		.total_bytes = candidate->has_layout ? candidate->layout.total : 0,
		.is_layout_final = candidate->has_layout,
		.segments = _cen_merge_get(&candidate->merged, CEN_CONSTRAINT_SEGMENTS, 0, 0) == 1,
		.address_bits = (uint32_t)_cen_merge_get(&candidate->merged, CEN_CONSTRAINT_ADDRESS_BITS, 0, 0),
		.placement = source->desc->placement,
		.copies = problem->copies,
		.padding_bytes = candidate->has_layout ? candidate->layout.padding : 0,
		.cost = cost,
		.backend = source->backend,
		.source = source->desc->name,
	};
}

static void fill_wish(struct cen_plan *plan)
{
	const struct cen_plan_info *info = &plan->info;

	plan->wish = (struct cen_image_desc){
		.size = sizeof(plan->wish),
		.fourcc = info->fourcc,
		.width = info->width,
		.height = info->height,
		.plane_count = info->plane_count,
		.modifier = info->modifier,
		.object_count = info->object_count,
	};
	for (int i = 0; i < CEN_MAX_PLANES; i++) {
		const struct cen_plane_layout *plane = &plan->layout.planes[i];

		plan->wish.planes[i] = (struct cen_image_plane){
			.object = plane->object,
			.offset = plane->offset,
			.stride = plane->stride,
		};
		plan->wish.objects[i] = (struct cen_image_object){.fd = -1, .size = plan->layout.object_sizes[i]};
	}
}

static struct cen_plan *plan_create(const struct collector *collector, const struct candidate *candidate, size_t source,
				    uint64_t cost)
{
	const struct solver_problem *problem = collector->search->problem;
	struct cen_plan *plan = malloc(sizeof(*plan));

	if (!plan)
		return NULL;
	/* merged is copied as it is: what its slot bits do not vouch for stays unread. */
	memset(plan, 0, offsetof(struct cen_plan, layout));
	plan->refs = 1;
	plan->shared = _cen_plan_shared_ref(collector->solution->shared);
	if (candidate->has_layout)
		plan->layout = candidate->layout;
	else
		memset(&plan->layout, 0, sizeof(plan->layout));
	plan->merged = candidate->merged;
	plan->source = source;
	plan->format_rank = candidate->format_rank;
	plan->is_format_named = problem->fourcc_count > 0;
	plan->modifier_rank = candidate->modifier_rank;
	plan->source_cost = problem->sources[source].desc->cost;
	atomic_init(&plan->text, NULL);
	fill_info(plan, problem, candidate, cost);
	fill_wish(plan);
	return plan;
}

/* Whether a plan is this one, come upon by other alternatives. What a vendor layout will be is not known: never. */
static bool is_same(const struct cen_plan *plan, const struct candidate *candidate, size_t source)
{
	const struct layout *a = &plan->layout, *b = &candidate->layout;

	if (plan->source != source || !candidate->has_layout || plan->info.count != candidate->count ||
	    a->object_count != b->object_count || a->total != b->total)
		return false;
	for (uint32_t p = 0; p < a->plane_count; p++) {
		if (a->planes[p].offset != b->planes[p].offset || a->planes[p].stride != b->planes[p].stride ||
		    a->planes[p].rows != b->planes[p].rows ||
		    a->object_sizes[a->planes[p].object] != b->object_sizes[b->planes[p].object])
			return false;
	}
	return true;
}

/* The cost counts padding in steps of 256 bytes; between equals the bytes count. */
static bool is_worse(const struct cen_plan *plan, uint64_t cost, uint64_t padding)
{
	return plan->info.cost > cost || (plan->info.cost == cost && plan->info.padding_bytes > padding);
}

/* Put a plan into its place within the group: scarce memory last, then least padding, then the order of discovery. */
static bool found(void *data, const struct candidate *candidate, size_t source)
{
	struct collector *collector = data;
	struct cen_solution *solution = collector->solution;
	uint64_t cost = rank_cost(collector, candidate, source);
	uint64_t padding = candidate->has_layout ? candidate->layout.padding : 0;
	size_t at = solution->plan_count;
	struct cen_plan *plan;

	while (at > collector->group && is_worse(solution->plans[at - 1], cost, padding))
		at--;
	for (size_t i = at; i > collector->group && solution->plans[i - 1]->info.cost == cost; i--) {
		if (is_same(solution->plans[i - 1], candidate, source))
			return true;
	}
	if (at == MAX_PLANS)
		return true;
	plan = plan_create(collector, candidate, source, cost);
	if (!plan) {
		collector->no_memory = true;
		return false;
	}
	if (solution->plan_count == MAX_PLANS)
		cen_plan_unref(solution->plans[--solution->plan_count]);
	memmove(solution->plans + at + 1, solution->plans + at,
		(solution->plan_count - at) * sizeof(solution->plans[0]));
	solution->plans[at] = plan;
	solution->plan_count++;
	return true;
}

static bool group_end(void *data)
{
	struct collector *collector = data;

	collector->group = collector->solution->plan_count;
	return collector->group < MAX_PLANS;
}

/* The plans, or with none the conflict. problem's policy is the one that shared keeps. */
static int fill_solution(const struct solver_problem *problem, struct cen_solution *solution, struct cen_error **err)
{
	struct collector collector = {.solution = solution};
	struct search search = {
		.problem = problem,
		.usages = _cen_search_all_usages(problem),
		.found = found,
		.group_end = group_end,
		.data = &collector,
	};
	int ret;

	collector.search = &search;
	_cen_search(&search);
	if (collector.no_memory)
		return _cen_error_no_memory(err);
	if (solution->plan_count || problem->flags & SOLVER_NO_CONFLICT)
		return 0;
	ret = _cen_conflict_find(problem, solution->shared, &solution->conflict, err);
	if (ret < 0)
		return ret;
	if (!(problem->flags & CEN_SOLVE_NO_RELAXATIONS) && !_cen_conflict_relax(solution->conflict, problem))
		return _cen_error_no_memory(err);
	return 0;
}

int _cen_solver_run(const struct solver_problem *problem, struct cen_solution **out, struct cen_error **err)
{
	_cleanup_solution_ struct cen_solution *solution = calloc(1, sizeof(*solution));
	struct solver_problem own = *problem;
	int ret;

	*out = NULL;
	if (!solution)
		return _cen_error_no_memory(err);
	solution->refs = 1;
	solution->shared = _cen_plan_shared_create(problem);
	if (!solution->shared)
		return _cen_error_no_memory(err);
	own.policy = solution->shared->policy;
	own.map = solution->shared->map;
	ret = fill_solution(&own, solution, err);
	if (ret < 0)
		return ret;
	*out = STEAL(solution);
	return 0;
}
