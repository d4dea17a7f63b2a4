/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The smallest set of usages without a plan, and why, in words. Pure. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "conflict.h"
#include "error.h"
#include "util.h"

/* Formats whose failure is told: those that came nearest to a plan. */
#define MAX_TOLD 6

/* The best that one format came to. */
struct attempt {
	struct candidate candidate;
	struct search_failure failure;
};

struct attempts {
	struct attempt *items; /* MAX_TOLD of them */
	size_t count;
	bool is_cut; /* not all combinations of alternatives were tried */
};

static bool note_found(void *data, const struct candidate *candidate, size_t source)
{
	(void)candidate;
	(void)source;
	*(bool *)data = true;
	return false;
}

bool _cen_conflict_has_plan(const struct solver_problem *problem, uint64_t usages, bool ignore_access)
{
	bool has_plan = false;
	struct search search = {
		.problem = problem,
		.usages = usages,
		.ignore_access = ignore_access,
		.found = note_found,
		.data = &has_plan,
	};

	/* Without usages only the request's own formats are left to look at, and they are linear. */
	if (!usages && (!problem->fourcc_count || problem->modifier_count))
		return true;
	_cen_search(&search);
	return has_plan;
}

/*
 * Leave out one usage after the other; what then still has no plan did not need it. Once is enough: leaving out a usage
 * never takes away a plan, so that one that was needed is needed also when more are left out.
 */
static uint64_t smallest_usages(const struct solver_problem *problem)
{
	uint64_t usages = _cen_search_all_usages(problem);

	for (size_t u = problem->usage_count; u-- > 0;) {
		uint64_t without = usages & ~(UINT64_C(1) << u);

		if (!_cen_conflict_has_plan(problem, without, false))
			usages = without;
	}
	return usages;
}

/* Where to note a failure of a format: at its own place, at a free one, or in place of the last that came less far. */
static struct attempt *find_place(struct attempts *attempts, const struct cen_format_info *format)
{
	struct attempt *least = &attempts->items[0];

	for (size_t i = 0; i < attempts->count; i++) {
		struct attempt *attempt = &attempts->items[i];

		if (attempt->candidate.format == format)
			return attempt;
		if (attempt->failure.stage <= least->failure.stage)
			least = attempt;
	}
	return attempts->count < MAX_TOLD ? &attempts->items[attempts->count++] : least;
}

/* Every source makes linear images: why one does not make this one says more than that it lacks a vendor's layout. */
static bool is_plainer(const struct attempt *own, const struct candidate *candidate)
{
	return own->failure.stage == SEARCH_SOURCE && !own->candidate.has_layout && candidate->has_layout;
}

/* Keep the failure that came furthest of each format, and the formats that came furthest. */
static void note_failed(void *data, const struct candidate *candidate, const struct search_failure *failure)
{
	struct attempt *own = find_place(data, candidate->format);

	if (own->failure.stage > failure->stage ||
	    (own->failure.stage == failure->stage && !is_plainer(own, candidate)))
		return;
	own->candidate = *candidate;
	own->failure = *failure;
}

static bool never_found(void *data, const struct candidate *candidate, size_t source)
{
	(void)data;
	(void)candidate;
	(void)source;
	return true;
}

static int compare_attempts(const void *a, const void *b)
{
	const struct attempt *first = a, *second = b;

	if (first->failure.stage != second->failure.stage)
		return first->failure.stage > second->failure.stage ? -1 : 1;
	return first->candidate.format_rank < second->candidate.format_rank ? -1 : 1;
}

static bool collect_attempts(const struct solver_problem *problem, uint64_t usages, struct attempts *attempts)
{
	struct search search = {
		.problem = problem,
		.usages = usages,
		.found = never_found,
		.failed = note_failed,
		.data = attempts,
		.is_cut = &attempts->is_cut,
	};

	attempts->items = calloc(MAX_TOLD, sizeof(*attempts->items));
	if (!attempts->items)
		return false;
	_cen_search(&search);
	qsort(attempts->items, attempts->count, sizeof(*attempts->items), compare_attempts);
	return true;
}

static bool list_usages(struct cen_conflict *conflict, uint64_t usages)
{
	conflict->usages = _cen_arena_alloc(conflict->arena, CEN_MAX_USAGES, sizeof(*conflict->usages));
	if (!conflict->usages)
		return false;
	for (size_t u = 0; u < CEN_MAX_USAGES; u++) {
		if (usages >> u & 1)
			conflict->usages[conflict->usage_count++] = u;
	}
	return true;
}

/* "no buffer of 640x360 suits /dev/video0 (capture) and /dev/dri/card0 (scanout)" */
static char *write_headline(const struct cen_conflict *conflict, const struct solver_problem *problem)
{
	char *text = _cen_arena_printf(conflict->arena, "no buffer of %" PRIu32 "x%" PRIu32 " %s", problem->width,
				       problem->height, conflict->usage_count ? "suits" : "can be made");

	for (size_t i = 0; text && i < conflict->usage_count; i++) {
		const struct solver_usage *usage = &problem->usages[conflict->usages[i]];

		text = _cen_arena_printf(conflict->arena, "%s%s%s (%s)", text,
					 i == 0 ? " " : (i + 1 == conflict->usage_count ? " and " : ", "), usage->name,
					 cen_usage_get_name(usage->usage));
	}
	return text;
}

/* One line per format: its members, one after the other. */
static char *write_line(const struct cen_conflict *conflict, size_t first, const char *text, uint32_t fourcc)
{
	char name[8];
	char *line = _cen_arena_printf(conflict->arena, "%s\n  %s: ", text, cen_format_to_string(fourcc, name));

	for (size_t m = first; line && m < conflict->member_count; m++) {
		const struct cen_conflict_member *member = &conflict->members[m];

		line = _cen_arena_printf(conflict->arena, "%s%s%s%s%s", line, m > first ? "; " : "", member->who,
					 member->usage == CEN_MEMBER_SOURCE ? ": " : " ", member->text);
	}
	return line;
}

/* Whether the members from first on say, word for word, what as many before them said. */
static bool repeats_members(const struct cen_conflict *conflict, size_t first)
{
	size_t count = conflict->member_count - first;

	for (size_t i = 0; i < count && count <= first; i++) {
		const struct cen_conflict_member *member = &conflict->members[first + i];
		const struct cen_conflict_member *before = &conflict->members[first - count + i];

		if (member->dimension == CEN_DIMENSION_FORMAT || strcmp(member->who, before->who) != 0 ||
		    strcmp(member->text, before->text) != 0)
			return false;
	}
	return count <= first;
}

static bool fill_conflict(struct cen_conflict *conflict, const struct solver_problem *problem,
			  struct plan_shared *shared, const struct attempts *attempts)
{
	char *text = write_headline(conflict, problem);

	for (size_t i = 0; text && i < attempts->count; i++) {
		const struct attempt *attempt = &attempts->items[i];
		size_t first = conflict->member_count;
		struct telling telling = {
			.conflict = conflict,
			.problem = problem,
			.shared = shared,
			.candidate = &attempt->candidate,
			.failure = &attempt->failure,
		};

		if (!_cen_conflict_tell(&telling))
			return false;
		/* What was told of one format need not be told again of the next. */
		if (first > 0 && repeats_members(conflict, first)) {
			conflict->member_count = first;
			continue;
		}
		text = write_line(conflict, first, text, attempt->candidate.format->fourcc);
	}
	/* Nothing was tried: the first device that takes part has not a single format. */
	if (text && !attempts->count && conflict->usage_count && !_cen_conflict_tell_empty(conflict, problem))
		return false;
	if (text && !attempts->count)
		text = _cen_arena_printf(conflict->arena, "%s: no format was offered", text);
	if (text && attempts->is_cut)
		text = _cen_arena_printf(conflict->arena,
					 "%s\n  (the devices have too many alternatives to try them all)", text);
	conflict->text = text;
	return text != NULL;
}

static void conflict_cleanup(struct cen_conflict **conflict)
{
	_cen_conflict_destroy(*conflict);
}

int _cen_conflict_find(const struct solver_problem *problem, struct plan_shared *shared, struct cen_conflict **out,
		       struct cen_error **err)
{
	_cleanup_(conflict_cleanup) struct cen_conflict *conflict = calloc(1, sizeof(*conflict));
	struct attempts attempts = {0};
	uint64_t usages;
	bool ok;

	if (!conflict)
		return _cen_error_no_memory(err);
	conflict->arena = _cen_arena_create();
	usages = smallest_usages(problem);
	ok = conflict->arena && list_usages(conflict, usages) && collect_attempts(problem, usages, &attempts) &&
	     fill_conflict(conflict, problem, shared, &attempts);
	free(attempts.items);
	if (!ok)
		return _cen_error_no_memory(err);
	*out = STEAL(conflict);
	return 0;
}
