/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The inside of a solution and of the conflict in it. */
#pragma once

#include <stdatomic.h>

#include <cenalloc/solution.h>

#include "arena.h"
#include "plan.h"
#include "solver.h"

#define MAX_PLANS 16

struct cen_conflict {
	struct arena *arena; /* owns everything below */
	const char *text;
	size_t *usages;
	size_t usage_count;
	struct cen_conflict_member *members;
	size_t member_count, member_capacity;
	struct cen_conflict_rejection *rejections;
	size_t rejection_count, rejection_capacity;
	struct cen_relaxation *relaxations;
	size_t relaxation_count, relaxation_capacity;
};

struct cen_solution {
	atomic_int refs;
	struct plan_shared *shared;
	struct cen_plan *plans[MAX_PLANS]; /* from best to worst */
	size_t plan_count;
	struct cen_conflict *conflict;
};

void _cen_conflict_destroy(struct cen_conflict *conflict);

/*
 * Find the smallest set of usages that has no plan, and put it into words. problem has no plan; shared is its own.
 * Returns 0, or -ENOMEM with err set.
 */
int _cen_conflict_find(const struct solver_problem *problem, struct plan_shared *shared, struct cen_conflict **out,
		       struct cen_error **err);

/* Whether an image of this size would have a plan: 1, 0, or a negative errno. */
typedef int size_trial(void *data, uint32_t width, uint32_t height);
/* Add another size that has a plan, if one is found. Returns 0, -ENOMEM, or what the trial returned. */
int _cen_conflict_relax_size(struct cen_conflict *conflict, const struct solver_problem *problem, size_trial *has_plan,
			     void *data);

/* Add to the conflict what would help, each tried by solving again. Returns false when there is no memory. */
bool _cen_conflict_relax(struct cen_conflict *conflict, const struct solver_problem *problem);
