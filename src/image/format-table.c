/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The facts about formats: one row each, in the order of the fourcc's number. They are DRM's; of V4L2's there are those
 * that DRM has no fourcc for and whose letters mean nothing else there, as BA12 and RG16 do. What V4L2 calls MM21 is
 * NV12 with a modifier.
 */

#include <drm_fourcc.h>

#include "format-table.h"
#include "util.h"

/* Younger than libdrm 2.4.114, or than the oldest libdrm that is still in use. */
#ifndef DRM_FORMAT_R10
#define DRM_FORMAT_R10 fourcc_code('R', '1', '0', ' ')
#endif
#ifndef DRM_FORMAT_R12
#define DRM_FORMAT_R12 fourcc_code('R', '1', '2', ' ')
#endif
#ifndef DRM_FORMAT_NV15
#define DRM_FORMAT_NV15 fourcc_code('N', 'V', '1', '5')
#endif
#ifndef DRM_FORMAT_NV20
#define DRM_FORMAT_NV20 fourcc_code('N', 'V', '2', '0')
#endif
#ifndef DRM_FORMAT_NV30
#define DRM_FORMAT_NV30 fourcc_code('N', 'V', '3', '0')
#endif
#ifndef DRM_FORMAT_P030
#define DRM_FORMAT_P030 fourcc_code('P', '0', '3', '0')
#endif
#ifndef DRM_FORMAT_Q410
#define DRM_FORMAT_Q410 fourcc_code('Q', '4', '1', '0')
#endif
#ifndef DRM_FORMAT_Q401
#define DRM_FORMAT_Q401 fourcc_code('Q', '4', '0', '1')
#endif
#ifndef DRM_FORMAT_AXBXGXRX106106106106
#define DRM_FORMAT_AXBXGXRX106106106106 fourcc_code('A', 'B', '1', '0')
#endif
#ifndef DRM_FORMAT_XRGB16161616
#define DRM_FORMAT_XRGB16161616 fourcc_code('X', 'R', '4', '8')
#endif
#ifndef DRM_FORMAT_XBGR16161616
#define DRM_FORMAT_XBGR16161616 fourcc_code('X', 'B', '4', '8')
#endif
#ifndef DRM_FORMAT_ARGB16161616
#define DRM_FORMAT_ARGB16161616 fourcc_code('A', 'R', '4', '8')
#endif
#ifndef DRM_FORMAT_ABGR16161616
#define DRM_FORMAT_ABGR16161616 fourcc_code('A', 'B', '4', '8')
#endif

/* clang-format off */
/* Per plane: bytes and samples of a block, then pixels per sample across and down. */
#define PACKED(bytes, width) 1, {{(bytes), (width), 1, 1}}
#define SEMI_PLANAR(bytes, width, pair_bytes, pair_width, hsub, vsub) \
	2, {{(bytes), (width), 1, 1}, {(pair_bytes), (pair_width), (hsub), (vsub)}}
#define PLANAR(bytes, hsub, vsub) \
	3, {{(bytes), 1, 1, 1}, {(bytes), 1, (hsub), (vsub)}, {(bytes), 1, (hsub), (vsub)}}

#define RGB false, false
#define RGBA false, true
#define YUV true, false
#define YUVA true, true

#define FORMAT_(code, is_yuv_, has_alpha_, text, count, ...) \
	{ \
		.name = #code, \
		.info = {DRM_FORMAT_##code, (count), (is_yuv_), (has_alpha_), 0, __VA_ARGS__, (text)}, \
	}
#define FORMAT(code, colour, text, ...) FORMAT_(code, colour, text, __VA_ARGS__)

/* What DRM has no fourcc for: the name and the letters of videodev2.h. Where V4L2 says a tiling, it says it so. */
#define V4L2_(code, a, b, c, d, is_yuv_, has_alpha_, text, count, ...) \
	{ \
		.name = #code, \
		.info = {fourcc_code(a, b, c, d), (count), (is_yuv_), (has_alpha_), 0, __VA_ARGS__, (text)}, \
	}
#define V4L2(code, a, b, c, d, colour, text, ...) V4L2_(code, a, b, c, d, colour, text, __VA_ARGS__)

const struct format_row _cen_format_rows[] = {
	FORMAT(C8, RGB, "palette index, 8 bit", PACKED(1, 1)),
	FORMAT(R8, RGB, "one channel, 8 bit", PACKED(1, 1)),
	FORMAT(R10, RGB, "one channel, 10 bit in 16", PACKED(2, 1)),
	FORMAT(R12, RGB, "one channel, 12 bit in 16", PACKED(2, 1)),
	FORMAT(R16, RGB, "one channel, 16 bit", PACKED(2, 1)),
	FORMAT(P010, YUV, "4:2:0, two planes, 10 bit in 16", SEMI_PLANAR(2, 1, 4, 1, 2, 2)),
	FORMAT(P210, YUV, "4:2:2, two planes, 10 bit in 16", SEMI_PLANAR(2, 1, 4, 1, 2, 1)),
	FORMAT(Y210, YUV, "4:2:2, packed, 10 bit in 16", PACKED(8, 2)),
	FORMAT(Q410, YUV, "4:4:4, three planes, 10 bit in 16", PLANAR(2, 1, 1)),
	FORMAT(Y410, YUVA, "4:4:4, packed, 10 bit with alpha", PACKED(4, 1)),
	V4L2(SGRBG10, 'B', 'A', '1', '0', RGB, "sensor data, 10 bit in 16", PACKED(2, 1)),
	FORMAT(AXBXGXRX106106106106, RGBA, "RGB, 10 bit in 16 with alpha", PACKED(8, 1)),
	V4L2(SGBRG10, 'G', 'B', '1', '0', RGB, "sensor data, 10 bit in 16", PACKED(2, 1)),
	V4L2(SBGGR10, 'B', 'G', '1', '0', RGB, "sensor data, 10 bit in 16", PACKED(2, 1)),
	V4L2(SRGGB10, 'R', 'G', '1', '0', RGB, "sensor data, 10 bit in 16", PACKED(2, 1)),
	FORMAT(NV20, YUV, "4:2:2, two planes, 10 bit, tightly packed", SEMI_PLANAR(5, 4, 5, 2, 2, 1)),
	FORMAT(P030, YUV, "4:2:0, two planes, 10 bit, 3 samples in 4 bytes", SEMI_PLANAR(4, 3, 8, 3, 2, 2)),
	FORMAT(BGRA1010102, RGBA, "RGB, 10 bit with alpha", PACKED(4, 1)),
	FORMAT(RGBA1010102, RGBA, "RGB, 10 bit with alpha", PACKED(4, 1)),
	FORMAT(ABGR2101010, RGBA, "RGB, 10 bit with alpha", PACKED(4, 1)),
	FORMAT(XBGR2101010, RGB, "RGB, 10 bit", PACKED(4, 1)),
	FORMAT(ARGB2101010, RGBA, "RGB, 10 bit with alpha", PACKED(4, 1)),
	FORMAT(XRGB2101010, RGB, "RGB, 10 bit", PACKED(4, 1)),
	FORMAT(NV30, YUV, "4:4:4, two planes, 10 bit, tightly packed", SEMI_PLANAR(5, 4, 5, 2, 1, 1)),
	FORMAT(XVYU2101010, YUV, "4:4:4, packed, 10 bit", PACKED(4, 1)),
	FORMAT(BGRX1010102, RGB, "RGB, 10 bit", PACKED(4, 1)),
	FORMAT(RGBX1010102, RGB, "RGB, 10 bit", PACKED(4, 1)),
	FORMAT(Q401, YUV, "4:4:4, three planes, 10 bit in 16", PLANAR(2, 1, 1)),
	FORMAT(YUV411, YUV, "4:1:1, three planes, 8 bit", PLANAR(1, 4, 1)),
	FORMAT(YVU411, YUV, "4:1:1, three planes, 8 bit", PLANAR(1, 4, 1)),
	FORMAT(NV21, YUV, "4:2:0, two planes, 8 bit", SEMI_PLANAR(1, 1, 2, 1, 2, 2)),
	FORMAT(NV61, YUV, "4:2:2, two planes, 8 bit", SEMI_PLANAR(1, 1, 2, 1, 2, 1)),
	V4L2(SBGGR8, 'B', 'A', '8', '1', RGB, "sensor data, 8 bit", PACKED(1, 1)),
	FORMAT(P012, YUV, "4:2:0, two planes, 12 bit in 16", SEMI_PLANAR(2, 1, 4, 1, 2, 2)),
	FORMAT(Y212, YUV, "4:2:2, packed, 12 bit in 16", PACKED(8, 2)),
	FORMAT(Y412, YUVA, "4:4:4, packed, 12 bit in 16 with alpha", PACKED(8, 1)),
	FORMAT(BGRA4444, RGBA, "RGB, 4 bit with alpha", PACKED(2, 1)),
	FORMAT(RGBA4444, RGBA, "RGB, 4 bit with alpha", PACKED(2, 1)),
	FORMAT(ABGR4444, RGBA, "RGB, 4 bit with alpha", PACKED(2, 1)),
	V4L2(SGBRG12, 'G', 'B', '1', '2', RGB, "sensor data, 12 bit in 16", PACKED(2, 1)),
	FORMAT(XBGR4444, RGB, "RGB, 4 bit", PACKED(2, 1)),
	V4L2(SBGGR12, 'B', 'G', '1', '2', RGB, "sensor data, 12 bit in 16", PACKED(2, 1)),
	V4L2(SRGGB12, 'R', 'G', '1', '2', RGB, "sensor data, 12 bit in 16", PACKED(2, 1)),
	FORMAT(ARGB4444, RGBA, "RGB, 4 bit with alpha", PACKED(2, 1)),
	FORMAT(XRGB4444, RGB, "RGB, 4 bit", PACKED(2, 1)),
	V4L2(NV12_32L32, 'S', 'T', '1', '2', YUV, "4:2:0, two planes, 8 bit, tiles of 32x32", SEMI_PLANAR(1, 1, 2, 1, 2, 2)),
	V4L2(NV12_4L4, 'V', 'T', '1', '2', YUV, "4:2:0, two planes, 8 bit, tiles of 4x4", SEMI_PLANAR(1, 1, 2, 1, 2, 2)),
	FORMAT(YUV420, YUV, "4:2:0, three planes, 8 bit", PLANAR(1, 2, 2)),
	FORMAT(NV12, YUV, "4:2:0, two planes, 8 bit", SEMI_PLANAR(1, 1, 2, 1, 2, 2)),
	FORMAT(YVU420, YUV, "4:2:0, three planes, 8 bit", PLANAR(1, 2, 2)),
	FORMAT(BGRX4444, RGB, "RGB, 4 bit", PACKED(2, 1)),
	FORMAT(RGBX4444, RGB, "RGB, 4 bit", PACKED(2, 1)),
	FORMAT(RG1616, RGB, "two channels, 16 bit", PACKED(4, 1)),
	FORMAT(GR1616, RGB, "two channels, 16 bit", PACKED(4, 1)),
	FORMAT(NV42, YUV, "4:4:4, two planes, 8 bit", SEMI_PLANAR(1, 1, 2, 1, 1, 1)),
	FORMAT(BGRA8888, RGBA, "RGB, 8 bit with alpha", PACKED(4, 1)),
	FORMAT(RGBA8888, RGBA, "RGB, 8 bit with alpha", PACKED(4, 1)),
	FORMAT(ABGR8888, RGBA, "RGB, 8 bit with alpha", PACKED(4, 1)),
	FORMAT(XBGR8888, RGB, "RGB, 8 bit", PACKED(4, 1)),
	FORMAT(BGR888, RGB, "RGB, 8 bit, 3 bytes per pixel", PACKED(3, 1)),
	FORMAT(RGB888, RGB, "RGB, 8 bit, 3 bytes per pixel", PACKED(3, 1)),
	FORMAT(ARGB8888, RGBA, "RGB, 8 bit with alpha", PACKED(4, 1)),
	FORMAT(XRGB8888, RGB, "RGB, 8 bit", PACKED(4, 1)),
	FORMAT(VUY888, YUV, "4:4:4, packed, 8 bit, 3 bytes per pixel", PACKED(3, 1)),
	FORMAT(YUV444, YUV, "4:4:4, three planes, 8 bit", PLANAR(1, 1, 1)),
	FORMAT(NV24, YUV, "4:4:4, two planes, 8 bit", SEMI_PLANAR(1, 1, 2, 1, 1, 1)),
	FORMAT(YVU444, YUV, "4:4:4, three planes, 8 bit", PLANAR(1, 1, 1)),
	FORMAT(BGRX8888, RGB, "RGB, 8 bit", PACKED(4, 1)),
	FORMAT(RGBX8888, RGB, "RGB, 8 bit", PACKED(4, 1)),
	FORMAT(BGRA5551, RGBA, "RGB, 5 bit with alpha", PACKED(2, 1)),
	FORMAT(RGBA5551, RGBA, "RGB, 5 bit with alpha", PACKED(2, 1)),
	FORMAT(ABGR1555, RGBA, "RGB, 5 bit with alpha", PACKED(2, 1)),
	FORMAT(XBGR1555, RGB, "RGB, 5 bit", PACKED(2, 1)),
	FORMAT(ARGB1555, RGBA, "RGB, 5 bit with alpha", PACKED(2, 1)),
	FORMAT(XRGB1555, RGB, "RGB, 5 bit", PACKED(2, 1)),
	FORMAT(NV15, YUV, "4:2:0, two planes, 10 bit, tightly packed", SEMI_PLANAR(5, 4, 5, 2, 2, 2)),
	FORMAT(BGRX5551, RGB, "RGB, 5 bit", PACKED(2, 1)),
	FORMAT(RGBX5551, RGB, "RGB, 5 bit", PACKED(2, 1)),
	FORMAT(P016, YUV, "4:2:0, two planes, 16 bit", SEMI_PLANAR(2, 1, 4, 1, 2, 2)),
	FORMAT(Y216, YUV, "4:2:2, packed, 16 bit", PACKED(8, 2)),
	FORMAT(Y416, YUVA, "4:4:4, packed, 16 bit with alpha", PACKED(8, 1)),
	FORMAT(BGR565, RGB, "RGB, 5 and 6 bit", PACKED(2, 1)),
	FORMAT(RGB565, RGB, "RGB, 5 and 6 bit", PACKED(2, 1)),
	FORMAT(YUV422, YUV, "4:2:2, three planes, 8 bit", PLANAR(1, 2, 1)),
	FORMAT(NV16, YUV, "4:2:2, two planes, 8 bit", SEMI_PLANAR(1, 1, 2, 1, 2, 1)),
	FORMAT(YVU422, YUV, "4:2:2, three planes, 8 bit", PLANAR(1, 2, 1)),
	FORMAT(XVYU12_16161616, YUV, "4:4:4, packed, 12 bit in 16", PACKED(8, 1)),
	FORMAT(ABGR16161616, RGBA, "RGB, 16 bit with alpha", PACKED(8, 1)),
	FORMAT(XBGR16161616, RGB, "RGB, 16 bit", PACKED(8, 1)),
	FORMAT(ARGB16161616, RGBA, "RGB, 16 bit with alpha", PACKED(8, 1)),
	FORMAT(XRGB16161616, RGB, "RGB, 16 bit", PACKED(8, 1)),
	FORMAT(XVYU16161616, YUV, "4:4:4, packed, 16 bit", PACKED(8, 1)),
	FORMAT(RG88, RGB, "two channels, 8 bit", PACKED(2, 1)),
	FORMAT(GR88, RGB, "two channels, 8 bit", PACKED(2, 1)),
	FORMAT(RGB332, RGB, "RGB, 8 bit per pixel", PACKED(1, 1)),
	FORMAT(BGR233, RGB, "RGB, 8 bit per pixel", PACKED(1, 1)),
	FORMAT(YVU410, YUV, "4:1:0, three planes, 8 bit", PLANAR(1, 4, 4)),
	FORMAT(YUV410, YUV, "4:1:0, three planes, 8 bit", PLANAR(1, 4, 4)),
	V4L2(SBGGR10P, 'p', 'B', 'A', 'A', RGB, "sensor data, 10 bit, tightly packed", PACKED(5, 4)),
	V4L2(SGBRG10P, 'p', 'G', 'A', 'A', RGB, "sensor data, 10 bit, tightly packed", PACKED(5, 4)),
	V4L2(SRGGB10P, 'p', 'R', 'A', 'A', RGB, "sensor data, 10 bit, tightly packed", PACKED(5, 4)),
	V4L2(SGRBG10P, 'p', 'g', 'A', 'A', RGB, "sensor data, 10 bit, tightly packed", PACKED(5, 4)),
	V4L2(SRGGB8, 'R', 'G', 'G', 'B', RGB, "sensor data, 8 bit", PACKED(1, 1)),
	V4L2(QC08C, 'Q', '0', '8', 'C', YUV, "4:2:0, two planes, 8 bit, compressed", SEMI_PLANAR(1, 1, 2, 1, 2, 2)),
	V4L2(SBGGR12P, 'p', 'B', 'C', 'C', RGB, "sensor data, 12 bit, tightly packed", PACKED(3, 2)),
	V4L2(SGBRG12P, 'p', 'G', 'C', 'C', RGB, "sensor data, 12 bit, tightly packed", PACKED(3, 2)),
	V4L2(SRGGB12P, 'p', 'R', 'C', 'C', RGB, "sensor data, 12 bit, tightly packed", PACKED(3, 2)),
	V4L2(SGRBG12P, 'p', 'g', 'C', 'C', RGB, "sensor data, 12 bit, tightly packed", PACKED(3, 2)),
	V4L2(SBGGR14P, 'p', 'B', 'E', 'E', RGB, "sensor data, 14 bit, tightly packed", PACKED(7, 4)),
	V4L2(SGBRG14P, 'p', 'G', 'E', 'E', RGB, "sensor data, 14 bit, tightly packed", PACKED(7, 4)),
	V4L2(SRGGB14P, 'p', 'R', 'E', 'E', RGB, "sensor data, 14 bit, tightly packed", PACKED(7, 4)),
	V4L2(SGRBG14P, 'p', 'g', 'E', 'E', RGB, "sensor data, 14 bit, tightly packed", PACKED(7, 4)),
	V4L2(SGRBG8, 'G', 'R', 'B', 'G', RGB, "sensor data, 8 bit", PACKED(1, 1)),
	V4L2(SGBRG8, 'G', 'B', 'R', 'G', RGB, "sensor data, 8 bit", PACKED(1, 1)),
	FORMAT(ABGR16161616F, RGBA, "RGB, 16 bit float with alpha", PACKED(8, 1)),
	FORMAT(XBGR16161616F, RGB, "RGB, 16 bit float", PACKED(8, 1)),
	FORMAT(ARGB16161616F, RGBA, "RGB, 16 bit float with alpha", PACKED(8, 1)),
	FORMAT(XRGB16161616F, RGB, "RGB, 16 bit float", PACKED(8, 1)),
	FORMAT(YVYU, YUV, "4:2:2, packed, 8 bit", PACKED(4, 2)),
	FORMAT(AYUV, YUVA, "4:4:4, packed, 8 bit with alpha", PACKED(4, 1)),
	FORMAT(XYUV8888, YUV, "4:4:4, packed, 8 bit", PACKED(4, 1)),
	FORMAT(YUYV, YUV, "4:2:2, packed, 8 bit", PACKED(4, 2)),
	FORMAT(VYUY, YUV, "4:2:2, packed, 8 bit", PACKED(4, 2)),
	FORMAT(UYVY, YUV, "4:2:2, packed, 8 bit", PACKED(4, 2)),
};
/* clang-format on */

const size_t _cen_format_row_count = ARRAY_LENGTH(_cen_format_rows);
