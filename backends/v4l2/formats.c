/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * V4L2's pixel formats and the DRM fourccs of the same bytes.
 *
 * DRM names the bits of a little-endian word from the top; V4L2 names, for the 8-bit RGB formats, the bytes in memory
 * (RGB24 is R, G, B: DRM's BGR888), yet its "ABGR32" is B, G, R, A in memory: DRM's ARGB8888. The packed YUV names go
 * by memory: V4L2's AYUV32 is A, Y, U, V, which DRM cannot say, and DRM's AYUV is V4L2's VUYA32. The four letters of
 * the two worlds often agree and sometimes only seem to, so every row is written out.
 *
 * Left out, because DRM has no fourcc of the same bytes: Bayer and other sensor data, bit-packed greys, tiled layouts
 * (modifiers in DRM), AYUV32 and XYUV32, HSV, the "12 bits in 16" RGB formats, compressed streams.
 */
#include "formats.h"

#include "compat.h"

/* The versions of clang-format do not agree on braces in a macro. */
/* clang-format off */
#define PLANES(v, d, n) {V4L2_PIX_FMT_##v, DRM_FORMAT_##d, n}
#define ONE(v, d) {V4L2_PIX_FMT_##v, DRM_FORMAT_##d, 1}
#define BIG(v, d) {V4L2_PIX_FMT_##v, DRM_FORMAT_##d | DRM_FORMAT_BIG_ENDIAN, 1}
/* clang-format on */

static const struct format_row table[] = {
	/* 8 and 16 bits, named alike */
	ONE(RGB332, RGB332),
	ONE(ARGB444, ARGB4444),
	ONE(XRGB444, XRGB4444),
	ONE(RGBA444, RGBA4444),
	ONE(RGBX444, RGBX4444),
	ONE(ABGR444, ABGR4444),
	ONE(XBGR444, XBGR4444),
	ONE(BGRA444, BGRA4444),
	ONE(BGRX444, BGRX4444),
	ONE(ARGB555, ARGB1555),
	ONE(XRGB555, XRGB1555),
	ONE(RGBA555, RGBA5551),
	ONE(RGBX555, RGBX5551),
	ONE(ABGR555, ABGR1555),
	ONE(XBGR555, XBGR1555),
	ONE(BGRA555, BGRA5551),
	ONE(BGRX555, BGRX5551),
	ONE(RGB565, RGB565),
	BIG(RGB565X, RGB565),
	BIG(ARGB555X, ARGB1555),
	BIG(XRGB555X, XRGB1555),
	/* 24 and 48 bits, named by memory: the other way round */
	ONE(BGR24, RGB888),
	ONE(RGB24, BGR888),
	ONE(BGR48, RGB161616),
	ONE(RGB48, BGR161616),
	/* 32 bits */
	ONE(ABGR32, ARGB8888),
	ONE(XBGR32, XRGB8888),
	ONE(BGRA32, RGBA8888),
	ONE(BGRX32, RGBX8888),
	ONE(RGBA32, ABGR8888),
	ONE(RGBX32, XBGR8888),
	ONE(ARGB32, BGRA8888),
	ONE(XRGB32, BGRX8888),
	ONE(RGBX1010102, RGBX1010102),
	ONE(RGBA1010102, RGBA1010102),
	ONE(ARGB2101010, ARGB2101010),
	/* Old spellings whose fourth component is undefined: after the ones that define it */
	ONE(RGB444, XRGB4444),
	ONE(RGB555, XRGB1555),
	BIG(RGB555X, XRGB1555),
	ONE(BGR32, XRGB8888),
	ONE(RGB32, BGRX8888),
	/* Grey: luma alone */
	ONE(GREY, R8),
	ONE(Y10, R10),
	ONE(Y12, R12),
	ONE(Y16, R16),
	BIG(Y16_BE, R16),
	/* Packed YUV, 4:2:2 named alike, 4:4:4 named by memory */
	ONE(YUYV, YUYV),
	ONE(YVYU, YVYU),
	ONE(UYVY, UYVY),
	ONE(VYUY, VYUY),
	ONE(Y210, Y210),
	ONE(Y212, Y212),
	ONE(Y216, Y216),
	ONE(YUV24, VUY888),
	ONE(VUYA32, AYUV),
	ONE(VUYX32, XYUV8888),
	ONE(YUVA32, AVUY8888),
	ONE(YUVX32, XVUY8888),
	/* Two planes in one buffer */
	ONE(NV12, NV12),
	ONE(NV21, NV21),
	ONE(NV16, NV16),
	ONE(NV61, NV61),
	ONE(NV24, NV24),
	ONE(NV42, NV42),
	ONE(NV15, NV15),
	ONE(NV20, NV20),
	ONE(P010, P010),
	ONE(P012, P012),
	/* Three planes in one buffer */
	ONE(YUV410, YUV410),
	ONE(YVU410, YVU410),
	ONE(YUV411P, YUV411),
	ONE(YUV420, YUV420),
	ONE(YVU420, YVU420),
	ONE(YUV422P, YUV422),
	/* A buffer for each plane */
	PLANES(NV12M, NV12, 2),
	PLANES(NV21M, NV21, 2),
	PLANES(NV16M, NV16, 2),
	PLANES(NV61M, NV61, 2),
	PLANES(P012M, P012, 2),
	PLANES(YUV420M, YUV420, 3),
	PLANES(YVU420M, YVU420, 3),
	PLANES(YUV422M, YUV422, 3),
	PLANES(YVU422M, YVU422, 3),
	PLANES(YUV444M, YUV444, 3),
	PLANES(YVU444M, YVU444, 3),
};

const struct format_row *_cen_v4l2_format_nth(size_t n)
{
	return n < sizeof(table) / sizeof(table[0]) ? &table[n] : NULL;
}

const struct format_row *_cen_v4l2_format_find(uint32_t drm, uint32_t memory_planes, size_t n)
{
	const struct format_row *row;

	for (size_t i = 0; (row = _cen_v4l2_format_nth(i)); i++) {
		if (row->drm == drm && row->memory_planes == memory_planes && n-- == 0)
			return row;
	}
	return NULL;
}

uint64_t _cen_v4l2_format_stride(const struct cen_format_info *info, uint32_t plane, uint32_t width)
{
	const struct cen_format_plane *p = &info->planes[plane];
	uint64_t samples = ((uint64_t)width + p->hsub - 1) / p->hsub;

	return (samples + p->block_width - 1) / p->block_width * p->block_bytes;
}

uint64_t _cen_v4l2_format_derived_stride(const struct cen_format_info *info, uint32_t plane, uint64_t stride)
{
	const struct cen_format_plane *first = &info->planes[0], *p = &info->planes[plane];

	/* Strides are 32 bits wide in V4L2 and the factors 8: no overflow. */
	return stride * p->block_bytes * first->block_width * first->hsub /
	       ((uint64_t)first->block_bytes * p->block_width * p->hsub);
}

uint64_t _cen_v4l2_format_size(const struct cen_format_info *info, uint64_t stride, uint64_t rows)
{
	uint64_t size = 0;

	for (uint32_t p = 0; p < info->plane_count; p++) {
		uint64_t plane_rows = (rows + info->planes[p].vsub - 1) / info->planes[p].vsub;
		uint64_t bytes;

		if (__builtin_mul_overflow(_cen_v4l2_format_derived_stride(info, p, stride), plane_rows, &bytes) ||
		    __builtin_add_overflow(size, bytes, &size))
			return UINT64_MAX;
	}
	return size;
}
