/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_FORMAT_H
#define CENALLOC_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The most planes that a buffer has: the limit of KMS, EGL and linux-dmabuf. */
#define CEN_MAX_PLANES 4

/** Modifiers, with the values of drm_fourcc.h. */
#define CEN_MODIFIER_LINEAR 0ull
/** "The driver decides": never produced by cenalloc unless the request asks for it. */
#define CEN_MODIFIER_INVALID 0x00ffffffffffffffull

/** One plane of a format. Block and subsampling as in drm_fourcc.h; a block is the smallest piece with whole bytes. */
struct cen_format_plane {
	uint8_t block_bytes; /* bytes per block */
	uint8_t block_width; /* samples of this plane per block, horizontally */
	uint8_t hsub; /* pixels per sample, horizontally */
	uint8_t vsub; /* pixels per sample, vertically */
};

/**
 * Facts about a fourcc of drm_fourcc.h, or of videodev2.h where DRM has none for the same bytes: sensor data ("pBAA") and
 * tiles that are a format of their own there ("VT12"). V4L2's letters that mean another format in DRM stand for DRM's.
 */
struct cen_format_info {
	uint32_t fourcc;
	uint8_t plane_count;
	bool is_yuv;
	bool has_alpha;
	uint8_t reserved;
	struct cen_format_plane planes[CEN_MAX_PLANES];
	const char *description; /* for a person: "4:2:0, two planes, 8 bit" */
};

/** The facts, or NULL for a fourcc that is not in the table. Static data; any thread. */
const struct cen_format_info *cen_format_get_info(uint32_t fourcc);

/** The table itself: the n-th entry, NULL past its end. */
const struct cen_format_info *cen_format_get_nth(size_t n);

/**
 * The letters of a fourcc without the blanks at its end ("NV12", "R8"), with '.' for what does not print, and "-BE"
 * appended for DRM_FORMAT_BIG_ENDIAN.
 * buf holds at least 8 bytes. Returns buf.
 */
char *cen_format_to_string(uint32_t fourcc, char buf[8]);

/**
 * Read a fourcc as a person writes it: four letters ("NV12", "XR24") or the name of drm_fourcc.h without its prefix
 * ("XRGB8888"). V4L2's letters are read where DRM does not use them ("GREY" for R8, "NM12" for NV12), and V4L2's names
 * of formats that DRM does not have ("SBGGR10P"). The case of letters counts. Returns the fourcc, or 0 for text that
 * names no known format.
 */
uint32_t cen_format_from_string(const char *text);

/**
 * "LINEAR", "INVALID", or the number in hexadecimal, with the vendor in front where it is known ("AMD:0x...").
 * Returns what snprintf() would.
 */
int cen_modifier_to_string(uint64_t modifier, char *buf, size_t size);

/** Read what cen_modifier_to_string() writes, or a plain hexadecimal number. Returns false for other text. */
bool cen_modifier_from_string(const char *text, uint64_t *modifier);

#ifdef __cplusplus
}
#endif

#endif
