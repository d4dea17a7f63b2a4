/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a compositor's feedback says, read back: as tranches, and as capabilities. */
#include <errno.h>
#include <inttypes.h>

#include <cenalloc/format.h>
#include <cenalloc/machine.h>

#include "capability.h"
#include "cleanup.h"
#include "error.h"
#include "feedback.h"
#include "util.h"

/* The rank of a pair that no tranche lists. Ranks count tranches. */
#define UNLISTED UINT8_MAX
_Static_assert(FEEDBACK_TRANCHES < UNLISTED, "a rank fits 8 bits");

uint64_t cen_feedback_get_generation(const struct cen_feedback *feedback)
{
	return feedback->generation;
}

uint64_t cen_feedback_get_main_device(const struct cen_feedback *feedback)
{
	return feedback->current.main_device;
}

size_t cen_feedback_get_tranche_count(const struct cen_feedback *feedback)
{
	return feedback->current.tranche_count;
}

int cen_feedback_get_tranche(const struct cen_feedback *feedback, size_t index, struct cen_feedback_tranche *out)
{
	const struct feedback_tranche *tranche;
	struct cen_feedback_tranche known;

	if (index >= feedback->current.tranche_count)
		return -EINVAL;
	tranche = &feedback->current.tranches[index];
	known = (struct cen_feedback_tranche){
		.device = tranche->device,
		.flags = tranche->flags,
		.pair_count = (uint32_t)tranche->count,
	};
	return _cen_copy_sized(out, out->size, &known, sizeof(known), sizeof(known)) < 0 ? -EINVAL : 0;
}

int cen_feedback_get_pair(const struct cen_feedback *feedback, size_t tranche, size_t index, uint32_t *fourcc,
			  uint64_t *modifier)
{
	const struct feedback_round *round = &feedback->current;
	const struct feedback_pair *pair;

	if (tranche >= round->tranche_count || index >= round->tranches[tranche].count)
		return -EINVAL;
	pair = &round->table->pairs[round->tranches[tranche].indices[index]];
	*fourcc = pair->fourcc;
	*modifier = pair->modifier;
	return 0;
}

static bool has_pair(const struct feedback_round *round, uint32_t fourcc, uint64_t modifier)
{
	for (size_t t = 0; t < round->tranche_count; t++) {
		for (size_t i = 0; i < round->tranches[t].count; i++) {
			const struct feedback_pair *pair = &round->table->pairs[round->tranches[t].indices[i]];

			if (pair->fourcc == fourcc && pair->modifier == modifier)
				return true;
		}
	}
	return false;
}

uint64_t cen_feedback_get_wire_modifier(const struct cen_feedback *feedback, uint32_t fourcc, uint64_t modifier)
{
	const struct feedback_round *round = &feedback->current;

	/* Only linear stands for "no modifier": a vendor's layout without its name would be taken for something else. */
	if (modifier == CEN_MODIFIER_LINEAR && !has_pair(round, fourcc, modifier) &&
	    has_pair(round, fourcc, CEN_MODIFIER_INVALID))
		return CEN_MODIFIER_INVALID;
	return modifier;
}

/* The best tranche of each pair of the table, among those that count for the usage. */
struct ranks {
	uint8_t *of; /* by index into the table */
	uint8_t count; /* tranches that count */
	bool is_named[FEEDBACK_TRANCHES]; /* the compositor names a device; by rank */
};

static void ranks_cleanup(struct ranks *ranks)
{
	free(ranks->of);
}

/* Returns false when there is no memory. */
static bool rank_pairs(const struct feedback_round *round, uint32_t usage, struct ranks *ranks)
{
	ranks->of = malloc(round->table->count);
	if (!ranks->of)
		return false;
	memset(ranks->of, UNLISTED, round->table->count);
	for (size_t t = 0; t < round->tranche_count; t++) {
		const struct feedback_tranche *tranche = &round->tranches[t];

		if (!tranche->count || (usage == CEN_USAGE_SCANOUT && !(tranche->flags & CEN_TRANCHE_SCANOUT)))
			continue;
		for (size_t i = 0; i < tranche->count; i++) {
			if (ranks->of[tranche->indices[i]] == UNLISTED)
				ranks->of[tranche->indices[i]] = ranks->count;
		}
		ranks->is_named[ranks->count++] = tranche->device || round->main_device;
	}
	return true;
}

/* [first, end) of the table's order is one format. */
struct run {
	const struct feedback_table *table;
	size_t first, end;
};

static struct run find_run(const struct feedback_table *table, size_t first)
{
	uint32_t fourcc = table->pairs[table->order[first]].fourcc;
	struct run run = {table, first, first + 1};

	while (run.end < table->count && table->pairs[table->order[run.end]].fourcc == fourcc)
		run.end++;
	return run;
}

/* The rank of INVALID where linear is not listed; UNLISTED otherwise. Linear comes first in a run. */
static uint8_t find_implicit(const struct run *run, const struct ranks *ranks)
{
	for (size_t i = run->first; i < run->end; i++) {
		uint16_t index = run->table->order[i];
		uint64_t modifier = run->table->pairs[index].modifier;

		if (ranks->of[index] == UNLISTED)
			continue;
		if (modifier == CEN_MODIFIER_LINEAR)
			return UNLISTED;
		if (modifier == CEN_MODIFIER_INVALID)
			return ranks->of[index];
	}
	return UNLISTED;
}

static int add_run(struct cen_capabilities *caps, const struct run *run, const struct ranks *ranks,
		   const struct constraint_set *const sets[2])
{
	uint8_t implicit = find_implicit(run, ranks);
	struct capability_entry entry = {
		.fourcc = run->table->pairs[run->table->order[run->first]].fourcc,
		.modifier = CEN_MODIFIER_LINEAR,
		.preference = ranks->count,
	};
	int ret = 0;

	if (implicit != UNLISTED) {
		entry.set = sets[ranks->is_named[implicit]];
		ret = _cen_capabilities_append(caps, &entry);
	}
	for (size_t i = run->first; i < run->end && ret == 0; i++) {
		uint16_t index = run->table->order[i];
		uint8_t rank = ranks->of[index];

		if (rank == UNLISTED)
			continue;
		entry.modifier = run->table->pairs[index].modifier;
		entry.preference = rank;
		entry.set = sets[ranks->is_named[rank]];
		ret = _cen_capabilities_append(caps, &entry);
	}
	return ret;
}

/* What the pairs ask of a buffer: [1] where the compositor names its device, [0] where it does not. */
static int add_sets(struct cen_capabilities *caps, const struct constraint_set *sets[2], struct cen_error **err)
{
	static const struct cen_constraint constraints[] = {
		{.kind = CEN_CONSTRAINT_SYNC,
		 .value = CEN_SYNC_IMPLICIT,
		 .provenance = CEN_PROVENANCE_DERIVED,
		 .note = "linux-dmabuf, without another protocol"},
		{.kind = CEN_CONSTRAINT_FD_MODE,
		 .value = CEN_FD_READ_WRITE,
		 .provenance = CEN_PROVENANCE_ASSUMED,
		 .note = "the compositor names no device: it may draw with the CPU"},
		{.kind = CEN_CONSTRAINT_CPU_MAPPABLE,
		 .value = 1,
		 .provenance = CEN_PROVENANCE_ASSUMED,
		 .note = "the compositor names no device: it may draw with the CPU"},
	};
	int ret = _cen_capabilities_add_set(caps, constraints, ARRAY_LENGTH(constraints), &sets[0], err);

	return ret < 0 ? ret : _cen_capabilities_add_set(caps, constraints, 1, &sets[1], err);
}

static int add_pairs(const struct feedback_round *round, uint32_t usage, struct cen_capabilities *caps,
		     struct cen_error **err)
{
	const struct constraint_set *sets[2];
	_cleanup_(ranks_cleanup) struct ranks ranks = {0};
	struct run run = {.table = round->table};
	int ret = add_sets(caps, sets, err);

	if (ret < 0)
		return ret;
	if (!rank_pairs(round, usage, &ranks))
		return _cen_error_no_memory(err);
	while (run.end < round->table->count) {
		run = find_run(round->table, run.end);
		if (!cen_format_get_info(round->table->pairs[round->table->order[run.first]].fourcc))
			continue;
		if (add_run(caps, &run, &ranks, sets) < 0)
			return _cen_error_no_memory(err);
	}
	return 0;
}

int cen_feedback_get_capabilities(const struct cen_feedback *feedback, uint32_t usage, struct cen_capabilities **out,
				  struct cen_error **err)
{
	_cleanup_caps_ struct cen_capabilities *caps = NULL;
	const char *name = cen_usage_get_name(usage);
	int ret = 0;

	*out = NULL;
	if (usage != CEN_USAGE_TEXTURE && usage != CEN_USAGE_SCANOUT)
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL,
				      "usage %" PRIu32
				      " (%s): a compositor's feedback is about texture (%d) and scanout (%d)",
				      usage, name ? name : "none", CEN_USAGE_TEXTURE, CEN_USAGE_SCANOUT);
	if (!feedback->generation)
		return _cen_error_set(err, CEN_ERROR_INCOMPLETE, EAGAIN, NULL,
				      "the compositor has not yet said what it accepts");
	if (cen_capabilities_create(&caps) < 0)
		return _cen_error_no_memory(err);
	if (feedback->current.table)
		ret = add_pairs(&feedback->current, usage, caps, err);
	if (ret < 0)
		return ret;
	*out = STEAL(caps);
	return 0;
}
