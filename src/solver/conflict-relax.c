/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What else to ask for: each idea is tried by solving again, and only what gives a plan is told. Pure. */
#include <inttypes.h>
#include <stdio.h>

#include "conflict.h"
#include "util.h"

#define MAX_FORMATS_TOLD 3

bool _cen_conflict_add_relaxation(struct cen_conflict *conflict, const struct cen_relaxation *relaxation)
{
	if (!relaxation->text || _cen_grow(&conflict->relaxations, &conflict->relaxation_capacity,
					   conflict->relaxation_count, sizeof(*conflict->relaxations)))
		return false;
	conflict->relaxations[conflict->relaxation_count] = *relaxation;
	conflict->relaxations[conflict->relaxation_count++].size = sizeof(*relaxation);
	return true;
}

bool _cen_conflict_all_have_plan(const struct solver_problem *problem)
{
	return _cen_conflict_has_plan(problem, _cen_search_all_usages(problem), false);
}

/* Distinct formats that a walk came upon. */
struct formats {
	uint32_t *fourccs; /* MAX_FORMATS_TOLD of them */
	size_t count;
};

static bool find_format(void *data, const struct candidate *candidate, size_t source)
{
	struct formats *formats = data;

	(void)source;
	for (size_t i = 0; i < formats->count; i++) {
		if (formats->fourccs[i] == candidate->format->fourcc)
			return true;
	}
	formats->fourccs[formats->count++] = candidate->format->fourcc;
	return formats->count < MAX_FORMATS_TOLD;
}

/* Another format: one walk over all that the first device has. */
static bool relax_format(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	struct solver_problem other = *problem;
	struct formats formats = {0};
	struct search search = {
		.problem = &other,
		.usages = _cen_search_all_usages(problem),
		.found = find_format,
		.data = &formats,
	};
	const char *text = "another format:";
	char name[8];

	if (!problem->fourcc_count)
		return true;
	formats.fourccs = _cen_arena_alloc(conflict->arena, MAX_FORMATS_TOLD, sizeof(*formats.fourccs));
	if (!formats.fourccs)
		return false;
	other.fourcc_count = 0;
	_cen_search(&search);
	for (size_t i = 0; i < formats.count && text; i++)
		text = _cen_arena_printf(conflict->arena, "%s%s %s", text, i ? "," : "",
					 cen_format_to_string(formats.fourccs[i], name));
	return !formats.count || _cen_conflict_add_relaxation(conflict, &(struct cen_relaxation){
										.kind = CEN_RELAXATION_FORMAT,
										.fourccs = formats.fourccs,
										.fourcc_count = formats.count,
										.text = text,
									});
}

/* The most buffers that have a plan, by bisection: fewer never need more memory. */
static bool relax_count(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	struct solver_problem other = *problem;
	uint32_t low = 0, high = problem->count;

	while (high - low > 1) {
		other.count = low + (high - low) / 2;
		if (_cen_conflict_all_have_plan(&other))
			low = other.count;
		else
			high = other.count;
	}
	if (!low)
		return true;
	return _cen_conflict_add_relaxation(
		conflict, &(struct cen_relaxation){
				  .kind = CEN_RELAXATION_COUNT,
				  .count = low,
				  .text = _cen_arena_printf(conflict->arena, "%" PRIu32 " buffers instead of %" PRIu32,
							    low, problem->count),
			  });
}

/* The request's constraints but those of some slots. NULL when there is no memory. */
static struct constraint_set *policy_without(const struct constraint_set *policy, uint64_t slots)
{
	struct cen_constraint kept[CEN_SLOT_COUNT];
	struct constraint_set *set;
	size_t count = 0;

	for (size_t i = 0; i < policy->count; i++) {
		const struct cen_constraint *item = &policy->items[i];

		if (!(slots >> _cen_constraint_slot(item->kind, item->plane) & 1))
			kept[count++] = *item;
	}
	return _cen_constraint_set_create(kept, count, &set, NULL) < 0 ? NULL : set;
}

/* Whether there is a plan without the constraints of some slots. Returns 1, 0, or -1 when there is no memory. */
static int has_plan_without(const struct solver_problem *problem, uint64_t slots)
{
	_cleanup_free_ struct constraint_set *policy = policy_without(problem->policy, slots);
	struct solver_problem other = *problem;

	if (!policy)
		return -1;
	other.policy = policy;
	return _cen_conflict_all_have_plan(&other);
}

/* "a request without its constraint heap=system": the words of some slots' constraints, and they themselves. */
static bool add_blamed(struct cen_conflict *conflict, const struct constraint_set *policy, uint64_t slots)
{
	struct cen_relaxation blamed = {.kind = CEN_RELAXATION_CONSTRAINT};
	size_t count = (size_t)__builtin_popcountll(slots);
	struct cen_constraint *constraints = _cen_arena_alloc(conflict->arena, count, sizeof(*constraints));
	char text[256];

	blamed.constraints = constraints;
	blamed.text = count == 1 ? "a request without its constraint " : "a request without constraints of its own: ";
	for (size_t i = 0; constraints && blamed.text && i < policy->count; i++) {
		struct cen_constraint bare = policy->items[i];

		if (!(slots >> _cen_constraint_slot(bare.kind, bare.plane) & 1))
			continue;
		/* The set of a solution's own copy, which the conflict does not outlive. */
		constraints[blamed.constraint_count++] = bare;
		bare.provenance = 0;
		cen_constraint_to_string(&bare, text, sizeof(text));
		blamed.text = _cen_arena_printf(conflict->arena, "%s%s%s", blamed.text,
						blamed.constraint_count > 1 ? " and " : "", text);
	}
	return constraints && _cen_conflict_add_relaxation(conflict, &blamed);
}

/* No single one is to blame: of all, those that cannot come back. */
static bool blame_several(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	uint64_t slots = problem->policy->slots;
	int has_plan = has_plan_without(problem, slots);

	for (size_t i = 0; has_plan == 1 && i < problem->policy->count; i++) {
		const struct cen_constraint *item = &problem->policy->items[i];
		uint64_t fewer = slots & ~(UINT64_C(1) << _cen_constraint_slot(item->kind, item->plane));
		int enough = has_plan_without(problem, fewer);

		if (enough < 0)
			return false;
		if (enough)
			slots = fewer;
	}
	return has_plan == 1 ? add_blamed(conflict, problem->policy, slots) : has_plan == 0;
}

/* Which of the request's own constraints is to blame: each alone, and where none is, several together. */
static bool relax_policy(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	bool any = false;

	for (size_t i = 0; problem->policy && i < problem->policy->count; i++) {
		const struct cen_constraint *item = &problem->policy->items[i];
		uint64_t slot = UINT64_C(1) << _cen_constraint_slot(item->kind, item->plane);
		int has_plan = has_plan_without(problem, slot);

		if (has_plan < 0 || (has_plan && !add_blamed(conflict, problem->policy, slot)))
			return false;
		any = any || has_plan;
	}
	return any || !problem->policy || blame_several(conflict, problem);
}

static bool note_modifier(void *data, const struct candidate *candidate, size_t source)
{
	(void)source;
	*(uint64_t *)data = candidate->modifier;
	return false;
}

static bool relax_modifiers(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	struct solver_problem other = *problem;
	uint64_t modifier = CEN_MODIFIER_INVALID;
	struct search search = {
		.problem = &other,
		.usages = _cen_search_all_usages(problem),
		.found = note_modifier,
		.data = &modifier,
	};
	char name[64];

	if (!problem->modifier_count)
		return true;
	other.modifier_count = 0;
	_cen_search(&search);
	/* With none named, that one is never found. */
	if (modifier == CEN_MODIFIER_INVALID)
		return true;
	cen_modifier_to_string(modifier, name, sizeof(name));
	return _cen_conflict_add_relaxation(
		conflict, &(struct cen_relaxation){
				  .kind = CEN_RELAXATION_MODIFIER,
				  .modifier = modifier,
				  .text = _cen_arena_printf(conflict->arena,
							    "a request that names no modifiers, or %s too", name),
			  });
}

/* Without devices to ask, what they said of this size has to do for others. */
static int has_plan_at(void *data, uint32_t width, uint32_t height)
{
	struct solver_problem other = *(const struct solver_problem *)data;

	other.width = width;
	other.height = height;
	return _cen_conflict_all_have_plan(&other);
}

static bool relax_size(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	struct solver_problem own = *problem;

	return problem->flags & SOLVER_NO_SIZES || _cen_conflict_relax_size(conflict, problem, has_plan_at, &own) == 0;
}

bool _cen_conflict_relax(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	return _cen_conflict_relax_machine(conflict, problem) && relax_count(conflict, problem) &&
	       relax_size(conflict, problem) && relax_policy(conflict, problem) && relax_modifiers(conflict, problem) &&
	       relax_format(conflict, problem);
}
