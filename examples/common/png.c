/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Writing a picture as PNG. */
#include "picture.h"

#include <err.h>
#include <string.h>

#include <png.h>

#include "util.h"

int picture_write_png(const char *path, const struct picture *picture)
{
	png_image image = {
		.version = PNG_IMAGE_VERSION,
		.width = picture->width,
		.height = picture->height,
		.format = PNG_FORMAT_RGB,
	};
	_cleanup_free_ uint8_t *rgb = NULL;

	rgb = calloc((size_t)picture->width * picture->height, 3);
	if (!rgb)
		return -ENOMEM;
	for (uint32_t y = 0; y < picture->height; y++) {
		const uint8_t *from = picture->pixels + (size_t)y * picture->stride;
		uint8_t *to = rgb + (size_t)y * picture->width * 3;

		for (uint32_t x = 0; x < picture->width; x++, from += 4, to += 3) {
			to[0] = from[2];
			to[1] = from[1];
			to[2] = from[0];
		}
	}
	if (!png_image_write_to_file(&image, path, 0, rgb, 0, NULL)) {
		warnx("%s: %s", path, image.message);
		return -EIO;
	}
	return 0;
}
