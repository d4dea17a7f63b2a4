/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "search.h"

#include "map-view.h"
#include "util.h"

/* More modifiers of one format than any driver lists; the best ranked are kept. */
#define MAX_MODIFIERS 256
/*
 * Alternatives of one format and modifier multiply over the usages. What cannot matter is skipped; where that is not
 * enough, the rest is not tried after this many sets were merged, so that time stays bounded.
 */
#define MAX_MERGES 32768

struct range {
	const struct capability_entry *entries;
	size_t count;
};

struct ranked_modifier {
	uint64_t modifier;
	uint32_t rank;
};

/* The walk at one format. */
struct walk {
	const struct search *search;
	struct candidate candidate;
	struct range formats[CEN_MAX_USAGES]; /* per usage: its entries of the format */
	struct range choices[CEN_MAX_USAGES]; /* per usage: its entries of format and modifier */
	size_t hints[CEN_MAX_USAGES]; /* per usage: which of formats is behind those of the modifier before */
	size_t choice[CEN_MAX_USAGES];
	uint8_t order[CEN_MAX_USAGES]; /* usages, those with the fewest choices first: they rule out most */
	int order_count;
	int fresh; /* places in the order from here on are at their first choice since one before them moved on */
	uint64_t settled; /* bit n: usage n needs no other choice */
	uint32_t merges; /* sets merged for the modifier */
	bool ended;
};

static void report(struct walk *walk, const struct search_failure *failure)
{
	if (walk->search->failed)
		walk->search->failed(walk->search->data, &walk->candidate, failure);
}

/* Iterate over the usages that take part. */
static int next_usage(const struct search *search, int after)
{
	uint64_t rest = after >= 63 ? 0 : search->usages >> (after + 1) << (after + 1);

	return rest ? __builtin_ctzll(rest) : -1;
}

#define for_each_usage(u, search) for (int u = next_usage(search, -1); u >= 0; u = next_usage(search, u))

/* The hint is where they may begin: modifiers are mostly asked for in their order. */
static struct range entries_with_modifier(const struct range *entries, uint64_t modifier, size_t hint)
{
	size_t low = 0, high = entries->count, end;

	if (hint < high && entries->entries[hint].modifier == modifier &&
	    (hint == 0 || entries->entries[hint - 1].modifier != modifier))
		low = high = hint;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (entries->entries[middle].modifier < modifier)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < entries->count && entries->entries[end].modifier == modifier; end++)
		;
	return (struct range){entries->entries + low, end - low};
}

static bool is_wanted_modifier(const struct solver_problem *problem, uint64_t modifier)
{
	if (!problem->modifier_count)
		return modifier != CEN_MODIFIER_INVALID;
	for (size_t i = 0; i < problem->modifier_count; i++) {
		if (problem->modifiers[i] == modifier)
			return true;
	}
	return false;
}

/* By a constraint, or by what the map gives to each of the usages. */
static bool is_named(const struct search *search, size_t index, const struct merged *merged)
{
	const struct map_view *map = search->problem->map;

	if (_cen_merge_has(merged, CEN_CONSTRAINT_HEAP, 0))
		return _cen_merge_get(merged, CEN_CONSTRAINT_HEAP, 0, 0) ==
		       cen_heap_hash(search->problem->sources[index].desc->name);
	return map && _cen_map_view_find_excluding(map, search->usages, index) < 0;
}

uint64_t _cen_search_usages_of(const struct search *search, uint64_t exporter)
{
	uint64_t own_usages = 0;

	for_each_usage(u, search)
	{
		if (search->problem->usages[u].devnum == exporter)
			own_usages |= UINT64_C(1) << u;
	}
	return own_usages;
}

static struct match_wish wish_of(const struct search *search, const struct candidate *candidate)
{
	return (struct match_wish){
		.fourcc = candidate->format->fourcc,
		.count = candidate->count,
		.modifier = candidate->modifier,
		.layout = candidate->has_layout ? &candidate->layout : NULL,
		.merged = &candidate->merged,
		.usages = search->usages,
		.policy = search->problem->policy,
	};
}

/* The map is the reason to name only where the source would have done, or would have with permission. */
static void judge_by_map(const struct search *search, size_t source, struct match_verdict *verdict)
{
	int usage;

	if (!search->problem->map || (verdict->dimension && verdict->dimension != CEN_DIMENSION_PERMISSION))
		return;
	usage = _cen_map_view_find_excluding(search->problem->map, search->usages, source);
	if (usage >= 0)
		*verdict = (struct match_verdict){.dimension = CEN_DIMENSION_MAP, .slot = -1, .usage = usage};
}

bool _cen_search_judge(const struct search *search, const struct candidate *candidate, size_t source,
		       struct match_verdict *verdict)
{
	const struct cen_source_desc *desc = search->problem->sources[source].desc;
	struct match_wish wish = wish_of(search, candidate);

	if (desc->flags & SOURCE_NAMED_ONLY && !is_named(search, source, &candidate->merged))
		return false;
	wish.own_usages = _cen_search_own_usages(search, desc);
	*verdict = _cen_match_source(desc, &wish);
	judge_by_map(search, source, verdict);
	return true;
}

static bool try_sources(struct walk *walk)
{
	const struct search *search = walk->search;
	const struct candidate *candidate = &walk->candidate;
	const struct map_view *map = search->problem->map;
	struct match_wish wish = wish_of(search, candidate);
	size_t count = search->problem->source_count;
	bool any = false;

	/* What is had only where it is named comes last, and neither a map nor a constraint names anything. */
	if (!map && !_cen_merge_has(&candidate->merged, CEN_CONSTRAINT_HEAP, 0))
		count -= search->problem->named_count;
	for (size_t s = 0; s < count && !walk->ended; s++) {
		const struct cen_source_desc *source = search->problem->sources[s].desc;
		struct match_verdict verdict;

		if (map && _cen_map_view_find_excluding(map, search->usages, s) >= 0)
			continue;
		wish.own_usages = _cen_search_own_usages(search, source);
		verdict = _cen_match_source(source, &wish);
		if (verdict.dimension && !(verdict.dimension == CEN_DIMENSION_PERMISSION && search->ignore_access))
			continue;
		any = true;
		if (!search->found(search->data, candidate, s))
			walk->ended = true;
	}
	return any;
}

/* Whether a source makes allowances for the usage, as its device's own allocator does: each alternative counts. */
static bool has_own_source(const struct walk *walk, int usage)
{
	const struct solver_problem *problem = walk->search->problem;
	uint64_t devnum = problem->usages[usage].devnum;

	for (size_t s = 0; devnum && s < problem->source_count; s++) {
		if (problem->sources[s].desc->exporter == devnum)
			return true;
	}
	return false;
}

/*
 * At a usage's first choice: an alternative that asks for nothing new cannot be beaten by the others, since whatever
 * suits one of them suits it, too.
 */
static void settle(struct walk *walk, int usage, uint64_t skip)
{
	const struct range *range = &walk->choices[usage];
	uint64_t placement = 0;

	if (has_own_source(walk, usage))
		return;
	/* Who says nothing of placement does not reach protected memory: that is no match for who says that it does. */
	for (size_t i = 0; i < range->count; i++)
		placement |= range->entries[i].set->slots;
	placement &= UINT64_C(1) << _cen_known_slot(CEN_CONSTRAINT_PLACEMENT, 0);
	for (size_t i = 0; i < range->count; i++) {
		const struct constraint_set *set = range->entries[i].set;

		if ((set->slots & placement) == placement && _cen_merge_implies(&walk->candidate.merged, set, skip)) {
			walk->choice[usage] = i;
			walk->settled |= UINT64_C(1) << usage;
			return;
		}
	}
}

/* Those behind a failure have no set: who is told of it must not take the last candidate's for theirs. */
static void forget_sets(struct walk *walk, int first)
{
	if (!walk->search->failed)
		return;
	for (int i = first; i < walk->order_count; i++)
		walk->candidate.sets[walk->order[i]] = NULL;
}

/*
 * What is not merged: ways of waiting; what is said of planes that the format does not have; and where one plane is one
 * object, what is said of several and of the chroma's place.
 */
static uint64_t skipped_slots(const struct cen_format_info *format)
{
	const uint64_t first_planes = UINT64_C(0x111111111) << _cen_known_slot(CEN_CONSTRAINT_STRIDE_ALIGN, 0);
	uint64_t skip = UINT64_C(1) << _cen_known_slot(CEN_CONSTRAINT_SYNC, 0);

	if (format->plane_count == 1)
		skip |= first_planes << 1 | UINT64_C(1) << _cen_known_slot(CEN_CONSTRAINT_OBJECTS, 0) |
			UINT64_C(1) << _cen_known_slot(CEN_CONSTRAINT_CHROMA_ROWS, 0);
	if (format->plane_count <= 2)
		skip |= first_planes << 2;
	return format->plane_count < CEN_MAX_PLANES ? skip | first_planes << 3 : skip;
}

/*
 * Merge the chosen alternatives. Returns the place in the order behind the last one that was merged; a shorter way
 * than all was reported.
 */
static int merge_choices(struct walk *walk)
{
	const struct search *search = walk->search;
	struct merged *merged = &walk->candidate.merged;
	const uint64_t skip = skipped_slots(walk->candidate.format);

	_cen_merge_begin(merged);
	if (search->problem->policy)
		_cen_merge_add(merged, search->problem->policy, MERGE_REQUEST, skip);
	for (int i = 0; i < walk->order_count; i++) {
		int u = walk->order[i], slot;
		const struct constraint_set *set;

		if (i >= walk->fresh && walk->choices[u].count > 1)
			settle(walk, u, skip);
		set = walk->choices[u].entries[walk->choice[u]].set;
		walk->candidate.sets[u] = set;
		walk->merges++;
		slot = _cen_merge_add(merged, set, u, skip);
		if (slot >= 0) {
			forget_sets(walk, i + 1);
			report(walk, &(struct search_failure){.stage = SEARCH_MERGE,
							      .usage = u,
							      .slot = slot,
							      .newcomer = _cen_constraint_set_find(set, slot)});
			return i;
		}
	}
	return walk->order_count;
}

static bool count_buffers(struct walk *walk)
{
	struct candidate *candidate = &walk->candidate;
	uint64_t least = _cen_merge_get(&candidate->merged, CEN_CONSTRAINT_COUNT_MIN, 0, 1);
	uint64_t most = _cen_merge_get(&candidate->merged, CEN_CONSTRAINT_COUNT_MAX, 0, UINT32_MAX);
	uint64_t count = walk->search->problem->count > least ? walk->search->problem->count : least;

	if (count > most || count > MAX_BUFFERS) {
		uint32_t kind = count > most ? CEN_CONSTRAINT_COUNT_MAX : CEN_CONSTRAINT_COUNT_MIN;

		report(walk, &(struct search_failure){
				     .stage = SEARCH_COUNT, .usage = MERGE_REQUEST, .slot = _cen_known_slot(kind, 0)});
		return false;
	}
	candidate->count = (uint32_t)count;
	return true;
}

/* What was merged has a plan when there is a layout, enough buffers, and a source. */
static void try_merged(struct walk *walk)
{
	const struct solver_problem *problem = walk->search->problem;
	struct candidate *candidate = &walk->candidate;
	struct search_failure failure = {.stage = SEARCH_LAYOUT, .usage = MERGE_REQUEST, .slot = -1};
	struct layout whole;

	candidate->has_layout = candidate->modifier == CEN_MODIFIER_LINEAR;
	if (candidate->has_layout ? !_cen_layout_linear(candidate->format, problem->width, problem->height,
							&candidate->merged, &candidate->layout, &failure.layout)
				  : !_cen_layout_check_size(candidate->format, problem->width, problem->height,
							    &candidate->merged, &failure.layout)) {
		report(walk, &failure);
		return;
	}
	if (!count_buffers(walk) || try_sources(walk))
		return;
	/* Too large for one dma-buf, or in too many pieces: another layout may do. */
	whole = candidate->layout;
	for (unsigned int v = candidate->has_layout ? whole.variant + 1u : LAYOUT_VARIANTS; v < LAYOUT_VARIANTS; v++) {
		if (_cen_layout_variant(candidate->format, problem->width, problem->height, &candidate->merged,
					(enum layout_variant)v, &candidate->layout, &failure.layout) &&
		    try_sources(walk))
			return;
	}
	candidate->layout = whole;
	report(walk, &(struct search_failure){.stage = SEARCH_SOURCE, .usage = MERGE_REQUEST, .slot = -1});
}

/* The alternatives of each usage, and the order in which to merge them: by number, where all have one. */
static void begin_modifier(struct walk *walk, uint64_t modifier)
{
	const struct search *search = walk->search;
	int count = 0;

	for_each_usage(u, search)
	{
		int at = count++;

		walk->choices[u] = entries_with_modifier(&walk->formats[u], modifier, walk->hints[u]);
		walk->hints[u] = (size_t)(walk->choices[u].entries - walk->formats[u].entries) + walk->choices[u].count;
		walk->choice[u] = 0;
		for (; at > 0 && walk->choices[walk->order[at - 1]].count > walk->choices[u].count; at--)
			walk->order[at] = walk->order[at - 1];
		walk->order[at] = (uint8_t)u;
	}
	walk->order_count = count;
	walk->fresh = 0;
	walk->settled = 0;
	walk->merges = 0;
}

/* Move on to the next choice at the last place before end that has one. Returns false when all were tried. */
static bool next_choice(struct walk *walk, int end)
{
	for (int i = walk->order_count; i-- > 0;) {
		int u = walk->order[i];
		uint64_t bit = UINT64_C(1) << u;

		if (i < end && !(walk->settled & bit) && walk->choice[u] + 1 < walk->choices[u].count) {
			walk->choice[u]++;
			walk->fresh = i + 1;
			return true;
		}
		walk->choice[u] = 0;
		walk->settled &= ~bit;
	}
	return false;
}

/* Every combination of the alternatives that the usages have for the format and modifier, and that can matter. */
static void try_modifier(struct walk *walk, const struct ranked_modifier *modifier)
{
	const struct search *search = walk->search;
	int merged;

	walk->candidate.modifier = modifier->modifier;
	walk->candidate.modifier_rank = modifier->rank;
	begin_modifier(walk, modifier->modifier);
	do {
		merged = merge_choices(walk);
		if (merged == walk->order_count)
			try_merged(walk);
		/* With one that does not merge, what comes behind it makes no difference. */
	} while (!walk->ended && walk->merges < MAX_MERGES && next_choice(walk, merged + 1));
	if (search->is_cut && !walk->ended && walk->merges >= MAX_MERGES)
		*search->is_cut = true;
	if (!walk->ended && search->group_end && !search->group_end(search->data))
		walk->ended = true;
}

/* Insert by rank; those of one rank keep the order of their numbers. Returns the new count. */
static size_t insert_modifier(struct ranked_modifier *list, size_t count, struct ranked_modifier modifier)
{
	size_t at = count;

	while (at > 0 && list[at - 1].rank > modifier.rank)
		at--;
	if (at == MAX_MODIFIERS)
		return count;
	if (count == MAX_MODIFIERS)
		count--;
	memmove(list + at + 1, list + at, (count - at) * sizeof(*list));
	list[at] = modifier;
	return count + 1;
}

/* A modifier that no source makes has no plan; who wants to know why is shown the whole way to there. */
static bool is_worth_trying(const struct walk *walk, uint64_t modifier)
{
	const struct solver_problem *problem = walk->search->problem;

	if (walk->search->failed)
		return true;
	for (size_t s = 0; s < problem->source_count; s++) {
		if (_cen_match_format(problem->sources[s].desc, walk->candidate.format->fourcc, modifier))
			return true;
	}
	return false;
}

static uint32_t best_preference(const struct range *range)
{
	uint32_t best = range->entries[0].preference;

	for (size_t i = 1; i < range->count; i++)
		best = best < range->entries[i].preference ? best : range->entries[i].preference;
	return best;
}

/* The modifiers that all usages have for the format, best first. */
static size_t common_modifiers(struct walk *walk, int pivot, struct ranked_modifier *list)
{
	const struct search *search = walk->search;
	const struct range *range = &walk->formats[pivot];
	size_t count = 0;

	for (size_t i = 0; i < range->count; i++) {
		uint64_t modifier = range->entries[i].modifier;
		uint32_t rank = 0;
		bool common = is_wanted_modifier(search->problem, modifier) && is_worth_trying(walk, modifier);

		if (!common || (i > 0 && range->entries[i - 1].modifier == modifier))
			continue;
		for_each_usage(u, search)
		{
			/* At the same place as with the pivot, where both have the same modifiers. */
			struct range own = entries_with_modifier(&walk->formats[u], modifier, i);

			common = own.count > 0;
			if (!common)
				break;
			if (__builtin_add_overflow(rank, best_preference(&own), &rank))
				rank = UINT32_MAX;
		}
		if (common)
			count = insert_modifier(list, count, (struct ranked_modifier){modifier, rank});
	}
	return count;
}

/* Gather each usage's entries of a format. Returns the usage with the fewest, -1 without usages, -2 after a failure. */
static int gather_format(struct walk *walk)
{
	const struct search *search = walk->search;
	int pivot = -1;

	for_each_usage(u, search)
	{
		const struct cen_capabilities *caps = search->problem->usages[u].caps;
		size_t first, end;

		_cen_capabilities_find(caps, walk->candidate.format->fourcc, &first, &end);
		if (first == end) {
			report(walk, &(struct search_failure){.stage = SEARCH_FORMAT, .usage = u, .slot = -1});
			return -2;
		}
		walk->formats[u] = (struct range){caps->entries + first, end - first};
		walk->hints[u] = 0;
		if (pivot < 0 || walk->formats[u].count < walk->formats[pivot].count)
			pivot = u;
	}
	return pivot;
}

/*
 * Without usages, what a device could ask for counts: with it there must not be a plan where without it there is none.
 * The reasons are those of the linear layout.
 */
static void try_vendor_layouts(struct walk *walk)
{
	const struct solver_problem *problem = walk->search->problem;

	for (size_t s = 0; s < problem->source_count && !walk->search->failed; s++) {
		const struct cen_source_desc *source = problem->sources[s].desc;

		for (size_t i = 0; i < source->format_count && !walk->ended; i++) {
			const struct cen_source_format *made = &source->formats[i];

			if (made->fourcc == walk->candidate.format->fourcc &&
			    is_wanted_modifier(problem, made->modifier))
				try_modifier(walk, &(struct ranked_modifier){made->modifier, 0});
		}
	}
}

static void try_format(struct walk *walk, uint32_t fourcc, uint32_t rank)
{
	static const struct ranked_modifier linear = {CEN_MODIFIER_LINEAR, 0};
	struct ranked_modifier modifiers[MAX_MODIFIERS];
	size_t count;
	int pivot;

	walk->candidate.format = cen_format_get_info(fourcc);
	walk->candidate.format_rank = rank;
	if (!walk->candidate.format)
		return;
	pivot = gather_format(walk);
	if (pivot == -2)
		return;
	if (pivot == -1) {
		try_modifier(walk, &linear);
		try_vendor_layouts(walk);
		return;
	}
	count = common_modifiers(walk, pivot, modifiers);
	if (!count)
		report(walk, &(struct search_failure){.stage = SEARCH_MODIFIER, .usage = pivot, .slot = -1});
	for (size_t i = 0; i < count && !walk->ended; i++)
		try_modifier(walk, &modifiers[i]);
}

void _cen_search(const struct search *search)
{
	const struct solver_problem *problem = search->problem;
	const struct cen_capabilities *caps;
	int first = next_usage(search, -1);
	struct walk walk;

	/* The rest is written before it is read, and large. */
	walk.search = search;
	walk.ended = false;
	walk.candidate.count = 0;
	walk.candidate.has_layout = false;
	walk.candidate.layout.plane_count = walk.candidate.layout.object_count = 0;
	_cen_merge_begin(&walk.candidate.merged);

	for (size_t i = 0; i < problem->fourcc_count && !walk.ended; i++)
		try_format(&walk, problem->fourccs[i], (uint32_t)i);
	if (problem->fourcc_count || first < 0)
		return;
	/* No format was named: those of the first usage, in its order. */
	caps = problem->usages[first].caps;
	for (size_t i = 0; i < caps->count && !walk.ended; i++) {
		if (i == 0 || caps->entries[i].fourcc != caps->entries[i - 1].fourcc)
			try_format(&walk, caps->entries[i].fourcc, (uint32_t)i);
	}
}
