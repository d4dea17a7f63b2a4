/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Another size as a relaxation. What devices ask for follows from the size: whoever can ask them again tries it. Pure. */
#include <errno.h>
#include <inttypes.h>

#include "conflict.h"
#include "util.h"

#define SIZE_MAX_PIXELS 65536u

struct size {
	uint32_t width, height;
};

struct trial {
	const struct solver_problem *problem;
	size_trial *has_plan;
	void *data;
	struct size found;
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

/* Returns 1 where the size has a plan, 0 where it has none or is the one that was asked for, or a negative errno. */
static int try_size(struct trial *trial, struct size size)
{
	const struct solver_problem *problem = trial->problem;

	if ((size.width == problem->width && size.height == problem->height) || size.width > SIZE_MAX_PIXELS ||
	    size.height > SIZE_MAX_PIXELS)
		return 0;
	trial->found = size;
	return trial->has_plan(trial->data, size.width, size.height);
}

/* The nearest that the devices have: for the formats of the request, or without any for those that came nearest. */
static int try_bounds(struct trial *trial, const struct cen_conflict *conflict)
{
	const struct solver_problem *problem = trial->problem;
	const struct size asked = {problem->width, problem->height};
	int ret = 0;

	for (size_t f = 0; ret == 0 && f < problem->fourcc_count; f++)
		ret = try_size(trial, clamp_size(problem, problem->fourccs[f], asked));
	for (size_t m = 0; ret == 0 && !problem->fourcc_count && m < conflict->member_count; m++) {
		const struct cen_conflict_member *member = &conflict->members[m];

		if (member->dimension == CEN_DIMENSION_SIZE && member->fourcc)
			ret = try_size(trial, clamp_size(problem, member->fourcc, asked));
	}
	return ret;
}

/* Whether the conflict is one that rows or pixels more can end: strides and the chroma's place follow from them. */
static bool is_of_layout(const struct cen_conflict *conflict)
{
	for (size_t m = 0; m < conflict->member_count; m++) {
		uint32_t dimension = conflict->members[m].dimension;

		if (dimension == CEN_DIMENSION_STRIDE || dimension == CEN_DIMENSION_CHROMA ||
		    dimension == CEN_DIMENSION_OFFSET || dimension == CEN_DIMENSION_SIZE)
			return true;
	}
	return false;
}

static uint32_t pad(uint32_t side, uint32_t step)
{
	return (side + step - 1) / step * step;
}

/* As codecs and displays pad: 1088 rows for 1080. Rows first, then pixels, then both. */
static int try_padding(struct trial *trial)
{
	static const uint32_t steps[] = {8, 16, 32, 64};
	const struct size asked = {trial->problem->width, trial->problem->height};
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < ARRAY_LENGTH(steps); i++) {
		const struct size padded = {pad(asked.width, steps[i]), pad(asked.height, steps[i])};

		ret = try_size(trial, (struct size){asked.width, padded.height});
		if (ret == 0)
			ret = try_size(trial, (struct size){padded.width, asked.height});
		if (ret == 0 && padded.width != asked.width && padded.height != asked.height)
			ret = try_size(trial, padded);
	}
	return ret;
}

int _cen_conflict_relax_size(struct cen_conflict *conflict, const struct solver_problem *problem, size_trial *has_plan,
			     void *data)
{
	struct trial trial = {.problem = problem, .has_plan = has_plan, .data = data};
	const struct size even = {problem->width + (problem->width & 1), problem->height + (problem->height & 1)};
	int ret = try_size(&trial, even);

	if (ret == 0)
		ret = try_bounds(&trial, conflict);
	if (ret == 0 && is_of_layout(conflict))
		ret = try_padding(&trial);
	if (ret <= 0)
		return ret;
	if (!_cen_conflict_add_relaxation(
		    conflict, &(struct cen_relaxation){
				      .kind = CEN_RELAXATION_SIZE,
				      .width = trial.found.width,
				      .height = trial.found.height,
				      .text = _cen_arena_printf(conflict->arena, "another size: %" PRIu32 "x%" PRIu32,
								trial.found.width, trial.found.height),
			      }))
		return -ENOMEM;
	return 0;
}
