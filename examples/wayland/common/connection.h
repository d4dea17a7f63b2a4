/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A connection to a Wayland compositor and what a video client needs of it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <wayland-client-protocol.h>

#include <cenalloc/feedback.h>

struct wp_presentation;
struct wp_viewporter;
struct xdg_wm_base;
struct zwp_linux_dmabuf_v1;

#define MAX_SHM_FORMATS 128

struct connection {
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct xdg_wm_base *wm_base;
	struct wl_shm *shm;
	/* NULL where the compositor does not have them. */
	struct zwp_linux_dmabuf_v1 *dmabuf;
	struct wp_presentation *presentation;
	struct wp_viewporter *viewporter;
	uint32_t dmabuf_version; /* that was bound; 0: none */
	clockid_t clock; /* of presentation times */
	struct cen_feedback *modifiers; /* what the modifier events of version 3 say */
	uint32_t shm_formats[MAX_SHM_FORMATS]; /* as fourccs of drm_fourcc.h */
	uint32_t shm_format_count;
};

/* All functions explain a failure on stderr and return a negative errno. */
int connection_open(struct connection *connection);
/* Sends what is still waiting. */
void connection_close(struct connection *connection);

bool connection_has_shm_format(const struct connection *connection, uint32_t fourcc);

/* Wait until the compositor has answered everything sent so far. Events are handled. */
int connection_round_trip(struct connection *connection);

/* Wait for something of the compositor, 30 s at most (-ETIMEDOUT). Events are handled. */
int connection_wait(struct connection *connection);

/*
 * Before poll(): handles what has been read, sends what waits, and says what to poll the fd for. Each call that
 * succeeds must be followed by connection_read().
 */
int connection_prepare(struct connection *connection, short *events);
/* After poll(): revents 0 where nothing came. Events are handled. */
int connection_read(struct connection *connection, short revents);

/* Now, by the clock of presentation times less CLOCK_MONOTONIC: 0 on every compositor there is, but nobody promises. */
int64_t connection_get_clock_offset(const struct connection *connection);
