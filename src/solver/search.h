/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Walking the candidates of a problem in order of preference: formats, modifiers, alternatives, sources. The walk
 * knows nothing of plans or conflicts; a visitor collects what it finds. Pure; allocates nothing.
 */
#pragma once

#include <stdbool.h>

#include "plan.h"
#include "solver.h"

/* One combination of alternatives. */
struct candidate {
	const struct cen_format_info *format;
	uint64_t modifier;
	uint32_t format_rank, modifier_rank; /* 0: liked best */
	uint32_t count; /* buffers */
	bool has_layout; /* false for a vendor modifier */
	struct layout layout;
	struct merged merged;
	const struct constraint_set *sets[CEN_MAX_USAGES]; /* per usage: the alternative chosen; NULL: not reached */
};

/* How far a candidate came, from hopeless to nearly. */
enum search_stage {
	SEARCH_FORMAT = 1, /* a usage does not have the format */
	SEARCH_MODIFIER, /* the usages have no modifier in common */
	SEARCH_MERGE, /* two constraints do not merge */
	SEARCH_LAYOUT, /* the merged constraints have no layout */
	SEARCH_COUNT, /* more buffers wanted than a device has, or than a plan can have */
	SEARCH_SOURCE, /* no source makes it */
};

struct search_failure {
	enum search_stage stage;
	int usage; /* FORMAT, MODIFIER, MERGE: the usage that does not fit in; else MERGE_REQUEST */
	int slot; /* MERGE, COUNT: the constraint that cannot hold; else -1 */
	struct layout_failure layout; /* LAYOUT */
	const struct cen_constraint *newcomer; /* MERGE: the constraint of the usage */
};

struct search {
	const struct solver_problem *problem;
	uint64_t usages; /* bit n: usage n of the problem takes part */
	bool ignore_access; /* as if every source could be opened */
	/* A plan: return false to end the walk. */
	bool (*found)(void *data, const struct candidate *candidate, size_t source);
	/* All of one format and modifier were tried: return false to end the walk. May be NULL. */
	bool (*group_end)(void *data);
	/* A candidate that is none. May be NULL. */
	void (*failed)(void *data, const struct candidate *candidate, const struct search_failure *failure);
	void *data;
	bool *is_cut; /* set to true when not all combinations were tried: there are too many. May be NULL */
};

void _cen_search(const struct search *search);

uint64_t _cen_search_usages_of(const struct search *search, uint64_t exporter);
/* The usages that take part, a bit each, of the device whose own allocator a source is. */
static inline uint64_t _cen_search_own_usages(const struct search *search, const struct cen_source_desc *source)
{
	return source->exporter ? _cen_search_usages_of(search, source->exporter) : 0;
}

/* What a source says to a candidate. Returns false when it is not offered: a region that nobody names. */
bool _cen_search_judge(const struct search *search, const struct candidate *candidate, size_t source,
		       struct match_verdict *verdict);

/* A bit for each usage of a problem. */
static inline uint64_t _cen_search_all_usages(const struct solver_problem *problem)
{
	return problem->usage_count < 64 ? (UINT64_C(1) << problem->usage_count) - 1 : UINT64_MAX;
}
