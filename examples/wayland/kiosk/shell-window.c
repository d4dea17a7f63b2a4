/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* xdg_toplevel, xdg_popup and xdg_positioner. */
#include "shell.h"

#include <stdlib.h>

#include "xdg-shell-server-protocol.h"

static void add_state(struct wl_array *states, uint32_t state)
{
	uint32_t *slot = wl_array_add(states, sizeof(*slot));

	if (slot)
		*slot = state;
}

static void send_configure(void *data)
{
	struct shell_surface *surface = data;
	const struct server *server = surface->server;
	struct wl_array states;

	surface->configure = NULL;
	wl_array_init(&states);
	add_state(&states, XDG_TOPLEVEL_STATE_FULLSCREEN);
	add_state(&states, XDG_TOPLEVEL_STATE_ACTIVATED);
	xdg_toplevel_send_configure(surface->toplevel, (int32_t)server->width, (int32_t)server->height, &states);
	wl_array_release(&states);
	surface->sent = wl_display_next_serial(server->display);
	if (!surface->acked)
		surface->acked = surface->sent - 1;
	xdg_surface_send_configure(surface->resource, surface->sent);
}

/* Once, however often the client asks before it reads the answer. */
static void schedule_configure(struct shell_surface *surface)
{
	if (!surface->configure && surface->has_begun)
		surface->configure = wl_event_loop_add_idle(surface->server->loop, send_configure, surface);
}

static void hide(struct shell_surface *surface)
{
	if (surface->configure)
		wl_event_source_remove(surface->configure);
	surface->configure = NULL;
	if (surface->is_shown) {
		wl_list_remove(&surface->window.link);
		wl_list_init(&surface->window.link);
		scene_schedule(surface->server);
	}
	surface->is_shown = false;
	surface->is_configured = false;
	surface->has_begun = false;
	surface->geometry[2] = 0;
	surface->window.geometry.width = 0;
}

void window_finish(struct shell_surface *surface)
{
	hide(surface);
	if (surface->window.surface && surface->window.surface->role_data == surface)
		surface->window.surface->role_data = NULL;
}

static bool handle_check(struct surface *on)
{
	struct shell_surface *surface = on->role_data;

	if (!surface || !on->attached || surface->is_configured)
		return true;
	wl_resource_post_error(surface->resource, XDG_SURFACE_ERROR_UNCONFIGURED_BUFFER,
			       "a buffer before the first configure is acknowledged");
	return false;
}

static void handle_toplevel_applied(struct surface *on)
{
	struct shell_surface *surface = on->role_data;

	if (!surface)
		return;
	surface->window.geometry.x = surface->geometry[0];
	surface->window.geometry.y = surface->geometry[1];
	surface->window.geometry.width = surface->geometry[2];
	surface->window.geometry.height = surface->geometry[3];
	if (!surface->has_begun) {
		surface->has_begun = true;
		schedule_configure(surface);
	} else if (surface_has_picture(on) && !surface->is_shown) {
		surface->is_shown = true;
		wl_list_insert(&surface->server->windows, &surface->window.link);
	} else if (!surface_has_picture(on) && surface->is_shown) {
		hide(surface); /* it begins anew */
	}
}

static const struct surface_role toplevel_role = {
	.name = "xdg_toplevel",
	.check = handle_check,
	.applied = handle_toplevel_applied,
};

static void handle_popup_applied(struct surface *on)
{
	(void)on; /* never shown */
}

static const struct surface_role popup_role = {
	.name = "xdg_popup",
	.check = handle_check,
	.applied = handle_popup_applied,
};

static void handle_set_parent(struct wl_client *client, struct wl_resource *resource, struct wl_resource *parent)
{
	(void)client;
	if (parent == resource)
		wl_resource_post_error(resource, XDG_TOPLEVEL_ERROR_INVALID_PARENT, "its own parent");
}

static void ignore_text(struct wl_client *client, struct wl_resource *resource, const char *text)
{
	(void)client, (void)resource, (void)text;
}

static void handle_menu(struct wl_client *client, struct wl_resource *resource, struct wl_resource *seat,
			uint32_t serial, int32_t x, int32_t y)
{
	(void)client, (void)resource, (void)seat, (void)serial, (void)x, (void)y;
}

static void handle_move(struct wl_client *client, struct wl_resource *resource, struct wl_resource *seat,
			uint32_t serial)
{
	(void)client, (void)resource, (void)seat, (void)serial;
}

static void handle_resize(struct wl_client *client, struct wl_resource *resource, struct wl_resource *seat,
			  uint32_t serial, uint32_t edges)
{
	(void)client, (void)seat, (void)serial;
	if (edges > XDG_TOPLEVEL_RESIZE_EDGE_BOTTOM_RIGHT || (edges & 3) == 3)
		wl_resource_post_error(resource, XDG_TOPLEVEL_ERROR_INVALID_RESIZE_EDGE, "%u is no edge", edges);
}

static void handle_limit(struct wl_client *client, struct wl_resource *resource, int32_t width, int32_t height)
{
	(void)client;
	if (width < 0 || height < 0)
		wl_resource_post_error(resource, XDG_TOPLEVEL_ERROR_INVALID_SIZE, "a limit of %dx%d", width, height);
}

/* The answer to all wishes is the same state: the whole screen. */
static void handle_wish(struct wl_client *client, struct wl_resource *resource)
{
	struct shell_surface *surface = wl_resource_get_user_data(resource);

	(void)client;
	if (surface)
		schedule_configure(surface);
}

static void handle_fullscreen(struct wl_client *client, struct wl_resource *resource, struct wl_resource *screen)
{
	(void)screen;
	handle_wish(client, resource);
}

static void handle_minimize(struct wl_client *client, struct wl_resource *resource)
{
	(void)client, (void)resource;
}

static const struct xdg_toplevel_interface toplevel_requests = {
	.destroy = server_destroy_request,
	.set_parent = handle_set_parent,
	.set_title = ignore_text,
	.set_app_id = ignore_text,
	.show_window_menu = handle_menu,
	.move = handle_move,
	.resize = handle_resize,
	.set_max_size = handle_limit,
	.set_min_size = handle_limit,
	.set_maximized = handle_wish,
	.unset_maximized = handle_wish,
	.set_fullscreen = handle_fullscreen,
	.unset_fullscreen = handle_wish,
	.set_minimized = handle_minimize,
};

/* Of toplevels and popups. */
static void handle_role_destroyed(struct wl_resource *resource)
{
	struct shell_surface *surface = wl_resource_get_user_data(resource);

	if (!surface)
		return;
	window_finish(surface);
	surface->toplevel = NULL;
	surface->popup = NULL;
	surface->sent = 0;
	surface->acked = 0;
}

/* Returns NULL after the client was told. */
static struct wl_resource *create_role(struct shell_surface *surface, const struct surface_role *role,
				       const struct wl_interface *interface, uint32_t id, const void *requests)
{
	struct wl_resource *resource;
	struct wl_client *client = wl_resource_get_client(surface->resource);

	if (!surface_set_role(surface->window.surface, role, surface)) {
		if (surface->shell)
			wl_resource_post_error(surface->shell->resource, XDG_WM_BASE_ERROR_ROLE,
					       "the surface has another role");
		return NULL;
	}
	resource = wl_resource_create(client, interface, wl_resource_get_version(surface->resource), id);
	if (!resource) {
		surface->window.surface->role_data = NULL;
		wl_client_post_no_memory(client);
		return NULL;
	}
	wl_resource_set_implementation(resource, requests, surface, handle_role_destroyed);
	return resource;
}

void window_create_toplevel(struct shell_surface *surface, uint32_t id)
{
	struct wl_array capabilities;

	surface->toplevel = create_role(surface, &toplevel_role, &xdg_toplevel_interface, id, &toplevel_requests);
	if (!surface->toplevel ||
	    wl_resource_get_version(surface->toplevel) < XDG_TOPLEVEL_WM_CAPABILITIES_SINCE_VERSION)
		return;
	wl_array_init(&capabilities);
	add_state(&capabilities, XDG_TOPLEVEL_WM_CAPABILITIES_FULLSCREEN);
	xdg_toplevel_send_wm_capabilities(surface->toplevel, &capabilities);
	wl_array_release(&capabilities);
}

static void handle_grab(struct wl_client *client, struct wl_resource *resource, struct wl_resource *seat,
			uint32_t serial)
{
	(void)client, (void)resource, (void)seat, (void)serial;
}

static void handle_reposition(struct wl_client *client, struct wl_resource *resource, struct wl_resource *positioner,
			      uint32_t token)
{
	(void)client, (void)resource, (void)positioner, (void)token;
}

static const struct xdg_popup_interface popup_requests = {
	.destroy = server_destroy_request,
	.grab = handle_grab,
	.reposition = handle_reposition,
};

void window_create_popup(struct shell_surface *surface, uint32_t id)
{
	surface->popup = create_role(surface, &popup_role, &xdg_popup_interface, id, &popup_requests);
	if (surface->popup)
		xdg_popup_send_popup_done(surface->popup);
}

struct positioner {
	bool has_size, has_anchor;
};

static void handle_set_size(struct wl_client *client, struct wl_resource *resource, int32_t width, int32_t height)
{
	struct positioner *positioner = wl_resource_get_user_data(resource);

	(void)client;
	if (width < 1 || height < 1)
		wl_resource_post_error(resource, XDG_POSITIONER_ERROR_INVALID_INPUT, "size %dx%d", width, height);
	positioner->has_size = true;
}

static void handle_set_anchor_rect(struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y,
				   int32_t width, int32_t height)
{
	struct positioner *positioner = wl_resource_get_user_data(resource);

	(void)client, (void)x, (void)y;
	if (width < 0 || height < 0)
		wl_resource_post_error(resource, XDG_POSITIONER_ERROR_INVALID_INPUT, "anchor %dx%d", width, height);
	positioner->has_anchor = true;
}

static void handle_direction(struct wl_client *client, struct wl_resource *resource, uint32_t direction)
{
	(void)client;
	if (direction > XDG_POSITIONER_ANCHOR_BOTTOM_RIGHT)
		wl_resource_post_error(resource, XDG_POSITIONER_ERROR_INVALID_INPUT, "direction %u", direction);
}

static void ignore_number(struct wl_client *client, struct wl_resource *resource, uint32_t number)
{
	(void)client, (void)resource, (void)number;
}

static void ignore_pair(struct wl_client *client, struct wl_resource *resource, int32_t a, int32_t b)
{
	(void)client, (void)resource, (void)a, (void)b;
}

static const struct xdg_positioner_interface positioner_requests = {
	.destroy = server_destroy_request,
	.set_size = handle_set_size,
	.set_anchor_rect = handle_set_anchor_rect,
	.set_anchor = handle_direction,
	.set_gravity = handle_direction,
	.set_constraint_adjustment = ignore_number,
	.set_offset = ignore_pair,
	.set_reactive = handle_minimize,
	.set_parent_size = ignore_pair,
	.set_parent_configure = ignore_number,
};

static void positioner_destroy(struct wl_resource *resource)
{
	free(wl_resource_get_user_data(resource));
}

void positioner_create(struct wl_client *client, struct wl_resource *shell, uint32_t id)
{
	struct positioner *positioner = calloc(1, sizeof(*positioner));
	struct wl_resource *resource = NULL;

	if (positioner)
		resource = server_bind(client, &xdg_positioner_interface, (uint32_t)wl_resource_get_version(shell), id,
				       &positioner_requests, positioner);
	else
		wl_client_post_no_memory(client);
	if (resource)
		wl_resource_set_implementation(resource, &positioner_requests, positioner, positioner_destroy);
	else
		free(positioner);
}

bool positioner_is_complete(struct wl_resource *resource)
{
	const struct positioner *positioner = wl_resource_get_user_data(resource);

	return positioner->has_size && positioner->has_anchor;
}
