/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a solution's plans and its conflict share: whom they speak of, and what their pointers point into. */
#pragma once

#include <stdatomic.h>
#include <stddef.h>

#include "solver.h"

struct cen_machine;

/* What all plans and the conflict of one solution share. */
struct plan_shared {
	atomic_int refs;
	struct cen_machine *machine; /* kept alive; NULL in a pure solve, where the caller keeps the sources */
	struct solver_usage *usages; /* name owned; caps kept: notes and constraints point into it */
	size_t usage_count;
	struct solver_source *sources; /* as they were when the request was solved; desc owned by the machine */
	size_t source_count;
	struct named_source *named; /* as in the problem, copied */
	struct cen_region **regions; /* kept alive */
	size_t named_count;
	struct constraint_set *policy; /* may be NULL */
	struct map_view *map; /* NULL: no map was in force */
	uint32_t copies; /* that the application makes of each frame */
	char *copies_note; /* may be NULL */
};

/* Copies what it keeps. NULL when there is no memory. */
struct plan_shared *_cen_plan_shared_create(const struct solver_problem *problem);
/* The region that a source is; NULL for any other. */
struct cen_region *_cen_plan_shared_get_region(const struct plan_shared *shared, size_t source);
struct plan_shared *_cen_plan_shared_ref(struct plan_shared *shared);
void _cen_plan_shared_unref(struct plan_shared *shared);
