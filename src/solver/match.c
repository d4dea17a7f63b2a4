/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "match.h"

#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>

/* Pieces are at least a page, and no supported machine has smaller pages. */
#define LEAST_SEGMENT 4096u

#define PLACEMENT_UNPROTECTED (CEN_PLACEMENT_SYSTEM | CEN_PLACEMENT_CMA | CEN_PLACEMENT_DEVICE)

static struct match_verdict refuse(uint32_t dimension, uint32_t kind)
{
	return (struct match_verdict){.dimension = dimension, .slot = kind ? _cen_known_slot(kind, 0) : -1};
}

static struct match_verdict accept(void)
{
	return (struct match_verdict){.slot = -1};
}

static uint64_t get(const struct match_wish *wish, uint32_t kind, uint64_t otherwise)
{
	return _cen_merge_get(wish->merged, kind, 0, otherwise);
}

static int compare_formats(const void *left, const void *right)
{
	const struct cen_source_format *a = left, *b = right;

	if (a->fourcc != b->fourcc)
		return a->fourcc < b->fourcc ? -1 : 1;
	return (a->modifier > b->modifier) - (a->modifier < b->modifier);
}

void _cen_match_sort_formats(struct cen_source_format *formats, size_t count)
{
	qsort(formats, count, sizeof(*formats), compare_formats);
}

/*
 * The other number under which a source may list a layout. Columns of Broadcom have their height in the modifier, and
 * whoever lists them without one makes them of any. NVIDIA's block-linear modifiers without a page kind stand for those
 * with the generic one: drm_fourcc.h has drivers replace the one by the other.
 */
static uint64_t find_alias(uint64_t modifier)
{
	if (modifier >> 56 == DRM_FORMAT_MOD_VENDOR_BROADCOM)
		return fourcc_mod_broadcom_mod(modifier);
	if (modifier >> 56 == DRM_FORMAT_MOD_VENDOR_NVIDIA)
		return drm_fourcc_canonicalize_nvidia_format_mod(modifier);
	return modifier;
}

__attribute__((noinline)) static bool has_alias(const struct cen_source_desc *source, uint32_t fourcc,
						uint64_t modifier)
{
	uint64_t alias = find_alias(modifier);

	return alias != modifier && _cen_match_format(source, fourcc, alias);
}

/* A walk of many formats asks each source for each of them. */
bool _cen_match_format(const struct cen_source_desc *source, uint32_t fourcc, uint64_t modifier)
{
	const struct cen_source_format *formats = source->formats;
	size_t first = 0, count = source->format_count;

	if (modifier == CEN_MODIFIER_LINEAR)
		return true;
	while (count > 0) {
		const struct cen_source_format *middle = &formats[first + count / 2];

		if (middle->fourcc == fourcc && middle->modifier == modifier)
			return true;
		if (middle->fourcc < fourcc || (middle->fourcc == fourcc && middle->modifier < modifier)) {
			first += count / 2 + 1;
			count -= count / 2 + 1;
		} else {
			count /= 2;
		}
	}
	return has_alias(source, fourcc, modifier);
}

static uint64_t largest_object(const struct match_wish *wish)
{
	uint64_t largest = 0;

	for (uint32_t o = 0; wish->layout && o < wish->layout->object_count; o++)
		largest = largest > wish->layout->object_sizes[o] ? largest : wish->layout->object_sizes[o];
	return largest;
}

/*
 * Where in the dma-buf an image will begin is not known: whoever takes no offset, or fewer, cannot count on luck. The
 * start of a chunk is a multiple of powers of two only.
 */
static struct match_verdict match_base(const struct named_source *source, const struct match_wish *wish)
{
	for (uint32_t p = 0; source->base_max && wish->layout && p < wish->layout->plane_count; p++) {
		uint64_t align = _cen_merge_get(wish->merged, CEN_CONSTRAINT_OFFSET_ALIGN, p, 1), highest;
		bool is_high = __builtin_add_overflow(source->base_max, wish->layout->planes[p].offset, &highest) ||
			       highest > _cen_merge_get(wish->merged, CEN_CONSTRAINT_OFFSET_MAX, p, UINT32_MAX);
		uint32_t kind = is_high ? CEN_CONSTRAINT_OFFSET_MAX : CEN_CONSTRAINT_OFFSET_ALIGN;

		if (is_high || align & (align - 1))
			return (struct match_verdict){
				.dimension = CEN_DIMENSION_OFFSET,
				.slot = _cen_merge_has(wish->merged, kind, p) ? _cen_known_slot(kind, p) : -1,
			};
	}
	return accept();
}

static uint64_t exporter_of(const struct cen_source_desc *source)
{
	if (source->flags & CEN_SOURCE_HEAP)
		return CEN_EXPORTER_HEAP;
	if (source->flags & CEN_SOURCE_UDMABUF)
		return CEN_EXPORTER_UDMABUF;
	if (source->flags & CEN_SOURCE_DRM)
		return CEN_EXPORTER_DRM;
	return source->flags & CEN_SOURCE_V4L2 ? CEN_EXPORTER_V4L2 : CEN_EXPORTER_OTHER;
}

static struct match_verdict match_identity(const struct cen_source_desc *source, const struct match_wish *wish)
{
	const uint64_t named = UINT64_C(1) << _cen_known_slot(CEN_CONSTRAINT_EXPORTER, 0) |
			       UINT64_C(1) << _cen_known_slot(CEN_CONSTRAINT_EXPORTERS, 0) |
			       UINT64_C(1) << _cen_known_slot(CEN_CONSTRAINT_HEAP, 0);

	if (!_cen_match_format(source, wish->fourcc, wish->modifier))
		return refuse(CEN_DIMENSION_MODIFIER, 0);
	if (!(wish->merged->slots & named))
		return accept();
	if (get(wish, CEN_CONSTRAINT_EXPORTER, source->exporter) != source->exporter)
		return refuse(CEN_DIMENSION_ALLOCATOR, CEN_CONSTRAINT_EXPORTER);
	if (_cen_merge_has(wish->merged, CEN_CONSTRAINT_EXPORTERS, 0) &&
	    !(get(wish, CEN_CONSTRAINT_EXPORTERS, 0) & exporter_of(source)))
		return refuse(CEN_DIMENSION_ALLOCATOR, CEN_CONSTRAINT_EXPORTERS);
	if (!_cen_merge_has(wish->merged, CEN_CONSTRAINT_HEAP, 0))
		return accept();
	if (get(wish, CEN_CONSTRAINT_HEAP, 0) != cen_heap_hash(source->name))
		return refuse(CEN_DIMENSION_ALLOCATOR, CEN_CONSTRAINT_HEAP);
	return source->flags & SOURCE_NAMED_ONLY ? match_base((const struct named_source *)source, wish) : accept();
}

/* A device's own allocator gives what that device asks for, also where nobody can read what it is. */
static bool suits_itself(const struct match_wish *wish, uint32_t kind)
{
	return _cen_merge_has(wish->merged, kind, 0) &&
	       wish->merged->tight[_cen_known_slot(kind, 0)] & wish->own_usages;
}

/* Where memory may lie is not known of every source. */
static bool may_lie_above(const struct cen_source_desc *source, uint64_t highest)
{
	return !source->address_max || source->address_max > highest;
}

/* A device that does not say that it reaches protected memory does not, unless the application knows better. */
static bool all_ask_for_placement(const struct match_wish *wish)
{
	int slot = _cen_known_slot(CEN_CONSTRAINT_PLACEMENT, 0);

	return (wish->policy && wish->policy->slots >> slot & 1) || !(wish->usages & ~wish->merged->usages[slot]);
}

static struct match_verdict match_memory(const struct cen_source_desc *source, const struct match_wish *wish)
{
	uint64_t segments = get(wish, CEN_CONSTRAINT_SEGMENTS, UINT64_MAX);
	uint64_t piece = source->segment_bytes ? source->segment_bytes : LEAST_SEGMENT;
	uint64_t pieces = largest_object(wish) / piece + (largest_object(wish) % piece != 0);
	uint64_t bits = get(wish, CEN_CONSTRAINT_ADDRESS_BITS, 64);
	/* Without usages nobody is there who could not reach it. */
	uint64_t reached = wish->usages ? PLACEMENT_UNPROTECTED : PLACEMENT_UNPROTECTED | CEN_PLACEMENT_PROTECTED;

	/* One page is one piece, whoever made it. What a vendor layout will need is not known: any number. */
	if (source->segments != 1 && (wish->layout ? pieces : UINT64_MAX) > segments &&
	    !suits_itself(wish, CEN_CONSTRAINT_SEGMENTS))
		return refuse(CEN_DIMENSION_CONTIGUITY, CEN_CONSTRAINT_SEGMENTS);
	if (!(source->placement & get(wish, CEN_CONSTRAINT_PLACEMENT, reached)) ||
	    (source->placement == CEN_PLACEMENT_PROTECTED && !all_ask_for_placement(wish)))
		return refuse(CEN_DIMENSION_PLACEMENT, CEN_CONSTRAINT_PLACEMENT);
	if (piece % get(wish, CEN_CONSTRAINT_GRANULARITY, 1))
		return refuse(CEN_DIMENSION_ADDRESS, CEN_CONSTRAINT_GRANULARITY);
	if (bits < 64 && may_lie_above(source, (UINT64_C(1) << bits) - 1) &&
	    !suits_itself(wish, CEN_CONSTRAINT_ADDRESS_BITS))
		return refuse(CEN_DIMENSION_ADDRESS, CEN_CONSTRAINT_ADDRESS_BITS);
	if (_cen_merge_has(wish->merged, CEN_CONSTRAINT_ADDRESS_MAX, 0) &&
	    may_lie_above(source, get(wish, CEN_CONSTRAINT_ADDRESS_MAX, 0)) &&
	    !suits_itself(wish, CEN_CONSTRAINT_ADDRESS_MAX))
		return refuse(CEN_DIMENSION_ADDRESS, CEN_CONSTRAINT_ADDRESS_MAX);
	return accept();
}

static struct match_verdict match_cpu(const struct cen_source_desc *source, const struct match_wish *wish)
{
	if (get(wish, CEN_CONSTRAINT_CPU_MAPPABLE, 0) > source->is_mappable)
		return refuse(CEN_DIMENSION_CPU, CEN_CONSTRAINT_CPU_MAPPABLE);
	if (get(wish, CEN_CONSTRAINT_CACHE, 0) > source->is_cached)
		return refuse(CEN_DIMENSION_CPU, CEN_CONSTRAINT_CACHE);
	if (get(wish, CEN_CONSTRAINT_FD_MODE, 0) > source->fd_mode)
		return refuse(CEN_DIMENSION_CPU, CEN_CONSTRAINT_FD_MODE);
	return accept();
}

static struct match_verdict match_capacity(const struct cen_source_desc *source, const struct match_wish *wish)
{
	struct match_verdict verdict = refuse(CEN_DIMENSION_CAPACITY, 0);

	verdict.wanted = largest_object(wish);
	verdict.held = source->max_bytes;
	if (verdict.held && verdict.wanted > verdict.held)
		return verdict;
	verdict.buffers = wish->count;
	verdict.held = source->free_bytes;
	if (wish->layout && __builtin_mul_overflow(wish->layout->total, (uint64_t)wish->count, &verdict.wanted)) {
		verdict.wanted = UINT64_MAX;
		return verdict;
	}
	if (verdict.held && verdict.wanted > verdict.held)
		return verdict;
	return accept();
}

struct match_verdict _cen_match_source(const struct cen_source_desc *source, const struct match_wish *wish)
{
	struct match_verdict verdict = match_identity(source, wish);

	if (!verdict.dimension)
		verdict = match_memory(source, wish);
	if (!verdict.dimension)
		verdict = match_cpu(source, wish);
	if (!verdict.dimension)
		verdict = match_capacity(source, wish);
	/* Permission last: it is the reason to name only where the source would have done. */
	if (!verdict.dimension && source->access)
		verdict = refuse(CEN_DIMENSION_PERMISSION, 0);
	return verdict;
}
