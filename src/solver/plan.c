/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "arena.h"
#include "machine.h"
#include "map-view.h"
#include "phrase.h"
#include "plan-sync.h"
#include "plan.h"
#include "search.h"
#include "util.h"

/* The words of a plan. Immutable once published. */
struct plan_text {
	struct arena *arena;
	const char **reasons;
	size_t reason_count, reason_capacity;
	struct rejection *rejections;
	size_t rejection_count;
	struct plan_sync_text sync;
};

/* A source that was ruled out. */
struct rejection {
	const char *source;
	const char *text;
};

static void text_destroy(struct plan_text *text)
{
	if (text) {
		_cen_arena_destroy(text->arena);
		free(text->reasons);
		free(text->rejections);
		free(text);
	}
}

static void text_cleanup(struct plan_text **text)
{
	text_destroy(*text);
}

struct cen_plan *cen_plan_ref(struct cen_plan *plan)
{
	atomic_fetch_add_explicit(&plan->refs, 1, memory_order_relaxed);
	return plan;
}

void cen_plan_unref(struct cen_plan *plan)
{
	if (!plan || atomic_fetch_sub_explicit(&plan->refs, 1, memory_order_acq_rel) != 1)
		return;
	text_destroy(atomic_load(&plan->text));
	_cen_plan_shared_unref(plan->shared);
	free(plan);
}

int cen_plan_get_info(const struct cen_plan *plan, struct cen_plan_info *out)
{
	return _cen_copy_sized(out, out->size, &plan->info, sizeof(plan->info), sizeof(plan->info)) < 0 ? -EINVAL : 0;
}

int cen_plan_get_plane(const struct cen_plan *plan, uint32_t index, struct cen_plane_layout *out)
{
	const struct cen_format_info *format = cen_format_get_info(plan->info.fourcc);

	if (!format || index >= format->plane_count)
		return -EINVAL;
	*out = plan->layout.planes[index];
	return 0;
}

uint64_t cen_plan_get_object_size(const struct cen_plan *plan, uint32_t index)
{
	return index < plan->layout.object_count ? plan->layout.object_sizes[index] : 0;
}

static bool add_reason(struct plan_text *text, const char *reason)
{
	if (!reason || _cen_grow(&text->reasons, &text->reason_capacity, text->reason_count, sizeof(*text->reasons)))
		return false;
	text->reasons[text->reason_count++] = reason;
	return true;
}

/* "contiguous: required by /dev/video4 (probed: vb2 dma-contig)" for a slot that has a value; true without one. */
static bool reason_for_slot(struct plan_text *text, const struct cen_plan *plan, uint32_t kind, uint32_t plane,
			    const char *lead)
{
	int slot = _cen_known_slot(kind, plane);
	char known[PHRASE_SIZE];

	if (!(plan->merged.slots >> slot & 1))
		return true;
	return add_reason(text, _cen_arena_printf(text->arena, "%s %s (%s)", lead,
						  _cen_phrase_who(plan->shared, plan->merged.decider_usage[slot]),
						  _cen_phrase_provenance(plan->merged.decider[slot], known)));
}

static bool write_layout_reasons(struct plan_text *text, const struct cen_plan *plan)
{
	static const struct {
		uint32_t kind;
		const char *lead;
	} kinds[] = {
		{CEN_CONSTRAINT_SEGMENTS, "contiguous: required by"},
		{CEN_CONSTRAINT_EXPORTER, "exported by itself: required by"},
		{CEN_CONSTRAINT_HEAP, "heap: named by"},
		{CEN_CONSTRAINT_ADDRESS_BITS, "address width: bounded by"},
		{CEN_CONSTRAINT_ADDRESS_MAX, "highest address: bounded by"},
		{CEN_CONSTRAINT_PLACEMENT, "placement: bounded by"},
		{CEN_CONSTRAINT_STRIDE_EXACT, "stride: fixed by"},
		{CEN_CONSTRAINT_CHROMA_ROWS, "chroma position: fixed by"},
		{CEN_CONSTRAINT_CPU_MAPPABLE, "CPU mapping: required by"},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
		if (kinds[i].kind == CEN_CONSTRAINT_SEGMENTS && !plan->info.segments)
			continue;
		if (!reason_for_slot(text, plan, kinds[i].kind, 0, kinds[i].lead))
			return false;
	}
	if (!plan->info.padding_bytes)
		return true;
	return reason_for_slot(text, plan, CEN_CONSTRAINT_STRIDE_ALIGN, 0, "stride alignment: set by") &&
	       reason_for_slot(text, plan, CEN_CONSTRAINT_STRIDE_MIN, 0, "least stride: set by") &&
	       reason_for_slot(text, plan, CEN_CONSTRAINT_SIZE_MIN, 0, "least size: set by") &&
	       reason_for_slot(text, plan, CEN_CONSTRAINT_SIZE_ALIGN, 0, "size alignment: set by") &&
	       reason_for_slot(text, plan, CEN_CONSTRAINT_HEIGHT_ALIGN, 0, "rows of padding: set by");
}

/* The words of the copies that the application makes. */
static const char *phrase_copies(struct plan_text *text, const struct plan_shared *shared)
{
	const char *note = shared->copies_note, *colon = note ? ": " : "";

	if (!shared->copies)
		return "zero copy: one buffer serves every usage";
	if (shared->copies == 1)
		return _cen_arena_printf(text->arena, "copied once per frame%s%s", colon, note ? note : "");
	return _cen_arena_printf(text->arena, "copied %u times per frame%s%s", shared->copies, colon, note ? note : "");
}

/* "map: /dev/dri/card0 (scanout): system is number 1 of rule 3 (*=system,udmabuf)", for each usage. */
static bool write_map_reasons(struct plan_text *text, const struct cen_plan *plan)
{
	const struct plan_shared *shared = plan->shared;
	const struct map_view *view = shared->map;

	for (size_t u = 0; view && u < shared->usage_count; u++) {
		const struct solver_usage *usage = &shared->usages[u];
		unsigned int place = _cen_map_view_rank(view, u, plan->source) + 1u;

		if (!add_reason(text, _cen_arena_printf(text->arena, "map: %s (%s): %s is number %u of rule %zu (%s)",
							usage->name, cen_usage_get_name(usage->usage),
							plan->info.source, place, view->rules[u] + 1,
							cen_map_get_rule(view->map, view->rules[u]))))
			return false;
	}
	return true;
}

static bool write_rank_reasons(struct plan_text *text, const struct cen_plan *plan)
{
	char number[32];

	return add_reason(text, phrase_copies(text, plan->shared)) &&
	       (!plan->is_format_named ||
		add_reason(text, _cen_arena_printf(text->arena, "format: number %u of the request",
						   plan->format_rank + 1))) &&
	       add_reason(text,
			  plan->modifier_rank
				  ? _cen_arena_printf(text->arena, "modifier: %u steps from what the devices like best",
						      plan->modifier_rank)
				  : "modifier: what the devices like best") &&
	       write_map_reasons(text, plan) &&
	       add_reason(text, _cen_arena_printf(text->arena, "memory: %s costs %u (10 plenty, 100 precious)",
						  plan->info.source, plan->source_cost)) &&
	       add_reason(text, _cen_arena_printf(text->arena, "padding: %s bytes",
						  _cen_phrase_number(plan->info.padding_bytes, number)));
}

/* The sources are asked once more: the solver itself has no use for those that it rules out. */
static bool write_rejections(struct plan_text *text, const struct cen_plan *plan)
{
	const struct plan_shared *shared = plan->shared;
	const struct solver_problem problem = {
		.usages = shared->usages,
		.usage_count = shared->usage_count,
		.sources = shared->sources,
		.source_count = shared->source_count,
		.policy = shared->policy,
		.map = shared->map,
	};
	const struct search search = {.problem = &problem, .usages = _cen_search_all_usages(&problem)};
	const struct candidate candidate = {
		.format = cen_format_get_info(plan->info.fourcc),
		.modifier = plan->info.modifier,
		.count = plan->info.count,
		.has_layout = plan->info.is_layout_final,
		.layout = plan->layout,
		.merged = plan->merged,
	};
	char phrase[PHRASE_SIZE];

	text->rejections = calloc(shared->source_count + 1, sizeof(*text->rejections));
	if (!text->rejections)
		return false;
	for (size_t s = 0; s < shared->source_count; s++) {
		const struct cen_source_desc *source = shared->sources[s].desc;
		struct rejection *rejection = &text->rejections[text->rejection_count];
		struct match_verdict verdict;

		if (!_cen_search_judge(&search, &candidate, s, &verdict) || !verdict.dimension)
			continue;
		_cen_phrase_verdict(shared, source, &verdict, &plan->merged, phrase);
		*rejection = (struct rejection){source->name, _cen_arena_strdup(text->arena, phrase)};
		if (!rejection->text)
			return false;
		text->rejection_count++;
	}
	return true;
}

/*
 * The words, written by whoever asks first: solving is done far more often than reading why. Two threads may write
 * at once; the first to publish wins. NULL when there is no memory.
 */
static const struct plan_text *get_text(const struct cen_plan *plan)
{
	_Atomic(struct plan_text *) *place = (_Atomic(struct plan_text *) *)(uintptr_t)&plan->text;
	struct plan_text *published = atomic_load_explicit(place, memory_order_acquire);
	_cleanup_(text_cleanup) struct plan_text *text = NULL;

	if (published)
		return published;
	text = calloc(1, sizeof(*text));
	if (!text)
		return NULL;
	text->arena = _cen_arena_create();
	if (!text->arena || !write_layout_reasons(text, plan) || !write_rank_reasons(text, plan) ||
	    !write_rejections(text, plan) || !_cen_plan_sync_write(plan, text->arena, &text->sync))
		return NULL;
	if (!atomic_compare_exchange_strong_explicit(place, &published, text, memory_order_acq_rel,
						     memory_order_acquire))
		return published;
	return STEAL(text);
}

size_t cen_plan_get_reason_count(const struct cen_plan *plan)
{
	const struct plan_text *text = get_text(plan);

	return text ? text->reason_count : 0;
}

const char *cen_plan_get_reason(const struct cen_plan *plan, size_t index)
{
	const struct plan_text *text = get_text(plan);

	return text && index < text->reason_count ? text->reasons[index] : NULL;
}

size_t cen_plan_get_constraint_count(const struct cen_plan *plan)
{
	return (size_t)__builtin_popcountll(plan->merged.slots);
}

int cen_plan_get_constraint(const struct cen_plan *plan, size_t index, struct cen_plan_constraint *out)
{
	struct cen_plan_constraint own = {.size = sizeof(own)};
	uint64_t slots = plan->merged.slots;
	int slot;

	if (index >= cen_plan_get_constraint_count(plan))
		return -EINVAL;
	while (index--)
		slots &= slots - 1;
	slot = __builtin_ctzll(slots);
	own.constraint = *plan->merged.decider[slot];
	own.constraint.value = plan->merged.value[slot];
	own.usages = plan->merged.usages[slot];
	own.decided_by = _cen_phrase_who(plan->shared, plan->merged.decider_usage[slot]);
	return _cen_copy_sized(out, out->size, &own, sizeof(own), sizeof(own)) < 0 ? -EINVAL : 0;
}

size_t cen_plan_get_rejection_count(const struct cen_plan *plan)
{
	const struct plan_text *text = get_text(plan);

	return text ? text->rejection_count : 0;
}

int cen_plan_get_rejection(const struct cen_plan *plan, size_t index, const char **source, const char **text)
{
	const struct plan_text *words = get_text(plan);

	*source = NULL;
	*text = NULL;
	if (!words || index >= words->rejection_count)
		return -EINVAL;
	*source = words->rejections[index].source;
	*text = words->rejections[index].text;
	return 0;
}

size_t cen_plan_get_sync_count(const struct cen_plan *plan)
{
	const struct plan_text *text = get_text(plan);

	return text ? text->sync.usage_count : 0;
}

int cen_plan_get_sync(const struct cen_plan *plan, size_t index, struct cen_plan_sync *out)
{
	const struct plan_text *text = get_text(plan);
	const struct cen_plan_sync *own;

	if (!text || index >= text->sync.usage_count)
		return -EINVAL;
	own = &text->sync.usages[index];
	return _cen_copy_sized(out, out->size, own, sizeof(*own), sizeof(*own)) < 0 ? -EINVAL : 0;
}

size_t cen_plan_get_handover_count(const struct cen_plan *plan)
{
	const struct plan_text *text = get_text(plan);

	return text ? text->sync.handover_count : 0;
}

int cen_plan_get_handover(const struct cen_plan *plan, size_t index, struct cen_plan_handover *out)
{
	const struct plan_text *text = get_text(plan);
	const struct cen_plan_handover *own;

	if (!text || index >= text->sync.handover_count)
		return -EINVAL;
	own = &text->sync.handovers[index];
	return _cen_copy_sized(out, out->size, own, sizeof(*own), sizeof(*own)) < 0 ? -EINVAL : 0;
}
