/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Contracts of synchronisation never keep a plan from being made: where two of them do not meet, the application can
 * make them meet. What it has to do is told here.
 */
#include "plan-sync.h"

#include <stdio.h>

#include <cenalloc/sync.h>

#include "merge.h"
#include "phrase.h"
#include "util.h"

#define WRITERS                                                                                                        \
	(CEN_USAGE_BIT(CEN_USAGE_CAPTURE) | CEN_USAGE_BIT(CEN_USAGE_DECODE) | CEN_USAGE_BIT(CEN_USAGE_RENDER) |        \
	 CEN_USAGE_BIT(CEN_USAGE_WRITEBACK) | CEN_USAGE_BIT(CEN_USAGE_CPU_WRITE))

static bool is_writer(const struct cen_plan_sync *usage)
{
	return WRITERS >> usage->usage & 1;
}

static bool is_cpu(const struct cen_plan_sync *usage)
{
	return usage->usage == CEN_USAGE_CPU_READ || usage->usage == CEN_USAGE_CPU_WRITE;
}

static bool is_queue(const struct cen_plan_sync *usage)
{
	return usage->usage <= CEN_USAGE_DECODE;
}

/* The alternative of a usage that the plan satisfies; the solver keeps what was merged, not of whom. */
static const struct constraint_set *find_alternative(const struct cen_plan *plan, const struct solver_usage *usage)
{
	/* One plane is one object, and what is recorded per usage is not merged. */
	const uint64_t skip = UINT64_C(1) << _cen_known_slot(CEN_CONSTRAINT_SYNC, 0) |
			      UINT64_C(1) << _cen_known_slot(CEN_CONSTRAINT_OBJECTS, 0);
	const struct constraint_set *first = NULL;
	size_t n, end;

	_cen_capabilities_find(usage->caps, plan->info.fourcc, &n, &end);
	for (; n < end; n++) {
		const struct capability_entry *entry = &usage->caps->entries[n];

		if (entry->modifier != plan->info.modifier)
			continue;
		if (_cen_merge_implies(&plan->merged, entry->set, skip))
			return entry->set;
		first = first ? first : entry->set;
	}
	return first;
}

static const char *phrase_contract(uint32_t contract)
{
	switch (contract) {
	case 0:
		return "not known";
	case CEN_SYNC_NONE:
		return "no fences";
	case CEN_SYNC_IMPLICIT:
		return "implicit fences";
	case CEN_SYNC_EXPLICIT:
		return "explicit fences";
	case CEN_SYNC_IMPLICIT | CEN_SYNC_EXPLICIT:
		return "implicit or explicit fences";
	default:
		return "fences, or none";
	}
}

static bool write_usage(const struct cen_plan *plan, size_t index, struct arena *arena, struct cen_plan_sync *out)
{
	const struct solver_usage *usage = &plan->shared->usages[index];
	const struct constraint_set *set = find_alternative(plan, usage);
	const struct cen_constraint *sync =
		set ? _cen_constraint_set_find(set, _cen_known_slot(CEN_CONSTRAINT_SYNC, 0)) : NULL;
	char known[PHRASE_SIZE];

	*out = (struct cen_plan_sync){.size = sizeof(*out), .usage = usage->usage, .device = usage->name};
	if (!sync) {
		out->text = phrase_contract(0);
		return true;
	}
	out->contract = (uint32_t)sync->value;
	out->provenance = sync->provenance;
	out->text = _cen_arena_printf(arena, "%s (%s)", phrase_contract(out->contract),
				      _cen_phrase_provenance(sync, known));
	return out->text != NULL;
}

/* How the application learns that a usage is done with a buffer, where no fence is passed on. */
static const char *phrase_end(const struct cen_plan_sync *usage)
{
	if (is_queue(usage))
		return "VIDIOC_DQBUF";
	switch (usage->usage) {
	case CEN_USAGE_SCANOUT:
	case CEN_USAGE_CURSOR:
		return "the flip to another buffer, or wl_buffer.release";
	case CEN_USAGE_WRITEBACK:
		return "the fence or event of the commit";
	case CEN_USAGE_CPU_READ:
	case CEN_USAGE_CPU_WRITE:
		return "cen_cpu_map_end()";
	default:
		return "the drawing is finished";
	}
}

/*
 * Of two contracts, what the application does. A display holds what it shows without any fence, and the CPU has none to
 * give: the end of both is an event.
 */
static enum cen_handover choose_action(const struct cen_plan_sync *from, const struct cen_plan_sync *to)
{
	uint32_t common = from->contract & to->contract;
	bool is_shown = from->usage == CEN_USAGE_SCANOUT || from->usage == CEN_USAGE_CURSOR;

	if (is_shown || is_cpu(from) || !from->contract || from->contract & CEN_SYNC_NONE)
		return CEN_HANDOVER_FINISH;
	if (common & CEN_SYNC_IMPLICIT)
		return CEN_HANDOVER_NOTHING;
	if (common & CEN_SYNC_EXPLICIT)
		return CEN_HANDOVER_PASS;
	if (to->contract & CEN_SYNC_EXPLICIT)
		return CEN_HANDOVER_EXPORT;
	if (to->contract & CEN_SYNC_IMPLICIT)
		return CEN_HANDOVER_IMPORT;
	return CEN_HANDOVER_WAIT;
}

static const char *phrase_access(uint32_t access)
{
	return access == CEN_FENCE_WRITE ? "CEN_FENCE_WRITE" : "CEN_FENCE_READ";
}

/* Nobody makes the next one wait: the application does. */
static const char *phrase_wait(const struct cen_plan_sync *from, const struct cen_plan_sync *to, uint32_t access,
			       struct arena *arena)
{
	if (from->contract & CEN_SYNC_IMPLICIT)
		return _cen_arena_printf(arena, "cen_buffer_export_fence(%s) and cen_fence_wait()%s",
					 phrase_access(access), is_queue(to) ? " before VIDIOC_QBUF" : "");
	return is_queue(to) ? "wait for its fence before VIDIOC_QBUF" : "wait for its fence";
}

static const char *phrase_action(enum cen_handover action, const struct cen_plan_sync *from,
				 const struct cen_plan_sync *to, uint32_t access, struct arena *arena)
{
	switch (action) {
	case CEN_HANDOVER_NOTHING:
		return "nothing to do, the kernel waits for the fences in the dma-buf";
	case CEN_HANDOVER_PASS:
		return "pass the sync_file or timeline point";
	case CEN_HANDOVER_EXPORT:
		return _cen_arena_printf(arena, "pass the fence of cen_buffer_export_fence(%s)", phrase_access(access));
	case CEN_HANDOVER_IMPORT:
		return _cen_arena_printf(arena, "cen_buffer_import_fence(%s) of its fence", phrase_access(access));
	case CEN_HANDOVER_WAIT:
		return phrase_wait(from, to, access, arena);
	case CEN_HANDOVER_FINISH:
		break;
	}
	if (is_cpu(from) || from->contract & (CEN_SYNC_IMPLICIT | CEN_SYNC_EXPLICIT))
		return _cen_arena_printf(arena, "after %s", phrase_end(from));
	return _cen_arena_printf(arena, "%s, after %s", from->contract ? "no fences" : "fences not known",
				 phrase_end(from));
}

/* What a fence is asked of, or given for: the next access in the one case, the work that was done in the other. */
static uint32_t find_access(enum cen_handover action, const struct cen_plan_sync *from, const struct cen_plan_sync *to)
{
	switch (action) {
	case CEN_HANDOVER_EXPORT:
		return is_writer(to) ? CEN_FENCE_WRITE : CEN_FENCE_READ;
	case CEN_HANDOVER_WAIT:
		if (!(from->contract & CEN_SYNC_IMPLICIT))
			return 0;
		return is_writer(to) ? CEN_FENCE_WRITE : CEN_FENCE_READ;
	case CEN_HANDOVER_IMPORT:
		return is_writer(from) ? CEN_FENCE_WRITE : CEN_FENCE_READ;
	default:
		return 0;
	}
}

static bool add_handover(struct plan_sync_text *out, size_t from_index, size_t to_index, struct arena *arena)
{
	const struct cen_plan_sync *from = &out->usages[from_index], *to = &out->usages[to_index];
	enum cen_handover action = choose_action(from, to);
	uint32_t access = find_access(action, from, to);
	const char *what = phrase_action(action, from, to, access, arena);
	struct cen_plan_handover *handover = &out->handovers[out->handover_count++];

	*handover = (struct cen_plan_handover){
		.size = sizeof(*handover),
		.from = (uint32_t)from_index,
		.to = (uint32_t)to_index,
		.action = action,
		.access = access,
	};
	if (what)
		handover->text = _cen_arena_printf(arena, "%s to %s: %s", from->device, to->device, what);
	return handover->text != NULL;
}

/* Everybody who reads between two writers gives the buffer to the second. */
static bool add_readers(struct plan_sync_text *out, size_t writer, size_t next_writer, struct arena *arena)
{
	for (size_t n = writer + 1; n < next_writer; n++) {
		if (!add_handover(out, n % out->usage_count, next_writer % out->usage_count, arena))
			return false;
	}
	return true;
}

/*
 * One round of the buffer, from the first that writes back to it. Each usage takes from one writer and gives to one at
 * most: twice as many handovers as usages is enough.
 */
static bool write_handovers(struct plan_sync_text *out, struct arena *arena)
{
	size_t count = out->usage_count, writer = 0, end;

	while (writer < count && !is_writer(&out->usages[writer]))
		writer++;
	/* Nobody writes, or one usage alone: nobody to wait for. */
	if (writer == count || count < 2)
		return true;
	end = writer + count;
	for (size_t n = writer + 1; n <= end; n++) {
		bool writes = is_writer(&out->usages[n % count]);

		if (writes && n > writer + 1 ? !add_readers(out, writer, n, arena)
					     : !add_handover(out, writer, n % count, arena))
			return false;
		if (writes)
			writer = n;
	}
	return true;
}

bool _cen_plan_sync_write(const struct cen_plan *plan, struct arena *arena, struct plan_sync_text *out)
{
	size_t count = plan->shared->usage_count;

	*out = (struct plan_sync_text){
		.usages = _cen_arena_alloc(arena, count + 1, sizeof(*out->usages)),
		.handovers = _cen_arena_alloc(arena, count * 2 + 1, sizeof(*out->handovers)),
	};
	if (!out->usages || !out->handovers)
		return false;
	for (size_t n = 0; n < count; n++) {
		if (!write_usage(plan, n, arena, &out->usages[out->usage_count++]))
			return false;
	}
	return write_handovers(out, arena);
}
