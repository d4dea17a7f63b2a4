/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a solution's plans and its conflict share, made of the problem that was solved. Pure. */
#include "plan-shared.h"

#include "machine.h"
#include "map-view.h"
#include "match.h"
#include "region.h"
#include "util.h"

static void shared_destroy(struct plan_shared *shared)
{
	for (size_t i = 0; i < shared->usage_count; i++) {
		free((char *)(uintptr_t)shared->usages[i].name);
		cen_capabilities_unref((struct cen_capabilities *)(uintptr_t)shared->usages[i].caps);
	}
	free(shared->usages);
	free(shared->sources);
	for (size_t i = 0; i < shared->named_count; i++)
		cen_region_unref(shared->regions[i]);
	free(shared->regions);
	free(shared->named);
	free(shared->policy);
	_cen_map_view_unref(shared->map);
	free(shared->copies_note);
	if (shared->machine)
		_cen_machine_unref(shared->machine);
	free(shared);
}

struct plan_shared *_cen_plan_shared_ref(struct plan_shared *shared)
{
	atomic_fetch_add_explicit(&shared->refs, 1, memory_order_relaxed);
	return shared;
}

void _cen_plan_shared_unref(struct plan_shared *shared)
{
	if (shared && atomic_fetch_sub_explicit(&shared->refs, 1, memory_order_acq_rel) == 1)
		shared_destroy(shared);
}

static void shared_cleanup(struct plan_shared **shared)
{
	_cen_plan_shared_unref(*shared);
}

static bool copy_usages(struct plan_shared *shared, const struct solver_problem *problem)
{
	for (size_t i = 0; i < problem->usage_count; i++) {
		struct solver_usage *to = &shared->usages[i];

		*to = problem->usages[i];
		to->name = strdup(to->name);
		/* Shared between threads from here on: the count of references is not part of what is immutable. */
		cen_capabilities_ref((struct cen_capabilities *)(uintptr_t)to->caps);
		shared->usage_count++;
		if (!to->name)
			return false;
	}
	return true;
}

/* What a region has free is another number by now; a plan tells the one that it was made with. */
static bool copy_named(struct plan_shared *shared, const struct solver_problem *problem)
{
	size_t count = problem->named_count, first = problem->source_count - count;

	if (!count)
		return true;
	shared->named = calloc(count, sizeof(*shared->named));
	shared->regions = calloc(count, sizeof(struct cen_region *));
	if (!shared->named || !shared->regions)
		return false;
	for (size_t i = 0; i < count; i++) {
		shared->named[i] = problem->named[i];
		shared->sources[first + i].desc = &shared->named[i].desc;
		shared->regions[shared->named_count++] = cen_region_ref(problem->regions[i]);
	}
	return true;
}

struct cen_region *_cen_plan_shared_get_region(const struct plan_shared *shared, size_t source)
{
	size_t first = shared->source_count - shared->named_count;

	return source >= first && source < shared->source_count ? shared->regions[source - first] : NULL;
}

struct plan_shared *_cen_plan_shared_create(const struct solver_problem *problem)
{
	_cleanup_(shared_cleanup) struct plan_shared *shared = calloc(1, sizeof(*shared));

	if (!shared)
		return NULL;
	shared->refs = 1;
	shared->usages = calloc(problem->usage_count + 1, sizeof(*shared->usages));
	shared->sources = calloc(problem->source_count + 1, sizeof(*shared->sources));
	if (!shared->usages || !shared->sources || !copy_usages(shared, problem))
		return NULL;
	for (size_t i = 0; i < problem->source_count; i++)
		shared->sources[i] = problem->sources[i];
	shared->source_count = problem->source_count;
	if (!copy_named(shared, problem))
		return NULL;
	shared->copies = problem->copies;
	if (!_cen_dup_string(problem->copies_note, &shared->copies_note))
		return NULL;
	if (problem->policy &&
	    _cen_constraint_set_create(problem->policy->items, problem->policy->count, &shared->policy, NULL) < 0)
		return NULL;
	if (problem->map)
		shared->map = _cen_map_view_ref(problem->map);
	if (problem->machine)
		shared->machine = _cen_machine_ref(problem->machine);
	return STEAL(shared);
}
