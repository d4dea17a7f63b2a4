/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Whether the layout of an image is one, and what one alternative asks of it. A case per kind, in the document's words. */
#include <cenalloc/format.h>

#include "brute-force.h"

/* The next multiple; what is beyond 64 bits stays there. */
static uint64_t up(uint64_t value, uint64_t step)
{
	return value > UINT64_MAX - step ? UINT64_MAX : (value + step - 1) / step * step;
}

uint64_t _brute_value(const struct constraint_set *set, uint32_t kind, uint32_t plane, uint64_t otherwise)
{
	for (size_t i = 0; set && i < set->count; i++) {
		if (set->items[i].kind == kind && set->items[i].plane == plane)
			return set->items[i].value;
	}
	return otherwise;
}

uint64_t _brute_row_bytes(const struct cen_format_info *format, uint32_t plane, uint32_t width)
{
	const struct cen_format_plane *p = &format->planes[plane];

	return up(up(width, p->hsub) / p->hsub, p->block_width) / p->block_width * p->block_bytes;
}

/* As bytes per pixel of the plane are to those of the first plane. */
bool _brute_follows_first(const struct brute_image *image, uint32_t plane)
{
	const struct cen_format_plane *a = &image->format->planes[0], *b = &image->format->planes[plane];

	return image->planes[plane].stride * a->block_bytes * b->block_width * b->hsub ==
	       image->planes[0].stride * b->block_bytes * a->block_width * a->hsub;
}

static bool is_whole(const struct brute_image *image)
{
	return image->object_count == 1 && image->format->plane_count > 1;
}

bool _brute_strides_hold(const struct brute_image *image, const struct constraint_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct cen_constraint *c = &set->items[i];
		uint64_t stride = c->plane < image->format->plane_count ? image->planes[c->plane].stride : 0;
		bool holds = true;

		/* A plane that the format does not have. */
		if (c->plane >= image->format->plane_count)
			continue;
		if (c->kind == CEN_CONSTRAINT_STRIDE_ALIGN)
			holds = stride % c->value == 0;
		else if (c->kind == CEN_CONSTRAINT_STRIDE_MIN)
			holds = stride >= c->value;
		else if (c->kind == CEN_CONSTRAINT_STRIDE_MAX)
			holds = stride <= c->value;
		else if (c->kind == CEN_CONSTRAINT_STRIDE_EXACT)
			holds = stride == c->value;
		if (!holds)
			return false;
	}
	return true;
}

/* The bytes behind the last row of an object. */
static uint64_t spare_bytes(const struct brute_image *image, uint32_t object)
{
	uint64_t end = 0;

	for (uint32_t p = 0; p < image->format->plane_count; p++) {
		uint64_t own = image->planes[p].offset + image->planes[p].size;

		if (image->planes[p].object == object && own > end)
			end = own;
	}
	return image->objects[object] - end;
}

/*
 * In the same object, after so many rows, which is the device's padded height: a third plane begins as many behind the
 * second, and one stride is that of all planes.
 */
static bool chroma_is_after(const struct brute_image *image, uint64_t rows)
{
	uint64_t begin = 0;

	/* Fewer would be below the picture, more is no picture. */
	if (rows > UINT32_MAX)
		return !is_whole(image);
	for (uint32_t p = 0; is_whole(image) && p < image->format->plane_count; p++) {
		uint64_t vsub = image->format->planes[p].vsub;

		if (!_brute_follows_first(image, p) || image->planes[p].offset != begin)
			return false;
		begin += image->planes[p].stride * (up(rows, vsub) / vsub);
	}
	return true;
}

static bool place_holds(const struct brute_image *image, const struct cen_constraint *c)
{
	const struct cen_plane_layout *plane = &image->planes[c->plane];

	switch (c->kind) {
	case CEN_CONSTRAINT_OFFSET_ALIGN:
		return plane->offset % c->value == 0;
	case CEN_CONSTRAINT_OFFSET_MAX:
		return plane->offset <= c->value;
	case CEN_CONSTRAINT_CHROMA_ROWS:
		return chroma_is_after(image, c->value);
	case CEN_CONSTRAINT_HEIGHT_ALIGN:
		return plane->rows >= up(image->problem->height, c->value);
	case CEN_CONSTRAINT_OBJECTS:
		return image->format->plane_count == 1 ||
		       c->value & (is_whole(image) ? CEN_OBJECTS_ONE : CEN_OBJECTS_PER_PLANE);
	default:
		return true;
	}
}

bool _brute_places_hold(const struct brute_image *image, const struct constraint_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->items[i].plane < image->format->plane_count && !place_holds(image, &set->items[i]))
			return false;
	}
	return true;
}

/* So many strides of the plane that ends the object, of every object. */
static bool tail_rows_hold(const struct brute_image *image, uint64_t rows)
{
	for (uint32_t o = 0; rows && o < image->object_count; o++) {
		uint32_t last = image->object_count > 1 ? o : image->format->plane_count - 1u;

		if (spare_bytes(image, o) / image->planes[last].stride < rows)
			return false;
	}
	return true;
}

/* Plane p stands for the object that it begins; others bind nobody. */
bool _brute_sizes_hold(const struct brute_image *image, const struct constraint_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct cen_constraint *c = &set->items[i];
		uint64_t size = c->plane < image->object_count ? image->objects[c->plane] : 0;

		if (c->plane >= image->object_count)
			continue;
		if (c->kind == CEN_CONSTRAINT_SIZE_ALIGN && size % c->value != 0)
			return false;
		if (c->kind == CEN_CONSTRAINT_SIZE_MIN && size < c->value)
			return false;
		if (c->kind == CEN_CONSTRAINT_TAIL_ROWS && !tail_rows_hold(image, c->value))
			return false;
		if (c->kind == CEN_CONSTRAINT_SIZE_TAIL && spare_bytes(image, c->plane) < c->value)
			return false;
	}
	return true;
}

/* Planes within their objects, one behind the other, rows long enough. */
const char *_brute_judge_geometry(const struct brute_image *image)
{
	uint64_t end;

	for (uint32_t p = 0; p < image->format->plane_count; p++) {
		const struct cen_plane_layout *plane = &image->planes[p];
		uint64_t vsub = image->format->planes[p].vsub;

		if (plane->stride < _brute_row_bytes(image->format, p, image->problem->width))
			return "a stride is shorter than the row";
		if (plane->rows < up(image->problem->height, vsub) / vsub || plane->size != plane->stride * plane->rows)
			return "a plane has too few rows, or not their size";
		if (plane->object >= image->object_count || __builtin_add_overflow(plane->offset, plane->size, &end) ||
		    end > image->objects[plane->object])
			return "a plane is not within its object";
		if (p > 0 && plane->object == plane[-1].object && plane->offset < plane[-1].offset + plane[-1].size)
			return "two planes overlap";
	}
	if (image->object_count != 1 && image->object_count != image->format->plane_count)
		return "neither one object nor one per plane";
	return NULL;
}
