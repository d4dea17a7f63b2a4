/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* wl_surface and its double-buffered state. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <wayland-server-core.h>

#include "buffer.h"
#include "client.h"
#include "server.h"
#include "syncobj.h"

/* How deep subsurfaces may be nested: walks over them are recursive. */
#define SURFACE_MAX_DEPTH 16

struct surface;
struct commit;

/* What a surface is for; set once and for all. */
struct surface_role {
	const char *name;
	/* The client commits. False after a protocol error. May be NULL. */
	bool (*check)(struct surface *surface);
	/* A commit is current now. */
	void (*applied)(struct surface *surface);
};

struct surface_state {
	bool has_buffer; /* attached in this commit, may be none */
	struct use *use; /* not in the pending state */
	int32_t scale, transform;
	struct {
		double x, y, width, height; /* width < 0: unset */
		int32_t target_width, target_height; /* < 0: unset */
	} viewport;
	struct wl_list callbacks, feedbacks; /* resources */
};

struct surface {
	struct wl_list link; /* of server->surfaces */
	struct server *server;
	struct client *client;
	struct wl_resource *resource;
	const struct surface_role *role; /* NULL: none yet */
	void *role_data; /* NULL: its object is gone */
	struct wl_signal destroyed;

	struct surface_state pending, current;
	struct wl_resource *attached; /* of the pending state; NULL: none */
	struct wl_listener attached_destroyed;
	struct sync_point acquire, release; /* of the pending state */
	uint32_t latest_width, latest_height; /* of the buffer committed last; 0: none */

	struct commit *cached; /* of a synchronised subsurface */
	struct wl_list commits; /* struct commit.surface_link */

	int32_t width, height; /* of what is current */
	struct wl_list above, below; /* struct subsurface.link, from the bottom up */
	struct wl_list pending_above, pending_below;

	/* Extensions: at most one of each. */
	struct wl_resource *viewport, *sync;
	struct wl_list feedbacks; /* of dma-bufs */
	bool can_be_direct, was_offered_direct;
	bool is_on_screen; /* wl_surface.enter was sent */
};

struct surface *surface_get(struct wl_resource *resource);
/* Returns false when it has another role, or an object of this role already. */
bool surface_set_role(struct surface *surface, const struct surface_role *role, void *role_data);
static inline bool surface_has_picture(const struct surface *surface)
{
	return surface->current.use != NULL;
}

/* commit.c */
void surface_state_init(struct surface_state *state);
/* Callbacks and feedbacks are ended. */
void surface_state_finish(struct surface_state *state);
/* The request "commit", after its checks. */
void surface_commit(struct surface *surface);
/* A subsurface became desynchronised: what it kept back is committed. */
void surface_flush(struct surface *surface);
/* The surface is being destroyed. */
void surface_drop_commits(struct surface *surface);

/* subcompositor.c */
struct subsurface {
	struct surface *surface, *parent; /* NULL: gone */
	struct wl_resource *resource;
	struct wl_listener surface_destroyed, parent_destroyed;
	struct wl_list link, pending_link; /* of the parent */
	int32_t x, y, pending_x, pending_y;
	bool is_sync;
};

/* NULL where the surface is no subsurface. */
struct subsurface *subsurface_get(const struct surface *surface);
/* Its commits wait for the parent's. */
bool surface_is_synchronised(const struct surface *surface);
/* The surface's commit is current: the places of its children are, too. */
void surface_apply_children(struct surface *surface);
