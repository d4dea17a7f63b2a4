/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Where a region lies within its memory, and that no other lies there. */
#include <errno.h>
#include <inttypes.h>

#include "context.h"
#include "error.h"
#include "layout.h"
#include "region.h"

static bool is_same_memory(const struct cen_region *a, const struct cen_region *b)
{
	const struct cen_buffer_object *one = &a->memory.object, *other = &b->memory.object;

	return one->fd >= 0 && other->fd >= 0 && one->dev == other->dev && one->ino == other->ino;
}

/* A region of the same memory, in its place for good, that has a byte of [start, start + bytes); NULL: none. */
static const struct cen_region *find_overlap(const struct cen_region *region, uint64_t start, bool is_reserved_enough)
{
	for (size_t n = 0; n < region->ctx->region_count; n++) {
		const struct cen_region *other = region->ctx->regions[n];
		bool counts = _cen_region_is_usable(other->state) ||
			      (is_reserved_enough && other->state == CEN_REGION_RESERVED);

		if (other != region && counts && is_same_memory(region, other) && start < other->start + other->bytes &&
		    other->start < start + region->bytes)
			return other;
	}
	return NULL;
}

static bool is_inside(const struct cen_region *region, uint64_t start)
{
	uint64_t end;

	return !__builtin_add_overflow(start, region->bytes, &end) && end <= region->memory.object.size;
}

/* The first gap: behind what is in the way, until nothing is. */
static int find_gap(const struct cen_region *region, uint64_t *start, struct cen_error **err)
{
	const struct cen_region *other;
	char label[REGION_LABEL_SIZE];

	*start = 0;
	while (is_inside(region, *start) && (other = find_overlap(region, *start, true))) {
		if (!_cen_round_up(other->start + other->bytes, region->alignment, start))
			*start = UINT64_MAX;
	}
	if (is_inside(region, *start))
		return 0;
	return _cen_error_set(err, CEN_ERROR_ALLOCATION, ENOSPC,
			      &(struct error_facts){.wanted = region->bytes, .held = region->memory.object.size},
			      "%s: no gap of %" PRIu64 " bytes is left in its memory of %" PRIu64,
			      _cen_region_label(region, label), region->bytes, region->memory.object.size);
}

int _cen_region_choose_start(struct cen_region *region, uint64_t *start, struct cen_error **err)
{
	char label[REGION_LABEL_SIZE];

	if (region->start == CEN_REGION_ANYWHERE)
		return find_gap(region, start, err);
	*start = region->start;
	if (is_inside(region, *start))
		return 0;
	return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL,
			      &(struct error_facts){.wanted = region->bytes, .held = region->memory.object.size},
			      "%s: %" PRIu64 " bytes from %" PRIu64 " on go beyond its memory of %" PRIu64,
			      _cen_region_label(region, label), region->bytes, *start, region->memory.object.size);
}

int _cen_region_check_overlap(struct cen_region *region, struct cen_error **err)
{
	const struct cen_region *other = find_overlap(region, region->start, false);
	char own[REGION_LABEL_SIZE], label[REGION_LABEL_SIZE];

	if (!other)
		return 0;
	return _cen_error_set(err, CEN_ERROR_ARGUMENT, EADDRINUSE, NULL,
			      "%s: bytes %" PRIu64 " to %" PRIu64 " of its memory: %s has %" PRIu64 " to %" PRIu64,
			      _cen_region_label(region, own), region->start, region->start + region->bytes,
			      _cen_region_label(other, label), other->start, other->start + other->bytes);
}
