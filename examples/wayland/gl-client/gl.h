/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A GPU, or the CPU in its place, that draws one dma-buf into another, mirrored and in green. */
#pragma once

#include <stdbool.h>

#include <cenalloc/buffer.h>
#include <cenalloc/machine.h>

#include "camera.h"

struct gl;
/* A dma-buf as GL knows it. */
struct gl_image;

/* All functions explain a failure on stderr and return a negative errno. */

/* device: one of the egl backend, by its node, or the software renderer. */
int gl_create(const struct cen_device *device, struct gl **out);
/* After its images. NULL is allowed. */
void gl_destroy(struct gl *gl);

/* What GL calls its renderer. */
const char *gl_get_renderer(const struct gl *gl);

/* To be sampled; the colour matters for YUV. The image does not keep the buffer alive. */
int gl_import_texture(struct gl *gl, const struct cen_buffer *buffer, const struct camera_colour *colour,
		      struct gl_image **out);
/* To be drawn into. */
int gl_import_target(struct gl *gl, const struct cen_buffer *buffer, struct gl_image **out);
/* NULL is allowed. */
void gl_image_destroy(struct gl_image *image);

/* Returns when the pixels are there and the texture has been read. */
int gl_draw(struct gl *gl, const struct gl_image *texture, const struct gl_image *target);
