/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* xdg_wm_base and xdg_surface. */
#include "shell.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xdg-shell-server-protocol.h"

#define PING_MS 5000

static void surface_leave(struct shell_surface *surface)
{
	if (!surface->window.surface)
		return;
	window_finish(surface);
	wl_list_remove(&surface->surface_destroyed.link);
	surface->window.surface = NULL;
}

static void handle_surface_destroyed(struct wl_listener *listener, void *data)
{
	struct shell_surface *surface = wl_container_of(listener, surface, surface_destroyed);

	(void)data;
	surface_leave(surface);
}

static void handle_xdg_surface_destroyed(struct wl_resource *resource)
{
	struct shell_surface *surface = wl_resource_get_user_data(resource);

	surface_leave(surface);
	if (surface->toplevel)
		wl_resource_set_user_data(surface->toplevel, NULL);
	if (surface->popup)
		wl_resource_set_user_data(surface->popup, NULL);
	if (surface->shell)
		wl_list_remove(&surface->link);
	free(surface);
}

static void handle_surface_destroy(struct wl_client *client, struct wl_resource *resource)
{
	struct shell_surface *surface = wl_resource_get_user_data(resource);

	(void)client;
	if (surface->toplevel || surface->popup) {
		wl_resource_post_error(resource, XDG_SURFACE_ERROR_DEFUNCT_ROLE_OBJECT,
				       "its toplevel or popup must go first");
		return;
	}
	wl_resource_destroy(resource);
}

/* False after an error, or when the wl_surface is gone. */
static bool check_no_role(struct shell_surface *surface)
{
	if (!surface->window.surface)
		return false;
	if (surface->toplevel || surface->popup || surface->window.surface->role_data) {
		wl_resource_post_error(surface->resource, XDG_SURFACE_ERROR_ALREADY_CONSTRUCTED,
				       "the surface has a role object");
		return false;
	}
	return true;
}

static void handle_get_toplevel(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct shell_surface *surface = wl_resource_get_user_data(resource);

	(void)client;
	if (check_no_role(surface))
		window_create_toplevel(surface, id);
}

static void handle_get_popup(struct wl_client *client, struct wl_resource *resource, uint32_t id,
			     struct wl_resource *parent, struct wl_resource *positioner)
{
	struct shell_surface *surface = wl_resource_get_user_data(resource);

	(void)client, (void)parent;
	if (!check_no_role(surface))
		return;
	if (!positioner_is_complete(positioner)) {
		if (surface->shell)
			wl_resource_post_error(surface->shell->resource, XDG_WM_BASE_ERROR_INVALID_POSITIONER,
					       "a positioner without size or anchor rectangle");
		return;
	}
	window_create_popup(surface, id);
}

/* False after an error. */
static bool check_role(struct shell_surface *surface)
{
	if (surface->toplevel || surface->popup)
		return true;
	wl_resource_post_error(surface->resource, XDG_SURFACE_ERROR_NOT_CONSTRUCTED, "the surface has no role object");
	return false;
}

static void handle_set_geometry(struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y,
				int32_t width, int32_t height)
{
	struct shell_surface *surface = wl_resource_get_user_data(resource);

	(void)client;
	if (!check_role(surface))
		return;
	if (width < 1 || height < 1) {
		wl_resource_post_error(resource, XDG_SURFACE_ERROR_INVALID_SIZE, "a window of %dx%d", width, height);
		return;
	}
	memcpy(surface->geometry, (const int32_t[]){x, y, width, height}, sizeof(surface->geometry));
}

/* Serials wrap around. */
static bool is_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

static void handle_ack_configure(struct wl_client *client, struct wl_resource *resource, uint32_t serial)
{
	struct shell_surface *surface = wl_resource_get_user_data(resource);

	(void)client;
	if (!check_role(surface))
		return;
	if (!surface->sent || is_after(serial, surface->sent) || !is_after(serial, surface->acked)) {
		wl_resource_post_error(resource, XDG_SURFACE_ERROR_INVALID_SERIAL, "%u was never sent, or is answered",
				       serial);
		return;
	}
	surface->acked = serial;
	surface->is_configured = true;
}

static const struct xdg_surface_interface surface_requests = {
	.destroy = handle_surface_destroy,
	.get_toplevel = handle_get_toplevel,
	.get_popup = handle_get_popup,
	.set_window_geometry = handle_set_geometry,
	.ack_configure = handle_ack_configure,
};

static void surface_init(struct shell_surface *surface, struct shell *shell, struct surface *on)
{
	surface->shell = shell;
	surface->server = shell->server;
	surface->window.surface = on;
	wl_list_init(&surface->window.link);
	surface->surface_destroyed.notify = handle_surface_destroyed;
	wl_signal_add(&on->destroyed, &surface->surface_destroyed);
	wl_list_insert(&shell->windows, &surface->link);
	wl_resource_set_implementation(surface->resource, &surface_requests, surface, handle_xdg_surface_destroyed);
}

static void handle_get_surface(struct wl_client *client, struct wl_resource *resource, uint32_t id,
			       struct wl_resource *surface_resource)
{
	struct surface *on = surface_get(surface_resource);
	struct shell_surface *surface;

	if (on->role_data) {
		wl_resource_post_error(resource, XDG_WM_BASE_ERROR_ROLE, "the surface has a role");
		return;
	}
	if (on->attached || surface_has_picture(on)) {
		wl_resource_post_error(resource, XDG_WM_BASE_ERROR_INVALID_SURFACE_STATE, "the surface has a buffer");
		return;
	}
	surface = calloc(1, sizeof(*surface));
	if (surface)
		surface->resource =
			wl_resource_create(client, &xdg_surface_interface, wl_resource_get_version(resource), id);
	if (!surface || !surface->resource) {
		free(surface);
		wl_client_post_no_memory(client);
		return;
	}
	surface_init(surface, wl_resource_get_user_data(resource), on);
}

static void handle_pong(struct wl_client *client, struct wl_resource *resource, uint32_t serial)
{
	struct shell *shell = wl_resource_get_user_data(resource);

	(void)client;
	if (serial != shell->ping)
		return;
	shell->ping = 0;
	shell->is_silent = false;
}

static void handle_destroy(struct wl_client *client, struct wl_resource *resource)
{
	struct shell *shell = wl_resource_get_user_data(resource);

	(void)client;
	if (!wl_list_empty(&shell->windows)) {
		wl_resource_post_error(resource, XDG_WM_BASE_ERROR_DEFUNCT_SURFACES, "its surfaces must go first");
		return;
	}
	wl_resource_destroy(resource);
}

static const struct xdg_wm_base_interface shell_requests = {
	.destroy = handle_destroy,
	.create_positioner = positioner_create,
	.get_xdg_surface = handle_get_surface,
	.pong = handle_pong,
};

static void shell_destroy(struct wl_resource *resource)
{
	struct shell *shell = wl_resource_get_user_data(resource);
	struct shell_surface *surface, *next;

	wl_list_for_each_safe(surface, next, &shell->windows, link)
	{
		wl_list_remove(&surface->link);
		surface->shell = NULL;
	}
	wl_list_remove(&shell->link);
	free(shell);
}

static void bind_shell(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct server *server = data;
	struct shell *shell = calloc(1, sizeof(*shell));

	if (!shell) {
		wl_client_post_no_memory(client);
		return;
	}
	shell->server = server;
	shell->resource = wl_resource_create(client, &xdg_wm_base_interface, (int)version, id);
	if (!shell->resource) {
		free(shell);
		wl_client_post_no_memory(client);
		return;
	}
	wl_list_init(&shell->windows);
	wl_list_insert(&server->shells, &shell->link);
	wl_resource_set_implementation(shell->resource, &shell_requests, shell, shell_destroy);
}

/* A client that does not answer is named; whether to end it is for a person. */
static int handle_ping_timer(void *data)
{
	struct server *server = data;
	struct shell *shell;

	wl_list_for_each(shell, &server->shells, link)
	{
		pid_t pid;

		if (!shell->ping) {
			shell->ping = wl_display_next_serial(server->display);
			xdg_wm_base_send_ping(shell->resource, shell->ping);
			continue;
		}
		wl_client_get_credentials(wl_resource_get_client(shell->resource), &pid, NULL, NULL);
		if (!shell->is_silent)
			warnx("the client with process id %d does not answer", (int)pid);
		shell->is_silent = true;
	}
	wl_event_source_timer_update(server->ping_timer, PING_MS);
	return 0;
}

int shell_init(struct server *server)
{
	server->ping_timer = wl_event_loop_add_timer(server->loop, handle_ping_timer, server);
	if (!server->ping_timer)
		return -ENOMEM;
	wl_event_source_timer_update(server->ping_timer, PING_MS);
	return wl_global_create(server->display, &xdg_wm_base_interface, 5, server, bind_shell) ? 0 : -ENOMEM;
}
