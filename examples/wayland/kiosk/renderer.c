/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The renderer's life, and what it says of itself. */
#include <err.h>
#include <string.h>

#include <drm_fourcc.h>

#include "renderer-private.h"
#include "util.h"

#define MAX_FORMATS 256
#define MAX_MODIFIERS 128

static const char *find_missing_extension(const struct renderer *renderer)
{
	static const char *const of_egl[] = {"EGL_KHR_image_base", "EGL_EXT_image_dma_buf_import",
					     "EGL_EXT_image_dma_buf_import_modifiers"};
	static const char *const of_gl[] = {"GL_OES_EGL_image", "GL_OES_EGL_image_external",
					    "GL_EXT_texture_format_BGRA8888", "GL_EXT_unpack_subimage"};
	const char *extensions = eglQueryString(renderer->display, EGL_EXTENSIONS);

	for (size_t i = 0; i < sizeof(of_egl) / sizeof(of_egl[0]); i++)
		if (!renderer_has_extension(extensions, of_egl[i]))
			return of_egl[i];
	extensions = (const char *)glGetString(GL_EXTENSIONS);
	for (size_t i = 0; i < sizeof(of_gl) / sizeof(of_gl[0]); i++)
		if (!renderer_has_extension(extensions, of_gl[i]))
			return of_gl[i];
	return NULL;
}

static int get_functions(struct renderer *renderer)
{
	const char *missing = find_missing_extension(renderer);
	const char *extensions = eglQueryString(renderer->display, EGL_EXTENSIONS);

	if (missing) {
		warnx("%s: EGL or GL has no %s", renderer->path, missing);
		return -ENOTSUP;
	}
	/* Software would wait without an end. */
	renderer->has_native_fences = !renderer->is_software &&
				      renderer_has_extension(extensions, "EGL_ANDROID_native_fence_sync") &&
				      renderer_has_extension(extensions, "EGL_KHR_wait_sync");
	renderer->create_image = (PFNEGLCREATEIMAGEKHRPROC)eglGetProcAddress("eglCreateImageKHR");
	renderer->destroy_image = (PFNEGLDESTROYIMAGEKHRPROC)eglGetProcAddress("eglDestroyImageKHR");
	renderer->set_texture = (PFNGLEGLIMAGETARGETTEXTURE2DOESPROC)eglGetProcAddress("glEGLImageTargetTexture2DOES");
	renderer->set_renderbuffer = (PFNGLEGLIMAGETARGETRENDERBUFFERSTORAGEOESPROC)eglGetProcAddress(
		"glEGLImageTargetRenderbufferStorageOES");
	renderer->query_formats = (PFNEGLQUERYDMABUFFORMATSEXTPROC)eglGetProcAddress("eglQueryDmaBufFormatsEXT");
	renderer->query_modifiers = (PFNEGLQUERYDMABUFMODIFIERSEXTPROC)eglGetProcAddress("eglQueryDmaBufModifiersEXT");
	renderer->create_sync = (PFNEGLCREATESYNCKHRPROC)eglGetProcAddress("eglCreateSyncKHR");
	renderer->destroy_sync = (PFNEGLDESTROYSYNCKHRPROC)eglGetProcAddress("eglDestroySyncKHR");
	renderer->wait_sync = (PFNEGLWAITSYNCKHRPROC)eglGetProcAddress("eglWaitSyncKHR");
	renderer->dup_fence = (PFNEGLDUPNATIVEFENCEFDANDROIDPROC)eglGetProcAddress("eglDupNativeFenceFDANDROID");
	return 0;
}

int renderer_create(const char *wish, uint64_t display_devnum, struct renderer **out)
{
	struct renderer *renderer = calloc(1, sizeof(*renderer));
	int ret;

	*out = NULL;
	if (!renderer)
		return -ENOMEM;
	ret = renderer_open(renderer, wish, display_devnum);
	if (ret == 0)
		ret = get_functions(renderer);
	if (ret == 0)
		ret = renderer_compile(renderer);
	if (ret == 0)
		ret = renderer_create_blank(renderer);
	if (ret < 0) {
		renderer_destroy(renderer);
		return ret;
	}
	*out = renderer;
	return 0;
}

void renderer_destroy(struct renderer *renderer)
{
	if (!renderer)
		return;
	renderer_image_destroy(renderer->blank);
	renderer_target_destroy(renderer->nowhere);
	for (size_t i = 0; renderer->display != EGL_NO_DISPLAY && i < RENDERER_SHADER_COUNT; i++)
		glDeleteProgram(renderer->programs[i].id);
	renderer_close(renderer);
	free(renderer);
}

bool renderer_is_software(const struct renderer *renderer)
{
	return renderer->is_software;
}

const char *renderer_get_name(const struct renderer *renderer)
{
	const char *name = (const char *)glGetString(GL_RENDERER);

	return name ? name : renderer->path;
}

const char *renderer_get_path(const struct renderer *renderer)
{
	return renderer->path;
}

uint64_t renderer_get_devnum(const struct renderer *renderer)
{
	return renderer->devnum;
}

/*
 * Alignments no API tells; these hold on all that are known. llvmpipe draws in tiles of 64 rows and writes all of each,
 * and maps what it is given.
 */
static int add_pair(const struct renderer *renderer, uint32_t usage, struct cen_capabilities *caps, uint32_t fourcc,
		    uint64_t modifier, uint32_t rank)
{
	const struct cen_constraint constraints[] = {
		{CEN_CONSTRAINT_FD_MODE, 0, CEN_FD_READ_WRITE, CEN_PROVENANCE_DECLARED, 0, "drawn by the CPU"},
		{CEN_CONSTRAINT_CPU_MAPPABLE, 0, 1, CEN_PROVENANCE_DECLARED, 0, "drawn by the CPU"},
		{CEN_CONSTRAINT_STRIDE_ALIGN, 0, renderer->is_software ? 64 : 256, CEN_PROVENANCE_ASSUMED, 0, NULL},
		{CEN_CONSTRAINT_HEIGHT_ALIGN, 0, 64, CEN_PROVENANCE_DECLARED, 0, "tiles of the rasteriser"},
	};
	bool is_drawn = usage == CEN_USAGE_RENDER;
	struct cen_capability capability = {
		.size = sizeof(capability),
		.fourcc = fourcc,
		.modifier = modifier,
		.preference = rank,
		.constraints = renderer->is_software ? constraints : constraints + 2,
		.constraint_count = renderer->is_software ? (is_drawn ? 4 : 2) : is_drawn && modifier == 0,
	};

	return cen_capabilities_add(caps, &capability, NULL);
}

static int describe_format(struct renderer *renderer, uint32_t usage, struct cen_capabilities *caps, EGLint fourcc)
{
	EGLuint64KHR modifiers[MAX_MODIFIERS];
	EGLBoolean is_external[MAX_MODIFIERS] = {0};
	const struct cen_format_info *info = cen_format_get_info((uint32_t)fourcc);
	EGLint count = 0;
	bool unused, is_linear = false;
	int ret = 0;

	if (!info)
		return 0;
	/* Mesa's software lists formats of several planes that it cannot import before version 25.2. */
	if (renderer->is_software && info->plane_count > 1 && !renderer_has_plane_images(info->fourcc, &unused))
		return 0;
	if (!renderer->query_modifiers(renderer->display, fourcc, MAX_MODIFIERS, modifiers, is_external, &count))
		count = 0;
	/* A driver without a list takes what another says is linear, and whatever it made itself. */
	if (count == 0 && usage == CEN_USAGE_TEXTURE)
		ret = add_pair(renderer, usage, caps, (uint32_t)fourcc, CEN_MODIFIER_INVALID, 0);
	for (EGLint i = 0; i < count && ret == 0; i++) {
		is_linear = is_linear || modifiers[i] == CEN_MODIFIER_LINEAR;
		if (usage == CEN_USAGE_TEXTURE || !is_external[i] || renderer->is_software)
			ret = add_pair(renderer, usage, caps, (uint32_t)fourcc, modifiers[i], (uint32_t)i);
	}
	/* For clients that know no modifiers: software knows no other layout. */
	if (ret == 0 && is_linear && renderer->is_software && usage == CEN_USAGE_TEXTURE)
		ret = add_pair(renderer, usage, caps, (uint32_t)fourcc, CEN_MODIFIER_INVALID, (uint32_t)count);
	return ret;
}

int renderer_describe(struct renderer *renderer, uint32_t usage, struct cen_capabilities **out)
{
	EGLint formats[MAX_FORMATS], count = 0;
	struct cen_capabilities *caps;
	int ret;

	*out = NULL;
	if (!renderer->query_formats(renderer->display, MAX_FORMATS, formats, &count) || count == 0) {
		warnx("%s: EGL tells no formats", renderer->path);
		return -ENOTSUP;
	}
	ret = cen_capabilities_create(&caps);
	if (ret < 0)
		return ret;
	for (EGLint i = 0; i < count && ret == 0; i++)
		if (usage == CEN_USAGE_TEXTURE || formats[i] == DRM_FORMAT_XRGB8888)
			ret = describe_format(renderer, usage, caps, formats[i]);
	if (ret < 0) {
		cen_capabilities_unref(caps);
		return ret;
	}
	*out = caps;
	return 0;
}
