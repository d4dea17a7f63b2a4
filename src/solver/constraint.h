/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The catalogue of constraints as code: slots, merge rules, sets. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cenalloc/constraint.h>

/* One slot per kind, four for a kind that exists per plane: 9 * 4 + 27. A set of slots fits 64 bits. */
#define CEN_SLOT_COUNT 63

/* The slot of a kind and plane; -1 for a kind or plane that does not exist. */
int _cen_constraint_slot(uint32_t kind, uint32_t plane);

/*
 * The same for a kind and plane that exist, as arithmetic that the compiler folds: kinds in the order of their
 * numbers, those per plane with four slots each. A test holds it against the table.
 */
static inline int _cen_known_slot(uint32_t kind, uint32_t plane)
{
	const uint32_t first = CEN_CONSTRAINT_STRIDE_ALIGN, last = CEN_CONSTRAINT_SIZE_TAIL;

	if (kind < first)
		return (int)(kind - 1);
	if (kind <= last)
		return (int)(first - 1 + (kind - first) * 4 + plane);
	return (int)(first - 1 + (last + 1 - first) * 4 + kind - last - 1);
}

/*
 * Merge two values of one kind. Returns true and the merged value; false when nothing satisfies both (unequal
 * values, no common set member) or the least common multiple does not fit 64 bits.
 */
bool _cen_constraint_merge(uint32_t kind, uint64_t a, uint64_t b, uint64_t *out);

/*
 * Check that kind, plane and value are ones that can be. Returns 0, or -EINVAL with err set: an unknown kind or set
 * bit is CEN_ERROR_UNKNOWN_FLAG, a bad value or plane CEN_ERROR_ARGUMENT.
 */
int _cen_constraint_check(const struct cen_constraint *constraint, struct cen_error **err);

/* The value in words a person reads: "1920 bytes", "one|per-plane", "default_cma_region". Returns what snprintf() would. */
int _cen_constraint_value_to_string(const struct cen_constraint *constraint, char *buf, size_t size);

/* Constraints in slot order, at most one per slot. Immutable once built; notes belong to the set. */
struct constraint_set {
	size_t count;
	uint64_t slots; /* bit n: slot n is present */
	struct cen_constraint items[];
};

/*
 * Build a set from constraints in any order; duplicates merge. Returns 0, -EINVAL (not valid), -ERANGE (two do not
 * merge) or -ENOMEM, with err set. free() releases the set (notes are in the same block).
 */
int _cen_constraint_set_create(const struct cen_constraint *constraints, size_t count, struct constraint_set **out,
			       struct cen_error **err);

bool _cen_constraint_set_equal(const struct constraint_set *a, const struct constraint_set *b);
