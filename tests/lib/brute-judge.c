/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Whether an image satisfies a request and one alternative of each usage. A case per kind, in the document's words. */
#include <string.h>

#include <cenalloc/format.h>

#include "brute-force.h"

#define PAGE_BYTES 4096

bool _brute_is_own(const struct brute_image *image, size_t usage)
{
	return image->source->exporter && image->problem->usages[usage].devnum == image->source->exporter;
}

/* The source's own device asks for as much: what it allocates suits itself, and so has this property. */
static bool own_device_wants(const struct brute_image *image, uint32_t kind, uint64_t at_most)
{
	for (size_t u = 0; u < image->problem->usage_count; u++) {
		if (_brute_is_own(image, u) && _brute_value(image->chosen[u], kind, 0, UINT64_MAX) <= at_most)
			return true;
	}
	return false;
}

/* What is known of the pieces: one; or each so large, the last one excepted; of an unknown layout nothing. */
static bool pieces_hold(const struct brute_image *image, uint64_t most)
{
	uint64_t piece = image->source->segment_bytes ? image->source->segment_bytes : PAGE_BYTES;

	if (image->source->segments == 1 || most == UINT64_MAX ||
	    own_device_wants(image, CEN_CONSTRAINT_SEGMENTS, most))
		return true;
	for (uint32_t o = 0; o < image->object_count; o++) {
		if ((image->objects[o] - 1) / piece + 1 > most)
			return false;
	}
	return image->is_final;
}

static bool addresses_hold(const struct brute_image *image, const struct cen_constraint *c)
{
	uint64_t highest = c->value;

	if (c->kind == CEN_CONSTRAINT_ADDRESS_BITS)
		highest = c->value >= 64 ? UINT64_MAX : (UINT64_C(1) << c->value) - 1;
	if (highest == UINT64_MAX)
		return true;
	return (image->source->address_max && image->source->address_max <= highest) ||
	       own_device_wants(image, c->kind, c->value);
}

/* What the source says it is. */
static uint64_t exporter_bit(const struct cen_source_desc *source)
{
	static const uint64_t bits[][2] = {
		{CEN_SOURCE_HEAP, CEN_EXPORTER_HEAP},
		{CEN_SOURCE_UDMABUF, CEN_EXPORTER_UDMABUF},
		{CEN_SOURCE_DRM, CEN_EXPORTER_DRM},
		{CEN_SOURCE_V4L2, CEN_EXPORTER_V4L2},
	};

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		if (source->flags & bits[i][0])
			return bits[i][1];
	}
	return CEN_EXPORTER_OTHER;
}

static bool memory_holds(const struct brute_image *image, const struct cen_constraint *c)
{
	const struct cen_source_desc *source = image->source;

	switch (c->kind) {
	case CEN_CONSTRAINT_ADDRESS_BITS:
	case CEN_CONSTRAINT_ADDRESS_MAX:
		return addresses_hold(image, c);
	case CEN_CONSTRAINT_GRANULARITY:
		return (source->segment_bytes ? source->segment_bytes : PAGE_BYTES) % c->value == 0;
	case CEN_CONSTRAINT_PLACEMENT:
		return source->placement & c->value;
	case CEN_CONSTRAINT_HEAP:
		return cen_heap_hash(source->name) == c->value;
	case CEN_CONSTRAINT_EXPORTER:
		return source->exporter == c->value;
	case CEN_CONSTRAINT_EXPORTERS:
		return exporter_bit(source) & c->value;
	case CEN_CONSTRAINT_FD_MODE:
		return source->fd_mode >= c->value;
	case CEN_CONSTRAINT_CPU_MAPPABLE:
		return source->is_mappable >= c->value;
	case CEN_CONSTRAINT_CACHE:
		return source->is_cached >= c->value;
	default:
		/* Told to the application; rules nothing out. */
		return c->kind == CEN_CONSTRAINT_IOVA_SEGMENTS || c->kind == CEN_CONSTRAINT_IOVA_MAX ||
		       c->kind == CEN_CONSTRAINT_CPU_ACCESS || c->kind == CEN_CONSTRAINT_SYNC;
	}
}

static bool picture_holds(const struct brute_image *image, const struct cen_constraint *c)
{
	uint64_t width = image->problem->width, height = image->problem->height;

	switch (c->kind) {
	case CEN_CONSTRAINT_WIDTH_MIN:
		return width >= c->value;
	case CEN_CONSTRAINT_WIDTH_MAX:
		return width <= c->value;
	case CEN_CONSTRAINT_WIDTH_STEP:
		return width % c->value == 0;
	case CEN_CONSTRAINT_HEIGHT_MIN:
		return height >= c->value;
	case CEN_CONSTRAINT_HEIGHT_MAX:
		return height <= c->value;
	case CEN_CONSTRAINT_HEIGHT_STEP:
		return height % c->value == 0;
	case CEN_CONSTRAINT_COUNT_MIN:
		return image->count >= c->value;
	case CEN_CONSTRAINT_COUNT_MAX:
		return image->count <= c->value;
	default:
		return memory_holds(image, c);
	}
}

static bool is_of_layout(uint32_t kind)
{
	return (kind >= CEN_CONSTRAINT_STRIDE_ALIGN && kind <= CEN_CONSTRAINT_OBJECTS) ||
	       kind == CEN_CONSTRAINT_SEGMENTS || kind == CEN_CONSTRAINT_TAIL_ROWS;
}

bool _brute_facts_hold(const struct brute_image *image, const struct constraint_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		if (!is_of_layout(set->items[i].kind) && !picture_holds(image, &set->items[i]))
			return false;
	}
	return true;
}

bool _brute_set_holds(const struct brute_image *image, const struct constraint_set *set)
{
	if (!_brute_facts_hold(image, set) ||
	    !pieces_hold(image, _brute_value(set, CEN_CONSTRAINT_SEGMENTS, 0, UINT64_MAX)))
		return false;
	return !image->is_final ||
	       (_brute_strides_hold(image, set) && _brute_places_hold(image, set) && _brute_sizes_hold(image, set));
}

const struct constraint_set *_brute_nth_set(const struct brute_image *image, size_t n)
{
	return n < image->problem->usage_count ? image->chosen[n] : image->problem->policy;
}

/* Two that leave no choice, or sets without a common member, clash even where only the source knows the layout. */
static bool can_both_be(const struct brute_image *image, const struct constraint_set *a, const struct constraint_set *b)
{
	uint32_t planes = image->format->plane_count;

	for (size_t i = 0; a && b && i < a->count; i++) {
		const struct cen_constraint *c = &a->items[i];
		uint64_t other = _brute_value(b, c->kind, c->plane, c->value);

		if (c->kind == CEN_CONSTRAINT_STRIDE_EXACT && c->plane < planes && other != c->value)
			return false;
		if (c->kind == CEN_CONSTRAINT_CHROMA_ROWS && planes > 1 && other != c->value)
			return false;
		if (c->kind == CEN_CONSTRAINT_OBJECTS && planes > 1 && !(other & c->value))
			return false;
	}
	return true;
}

static bool no_two_clash(const struct brute_image *image)
{
	for (size_t a = 0; a < image->problem->usage_count; a++) {
		for (size_t b = a + 1; b <= image->problem->usage_count; b++) {
			if (!can_both_be(image, _brute_nth_set(image, a), _brute_nth_set(image, b)))
				return false;
		}
	}
	return true;
}

uint64_t _brute_most(const struct brute_image *image, uint32_t kind, uint32_t plane)
{
	uint64_t result = 0;

	for (size_t n = 0; n <= image->problem->usage_count; n++) {
		uint64_t value = _brute_value(_brute_nth_set(image, n), kind, plane, 0);

		result = value > result ? value : result;
	}
	return result;
}

static bool makes(const struct cen_source_desc *source, uint32_t fourcc, uint64_t modifier)
{
	for (size_t i = 0; i < source->format_count; i++) {
		if (source->formats[i].fourcc == fourcc && source->formats[i].modifier == modifier)
			return true;
	}
	return modifier == CEN_MODIFIER_LINEAR;
}

static const char *judge_capacity(const struct brute_image *image)
{
	uint64_t total = 0;

	for (uint32_t o = 0; o < image->object_count; o++) {
		if (image->source->max_bytes && image->objects[o] > image->source->max_bytes)
			return "an object is too large for the source";
		if (__builtin_add_overflow(total, image->objects[o], &total))
			return "the sizes do not add up in 64 bits";
	}
	if (__builtin_mul_overflow(total, (uint64_t)image->count, &total) ||
	    (image->source->free_bytes && total > image->source->free_bytes))
		return "the source has too little memory";
	return NULL;
}

/* Each device says so, or the request does. */
static bool all_reach_protected(const struct brute_image *image)
{
	bool all = true;

	for (size_t u = 0; u < image->problem->usage_count; u++)
		all = all && _brute_value(image->chosen[u], CEN_CONSTRAINT_PLACEMENT, 0, 0) & CEN_PLACEMENT_PROTECTED;
	return all || _brute_value(image->problem->policy, CEN_CONSTRAINT_PLACEMENT, 0, 0) & CEN_PLACEMENT_PROTECTED;
}

static const char *judge_source(const struct brute_image *image)
{
	const struct cen_source_desc *source = image->source;

	if (source->access)
		return "the source is not to be had";
	if (!makes(source, image->format->fourcc, image->modifier))
		return "the source does not make the modifier";
	if (source->placement == CEN_PLACEMENT_PROTECTED && !all_reach_protected(image))
		return "a device does not say that it reaches protected memory";
	return NULL;
}

static bool is_wanted(const struct brute_image *image)
{
	const struct solver_problem *problem = image->problem;
	bool has_format = !problem->fourcc_count;
	bool has_modifier = !problem->modifier_count && image->modifier != CEN_MODIFIER_INVALID;

	for (size_t i = 0; i < problem->fourcc_count; i++)
		has_format = has_format || problem->fourccs[i] == image->format->fourcc;
	for (size_t i = 0; i < problem->modifier_count; i++)
		has_modifier = has_modifier || problem->modifiers[i] == image->modifier;
	return has_format && has_modifier;
}

/* As many as are wanted or needed, and no more. */
static bool is_count_right(const struct brute_image *image)
{
	uint64_t needed = _brute_most(image, CEN_CONSTRAINT_COUNT_MIN, 0);

	return image->count == (needed > image->problem->count ? needed : image->problem->count) &&
	       image->count <= MAX_BUFFERS;
}

/* The subsampling of a format counts as a step without being said; that of a packed one is its block. */
static bool is_size_possible(const struct brute_image *image)
{
	for (uint32_t p = 0; p < image->format->plane_count; p++) {
		bool is_packed = image->format->is_yuv && image->format->plane_count == 1;
		uint32_t step = is_packed ? image->format->planes[p].block_width : image->format->planes[p].hsub;

		if (image->problem->width % step || image->problem->height % image->format->planes[p].vsub)
			return false;
	}
	return true;
}

/* What holds for every set of the image; those of usages first. */
static const char *judge_sets(const struct brute_image *image,
			      bool (*holds)(const struct brute_image *image, const struct constraint_set *set))
{
	for (size_t n = 0; n <= image->problem->usage_count; n++) {
		const struct constraint_set *set = _brute_nth_set(image, n);

		if (set && !holds(image, set))
			return n < image->problem->usage_count ? "a usage has no alternative that it suits"
							       : "the request's own constraints do not hold";
	}
	return NULL;
}

const char *_brute_judge_facts(const struct brute_image *image)
{
	const char *wrong;

	if (!is_size_possible(image))
		return "the size is no multiple of the format's subsampling";
	if (!is_wanted(image))
		return "nobody asked for the format or the modifier";
	if (!is_count_right(image))
		return "the count is neither the request's nor what a device needs";
	wrong = judge_source(image);
	return wrong ? wrong : judge_sets(image, _brute_facts_hold);
}

const char *_brute_judge(const struct brute_image *image)
{
	const char *wrong = _brute_judge_facts(image);

	if (!wrong)
		wrong = judge_capacity(image);
	if (!wrong && image->is_final)
		wrong = _brute_judge_geometry(image);
	if (!wrong)
		wrong = judge_sets(image, _brute_set_holds);
	return !wrong && !no_two_clash(image) ? "two constraints leave no layout" : wrong;
}
