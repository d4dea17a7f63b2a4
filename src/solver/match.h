/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Whether a source can make what the merged constraints ask for. Pure. */
#pragma once

#include <stdbool.h>

#include <cenalloc/backend.h>
#include <cenalloc/solution.h>

#include "layout.h"
#include "merge.h"

/* What is to be made. */
struct match_wish {
	uint32_t fourcc;
	uint32_t count;
	uint64_t modifier;
	const struct layout *layout; /* NULL for a vendor modifier */
	const struct merged *merged;
	uint64_t own_usages; /* bit n: usage n is of the device whose own allocator the source is */
	uint64_t usages; /* bit n: usage n takes part */
	const struct constraint_set *policy; /* the request's own; may be NULL */
};

/* The answer, and for a refusal the first reason. */
struct match_verdict {
	uint32_t dimension; /* 0: the source can make it */
	int slot; /* the constraint that it fails; -1: none */
	uint64_t wanted, held; /* bytes, for CEN_DIMENSION_CAPACITY */
	uint32_t buffers; /* that wanted is for; 0: for the largest object of one */
	int usage; /* CEN_DIMENSION_MAP: the one whose rule leaves the source out */
};

/* In the flags of a source that is used only where a HEAP constraint names it: then it is a struct named_source. */
#define SOURCE_NAMED_ONLY (1u << 31)

/* A region, to the solver. */
struct named_source {
	struct cen_source_desc desc;
	uint64_t base_max; /* images begin at up to this offset in their dma-buf; 0: each has one of its own */
};

/* Bring what a source lays out into the order that _cen_match_format() searches. */
void _cen_match_sort_formats(struct cen_source_format *formats, size_t count);

/* Whether a source lays out images of a format and modifier at all. Its formats are sorted. */
bool _cen_match_format(const struct cen_source_desc *source, uint32_t fourcc, uint64_t modifier);

struct match_verdict _cen_match_source(const struct cen_source_desc *source, const struct match_wish *wish);
