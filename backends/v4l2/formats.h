/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* V4L2's pixel formats and the DRM fourccs of the same bytes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <cenalloc/format.h>

/* One spelling. Several rows may name one DRM fourcc; the first that a device has is the one to use. */
struct format_row {
	uint32_t v4l2; /* V4L2_PIX_FMT_* */
	uint32_t drm; /* DRM_FORMAT_* */
	uint32_t memory_planes; /* 1: all planes in one buffer; otherwise a buffer for each plane */
};

/* The n-th row; NULL past the end. */
const struct format_row *_cen_v4l2_format_nth(size_t n);

/* The n-th row for a DRM fourcc in as many buffers; NULL past the last. */
const struct format_row *_cen_v4l2_format_find(uint32_t drm, uint32_t memory_planes, size_t n);

/* Bytes of the smallest row of a plane. */
uint64_t _cen_v4l2_format_stride(const struct cen_format_info *info, uint32_t plane, uint32_t width);

/* Bytes of a plane's row when plane 0 has this stride: V4L2 derives the other planes' strides in one buffer. */
uint64_t _cen_v4l2_format_derived_stride(const struct cen_format_info *info, uint32_t plane, uint64_t stride);

/* Bytes of all planes in one buffer, chroma after `rows` rows of luma. */
uint64_t _cen_v4l2_format_size(const struct cen_format_info *info, uint64_t stride, uint64_t rows);
