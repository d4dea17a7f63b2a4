/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the files of the output share. */
#pragma once

#include <cenalloc/cenalloc.h>

#include "display.h"
#include "output.h"
#include "renderer.h"

#define OUTPUT_MAX_PLANES 4
/* One on the screen, one on its way, one to draw into. */
#define OUTPUT_FRAME_COUNT 3

struct output_pair {
	uint32_t fourcc;
	uint64_t modifier;
};

/* A plane of the CRTC, and what it takes. */
struct output_plane {
	uint32_t id;
	size_t pair_count;
	struct output_pair *pairs;
};

/* Whether a plane takes an image the way it is to be shown: asked of the kernel once. */
struct output_verdict {
	bool is_known;
	struct display_layer layer; /* plane 0: none takes it */
	struct output_view view; /* that was asked for */
};

struct output_image {
	struct output *output;
	uint32_t references; /* of its owner and of frames */
	bool is_orphan; /* its owner is gone: nobody to tell */
	struct cen_buffer *buffer; /* NULL: pixels that were copied */
	uint32_t fourcc, width, height;
	uint32_t framebuffer; /* 0: the display does not take it */
	struct renderer_image *texture;
	struct output_verdict verdict;
};

/* What is shown at once: the images, and the buffer they were drawn into. */
struct output_frame {
	struct output_image **images; /* each once */
	size_t count;
	struct cen_buffer *drawn; /* of the pool; NULL: shown directly, or nothing */
	bool is_direct, is_uploaded;
};

struct output {
	struct output_listener listener;
	bool never_direct;
	struct display display;
	uint64_t devnum; /* of the display's node */
	struct cen_context *context;
	struct cen_machine *machine;
	const struct cen_device *device; /* the display */
	struct renderer *renderer;
	struct output_plane planes[OUTPUT_MAX_PLANES]; /* the primary one first */
	size_t plane_count;
	struct cen_offer *offer;
	struct cen_pool *pool; /* to draw into */
	struct output_frame shown, pending;
	bool is_busy;
	uint32_t refresh_ns;
	uint64_t sequence; /* the display's, which has 32 bits */
	struct output_counts counts;
	char description[256];
};

/* Returns ret, with the error on stderr and destroyed. */
int output_explain(struct cen_error *error, int ret);

/* output-planes.c */
int output_planes_read(struct output *output);
void output_planes_free(struct output *output);
bool output_plane_has(const struct output_plane *plane, uint32_t fourcc, uint64_t modifier);
/* A picture with alpha is never shown as it is: what is behind it would be missing. */
bool output_is_opaque(uint32_t fourcc);
/* Fills layer and returns true where a plane shows this one view as it is. */
bool output_find_layer(struct output *output, const struct output_view *view, struct display_layer *layer);

/* output-offer.c */
int output_offer_create(struct output *output);

/* output-draw.c: the buffers that are drawn into. */
int output_pool_create(struct output *output);
void output_pool_destroy(struct output *output);
/* Draws the views into a free buffer, which the frame receives; layer shows it. The fence in layer is the caller's. */
int output_draw(struct output *output, const struct output_view *views, size_t count, struct output_frame *frame,
		struct display_layer *layer);

/* output-image.c */
void output_image_unref(struct output_image *image);
int output_frame_init(struct output_frame *frame, const struct output_view *views, size_t count);
/* Lets go of everything and says so for the images that next, which may be NULL, does not have. */
void output_frame_release(struct output *output, struct output_frame *frame, const struct output_frame *next);
