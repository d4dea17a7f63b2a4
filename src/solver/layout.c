/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "layout.h"

#include <limits.h>
#include <string.h>

/* The strides of planes 1.. follow plane 0's by this fraction, in lowest terms. */
struct ratio {
	uint64_t num, den;
};

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a ? a : 1;
}

static bool fail(struct layout_failure *failure, int slot, int other)
{
	*failure = (struct layout_failure){.slot = slot, .other = other};
	return false;
}

static bool fail_overflow(struct layout_failure *failure, int slot)
{
	*failure = (struct layout_failure){.slot = slot, .other = LAYOUT_REQUEST, .is_overflow = true};
	return false;
}

static int slot_of(uint32_t kind, uint32_t plane)
{
	return _cen_known_slot(kind, plane);
}

/* A slot that has a value, or the request where nobody constrained it. */
static int slot_or_request(const struct merged *merged, uint32_t kind, uint32_t plane)
{
	return _cen_merge_has(merged, kind, plane) ? slot_of(kind, plane) : LAYOUT_REQUEST;
}

uint64_t _cen_layout_natural_stride(const struct cen_format_plane *plane, uint32_t width)
{
	uint64_t samples = ((uint64_t)width + plane->hsub - 1) / plane->hsub;

	return (samples + plane->block_width - 1) / plane->block_width * plane->block_bytes;
}

static struct ratio stride_ratio(const struct cen_format_plane *first, const struct cen_format_plane *plane)
{
	uint64_t num = (uint64_t)plane->block_bytes * first->block_width * first->hsub;
	uint64_t den = (uint64_t)first->block_bytes * plane->block_width * plane->hsub;
	uint64_t common = gcd(num, den);

	/* A format's blocks and samples are not empty: a test walks the table. */
	if (!num || !den)
		__builtin_unreachable();
	return (struct ratio){num / common, den / common};
}

bool _cen_layout_check_size(const struct cen_format_info *format, uint32_t width, uint32_t height,
			    const struct merged *merged, struct layout_failure *failure)
{
	static const struct {
		uint32_t min, max, step;
	} kinds[] = {
		{CEN_CONSTRAINT_WIDTH_MIN, CEN_CONSTRAINT_WIDTH_MAX, CEN_CONSTRAINT_WIDTH_STEP},
		{CEN_CONSTRAINT_HEIGHT_MIN, CEN_CONSTRAINT_HEIGHT_MAX, CEN_CONSTRAINT_HEIGHT_STEP},
	};
	const uint32_t sizes[] = {width, height};

	for (int i = 0; i < 2; i++) {
		uint64_t min = _cen_merge_get(merged, kinds[i].min, 0, 0);
		uint64_t max = _cen_merge_get(merged, kinds[i].max, 0, UINT64_MAX);

		if (min > max)
			return fail(failure, slot_of(kinds[i].min, 0), slot_of(kinds[i].max, 0));
		if (sizes[i] < min)
			return fail(failure, slot_of(kinds[i].min, 0), LAYOUT_REQUEST);
		if (sizes[i] > max)
			return fail(failure, slot_of(kinds[i].max, 0), LAYOUT_REQUEST);
		if (sizes[i] % _cen_merge_get(merged, kinds[i].step, 0, 1))
			return fail(failure, slot_of(kinds[i].step, 0), LAYOUT_REQUEST);
	}
	for (uint32_t p = 0; p < format->plane_count; p++) {
		const struct cen_format_plane *plane = &format->planes[p];

		/* A packed 4:2:2 block holds two pixels; the last block of an odd width would be half a picture. */
		uint32_t across = format->is_yuv && format->plane_count == 1 ? plane->block_width : plane->hsub;

		if (width % across || height % plane->vsub)
			return fail(failure, LAYOUT_REQUEST, LAYOUT_REQUEST);
	}
	return true;
}

/*
 * Whether plane p's stride is its own affair. One that is fixed need not follow plane 0's, unless a device derives
 * where the chroma is: it derives the stride, too.
 */
static bool has_own_stride(const struct merged *merged, uint32_t p, bool is_derived)
{
	return p > 0 && !is_derived && _cen_merge_has(merged, CEN_CONSTRAINT_STRIDE_EXACT, p);
}

/* What the stride of plane 0 must be a multiple of, so that every plane's stride is aligned and whole. */
static bool stride_alignment(const struct cen_format_info *format, const struct merged *merged, bool is_derived,
			     uint64_t *align, struct layout_failure *failure)
{
	int cause = LAYOUT_REQUEST; /* the last plane with an alignment of its own */

	*align = 1;
	for (uint32_t p = 0; p < format->plane_count; p++) {
		struct ratio ratio = stride_ratio(&format->planes[0], &format->planes[p]);
		uint64_t own = _cen_merge_get(merged, CEN_CONSTRAINT_STRIDE_ALIGN, p, 1);
		uint64_t needed;

		if (_cen_merge_has(merged, CEN_CONSTRAINT_STRIDE_ALIGN, p))
			cause = slot_of(CEN_CONSTRAINT_STRIDE_ALIGN, p);
		if (has_own_stride(merged, p, is_derived))
			continue;
		/* stride * num / den is a multiple of own exactly when stride is one of own * den / gcd(own * den, num) */
		if (__builtin_mul_overflow(own, ratio.den, &needed))
			return fail_overflow(failure, cause);
		needed /= gcd(needed, ratio.num);
		if (!_cen_constraint_merge(CEN_CONSTRAINT_STRIDE_ALIGN, *align, needed, align))
			return fail_overflow(failure, cause);
	}
	return true;
}

/*
 * A device that derives the chroma's position leaves only the stride to align it by: the offset of plane p is the
 * stride of plane 0 times a fraction, so the stride must be a multiple of what makes that product aligned.
 */
static bool derived_alignment(const struct cen_format_info *format, const struct merged *merged, uint64_t *align,
			      struct layout_failure *failure)
{
	uint64_t rows = _cen_merge_get(merged, CEN_CONSTRAINT_CHROMA_ROWS, 0, 0);
	struct ratio offset = {0, 1}; /* of the plane under way, in strides of plane 0 */

	for (uint32_t p = 0; p < format->plane_count; p++) {
		struct ratio ratio = stride_ratio(&format->planes[0], &format->planes[p]);
		uint64_t own_rows = (rows + format->planes[p].vsub - 1) / format->planes[p].vsub;
		uint64_t wanted = _cen_merge_get(merged, CEN_CONSTRAINT_OFFSET_ALIGN, p, 1);

		/* Without a wish there is nothing to align, and nobody to blame. */
		if (p > 0 && wanted > 1) {
			if (__builtin_mul_overflow(wanted, offset.den, &wanted))
				return fail_overflow(failure, slot_of(CEN_CONSTRAINT_OFFSET_ALIGN, p));
			wanted /= gcd(wanted, offset.num);
			if (!_cen_constraint_merge(CEN_CONSTRAINT_STRIDE_ALIGN, *align, wanted, align))
				return fail_overflow(failure, slot_of(CEN_CONSTRAINT_OFFSET_ALIGN, p));
		}
		/* Rows are below 2^31 and the fractions small: no overflow here. */
		offset.num = offset.num * ratio.den + ratio.num * own_rows * offset.den;
		offset.den *= ratio.den;
	}
	return true;
}

/* The smallest stride of plane 0 that holds every plane's row and minimum. */
static bool smallest_stride(const struct cen_format_info *format, uint32_t width, const struct merged *merged,
			    bool is_derived, uint64_t *stride, struct layout_failure *failure)
{
	*stride = 0;
	for (uint32_t p = 0; p < format->plane_count; p++) {
		struct ratio ratio = stride_ratio(&format->planes[0], &format->planes[p]);
		uint64_t least = _cen_merge_get(merged, CEN_CONSTRAINT_STRIDE_MIN, p, 0);
		uint64_t natural = _cen_layout_natural_stride(&format->planes[p], width);

		if (has_own_stride(merged, p, is_derived))
			continue;
		least = least > natural ? least : natural;
		if (p > 0 && least < _cen_merge_get(merged, CEN_CONSTRAINT_STRIDE_EXACT, p, 0))
			least = _cen_merge_get(merged, CEN_CONSTRAINT_STRIDE_EXACT, p, 0);
		if (__builtin_mul_overflow(least, ratio.den, &least) ||
		    __builtin_add_overflow(least, ratio.num - 1, &least))
			return fail_overflow(failure, slot_or_request(merged, CEN_CONSTRAINT_STRIDE_MIN, p));
		least /= ratio.num;
		*stride = *stride > least ? *stride : least;
	}
	return true;
}

/* The stride of plane 0 at which plane p's is at least this; UINT64_MAX when there is none. */
static uint64_t in_first_plane(const struct cen_format_info *format, uint32_t p, uint64_t stride)
{
	struct ratio ratio = stride_ratio(&format->planes[0], &format->planes[p]);

	if (__builtin_mul_overflow(stride, ratio.den, &stride) ||
	    __builtin_add_overflow(stride, ratio.num - 1, &stride))
		return UINT64_MAX;
	return stride / ratio.num;
}

/* The largest stride of plane 0 at which plane p's is at most this. */
static uint64_t largest_in_first_plane(const struct cen_format_info *format, uint32_t p, uint64_t stride)
{
	struct ratio ratio = stride_ratio(&format->planes[0], &format->planes[p]);

	return __builtin_mul_overflow(stride, ratio.den, &stride) ? UINT64_MAX : stride / ratio.num;
}

/* The slot of the constraint that makes plane 0's stride exceed a limit: a minimum, or else an alignment. */
static int stride_cause(const struct cen_format_info *format, uint32_t width, const struct merged *merged,
			uint64_t limit)
{
	uint64_t least = 0, aligned;
	int cause = LAYOUT_REQUEST;

	for (uint32_t p = 0; p < format->plane_count; p++) {
		uint64_t natural = in_first_plane(format, p, _cen_layout_natural_stride(&format->planes[p], width));

		least = least > natural ? least : natural;
	}
	if (least > limit)
		return LAYOUT_REQUEST;
	for (uint32_t p = 0; p < format->plane_count; p++) {
		uint64_t min = in_first_plane(format, p, _cen_merge_get(merged, CEN_CONSTRAINT_STRIDE_MIN, p, 0));

		if (min > limit)
			return slot_of(CEN_CONSTRAINT_STRIDE_MIN, p);
		least = least > min ? least : min;
	}
	/* What the chroma's offset needs is looked at last: it is the less obvious reason. */
	for (uint32_t p = format->plane_count; p-- > 0;) {
		if (_cen_merge_get(merged, CEN_CONSTRAINT_OFFSET_ALIGN, p, 1) > 1 && p > 0)
			cause = slot_of(CEN_CONSTRAINT_OFFSET_ALIGN, p);
	}
	for (uint32_t p = 0; p < format->plane_count; p++) {
		uint64_t align = in_first_plane(format, p, _cen_merge_get(merged, CEN_CONSTRAINT_STRIDE_ALIGN, p, 1));

		if (align > 1 && _cen_merge_has(merged, CEN_CONSTRAINT_STRIDE_ALIGN, p) &&
		    (!_cen_round_up(least, align, &aligned) || aligned > limit || cause == LAYOUT_REQUEST))
			cause = slot_of(CEN_CONSTRAINT_STRIDE_ALIGN, p);
	}
	return cause;
}

/* Plane p's stride against what its own constraints say. */
static bool check_stride(const struct cen_format_info *format, uint32_t width, const struct merged *merged, uint32_t p,
			 uint64_t stride, struct layout_failure *failure)
{
	int exact = slot_or_request(merged, CEN_CONSTRAINT_STRIDE_EXACT, p);
	int align = slot_or_request(merged, CEN_CONSTRAINT_STRIDE_ALIGN, p);
	int min = slot_or_request(merged, CEN_CONSTRAINT_STRIDE_MIN, p);

	if (exact == LAYOUT_REQUEST && p > 0)
		exact = slot_or_request(merged, CEN_CONSTRAINT_STRIDE_EXACT, 0);
	if (stride < _cen_layout_natural_stride(&format->planes[p], width))
		return fail(failure, exact, LAYOUT_REQUEST);
	if (stride < _cen_merge_get(merged, CEN_CONSTRAINT_STRIDE_MIN, p, 0))
		return fail(failure, exact, min);
	if (stride % _cen_merge_get(merged, CEN_CONSTRAINT_STRIDE_ALIGN, p, 1))
		return fail(failure, exact, align);
	if (stride > _cen_merge_get(merged, CEN_CONSTRAINT_STRIDE_MAX, p, UINT64_MAX)) {
		uint64_t limit = _cen_merge_get(merged, CEN_CONSTRAINT_STRIDE_MAX, p, UINT64_MAX);

		if (_cen_layout_natural_stride(&format->planes[p], width) > limit)
			exact = LAYOUT_REQUEST;
		else if (exact == LAYOUT_REQUEST)
			exact = stride_cause(format, width, merged, largest_in_first_plane(format, p, limit));
		return fail(failure, slot_of(CEN_CONSTRAINT_STRIDE_MAX, p), exact);
	}
	if (stride > UINT32_MAX)
		return fail_overflow(failure, exact != LAYOUT_REQUEST ? exact : align);
	return true;
}

/* A derived stride of plane p is not the one that it is fixed to. */
static bool fail_exact(const struct cen_format_info *format, uint32_t width, const struct merged *merged, uint32_t p,
		       struct layout_failure *failure)
{
	uint64_t exact = _cen_merge_get(merged, CEN_CONSTRAINT_STRIDE_EXACT, p, 0);
	int cause = slot_or_request(merged, CEN_CONSTRAINT_STRIDE_EXACT, 0);

	if (cause == LAYOUT_REQUEST)
		cause = stride_cause(format, width, merged, largest_in_first_plane(format, p, exact));
	return fail(failure, slot_of(CEN_CONSTRAINT_STRIDE_EXACT, p), cause);
}

static bool lay_strides(const struct cen_format_info *format, uint32_t width, const struct merged *merged,
			bool is_derived, struct layout *out, struct layout_failure *failure)
{
	uint64_t stride, align;

	if (!stride_alignment(format, merged, is_derived, &align, failure) ||
	    (is_derived && !derived_alignment(format, merged, &align, failure)))
		return false;
	if (_cen_merge_has(merged, CEN_CONSTRAINT_STRIDE_EXACT, 0)) {
		stride = _cen_merge_get(merged, CEN_CONSTRAINT_STRIDE_EXACT, 0, 0);
	} else {
		if (!smallest_stride(format, width, merged, is_derived, &stride, failure))
			return false;
		if (!_cen_round_up(stride, align, &stride))
			return fail_overflow(failure, slot_or_request(merged, CEN_CONSTRAINT_STRIDE_ALIGN, 0));
	}
	for (uint32_t p = 0; p < format->plane_count; p++) {
		struct ratio ratio = stride_ratio(&format->planes[0], &format->planes[p]);
		uint64_t own;

		if (__builtin_mul_overflow(stride, ratio.num, &own))
			return fail_overflow(failure, slot_or_request(merged, CEN_CONSTRAINT_STRIDE_EXACT, 0));
		if (has_own_stride(merged, p, is_derived)) {
			ratio.den = 1;
			own = _cen_merge_get(merged, CEN_CONSTRAINT_STRIDE_EXACT, p, 0);
		}
		/* A fixed stride that gives a plane no whole bytes cannot be cut down. */
		if (own % ratio.den)
			return fail(failure, slot_or_request(merged, CEN_CONSTRAINT_STRIDE_EXACT, 0), LAYOUT_REQUEST);
		out->planes[p].stride = own / ratio.den;
		if (own / ratio.den != _cen_merge_get(merged, CEN_CONSTRAINT_STRIDE_EXACT, p, own / ratio.den))
			return fail_exact(format, width, merged, p, failure);
		if (!check_stride(format, width, merged, p, out->planes[p].stride, failure))
			return false;
	}
	return true;
}

/* Each plane's stride is its own affair: the smallest that its constraints leave. */
static bool lay_free_strides(const struct cen_format_info *format, uint32_t width, const struct merged *merged,
			     struct layout *out, struct layout_failure *failure)
{
	for (uint32_t p = 0; p < format->plane_count; p++) {
		uint64_t natural = _cen_layout_natural_stride(&format->planes[p], width);
		uint64_t stride = _cen_merge_get(merged, CEN_CONSTRAINT_STRIDE_MIN, p, 0);

		stride = stride > natural ? stride : natural;
		if (!_cen_round_up(stride, _cen_merge_get(merged, CEN_CONSTRAINT_STRIDE_ALIGN, p, 1), &stride))
			return fail_overflow(failure, slot_or_request(merged, CEN_CONSTRAINT_STRIDE_ALIGN, p));
		out->planes[p].stride = _cen_merge_get(merged, CEN_CONSTRAINT_STRIDE_EXACT, p, stride);
		if (!check_stride(format, width, merged, p, out->planes[p].stride, failure))
			return false;
	}
	return true;
}

static bool lay_rows(const struct cen_format_info *format, uint32_t height, const struct merged *merged,
		     bool is_derived, struct layout *out, struct layout_failure *failure)
{
	uint64_t rows;

	if (!_cen_round_up(height, _cen_merge_get(merged, CEN_CONSTRAINT_HEIGHT_ALIGN, 0, 1), &rows) ||
	    rows > INT32_MAX)
		return fail_overflow(failure, slot_or_request(merged, CEN_CONSTRAINT_HEIGHT_ALIGN, 0));
	if (is_derived) {
		uint64_t derived = _cen_merge_get(merged, CEN_CONSTRAINT_CHROMA_ROWS, 0, 0);

		/* Rows that one device touches below the picture would be the other's chroma. */
		if (derived < rows)
			return fail(failure, slot_of(CEN_CONSTRAINT_CHROMA_ROWS, 0),
				    slot_or_request(merged, CEN_CONSTRAINT_HEIGHT_ALIGN, 0));
		rows = derived;
	}
	for (uint32_t p = 0; p < format->plane_count; p++) {
		struct cen_plane_layout *plane = &out->planes[p];

		plane->rows = (uint32_t)((rows + format->planes[p].vsub - 1) / format->planes[p].vsub);
		if (__builtin_mul_overflow(plane->stride, (uint64_t)plane->rows, &plane->size))
			return fail_overflow(failure, slot_or_request(merged, CEN_CONSTRAINT_STRIDE_ALIGN, p));
	}
	return true;
}

/* Offsets within the objects: one after the other, or each in its own. */
static bool lay_offsets(const struct cen_format_info *format, const struct merged *merged, bool is_derived,
			struct layout *out, struct layout_failure *failure)
{
	for (uint32_t p = 0; p < format->plane_count; p++) {
		struct cen_plane_layout *plane = &out->planes[p];
		uint64_t align = _cen_merge_get(merged, CEN_CONSTRAINT_OFFSET_ALIGN, p, 1);
		int align_slot = slot_or_request(merged, CEN_CONSTRAINT_OFFSET_ALIGN, p);
		uint64_t end = 0;

		plane->object = out->object_count > 1 ? p : 0;
		if (p > 0 && out->object_count == 1 && __builtin_add_overflow(plane[-1].offset, plane[-1].size, &end))
			return fail_overflow(failure, align_slot);
		if (is_derived && end % align)
			return fail(failure, slot_of(CEN_CONSTRAINT_CHROMA_ROWS, 0), align_slot);
		if (!_cen_round_up(end, align, &plane->offset))
			return fail_overflow(failure, align_slot);
		if (plane->offset > _cen_merge_get(merged, CEN_CONSTRAINT_OFFSET_MAX, p, UINT32_MAX))
			return fail(failure, slot_or_request(merged, CEN_CONSTRAINT_OFFSET_MAX, p),
				    is_derived ? slot_of(CEN_CONSTRAINT_CHROMA_ROWS, 0) : align_slot);
	}
	return true;
}

/* What devices read past the end of an object, whose last row is one of the plane. */
static bool tail_of(const struct merged *merged, uint32_t object, const struct cen_plane_layout *last, uint64_t *tail)
{
	uint64_t bytes;

	*tail = _cen_merge_get(merged, CEN_CONSTRAINT_SIZE_TAIL, object, 0);
	if (!_cen_merge_has(merged, CEN_CONSTRAINT_TAIL_ROWS, 0))
		return true;
	if (__builtin_mul_overflow(_cen_merge_get(merged, CEN_CONSTRAINT_TAIL_ROWS, 0, 0), last->stride, &bytes))
		return false;
	*tail = *tail > bytes ? *tail : bytes;
	return true;
}

static bool lay_objects(const struct cen_format_info *format, const struct merged *merged, struct layout *out,
			struct layout_failure *failure)
{
	for (uint32_t p = 0; p < format->plane_count; p++) {
		const struct cen_plane_layout *plane = &out->planes[p];
		uint64_t end;

		if (__builtin_add_overflow(plane->offset, plane->size, &end))
			return fail_overflow(failure, LAYOUT_REQUEST);
		out->object_sizes[plane->object] = end;
	}
	for (uint32_t o = 0; o < out->object_count; o++) {
		/* With one object the last plane ends it. */
		const struct cen_plane_layout *last = &out->planes[out->object_count > 1 ? o : out->plane_count - 1];
		uint64_t least = _cen_merge_get(merged, CEN_CONSTRAINT_SIZE_MIN, o, 0), tail;
		uint64_t *size = &out->object_sizes[o];

		if (!tail_of(merged, o, last, &tail) || __builtin_add_overflow(*size, tail, size))
			return fail_overflow(failure, slot_or_request(merged, CEN_CONSTRAINT_SIZE_TAIL, o));
		if (*size < least)
			*size = least;
		if (!_cen_round_up(*size, _cen_merge_get(merged, CEN_CONSTRAINT_SIZE_ALIGN, o, 1), size))
			return fail_overflow(failure, slot_of(CEN_CONSTRAINT_SIZE_ALIGN, o));
		if (__builtin_add_overflow(out->total, *size, &out->total))
			return fail_overflow(failure, slot_or_request(merged, CEN_CONSTRAINT_SIZE_MIN, o));
	}
	return true;
}

static bool lay_all(const struct cen_format_info *format, uint32_t width, uint32_t height, const struct merged *merged,
		    bool is_derived, struct layout *out, struct layout_failure *failure)
{
	bool is_free = out->variant == LAYOUT_ONE_FREE || out->variant == LAYOUT_PLANES_FREE;

	if (is_derived && _cen_merge_get(merged, CEN_CONSTRAINT_CHROMA_ROWS, 0, 0) > INT32_MAX)
		return fail_overflow(failure, slot_of(CEN_CONSTRAINT_CHROMA_ROWS, 0));
	if (is_free ? !lay_free_strides(format, width, merged, out, failure)
		    : !lay_strides(format, width, merged, is_derived, out, failure))
		return false;
	return lay_rows(format, height, merged, is_derived, out, failure) &&
	       lay_offsets(format, merged, is_derived, out, failure) && lay_objects(format, merged, out, failure);
}

static void count_padding(const struct cen_format_info *format, uint32_t width, uint32_t height, struct layout *out)
{
	uint64_t tight = 0;

	for (uint32_t p = 0; p < format->plane_count; p++)
		tight += _cen_layout_natural_stride(&format->planes[p], width) * (height / format->planes[p].vsub);
	out->padding = out->total - tight;
}

bool _cen_layout_variant(const struct cen_format_info *format, uint32_t width, uint32_t height,
			 const struct merged *merged, enum layout_variant variant, struct layout *out,
			 struct layout_failure *failure)
{
	bool is_one = variant == LAYOUT_ONE || variant == LAYOUT_ONE_FREE;
	bool is_derived = format->plane_count > 1 && is_one && _cen_merge_has(merged, CEN_CONSTRAINT_CHROMA_ROWS, 0);
	uint64_t objects = is_one ? CEN_OBJECTS_ONE : CEN_OBJECTS_PER_PLANE;

	/* One plane has one layout; a device that derives where the chroma is derives the stride, too. */
	if (format->plane_count == 1 ? variant != LAYOUT_ONE
				     : !(_cen_merge_get(merged, CEN_CONSTRAINT_OBJECTS, 0, objects) & objects) ||
					       (variant == LAYOUT_ONE_FREE && is_derived))
		return false;
	memset(out, 0, sizeof(*out));
	out->variant = variant;
	out->plane_count = format->plane_count;
	out->object_count = is_one ? 1 : format->plane_count;
	if (!lay_all(format, width, height, merged, is_derived, out, failure))
		return false;
	count_padding(format, width, height, out);
	return true;
}

bool _cen_layout_linear(const struct cen_format_info *format, uint32_t width, uint32_t height,
			const struct merged *merged, struct layout *out, struct layout_failure *failure)
{
	struct layout_failure other;
	bool is_told = false;

	if (!_cen_layout_check_size(format, width, height, merged, failure))
		return false;
	for (int variant = 0; variant < LAYOUT_VARIANTS; variant++) {
		other.slot = INT_MIN;
		if (_cen_layout_variant(format, width, height, merged, (enum layout_variant)variant, out, &other))
			return true;
		/* What keeps one dma-buf with strides of their own from being laid out is the least that is wrong. */
		if (other.slot != INT_MIN && (!is_told || variant == LAYOUT_ONE_FREE))
			*failure = other;
		is_told = is_told || other.slot != INT_MIN;
	}
	return false;
}
