/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the solver says of a random machine, each plan of it checked. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "brute-force.h"
#include "fit.h"
#include "plan.h"
#include "random-machine.h"

#define MAX_PLANS 16

/* What the solver said of some of the devices. */
struct outcome {
	size_t count;
	struct cen_plan_info plans[MAX_PLANS];
	uint32_t ranks[MAX_PLANS]; /* of their layouts: BRUTE_* */
	bool has_conflict;
	bool fixes_strides; /* of further planes: some alternative does */
	uint32_t members; /* of the conflict: bit n, devices[n] */
};

/* The violation under examination: what, and of which property. */
static char violation[768];

#define VIOLATED(...) (snprintf(violation, sizeof(violation), __VA_ARGS__), violation)

/* Memory that was made for a device suits it also by the check for those that come late. */
static inline const char *check_fit(const struct problem *p, const struct cen_plan *plan)
{
	struct fit_storage storage = {.image = &plan->wish, .source = p->problem.sources[plan->source].desc};
	char reason[FIT_REASON_SIZE];

	if (!plan->info.is_layout_final)
		return NULL;
	for (size_t u = 0; u < p->problem.usage_count; u++) {
		storage.is_own = storage.source->exporter == p->problem.usages[u].devnum;
		/* Of what another device allocated nobody knows what it is; the solver knew what that device had asked. */
		if (storage.source->exporter && !storage.is_own)
			continue;
		if (!_cen_fit_check(p->problem.usages[u].caps, &storage, reason))
			return VIOLATED("plans: %s does not fit into its own plan: %s", p->names[u], reason);
	}
	return NULL;
}

/* How dear the memory of a plan is; that of a device without a part in the request is the last resort. */
static inline uint32_t get_scarcity(const struct problem *p, const struct cen_plan_info *plan)
{
	for (size_t s = 0; s < p->problem.source_count; s++) {
		const struct cen_source_desc *source = p->problem.sources[s].desc;
		bool is_foreign = source->exporter != 0;

		for (size_t u = 0; u < p->problem.usage_count; u++)
			is_foreign = is_foreign && p->problem.usages[u].devnum != source->exporter;
		if (strcmp(source->name, plan->source) == 0)
			return is_foreign ? UINT32_MAX : source->cost;
	}
	return 0;
}

/* The ranks of docs/architecture.md. Which modifier is liked is the devices' affair. */
static inline bool is_in_order(const struct problem *p, const struct cen_plan_info *a, const struct cen_plan_info *b)
{
	size_t first = 0;

	while (first < p->problem.fourcc_count && p->fourccs[first] != a->fourcc && p->fourccs[first] != b->fourcc)
		first++;
	if (a->fourcc != b->fourcc)
		return first == p->problem.fourcc_count || p->fourccs[first] == a->fourcc;
	if (a->modifier != b->modifier)
		return true;
	if (get_scarcity(p, a) != get_scarcity(p, b))
		return get_scarcity(p, a) < get_scarcity(p, b);
	return a->padding_bytes <= b->padding_bytes && a->cost <= b->cost;
}

static inline const char *read_plans(const struct problem *p, const struct cen_solution *solution, struct outcome *out)
{
	const char *wrong = NULL;

	for (size_t i = 0; !wrong && i < out->count; i++) {
		const struct cen_plan *plan = cen_solution_get_plan(solution, i);

		out->plans[i].size = sizeof(out->plans[i]);
		cen_plan_get_info(plan, &out->plans[i]);
		/* The name that outlives the plan. */
		out->plans[i].source = p->problem.sources[plan->source].desc->name;
		wrong = brute_check_plan(&p->problem, plan, &out->ranks[i]);
		if (wrong)
			wrong = VIOLATED("plans: plan %zu: %s", i, wrong);
		else
			wrong = check_fit(p, plan);
		if (!wrong && i > 0 && !is_in_order(p, &out->plans[i - 1], &out->plans[i]))
			wrong = VIOLATED("plans: plan %zu is better than the one before it", i);
	}
	return wrong;
}

static inline const char *read_conflict(const struct problem *p, const struct cen_conflict *conflict,
					struct outcome *out)
{
	out->has_conflict = conflict != NULL;
	out->members = 0;
	if (out->has_conflict == (out->count > 0))
		return VIOLATED("plans: %zu plans, and %s conflict", out->count, conflict ? "a" : "no");
	for (size_t i = 0; conflict && i < cen_conflict_get_usage_count(conflict); i++) {
		size_t usage = cen_conflict_get_usage(conflict, i);

		if (usage >= p->problem.usage_count)
			return VIOLATED("minimal: a usage that there is not");
		out->members |= 1u << (p->names[usage][3] - '0');
	}
	if (conflict && (!cen_conflict_get_text(conflict)[0] || !cen_conflict_get_dimension(conflict) ||
			 !cen_conflict_get_member_count(conflict)))
		return VIOLATED("minimal: the conflict has no words");
	return NULL;
}

static inline bool fixes_strides(const struct problem *p)
{
	const uint64_t further_planes = UINT64_C(7) << _cen_known_slot(CEN_CONSTRAINT_STRIDE_EXACT, 1);
	uint64_t slots = p->policy ? p->policy->slots : 0;

	for (size_t u = 0; u < p->problem.usage_count; u++) {
		for (size_t e = 0; e < p->caps[u]->count; e++)
			slots |= p->caps[u]->entries[e].set->slots;
	}
	return slots & further_planes;
}

/* Returns what is wrong with the answer itself. */
static inline const char *solve(const struct random_machine *machine, uint32_t devices, uint64_t shuffle,
				struct outcome *out)
{
	struct cen_solution *solution;
	struct problem p;
	const char *wrong;

	random_machine_get_problem(machine, devices, shuffle, &p);
	solution = problem_solve(&p);
	out->fixes_strides = fixes_strides(&p);
	out->count = cen_solution_get_plan_count(solution);
	wrong = read_conflict(&p, cen_solution_get_conflict(solution), out);
	if (!wrong)
		wrong = read_plans(&p, solution, out);
	cen_solution_unref(solution);
	problem_finish(&p);
	return wrong;
}

/* Whether there is a plan; *wrong is set when the answer is wrong. */
static inline bool has_plan(const struct random_machine *machine, uint32_t devices, const char **wrong)
{
	struct outcome outcome = {0};
	const char *found = solve(machine, devices, 0, &outcome);

	*wrong = *wrong ? *wrong : found;
	return outcome.count > 0;
}

/* The best plan of these, or of any source: by rank, then the fewest bytes. Returns its index; -1 when there is none. */
static inline int find_plan(const struct outcome *outcome, uint32_t fourcc, uint64_t modifier, const char *source)
{
	int best = -1;

	for (size_t i = 0; i < outcome->count; i++) {
		const struct cen_plan_info *plan = &outcome->plans[i];

		if (plan->fourcc == fourcc && plan->modifier == modifier &&
		    (!source || strcmp(plan->source, source) == 0) &&
		    (best < 0 || outcome->ranks[i] < outcome->ranks[best] ||
		     (outcome->ranks[i] == outcome->ranks[best] &&
		      plan->total_bytes < outcome->plans[best].total_bytes)))
			best = (int)i;
	}
	return best;
}

/*
 * As good a layout. One that fixes the stride of a further plane frees it from the first plane's, for better or worse:
 * where there is such an alternative, only the number of objects counts.
 */
static inline bool is_as_good(const struct outcome *outcome, int plan, uint32_t rank, uint64_t bytes)
{
	if (outcome->fixes_strides)
		return (outcome->ranks[plan] & BRUTE_SEVERAL_OBJECTS) == (rank & BRUTE_SEVERAL_OBJECTS);
	return outcome->ranks[plan] == rank && outcome->plans[plan].total_bytes == bytes;
}

/*
 * Another layout is tried only where no source makes the better one: an answer that need not be there. Of strides that do
 * not follow the first one's it does not show which were fixed, and so better than those that are free.
 */
static inline bool is_second_choice(const struct outcome *outcome, uint32_t fourcc, uint64_t modifier, uint32_t rank)
{
	int best = find_plan(outcome, fourcc, modifier, NULL);

	return best >= 0 && (rank > outcome->ranks[best] ||
			     (outcome->fixes_strides && rank & BRUTE_FREE_STRIDES && rank == outcome->ranks[best]));
}
