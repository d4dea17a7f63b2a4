/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Pixels that are copied into a texture: of shared memory once, of buffers that GL cannot import before each drawing. */
#include <err.h>

#include <drm_fourcc.h>

#include "renderer-private.h"
#include "util.h"

struct pixel_format {
	uint32_t fourcc;
	GLenum format, type;
	uint32_t bytes; /* of a pixel */
};

static const struct pixel_format *find_format(uint32_t fourcc)
{
	static const struct pixel_format formats[] = {
		{DRM_FORMAT_XRGB8888, GL_BGRA_EXT, GL_UNSIGNED_BYTE, 4},
		{DRM_FORMAT_ARGB8888, GL_BGRA_EXT, GL_UNSIGNED_BYTE, 4},
		{DRM_FORMAT_XBGR8888, GL_RGBA, GL_UNSIGNED_BYTE, 4},
		{DRM_FORMAT_ABGR8888, GL_RGBA, GL_UNSIGNED_BYTE, 4},
		{DRM_FORMAT_RGB565, GL_RGB, GL_UNSIGNED_SHORT_5_6_5, 2},
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i].fourcc == fourcc)
			return &formats[i];
	return NULL;
}

/* pixels NULL: they come later. stride: pixels; 0 without. */
static int make_texture(struct renderer_image *image, const struct pixel_format *format, const void *pixels,
			uint32_t stride)
{
	renderer_clear_errors();
	image->shader = RENDERER_PLAIN;
	image->kind = GL_TEXTURE_2D;
	renderer_image_add_texture(image);
	/* A row of 16-bit pixels may end anywhere. */
	glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
	glPixelStorei(GL_UNPACK_ROW_LENGTH_EXT, (GLint)stride);
	glTexImage2D(GL_TEXTURE_2D, 0, (GLint)format->format, (GLsizei)image->width, (GLsizei)image->height, 0,
		     format->format, format->type, pixels);
	glPixelStorei(GL_UNPACK_ROW_LENGTH_EXT, 0);
	return glGetError() == GL_NO_ERROR ? 0 : -EINVAL;
}

int renderer_import_pixels(struct renderer *renderer, const void *pixels, uint32_t width, uint32_t height,
			   uint32_t stride, uint32_t fourcc, struct renderer_image **out)
{
	struct renderer_image *image;
	int ret;

	*out = NULL;
	if ((fourcc != DRM_FORMAT_XRGB8888 && fourcc != DRM_FORMAT_ARGB8888) || stride % 4 || width > INT32_MAX / 4 ||
	    stride < width * 4 || height > INT32_MAX)
		return -EINVAL;
	image = calloc(1, sizeof(*image));
	if (!image)
		return -ENOMEM;
	*image = (struct renderer_image){
		.renderer = renderer,
		.width = width,
		.height = height,
		.is_opaque = fourcc == DRM_FORMAT_XRGB8888,
	};
	ret = make_texture(image, find_format(fourcc), pixels, stride / 4);
	if (ret < 0) {
		warnx("%s: no texture of %ux%u pixels", renderer->path, width, height);
		renderer_image_destroy(image);
		return ret;
	}
	*out = image;
	return 0;
}

/* Whether rows of whole pixels lie within the plane. */
static bool fits(const struct cen_buffer_info *info, const struct cen_buffer_plane *plane,
		 const struct pixel_format *format)
{
	uint64_t rows, end;

	return plane->stride % format->bytes == 0 && plane->stride / format->bytes >= info->width &&
	       plane->stride <= INT32_MAX && info->height > 0 &&
	       !__builtin_mul_overflow(plane->stride, info->height - 1, &rows) &&
	       !__builtin_add_overflow(rows, (uint64_t)info->width * format->bytes, &end) && end <= plane->size;
}

static int map_pixels(struct renderer_image *image, const struct cen_buffer_info *info,
		      const struct pixel_format *format)
{
	struct cen_buffer_plane plane;
	int ret;

	if (cen_buffer_get_plane(image->buffer, 0, &plane) < 0 || !fits(info, &plane, format))
		return -EINVAL;
	cen_cpu_map_destroy(image->map);
	ret = cen_buffer_map_cpu(image->buffer, CEN_CPU_MAP_READ | CEN_CPU_MAP_LATER, &image->map, NULL);
	if (ret < 0)
		return ret;
	image->upload = (struct renderer_upload){
		.stride = (GLint)(plane.stride / format->bytes),
		.format = format->format,
		.type = format->type,
		.is_due = true,
	};
	return 0;
}

int renderer_upload_init(struct renderer_image *image, const struct cen_buffer_info *info)
{
	const struct pixel_format *format = find_format(info->fourcc);
	int ret;

	if (!format || info->modifier != CEN_MODIFIER_LINEAR)
		return -EINVAL;
	ret = map_pixels(image, info, format);
	return ret == 0 ? make_texture(image, format, NULL, 0) : ret;
}

void renderer_upload(struct renderer_image *image)
{
	struct cen_cpu_map_plane plane = {.size = sizeof(plane)};
	struct renderer_upload *upload = &image->upload;

	if (!upload->is_due)
		return;
	upload->is_due = false;
	if (cen_cpu_map_begin(image->map, CEN_CPU_MAP_READ, NULL) < 0)
		return;
	cen_cpu_map_get_plane(image->map, 0, &plane);
	glBindTexture(GL_TEXTURE_2D, image->textures[0]);
	glPixelStorei(GL_UNPACK_ROW_LENGTH_EXT, upload->stride);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, (GLsizei)image->width, (GLsizei)image->height, upload->format,
			upload->type, plane.data);
	glPixelStorei(GL_UNPACK_ROW_LENGTH_EXT, 0);
	cen_cpu_map_end(image->map, NULL);
}

void renderer_image_set_changed(struct renderer_image *image)
{
	image->upload.is_due = image->upload.stride != 0;
}
