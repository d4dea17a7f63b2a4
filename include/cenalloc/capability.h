/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_CAPABILITY_H
#define CENALLOC_CAPABILITY_H

#include <stddef.h>
#include <stdint.h>

#include <cenalloc/constraint.h>
#include <cenalloc/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What a device accepts for one usage: a list of alternatives, each a fourcc, a modifier and the constraints that go
 * with them. A set is built by one owner, then frozen by its first use in a request; from then on it is immutable and
 * may be shared between threads.
 */
struct cen_capabilities;

/** One alternative. */
struct cen_capability {
	size_t size; /* sizeof(struct cen_capability), set by the caller */
	uint32_t fourcc; /* of drm_fourcc.h */
	uint32_t preference; /* 0 is liked best; compared within one fourcc of one set */
	uint64_t modifier;
	const struct cen_constraint *constraints; /* in any order; merged when two have one kind and plane */
	size_t constraint_count;
};

/** Create an empty set. Returns 0 or -ENOMEM. */
int cen_capabilities_create(struct cen_capabilities **out);

struct cen_capabilities *cen_capabilities_ref(struct cen_capabilities *caps);

/** NULL is allowed. */
void cen_capabilities_unref(struct cen_capabilities *caps);

/**
 * Append a copy of one alternative, notes included.
 * Returns 0, or -EINVAL (CEN_ERROR_ARGUMENT or CEN_ERROR_UNKNOWN_FLAG for a constraint that is not valid,
 * CEN_ERROR_UNKNOWN_FORMAT), -ERANGE (CEN_ERROR_OVERFLOW: its own constraints do not merge), -EBUSY (the set is in
 * use), -ENOMEM.
 */
int cen_capabilities_add(struct cen_capabilities *caps, const struct cen_capability *capability,
			 struct cen_error **err);

size_t cen_capabilities_get_count(const struct cen_capabilities *caps);

/**
 * The n-th alternative in the set's own order: by fourcc, then modifier, then as added. Pointers are borrowed.
 * Returns 0, or -EINVAL for an index out of range or a struct that is too small.
 */
int cen_capabilities_get(const struct cen_capabilities *caps, size_t index, struct cen_capability *out);

#ifdef __cplusplus
}
#endif

#endif
