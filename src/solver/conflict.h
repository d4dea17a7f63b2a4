/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Between the files of the conflict: finding it, telling it, relaxing the request and the machine. */
#pragma once

#include "search.h"
#include "solution.h"

/* One format's failure, about to become members of the conflict. */
struct telling {
	struct cen_conflict *conflict;
	const struct solver_problem *problem;
	struct plan_shared *shared;
	const struct candidate *candidate;
	const struct search_failure *failure;
};

/* Append the members of one failure. Returns false when there is no memory. */
bool _cen_conflict_tell(struct telling *telling);

/* Append what every source says to the candidate, where it got as far. Returns false when there is no memory. */
bool _cen_conflict_reject(struct telling *telling);

/* Append the member where there was no format to try. Returns false when there is no memory. */
bool _cen_conflict_tell_empty(struct cen_conflict *conflict, const struct solver_problem *problem);

/* Whether the usages (a bit each) have a plan; ignore_access: if every source could be opened. */
bool _cen_conflict_has_plan(const struct solver_problem *problem, uint64_t usages, bool ignore_access);

/* As above, for all usages and with what can be opened. */
bool _cen_conflict_all_have_plan(const struct solver_problem *problem);

/* Append one, whose lists are of the conflict's arena. Returns false when there is no memory, also for its text. */
bool _cen_conflict_add_relaxation(struct cen_conflict *conflict, const struct cen_relaxation *relaxation);

/* What would help on the side of the machine: permission, a map, memory, heaps. Returns false when there is no memory. */
bool _cen_conflict_relax_machine(struct cen_conflict *conflict, const struct solver_problem *problem);
