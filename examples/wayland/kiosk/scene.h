/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What is on the screen: the newest window with its subsurfaces, and who is told when it got there. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <wayland-server-core.h>

#include "output.h"
#include "server.h"
#include "surface.h"

/* A surface of its own, full screen. */
struct window {
	struct wl_list link; /* of server->windows */
	struct surface *surface;
	/* The part that counts as the window; width 0: all of the surface. */
	struct {
		int32_t x, y, width, height;
	} geometry;
};

/* Something has changed: draw, as soon as the screen takes it. */
void scene_schedule(struct server *server);
/* The last views are on the screen. */
void scene_flipped(struct server *server, const struct output_flip *flip);
void scene_finish(struct server *server);
