/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A window: its size, the pace at which the compositor wants frames, and when each was seen. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "connection.h"

struct wp_presentation_feedback;
struct wp_viewport;
struct xdg_surface;
struct xdg_toplevel;

/* Frames whose presentation is not known yet. */
#define MAX_PRESENTATIONS 16

struct surface;

struct presentation {
	struct surface *surface;
	struct wp_presentation_feedback *object; /* NULL: free */
	uint64_t captured_ns; /* CLOCK_MONOTONIC; 0: not known */
};

/* What was seen of a frame. */
struct surface_seen {
	uint64_t captured_ns; /* as given to surface_show(); 0: not known */
	uint64_t presented_ns; /* CLOCK_MONOTONIC */
	bool is_zero_copy; /* the compositor scans the client's buffer out */
};

struct surface_handler {
	void (*presented)(void *data, const struct surface_seen *seen);
	void (*discarded)(void *data); /* committed, and never on the screen */
	void *data;
};

struct surface {
	struct connection *connection;
	struct wl_surface *wl;
	struct xdg_surface *xdg;
	struct xdg_toplevel *toplevel;
	struct wp_viewport *viewport; /* NULL: the picture is shown as large as it is */
	struct wl_callback *callback; /* NULL: a frame may be committed now */
	struct surface_handler handler;
	struct presentation presentations[MAX_PRESENTATIONS];
	int32_t width, height; /* what the compositor wants; 0: as large as the picture */
	int32_t shown_width, shown_height; /* what the viewport is set to */
	bool is_configured, is_resized, is_closed;
	uint32_t resizes;
};

/* Waits for the first configure. Returns 0 or a negative errno, explained on stderr. */
int surface_open(struct surface *surface, struct connection *connection, const char *title, bool is_fullscreen,
		 const struct surface_handler *handler);
void surface_close(struct surface *surface);

/* The compositor wants the next frame: one commit per frame callback. */
bool surface_is_ready(const struct surface *surface);

/* Commit a picture of this size. captured_ns comes back when it has been seen. */
void surface_show(struct surface *surface, struct wl_buffer *buffer, uint32_t width, uint32_t height,
		  uint64_t captured_ns);
/* A new window size without a new picture: the one that is attached is scaled. */
void surface_resize(struct surface *surface);
