/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Each source that was asked for a format, and why it does not make it. Pure. */
#include "conflict.h"
#include "phrase.h"
#include "util.h"

static uint64_t usages_of(const struct cen_conflict *conflict)
{
	uint64_t usages = 0;

	for (size_t i = 0; i < conflict->usage_count; i++)
		usages |= UINT64_C(1) << conflict->usages[i];
	return usages;
}

static bool add_rejection(struct telling *telling, const struct cen_source_desc *source, uint32_t dimension,
			  const char *text)
{
	struct cen_conflict *conflict = telling->conflict;
	struct cen_conflict_rejection rejection = {
		.size = sizeof(rejection),
		.fourcc = telling->candidate->format->fourcc,
		.dimension = dimension,
		.modifier = telling->candidate->modifier,
		.source = _cen_arena_strdup(conflict->arena, source->name),
		.text = _cen_arena_strdup(conflict->arena, text),
	};

	if (!rejection.source || !rejection.text ||
	    _cen_grow(&conflict->rejections, &conflict->rejection_capacity, conflict->rejection_count,
		      sizeof(rejection)))
		return false;
	conflict->rejections[conflict->rejection_count++] = rejection;
	return true;
}

bool _cen_conflict_reject(struct telling *telling)
{
	const struct search search = {.problem = telling->problem, .usages = usages_of(telling->conflict)};

	if (telling->failure->stage != SEARCH_SOURCE)
		return true;
	for (size_t s = 0; s < telling->problem->source_count; s++) {
		const struct cen_source_desc *source = telling->problem->sources[s].desc;
		struct match_verdict verdict = {.dimension = CEN_DIMENSION_ALLOCATOR};
		char phrase[PHRASE_SIZE];
		const char *text = phrase;

		if (_cen_search_judge(&search, telling->candidate, s, &verdict))
			_cen_phrase_verdict(telling->shared, source, &verdict, &telling->candidate->merged, phrase);
		else
			text = "is used only where it is named";
		if (!add_rejection(telling, source, verdict.dimension, text))
			return false;
	}
	return true;
}
