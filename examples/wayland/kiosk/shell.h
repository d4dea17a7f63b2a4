/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* xdg_wm_base: windows, which all cover the screen. Popups are closed at once: nothing here could open one. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "scene.h"
#include "surface.h"

/* A client's xdg_wm_base. */
struct shell {
	struct wl_list link; /* of server->shells */
	struct server *server;
	struct wl_resource *resource;
	struct wl_list windows; /* struct shell_surface.link */
	uint32_t ping; /* the serial that is not answered yet; 0: none */
	bool is_silent; /* said so already */
};

/* An xdg_surface, and its role. */
struct shell_surface {
	struct wl_list link;
	struct shell *shell; /* NULL: gone */
	struct server *server;
	struct wl_resource *resource;
	struct wl_resource *toplevel; /* NULL: none */
	struct wl_resource *popup; /* NULL: none */
	struct wl_listener surface_destroyed;
	struct window window; /* its surface is NULL when that is gone */
	int32_t geometry[4]; /* x, y, width, height, from the next commit on */
	struct wl_event_source *configure; /* is due */
	uint32_t sent, acked; /* serials */
	bool has_begun; /* the first commit was there */
	bool is_configured; /* the client has acknowledged */
	bool is_shown;
};

/* shell-window.c: the requests get_toplevel and get_popup. */
void window_create_toplevel(struct shell_surface *surface, uint32_t id);
void window_create_popup(struct shell_surface *surface, uint32_t id);
/* The object of the role, or the surface, is going. */
void window_finish(struct shell_surface *surface);
/* The requests create_positioner; whether a popup could be placed with it. */
void positioner_create(struct wl_client *client, struct wl_resource *shell, uint32_t id);
bool positioner_is_complete(struct wl_resource *resource);
