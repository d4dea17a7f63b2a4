/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Makes textures of dma-bufs. */
#include <drm_fourcc.h>

#include "probe-egl.h"
#include "probe-pixels.h"

#include "backend-util.h"

/* What is imported at once: an image, or one plane of it as an image of its own. */
struct part {
	uint32_t fourcc, width, height, first_plane, plane_count;
};

static EGLint *add_plane(const struct egl_session *session, const struct cen_image_desc *image, uint32_t place,
			 const struct cen_image_plane *plane, EGLint *at)
{
	static const EGLint names[CEN_MAX_PLANES][5] = {
#define PLANE(n)                                                                                                       \
	{EGL_DMA_BUF_PLANE##n##_FD_EXT, EGL_DMA_BUF_PLANE##n##_OFFSET_EXT, EGL_DMA_BUF_PLANE##n##_PITCH_EXT,           \
	 EGL_DMA_BUF_PLANE##n##_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE##n##_MODIFIER_HI_EXT}
		PLANE(0),
		PLANE(1),
		PLANE(2),
		PLANE(3),
#undef PLANE
	};
	const EGLint values[5] = {image->objects[plane->object].fd, (EGLint)plane->offset, (EGLint)plane->stride,
				  (EGLint)(uint32_t)image->modifier, (EGLint)(uint32_t)(image->modifier >> 32)};
	size_t count = image->modifier == DRM_FORMAT_MOD_INVALID || !session->has_modifiers ? 3 : 5;

	for (size_t i = 0; i < count; i++) {
		*at++ = names[place][i];
		*at++ = values[i];
	}
	return at;
}

/* Returns EGL_NO_IMAGE_KHR when the driver refuses it. */
static EGLImageKHR import(const struct egl_session *session, const struct cen_image_desc *image,
			  const struct part *part)
{
	const EGLint numbers[] = {EGL_WIDTH, (EGLint)part->width, EGL_HEIGHT, (EGLint)part->height,
				  EGL_LINUX_DRM_FOURCC_EXT, (EGLint)part->fourcc,
				  /* The hints are for YUV only. */
				  EGL_YUV_COLOR_SPACE_HINT_EXT, EGL_ITU_REC601_EXT, EGL_SAMPLE_RANGE_HINT_EXT,
				  EGL_YUV_NARROW_RANGE_EXT};
	EGLint attributes[64], *at = attributes + (_cen_pixels_is_yuv(part->fourcc) ? 10 : 6);

	memcpy(attributes, numbers, sizeof(numbers));
	for (uint32_t p = 0; p < part->plane_count; p++)
		at = add_plane(session, image, p, &image->planes[part->first_plane + p], at);
	*at = EGL_NONE;
	return session->api.eglCreateImageKHR(session->display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL,
					      attributes);
}

static int add_texture(struct egl_session *session, EGLImageKHR image, struct egl_texture *texture)
{
	const struct egl_api *api = &session->api;
	GLuint *name = &texture->names[texture->count];

	api->glGenTextures(1, name);
	api->glBindTexture(texture->target, *name);
	api->glTexParameteri(texture->target, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	api->glTexParameteri(texture->target, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	api->glTexParameteri(texture->target, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
	api->glTexParameteri(texture->target, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
	api->glEGLImageTargetTexture2DOES(texture->target, image);
	texture->count++;
	if (api->glGetError() == GL_NO_ERROR)
		return 0;
	return _cen_probe_fail(session->call, "glEGLImageTargetTexture2DOES", EINVAL,
			       "the driver makes no texture of the imported image");
}

static int refuse(struct egl_session *session, const struct cen_image_desc *image, const struct part *part)
{
	const struct cen_image_plane *plane = &image->planes[part->first_plane];

	return _cen_probe_fail(session->call, "eglCreateImage", EINVAL,
			       "the driver refuses %ux%u %.4s, offset %" PRIu64 ", stride %" PRIu64 ": %s", part->width,
			       part->height, (const char *)&part->fourcc, plane->offset, plane->stride,
			       _cen_egl_error(session));
}

/*
 * Some drivers take the planes of a YUV image only as images of their own, with one or two channels. Compositors do
 * so then, and convert the colours themselves. Returns how many parts, 0 where that cannot be done.
 */
static uint32_t divide(const struct cen_image_desc *image, struct part parts[3])
{
	struct pixels_planes planes = _cen_pixels_get_planes(image->fourcc);

	if (planes.count < 2 || planes.count != image->plane_count)
		return 0;
	for (uint32_t p = 0; p < planes.count; p++)
		parts[p] = (struct part){
			.fourcc = p && planes.count == 2 ? DRM_FORMAT_GR88 : DRM_FORMAT_R8,
			.width = p ? (image->width + planes.hsub - 1) / planes.hsub : image->width,
			.height = p ? (image->height + planes.vsub - 1) / planes.vsub : image->height,
			.first_plane = p,
			.plane_count = 1,
		};
	return planes.count;
}

static int import_planes(struct egl_session *session, const struct cen_image_desc *image, const struct part *parts,
			 uint32_t count, struct egl_texture *texture)
{
	int ret = 0;

	texture->target = GL_TEXTURE_2D;
	for (uint32_t p = 0; ret == 0 && p < count; p++) {
		EGLImageKHR part = import(session, image, &parts[p]);

		ret = part == EGL_NO_IMAGE_KHR ? refuse(session, image, &parts[p])
					       : add_texture(session, part, texture);
	}
	return ret;
}

int _cen_egl_texture_create(struct egl_session *session, const struct cen_image_desc *image, bool is_whole,
			    struct egl_texture *texture)
{
	const struct part whole = {image->fourcc, image->width, image->height, 0, image->plane_count};
	struct part parts[3];
	EGLImageKHR imported;
	uint32_t count;

	for (uint32_t p = 0; p < image->plane_count; p++) {
		if (image->planes[p].offset > INT32_MAX || image->planes[p].stride > INT32_MAX)
			return _cen_probe_fail(session->call, NULL, EINVAL,
					       "plane %u: offset %" PRIu64 ", stride %" PRIu64
					       ": EGL has 31 bits for each",
					       p, image->planes[p].offset, image->planes[p].stride);
	}
	texture->target = _cen_pixels_is_yuv(image->fourcc) ? GL_TEXTURE_EXTERNAL_OES : GL_TEXTURE_2D;
	texture->count = 0;
	imported = import(session, image, &whole);
	if (imported != EGL_NO_IMAGE_KHR)
		return add_texture(session, imported, texture);
	count = is_whole ? 0 : divide(image, parts);
	if (count == 0)
		return refuse(session, image, &whole);
	return import_planes(session, image, parts, count, texture);
}

void _cen_egl_texture_bind(const struct egl_session *session, const struct egl_texture *texture)
{
	for (uint32_t i = 0; i < texture->count; i++) {
		session->api.glActiveTexture(GL_TEXTURE0 + i);
		session->api.glBindTexture(texture->target, texture->names[i]);
	}
	session->api.glActiveTexture(GL_TEXTURE0);
}
