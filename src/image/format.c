/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Looking up formats and modifiers, and their text forms. */

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <drm_fourcc.h>

#include "format-table.h"
#include "util.h"

/* By the number in the top byte of a modifier. */
static const char *const vendor_names[] = {
	[DRM_FORMAT_MOD_VENDOR_INTEL] = "INTEL",
	[DRM_FORMAT_MOD_VENDOR_AMD] = "AMD",
	[DRM_FORMAT_MOD_VENDOR_NVIDIA] = "NVIDIA",
	[DRM_FORMAT_MOD_VENDOR_SAMSUNG] = "SAMSUNG",
	[DRM_FORMAT_MOD_VENDOR_QCOM] = "QCOM",
	[DRM_FORMAT_MOD_VENDOR_VIVANTE] = "VIVANTE",
	[DRM_FORMAT_MOD_VENDOR_BROADCOM] = "BROADCOM",
	[DRM_FORMAT_MOD_VENDOR_ARM] = "ARM",
	[DRM_FORMAT_MOD_VENDOR_ALLWINNER] = "ALLWINNER",
	[DRM_FORMAT_MOD_VENDOR_AMLOGIC] = "AMLOGIC",
	[0x0b] = "MTK", /* the oldest libdrm that will do has no name for it */
};

const struct cen_format_info *cen_format_get_info(uint32_t fourcc)
{
	size_t low = 0, high = _cen_format_row_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint32_t found = _cen_format_rows[middle].info.fourcc;

		if (found == fourcc)
			return &_cen_format_rows[middle].info;
		if (found < fourcc)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct cen_format_info *cen_format_get_nth(size_t n)
{
	return n < _cen_format_row_count ? &_cen_format_rows[n].info : NULL;
}

char *cen_format_to_string(uint32_t fourcc, char buf[8])
{
	uint32_t letters = fourcc & ~DRM_FORMAT_BIG_ENDIAN;

	size_t length = 4;

	for (unsigned int i = 0; i < 4; i++) {
		unsigned char c = (unsigned char)(letters >> (8 * i));

		buf[i] = isprint(c) ? (char)c : '.';
	}
	while (length > 1 && buf[length - 1] == ' ')
		length--;
	memcpy(buf + length, fourcc & DRM_FORMAT_BIG_ENDIAN ? "-BE" : "", fourcc & DRM_FORMAT_BIG_ENDIAN ? 4 : 1);
	return buf;
}

/* The four letters, with or without the blanks at the end ("R8" is "R8  "). */
static bool is_letters(const char *text, uint32_t fourcc)
{
	size_t length = strnlen(text, 5);

	if (length > 4 || length == 0)
		return false;
	for (unsigned int i = 0; i < 4; i++)
		if ((i < length ? (unsigned char)text[i] : ' ') != ((fourcc >> (8 * i)) & 0xff))
			return false;
	return true;
}

/* Letters of V4L2 that DRM does not use, for the same bytes; as in the backend, "M" is a dma-buf for each plane. */
static uint32_t from_v4l2(const char *text)
{
	static const struct {
		char letters[5];
		uint32_t fourcc;
	} rows[] = {
		{"GREY", DRM_FORMAT_R8},     {"RGB3", DRM_FORMAT_BGR888}, {"BGR3", DRM_FORMAT_RGB888},
		{"RGBP", DRM_FORMAT_RGB565}, {"422P", DRM_FORMAT_YUV422}, {"411P", DRM_FORMAT_YUV411},
		{"NM12", DRM_FORMAT_NV12},   {"NM21", DRM_FORMAT_NV21},   {"NM16", DRM_FORMAT_NV16},
		{"NM61", DRM_FORMAT_NV61},   {"YM12", DRM_FORMAT_YUV420}, {"YM21", DRM_FORMAT_YVU420},
		{"YM16", DRM_FORMAT_YUV422}, {"YM61", DRM_FORMAT_YVU422}, {"YM24", DRM_FORMAT_YUV444},
		{"YM42", DRM_FORMAT_YVU444},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		if (strcmp(text, rows[i].letters) == 0)
			return rows[i].fourcc;
	return 0;
}

uint32_t cen_format_from_string(const char *text)
{
	for (size_t i = 0; i < _cen_format_row_count; i++)
		if (is_letters(text, _cen_format_rows[i].info.fourcc) || strcmp(text, _cen_format_rows[i].name) == 0)
			return _cen_format_rows[i].info.fourcc;
	return from_v4l2(text);
}

int cen_modifier_to_string(uint64_t modifier, char *buf, size_t size)
{
	uint64_t vendor = modifier >> 56;

	if (modifier == CEN_MODIFIER_LINEAR)
		return snprintf(buf, size, "LINEAR");
	if (modifier == CEN_MODIFIER_INVALID)
		return snprintf(buf, size, "INVALID");
	if (vendor < ARRAY_LENGTH(vendor_names) && vendor_names[vendor])
		return snprintf(buf, size, "%s:0x%" PRIx64, vendor_names[vendor], modifier);
	return snprintf(buf, size, "0x%" PRIx64, modifier);
}

/* "0x" and 1 to 16 digits, or nothing at all. strtoull() would take signs and blanks, too. */
static bool read_hex(const char *text, uint64_t *out)
{
	size_t digits;

	if (text[0] != '0' || text[1] != 'x')
		return false;
	text += 2;
	digits = strspn(text, "0123456789abcdefABCDEF");
	if (digits == 0 || digits > 16 || text[digits] != '\0')
		return false;
	*out = strtoull(text, NULL, 16);
	return true;
}

/* The vendor in front of the ':', if it is one that is known. */
static bool has_vendor(const char *text, size_t length, uint64_t *vendor)
{
	for (size_t i = 0; i < ARRAY_LENGTH(vendor_names); i++)
		if (vendor_names[i] && strlen(vendor_names[i]) == length &&
		    memcmp(vendor_names[i], text, length) == 0) {
			*vendor = i;
			return true;
		}
	return false;
}

bool cen_modifier_from_string(const char *text, uint64_t *modifier)
{
	const char *colon = strchr(text, ':');
	uint64_t vendor, number;

	if (strcmp(text, "LINEAR") == 0) {
		*modifier = CEN_MODIFIER_LINEAR;
		return true;
	}
	if (strcmp(text, "INVALID") == 0) {
		*modifier = CEN_MODIFIER_INVALID;
		return true;
	}
	if (!read_hex(colon ? colon + 1 : text, &number))
		return false;
	/* A vendor that contradicts the number is a mistake, whichever of the two is meant. */
	if (colon && (!has_vendor(text, (size_t)(colon - text), &vendor) || vendor != number >> 56))
		return false;
	*modifier = number;
	return true;
}
