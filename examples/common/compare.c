/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the display showed against what the camera saw. */
#include <err.h>
#include <linux/videodev2.h>
#include <math.h>
#include <string.h>

#include <drm_fourcc.h>

#include "picture.h"
#include "util.h"

/* A display converts with fixed-point numbers: a step or two of 255 are rounding, a wrong matrix is tens of steps. */
#define YUV_MEAN_ERROR 1.0
#define YUV_MAX_ERROR 4

/* The textbook matrix of ITU-R BT.601, 709 and 2020 from the weights of red and blue in luma. */
struct colour_matrix colour_get_matrix(const struct camera_colour *colour)
{
	bool is_full = colour->quantization == V4L2_QUANTIZATION_FULL_RANGE;
	double red = 0.299, blue = 0.114, green, chroma;

	if (colour->encoding == V4L2_YCBCR_ENC_709 || colour->encoding == V4L2_YCBCR_ENC_XV709) {
		red = 0.2126;
		blue = 0.0722;
	} else if (colour->encoding == V4L2_YCBCR_ENC_BT2020) {
		red = 0.2627;
		blue = 0.0593;
	}
	green = 1 - red - blue;
	chroma = is_full ? 1 : 255.0 / 224;
	return (struct colour_matrix){
		.offset = is_full ? 0 : 16,
		.luma = is_full ? 1 : 255.0 / 219,
		.cr_to_red = 2 * (1 - red) * chroma,
		.cb_to_green = -2 * (1 - blue) * blue / green * chroma,
		.cr_to_green = -2 * (1 - red) * red / green * chroma,
		.cb_to_blue = 2 * (1 - blue) * chroma,
	};
}

static uint8_t clamp(double value)
{
	long rounded = lround(value);

	if (rounded < 0)
		return 0;
	return rounded > 255 ? 255 : (uint8_t)rounded;
}

static void convert_pixel(const struct colour_matrix *m, int y, int cb, int cr, uint8_t bgr[3])
{
	double luma = (y - m->offset) * m->luma;

	bgr[0] = clamp(luma + m->cb_to_blue * (cb - 128));
	bgr[1] = clamp(luma + m->cb_to_green * (cb - 128) + m->cr_to_green * (cr - 128));
	bgr[2] = clamp(luma + m->cr_to_red * (cr - 128));
}

static size_t get_frame_size(const struct picture *picture, uint32_t fourcc)
{
	size_t pixels = (size_t)picture->width * picture->height;

	return fourcc == DRM_FORMAT_NV12 ? pixels + pixels / 2 : pixels * 4;
}

static int read_reference(const char *path, size_t size, uint8_t *frame)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	int ret;

	if (!file) {
		ret = -errno;
		warn("%s", path);
		return ret;
	}
	if (fread(frame, 1, size, file) != size) {
		warnx("%s: less than one frame of %zu bytes", path, size);
		return -ENODATA;
	}
	return 0;
}

static void get_reference_pixel(const uint8_t *frame, const struct picture *picture, uint32_t fourcc,
				const struct colour_matrix *matrix, uint32_t x, uint32_t y, uint8_t bgr[3])
{
	size_t at = (size_t)y * picture->width + x;
	const uint8_t *chroma;

	if (fourcc == DRM_FORMAT_XRGB8888) {
		memcpy(bgr, frame + at * 4, 3);
		return;
	}
	chroma = frame + (size_t)picture->width * (picture->height + y / 2) + (x & ~1u);
	convert_pixel(matrix, frame[at], chroma[0], chroma[1], bgr);
}

int picture_compare(const struct picture *picture, const char *path, uint32_t fourcc,
		    const struct camera_colour *colour, struct comparison *out)
{
	size_t size = get_frame_size(picture, fourcc);
	_cleanup_free_ uint8_t *frame = calloc(1, size);
	struct colour_matrix matrix = colour_get_matrix(colour);
	uint64_t sum = 0, squares = 0;
	double samples = 3.0 * picture->width * picture->height;
	int ret;

	*out = (struct comparison){0};
	if (!frame)
		return -ENOMEM;
	ret = read_reference(path, size, frame);
	if (ret < 0)
		return ret;
	for (uint32_t y = 0; y < picture->height; y++) {
		const uint8_t *shown = picture->pixels + (size_t)y * picture->stride;

		for (uint32_t x = 0; x < picture->width; x++, shown += 4) {
			uint8_t bgr[3];
			uint32_t worst = 0;

			get_reference_pixel(frame, picture, fourcc, &matrix, x, y, bgr);
			for (int c = 0; c < 3; c++) {
				uint32_t error = (uint32_t)abs(shown[c] - bgr[c]);

				sum += error;
				squares += error * error;
				worst = error > worst ? error : worst;
			}
			out->pixels_different += worst > 0;
			out->max_error = worst > out->max_error ? worst : out->max_error;
		}
	}
	out->mean_error = (double)sum / samples;
	out->psnr = 10 * log10(255.0 * 255.0 / ((double)squares / samples));
	out->is_match = fourcc == DRM_FORMAT_XRGB8888
				? out->pixels_different == 0
				: out->mean_error <= YUV_MEAN_ERROR && out->max_error <= YUV_MAX_ERROR;
	return 0;
}
