/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What would help: each idea is tried by solving again, and only what gives a plan is told. Pure. */
#include <inttypes.h>
#include <stdio.h>

#include "conflict.h"
#include "map-view.h"
#include "util.h"

#define MAX_FORMATS_TOLD 3
#define MAX_SOURCES_TOLD 4

static bool add_relaxation(struct cen_conflict *conflict, const char *text)
{
	if (!text || _cen_grow(&conflict->relaxations, &conflict->relaxation_capacity, conflict->relaxation_count,
			       sizeof(*conflict->relaxations)))
		return false;
	conflict->relaxations[conflict->relaxation_count++] = text;
	return true;
}

static bool has_plan(const struct solver_problem *problem)
{
	return _cen_conflict_has_plan(problem, _cen_search_all_usages(problem), false);
}

/* Distinct things that a walk came upon. */
struct finds {
	const struct solver_problem *problem;
	uint32_t fourccs[MAX_FORMATS_TOLD];
	size_t sources[MAX_SOURCES_TOLD];
	size_t count;
};

static bool find_format(void *data, const struct candidate *candidate, size_t source)
{
	struct finds *finds = data;

	(void)source;
	for (size_t i = 0; i < finds->count; i++) {
		if (finds->fourccs[i] == candidate->format->fourcc)
			return true;
	}
	finds->fourccs[finds->count++] = candidate->format->fourcc;
	return finds->count < MAX_FORMATS_TOLD;
}

/* Another format: one walk over all that the first device has. */
static bool relax_format(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	struct solver_problem other = *problem;
	struct finds finds = {.problem = &other};
	struct search search = {
		.problem = &other,
		.usages = _cen_search_all_usages(problem),
		.found = find_format,
		.data = &finds,
	};
	char *text = NULL, name[8];

	if (!problem->fourcc_count)
		return true;
	other.fourcc_count = 0;
	_cen_search(&search);
	for (size_t i = 0; i < finds.count; i++) {
		text = _cen_arena_printf(conflict->arena, "%s%s%s", i ? text : "another format: ", i ? ", " : "",
					 cen_format_to_string(finds.fourccs[i], name));
		if (!text)
			return false;
	}
	return !text || add_relaxation(conflict, text);
}

static bool find_source(void *data, const struct candidate *candidate, size_t source)
{
	struct finds *finds = data;

	(void)candidate;
	for (size_t i = 0; i < finds->count; i++) {
		if (finds->sources[i] == source)
			return true;
	}
	finds->sources[finds->count++] = source;
	return finds->count < MAX_SOURCES_TOLD;
}

static bool find_closed_source(void *data, const struct candidate *candidate, size_t source)
{
	const struct finds *finds = data;

	return !finds->problem->sources[source].desc->access || find_source(data, candidate, source);
}

static bool relax_permission(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	struct finds finds = {.problem = problem};
	struct search search = {
		.problem = problem,
		.usages = _cen_search_all_usages(problem),
		.ignore_access = true,
		.found = find_closed_source,
		.data = &finds,
	};

	_cen_search(&search);
	for (size_t i = 0; i < finds.count; i++) {
		const struct cen_source_desc *source = problem->sources[finds.sources[i]].desc;

		if (!add_relaxation(conflict, _cen_arena_printf(conflict->arena, "permission to use %s%s%s",
								source->name, source->access_help ? ": " : "",
								source->access_help ? source->access_help : "")))
			return false;
	}
	return true;
}

/* The most buffers that have a plan, by bisection: fewer never need more memory. */
static bool relax_count(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	struct solver_problem other = *problem;
	uint32_t low = 0, high = problem->count;

	while (high - low > 1) {
		other.count = low + (high - low) / 2;
		if (has_plan(&other))
			low = other.count;
		else
			high = other.count;
	}
	if (!low)
		return true;
	return add_relaxation(conflict, _cen_arena_printf(conflict->arena, "%" PRIu32 " buffers instead of %" PRIu32,
							  low, problem->count));
}

struct size {
	uint32_t width, height;
};

static uint32_t clamp_side(const struct constraint_set *set, uint32_t side, uint32_t min, uint32_t max, uint32_t step)
{
	const struct cen_constraint *least = _cen_constraint_set_find(set, _cen_known_slot(min, 0));
	const struct cen_constraint *most = _cen_constraint_set_find(set, _cen_known_slot(max, 0));
	const struct cen_constraint *steps = _cen_constraint_set_find(set, _cen_known_slot(step, 0));

	if (least && side < least->value && least->value <= UINT32_MAX)
		side = (uint32_t)least->value;
	if (most && side > most->value)
		side = (uint32_t)most->value;
	if (steps && side > side % steps->value)
		side -= (uint32_t)(side % steps->value);
	return side;
}

/* Move a size into the bounds that every device has for a format. */
static struct size clamp_size(const struct solver_problem *problem, uint32_t fourcc, struct size size)
{
	for (size_t u = 0; u < problem->usage_count; u++) {
		const struct constraint_set *set;
		size_t first, end;

		_cen_capabilities_find(problem->usages[u].caps, fourcc, &first, &end);
		if (first == end)
			continue;
		set = problem->usages[u].caps->entries[first].set;
		size.width = clamp_side(set, size.width, CEN_CONSTRAINT_WIDTH_MIN, CEN_CONSTRAINT_WIDTH_MAX,
					CEN_CONSTRAINT_WIDTH_STEP);
		size.height = clamp_side(set, size.height, CEN_CONSTRAINT_HEIGHT_MIN, CEN_CONSTRAINT_HEIGHT_MAX,
					 CEN_CONSTRAINT_HEIGHT_STEP);
	}
	return size;
}

static bool size_has_plan(const struct solver_problem *problem, struct size size)
{
	struct solver_problem other = *problem;

	other.width = size.width;
	other.height = size.height;
	return (size.width != problem->width || size.height != problem->height) && has_plan(&other);
}

/* The next even size, which suits every subsampled format; else the nearest that the devices have for a format. */
static bool relax_size(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	struct size asked = {problem->width, problem->height};
	struct size size = {asked.width + (asked.width & 1), asked.height + (asked.height & 1)};
	bool found = size_has_plan(problem, size);

	for (size_t f = 0; !found && f < problem->fourcc_count; f++) {
		size = clamp_size(problem, problem->fourccs[f], asked);
		found = size_has_plan(problem, size);
	}
	if (!found)
		return true;
	return add_relaxation(conflict, _cen_arena_printf(conflict->arena, "another size: %" PRIu32 "x%" PRIu32,
							  size.width, size.height));
}

/* A heap of contiguous memory, as the kernel would have it with cma= on its command line. */
static bool relax_contiguity(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	static const struct cen_source_desc heap = {
		.size = sizeof(heap),
		.name = "cma",
		.segments = 1,
		.placement = CEN_PLACEMENT_CMA,
		.is_mappable = 1,
		.is_cached = 1,
		.fd_mode = CEN_FD_READ_WRITE,
		.address_max = 1,
	};
	_cleanup_(_cen_map_view_cleanup) struct map_view *map = NULL;
	struct solver_source source = {&heap, "heap"};
	struct solver_problem other = *problem;

	for (size_t s = 0; s < problem->source_count; s++) {
		if (problem->sources[s].desc->placement == CEN_PLACEMENT_CMA)
			return true;
	}
	other.sources = &source;
	other.source_count = 1;
	if (problem->map) {
		map = _cen_map_view_create_heap(problem->map);
		if (!map)
			return false;
		other.map = map;
	}
	if (!has_plan(&other))
		return true;
	return add_relaxation(conflict,
			      _cen_arena_strdup(conflict->arena,
						"a heap of contiguous memory: a kernel with CONFIG_DMABUF_HEAPS_CMA "
						"and, for example, cma=64M on its command line"));
}

/* Another map: what would do if every usage might have it. */
static bool relax_map(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	struct solver_problem other = *problem;
	struct finds finds = {.problem = &other};
	struct search search = {
		.problem = &other,
		.usages = _cen_search_all_usages(problem),
		.found = find_source,
		.data = &finds,
	};
	char *text = NULL;

	if (!problem->map)
		return true;
	other.map = NULL;
	_cen_search(&search);
	for (size_t i = 0; i < finds.count; i++) {
		text = _cen_arena_printf(conflict->arena, "%s%s%s", i ? text : "a map that allows ", i ? ", " : "",
					 problem->sources[finds.sources[i]].desc->name);
		if (!text)
			return false;
	}
	return !text || add_relaxation(conflict, text);
}

static bool relax_request(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	struct solver_problem other = *problem;

	other.policy = NULL;
	if (problem->policy && has_plan(&other) &&
	    !add_relaxation(conflict, _cen_arena_strdup(conflict->arena, "a request without constraints of its own")))
		return false;
	other = *problem;
	other.modifier_count = 0;
	return !problem->modifier_count || !has_plan(&other) ||
	       add_relaxation(conflict, _cen_arena_strdup(conflict->arena, "a request that names no modifiers"));
}

bool _cen_conflict_relax(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	return relax_permission(conflict, problem) && relax_map(conflict, problem) &&
	       relax_contiguity(conflict, problem) && relax_count(conflict, problem) && relax_size(conflict, problem) &&
	       relax_request(conflict, problem) && relax_format(conflict, problem);
}
