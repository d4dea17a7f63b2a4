/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* wl_subcompositor: surfaces on and below other surfaces. Places and order are current with the parent's commit. */
#include <errno.h>
#include <stdlib.h>

#include <wayland-server-protocol.h>

#include "scene.h"
#include "surface.h"

static void handle_applied(struct surface *surface)
{
	(void)surface; /* the parent's tree is drawn with every frame */
}

static const struct surface_role subsurface_role = {.name = "wl_subsurface", .applied = handle_applied};

struct subsurface *subsurface_get(const struct surface *surface)
{
	return surface->role == &subsurface_role ? surface->role_data : NULL;
}

bool surface_is_synchronised(const struct surface *surface)
{
	const struct subsurface *subsurface;

	for (; (subsurface = subsurface_get(surface)) && subsurface->parent; surface = subsurface->parent) {
		if (subsurface->is_sync)
			return true;
	}
	return false;
}

static void apply_list(struct wl_list *current, struct wl_list *pending)
{
	struct subsurface *child;

	wl_list_for_each(child, pending, pending_link)
	{
		wl_list_remove(&child->link);
		wl_list_insert(current->prev, &child->link);
		child->x = child->pending_x;
		child->y = child->pending_y;
	}
}

void surface_apply_children(struct surface *surface)
{
	apply_list(&surface->below, &surface->pending_below);
	apply_list(&surface->above, &surface->pending_above);
}

static void leave_parent(struct subsurface *subsurface)
{
	if (!subsurface->parent)
		return;
	wl_list_remove(&subsurface->link);
	wl_list_remove(&subsurface->pending_link);
	wl_list_remove(&subsurface->parent_destroyed.link);
	subsurface->parent = NULL;
}

static void leave_surface(struct subsurface *subsurface)
{
	struct surface *surface = subsurface->surface;

	if (!surface)
		return;
	leave_parent(subsurface);
	wl_list_remove(&subsurface->surface_destroyed.link);
	surface->role_data = NULL;
	subsurface->surface = NULL;
	scene_schedule(surface->server);
}

static void handle_surface_destroyed(struct wl_listener *listener, void *data)
{
	struct subsurface *subsurface = wl_container_of(listener, subsurface, surface_destroyed);

	(void)data;
	leave_surface(subsurface);
}

static void handle_parent_destroyed(struct wl_listener *listener, void *data)
{
	struct subsurface *subsurface = wl_container_of(listener, subsurface, parent_destroyed);

	(void)data;
	leave_parent(subsurface);
}

static void handle_resource_destroyed(struct wl_resource *resource)
{
	struct subsurface *subsurface = wl_resource_get_user_data(resource);

	if (subsurface->surface)
		surface_drop_commits(subsurface->surface); /* nobody will apply what waits for the parent */
	leave_surface(subsurface);
	free(subsurface);
}

static void handle_set_position(struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y)
{
	struct subsurface *subsurface = wl_resource_get_user_data(resource);

	(void)client;
	subsurface->pending_x = x;
	subsurface->pending_y = y;
}

/* The sibling; NULL for the parent itself, or after an error. */
static struct subsurface *find_sibling(struct subsurface *subsurface, struct surface *other)
{
	struct subsurface *sibling = subsurface_get(other);

	if (other == subsurface->parent)
		return NULL;
	if (sibling && sibling != subsurface && sibling->parent == subsurface->parent)
		return sibling;
	wl_resource_post_error(subsurface->resource, WL_SUBSURFACE_ERROR_BAD_SURFACE, "neither parent nor sibling");
	return NULL;
}

static void place(struct wl_resource *resource, struct wl_resource *other, bool is_above)
{
	struct subsurface *subsurface = wl_resource_get_user_data(resource);
	struct surface *surface = surface_get(other);
	struct subsurface *sibling;
	struct wl_list *after;

	if (!subsurface->parent)
		return;
	sibling = find_sibling(subsurface, surface);
	if (!sibling && surface != subsurface->parent)
		return;
	wl_list_remove(&subsurface->pending_link);
	if (sibling)
		after = is_above ? &sibling->pending_link : sibling->pending_link.prev;
	else
		after = is_above ? &surface->pending_above : surface->pending_below.prev;
	wl_list_insert(after, &subsurface->pending_link);
}

static void handle_place_above(struct wl_client *client, struct wl_resource *resource, struct wl_resource *other)
{
	(void)client;
	place(resource, other, true);
}

static void handle_place_below(struct wl_client *client, struct wl_resource *resource, struct wl_resource *other)
{
	(void)client;
	place(resource, other, false);
}

static void handle_set_sync(struct wl_client *client, struct wl_resource *resource)
{
	struct subsurface *subsurface = wl_resource_get_user_data(resource);

	(void)client;
	subsurface->is_sync = true;
}

/* The depth is bounded by SURFACE_MAX_DEPTH. */
static void flush(struct surface *surface) // NOLINT(misc-no-recursion)
{
	struct wl_list *lists[] = {&surface->pending_below, &surface->pending_above};
	struct subsurface *child;

	if (surface_is_synchronised(surface))
		return;
	surface_flush(surface);
	for (int i = 0; i < 2; i++) {
		wl_list_for_each(child, lists[i], pending_link) flush(child->surface);
	}
}

static void handle_set_desync(struct wl_client *client, struct wl_resource *resource)
{
	struct subsurface *subsurface = wl_resource_get_user_data(resource);

	(void)client;
	subsurface->is_sync = false;
	if (subsurface->surface)
		flush(subsurface->surface);
}

static const struct wl_subsurface_interface subsurface_requests = {
	.destroy = server_destroy_request,
	.set_position = handle_set_position,
	.place_above = handle_place_above,
	.place_below = handle_place_below,
	.set_sync = handle_set_sync,
	.set_desync = handle_set_desync,
};

static unsigned int get_height(const struct surface *surface) // NOLINT(misc-no-recursion)
{
	const struct wl_list *lists[] = {&surface->pending_below, &surface->pending_above};
	const struct subsurface *child;
	unsigned int height = 0;

	for (int i = 0; i < 2; i++) {
		wl_list_for_each(child, lists[i], pending_link)
		{
			unsigned int of_child = 1 + get_height(child->surface);

			height = of_child > height ? of_child : height;
		}
	}
	return height;
}

/* Whether surface may be put on parent. */
static const char *find_fault(const struct surface *surface, const struct surface *parent)
{
	unsigned int depth = 1;
	const struct surface *ancestor = parent;

	for (;;) {
		const struct subsurface *subsurface = subsurface_get(ancestor);

		if (ancestor == surface)
			return "a surface cannot be its own ancestor";
		if (!subsurface || !subsurface->parent)
			break;
		ancestor = subsurface->parent;
		depth++;
	}
	if (depth + get_height(surface) > SURFACE_MAX_DEPTH)
		return "subsurfaces are nested too deeply";
	return NULL;
}

static void subsurface_init(struct subsurface *subsurface, struct surface *surface, struct surface *parent)
{
	subsurface->surface = surface;
	subsurface->parent = parent;
	subsurface->is_sync = true;
	subsurface->surface_destroyed.notify = handle_surface_destroyed;
	subsurface->parent_destroyed.notify = handle_parent_destroyed;
	wl_signal_add(&surface->destroyed, &subsurface->surface_destroyed);
	wl_signal_add(&parent->destroyed, &subsurface->parent_destroyed);
	wl_list_init(&subsurface->link); /* shown from the parent's next commit on */
	wl_list_insert(parent->pending_above.prev, &subsurface->pending_link);
}

static void handle_get_subsurface(struct wl_client *client, struct wl_resource *resource, uint32_t id,
				  struct wl_resource *surface_resource, struct wl_resource *parent_resource)
{
	struct surface *surface = surface_get(surface_resource), *parent = surface_get(parent_resource);
	const char *fault = find_fault(surface, parent);
	struct subsurface *subsurface;

	if (fault) {
		wl_resource_post_error(resource, WL_SUBCOMPOSITOR_ERROR_BAD_PARENT, "%s", fault);
		return;
	}
	subsurface = calloc(1, sizeof(*subsurface));
	if (!subsurface) {
		wl_client_post_no_memory(client);
		return;
	}
	if (!surface_set_role(surface, &subsurface_role, subsurface)) {
		wl_resource_post_error(resource, WL_SUBCOMPOSITOR_ERROR_BAD_SURFACE, "the surface has a role");
		free(subsurface);
		return;
	}
	subsurface->resource = wl_resource_create(client, &wl_subsurface_interface, 1, id);
	if (!subsurface->resource) {
		surface->role_data = NULL;
		free(subsurface);
		wl_client_post_no_memory(client);
		return;
	}
	subsurface_init(subsurface, surface, parent);
	wl_resource_set_implementation(subsurface->resource, &subsurface_requests, subsurface,
				       handle_resource_destroyed);
}

static const struct wl_subcompositor_interface subcompositor_requests = {
	.destroy = server_destroy_request,
	.get_subsurface = handle_get_subsurface,
};

static void bind_subcompositor(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	server_bind(client, &wl_subcompositor_interface, version, id, &subcompositor_requests, data);
}

int subcompositor_init(struct server *server)
{
	return wl_global_create(server->display, &wl_subcompositor_interface, 1, server, bind_subcompositor) ? 0
													     : -ENOMEM;
}
