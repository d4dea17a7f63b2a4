/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Private to the program cenalloc-probe-egl, which runs a GPU's driver so that no application has to. */
#pragma once

#include <stdbool.h>

#define EGL_EGLEXT_PROTOTYPES
#define GL_GLEXT_PROTOTYPES
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES2/gl2.h>
#include <GLES2/gl2ext.h>

#include "egl-info.h"
#include "probe/server.h"

/* What is called of libEGL.so.1 and libGLESv2.so.2. */
#define EGL_FUNCTIONS(X)                                                                                               \
	X(eglBindAPI)                                                                                                  \
	X(eglCreateContext)                                                                                            \
	X(eglCreateImageKHR)                                                                                           \
	X(eglDestroyImageKHR)                                                                                          \
	X(eglGetError)                                                                                                 \
	X(eglGetPlatformDisplayEXT)                                                                                    \
	X(eglGetProcAddress)                                                                                           \
	X(eglInitialize)                                                                                               \
	X(eglMakeCurrent)                                                                                              \
	X(eglQueryDeviceStringEXT)                                                                                     \
	X(eglQueryDevicesEXT)                                                                                          \
	X(eglQueryDmaBufFormatsEXT)                                                                                    \
	X(eglQueryDmaBufModifiersEXT)                                                                                  \
	X(eglQueryString)                                                                                              \
	X(glActiveTexture)                                                                                             \
	X(glAttachShader)                                                                                              \
	X(glBindAttribLocation)                                                                                        \
	X(glBindFramebuffer)                                                                                           \
	X(glBindTexture)                                                                                               \
	X(glCheckFramebufferStatus)                                                                                    \
	X(glClear)                                                                                                     \
	X(glClearColor)                                                                                                \
	X(glCompileShader)                                                                                             \
	X(glCreateProgram)                                                                                             \
	X(glCreateShader)                                                                                              \
	X(glDisable)                                                                                                   \
	X(glDrawArrays)                                                                                                \
	X(glEGLImageTargetTexture2DOES)                                                                                \
	X(glEnable)                                                                                                    \
	X(glEnableVertexAttribArray)                                                                                   \
	X(glFinish)                                                                                                    \
	X(glFramebufferTexture2D)                                                                                      \
	X(glGenFramebuffers)                                                                                           \
	X(glGenTextures)                                                                                               \
	X(glGetError)                                                                                                  \
	X(glGetIntegerv)                                                                                               \
	X(glGetProgramiv)                                                                                              \
	X(glGetUniformLocation)                                                                                        \
	X(glUniform1i)                                                                                                 \
	X(glGetString)                                                                                                 \
	X(glLinkProgram)                                                                                               \
	X(glReadPixels)                                                                                                \
	X(glScissor)                                                                                                   \
	X(glShaderSource)                                                                                              \
	X(glTexImage2D)                                                                                                \
	X(glTexParameteri)                                                                                             \
	X(glUseProgram)                                                                                                \
	X(glVertexAttribPointer)                                                                                       \
	X(glViewport)

struct egl_api {
#define EGL_FIELD(name) __typeof__(&name) name;
	EGL_FUNCTIONS(EGL_FIELD)
#undef EGL_FIELD
	__typeof__(&eglGetDisplayDriverName) eglGetDisplayDriverName; /* may be NULL */
};

/* A display with a current context. The process ends after one request: nothing of it is ever freed. */
struct egl_session {
	struct probe_call *call;
	struct egl_api api;
	EGLDisplay display;
	struct probe_info info;
	bool has_modifiers;
};

/* Load the two libraries. Returns 0 or what _cen_probe_fail() returned, as all that follow do. */
int _cen_egl_load(struct probe_call *call, struct egl_api *api);

/* Open the display of the request's device and make a context current. */
int _cen_egl_session_open(struct egl_session *session, const struct probe_request *request);
/* "EGL_BAD_MATCH", for the last error. */
const char *_cen_egl_error(const struct egl_session *session);

/* Tell what the driver imports. */
int _cen_egl_send_formats(struct egl_session *session);

/* What an image is sampled through: one texture, or one for each plane. */
struct egl_texture {
	GLenum target;
	uint32_t count;
	GLuint names[3];
};

/* Import an image; is_whole: not plane by plane. */
int _cen_egl_texture_create(struct egl_session *session, const struct cen_image_desc *image, bool is_whole,
			    struct egl_texture *texture);
/* Bind the planes' textures to the first units. */
void _cen_egl_texture_bind(const struct egl_session *session, const struct egl_texture *texture);

/* Import the request's image, sample it or draw into it, and compare the pixels where the CPU can see them. */
int _cen_egl_try(struct egl_session *session, const struct probe_request *request);
