/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "fit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "layout.h"
#include "match.h"
#include "phrase.h"
#include "util.h"

/* One alternative against the storage. */
struct fit {
	const struct fit_storage *storage;
	const struct cen_format_info *format;
	const struct merged *merged; /* the alternative's own constraints */
	char *reason;
};

static uint64_t get(const struct fit *fit, uint32_t kind, uint32_t plane, uint64_t otherwise)
{
	return _cen_merge_get(fit->merged, kind, plane, otherwise);
}

/* "requires a stride that is a multiple of 64 bytes (queried); it is 100". Returns false. */
__attribute__((format(printf, 4, 5))) static bool refuse(const struct fit *fit, uint32_t kind, uint32_t plane,
							 const char *format, ...)
{
	const struct cen_constraint *constraint = fit->merged->decider[_cen_known_slot(kind, plane)];
	char wanted[PHRASE_SIZE], known[PHRASE_SIZE], held[128];
	va_list args;

	va_start(args, format);
	vsnprintf(held, sizeof(held), format, args);
	va_end(args);
	snprintf(fit->reason, FIT_REASON_SIZE, "requires %.160s (%.160s); %s",
		 _cen_phrase_constraint(constraint, wanted), _cen_phrase_provenance(constraint, known), held);
	return false;
}

static bool check_stride(const struct fit *fit, uint32_t plane)
{
	uint64_t stride = fit->storage->image->planes[plane].stride;

	if (stride % get(fit, CEN_CONSTRAINT_STRIDE_ALIGN, plane, 1))
		return refuse(fit, CEN_CONSTRAINT_STRIDE_ALIGN, plane, "it is %" PRIu64, stride);
	if (stride < get(fit, CEN_CONSTRAINT_STRIDE_MIN, plane, 0))
		return refuse(fit, CEN_CONSTRAINT_STRIDE_MIN, plane, "it is %" PRIu64, stride);
	if (stride > get(fit, CEN_CONSTRAINT_STRIDE_MAX, plane, UINT64_MAX))
		return refuse(fit, CEN_CONSTRAINT_STRIDE_MAX, plane, "it is %" PRIu64, stride);
	if (stride != get(fit, CEN_CONSTRAINT_STRIDE_EXACT, plane, stride))
		return refuse(fit, CEN_CONSTRAINT_STRIDE_EXACT, plane, "it is %" PRIu64, stride);
	return true;
}

static bool check_offset(const struct fit *fit, uint32_t plane)
{
	uint64_t offset = fit->storage->image->planes[plane].offset;

	if (offset % get(fit, CEN_CONSTRAINT_OFFSET_ALIGN, plane, 1))
		return refuse(fit, CEN_CONSTRAINT_OFFSET_ALIGN, plane, "it is %" PRIu64, offset);
	if (offset > get(fit, CEN_CONSTRAINT_OFFSET_MAX, plane, UINT64_MAX))
		return refuse(fit, CEN_CONSTRAINT_OFFSET_MAX, plane, "it is %" PRIu64, offset);
	return true;
}

/* Where the plane would end if so many rows of the picture were in it. */
static bool find_end(const struct fit *fit, uint32_t plane, uint64_t rows, uint64_t *end)
{
	const struct cen_image_plane *where = &fit->storage->image->planes[plane];
	uint64_t vsub = plane < fit->format->plane_count ? fit->format->planes[plane].vsub : 1;

	return !__builtin_mul_overflow(where->stride, (rows + vsub - 1) / vsub, end) &&
	       !__builtin_add_overflow(*end, where->offset, end);
}

/* The plane that begins behind this one in the same object; its own number where there is none. */
static uint32_t find_next(const struct cen_image_desc *image, uint32_t plane)
{
	uint32_t next = plane;

	for (uint32_t p = 0; p < image->plane_count; p++) {
		if (image->planes[p].object != image->planes[plane].object ||
		    image->planes[p].offset <= image->planes[plane].offset)
			continue;
		if (next == plane || image->planes[p].offset < image->planes[next].offset)
			next = p;
	}
	return next;
}

/* Rows that the device touches below the picture must belong to nobody else. */
static bool check_rows(const struct fit *fit, uint32_t plane)
{
	const struct cen_image_desc *image = fit->storage->image;
	uint32_t next = find_next(image, plane);
	uint64_t rows, end,
		held = next == plane ? image->objects[image->planes[plane].object].size : image->planes[next].offset;

	if (!_cen_merge_has(fit->merged, CEN_CONSTRAINT_HEIGHT_ALIGN, 0))
		return true;
	if (!_cen_round_up(image->height, get(fit, CEN_CONSTRAINT_HEIGHT_ALIGN, 0, 1), &rows) ||
	    !find_end(fit, plane, rows, &end) || end > held)
		return refuse(fit, CEN_CONSTRAINT_HEIGHT_ALIGN, 0, "plane %u ends at byte %" PRIu64, plane, held);
	return true;
}

/* A device that derives the chroma's place finds it only where it looks. */
static bool check_chroma(const struct fit *fit, uint32_t plane)
{
	const struct cen_image_desc *image = fit->storage->image;
	uint64_t expected;

	if (plane == 0 || image->object_count > 1 || !_cen_merge_has(fit->merged, CEN_CONSTRAINT_CHROMA_ROWS, 0))
		return true;
	if (find_end(fit, plane - 1, get(fit, CEN_CONSTRAINT_CHROMA_ROWS, 0, 0), &expected) &&
	    expected == image->planes[plane].offset)
		return true;
	return refuse(fit, CEN_CONSTRAINT_CHROMA_ROWS, 0, "plane %u begins at byte %" PRIu64, plane,
		      image->planes[plane].offset);
}

/* The rows that a device reads past the last one are of the plane that ends the object. */
static bool check_tail_rows(const struct fit *fit, uint32_t object, uint64_t left)
{
	const struct cen_image_desc *image = fit->storage->image;
	uint64_t rows = get(fit, CEN_CONSTRAINT_TAIL_ROWS, 0, 0), bytes, last = 0;

	for (uint32_t p = 0; p < image->plane_count; p++)
		last = image->planes[p].object == object ? image->planes[p].stride : last;
	if (__builtin_mul_overflow(rows, last, &bytes) || left < bytes)
		return refuse(fit, CEN_CONSTRAINT_TAIL_ROWS, 0, "%" PRIu64 " bytes are left", left);
	return true;
}

static bool check_object(const struct fit *fit, uint32_t object)
{
	const struct cen_image_desc *image = fit->storage->image;
	uint64_t size = image->objects[object].size, used = 0, end;

	if (size < get(fit, CEN_CONSTRAINT_SIZE_MIN, object, 0))
		return refuse(fit, CEN_CONSTRAINT_SIZE_MIN, object, "it has %" PRIu64, size);
	if (size % get(fit, CEN_CONSTRAINT_SIZE_ALIGN, object, 1))
		return refuse(fit, CEN_CONSTRAINT_SIZE_ALIGN, object, "it has %" PRIu64, size);
	for (uint32_t p = 0; p < image->plane_count; p++) {
		if (image->planes[p].object == object && find_end(fit, p, image->height, &end) && end > used)
			used = end;
	}
	if (size < used || size - used < get(fit, CEN_CONSTRAINT_SIZE_TAIL, object, 0))
		return refuse(fit, CEN_CONSTRAINT_SIZE_TAIL, object, "%" PRIu64 " are left",
			      size < used ? 0 : size - used);
	return check_tail_rows(fit, object, size - used);
}

static bool check_layout(const struct fit *fit)
{
	const struct cen_image_desc *image = fit->storage->image;
	uint32_t objects = image->object_count > 1 ? CEN_OBJECTS_PER_PLANE : CEN_OBJECTS_ONE;

	/* One plane in one object is both. */
	if (image->plane_count > 1 && !(get(fit, CEN_CONSTRAINT_OBJECTS, 0, objects) & objects))
		return refuse(fit, CEN_CONSTRAINT_OBJECTS, 0, "it has %u for %u planes", image->object_count,
			      image->plane_count);
	for (uint32_t p = 0; p < image->plane_count; p++) {
		if (!check_stride(fit, p) || !check_offset(fit, p) || !check_rows(fit, p) || !check_chroma(fit, p))
			return false;
	}
	for (uint32_t o = 0; o < image->object_count; o++) {
		if (!check_object(fit, o))
			return false;
	}
	return true;
}

static bool check_size(const struct fit *fit)
{
	const struct cen_image_desc *image = fit->storage->image;
	struct layout_failure failure;
	const struct cen_constraint *decider;
	char wanted[PHRASE_SIZE];

	if (_cen_layout_check_size(fit->format, image->width, image->height, fit->merged, &failure))
		return true;
	decider = failure.slot >= 0 ? fit->merged->decider[failure.slot] : NULL;
	snprintf(fit->reason, FIT_REASON_SIZE, "requires %s; it is %ux%u pixels",
		 decider ? _cen_phrase_constraint(decider, wanted) : "another size", image->width, image->height);
	return false;
}

/* What the memory is. It has been made: neither its permission nor how much is left matters any more. */
static bool check_memory(const struct fit *fit)
{
	struct cen_source_desc source = *fit->storage->source;
	struct layout layout = {.object_count = fit->storage->image->object_count};
	const struct match_wish wish = {
		.usages = 1,
		.fourcc = fit->storage->image->fourcc,
		.count = 1,
		.modifier = fit->storage->image->modifier,
		.layout = &layout,
		.merged = fit->merged,
		.own_usages = fit->storage->is_own,
	};
	struct match_verdict verdict;
	char text[PHRASE_SIZE];

	source.access = 0;
	source.max_bytes = 0;
	source.free_bytes = 0;
	/* Protected memory is there because somebody asked for it: who says nothing is content, as at the beginning. */
	if (!_cen_merge_has(fit->merged, CEN_CONSTRAINT_PLACEMENT, 0))
		source.placement = CEN_PLACEMENT_SYSTEM;
	for (uint32_t o = 0; o < layout.object_count; o++)
		layout.object_sizes[o] = fit->storage->image->objects[o].size;
	verdict = _cen_match_source(&source, &wish);
	if (!verdict.dimension)
		return true;
	_cen_phrase_verdict(NULL, &source, &verdict, NULL, text);
	if (verdict.slot < 0 || !(fit->merged->slots >> verdict.slot & 1)) {
		snprintf(fit->reason, FIT_REASON_SIZE, "%s: %s", source.name, text);
		return false;
	}
	return refuse(fit, fit->merged->decider[verdict.slot]->kind, 0, "%s: %s", source.name, text);
}

/* How far an alternative came: the reason of the one that came furthest is the one to tell. */
static int try_alternative(const struct fit_storage *storage, const struct constraint_set *set, char *reason)
{
	struct merged merged;
	const struct fit fit = {
		.storage = storage,
		.format = cen_format_get_info(storage->image->fourcc),
		.merged = &merged,
		.reason = reason,
	};

	_cen_merge_begin(&merged);
	_cen_merge_add(&merged, set, 0, 0);
	if (!fit.format || !check_size(&fit))
		return 1;
	if (!check_layout(&fit))
		return 2;
	return check_memory(&fit) ? 4 : 3;
}

bool _cen_fit_check(const struct cen_capabilities *caps, const struct fit_storage *storage,
		    char reason[FIT_REASON_SIZE])
{
	const struct cen_image_desc *image = storage->image;
	char own[FIT_REASON_SIZE], name[64], fourcc[8];
	size_t first, end;
	int best = 0;

	cen_modifier_to_string(image->modifier, name, sizeof(name));
	snprintf(reason, FIT_REASON_SIZE, "does not take %s with the modifier %s",
		 cen_format_to_string(image->fourcc, fourcc), name);
	_cen_capabilities_find(caps, image->fourcc, &first, &end);
	for (size_t n = first; n < end; n++) {
		int far;

		if (caps->entries[n].modifier != image->modifier)
			continue;
		far = try_alternative(storage, caps->entries[n].set, own);
		if (far == 4)
			return true;
		if (far > best) {
			best = far;
			memcpy(reason, own, FIT_REASON_SIZE);
		}
	}
	return false;
}
