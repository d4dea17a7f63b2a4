/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Writes and reads pixels of the formats that cameras and displays have. */
#include "probe-pixels.h"

#include <drm_fourcc.h>
#include <linux/dma-buf.h>
#include <sys/mman.h>

#include "backend-util.h"

/* Half the width of what is written around the middle of a cell: a driver may look at the neighbours of a pixel. */
#define PATCH 4
/* Of 255: YUV is converted with whole numbers here and with fractions there, RG16 has five bits. */
#define TOLERANCE 10

enum layout {
	LAYOUT_RGB, /* a number of so many bytes, a channel in some of its bits */
	LAYOUT_PACKED, /* 4:2:2, four bytes for two pixels */
	LAYOUT_TWO_PLANES, /* Y, then pairs of chroma */
	LAYOUT_THREE_PLANES,
};

struct pixels_format {
	uint32_t fourcc;
	enum layout layout;
	uint8_t bytes; /* RGB: of a pixel */
	struct {
		uint8_t shift, bits;
	} r, g, b, a;
	uint8_t hsub, vsub; /* YUV */
	bool is_swapped; /* V before U */
	uint8_t luma; /* packed: the byte of the first Y */
};

/* Each version of clang-format lays out braces in a macro in its own way. */
/* clang-format off */
#define RGB(code, size, ...) {.fourcc = DRM_FORMAT_##code, .layout = LAYOUT_RGB, .bytes = (size), __VA_ARGS__}
#define TWO(code, h, v, swapped) \
	{.fourcc = DRM_FORMAT_##code, .layout = LAYOUT_TWO_PLANES, .hsub = (h), .vsub = (v), .is_swapped = (swapped)}
#define THREE(code, h, v, swapped) \
	{.fourcc = DRM_FORMAT_##code, .layout = LAYOUT_THREE_PLANES, .hsub = (h), .vsub = (v), .is_swapped = (swapped)}
#define PACKED(code, first, swapped) \
	{.fourcc = DRM_FORMAT_##code, .layout = LAYOUT_PACKED, .hsub = 2, .vsub = 1, .luma = (first), \
	 .is_swapped = (swapped)}
/* clang-format on */

static const struct pixels_format formats[] = {
	RGB(XRGB8888, 4, {16, 8}, {8, 8}, {0, 8}, {24, 8}),
	RGB(ARGB8888, 4, {16, 8}, {8, 8}, {0, 8}, {24, 8}),
	RGB(XBGR8888, 4, {0, 8}, {8, 8}, {16, 8}, {24, 8}),
	RGB(ABGR8888, 4, {0, 8}, {8, 8}, {16, 8}, {24, 8}),
	RGB(RGBX8888, 4, {24, 8}, {16, 8}, {8, 8}, {0, 8}),
	RGB(RGBA8888, 4, {24, 8}, {16, 8}, {8, 8}, {0, 8}),
	RGB(BGRX8888, 4, {8, 8}, {16, 8}, {24, 8}, {0, 8}),
	RGB(BGRA8888, 4, {8, 8}, {16, 8}, {24, 8}, {0, 8}),
	RGB(RGB888, 3, {16, 8}, {8, 8}, {0, 8}),
	RGB(BGR888, 3, {0, 8}, {8, 8}, {16, 8}),
	RGB(RGB565, 2, {11, 5}, {5, 6}, {0, 5}),
	RGB(BGR565, 2, {0, 5}, {5, 6}, {11, 5}),
	RGB(XRGB2101010, 4, {20, 10}, {10, 10}, {0, 10}, {30, 2}),
	RGB(ARGB2101010, 4, {20, 10}, {10, 10}, {0, 10}, {30, 2}),
	RGB(XBGR2101010, 4, {0, 10}, {10, 10}, {20, 10}, {30, 2}),
	RGB(ABGR2101010, 4, {0, 10}, {10, 10}, {20, 10}, {30, 2}),
	RGB(R8, 1, {0, 8}),
	RGB(GR88, 2, {0, 8}, {8, 8}),
	TWO(NV12, 2, 2, false),
	TWO(NV21, 2, 2, true),
	TWO(NV16, 2, 1, false),
	TWO(NV61, 2, 1, true),
	TWO(NV24, 1, 1, false),
	THREE(YUV420, 2, 2, false),
	THREE(YVU420, 2, 2, true),
	THREE(YUV422, 2, 1, false),
	THREE(YUV444, 1, 1, false),
	PACKED(YUYV, 0, false),
	PACKED(YVYU, 0, true),
	PACKED(UYVY, 1, false),
	PACKED(VYUY, 1, true),
};

static const struct pixels_format *find_format(uint32_t fourcc)
{
	for (size_t i = 0; i < ARRAY_LENGTH(formats); i++) {
		if (formats[i].fourcc == fourcc)
			return &formats[i];
	}
	return NULL;
}

bool _cen_pixels_is_yuv(uint32_t fourcc)
{
	const struct pixels_format *format = find_format(fourcc);

	return format && format->layout != LAYOUT_RGB;
}

struct pixels_planes _cen_pixels_get_planes(uint32_t fourcc)
{
	static const uint32_t counts[] = {
		[LAYOUT_RGB] = 0, [LAYOUT_PACKED] = 1, [LAYOUT_TWO_PLANES] = 2, [LAYOUT_THREE_PLANES] = 3};
	const struct pixels_format *format = find_format(fourcc);

	if (!format)
		return (struct pixels_planes){0};
	return (struct pixels_planes){
		.count = counts[format->layout],
		.hsub = format->hsub,
		.vsub = format->vsub,
		.is_swapped = format->is_swapped,
	};
}

int _cen_pixels_map(struct pixels *pixels, const struct cen_image_desc *image, uint32_t *object)
{
	*pixels = (struct pixels){
		.image = image,
		.format = find_format(image->fourcc),
		.columns = image->width >= PIXELS_CELLS * 4 ? PIXELS_CELLS : 1,
		.rows = image->height >= PIXELS_CELLS * 4 ? PIXELS_CELLS : 1,
	};
	for (uint32_t o = 0; o < image->object_count; o++) {
		void *map =
			mmap(NULL, image->objects[o].size, PROT_READ | PROT_WRITE, MAP_SHARED, image->objects[o].fd, 0);
		int errnum = errno;

		*object = o;
		if (map == MAP_FAILED) {
			_cen_pixels_unmap(pixels);
			return -errnum;
		}
		pixels->maps[o] = map;
	}
	return 0;
}

void _cen_pixels_unmap(struct pixels *pixels)
{
	for (uint32_t o = 0; o < CEN_MAX_PLANES; o++) {
		if (pixels->maps[o])
			munmap(pixels->maps[o], pixels->image->objects[o].size);
		pixels->maps[o] = NULL;
	}
}

void _cen_pixels_sync(const struct pixels *pixels, bool is_end)
{
	struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_RW | (is_end ? DMA_BUF_SYNC_END : DMA_BUF_SYNC_START)};

	for (uint32_t o = 0; o < pixels->image->object_count; o++)
		retry_ioctl(pixels->image->objects[o].fd, DMA_BUF_IOCTL_SYNC, &sync);
}

/* Bytes of a plane, or NULL where they are not in its object. */
static uint8_t *locate(const struct pixels *pixels, uint32_t plane, uint64_t row, uint64_t byte, uint64_t bytes)
{
	const struct cen_image_plane *layout = &pixels->image->planes[plane];
	uint64_t at, end;

	if (plane >= pixels->image->plane_count || __builtin_mul_overflow(row, layout->stride, &at) ||
	    __builtin_add_overflow(at, layout->offset, &at) || __builtin_add_overflow(at, byte, &at) ||
	    __builtin_add_overflow(at, bytes, &end) || end > pixels->image->objects[layout->object].size)
		return NULL;
	return pixels->maps[layout->object] + at;
}

/* Eight bits as a channel of so many. */
static uint32_t scale_up(uint8_t value, uint8_t bits)
{
	return bits ? ((uint32_t)value * ((1u << bits) - 1) + 127) / 255 : 0;
}

static uint8_t scale_down(uint32_t value, uint8_t shift, uint8_t bits)
{
	uint32_t max = (1u << bits) - 1;

	return bits ? (uint8_t)(((value >> shift & max) * 255 + max / 2) / max) : 0;
}

struct pixels_colour _cen_pixels_paint(uint32_t column, uint32_t row)
{
	/* Neighbours differ in every direction, and nothing is like memory that was never written. */
	static const struct pixels_colour paints[] = {
		{230, 40, 60}, {50, 210, 80}, {70, 60, 220}, {200, 190, 40}, {90, 200, 210},
	};

	return paints[(column + row * 2) % ARRAY_LENGTH(paints)];
}

/* Y, U and V in r, g and b, well inside the range of video. */
static struct pixels_colour pick_yuv(uint32_t column, uint32_t row)
{
	static const struct pixels_colour yuv[] = {
		{80, 100, 160}, {130, 150, 110}, {170, 110, 130}, {100, 140, 150}, {150, 128, 100},
	};

	return yuv[(column + row * 2) % ARRAY_LENGTH(yuv)];
}

static uint8_t clamp(int value)
{
	return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* BT.601, limited range: what the import asks for. */
static struct pixels_colour convert_yuv(struct pixels_colour yuv)
{
	int y = (yuv.r - 16) * 1164, u = yuv.g - 128, v = yuv.b - 128;

	return (struct pixels_colour){
		clamp((y + 1596 * v) / 1000),
		clamp((y - 813 * v - 392 * u) / 1000),
		clamp((y + 2017 * u) / 1000),
	};
}

struct pixels_colour _cen_pixels_expect(const struct pixels *pixels, uint32_t column, uint32_t row)
{
	const struct pixels_format *format = pixels->format;
	struct pixels_colour colour;

	if (format->layout != LAYOUT_RGB)
		return convert_yuv(pick_yuv(column, row));
	colour = _cen_pixels_paint(column, row);
	colour.g = format->g.bits ? colour.g : 0;
	colour.b = format->b.bits ? colour.b : 0;
	return colour;
}

static bool write_rgb(const struct pixels *pixels, uint32_t x, uint32_t y, struct pixels_colour colour)
{
	const struct pixels_format *format = pixels->format;
	uint8_t *at = locate(pixels, 0, y, (uint64_t)x * format->bytes, format->bytes);
	uint32_t value = scale_up(colour.r, format->r.bits) << format->r.shift |
			 scale_up(colour.g, format->g.bits) << format->g.shift |
			 scale_up(colour.b, format->b.bits) << format->b.shift |
			 scale_up(255, format->a.bits) << format->a.shift;

	for (uint8_t i = 0; at && i < format->bytes; i++)
		at[i] = (uint8_t)(value >> 8 * i);
	return at != NULL;
}

static bool write_yuv(const struct pixels *pixels, uint32_t x, uint32_t y, struct pixels_colour yuv)
{
	const struct pixels_format *format = pixels->format;
	uint8_t first = format->is_swapped ? yuv.b : yuv.g, second = format->is_swapped ? yuv.g : yuv.b;
	uint32_t cx = x / format->hsub, cy = y / format->vsub;
	uint8_t *at, *u, *v;

	if (format->layout == LAYOUT_PACKED) {
		at = locate(pixels, 0, y, (uint64_t)cx * 4, 4);
		if (!at)
			return false;
		at[format->luma + 2 * (x & 1)] = yuv.r;
		at[!format->luma] = first;
		at[!format->luma + 2] = second;
		return true;
	}
	at = locate(pixels, 0, y, x, 1);
	if (format->layout == LAYOUT_TWO_PLANES) {
		u = locate(pixels, 1, cy, (uint64_t)cx * 2, 2);
		v = u ? u + 1 : NULL;
	} else {
		u = locate(pixels, 1, cy, cx, 1);
		v = locate(pixels, 2, cy, cx, 1);
	}
	if (!at || !u || !v)
		return false;
	*at = yuv.r;
	*u = first;
	*v = second;
	return true;
}

/* The pixel that is sampled in cell n of count over size pixels. */
static uint32_t find_middle(uint32_t n, uint32_t count, uint32_t size)
{
	return (uint32_t)(((uint64_t)n * 2 + 1) * size / (count * 2));
}

static bool write_patch(const struct pixels *pixels, uint32_t column, uint32_t row)
{
	bool is_yuv = pixels->format->layout != LAYOUT_RGB;
	struct pixels_colour colour = is_yuv ? pick_yuv(column, row) : _cen_pixels_paint(column, row);
	uint32_t width = pixels->image->width, height = pixels->image->height;
	uint32_t x_cell = width / pixels->columns, y_cell = height / pixels->rows;
	uint32_t x = find_middle(column, pixels->columns, width), y = find_middle(row, pixels->rows, height);
	/* No further than the next cell's. */
	uint32_t dx = x_cell / 2 > PATCH ? PATCH : x_cell / 2, dy = y_cell / 2 > PATCH ? PATCH : y_cell / 2;
	bool is_good = true;

	for (uint32_t py = y - dy; is_good && py < y + dy + !dy; py++) {
		for (uint32_t px = x - dx; is_good && px < x + dx + !dx; px++)
			is_good = is_yuv ? write_yuv(pixels, px, py, colour) : write_rgb(pixels, px, py, colour);
	}
	return is_good;
}

int _cen_pixels_write(const struct pixels *pixels)
{
	for (uint32_t row = 0; row < pixels->rows; row++) {
		for (uint32_t column = 0; column < pixels->columns; column++) {
			if (!write_patch(pixels, column, row))
				return -ERANGE;
		}
	}
	return 0;
}

int _cen_pixels_read(const struct pixels *pixels, uint32_t column, uint32_t row, struct pixels_colour *colour)
{
	const struct pixels_format *format = pixels->format;
	uint32_t x = find_middle(column, pixels->columns, pixels->image->width);
	uint32_t y = find_middle(row, pixels->rows, pixels->image->height), value = 0;
	const uint8_t *at = locate(pixels, 0, y, (uint64_t)x * format->bytes, format->bytes);

	if (!at)
		return -ERANGE;
	for (uint8_t i = 0; i < format->bytes; i++)
		value |= (uint32_t)at[i] << 8 * i;
	colour->r = scale_down(value, format->r.shift, format->r.bits);
	colour->g = scale_down(value, format->g.shift, format->g.bits);
	colour->b = scale_down(value, format->b.shift, format->b.bits);
	return 0;
}

bool _cen_pixels_is_close(struct pixels_colour a, struct pixels_colour b)
{
	return abs(a.r - b.r) <= TOLERANCE && abs(a.g - b.g) <= TOLERANCE && abs(a.b - b.b) <= TOLERANCE;
}
