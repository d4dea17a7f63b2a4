/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The global wp_viewporter. */
#include "viewporter.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "viewporter-server-protocol.h"

struct viewport {
	struct surface *surface; /* NULL: gone */
	struct wl_resource *resource;
	struct wl_listener surface_destroyed;
};

bool viewport_check_commit(struct surface *surface, uint32_t width, uint32_t height)
{
	const struct surface_state *state = &surface->pending;
	double right = state->viewport.x + state->viewport.width;
	double bottom = state->viewport.y + state->viewport.height;
	bool is_turned = state->transform & 1;

	if (!surface->viewport || state->viewport.width < 0 || width == 0)
		return true;
	if (state->viewport.target_width < 0 && (state->viewport.width != floor(state->viewport.width) ||
						 state->viewport.height != floor(state->viewport.height))) {
		wl_resource_post_error(surface->viewport, WP_VIEWPORT_ERROR_BAD_SIZE,
				       "a source of %gx%g needs a destination", state->viewport.width,
				       state->viewport.height);
		return false;
	}
	if (right * state->scale > (is_turned ? height : width) ||
	    bottom * state->scale > (is_turned ? width : height)) {
		wl_resource_post_error(surface->viewport, WP_VIEWPORT_ERROR_OUT_OF_BUFFER,
				       "a source up to %g, %g in a buffer of %ux%u with scale %d", right, bottom, width,
				       height, state->scale);
		return false;
	}
	return true;
}

static struct surface *get_surface(struct wl_resource *resource)
{
	struct viewport *viewport = wl_resource_get_user_data(resource);

	if (!viewport->surface)
		wl_resource_post_error(resource, WP_VIEWPORT_ERROR_NO_SURFACE, "the surface is gone");
	return viewport->surface;
}

static void handle_set_source(struct wl_client *client, struct wl_resource *resource, wl_fixed_t x, wl_fixed_t y,
			      wl_fixed_t width, wl_fixed_t height)
{
	const wl_fixed_t unset = wl_fixed_from_int(-1);
	bool is_unset = x == unset && y == unset && width == unset && height == unset;
	struct surface *surface = get_surface(resource);

	(void)client;
	if (!surface)
		return;
	if (!is_unset && (x < 0 || y < 0 || width <= 0 || height <= 0)) {
		wl_resource_post_error(resource, WP_VIEWPORT_ERROR_BAD_VALUE, "source %gx%g at %g, %g",
				       wl_fixed_to_double(width), wl_fixed_to_double(height), wl_fixed_to_double(x),
				       wl_fixed_to_double(y));
		return;
	}
	surface->pending.viewport.x = is_unset ? 0 : wl_fixed_to_double(x);
	surface->pending.viewport.y = is_unset ? 0 : wl_fixed_to_double(y);
	surface->pending.viewport.width = wl_fixed_to_double(width);
	surface->pending.viewport.height = wl_fixed_to_double(height);
}

static void handle_set_destination(struct wl_client *client, struct wl_resource *resource, int32_t width,
				   int32_t height)
{
	struct surface *surface = get_surface(resource);

	(void)client;
	if (!surface)
		return;
	if ((width <= 0 || height <= 0) && (width != -1 || height != -1)) {
		wl_resource_post_error(resource, WP_VIEWPORT_ERROR_BAD_VALUE, "destination %dx%d", width, height);
		return;
	}
	surface->pending.viewport.target_width = width;
	surface->pending.viewport.target_height = height;
}

static void leave_surface(struct viewport *viewport)
{
	struct surface *surface = viewport->surface;

	if (!surface)
		return;
	wl_list_remove(&viewport->surface_destroyed.link);
	surface->viewport = NULL;
	surface->pending.viewport.x = 0;
	surface->pending.viewport.y = 0;
	surface->pending.viewport.width = -1;
	surface->pending.viewport.target_width = -1;
	viewport->surface = NULL;
}

static void handle_surface_destroyed(struct wl_listener *listener, void *data)
{
	struct viewport *viewport = wl_container_of(listener, viewport, surface_destroyed);

	(void)data;
	leave_surface(viewport);
}

static void handle_resource_destroyed(struct wl_resource *resource)
{
	struct viewport *viewport = wl_resource_get_user_data(resource);

	leave_surface(viewport);
	free(viewport);
}

static const struct wp_viewport_interface viewport_requests = {
	.destroy = server_destroy_request,
	.set_source = handle_set_source,
	.set_destination = handle_set_destination,
};

static void handle_get_viewport(struct wl_client *client, struct wl_resource *resource, uint32_t id,
				struct wl_resource *surface_resource)
{
	struct surface *surface = surface_get(surface_resource);
	struct viewport *viewport;

	if (surface->viewport) {
		wl_resource_post_error(resource, WP_VIEWPORTER_ERROR_VIEWPORT_EXISTS, "the surface has a viewport");
		return;
	}
	viewport = calloc(1, sizeof(*viewport));
	if (viewport)
		viewport->resource = wl_resource_create(client, &wp_viewport_interface, 1, id);
	if (!viewport || !viewport->resource) {
		free(viewport);
		wl_client_post_no_memory(client);
		return;
	}
	viewport->surface = surface;
	viewport->surface_destroyed.notify = handle_surface_destroyed;
	wl_signal_add(&surface->destroyed, &viewport->surface_destroyed);
	surface->viewport = viewport->resource;
	wl_resource_set_implementation(viewport->resource, &viewport_requests, viewport, handle_resource_destroyed);
}

static const struct wp_viewporter_interface viewporter_requests = {
	.destroy = server_destroy_request,
	.get_viewport = handle_get_viewport,
};

static void bind_viewporter(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	server_bind(client, &wp_viewporter_interface, version, id, &viewporter_requests, data);
}

int viewporter_init(struct server *server)
{
	return wl_global_create(server->display, &wp_viewporter_interface, 1, server, bind_viewporter) ? 0 : -ENOMEM;
}
