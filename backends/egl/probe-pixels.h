/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The pixels of a linear image as the CPU sees them through mmap(). */
#pragma once

#include <stdbool.h>

#include "probe/server.h"

/* The image is looked at in cells, up to so many each way. */
#define PIXELS_CELLS 8

struct pixels_colour {
	uint8_t r, g, b;
};

struct pixels_format;

struct pixels {
	const struct cen_image_desc *image;
	const struct pixels_format *format;
	uint8_t *maps[CEN_MAX_PLANES]; /* per object */
	uint32_t columns, rows; /* of cells */
};

/* Whether a fourcc is a YUV one that is known here. */
bool _cen_pixels_is_yuv(uint32_t fourcc);

struct pixels_planes {
	uint32_t count; /* 0: not a YUV fourcc that is known here */
	uint8_t hsub, vsub; /* pixels that a sample of chroma is for */
	bool is_swapped; /* V before U */
};
struct pixels_planes _cen_pixels_get_planes(uint32_t fourcc);

/*
 * Map every object for reading and writing. Returns 0, or a negative errno with *object the one that cannot be: -EACCES
 * for a file descriptor that is read-only; -ENODEV and others for memory that the CPU cannot see.
 */
int _cen_pixels_map(struct pixels *pixels, const struct cen_image_desc *image, uint32_t *object);
void _cen_pixels_unmap(struct pixels *pixels);

/* Begin and end what the CPU does with the memory. */
void _cen_pixels_sync(const struct pixels *pixels, bool is_end);

/* Write a patch of a cell's own colour into the middle of each. Returns 0, or -ERANGE where a plane leaves its object. */
int _cen_pixels_write(const struct pixels *pixels);
/* The pixel in the middle of a cell; not of YUV. Returns 0 or -ERANGE. */
int _cen_pixels_read(const struct pixels *pixels, uint32_t column, uint32_t row, struct pixels_colour *colour);

/* What a cell shows: of what was written, with the format's own precision for channels it lacks. */
struct pixels_colour _cen_pixels_expect(const struct pixels *pixels, uint32_t column, uint32_t row);
/* The colour that an RGB image is drawn with in a cell. */
struct pixels_colour _cen_pixels_paint(uint32_t column, uint32_t row);
/* Whether two colours are the same but for rounding. */
bool _cen_pixels_is_close(struct pixels_colour a, struct pixels_colour b);
