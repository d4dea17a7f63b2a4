/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What would help on the side of the machine: permission, another map, more memory, a heap that the kernel lacks. Each
 * is tried by solving with the machine as it would be then. Pure.
 */
#include <inttypes.h>
#include <stdio.h>

#include "conflict.h"
#include "map-view.h"
#include "phrase.h"
#include "util.h"

#define MAX_SOURCES_TOLD 4
#define MIB (UINT64_C(1) << 20)
/* What cma= is told in multiples of. */
#define AREA_STEP (16 * MIB)
#define LEAST_AREAS 4

/* Distinct sources that a walk came upon. */
struct finds {
	const struct solver_problem *problem;
	size_t sources[MAX_SOURCES_TOLD];
	size_t count;
};

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

/* A list with room for so many names. */
static const char **list_names(struct cen_conflict *conflict, size_t count)
{
	return _cen_arena_alloc(conflict->arena, count, sizeof(const char *));
}

/* A relaxation about one source. Returns false when there is no memory. */
static bool add_about(struct cen_conflict *conflict, struct cen_relaxation *relaxation, const char *source)
{
	const char **names = list_names(conflict, 1);

	if (!names)
		return false;
	names[0] = _cen_arena_strdup(conflict->arena, source);
	relaxation->sources = names;
	relaxation->source_count = 1;
	return names[0] && _cen_conflict_add_relaxation(conflict, relaxation);
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
		const char *help = source->access_help;
		struct cen_relaxation permission = {
			.kind = CEN_RELAXATION_PERMISSION,
			.text = _cen_arena_printf(conflict->arena, "permission to use %s%s%s", source->name,
						  help ? ": " : "", help ? help : ""),
		};

		if (!add_about(conflict, &permission, source->name))
			return false;
	}
	return true;
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
	struct cen_relaxation map = {.kind = CEN_RELAXATION_MAP, .text = "a map that allows"};
	const char **names;

	if (!problem->map)
		return true;
	other.map = NULL;
	_cen_search(&search);
	names = list_names(conflict, MAX_SOURCES_TOLD);
	if (!names)
		return false;
	map.sources = names;
	for (size_t i = 0; i < finds.count && map.text; i++) {
		const char *name = problem->sources[finds.sources[i]].desc->name;

		names[map.source_count] = _cen_arena_strdup(conflict->arena, name);
		if (!names[map.source_count++])
			return false;
		map.text = _cen_arena_printf(conflict->arena, "%s%s %s", map.text, i ? "," : "", name);
	}
	return !finds.count || _cen_conflict_add_relaxation(conflict, &map);
}

/* What one source would have to have. */
struct need {
	size_t source;
	uint64_t bytes; /* of all buffers; 0: not found, or not known */
	uint64_t largest; /* bytes of the largest dma-buf */
	bool found;
};

static bool note_need(void *data, const struct candidate *candidate, size_t source)
{
	struct need *need = data;

	if (source != need->source)
		return true;
	need->found = true;
	if (!candidate->has_layout ||
	    __builtin_mul_overflow(candidate->layout.total, (uint64_t)candidate->count, &need->bytes))
		need->bytes = 0;
	for (uint32_t o = 0; candidate->has_layout && o < candidate->layout.object_count; o++)
		need->largest = need->largest > candidate->layout.object_sizes[o] ? need->largest
										  : candidate->layout.object_sizes[o];
	return false;
}

/* Solve as if one source had memory without end. Returns false when there is no memory for that. */
static bool find_need(const struct solver_problem *problem, size_t source, struct need *need)
{
	_cleanup_free_ struct solver_source *sources = calloc(problem->source_count, sizeof(*sources));
	struct cen_source_desc endless = *problem->sources[source].desc;
	struct solver_problem other = *problem;
	const struct search search = {
		.problem = &other,
		.usages = _cen_search_all_usages(problem),
		.found = note_need,
		.data = need,
	};

	*need = (struct need){.source = source};
	if (!sources)
		return false;
	memcpy(sources, problem->sources, problem->source_count * sizeof(*sources));
	endless.max_bytes = endless.free_bytes = 0;
	sources[source].desc = &endless;
	other.sources = sources;
	_cen_search(&search);
	return true;
}

/* The kernel's parameter for a CMA area of so many bytes. */
static const char *name_area(struct cen_conflict *conflict, uint64_t bytes, uint64_t least_areas)
{
	uint64_t areas = bytes / AREA_STEP + (bytes % AREA_STEP != 0);

	areas = areas > least_areas ? areas : least_areas;
	return _cen_arena_printf(conflict->arena, "cma=%" PRIu64 "M", areas * (AREA_STEP / MIB));
}

/* Name the parameter of the kernel that makes a source large enough, where there is one. */
static bool name_parameter(struct cen_conflict *conflict, const struct solver_source *source, const struct need *need,
			   struct cen_relaxation *memory)
{
	const struct cen_source_desc *desc = source->desc;

	if (!desc->max_bytes)
		return true;
	if (strcmp(source->backend, "udmabuf") == 0 && need->largest > desc->max_bytes)
		memory->parameter = _cen_arena_printf(conflict->arena, "udmabuf.size_limit_mb=%" PRIu64,
						      need->largest / MIB + (need->largest % MIB != 0));
	else if (desc->placement == CEN_PLACEMENT_CMA && need->bytes > desc->max_bytes)
		memory->parameter = name_area(conflict, need->bytes, 0);
	else
		return true;
	return memory->parameter != NULL;
}

static bool add_memory(struct cen_conflict *conflict, const struct solver_source *source, const struct need *need)
{
	struct cen_relaxation memory = {.kind = CEN_RELAXATION_MEMORY, .bytes = need->bytes};
	const char *name = source->desc->name;
	bool too_small = source->desc->max_bytes && need->bytes > source->desc->max_bytes;
	char number[32];

	if (!name_parameter(conflict, source, need, &memory))
		return false;
	memory.text = _cen_arena_printf(conflict->arena, "more memory in %s", name);
	if (memory.text && need->bytes)
		memory.text = _cen_arena_printf(conflict->arena, "%s: %s bytes %s", memory.text,
						_cen_phrase_number(need->bytes, number), too_small ? "in all" : "free");
	if (memory.text && memory.parameter)
		memory.text = _cen_arena_printf(conflict->arena, "%s, for example with %s on the kernel's command line",
						memory.text, memory.parameter);
	return add_about(conflict, &memory, name);
}

static bool lacks_memory(const struct cen_conflict *conflict, const char *source)
{
	for (size_t i = 0; i < conflict->rejection_count; i++) {
		if (conflict->rejections[i].dimension == CEN_DIMENSION_CAPACITY &&
		    strcmp(conflict->rejections[i].source, source) == 0)
			return true;
	}
	return false;
}

/* Sources that have too little. A region's size is the application's to change, and told by its own words. */
static bool relax_memory(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	for (size_t s = 0; s + problem->named_count < problem->source_count; s++) {
		struct need need;

		if (!lacks_memory(conflict, problem->sources[s].desc->name))
			continue;
		if (!find_need(problem, s, &need) || (need.found && !add_memory(conflict, &problem->sources[s], &need)))
			return false;
	}
	return true;
}

/* Sources that Linux has where it was built with them. */
struct missing {
	struct cen_source_desc desc;
	const char *backend, *option, *text;
};

#define EVERYWHERE                                                                                                     \
	.size = sizeof(struct cen_source_desc), .is_mappable = 1, .is_cached = 1, .fd_mode = CEN_FD_READ_WRITE

static const struct missing missing_sources[] = {
	/* The kernel has the area where it can be reached by all, and may call the heap otherwise. */
	{
		.desc = {EVERYWHERE, .name = "", .segments = 1, .placement = CEN_PLACEMENT_CMA, .address_max = 1,
			 .flags = CEN_SOURCE_HEAP},
		.backend = "heap",
		.option = "CONFIG_DMABUF_HEAPS_CMA",
		.text = "a heap of contiguous memory",
	},
	{
		.desc = {EVERYWHERE, .name = "system", .placement = CEN_PLACEMENT_SYSTEM, .flags = CEN_SOURCE_HEAP},
		.backend = "heap",
		.option = "CONFIG_DMABUF_HEAPS_SYSTEM",
		.text = "the system heap",
	},
	/* The limit is the one that the module has unless it is told otherwise. */
	{
		.desc = {EVERYWHERE, .name = "udmabuf", .placement = CEN_PLACEMENT_SYSTEM, .max_bytes = 64 * MIB,
			 .flags = CEN_SOURCE_UDMABUF},
		.backend = "udmabuf",
		.option = "CONFIG_UDMABUF",
		.text = "udmabuf",
	},
};

/* A contiguous heap is known by its memory, the others by their names. */
static bool has_source(const struct solver_problem *problem, const struct missing *missing)
{
	for (size_t s = 0; s < problem->source_count; s++) {
		const struct cen_source_desc *desc = problem->sources[s].desc;

		if (missing->desc.segments == 1 ? desc->placement == CEN_PLACEMENT_CMA
						: strcmp(desc->name, missing->desc.name) == 0)
			return true;
	}
	return false;
}

/* What a machine with nothing but this source would have to have of it. */
static struct need find_heap_need(const struct solver_problem *problem, const struct missing *missing)
{
	const struct solver_source source = {&missing->desc, missing->backend};
	struct solver_problem other = *problem;
	struct need need = {.source = 0};
	const struct search search = {
		.problem = &other,
		.usages = _cen_search_all_usages(problem),
		.found = note_need,
		.data = &need,
	};

	other.sources = &source;
	other.source_count = 1;
	other.named_count = 0;
	other.map = NULL;
	_cen_search(&search);
	return need;
}

static bool add_heap(struct cen_conflict *conflict, const struct missing *missing, const struct need *need)
{
	struct cen_relaxation heap = {.kind = CEN_RELAXATION_HEAP, .bytes = need->bytes, .option = missing->option};

	if (missing->desc.segments != 1) {
		heap.text = _cen_arena_printf(conflict->arena, "%s: a kernel with %s", missing->text, missing->option);
		return add_about(conflict, &heap, missing->desc.name);
	}
	heap.parameter = name_area(conflict, need->bytes, LEAST_AREAS);
	if (!heap.parameter)
		return false;
	heap.text = _cen_arena_printf(conflict->arena, "%s: a kernel with %s and, for example, %s on its command line",
				      missing->text, missing->option, heap.parameter);
	return add_about(conflict, &heap, "default_cma_region");
}

static bool relax_heaps(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	for (size_t i = 0; i < ARRAY_LENGTH(missing_sources); i++) {
		const struct missing *missing = &missing_sources[i];
		struct need need;

		if (has_source(problem, missing) ||
		    (problem->map && !_cen_map_view_allows(problem->map, &missing->desc, missing->backend)))
			continue;
		need = find_heap_need(problem, missing);
		if (need.found && !add_heap(conflict, missing, &need))
			return false;
	}
	return true;
}

bool _cen_conflict_relax_machine(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	return relax_permission(conflict, problem) && relax_map(conflict, problem) && relax_memory(conflict, problem) &&
	       relax_heaps(conflict, problem);
}
