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

struct framebuffer {
	uint32_t id;
	uint32_t handles[CEN_MAX_PLANES]; /* distinct GEM handles, closed once each */
	uint32_t handle_count;
};

struct display {
	int fd;
	const char *path;
	uint32_t connector, crtc, crtc_index, plane;
	uint32_t writeback; /* connector; 0: none, or none wanted */
	uint32_t mode_blob, frame_property;
	bool is_lit, is_user_mode;
	drmModeModeInfo mode;
	struct property_state state;
	uint32_t frame_count;
	struct framebuffer frames[MAX_BUFFERS];
};

struct display_wish {
	uint32_t fourcc;
	uint32_t width, height;
	struct camera_colour colour;
	bool wants_writeback;
};

/* All functions explain a failure on stderr and return a negative errno. */
int display_open(struct display *display, const char *path);

/* Gives the display back the state it had, frees everything. A zeroed struct with fd -1 is allowed. */
void display_close(struct display *display);

/* Pick connector, CRTC, plane and mode. Nothing is shown yet. */
int display_choose(struct display *display, const struct display_wish *wish);

/* Show a framebuffer from the next vertical blank on. An event follows: display_handle_event(). */
int display_show(struct display *display, const struct display_wish *wish, uint32_t index);

/* Read what the fd has. Returns the number of flips done. */
int display_handle_event(struct display *display);

/* framebuffer.c: one framebuffer per buffer, from the buffer's dma-bufs. */
int framebuffer_add(struct display *display, const struct cen_buffer *buffer);
void framebuffer_remove_all(struct display *display);
/* The inode of the dma-buf behind a plane of a framebuffer, asked of the kernel. */
int framebuffer_get_inode(const struct display *display, uint32_t index, uint32_t plane, ino_t *inode);

/* writeback.c: read back what the CRTC shows. */
struct readback;
int readback_create(struct display *display, struct readback **out);
void readback_destroy(struct readback *readback);
const struct picture *readback_get_picture(const struct readback *readback);
