/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The smallest set of usages without a plan, and why, in words. Pure. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "conflict.h"
#include "error.h"
#include "util.h"

/* Formats whose failure is told in the text, and without CEN_SOLVE_ALL_REASONS at all: those nearest to a plan. */
#define MAX_TOLD 6

/* The best that one format came to. */
struct attempt {
	struct candidate candidate;
	struct search_failure failure;
	int nearness; /* to a plan; 0: nothing yet */
};

struct attempts {
	const struct solver_problem *problem;
	struct attempt *items;
	size_t count, capacity;
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

	/* Without usages only the request's own formats are left to look at, and no modifier but those of sources. */
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
		if (attempt->nearness <= least->nearness)
			least = attempt;
	}
	return attempts->count < attempts->capacity ? &attempts->items[attempts->count++] : least;
}

/*
 * How near a failure is to a plan. A modifier that no source makes gets as far as to ask the sources, but there is no
 * more to it than to one that the devices do not share.
 */
static int nearness(const struct solver_problem *problem, const struct candidate *candidate,
		    const struct search_failure *failure)
{
	bool made = candidate->has_layout || failure->stage != SEARCH_SOURCE;

	for (size_t s = 0; s < problem->source_count && !made; s++)
		made = _cen_match_format(problem->sources[s].desc, candidate->format->fourcc, candidate->modifier);
	if (!made)
		return 2 * SEARCH_MODIFIER + 1;
	/* Every source makes linear images: why one does not says more than that it lacks a vendor's layout. */
	return 2 * (int)failure->stage + (failure->stage == SEARCH_SOURCE && candidate->has_layout);
}

/* Keep the failure that came furthest of each format, and the formats that came furthest. */
static void note_failed(void *data, const struct candidate *candidate, const struct search_failure *failure)
{
	struct attempts *attempts = data;
	struct attempt *own = find_place(attempts, candidate->format);
	int near = nearness(attempts->problem, candidate, failure);

	if (own->nearness >= near)
		return;
	own->candidate = *candidate;
	own->failure = *failure;
	own->nearness = near;
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

	if (first->nearness != second->nearness)
		return first->nearness > second->nearness ? -1 : 1;
	return first->candidate.format_rank < second->candidate.format_rank ? -1 : 1;
}

/* How many formats a walk over the usages tries. */
static size_t count_formats(const struct solver_problem *problem, uint64_t usages)
{
	const struct cen_capabilities *caps;
	size_t count = 0;

	if (problem->fourcc_count || !usages)
		return problem->fourcc_count;
	caps = problem->usages[__builtin_ctzll(usages)].caps;
	for (size_t i = 0; i < caps->count; i++)
		count += i == 0 || caps->entries[i].fourcc != caps->entries[i - 1].fourcc;
	return count;
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

	attempts->problem = problem;
	attempts->capacity = MAX_TOLD;
	if (problem->flags & CEN_SOLVE_ALL_REASONS && count_formats(problem, usages) > MAX_TOLD)
		attempts->capacity = count_formats(problem, usages);
	attempts->items = calloc(attempts->capacity, sizeof(*attempts->items));
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

/* The sources of which the same is said as of this one, which is the first of them; "" for one that is not. */
static const char *name_alike(const struct cen_conflict *conflict, size_t first, size_t index)
{
	const struct cen_conflict_member *members = conflict->members;
	const char *names = NULL;

	for (size_t m = first; m < conflict->member_count; m++) {
		if (members[m].usage != CEN_MEMBER_SOURCE || strcmp(members[m].text, members[index].text) != 0)
			continue;
		if (m < index)
			return "";
		names = _cen_arena_printf(conflict->arena, "%s%s%s", names ? names : "", names ? ", " : "",
					  members[m].who);
		if (!names)
			return NULL;
	}
	return names;
}

/* One line per format: its members, one after the other. */
static char *write_line(const struct cen_conflict *conflict, size_t first, const char *text, uint32_t fourcc)
{
	char name[8];
	char *line = _cen_arena_printf(conflict->arena, "%s\n  %s: ", text, cen_format_to_string(fourcc, name));

	for (size_t m = first; line && m < conflict->member_count; m++) {
		const struct cen_conflict_member *member = &conflict->members[m];
		bool is_source = member->usage == CEN_MEMBER_SOURCE;
		const char *who = is_source ? name_alike(conflict, first, m) : member->who;

		if (who && *who)
			line = _cen_arena_printf(conflict->arena, "%s%s%s%s%s", line, m > first ? "; " : "", who,
						 is_source ? ": " : " ", member->text);
		else if (!who)
			line = NULL;
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

/* The members of one format's failure; its line of the text, where it says something new and there is room. */
static bool tell_attempt(struct telling *telling, size_t *lines, char **text)
{
	struct cen_conflict *conflict = telling->conflict;
	size_t first = conflict->member_count;
	bool all = telling->problem->flags & CEN_SOLVE_ALL_REASONS, repeated;

	if (!_cen_conflict_tell(telling))
		return false;
	/* What was told of one format need not be told again of the next. */
	repeated = first > 0 && repeats_members(conflict, first);
	if (repeated && !all) {
		conflict->member_count = first;
		return true;
	}
	if (!repeated && (*lines)++ < MAX_TOLD)
		*text = write_line(conflict, first, *text, telling->candidate->format->fourcc);
	return *text && _cen_conflict_reject(telling);
}

static bool fill_conflict(struct cen_conflict *conflict, const struct solver_problem *problem,
			  struct plan_shared *shared, const struct attempts *attempts)
{
	char *text = write_headline(conflict, problem);
	size_t lines = 0;

	for (size_t i = 0; text && i < attempts->count; i++) {
		const struct attempt *attempt = &attempts->items[i];
		struct telling telling = {
			.conflict = conflict,
			.problem = problem,
			.shared = shared,
			.candidate = &attempt->candidate,
			.failure = &attempt->failure,
		};

		if (!tell_attempt(&telling, &lines, &text))
			return false;
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
