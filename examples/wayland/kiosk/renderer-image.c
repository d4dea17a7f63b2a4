/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What is drawn and what is drawn into: textures and framebuffers. */
#include <err.h>

#include <drm_fourcc.h>

#include "renderer-private.h"
#include "util.h"

/* Mesa maps read-write what the CPU draws, and crashes later where it could not. */
#define SOFTWARE_ACCESS (CEN_CPU_MAP_READ | CEN_CPU_MAP_WRITE | CEN_CPU_MAP_LATER)

void renderer_clear_errors(void)
{
	while (glGetError() != GL_NO_ERROR)
		;
}

void renderer_image_add_texture(struct renderer_image *image)
{
	GLuint *texture = &image->textures[image->count++];

	glGenTextures(1, texture);
	glBindTexture(image->kind, *texture);
	glTexParameteri(image->kind, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
	glTexParameteri(image->kind, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
	glTexParameteri(image->kind, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(image->kind, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
}

static void remove_textures(struct renderer_image *image)
{
	for (size_t i = 0; i < 3; i++) {
		if (image->textures[i])
			glDeleteTextures(1, &image->textures[i]);
		if (image->egl[i] != EGL_NO_IMAGE_KHR)
			image->renderer->destroy_image(image->renderer->display, image->egl[i]);
		image->textures[i] = 0;
		image->egl[i] = EGL_NO_IMAGE_KHR;
	}
	image->count = 0;
}

/* Any format may be sampled as an external texture, most YUV only so. */
static int import_whole(struct renderer_image *image)
{
	int ret = renderer_make_egl_image(image->renderer, image->buffer, &image->egl[0]);

	if (ret < 0)
		return ret;
	renderer_clear_errors();
	image->shader = RENDERER_EXTERNAL;
	image->kind = GL_TEXTURE_EXTERNAL_OES;
	renderer_image_add_texture(image);
	image->renderer->set_texture(image->kind, image->egl[0]);
	return glGetError() == GL_NO_ERROR ? 0 : -EINVAL;
}

/* Mesa's software imports no image of several planes before version 25.2: so one image for each. */
static int import_planes(struct renderer_image *image, const struct cen_buffer_info *info)
{
	int ret;

	if (!renderer_has_plane_images(info->fourcc, &image->is_cr_first))
		return -EINVAL;
	renderer_clear_errors();
	image->shader = RENDERER_PLANES;
	image->kind = GL_TEXTURE_2D;
	for (uint32_t i = 0; i < info->plane_count && i < 3; i++) {
		ret = renderer_make_plane_image(image->renderer, image->buffer, i, &image->egl[i]);
		if (ret < 0)
			return ret;
		renderer_image_add_texture(image);
		image->renderer->set_texture(image->kind, image->egl[i]);
	}
	return glGetError() == GL_NO_ERROR ? 0 : -EINVAL;
}

static int import(struct renderer_image *image, const struct cen_buffer_info *info)
{
	int ret = 0;

	if (image->renderer->is_software)
		ret = cen_buffer_map_cpu(image->buffer, SOFTWARE_ACCESS, &image->map, NULL);
	if (ret < 0)
		return ret;
	ret = import_whole(image);
	if (ret == 0)
		return 0;
	remove_textures(image);
	return import_planes(image, info);
}

static int import_or_upload(struct renderer_image *image, const struct cen_buffer_info *info)
{
	int ret = import(image, info);

	if (ret == 0)
		return 0;
	remove_textures(image);
	return renderer_upload_init(image, info);
}

int renderer_import_buffer(struct renderer *renderer, struct cen_buffer *buffer, struct renderer_image **out)
{
	struct cen_buffer_info info = {.size = sizeof(info)};
	const struct cen_format_info *format;
	struct renderer_image *image;
	int ret;

	*out = NULL;
	cen_buffer_get_info(buffer, &info);
	format = cen_format_get_info(info.fourcc);
	image = calloc(1, sizeof(*image));
	if (!image)
		return -ENOMEM;
	image->renderer = renderer;
	image->buffer = cen_buffer_ref(buffer);
	image->width = info.width;
	image->height = info.height;
	image->is_opaque = !format || !format->has_alpha;
	ret = import_or_upload(image, &info);
	if (ret < 0) {
		renderer_image_destroy(image);
		return ret;
	}
	*out = image;
	return 0;
}

void renderer_image_destroy(struct renderer_image *image)
{
	if (!image)
		return;
	remove_textures(image);
	cen_cpu_map_destroy(image->map);
	if (image->buffer)
		renderer_forget_images(image->renderer);
	cen_buffer_unref(image->buffer);
	free(image);
}

static int bind_target(struct renderer_target *target)
{
	int ret;

	ret = renderer_make_egl_image(target->renderer, target->buffer, &target->egl);
	if (ret < 0)
		return ret;
	glGenRenderbuffers(1, &target->renderbuffer);
	glBindRenderbuffer(GL_RENDERBUFFER, target->renderbuffer);
	target->renderer->set_renderbuffer(GL_RENDERBUFFER, target->egl);
	glGenFramebuffers(1, &target->framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, target->framebuffer);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, target->renderbuffer);
	return glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE ? 0 : -EINVAL;
}

int renderer_target_create(struct renderer *renderer, struct cen_buffer *buffer, struct renderer_target **out)
{
	struct cen_buffer_info info = {.size = sizeof(info)};
	struct renderer_target *target = calloc(1, sizeof(*target));
	int ret = 0;

	*out = NULL;
	if (!target)
		return -ENOMEM;
	cen_buffer_get_info(buffer, &info);
	*target = (struct renderer_target){
		.renderer = renderer,
		.buffer = buffer,
		.egl = EGL_NO_IMAGE_KHR,
		.width = info.width,
		.height = info.height,
	};
	if (renderer->is_software)
		ret = cen_buffer_map_cpu(buffer, SOFTWARE_ACCESS, &target->map, NULL);
	if (ret == 0)
		ret = bind_target(target);
	if (ret < 0) {
		warnx("%s: cannot draw into a buffer of %ux%u", renderer->path, info.width, info.height);
		renderer_target_destroy(target);
		return ret;
	}
	*out = target;
	return 0;
}

void renderer_target_destroy(struct renderer_target *target)
{
	if (!target)
		return;
	if (target->framebuffer)
		glDeleteFramebuffers(1, &target->framebuffer);
	if (target->renderbuffer)
		glDeleteRenderbuffers(1, &target->renderbuffer);
	if (target->egl != EGL_NO_IMAGE_KHR)
		target->renderer->destroy_image(target->renderer->display, target->egl);
	cen_cpu_map_destroy(target->map);
	free(target);
}
