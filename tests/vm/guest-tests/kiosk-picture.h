/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* For kiosk-output.c: the picture that it shows, and what it finds on the screen. */
#pragma once

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "output.h"
#include "tap.h"

struct test {
	const char *display, *folder;
	struct output *output;
	uint32_t width, height;
	struct output_flip flip; /* the last one */
	unsigned flips, releases;
	int buffers; /* dma-bufs of the machine without a client's */
	struct output_image *released;
};

/* Every pixel differs from its neighbours and the picture from its mirror images. */
static inline void get_colour(const struct test *test, uint32_t x, uint32_t y, uint8_t rgb[3])
{
	rgb[0] = (uint8_t)(x * 255 / test->width);
	rgb[1] = (uint8_t)(y * 255 / test->height);
	rgb[2] = (x / 64 + y / 64) % 2 ? 200 : 40;
	if (x < test->width / 4 && y < test->height / 8)
		rgb[0] = rgb[1] = rgb[2] = 255;
}

static inline void fill_rgb(const struct test *test, uint8_t *map, uint64_t stride)
{
	for (uint32_t y = 0; y < test->height; y++) {
		uint8_t *pixel = map + stride * y;

		for (uint32_t x = 0; x < test->width; x++, pixel += 4) {
			uint8_t rgb[3];

			get_colour(test, x, y, rgb);
			pixel[0] = rgb[2];
			pixel[1] = rgb[1];
			pixel[2] = rgb[0];
			pixel[3] = 0; /* XRGB: must not matter */
		}
	}
}

/* BT.601, limited range; the chroma of four pixels is that of the first. */
static inline void fill_nv12(const struct test *test, uint8_t *luma, uint64_t stride, uint8_t *chroma,
			     uint64_t chroma_stride)
{
	for (uint32_t y = 0; y < test->height; y++) {
		for (uint32_t x = 0; x < test->width; x++) {
			double r, g, b;
			uint8_t rgb[3];

			get_colour(test, x & ~1u, y & ~1u, rgb);
			r = rgb[0], g = rgb[1], b = rgb[2];
			luma[stride * y + x] = (uint8_t)(16.5 + 0.2568 * r + 0.5041 * g + 0.0979 * b);
			if (x % 2 || y % 2)
				continue;
			chroma[chroma_stride * (y / 2) + x] = (uint8_t)(128.5 - 0.1482 * r - 0.2910 * g + 0.4392 * b);
			chroma[chroma_stride * (y / 2) + x + 1] =
				(uint8_t)(128.5 + 0.4392 * r - 0.3678 * g - 0.0714 * b);
		}
	}
}

struct capture {
	uint8_t *rgb;
	uint32_t width, height;
};

static inline struct capture capture(const struct test *test, const char *name)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	struct capture capture = {0};
	char path[256];
	int ret;

	snprintf(path, sizeof(path), "%s/%s.png", test->folder, name);
	ret = output_capture(test->output, path);
	if (ret == -ENODEV) {
		printf("ok %d - %s: read back # SKIP the display has no writeback\n", ++test_count, name);
		return capture;
	}
	if (!check(ret == 0 && png_image_begin_read_from_file(&image, path), "%s: read back (%d)", name, ret))
		return capture;
	image.format = PNG_FORMAT_RGB;
	capture.rgb = calloc(PNG_IMAGE_SIZE(image) + 1, 1);
	if (capture.rgb && png_image_finish_read(&image, NULL, capture.rgb, 0, NULL)) {
		capture.width = image.width;
		capture.height = image.height;
	}
	return capture;
}

/* The largest difference of a channel, with the picture or, in the middle of other places, with a colour. */
static inline int compare_picture(const struct test *test, const struct capture *capture, uint32_t grid)
{
	int worst = capture->width == test->width && capture->height == test->height ? 0 : 256;

	for (uint32_t y = 0; worst < 256 && y < test->height; y++) {
		for (uint32_t x = 0; x < test->width; x++) {
			uint8_t rgb[3];

			get_colour(test, x / grid * grid, y / grid * grid, rgb);
			for (int c = 0; c < 3; c++) {
				int error = abs(rgb[c] - capture->rgb[((size_t)y * test->width + x) * 3 + (size_t)c]);

				worst = error > worst ? error : worst;
			}
		}
	}
	return worst;
}

static inline bool is_colour(const struct capture *capture, uint32_t x, uint32_t y, int r, int g, int b)
{
	const uint8_t *pixel = capture->rgb + ((size_t)y * capture->width + x) * 3;

	return abs(pixel[0] - r) <= 2 && abs(pixel[1] - g) <= 2 && abs(pixel[2] - b) <= 2;
}
