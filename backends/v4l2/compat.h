/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the oldest kernel headers we build with (6.1) and the oldest libdrm lack. Values are the kernel's ABI. */
#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <drm_fourcc.h>
#include <linux/videodev2.h>

#ifndef V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS
#define V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS (1u << 7)
#endif

/*
 * v4l2_create_buffers.max_num_buffers took the first of the reserved words that follow flags. The struct kept its
 * size, so the word is read by its place, whichever headers are there.
 */
#define MAX_NUM_BUFFERS_OFFSET (offsetof(struct v4l2_create_buffers, flags) + sizeof(uint32_t))
static_assert(sizeof(struct v4l2_create_buffers) == MAX_NUM_BUFFERS_OFFSET + 6 * sizeof(uint32_t),
	      "max_num_buffers must be the word behind flags");

static inline uint32_t max_num_buffers(const struct v4l2_create_buffers *create)
{
	uint32_t value;

	memcpy(&value, (const char *)create + MAX_NUM_BUFFERS_OFFSET, sizeof(value));
	return value;
}

#ifndef V4L2_PIX_FMT_RGBX1010102
#define V4L2_PIX_FMT_RGBX1010102 v4l2_fourcc('R', 'X', '3', '0')
#define V4L2_PIX_FMT_RGBA1010102 v4l2_fourcc('R', 'A', '3', '0')
#define V4L2_PIX_FMT_ARGB2101010 v4l2_fourcc('A', 'R', '3', '0')
#endif
#ifndef V4L2_PIX_FMT_P012
#define V4L2_PIX_FMT_P012 v4l2_fourcc('P', '0', '1', '2')
#define V4L2_PIX_FMT_P012M v4l2_fourcc('P', 'M', '1', '2')
#endif
#ifndef V4L2_PIX_FMT_Y210
#define V4L2_PIX_FMT_Y210 v4l2_fourcc('Y', '2', '1', '0')
#endif
#ifndef V4L2_PIX_FMT_Y212
#define V4L2_PIX_FMT_Y212 v4l2_fourcc('Y', '2', '1', '2')
#endif
#ifndef V4L2_PIX_FMT_Y216
#define V4L2_PIX_FMT_Y216 v4l2_fourcc('Y', '2', '1', '6')
#endif
#ifndef V4L2_PIX_FMT_NV15
#define V4L2_PIX_FMT_NV15 v4l2_fourcc('N', 'V', '1', '5')
#endif
#ifndef V4L2_PIX_FMT_NV20
#define V4L2_PIX_FMT_NV20 v4l2_fourcc('N', 'V', '2', '0')
#endif
#ifndef V4L2_PIX_FMT_BGR48
#define V4L2_PIX_FMT_BGR48 v4l2_fourcc('B', 'G', 'R', '6')
#define V4L2_PIX_FMT_RGB48 v4l2_fourcc('R', 'G', 'B', '6')
#endif

#ifndef DRM_FORMAT_R10
#define DRM_FORMAT_R10 fourcc_code('R', '1', '0', ' ')
#define DRM_FORMAT_R12 fourcc_code('R', '1', '2', ' ')
#endif
#ifndef DRM_FORMAT_AVUY8888
#define DRM_FORMAT_AVUY8888 fourcc_code('A', 'V', 'U', 'Y')
#endif
#ifndef DRM_FORMAT_XVUY8888
#define DRM_FORMAT_XVUY8888 fourcc_code('X', 'V', 'U', 'Y')
#endif
#ifndef DRM_FORMAT_NV20
#define DRM_FORMAT_NV20 fourcc_code('N', 'V', '2', '0')
#endif
#ifndef DRM_FORMAT_RGB161616
#define DRM_FORMAT_RGB161616 fourcc_code('R', 'G', '4', '8')
#define DRM_FORMAT_BGR161616 fourcc_code('B', 'G', '4', '8')
#endif
