/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Folding the constraint sets of several usages into one, and remembering who imposed what. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "constraint.h"

/* Who imposed a constraint: a usage's index, or the request itself. */
#define MERGE_REQUEST (-1)

struct merged {
	uint64_t slots; /* bit n: slot n has a value */
	uint64_t value[CEN_SLOT_COUNT];
	uint64_t usages[CEN_SLOT_COUNT]; /* bit n: usage n has a constraint in the slot */
	const struct cen_constraint *decider[CEN_SLOT_COUNT]; /* the constraint that changed the value last */
	int8_t decider_usage[CEN_SLOT_COUNT]; /* usage, or MERGE_REQUEST */
	uint64_t tight[CEN_SLOT_COUNT]; /* bit n: usage n itself asks for the merged value: what suits it suits all */
};

/* Start empty: only what a slot's bit vouches for is ever read. */
static inline void _cen_merge_begin(struct merged *merged)
{
	merged->slots = 0;
}

/*
 * Add the constraints of one usage, but those of the slots in skip. Returns the slot that cannot hold both what was
 * merged before and the newcomer, or -1 when all merged.
 */
int _cen_merge_add(struct merged *merged, const struct constraint_set *set, int usage, uint64_t skip);

/* Whether a set asks for nothing that the merged constraints do not ask for already; slots as above. */
bool _cen_merge_implies(const struct merged *merged, const struct constraint_set *set, uint64_t skip);

static inline bool _cen_merge_has(const struct merged *merged, uint32_t kind, uint32_t plane)
{
	return merged->slots >> _cen_known_slot(kind, plane) & 1;
}

/* The merged value of a kind and plane, or otherwise. */
static inline uint64_t _cen_merge_get(const struct merged *merged, uint32_t kind, uint32_t plane, uint64_t otherwise)
{
	int slot = _cen_known_slot(kind, plane);

	return merged->slots >> slot & 1 ? merged->value[slot] : otherwise;
}

/* The constraint of a set in a slot; NULL when it has none. */
const struct cen_constraint *_cen_constraint_set_find(const struct constraint_set *set, int slot);
