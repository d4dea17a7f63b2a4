/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the solver sees of a capability set. Pure. */
#pragma once

#include <stdatomic.h>

#include <cenalloc/capability.h>

#include "constraint.h"

struct capability_entry {
	uint32_t fourcc;
	uint32_t preference;
	uint64_t modifier;
	const struct constraint_set *set; /* shared between neighbours that have the same constraints */
};

struct cen_capabilities {
	atomic_int refs;
	atomic_bool is_frozen;
	size_t count, capacity;
	struct capability_entry *entries; /* by fourcc, modifier, then as added */
	size_t set_count, set_capacity;
	struct constraint_set **sets; /* owned */
};

/* No more additions: called by the first use. Idempotent. */
void _cen_capabilities_freeze(struct cen_capabilities *caps);

/*
 * The entries of one fourcc, as [*first, *end). An empty range when there is none. Binary search.
 */
void _cen_capabilities_find(const struct cen_capabilities *caps, uint32_t fourcc, size_t *first, size_t *end);

/*
 * Filling a set from inside the library, where the alternatives are in order and share what they ask for.
 * add_set: the set owns the constraints; *out is borrowed. 0, or what _cen_constraint_set_create() returns.
 * append: the entry must not come before the last one, its fourcc be known and its set owned. Returns 0 or -ENOMEM.
 */
int _cen_capabilities_add_set(struct cen_capabilities *caps, const struct cen_constraint *constraints, size_t count,
			      const struct constraint_set **out, struct cen_error **err);
int _cen_capabilities_append(struct cen_capabilities *caps, const struct capability_entry *entry);
