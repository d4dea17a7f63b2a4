/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Whether a plan is one: nothing here merges constraints, each is looked at alone. */
#include <string.h>

#include <cenalloc/format.h>

#include "problem.h"

/* The plan under examination. */
struct facts {
	const struct solver_problem *problem;
	const struct cen_format_info *format;
	const struct cen_source_desc *source;
	struct cen_plan_info info;
	struct cen_plane_layout planes[CEN_MAX_PLANES];
	uint64_t objects[CEN_MAX_PLANES];
};

static bool is_own(const struct facts *f, size_t usage)
{
	return f->source->exporter && f->problem->usages[usage].devnum == f->source->exporter;
}

/* Whether the source's own device asks for as much itself: then what it allocates is taken to be that. */
static bool is_granted(const struct facts *f, uint32_t kind, uint64_t value)
{
	for (size_t u = 0; u < f->problem->usage_count; u++) {
		const struct cen_capabilities *caps = f->problem->usages[u].caps;

		for (size_t e = 0; is_own(f, u) && e < caps->count; e++) {
			const struct constraint_set *set = caps->entries[e].set;

			for (size_t i = 0; i < set->count; i++) {
				if (set->items[i].kind == kind && set->items[i].value <= value)
					return true;
			}
		}
	}
	return false;
}

static uint64_t piece_bytes(const struct facts *f)
{
	return f->source->segment_bytes ? f->source->segment_bytes : 4096;
}

static bool has_few_pieces(const struct facts *f, uint64_t most)
{
	if (f->source->segments == 1 || most == UINT64_MAX || is_granted(f, CEN_CONSTRAINT_SEGMENTS, most))
		return true;
	for (uint32_t o = 0; o < f->info.object_count; o++) {
		if ((f->objects[o] - 1) / piece_bytes(f) + 1 > most)
			return false;
	}
	return f->info.is_layout_final;
}

static bool lies_below(const struct facts *f, uint32_t kind, uint64_t value, uint64_t highest)
{
	return (f->source->address_max && f->source->address_max <= highest) || is_granted(f, kind, value);
}

static bool memory_holds(const struct facts *f, const struct cen_constraint *c)
{
	const struct cen_source_desc *source = f->source;

	switch (c->kind) {
	case CEN_CONSTRAINT_SEGMENTS:
		return has_few_pieces(f, c->value);
	case CEN_CONSTRAINT_ADDRESS_BITS:
		return c->value == 64 || lies_below(f, c->kind, c->value, (UINT64_C(1) << c->value) - 1);
	case CEN_CONSTRAINT_ADDRESS_MAX:
		return lies_below(f, c->kind, c->value, c->value);
	case CEN_CONSTRAINT_GRANULARITY:
		return piece_bytes(f) % c->value == 0;
	case CEN_CONSTRAINT_PLACEMENT:
		return source->placement & c->value;
	case CEN_CONSTRAINT_HEAP:
		return cen_heap_hash(source->name) == c->value;
	case CEN_CONSTRAINT_EXPORTER:
		return source->exporter == c->value;
	case CEN_CONSTRAINT_FD_MODE:
		return source->fd_mode >= c->value;
	case CEN_CONSTRAINT_CPU_MAPPABLE:
		return source->is_mappable >= c->value;
	case CEN_CONSTRAINT_CACHE:
		return source->is_cached >= c->value;
	default:
		/* Told to the application, not kept by the solver. */
		return c->kind == CEN_CONSTRAINT_IOVA_SEGMENTS || c->kind == CEN_CONSTRAINT_CPU_ACCESS ||
		       c->kind == CEN_CONSTRAINT_SYNC;
	}
}

static uint64_t end_of_object(const struct facts *f, uint32_t object)
{
	uint64_t end = 0;

	for (uint32_t p = 0; p < f->info.plane_count; p++) {
		uint64_t own = f->planes[p].offset + f->planes[p].size;

		if (f->planes[p].object == object && own > end)
			end = own;
	}
	return end;
}

static bool object_holds(const struct facts *f, const struct cen_constraint *c)
{
	uint64_t size = c->plane < f->info.object_count ? f->objects[c->plane] : 0;

	/* What is said of an object that the plan does not have binds nobody. */
	if (c->plane >= f->info.object_count)
		return true;
	switch (c->kind) {
	case CEN_CONSTRAINT_SIZE_ALIGN:
		return size % c->value == 0;
	case CEN_CONSTRAINT_SIZE_MIN:
		return size >= c->value;
	default: /* the tail */
		return size - end_of_object(f, c->plane) >= c->value;
	}
}

/* Whether each plane's stride is to its bytes per pixel as the first one's is: what a device derives. */
static bool follows_first(const struct facts *f)
{
	const struct cen_format_plane *first = &f->format->planes[0];

	for (uint32_t p = 1; p < f->info.plane_count; p++) {
		const struct cen_format_plane *own = &f->format->planes[p];

		if (f->planes[p].stride * first->block_bytes * own->block_width * own->hsub !=
		    f->planes[0].stride * own->block_bytes * first->block_width * first->hsub)
			return false;
	}
	return true;
}

static bool plane_holds(const struct facts *f, const struct cen_constraint *c)
{
	const struct cen_plane_layout *plane = &f->planes[c->plane];
	bool is_whole = f->info.object_count == 1 && f->format->plane_count > 1;

	/* A vendor layout is the source's, and a plane that the format does not have is nobody's. */
	if (!f->info.is_layout_final || c->plane >= f->info.plane_count)
		return true;
	switch (c->kind) {
	case CEN_CONSTRAINT_STRIDE_ALIGN:
		return plane->stride % c->value == 0;
	case CEN_CONSTRAINT_STRIDE_MIN:
		return plane->stride >= c->value;
	case CEN_CONSTRAINT_STRIDE_MAX:
		return plane->stride <= c->value;
	case CEN_CONSTRAINT_STRIDE_EXACT:
		return plane->stride == c->value;
	case CEN_CONSTRAINT_OFFSET_ALIGN:
		return plane->offset % c->value == 0;
	case CEN_CONSTRAINT_OFFSET_MAX:
		return plane->offset <= c->value;
	case CEN_CONSTRAINT_HEIGHT_ALIGN:
		return plane->rows >= f->info.height && plane->rows - plane->rows % c->value >= f->info.height;
	case CEN_CONSTRAINT_CHROMA_ROWS:
		return !is_whole || (f->planes[1].offset == plane->stride * c->value && follows_first(f));
	case CEN_CONSTRAINT_OBJECTS:
		return f->format->plane_count == 1 || c->value & (is_whole ? CEN_OBJECTS_ONE : CEN_OBJECTS_PER_PLANE);
	default:
		return object_holds(f, c);
	}
}

static bool holds(const struct facts *f, const struct cen_constraint *c)
{
	switch (c->kind) {
	case CEN_CONSTRAINT_WIDTH_MIN:
		return f->info.width >= c->value;
	case CEN_CONSTRAINT_WIDTH_MAX:
		return f->info.width <= c->value;
	case CEN_CONSTRAINT_WIDTH_STEP:
		return f->info.width % c->value == 0;
	case CEN_CONSTRAINT_HEIGHT_MIN:
		return f->info.height >= c->value;
	case CEN_CONSTRAINT_HEIGHT_MAX:
		return f->info.height <= c->value;
	case CEN_CONSTRAINT_HEIGHT_STEP:
		return f->info.height % c->value == 0;
	case CEN_CONSTRAINT_COUNT_MIN:
		return f->info.count >= c->value;
	case CEN_CONSTRAINT_COUNT_MAX:
		return f->info.count <= c->value;
	default:
		return c->kind >= CEN_CONSTRAINT_SEGMENTS ? memory_holds(f, c) : plane_holds(f, c);
	}
}

static bool all_hold(const struct facts *f, const struct constraint_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		if (!holds(f, &set->items[i]))
			return false;
	}
	return true;
}

static bool suits_usage(const struct facts *f, const struct cen_capabilities *caps)
{
	for (size_t e = 0; e < caps->count; e++) {
		const struct capability_entry *entry = &caps->entries[e];

		if (entry->fourcc == f->info.fourcc && entry->modifier == f->info.modifier && all_hold(f, entry->set))
			return true;
	}
	return false;
}

/* Planes within their objects, one behind the other, rows long enough. */
static const char *check_geometry(const struct facts *f)
{
	uint64_t total = 0, end;

	for (uint32_t p = 0; p < f->info.plane_count; p++) {
		const struct cen_plane_layout *plane = &f->planes[p];
		const struct cen_format_plane *block = &f->format->planes[p];
		uint64_t samples = (f->info.width + (uint64_t)block->hsub - 1) / block->hsub;

		if (plane->stride * block->block_width < samples * block->block_bytes)
			return "a stride is shorter than the row";
		if ((uint64_t)plane->rows * block->vsub < f->info.height || plane->size != plane->stride * plane->rows)
			return "a plane has too few rows, or not their size";
		if (plane->object >= f->info.object_count || __builtin_add_overflow(plane->offset, plane->size, &end) ||
		    end > f->objects[plane->object])
			return "a plane is not within its object";
		if (p > 0 && plane->object == plane[-1].object && plane->offset < plane[-1].offset + plane[-1].size)
			return "two planes overlap";
	}
	for (uint32_t o = 0; o < f->info.object_count; o++) {
		if (__builtin_add_overflow(total, f->objects[o], &total))
			return "the sizes do not add up in 64 bits";
	}
	if (total != f->info.total_bytes || f->info.padding_bytes > total)
		return "the total is not that of the objects";
	return NULL;
}

static bool makes(const struct cen_source_desc *source, uint32_t fourcc, uint64_t modifier)
{
	for (size_t i = 0; i < source->format_count; i++) {
		if (source->formats[i].fourcc == fourcc && source->formats[i].modifier == modifier)
			return true;
	}
	return modifier == CEN_MODIFIER_LINEAR;
}

static const char *check_source(const struct facts *f)
{
	const struct cen_source_desc *source = f->source;
	uint64_t all;

	if (source->access)
		return "the source is not to be had";
	if (!makes(source, f->info.fourcc, f->info.modifier))
		return "the source does not make the modifier";
	if (__builtin_mul_overflow(f->info.total_bytes, (uint64_t)f->info.count, &all) ||
	    (source->free_bytes && all > source->free_bytes))
		return "the source has too little memory";
	for (uint32_t o = 0; o < f->info.object_count; o++) {
		if (source->max_bytes && f->objects[o] > source->max_bytes)
			return "an object is too large for the source";
	}
	return NULL;
}

static const char *check_request(const struct facts *f)
{
	const struct solver_problem *problem = f->problem;
	bool any = !problem->fourcc_count;

	for (size_t i = 0; i < problem->fourcc_count; i++)
		any = any || problem->fourccs[i] == f->info.fourcc;
	if (!any)
		return "nobody asked for the format";
	any = !problem->modifier_count && f->info.modifier != CEN_MODIFIER_INVALID;
	for (size_t i = 0; i < problem->modifier_count; i++)
		any = any || problem->modifiers[i] == f->info.modifier;
	if (!any)
		return "nobody asked for the modifier";
	if (f->info.count < problem->count || f->info.width != problem->width || f->info.height != problem->height)
		return "the size or the count is another";
	if (problem->policy && !all_hold(f, problem->policy))
		return "the request's own constraints do not hold";
	return NULL;
}

const char *problem_check_plan(const struct solver_problem *problem, const struct cen_plan *plan)
{
	struct facts f = {.problem = problem, .info.size = sizeof(f.info)};
	const char *wrong;

	if (cen_plan_get_info(plan, &f.info) < 0)
		return "there is no info";
	f.format = cen_format_get_info(f.info.fourcc);
	for (uint32_t p = 0; p < f.info.plane_count; p++)
		cen_plan_get_plane(plan, p, &f.planes[p]);
	for (uint32_t o = 0; o < f.info.object_count; o++)
		f.objects[o] = cen_plan_get_object_size(plan, o);
	for (size_t s = 0; s < problem->source_count; s++) {
		if (problem->sources[s].desc->name == f.info.source)
			f.source = problem->sources[s].desc;
	}
	if (!f.format || !f.source)
		return "the format or the source is unknown";
	wrong = check_request(&f);
	if (!wrong)
		wrong = check_source(&f);
	if (!wrong)
		wrong = check_geometry(&f);
	for (size_t u = 0; !wrong && u < problem->usage_count; u++) {
		if (!suits_usage(&f, problem->usages[u].caps))
			wrong = "a usage has no alternative that it suits";
	}
	return wrong;
}
