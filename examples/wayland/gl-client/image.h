/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What gl.c and image.c share. */
#pragma once

#include "gl.h"

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES2/gl2.h>
#include <GLES2/gl2ext.h>

struct gl {
	EGLDisplay display;
	EGLContext context;
	bool has_modifiers;
	GLuint whole, planes; /* programs for one texture, and for luma and chroma */
	GLint zero, to_rgb; /* uniforms of planes */
	PFNEGLCREATEIMAGEKHRPROC create_image;
	PFNEGLDESTROYIMAGEKHRPROC destroy_image;
	PFNGLEGLIMAGETARGETTEXTURE2DOESPROC set_texture;
	PFNGLEGLIMAGETARGETRENDERBUFFERSTORAGEOESPROC set_renderbuffer;
};

struct gl_image {
	struct gl *gl;
	GLsizei width, height;
	uint32_t count; /* of images: 1, or luma and chroma */
	EGLImageKHR images[2];
	GLenum target; /* of textures */
	GLuint textures[2];
	GLfloat zero[3], to_rgb[9]; /* of luma and chroma; by columns */
	GLuint renderbuffer, framebuffer;
};

/* Prints what failed and what EGL and GL say. Returns -EIO. */
int gl_fail(const char *what);
