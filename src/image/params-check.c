/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The numbers are a client's, so anything: every sum is in 64 bits and checked. */
#include "params-check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "layout.h"
#include "offer.h"

int _cen_params_refuse(struct cen_refusal *refusal, enum cen_params_error code, const char *format, ...)
{
	va_list args;

	*refusal = (struct cen_refusal){.is_protocol_error = true, .code = code};
	va_start(args, format);
	vsnprintf(refusal->message, sizeof(refusal->message), format, args);
	va_end(args);
	return -EPROTO;
}

int _cen_params_fail(struct cen_refusal *refusal, const char *format, ...)
{
	va_list args;

	*refusal = (struct cen_refusal){.code = CEN_PARAMS_ERROR_INVALID_WL_BUFFER};
	va_start(args, format);
	vsnprintf(refusal->message, sizeof(refusal->message), format, args);
	va_end(args);
	return -EINVAL;
}

static int check_size(const struct params_wish *wish, struct cen_refusal *refusal)
{
	if (wish->width <= 0 || wish->height <= 0)
		return _cen_params_refuse(refusal, CEN_PARAMS_ERROR_INVALID_DIMENSIONS,
					  "size %" PRId32 "x%" PRId32 ": width and height must be positive",
					  wish->width, wish->height);
	if (wish->width > PARAMS_MAX_SIZE || wish->height > PARAMS_MAX_SIZE)
		return _cen_params_fail(refusal, "size %" PRId32 "x%" PRId32 ": width and height are bounded by %d",
					wish->width, wish->height, PARAMS_MAX_SIZE);
	return 0;
}

static bool is_vendor(uint64_t modifier)
{
	return modifier != CEN_MODIFIER_LINEAR && modifier != CEN_MODIFIER_INVALID;
}

static int check_planes(const struct params_wish *wish, const struct cen_format_info *format, uint32_t *plane_count,
			struct cen_refusal *refusal)
{
	uint32_t count = 0, given = 0, most;
	char name[8];

	for (uint32_t n = 0; n < CEN_MAX_PLANES; n++) {
		given += wish->planes[n].is_set;
		if (wish->planes[n].is_set && n == count)
			count++;
	}
	if (given != count || !count)
		return _cen_params_refuse(refusal, CEN_PARAMS_ERROR_INCOMPLETE, "plane %" PRIu32 " of %s was not added",
					  count, cen_format_to_string(wish->fourcc, name));
	/* A driver's layout may have planes beside those of the format: compression data. */
	most = is_vendor(wish->planes[0].modifier) ? CEN_MAX_PLANES : format->plane_count;
	if (count < format->plane_count || count > most)
		return _cen_params_refuse(refusal, CEN_PARAMS_ERROR_INCOMPLETE,
					  "%" PRIu32 " planes were added, %s has %u", count,
					  cen_format_to_string(wish->fourcc, name), format->plane_count);
	*plane_count = count;
	return 0;
}

/* Of a version that does not know the protocol error yet, a client is told politely. */
static int check_modifiers(const struct cen_offer *offer, const struct params_wish *wish, uint32_t plane_count,
			   struct cen_refusal *refusal)
{
	uint64_t modifier = wish->planes[0].modifier;
	char name[8], text[64];

	for (uint32_t n = 1; n < plane_count; n++) {
		if (wish->planes[n].modifier == modifier)
			continue;
		if (wish->version >= 5)
			return _cen_params_refuse(refusal, CEN_PARAMS_ERROR_INVALID_FORMAT,
						  "planes 0 and %" PRIu32 " have different modifiers", n);
		return _cen_params_fail(refusal, "planes 0 and %" PRIu32 " have different modifiers", n);
	}
	if (cen_offer_has_pair(offer, wish->fourcc, modifier))
		return 0;
	cen_format_to_string(wish->fourcc, name);
	cen_modifier_to_string(modifier, text, sizeof(text));
	if (wish->version >= 4)
		return _cen_params_refuse(refusal, CEN_PARAMS_ERROR_INVALID_FORMAT,
					  "%s with the modifier %s was not offered", name, text);
	return _cen_params_fail(refusal, "%s with the modifier %s was not offered", name, text);
}

int _cen_params_check_wish(const struct cen_offer *offer, const struct params_wish *wish, uint32_t *plane_count,
			   struct cen_refusal *refusal)
{
	const struct cen_format_info *format = cen_format_get_info(wish->fourcc);
	char name[8];
	int ret;

	*plane_count = 0;
	if (!format || !_cen_offer_has_format(offer, wish->fourcc))
		return _cen_params_refuse(refusal, CEN_PARAMS_ERROR_INVALID_FORMAT,
					  "format %s (0x%08" PRIx32 ") was not offered",
					  cen_format_to_string(wish->fourcc, name), wish->fourcc);
	ret = check_size(wish, refusal);
	if (ret == 0)
		ret = check_planes(wish, format, plane_count, refusal);
	return ret == 0 ? check_modifiers(offer, wish, *plane_count, refusal) : ret;
}

/* Of a driver's layout no more is known than where it begins. */
static int check_start(const struct params_plane *plane, uint32_t n, uint64_t object_size, struct cen_refusal *refusal)
{
	if (plane->offset < object_size)
		return 0;
	return _cen_params_refuse(refusal, CEN_PARAMS_ERROR_OUT_OF_BOUNDS,
				  "plane %" PRIu32 " begins at byte %" PRIu32 " of a dma-buf of %" PRIu64 " bytes", n,
				  plane->offset, object_size);
}

int _cen_params_check_bounds(const struct params_wish *wish, uint32_t n, uint64_t object_size, uint64_t *bytes,
			     struct cen_refusal *refusal)
{
	const struct cen_format_info *format = cen_format_get_info(wish->fourcc);
	const struct params_plane *plane = &wish->planes[n];
	uint64_t rows, row, end;

	*bytes = 0;
	/* Without a modifier the layout is not known either; a driver that is asked for none takes at least so much. */
	if (is_vendor(plane->modifier))
		return check_start(plane, n, object_size, refusal);
	row = _cen_layout_natural_stride(&format->planes[n], (uint32_t)wish->width);
	rows = ((uint64_t)wish->height + format->planes[n].vsub - 1) / format->planes[n].vsub;
	/* Rows that overlap end beyond the last stride: an importer would read past the end. */
	if (plane->stride < row)
		return _cen_params_refuse(refusal, CEN_PARAMS_ERROR_OUT_OF_BOUNDS,
					  "plane %" PRIu32 ": a stride of %" PRIu32
					  " bytes does not hold a row of %" PRIu64,
					  n, plane->stride, row);
	if (__builtin_mul_overflow((uint64_t)plane->stride, rows, bytes) ||
	    __builtin_add_overflow(*bytes, (uint64_t)plane->offset, &end) || end > object_size)
		return _cen_params_refuse(refusal, CEN_PARAMS_ERROR_OUT_OF_BOUNDS,
					  "plane %" PRIu32 ": offset %" PRIu32 " and %" PRIu64 " rows of %" PRIu32
					  " bytes go beyond the dma-buf of %" PRIu64 " bytes",
					  n, plane->offset, rows, plane->stride, object_size);
	return 0;
}
