/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The global wl_output. */
#include "screen.h"

#include <errno.h>

#include <wayland-server-protocol.h>

void screen_set_shown(struct surface *surface, bool is_shown)
{
	struct wl_client *client = wl_resource_get_client(surface->resource);
	struct wl_resource *screen;

	if (surface->is_on_screen == is_shown)
		return;
	surface->is_on_screen = is_shown;
	wl_resource_for_each(screen, &surface->server->screens)
	{
		if (wl_resource_get_client(screen) != client)
			continue;
		if (is_shown)
			wl_surface_send_enter(surface->resource, screen);
		else
			wl_surface_send_leave(surface->resource, screen);
	}
}

static const struct wl_output_interface screen_requests = {
	.release = server_destroy_request,
};

static void unlink_screen(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
}

static void send_screen(const struct server *server, struct wl_resource *resource, uint32_t version)
{
	wl_output_send_geometry(resource, 0, 0, 0, 0, WL_OUTPUT_SUBPIXEL_UNKNOWN, "cenalloc", "kiosk",
				WL_OUTPUT_TRANSFORM_NORMAL);
	wl_output_send_mode(resource, WL_OUTPUT_MODE_CURRENT | WL_OUTPUT_MODE_PREFERRED, (int32_t)server->width,
			    (int32_t)server->height, (int32_t)server->refresh_mhz);
	if (version >= WL_OUTPUT_SCALE_SINCE_VERSION)
		wl_output_send_scale(resource, 1);
	if (version >= WL_OUTPUT_NAME_SINCE_VERSION) {
		wl_output_send_name(resource, "kiosk-1");
		wl_output_send_description(resource, output_get_description(server->output));
	}
	if (version >= WL_OUTPUT_DONE_SINCE_VERSION)
		wl_output_send_done(resource);
}

static void bind_screen(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct server *server = data;
	struct wl_resource *resource = wl_resource_create(client, &wl_output_interface, (int)version, id);

	if (!resource) {
		wl_client_post_no_memory(client);
		return;
	}
	wl_resource_set_implementation(resource, &screen_requests, server, unlink_screen);
	wl_list_insert(&server->screens, wl_resource_get_link(resource));
	send_screen(server, resource, version);
}

int screen_init(struct server *server)
{
	return wl_global_create(server->display, &wl_output_interface, 4, server, bind_screen) ? 0 : -ENOMEM;
}
