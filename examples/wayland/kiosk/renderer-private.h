/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the files of the renderer share. */
#pragma once

#include <limits.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES2/gl2.h>
#include <GLES2/gl2ext.h>

#include <cenalloc/cpu-map.h>

#include "renderer.h"

enum renderer_shader {
	RENDERER_PLAIN, /* RGB in a GL_TEXTURE_2D */
	RENDERER_EXTERNAL, /* anything in a GL_TEXTURE_EXTERNAL_OES */
	RENDERER_PLANES, /* YUV with a GL_TEXTURE_2D per plane */
	RENDERER_SHADER_COUNT,
};

struct renderer_program {
	GLuint id;
	GLint opacity; /* uniform: 1 where the image has no alpha */
	GLint cb, cr; /* uniforms: which channel of the second and third texture */
};

struct renderer {
	EGLDisplay display;
	EGLContext context;
	char path[PATH_MAX];
	uint64_t devnum;
	bool is_software;
	bool has_native_fences;
	struct renderer_program programs[RENDERER_SHADER_COUNT];
	struct renderer_image *blank; /* of one pixel, and a place to draw it to */
	struct renderer_target *nowhere;
	PFNEGLCREATEIMAGEKHRPROC create_image;
	PFNEGLDESTROYIMAGEKHRPROC destroy_image;
	PFNGLEGLIMAGETARGETTEXTURE2DOESPROC set_texture;
	PFNGLEGLIMAGETARGETRENDERBUFFERSTORAGEOESPROC set_renderbuffer;
	PFNEGLQUERYDMABUFFORMATSEXTPROC query_formats;
	PFNEGLQUERYDMABUFMODIFIERSEXTPROC query_modifiers;
	PFNEGLCREATESYNCKHRPROC create_sync;
	PFNEGLDESTROYSYNCKHRPROC destroy_sync;
	PFNEGLWAITSYNCKHRPROC wait_sync;
	PFNEGLDUPNATIVEFENCEFDANDROIDPROC dup_fence;
};

/* A buffer that GL cannot import: its pixels are copied before they are drawn. */
struct renderer_upload {
	GLint stride; /* pixels; 0: nothing to copy */
	GLenum format, type;
	bool is_due; /* the pixels are others than those that were copied last */
};

struct renderer_image {
	struct renderer *renderer;
	struct cen_buffer *buffer; /* NULL: pixels that were copied */
	enum renderer_shader shader;
	GLenum kind; /* GL_TEXTURE_2D, GL_TEXTURE_EXTERNAL_OES */
	size_t count;
	EGLImageKHR egl[3];
	GLuint textures[3];
	bool is_cr_first;
	uint32_t width, height;
	bool is_opaque;
	struct cen_cpu_map *map; /* of the buffer, where the CPU reads it; NULL: it does not */
	struct renderer_upload upload;
};

struct renderer_target {
	struct renderer *renderer;
	struct cen_buffer *buffer; /* borrowed; NULL: memory of GL's own */
	struct cen_cpu_map *map; /* where the CPU draws; NULL: it does not */
	EGLImageKHR egl;
	GLuint renderbuffer, framebuffer;
	uint32_t width, height;
};

/* Whether a list of words separated by blanks has this one. */
bool renderer_has_extension(const char *list, const char *name);

/* renderer-device.c: fills display, path, devnum and is_software, with the context current. */
int renderer_open(struct renderer *renderer, const char *wish, uint64_t display_devnum);
void renderer_close(struct renderer *renderer);

/* renderer-import.c: the attributes of a buffer, or of one of its planes as an image of its own. */
int renderer_make_egl_image(const struct renderer *renderer, const struct cen_buffer *buffer, EGLImageKHR *out);
int renderer_make_plane_image(const struct renderer *renderer, const struct cen_buffer *buffer, uint32_t plane,
			      EGLImageKHR *out);
/* Whether a format may be imported plane by plane. */
bool renderer_has_plane_images(uint32_t fourcc, bool *is_cr_first);

/* renderer-image.c */
void renderer_image_add_texture(struct renderer_image *image);
void renderer_clear_errors(void);

/* renderer-upload.c: a texture to copy the image's buffer to. */
int renderer_upload_init(struct renderer_image *image, const struct cen_buffer_info *info);
/* Copy what is due. */
void renderer_upload(struct renderer_image *image);

/* renderer-sync.c: a fence of a client's. is_for_cpu: not GL, but this process is to wait. */
void renderer_wait_for_fence(struct renderer *renderer, int fence, bool is_for_cpu);
/* A fence for the display to wait for, or -1 when all is drawn. */
int renderer_finish_drawing(struct renderer *renderer);

/* renderer-draw.c */
int renderer_compile(struct renderer *renderer);
int renderer_create_blank(struct renderer *renderer);
/*
 * GL keeps what it drew last until it draws something else, Mesa's software with the dma-buf. Draw something else, so
 * that nothing is left of an image that was destroyed.
 */
void renderer_forget_images(struct renderer *renderer);
