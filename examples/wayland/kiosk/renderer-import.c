/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Buffers, and planes of buffers, as EGL images. */
#include <drm_fourcc.h>

#include "renderer-private.h"
#include "util.h"

#define EGL_ATTRIBUTES 64

/* EGL's names of one plane's attributes. */
static const EGLint plane_names[CEN_MAX_PLANES][5] = {
	{EGL_DMA_BUF_PLANE0_FD_EXT, EGL_DMA_BUF_PLANE0_OFFSET_EXT, EGL_DMA_BUF_PLANE0_PITCH_EXT,
	 EGL_DMA_BUF_PLANE0_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE0_MODIFIER_HI_EXT},
	{EGL_DMA_BUF_PLANE1_FD_EXT, EGL_DMA_BUF_PLANE1_OFFSET_EXT, EGL_DMA_BUF_PLANE1_PITCH_EXT,
	 EGL_DMA_BUF_PLANE1_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE1_MODIFIER_HI_EXT},
	{EGL_DMA_BUF_PLANE2_FD_EXT, EGL_DMA_BUF_PLANE2_OFFSET_EXT, EGL_DMA_BUF_PLANE2_PITCH_EXT,
	 EGL_DMA_BUF_PLANE2_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE2_MODIFIER_HI_EXT},
	{EGL_DMA_BUF_PLANE3_FD_EXT, EGL_DMA_BUF_PLANE3_OFFSET_EXT, EGL_DMA_BUF_PLANE3_PITCH_EXT,
	 EGL_DMA_BUF_PLANE3_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE3_MODIFIER_HI_EXT},
};

struct attributes {
	EGLint items[EGL_ATTRIBUTES];
	size_t count;
};

static void add(struct attributes *attributes, EGLint name, EGLint value)
{
	attributes->items[attributes->count++] = name;
	attributes->items[attributes->count++] = value;
}

/* place: as which of the image's planes. */
static int add_plane(struct attributes *attributes, const struct cen_buffer *buffer, uint32_t index, uint32_t place,
		     uint64_t modifier)
{
	const EGLint *names = plane_names[place];
	struct cen_buffer_plane plane;
	int ret;

	ret = cen_buffer_get_plane(buffer, index, &plane);
	if (ret < 0)
		return ret;
	if (plane.offset > INT32_MAX || plane.stride > INT32_MAX)
		return -ERANGE;
	add(attributes, names[0], plane.fd);
	add(attributes, names[1], (EGLint)plane.offset);
	add(attributes, names[2], (EGLint)plane.stride);
	if (modifier == CEN_MODIFIER_INVALID)
		return 0;
	add(attributes, names[3], (EGLint)(uint32_t)modifier);
	add(attributes, names[4], (EGLint)(uint32_t)(modifier >> 32));
	return 0;
}

static int create(const struct renderer *renderer, struct attributes *attributes, EGLImageKHR *out)
{
	attributes->items[attributes->count] = EGL_NONE;
	*out = renderer->create_image(renderer->display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL,
				      attributes->items);
	return *out == EGL_NO_IMAGE_KHR ? -EINVAL : 0;
}

static void add_head(struct attributes *attributes, uint32_t fourcc, uint32_t width, uint32_t height)
{
	add(attributes, EGL_WIDTH, (EGLint)width);
	add(attributes, EGL_HEIGHT, (EGLint)height);
	add(attributes, EGL_LINUX_DRM_FOURCC_EXT, (EGLint)fourcc);
}

int renderer_make_egl_image(const struct renderer *renderer, const struct cen_buffer *buffer, EGLImageKHR *out)
{
	struct cen_buffer_info info = {.size = sizeof(info)};
	struct attributes attributes = {.count = 0};
	int ret = 0;

	*out = EGL_NO_IMAGE_KHR;
	cen_buffer_get_info(buffer, &info);
	add_head(&attributes, info.fourcc, info.width, info.height);
	/* As the display is told: nobody says what a client means, so it is what cameras mean most often. */
	add(&attributes, EGL_YUV_COLOR_SPACE_HINT_EXT, EGL_ITU_REC601_EXT);
	add(&attributes, EGL_SAMPLE_RANGE_HINT_EXT, EGL_YUV_NARROW_RANGE_EXT);
	for (uint32_t i = 0; i < info.plane_count && i < CEN_MAX_PLANES && ret == 0; i++)
		ret = add_plane(&attributes, buffer, i, i, info.modifier);
	return ret == 0 ? create(renderer, &attributes, out) : ret;
}

bool renderer_has_plane_images(uint32_t fourcc, bool *is_cr_first)
{
	static const struct {
		uint32_t fourcc;
		bool is_cr_first;
	} formats[] = {
		{DRM_FORMAT_NV12, false},   {DRM_FORMAT_NV21, true},    {DRM_FORMAT_NV16, false},
		{DRM_FORMAT_NV61, true},    {DRM_FORMAT_NV24, false},   {DRM_FORMAT_NV42, true},
		{DRM_FORMAT_YUV420, false}, {DRM_FORMAT_YVU420, true},  {DRM_FORMAT_YUV422, false},
		{DRM_FORMAT_YVU422, true},  {DRM_FORMAT_YUV444, false}, {DRM_FORMAT_YVU444, true},
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		*is_cr_first = formats[i].is_cr_first;
		if (formats[i].fourcc == fourcc)
			return true;
	}
	return false;
}

int renderer_make_plane_image(const struct renderer *renderer, const struct cen_buffer *buffer, uint32_t plane,
			      EGLImageKHR *out)
{
	struct cen_buffer_info info = {.size = sizeof(info)};
	struct attributes attributes = {.count = 0};
	const struct cen_format_plane *format;
	int ret;

	*out = EGL_NO_IMAGE_KHR;
	cen_buffer_get_info(buffer, &info);
	format = &cen_format_get_info(info.fourcc)->planes[plane];
	add_head(&attributes, format->block_bytes == 1 ? DRM_FORMAT_R8 : DRM_FORMAT_GR88,
		 (info.width + format->hsub - 1) / format->hsub, (info.height + format->vsub - 1) / format->vsub);
	ret = add_plane(&attributes, buffer, plane, 0, info.modifier);
	return ret == 0 ? create(renderer, &attributes, out) : ret;
}
