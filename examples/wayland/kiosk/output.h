/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The screen: one KMS display that shows a client's buffer directly where the kernel takes it, and what GL drew
 * otherwise. Knows nothing of Wayland. All functions run on the compositor's one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cenalloc/buffer.h>
#include <cenalloc/compositor.h>
#include <cenalloc/machine.h>

struct output;
/* A client's picture, known to the display, to GL, or to both. */
struct output_image;

struct output_options {
	const char *display; /* node; NULL: the first with a connected connector */
	const char *renderer; /* device path for GL, "llvmpipe" for software; NULL: one that works with the display */
	uint32_t width, height; /* of the mode; 0, 0: the preferred one */
	bool never_direct; /* always draw */
};

/* When something is on the screen. */
struct output_flip {
	uint64_t time_ns; /* CLOCK_MONOTONIC, of the vertical blank */
	uint64_t sequence; /* of the display */
	uint32_t refresh_ns;
	bool is_direct; /* the client's buffer itself is scanned out */
};

struct output_listener {
	/* The views of the last output_present() are on the screen. */
	void (*flipped)(void *data, const struct output_flip *flip);
	/*
	 * Neither display nor GL reads this image any more; it may be changed, shown again or destroyed. Comes with the
	 * flip to a frame without it, before flipped(), and only for images that were presented.
	 */
	void (*released)(void *data, struct output_image *image);
	void *data;
};

/* Explain failures on stderr and return a negative errno. */
int output_create(const struct output_options *options, const struct output_listener *listener, struct output **out);
/* Gives the display back the state it had. Images are destroyed before. NULL is allowed. */
void output_destroy(struct output *output);

void output_get_size(const struct output *output, uint32_t *width, uint32_t *height, uint32_t *refresh_mhz);
/* "vkms, 1024x768" and what GL is, for a person. */
const char *output_get_description(const struct output *output);

/* The devices it was made of. Borrowed. */
struct cen_machine *output_get_machine(const struct output *output);

/* What clients are told (compositor.h): renderer and planes of this output. Borrowed. */
struct cen_offer *output_get_offer(const struct output *output);
/* A buffer whose modifier nobody tells (CEN_MODIFIER_INVALID) is linear. */
bool output_implies_linear(const struct output *output);

/* Readable when output_dispatch() has something to do. Borrowed. */
int output_get_fd(const struct output *output);
int output_dispatch(struct output *output);

/* Import. The buffer is referenced. Silent: a refusal is the client's affair. */
int output_import_buffer(struct output *output, struct cen_buffer *buffer, struct output_image **out);
/* Pixels in this process's memory (wl_shm); DRM_FORMAT_XRGB8888 or ARGB8888. Copied now. */
int output_import_pixels(struct output *output, const void *pixels, uint32_t width, uint32_t height, uint32_t stride,
			 uint32_t fourcc, struct output_image **out);
/* The client has drawn into its buffer again. */
void output_image_set_changed(struct output_image *image);
/* After its release only. NULL is allowed. */
void output_image_destroy(struct output_image *image);

/* A picture on the screen, from the bottom up. */
struct output_view {
	struct output_image *image;
	int32_t x, y; /* pixels of the screen */
	uint32_t width, height; /* on the screen: the image is scaled to it */
	double source_x, source_y, source_width, source_height; /* of the image; width 0: all of it */
	int acquire_fence; /* sync_file that signals when the client has drawn; -1: none. Borrowed */
};

/* A flip is under way: the next frame has to wait for it. */
bool output_is_busy(const struct output *output);
/*
 * Show these views from the next vertical blank on; none: black. Directly where it is one view and a plane of the
 * display takes it as it is; drawn otherwise. Returns 0, -EBUSY while a flip is under way, or another errno.
 */
int output_present(struct output *output, const struct output_view *views, size_t count);

/* What the screen shows, through the writeback connector, as PNG. */
int output_capture(struct output *output, const char *png);

/* Frames so far. */
struct output_counts {
	uint64_t direct, drawn;
	uint64_t uploaded; /* of those drawn: with pixels that had to be copied before */
};

void output_get_counts(const struct output *output, struct output_counts *counts);
