/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* wp_linux_drm_syncobj_v1: points on timelines that clients signal and wait for. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <wayland-server-core.h>

struct server;
struct surface;
struct timeline;

/* A point on a timeline, which it keeps; without one: nothing. */
struct sync_point {
	struct timeline *timeline;
	uint64_t value;
};

void sync_point_clear(struct sync_point *point);
/* Signal it, where there is one, and clear it. */
void sync_point_signal(struct sync_point *point);

/* A point that is being waited for in the event loop. */
struct sync_wait;

/* Calls done once, never at once. The wait is destroyed by its owner. Returns 0 or a negative errno. */
int sync_wait_create(struct server *server, const struct sync_point *point, void (*done)(void *data), void *data,
		     struct sync_wait **out);
/* For another owner. */
void sync_wait_set_data(struct sync_wait *wait, void *data);
/* NULL is allowed. */
void sync_wait_destroy(struct sync_wait *wait);

/* What the protocol demands of a commit. False after a protocol error. */
bool syncobj_check_commit(struct surface *surface);
