/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A picture in memory, and what is done with it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "camera.h"

/* XR24, rows from the top. */
struct picture {
	uint32_t width, height, stride;
	const uint8_t *pixels;
};

/* Returns 0 or a negative errno, explained on stderr. */
int picture_write_png(const char *path, const struct picture *picture);

/* From YUV of 8 bits to RGB: first the offset comes off luma, and 128 off chroma. */
struct colour_matrix {
	double offset, luma, cr_to_red, cb_to_green, cr_to_green, cb_to_blue;
};
struct colour_matrix colour_get_matrix(const struct camera_colour *colour);

/* How far the picture is from a reference: differences per colour channel, of 255. */
struct comparison {
	double mean_error;
	double psnr; /* dB; infinite when equal */
	uint32_t max_error;
	uint64_t pixels_different;
	bool is_match; /* equal for RGB; within the rounding of a conversion for YUV */
};

/*
 * Compare with the first frame in a file: fourcc, without padding, of the picture's size.
 * Returns 0 or a negative errno, explained on stderr.
 */
int picture_compare(const struct picture *picture, const char *path, uint32_t fourcc,
		    const struct camera_colour *colour, struct comparison *out);
