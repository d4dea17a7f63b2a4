/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Requests in order of liking, solved again whenever a device changes its mind, and when to act on the answer. */
#include "negotiation.h"

#include <errno.h>

#include "cleanup.h"
#include "error.h"
#include "plan.h"
#include "request.h"
#include "solution.h"
#include "util.h"

static const char *const change_names[] = {
	[CEN_CHANGE_NONE] = "none",
	[CEN_CHANGE_BETTER] = "better",
	[CEN_CHANGE_NEEDED] = "needed",
	[CEN_CHANGE_IMPOSSIBLE] = "impossible",
};

/* What one walk over the requests found. */
struct outcome {
	struct cen_plan *best; /* NULL: no request has a plan */
	size_t best_request;
	struct cen_plan *kept; /* the adopted plan, as the requests give it now; NULL: none does any more */
	size_t kept_request;
	struct cen_solution *failed; /* the first with a conflict */
};

const char *cen_change_get_name(uint32_t change)
{
	return change < ARRAY_LENGTH(change_names) ? change_names[change] : "unknown";
}

int cen_negotiation_create(struct cen_negotiation **out)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->settle = NEGOTIATION_SETTLE;
	return 0;
}

void cen_negotiation_destroy(struct cen_negotiation *negotiation)
{
	if (!negotiation)
		return;
	for (size_t i = 0; i < negotiation->rejected_count; i++)
		cen_plan_unref(negotiation->rejected[i]);
	cen_plan_unref(negotiation->adopted);
	cen_plan_unref(negotiation->candidate);
	cen_plan_unref(negotiation->plan);
	cen_solution_unref(negotiation->failed);
	free(negotiation);
}

int cen_negotiation_add_request(struct cen_negotiation *negotiation, struct cen_request *request,
				struct cen_error **err)
{
	if (negotiation->request_count == NEGOTIATION_REQUESTS)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, E2BIG, NULL, "a negotiation holds at most %u requests",
				      NEGOTIATION_REQUESTS);
	negotiation->requests[negotiation->request_count++] = request;
	return 0;
}

void cen_negotiation_set_settle_time(struct cen_negotiation *negotiation, uint64_t nanoseconds)
{
	negotiation->settle = nanoseconds;
}

/* Replace what a place holds; plan may be NULL. */
static void hold(struct cen_plan **place, struct cen_plan *plan)
{
	if (plan)
		cen_plan_ref(plan);
	cen_plan_unref(*place);
	*place = plan;
}

static bool has_same_layout(const struct cen_plan *a, const struct cen_plan *b)
{
	for (uint32_t i = 0; i < CEN_MAX_PLANES; i++) {
		const struct cen_plane_layout *x = &a->layout.planes[i], *y = &b->layout.planes[i];

		if (x->object != y->object || x->rows != y->rows || x->offset != y->offset || x->stride != y->stride ||
		    x->size != y->size || cen_plan_get_object_size(a, i) != cen_plan_get_object_size(b, i))
			return false;
	}
	return true;
}

/* Whether buffers made after one are those made after the other, and are used alike. */
static bool is_same(const struct cen_plan *a, const struct cen_plan *b)
{
	const struct cen_plan_info *x = &a->info, *y = &b->info;

	return x->fourcc == y->fourcc && x->modifier == y->modifier && x->width == y->width && x->height == y->height &&
	       x->object_count == y->object_count && x->count == y->count && x->placement == y->placement &&
	       x->copies == y->copies && x->is_layout_final == y->is_layout_final &&
	       strcmp(x->source, y->source) == 0 && strcmp(x->backend, y->backend) == 0 && has_same_layout(a, b);
}

static struct cen_plan *find_same(const struct cen_solution *solution, const struct cen_plan *plan)
{
	for (size_t i = 0; i < solution->plan_count; i++) {
		if (is_same(solution->plans[i], plan))
			return solution->plans[i];
	}
	return NULL;
}

static bool is_rejected(const struct cen_negotiation *negotiation, const struct cen_plan *plan)
{
	for (size_t i = 0; i < negotiation->rejected_count; i++) {
		if (is_same(negotiation->rejected[i], plan))
			return true;
	}
	return false;
}

static struct cen_plan *find_best(const struct cen_negotiation *negotiation, const struct cen_solution *solution)
{
	for (size_t i = 0; i < solution->plan_count; i++) {
		if (!is_rejected(negotiation, solution->plans[i]))
			return solution->plans[i];
	}
	return NULL;
}

static void outcome_cleanup(struct outcome *outcome)
{
	cen_plan_unref(outcome->best);
	cen_plan_unref(outcome->kept);
	cen_solution_unref(outcome->failed);
}

/* Does the request accept the format and modifier of a plan? */
static bool accepts(const struct cen_request *request, const struct cen_plan_info *info)
{
	bool has_fourcc = !request->fourcc_count, has_modifier = !request->modifier_count;

	for (size_t i = 0; i < request->fourcc_count; i++)
		has_fourcc |= request->fourccs[i] == info->fourcc;
	for (size_t i = 0; i < request->modifier_count; i++)
		has_modifier |= request->modifiers[i] == info->modifier;
	return has_fourcc && has_modifier;
}

/*
 * Is the adopted plan one that the request would give? Asked for its format and modifier alone: among all plans it may
 * not be one of the best, which are all that a solution keeps.
 */
static int look_for_adopted(const struct cen_negotiation *negotiation, size_t index, struct outcome *outcome,
			    struct cen_error **err)
{
	_cleanup_solution_ struct cen_solution *solution = NULL;
	struct cen_request narrow = *negotiation->requests[index];
	struct cen_plan_info info = negotiation->adopted->info;
	struct cen_plan *kept;
	int ret;

	if (!accepts(&narrow, &info))
		return 0;
	/* A copy that is only read: what it points to stays the request's. */
	narrow.fourccs = &info.fourcc;
	narrow.modifiers = &info.modifier;
	narrow.fourcc_count = narrow.modifier_count = 1;
	ret = cen_solve(&narrow, CEN_SOLVE_NO_RELAXATIONS, &solution, err);
	if (ret < 0)
		return ret;
	kept = find_same(solution, negotiation->adopted);
	if (kept) {
		outcome->kept = cen_plan_ref(kept);
		outcome->kept_request = index;
	}
	return 0;
}

static int look_for_best(const struct cen_negotiation *negotiation, size_t index, struct outcome *outcome, bool *is_cut,
			 struct cen_error **err)
{
	_cleanup_solution_ struct cen_solution *solution = NULL;
	const struct cen_plan *adopted = negotiation->adopted;
	struct cen_plan *best, *kept = NULL;
	int ret = cen_solve(negotiation->requests[index], CEN_SOLVE_NO_RELAXATIONS, &solution, err);

	if (ret < 0)
		return ret;
	if (solution->conflict && !outcome->failed)
		outcome->failed = cen_solution_ref(solution);
	*is_cut = solution->plan_count == MAX_PLANS;
	best = find_best(negotiation, solution);
	if (!best)
		return 0;
	outcome->best = cen_plan_ref(best);
	outcome->best_request = index;
	if (adopted && !is_rejected(negotiation, adopted))
		kept = find_same(solution, adopted);
	if (kept) {
		outcome->kept = cen_plan_ref(kept);
		outcome->kept_request = index;
	}
	return 0;
}

/* The first request that has a plan, and the first from there on that still has the adopted one. */
static int walk(const struct cen_negotiation *negotiation, struct outcome *outcome, struct cen_error **err)
{
	bool can_keep = negotiation->adopted && !is_rejected(negotiation, negotiation->adopted);
	size_t count = negotiation->request_count, i;
	bool is_cut = false;
	int ret = 0;

	for (i = 0; i < count && !outcome->best && ret == 0; i++)
		ret = look_for_best(negotiation, i, outcome, &is_cut, err);
	/* Once more at the same request, where not all of its plans were seen. */
	if (is_cut && outcome->best)
		i--;
	for (; i < count && can_keep && !outcome->kept && ret == 0; i++)
		ret = look_for_adopted(negotiation, i, outcome, err);
	return ret;
}

/* The adopted plan still does, and there is a better one: has it been so for long enough? */
static uint32_t wait_for(struct cen_negotiation *negotiation, struct outcome *outcome, uint64_t now)
{
	if (!negotiation->candidate || !is_same(negotiation->candidate, outcome->best) || now < negotiation->since) {
		hold(&negotiation->candidate, outcome->best);
		negotiation->since = now;
		negotiation->was_told = false;
	}
	if (negotiation->was_told || now - negotiation->since < negotiation->settle)
		return CEN_CHANGE_NONE;
	/* Told once: who does not want it is not asked again until something else was best. */
	negotiation->was_told = true;
	return CEN_CHANGE_BETTER;
}

static uint32_t judge(struct cen_negotiation *negotiation, struct outcome *outcome, uint64_t now)
{
	if (outcome->best && outcome->kept && !is_same(outcome->best, outcome->kept))
		return wait_for(negotiation, outcome, now);
	hold(&negotiation->candidate, NULL);
	if (!outcome->best)
		return CEN_CHANGE_IMPOSSIBLE;
	return outcome->kept ? CEN_CHANGE_NONE : CEN_CHANGE_NEEDED;
}

int cen_negotiation_update(struct cen_negotiation *negotiation, uint64_t now, uint32_t *change, struct cen_error **err)
{
	_cleanup_(outcome_cleanup) struct outcome outcome = {0};
	int ret;

	*change = CEN_CHANGE_NONE;
	if (!negotiation->request_count)
		return _cen_error_set(err, CEN_ERROR_INCOMPLETE, EINVAL, NULL, "the negotiation has no request");
	ret = walk(negotiation, &outcome, err);
	if (ret < 0)
		return ret;
	*change = judge(negotiation, &outcome, now);
	cen_solution_unref(negotiation->failed);
	negotiation->failed = outcome.best ? NULL : STEAL(outcome.failed);
	if (*change == CEN_CHANGE_NONE) {
		hold(&negotiation->plan, outcome.kept);
		negotiation->plan_request = outcome.kept_request;
	} else {
		hold(&negotiation->plan, outcome.best);
		negotiation->plan_request = outcome.best_request;
	}
	return 0;
}

int cen_negotiation_set_capabilities(struct cen_negotiation *negotiation, const char *name, uint32_t usage,
				     struct cen_capabilities *caps, struct cen_error **err)
{
	const char *usage_name = cen_usage_get_name(usage);
	bool any = false;

	for (size_t i = 0; i < negotiation->request_count; i++)
		any |= cen_request_replace_described(negotiation->requests[i], usage, name, caps, NULL) == 0;
	if (any)
		return 0;
	return _cen_error_set(err, CEN_ERROR_UNKNOWN_DEVICE, ENODEV, &(struct error_facts){.device = name},
			      "%s: in no request it is a described device for %s", name,
			      usage_name ? usage_name : "a usage that does not exist");
}

uint64_t cen_negotiation_get_deadline(const struct cen_negotiation *negotiation)
{
	uint64_t deadline;

	if (!negotiation->candidate || negotiation->was_told)
		return 0;
	if (__builtin_add_overflow(negotiation->since, negotiation->settle, &deadline))
		return UINT64_MAX;
	return deadline;
}

struct cen_plan *cen_negotiation_get_plan(const struct cen_negotiation *negotiation, size_t *request)
{
	if (request)
		*request = negotiation->plan_request;
	return negotiation->plan;
}

const struct cen_conflict *cen_negotiation_get_conflict(const struct cen_negotiation *negotiation)
{
	return negotiation->failed ? negotiation->failed->conflict : NULL;
}

int cen_negotiation_reject(struct cen_negotiation *negotiation, struct cen_plan *plan)
{
	if (is_rejected(negotiation, plan))
		return 0;
	if (negotiation->rejected_count == NEGOTIATION_REJECTED) {
		cen_plan_unref(negotiation->rejected[0]);
		negotiation->rejected_count--;
		memmove(negotiation->rejected, negotiation->rejected + 1,
			negotiation->rejected_count * sizeof(struct cen_plan *));
	}
	negotiation->rejected[negotiation->rejected_count++] = cen_plan_ref(plan);
	if (negotiation->candidate && is_same(negotiation->candidate, plan))
		hold(&negotiation->candidate, NULL);
	return 0;
}

int cen_negotiation_adopt(struct cen_negotiation *negotiation, struct cen_plan *plan)
{
	hold(&negotiation->adopted, plan);
	hold(&negotiation->candidate, NULL);
	return 0;
}
