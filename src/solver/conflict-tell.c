/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* One format's failure in words: who is in it, with which constraint. Pure. */
#include <inttypes.h>
#include <stdio.h>

#include "conflict.h"
#include "map-view.h"
#include "phrase.h"
#include "util.h"

/* Formats or modifiers of a device that are worth listing in a sentence. */
#define MAX_LISTED 6

static bool append_member(struct cen_conflict *conflict, const struct cen_conflict_member *member)
{
	if (!member->who || !member->text ||
	    _cen_grow(&conflict->members, &conflict->member_capacity, conflict->member_count, sizeof(*member)))
		return false;
	conflict->members[conflict->member_count++] = *member;
	return true;
}

static bool add_member(struct telling *telling, int32_t usage, uint32_t dimension, const char *who,
		       const struct cen_constraint *constraint, const char *text)
{
	struct cen_conflict *conflict = telling->conflict;
	struct cen_conflict_member member = {
		.size = sizeof(member),
		.usage = usage,
		.dimension = dimension,
		.fourcc = telling->candidate->format->fourcc,
		.who = _cen_arena_strdup(conflict->arena, who),
		.text = text,
	};

	if (constraint)
		member.constraint = *constraint;
	return append_member(conflict, &member);
}

static bool add_constraint(struct telling *telling, int usage, const struct cen_constraint *constraint)
{
	char phrase[PHRASE_SIZE], known[PHRASE_SIZE];
	const char *text = _cen_arena_printf(telling->conflict->arena, "requires %s (%s)",
					     _cen_phrase_constraint(constraint, phrase),
					     _cen_phrase_provenance(constraint, known));

	return add_member(telling, usage == MERGE_REQUEST ? CEN_MEMBER_REQUEST : usage,
			  _cen_dimension_of(constraint->kind), _cen_phrase_who(telling->shared, usage), constraint,
			  text);
}

static bool add_request(struct telling *telling, uint32_t dimension, const char *text)
{
	return add_member(telling, CEN_MEMBER_REQUEST, dimension, "the request", NULL, text);
}

/* "XR24, AR24, RG16, ..." */
static char *list_formats(struct telling *telling, const struct cen_capabilities *caps)
{
	char *text = NULL, name[8];
	int listed = 0;

	for (size_t i = 0; i < caps->count; i++) {
		if (i > 0 && caps->entries[i].fourcc == caps->entries[i - 1].fourcc)
			continue;
		if (listed == MAX_LISTED)
			return _cen_arena_printf(telling->conflict->arena, "%s, ...", text);
		cen_format_to_string(caps->entries[i].fourcc, name);
		text = _cen_arena_printf(telling->conflict->arena, "%s%s%s", text ? text : "", text ? ", " : "", name);
		listed++;
		if (!text)
			return NULL;
	}
	return text ? text : _cen_arena_strdup(telling->conflict->arena, "no format");
}

/* The first who has the format that another one lacks: what the two are apart in. */
static bool tell_who_has(struct telling *telling, const char *name)
{
	for (size_t u = 0; u < telling->problem->usage_count; u++) {
		const struct solver_usage *usage = &telling->problem->usages[u];
		size_t first, end;

		_cen_capabilities_find(usage->caps, telling->candidate->format->fourcc, &first, &end);
		if (first == end)
			continue;
		return add_member(telling, (int32_t)u, CEN_DIMENSION_FORMAT, usage->name, NULL,
				  _cen_arena_printf(telling->conflict->arena, "has %s for %s", name,
						    cen_usage_get_name(usage->usage)));
	}
	return true;
}

static bool tell_format(struct telling *telling)
{
	const struct solver_usage *usage = &telling->problem->usages[telling->failure->usage];
	struct arena *arena = telling->conflict->arena;
	char name[8];
	char *list = list_formats(telling, usage->caps), *text;

	cen_format_to_string(telling->candidate->format->fourcc, name);
	text = _cen_arena_printf(arena, "does not take %s for %s", name, cen_usage_get_name(usage->usage));
	/* A device that was asked for some formats only may have others. */
	if (text && usage->caps->count)
		text = _cen_arena_printf(arena, "%s, but %s", text, list);
	return list && add_member(telling, telling->failure->usage, CEN_DIMENSION_FORMAT, usage->name, NULL, text) &&
	       tell_who_has(telling, name);
}

/* The modifiers that a usage has for the format under way. */
static char *list_modifiers(struct telling *telling, const struct cen_capabilities *caps)
{
	char *text = NULL, name[64];
	size_t first, end;
	int listed = 0;

	_cen_capabilities_find(caps, telling->candidate->format->fourcc, &first, &end);
	for (size_t i = first; i < end; i++) {
		if (i > first && caps->entries[i].modifier == caps->entries[i - 1].modifier)
			continue;
		if (listed++ == MAX_LISTED)
			return _cen_arena_printf(telling->conflict->arena, "%s, ...", text);
		cen_modifier_to_string(caps->entries[i].modifier, name, sizeof(name));
		text = _cen_arena_printf(telling->conflict->arena, "%s%s%s", text ? text : "", text ? ", " : "", name);
		if (!text)
			return NULL;
	}
	return text;
}

static bool tell_modifier(struct telling *telling)
{
	const struct cen_conflict *conflict = telling->conflict;

	for (size_t i = 0; i < conflict->usage_count; i++) {
		size_t u = conflict->usages[i];
		char *list = list_modifiers(telling, telling->problem->usages[u].caps);

		if (!list || !add_member(telling, (int32_t)u, CEN_DIMENSION_MODIFIER, telling->problem->usages[u].name,
					 NULL, _cen_arena_printf(conflict->arena, "has the modifiers %s", list)))
			return false;
	}
	if (telling->problem->modifier_count)
		return add_request(telling, CEN_DIMENSION_MODIFIER, "names the modifiers that it accepts");
	return true;
}

/* The constraint that one usage, or the request, has in a slot of the candidate; NULL: none. */
static const struct cen_constraint *own_constraint(const struct telling *telling, int usage, int slot)
{
	if (usage == MERGE_REQUEST)
		return telling->problem->policy ? _cen_constraint_set_find(telling->problem->policy, slot) : NULL;
	return _cen_constraint_set_find(telling->candidate->sets[usage], slot);
}

static bool opposes(const struct cen_constraint *own, const struct cen_constraint *newcomer)
{
	uint64_t ignored;

	return !_cen_constraint_merge(own->kind, own->value, newcomer->value, &ignored);
}

/* Those whose value cannot be merged with the newcomer's; everybody, where only all of them together fail. */
static bool tell_merge(struct telling *telling)
{
	const struct search_failure *failure = telling->failure;
	bool any = false;

	for (int pass = 0; pass < 2 && !any; pass++) {
		for (int u = MERGE_REQUEST; u < (int)telling->problem->usage_count; u++) {
			const struct cen_constraint *own;

			if (u >= 0 && !(telling->candidate->merged.usages[failure->slot] >> u & 1))
				continue;
			own = own_constraint(telling, u, failure->slot);
			if (!own || (pass == 0 && !opposes(own, failure->newcomer)))
				continue;
			any = true;
			if (!add_constraint(telling, u, own))
				return false;
		}
	}
	return add_constraint(telling, failure->usage, failure->newcomer);
}

/* Who decided the value of a slot: one alone, or all whose alignments or sets make it up together. */
static bool tell_slot(struct telling *telling, int slot)
{
	const struct merged *merged = &telling->candidate->merged;

	if (merged->decider[slot]->value == merged->value[slot])
		return add_constraint(telling, merged->decider_usage[slot], merged->decider[slot]);
	for (int u = MERGE_REQUEST; u < (int)telling->problem->usage_count; u++) {
		const struct cen_constraint *own;

		if (u >= 0 && !(merged->usages[slot] >> u & 1))
			continue;
		own = own_constraint(telling, u, slot);
		if (own && own->value > 1 && !add_constraint(telling, u, own))
			return false;
	}
	return true;
}

/* What the request brings into a failure of layout: its size. */
static bool tell_request_size(struct telling *telling, uint32_t dimension)
{
	const struct solver_problem *problem = telling->problem;
	const struct cen_format_info *format = telling->candidate->format;
	uint32_t across = 1, down = 1;
	char name[8];

	for (uint32_t p = 0; p < format->plane_count; p++) {
		across = across > format->planes[p].hsub ? across : format->planes[p].hsub;
		down = down > format->planes[p].vsub ? down : format->planes[p].vsub;
	}
	if (format->is_yuv && format->plane_count == 1)
		across = format->planes[0].block_width;
	cen_format_to_string(format->fourcc, name);
	if (problem->width % across || problem->height % down)
		return add_request(telling, dimension,
				   _cen_arena_printf(telling->conflict->arena,
						     "is %" PRIu32 "x%" PRIu32
						     "; %s needs a width that is a multiple of %" PRIu32
						     " and a height that is a multiple of %" PRIu32,
						     problem->width, problem->height, name, across, down));
	return add_request(telling, dimension,
			   _cen_arena_printf(telling->conflict->arena, "is %" PRIu32 "x%" PRIu32, problem->width,
					     problem->height));
}

static bool tell_layout(struct telling *telling)
{
	const struct layout_failure *layout = &telling->failure->layout;
	const struct merged *merged = &telling->candidate->merged;
	uint32_t dimension = CEN_DIMENSION_SIZE;

	if (layout->slot != LAYOUT_REQUEST) {
		dimension = _cen_dimension_of(merged->decider[layout->slot]->kind);
		if (!tell_slot(telling, layout->slot))
			return false;
	}
	if (layout->is_overflow)
		return add_request(telling, dimension, "would need a stride, rows or a size that no layout can state");
	if (layout->other != LAYOUT_REQUEST)
		return tell_slot(telling, layout->other);
	return tell_request_size(telling, dimension);
}

static bool tell_count(struct telling *telling)
{
	const struct merged *merged = &telling->candidate->merged;
	int most = telling->failure->slot;
	int least = _cen_known_slot(CEN_CONSTRAINT_COUNT_MIN, 0);

	if (!tell_slot(telling, most))
		return false;
	if (most == least)
		return add_request(
			telling, CEN_DIMENSION_COUNT,
			_cen_arena_printf(telling->conflict->arena, "can have at most %u buffers", MAX_BUFFERS));
	if (merged->slots >> least & 1 && merged->value[least] > merged->value[most] && !tell_slot(telling, least))
		return false;
	if (telling->problem->count <= merged->value[most])
		return true;
	return add_request(
		telling, CEN_DIMENSION_COUNT,
		_cen_arena_printf(telling->conflict->arena, "wants %" PRIu32 " buffers", telling->problem->count));
}

/* The chosen sets once more, without the constraints that were told. Returns false when there is nothing to tell. */
static bool merge_others(const struct telling *telling, uint64_t skip, struct candidate *candidate,
			 struct search_failure *failure)
{
	const struct solver_problem *problem = telling->problem;
	int slot = -1;

	_cen_merge_begin(&candidate->merged);
	if (problem->policy)
		_cen_merge_add(&candidate->merged, problem->policy, MERGE_REQUEST, skip);
	for (size_t i = 0; i < telling->conflict->usage_count && slot < 0; i++) {
		size_t u = telling->conflict->usages[i];
		const struct constraint_set *set = candidate->sets[u];

		/* Who comes behind the failure was not reached. */
		if (!set)
			return false;
		slot = _cen_merge_add(&candidate->merged, set, (int)u, skip);
		*failure = (struct search_failure){.stage = SEARCH_MERGE, .usage = (int)u, .slot = slot};
		failure->newcomer = slot >= 0 ? _cen_constraint_set_find(set, slot) : NULL;
	}
	if (slot >= 0)
		return true;
	*failure = (struct search_failure){.stage = SEARCH_LAYOUT, .usage = MERGE_REQUEST, .slot = -1};
	return candidate->modifier == CEN_MODIFIER_LINEAR &&
	       !_cen_layout_linear(candidate->format, problem->width, problem->height, &candidate->merged,
				   &candidate->layout, &failure->layout);
}

/* What else keeps the same devices apart: whoever mends the one needs to know of the other. */
static bool tell_others(struct telling *telling)
{
	struct candidate candidate = *telling->candidate;
	struct search_failure failure;
	struct telling other = *telling;
	uint64_t skip = UINT64_C(1) << _cen_known_slot(CEN_CONSTRAINT_SYNC, 0) | UINT64_C(1) << telling->failure->slot;

	if (candidate.format->plane_count == 1)
		skip |= UINT64_C(1) << _cen_known_slot(CEN_CONSTRAINT_OBJECTS, 0);
	if (!merge_others(telling, skip, &candidate, &failure))
		return true;
	other.candidate = &candidate;
	other.failure = &failure;
	return failure.stage == SEARCH_MERGE ? tell_merge(&other) : tell_layout(&other);
}

/* How near a refusal is to a plan: what a person can change most easily comes first. */
static int nearness(uint32_t dimension)
{
	if (dimension == CEN_DIMENSION_PERMISSION || dimension == CEN_DIMENSION_MAP)
		return 3;
	return dimension == CEN_DIMENSION_CAPACITY ? 2 : 1;
}

/* Judge a source for the usages of the conflict. Returns false when it is not offered to them. */
static bool judge(const struct telling *telling, size_t source, struct match_verdict *verdict)
{
	struct search search = {.problem = telling->problem};

	for (size_t i = 0; i < telling->conflict->usage_count; i++)
		search.usages |= UINT64_C(1) << telling->conflict->usages[i];
	return _cen_search_judge(&search, telling->candidate, source, verdict);
}

/* The constraints that the sources fail, each once. */
static bool tell_required(struct telling *telling, uint64_t slots)
{
	for (int slot = 0; slot < CEN_SLOT_COUNT; slot++) {
		if (slots >> slot & 1 && telling->candidate->merged.slots >> slot & 1 && !tell_slot(telling, slot))
			return false;
	}
	return true;
}

static bool tell_refusals(struct telling *telling, int near)
{
	for (size_t s = 0; s < telling->problem->source_count; s++) {
		const struct cen_source_desc *source = telling->problem->sources[s].desc;
		struct match_verdict verdict;
		char phrase[PHRASE_SIZE];

		if (!judge(telling, s, &verdict) || nearness(verdict.dimension) != near)
			continue;
		/* Where one source is insisted on, that the others are others is no news. */
		if (verdict.dimension == CEN_DIMENSION_ALLOCATOR)
			continue;
		/* What it fails is told once, by the members that require it. */
		_cen_phrase_verdict(telling->shared, source, &verdict, NULL, phrase);
		if (!add_member(telling, CEN_MEMBER_SOURCE, verdict.dimension, source->name, NULL,
				_cen_arena_strdup(telling->conflict->arena, phrase)))
			return false;
	}
	return true;
}

/* Whether the map keeps a source from a usage that would otherwise do for all. */
static bool is_denied(const struct telling *telling, size_t usage)
{
	for (size_t s = 0; s < telling->problem->source_count; s++) {
		struct match_verdict verdict;

		if (judge(telling, s, &verdict) && verdict.dimension == CEN_DIMENSION_MAP &&
		    _cen_map_view_rank(telling->problem->map, usage, s) == MAP_EXCLUDED)
			return true;
	}
	return false;
}

/* The rules that keep sources out, once for each usage that they are for. */
static bool tell_map(struct telling *telling)
{
	const struct cen_conflict *conflict = telling->conflict;
	char phrase[PHRASE_SIZE];

	for (size_t i = 0; telling->problem->map && i < conflict->usage_count; i++) {
		size_t u = conflict->usages[i];

		if (is_denied(telling, u) &&
		    !add_member(telling, (int32_t)u, CEN_DIMENSION_MAP, "the map", NULL,
				_cen_arena_printf(conflict->arena, "%s (policy)",
						  _cen_phrase_map(telling->shared, u, phrase))))
			return false;
	}
	return true;
}

/* No source makes it: the nearest refusals, then the constraints behind them, then the others. */
static bool tell_sources(struct telling *telling)
{
	size_t before = telling->conflict->member_count;
	uint64_t slots = 0;

	for (size_t s = 0; s < telling->problem->source_count; s++) {
		struct match_verdict verdict;

		if (judge(telling, s, &verdict) && verdict.slot >= 0)
			slots |= UINT64_C(1) << verdict.slot;
	}
	if (!tell_map(telling) || !tell_refusals(telling, 3) || !tell_refusals(telling, 2) ||
	    !tell_required(telling, slots) || !tell_refusals(telling, 1))
		return false;
	if (telling->conflict->member_count > before)
		return true;
	return add_request(telling, CEN_DIMENSION_ALLOCATOR, "finds no source of buffers on this machine");
}

bool _cen_conflict_tell_empty(struct cen_conflict *conflict, const struct solver_problem *problem)
{
	const struct solver_usage *usage = &problem->usages[conflict->usages[0]];
	struct cen_conflict_member member = {
		.size = sizeof(member),
		.usage = (int32_t)conflict->usages[0],
		.dimension = CEN_DIMENSION_FORMAT,
		.who = _cen_arena_strdup(conflict->arena, usage->name),
		.text = _cen_arena_printf(conflict->arena, "has no format for %s", cen_usage_get_name(usage->usage)),
	};

	return append_member(conflict, &member);
}

bool _cen_conflict_tell(struct telling *telling)
{
	switch (telling->failure->stage) {
	case SEARCH_FORMAT:
		return tell_format(telling);
	case SEARCH_MODIFIER:
		return tell_modifier(telling);
	case SEARCH_MERGE:
		return tell_merge(telling) && tell_others(telling);
	case SEARCH_LAYOUT:
		return tell_layout(telling);
	case SEARCH_COUNT:
		return tell_count(telling);
	case SEARCH_SOURCE:
		return tell_sources(telling);
	}
	return true;
}
