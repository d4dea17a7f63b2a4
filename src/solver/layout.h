/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Layout arithmetic for linear images. Every multiplication is checked. Pure. */
#pragma once

#include <stdbool.h>

#include <cenalloc/format.h>
#include <cenalloc/plan.h>

#include "merge.h"

/*
 * Several planes can be laid out in more than one way. One object with offsets comes first: some importers read only the
 * first, none only the last. Strides that follow plane 0's come before those of their own: many consumers know one only.
 */
enum layout_variant {
	LAYOUT_ONE, /* one object, strides in proportion, but for those that are fixed */
	LAYOUT_ONE_FREE, /* one object, each plane's stride as small as can be */
	LAYOUT_PLANES, /* an object per plane */
	LAYOUT_PLANES_FREE,
	LAYOUT_VARIANTS,
};

struct layout {
	enum layout_variant variant;
	uint32_t plane_count, object_count;
	struct cen_plane_layout planes[CEN_MAX_PLANES];
	uint64_t object_sizes[CEN_MAX_PLANES];
	uint64_t total; /* bytes of all objects */
	uint64_t padding; /* bytes that alignment costs */
};

/* Neither of two slots, but the request's size and format. */
#define LAYOUT_REQUEST (-1)

/* Two things that do not go together. */
struct layout_failure {
	int slot, other; /* slots that have a value, or LAYOUT_REQUEST */
	bool is_overflow; /* the arithmetic left 64 bits */
};

/*
 * Lay out a linear image under the merged constraints, as the first of the variants that is possible. Returns false when
 * there is no such layout, with the reason.
 */
bool _cen_layout_linear(const struct cen_format_info *format, uint32_t width, uint32_t height,
			const struct merged *merged, struct layout *out, struct layout_failure *failure);

/* One variant. Returns false where the constraints or the format leave no such layout; failure is set in the first case. */
bool _cen_layout_variant(const struct cen_format_info *format, uint32_t width, uint32_t height,
			 const struct merged *merged, enum layout_variant variant, struct layout *out,
			 struct layout_failure *failure);

/* Check the size alone: range, step, and the subsampling of the format. Holds for every modifier. */
bool _cen_layout_check_size(const struct cen_format_info *format, uint32_t width, uint32_t height,
			    const struct merged *merged, struct layout_failure *failure);

/* Bytes that one row of a plane's pixels takes: at most the width times 8. */
uint64_t _cen_layout_natural_stride(const struct cen_format_plane *plane, uint32_t width);

/* Round up to a multiple of any integer. Returns false on overflow; align is not 0. */
static inline bool _cen_round_up(uint64_t value, uint64_t align, uint64_t *out)
{
	uint64_t rest = value % align;

	return !__builtin_add_overflow(value, rest ? align - rest : 0, out);
}
