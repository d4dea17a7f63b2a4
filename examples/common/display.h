/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A KMS display: one connector, one CRTC, one plane that covers it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <cenalloc/buffer.h>

#include "camera.h"
#include "picture.h"
#include "property.h"
#include "util.h"

/* A framebuffer on a plane, as it is shown. */
struct display_layer {
	uint32_t plane, framebuffer;
	uint32_t fourcc;
	struct camera_colour colour; /* of YUV */
	uint32_t source_x, source_y, source_width, source_height; /* of the framebuffer, in 1/65536 pixels */
	int32_t x, y; /* on the screen */
	uint32_t width, height;
	int fence; /* sync_file to wait for; -1: none. Borrowed */
};

struct display {
	int fd;
	const char *path;
	uint32_t connector, crtc, crtc_index, plane;
	uint32_t writeback; /* connector; 0: none */
	uint32_t mode_blob;
	bool is_lit, is_user_mode;
	drmModeModeInfo mode;
	struct display_layer layer; /* of the last commit, once is_lit */
	struct property_state state;
};

struct display_wish {
	uint32_t fourcc;
	uint32_t width, height; /* 0, 0: the mode that the display prefers */
};

/* A flip that is done. */
struct display_flip {
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	uint32_t sequence;
};

/* All functions explain a failure on stderr and return a negative errno, unless they say otherwise. */
int display_open(struct display *display, const char *path);

/* Gives the display back the state it had; nothing of this program is on the screen any more. */
void display_restore(struct display *display);

/* Restores, frees everything. A zeroed struct with fd -1 is allowed. */
void display_close(struct display *display);

/* Pick connector, CRTC, plane and mode. Nothing is shown yet. */
int display_choose(struct display *display, const struct display_wish *wish);

/* All of a framebuffer, of the mode's size, on the plane that was chosen. */
void display_layer_init(const struct display *display, uint32_t framebuffer, uint32_t fourcc,
			struct display_layer *layer);

/* Show one layer and nothing else from the next vertical blank on. An event follows: display_handle_event(). */
int display_show(struct display *display, const struct display_layer *layer);

/* Whether the display could show it: 0 or a negative errno. */
int display_test(struct display *display, const struct display_layer *layer);

/* Read what the fd has. Returns the number of flips done; the last one in flip, which may be NULL. */
int display_handle_event(struct display *display, struct display_flip *flip);

/* framebuffer.c: one framebuffer from a buffer's dma-bufs. Says nothing. */
int framebuffer_add(const struct display *display, const struct cen_buffer *buffer, uint32_t *id);
void framebuffer_remove(const struct display *display, uint32_t id);
/* The inode of the dma-buf behind a plane of a framebuffer, asked of the kernel. */
int framebuffer_get_inode(const struct display *display, uint32_t id, uint32_t plane, ino_t *inode);

/* writeback.c: read back what the CRTC shows. */
struct readback;
int readback_create(struct display *display, struct readback **out);
void readback_destroy(struct readback *readback);
const struct picture *readback_get_picture(const struct readback *readback);
