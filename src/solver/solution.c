/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "solution.h"

#include <errno.h>

#include "util.h"

static const char *const dimension_names[] = {
	[CEN_DIMENSION_FORMAT] = "format",
	[CEN_DIMENSION_MODIFIER] = "modifier",
	[CEN_DIMENSION_SIZE] = "size",
	[CEN_DIMENSION_STRIDE] = "stride",
	[CEN_DIMENSION_OFFSET] = "offset",
	[CEN_DIMENSION_CHROMA] = "chroma",
	[CEN_DIMENSION_OBJECTS] = "objects",
	[CEN_DIMENSION_CONTIGUITY] = "contiguity",
	[CEN_DIMENSION_ADDRESS] = "address",
	[CEN_DIMENSION_PLACEMENT] = "placement",
	[CEN_DIMENSION_CPU] = "cpu",
	[CEN_DIMENSION_COUNT] = "count",
	[CEN_DIMENSION_CAPACITY] = "capacity",
	[CEN_DIMENSION_PERMISSION] = "permission",
	[CEN_DIMENSION_ALLOCATOR] = "allocator",
	[CEN_DIMENSION_MAP] = "map",
};

const char *cen_dimension_get_name(uint32_t dimension)
{
	const char *name = dimension < ARRAY_LENGTH(dimension_names) ? dimension_names[dimension] : NULL;

	return name ? name : "unknown";
}

static const char *const relaxation_names[] = {
	[CEN_RELAXATION_FORMAT] = "format",
	[CEN_RELAXATION_MODIFIER] = "modifier",
	[CEN_RELAXATION_SIZE] = "size",
	[CEN_RELAXATION_COUNT] = "count",
	[CEN_RELAXATION_CONSTRAINT] = "constraint",
	[CEN_RELAXATION_PERMISSION] = "permission",
	[CEN_RELAXATION_MAP] = "map",
	[CEN_RELAXATION_MEMORY] = "memory",
	[CEN_RELAXATION_HEAP] = "heap",
};

const char *cen_relaxation_get_name(uint32_t kind)
{
	const char *name = kind < ARRAY_LENGTH(relaxation_names) ? relaxation_names[kind] : NULL;

	return name ? name : "unknown";
}

struct cen_solution *cen_solution_ref(struct cen_solution *solution)
{
	atomic_fetch_add_explicit(&solution->refs, 1, memory_order_relaxed);
	return solution;
}

void cen_solution_unref(struct cen_solution *solution)
{
	if (!solution || atomic_fetch_sub_explicit(&solution->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < solution->plan_count; i++)
		cen_plan_unref(solution->plans[i]);
	_cen_conflict_destroy(solution->conflict);
	_cen_plan_shared_unref(solution->shared);
	free(solution);
}

size_t cen_solution_get_plan_count(const struct cen_solution *solution)
{
	return solution->plan_count;
}

struct cen_plan *cen_solution_get_plan(const struct cen_solution *solution, size_t index)
{
	return index < solution->plan_count ? solution->plans[index] : NULL;
}

const struct cen_conflict *cen_solution_get_conflict(const struct cen_solution *solution)
{
	return solution->conflict;
}

void _cen_conflict_destroy(struct cen_conflict *conflict)
{
	if (!conflict)
		return;
	_cen_arena_destroy(conflict->arena);
	free(conflict->members);
	free(conflict->rejections);
	free(conflict->relaxations);
	free(conflict);
}

uint32_t cen_conflict_get_dimension(const struct cen_conflict *conflict)
{
	return conflict->member_count ? conflict->members[0].dimension : 0;
}

const char *cen_conflict_get_text(const struct cen_conflict *conflict)
{
	return conflict->text;
}

size_t cen_conflict_get_usage_count(const struct cen_conflict *conflict)
{
	return conflict->usage_count;
}

size_t cen_conflict_get_usage(const struct cen_conflict *conflict, size_t index)
{
	return index < conflict->usage_count ? conflict->usages[index] : SIZE_MAX;
}

size_t cen_conflict_get_member_count(const struct cen_conflict *conflict)
{
	return conflict->member_count;
}

int cen_conflict_get_member(const struct cen_conflict *conflict, size_t index, struct cen_conflict_member *out)
{
	const struct cen_conflict_member *member;

	if (index >= conflict->member_count)
		return -EINVAL;
	member = &conflict->members[index];
	return _cen_copy_sized(out, out->size, member, sizeof(*member), sizeof(*member)) < 0 ? -EINVAL : 0;
}

size_t cen_conflict_get_rejection_count(const struct cen_conflict *conflict)
{
	return conflict->rejection_count;
}

int cen_conflict_get_rejection(const struct cen_conflict *conflict, size_t index, struct cen_conflict_rejection *out)
{
	const struct cen_conflict_rejection *own;

	if (index >= conflict->rejection_count)
		return -EINVAL;
	own = &conflict->rejections[index];
	return _cen_copy_sized(out, out->size, own, sizeof(*own), sizeof(*own)) < 0 ? -EINVAL : 0;
}

size_t cen_conflict_get_relaxation_count(const struct cen_conflict *conflict)
{
	return conflict->relaxation_count;
}

const char *cen_conflict_get_relaxation(const struct cen_conflict *conflict, size_t index)
{
	return index < conflict->relaxation_count ? conflict->relaxations[index].text : NULL;
}

int cen_conflict_get_relaxation_info(const struct cen_conflict *conflict, size_t index, struct cen_relaxation *out)
{
	const struct cen_relaxation *own;

	if (index >= conflict->relaxation_count)
		return -EINVAL;
	own = &conflict->relaxations[index];
	return _cen_copy_sized(out, out->size, own, sizeof(*own), sizeof(*own)) < 0 ? -EINVAL : 0;
}
