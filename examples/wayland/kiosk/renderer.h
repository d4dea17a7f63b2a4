/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Drawing with EGL and OpenGL ES: pictures of clients into buffers that cenalloc made. Knows nothing of KMS. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cenalloc/buffer.h>
#include <cenalloc/capability.h>
#include <cenalloc/machine.h>

struct renderer;
/* Something to draw: a client's buffer, or a copy of its pixels. */
struct renderer_image;
/* Something to draw into. */
struct renderer_target;

/*
 * wish: a node, "llvmpipe" for software, or NULL: the GPU of the display's hardware, another GPU, software.
 * Explains a failure on stderr and returns a negative errno, as do all here but renderer_import_buffer().
 */
int renderer_create(const char *wish, uint64_t display_devnum, struct renderer **out);
/* Images and targets are destroyed before. NULL is allowed. */
void renderer_destroy(struct renderer *renderer);

/* The CPU draws: buffers are mapped read-write. */
bool renderer_is_software(const struct renderer *renderer);
/* What GL calls itself. */
const char *renderer_get_name(const struct renderer *renderer);
/* The node, "llvmpipe" for software. */
const char *renderer_get_path(const struct renderer *renderer);
/* dev_t of the node; 0 for software. */
uint64_t renderer_get_devnum(const struct renderer *renderer);

/* What it samples (CEN_USAGE_TEXTURE) or draws into (CEN_USAGE_RENDER), as EGL says. */
int renderer_describe(struct renderer *renderer, uint32_t usage, struct cen_capabilities **out);

/*
 * The buffer is referenced. What GL cannot import is mapped, and its pixels are copied when they are drawn; linear RGB
 * only. Says nothing.
 */
int renderer_import_buffer(struct renderer *renderer, struct cen_buffer *buffer, struct renderer_image **out);
/* DRM_FORMAT_XRGB8888 or ARGB8888. Copied. */
int renderer_import_pixels(struct renderer *renderer, const void *pixels, uint32_t width, uint32_t height,
			   uint32_t stride, uint32_t fourcc, struct renderer_image **out);
/* The buffer has new pixels. */
void renderer_image_set_changed(struct renderer_image *image);
/* NULL is allowed. */
void renderer_image_destroy(struct renderer_image *image);

/* The buffer is borrowed. */
int renderer_target_create(struct renderer *renderer, struct cen_buffer *buffer, struct renderer_target **out);
/* NULL is allowed. */
void renderer_target_destroy(struct renderer_target *target);

/* A rectangle of an image, scaled to a rectangle of the target. Pixels from the top left corner. */
struct renderer_quad {
	struct renderer_image *image;
	double x, y, width, height;
	double source_x, source_y, source_width, source_height;
	int fence; /* sync_file to wait for; -1: none. Borrowed */
};

/*
 * Draw on black, from the bottom up. fence receives a sync_file that signals when all is drawn, the caller's; -1: it is
 * drawn already. is_uploaded receives whether pixels had to be copied first.
 */
int renderer_draw(struct renderer_target *target, const struct renderer_quad *quads, size_t count, int *fence,
		  bool *is_uploaded);
