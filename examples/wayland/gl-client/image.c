/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* EGLImages of dma-bufs, as textures and as something to draw into. */
#include "image.h"

#include <err.h>
#include <linux/videodev2.h>

#include <cenalloc/format.h>
#include <drm_fourcc.h>

#include "picture.h"
#include "util.h"

#define MAX_ATTRIBUTES 64

static void image_cleanup(struct gl_image **image)
{
	gl_image_destroy(*image);
}

struct attributes {
	EGLint items[MAX_ATTRIBUTES];
	uint32_t count;
};

static void add(struct attributes *attributes, EGLint name, uint64_t value)
{
	attributes->items[attributes->count++] = name;
	attributes->items[attributes->count++] = (EGLint)(uint32_t)value;
	attributes->items[attributes->count] = EGL_NONE;
}

/* What is imported at once: a buffer, or one plane of it. */
struct part {
	uint32_t fourcc, width, height, first_plane, plane_count;
};

static int add_planes(const struct gl *gl, struct attributes *attributes, const struct cen_buffer *buffer,
		      uint64_t modifier, const struct part *part)
{
	/* File descriptor, offset, pitch; modifier, low and high. */
	static const EGLint names[CEN_MAX_PLANES][5] = {
		{EGL_DMA_BUF_PLANE0_FD_EXT, EGL_DMA_BUF_PLANE0_OFFSET_EXT, EGL_DMA_BUF_PLANE0_PITCH_EXT,
		 EGL_DMA_BUF_PLANE0_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE0_MODIFIER_HI_EXT},
		{EGL_DMA_BUF_PLANE1_FD_EXT, EGL_DMA_BUF_PLANE1_OFFSET_EXT, EGL_DMA_BUF_PLANE1_PITCH_EXT,
		 EGL_DMA_BUF_PLANE1_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE1_MODIFIER_HI_EXT},
		{EGL_DMA_BUF_PLANE2_FD_EXT, EGL_DMA_BUF_PLANE2_OFFSET_EXT, EGL_DMA_BUF_PLANE2_PITCH_EXT,
		 EGL_DMA_BUF_PLANE2_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE2_MODIFIER_HI_EXT},
		{EGL_DMA_BUF_PLANE3_FD_EXT, EGL_DMA_BUF_PLANE3_OFFSET_EXT, EGL_DMA_BUF_PLANE3_PITCH_EXT,
		 EGL_DMA_BUF_PLANE3_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE3_MODIFIER_HI_EXT},
	};
	struct cen_buffer_plane plane;

	for (uint32_t i = 0; i < part->plane_count; i++) {
		if (cen_buffer_get_plane(buffer, part->first_plane + i, &plane) < 0 || plane.offset > INT32_MAX ||
		    plane.stride > INT32_MAX)
			return -EOVERFLOW;
		add(attributes, names[i][0], (uint32_t)plane.fd);
		add(attributes, names[i][1], plane.offset);
		add(attributes, names[i][2], plane.stride);
		if (!gl->has_modifiers)
			continue;
		add(attributes, names[i][3], modifier & UINT32_MAX);
		add(attributes, names[i][4], modifier >> 32);
	}
	return 0;
}

static void add_colour(struct attributes *attributes, const struct camera_colour *colour)
{
	EGLint space = EGL_ITU_REC601_EXT;

	if (colour->encoding == V4L2_YCBCR_ENC_709)
		space = EGL_ITU_REC709_EXT;
	else if (colour->encoding == V4L2_YCBCR_ENC_BT2020)
		space = EGL_ITU_REC2020_EXT;
	add(attributes, EGL_YUV_COLOR_SPACE_HINT_EXT, (uint32_t)space);
	add(attributes, EGL_SAMPLE_RANGE_HINT_EXT,
	    colour->quantization == V4L2_QUANTIZATION_FULL_RANGE ? EGL_YUV_FULL_RANGE_EXT : EGL_YUV_NARROW_RANGE_EXT);
}

/* Returns EGL_NO_IMAGE_KHR where the driver does not take it. */
static EGLImageKHR import(const struct gl *gl, const struct cen_buffer *buffer, const struct part *part,
			  const struct camera_colour *colour)
{
	struct cen_buffer_info info = {.size = sizeof(info)};
	const struct cen_format_info *format = cen_format_get_info(part->fourcc);
	struct attributes attributes = {0};

	cen_buffer_get_info(buffer, &info);
	add(&attributes, EGL_WIDTH, part->width);
	add(&attributes, EGL_HEIGHT, part->height);
	add(&attributes, EGL_LINUX_DRM_FOURCC_EXT, part->fourcc);
	if (add_planes(gl, &attributes, buffer, info.modifier, part) < 0)
		return EGL_NO_IMAGE_KHR;
	if (colour && format && format->is_yuv)
		add_colour(&attributes, colour);
	return gl->create_image(gl->display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL, attributes.items);
}

static int create(struct gl *gl, const struct cen_buffer *buffer, struct part *whole, struct gl_image **out)
{
	struct cen_buffer_info info = {.size = sizeof(info)};
	struct gl_image *image = calloc(1, sizeof(*image));

	if (!image)
		return -ENOMEM;
	cen_buffer_get_info(buffer, &info);
	image->gl = gl;
	image->width = (GLsizei)info.width;
	image->height = (GLsizei)info.height;
	*whole = (struct part){info.fourcc, info.width, info.height, 0, info.plane_count};
	*out = image;
	return 0;
}

static int add_texture(struct gl_image *image, EGLImageKHR egl_image)
{
	GLuint *texture = &image->textures[image->count];

	image->images[image->count++] = egl_image;
	glGenTextures(1, texture);
	glBindTexture(image->target, *texture);
	glTexParameteri(image->target, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(image->target, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	glTexParameteri(image->target, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
	glTexParameteri(image->target, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
	image->gl->set_texture(image->target, egl_image);
	return glGetError() == GL_NO_ERROR ? 0 : gl_fail("glEGLImageTargetTexture2DOES");
}

static void set_conversion(struct gl_image *image, const struct camera_colour *colour)
{
	struct colour_matrix matrix = colour_get_matrix(colour);

	image->zero[0] = (float)matrix.offset / 255;
	image->zero[1] = image->zero[2] = 128.0f / 255;
	for (uint32_t i = 0; i < 3; i++)
		image->to_rgb[i] = (float)matrix.luma;
	image->to_rgb[4] = (float)matrix.cb_to_green;
	image->to_rgb[5] = (float)matrix.cb_to_blue;
	image->to_rgb[6] = (float)matrix.cr_to_red;
	image->to_rgb[7] = (float)matrix.cr_to_green;
}

/*
 * Some drivers (Mesa's llvmpipe before 25.2) take the planes of a YUV image only as images of their own, of one and of
 * two channels. Compositors do so then, and convert the colours themselves.
 */
static int add_luma_and_chroma(struct gl_image *image, const struct cen_buffer *buffer, const struct part *whole,
			       const struct camera_colour *colour)
{
	const struct cen_format_info *format = cen_format_get_info(whole->fourcc);
	EGLImageKHR luma, chroma;
	struct part part = *whole;
	int ret;

	if (!format || whole->plane_count != 2 || format->planes[0].block_bytes != 1)
		return gl_fail("eglCreateImageKHR");
	part.plane_count = 1;
	part.fourcc = DRM_FORMAT_R8;
	luma = import(image->gl, buffer, &part, NULL);
	if (luma == EGL_NO_IMAGE_KHR)
		return gl_fail("eglCreateImageKHR of the luma");
	image->target = GL_TEXTURE_2D;
	ret = add_texture(image, luma);
	if (ret < 0)
		return ret;
	part.first_plane = 1;
	part.fourcc = DRM_FORMAT_GR88;
	part.width = (whole->width + format->planes[1].hsub - 1) / format->planes[1].hsub;
	part.height = (whole->height + format->planes[1].vsub - 1) / format->planes[1].vsub;
	chroma = import(image->gl, buffer, &part, NULL);
	if (chroma == EGL_NO_IMAGE_KHR)
		return gl_fail("eglCreateImageKHR of the chroma");
	set_conversion(image, colour);
	return add_texture(image, chroma);
}

int gl_import_texture(struct gl *gl, const struct cen_buffer *buffer, const struct camera_colour *colour,
		      struct gl_image **out)
{
	_cleanup_(image_cleanup) struct gl_image *image = NULL;
	EGLImageKHR egl_image;
	struct part whole;
	int ret;

	*out = NULL;
	ret = create(gl, buffer, &whole, &image);
	if (ret < 0)
		return ret;
	image->target = GL_TEXTURE_EXTERNAL_OES;
	egl_image = import(gl, buffer, &whole, colour);
	if (egl_image != EGL_NO_IMAGE_KHR)
		ret = add_texture(image, egl_image);
	else
		ret = add_luma_and_chroma(image, buffer, &whole, colour);
	if (ret < 0)
		return ret;
	*out = image;
	image = NULL;
	return 0;
}

int gl_import_target(struct gl *gl, const struct cen_buffer *buffer, struct gl_image **out)
{
	_cleanup_(image_cleanup) struct gl_image *image = NULL;
	struct part whole;
	int ret;

	*out = NULL;
	ret = create(gl, buffer, &whole, &image);
	if (ret < 0)
		return ret;
	image->images[0] = import(gl, buffer, &whole, NULL);
	if (image->images[0] == EGL_NO_IMAGE_KHR)
		return gl_fail("eglCreateImageKHR");
	image->count = 1;
	glGenRenderbuffers(1, &image->renderbuffer);
	glBindRenderbuffer(GL_RENDERBUFFER, image->renderbuffer);
	gl->set_renderbuffer(GL_RENDERBUFFER, image->images[0]);
	glGenFramebuffers(1, &image->framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, image->framebuffer);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, image->renderbuffer);
	if (glGetError() != GL_NO_ERROR || glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE)
		return gl_fail("a framebuffer of a dma-buf");
	*out = image;
	image = NULL;
	return 0;
}

void gl_image_destroy(struct gl_image *image)
{
	if (!image)
		return;
	glDeleteTextures(2, image->textures);
	glDeleteFramebuffers(1, &image->framebuffer);
	glDeleteRenderbuffers(1, &image->renderbuffer);
	for (uint32_t i = 0; i < image->count; i++)
		image->gl->destroy_image(image->gl->display, image->images[i]);
	free(image);
}
