/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* wl_compositor, wl_surface and wl_region. Regions and damage change nothing here: every frame is drawn whole. */
#include <errno.h>
#include <stdlib.h>

#include <wayland-server-protocol.h>

#include "dmabuf.h"
#include "scene.h"
#include "surface.h"
#include "viewporter.h"

struct surface *surface_get(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}

bool surface_set_role(struct surface *surface, const struct surface_role *role, void *role_data)
{
	if ((surface->role && surface->role != role) || surface->role_data)
		return false;
	surface->role = role;
	surface->role_data = role_data;
	return true;
}

static void handle_attached_destroyed(struct wl_listener *listener, void *data)
{
	struct surface *surface = wl_container_of(listener, surface, attached_destroyed);

	(void)data;
	wl_list_remove(&surface->attached_destroyed.link);
	surface->attached = NULL;
}

static void set_attached(struct surface *surface, struct wl_resource *buffer)
{
	if (surface->attached)
		wl_list_remove(&surface->attached_destroyed.link);
	surface->attached = buffer;
	surface->pending.has_buffer = true;
	if (!buffer)
		return;
	surface->attached_destroyed.notify = handle_attached_destroyed;
	wl_resource_add_destroy_listener(buffer, &surface->attached_destroyed);
}

static void handle_attach(struct wl_client *client, struct wl_resource *resource, struct wl_resource *buffer, int32_t x,
			  int32_t y)
{
	(void)client;
	if ((x || y) && wl_resource_get_version(resource) >= WL_SURFACE_OFFSET_SINCE_VERSION) {
		wl_resource_post_error(resource, WL_SURFACE_ERROR_INVALID_OFFSET, "attach with an offset of %d, %d", x,
				       y);
		return;
	}
	set_attached(surface_get(resource), buffer);
}

static void handle_damage(struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y, int32_t width,
			  int32_t height)
{
	(void)client, (void)resource, (void)x, (void)y, (void)width, (void)height;
}

/* For resources that are in a list by their own link. */
static void unlink_resource(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
}

static void handle_frame(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct wl_resource *callback = wl_resource_create(client, &wl_callback_interface, 1, id);

	if (!callback) {
		wl_client_post_no_memory(client);
		return;
	}
	wl_resource_set_implementation(callback, NULL, NULL, unlink_resource);
	wl_list_insert(surface_get(resource)->pending.callbacks.prev, wl_resource_get_link(callback));
}

static void handle_region(struct wl_client *client, struct wl_resource *resource, struct wl_resource *region)
{
	(void)client, (void)resource, (void)region;
}

static void handle_set_transform(struct wl_client *client, struct wl_resource *resource, int32_t transform)
{
	(void)client;
	if (transform < WL_OUTPUT_TRANSFORM_NORMAL || transform > WL_OUTPUT_TRANSFORM_FLIPPED_270) {
		wl_resource_post_error(resource, WL_SURFACE_ERROR_INVALID_TRANSFORM, "%d is no transform", transform);
		return;
	}
	surface_get(resource)->pending.transform = transform;
}

static void handle_set_scale(struct wl_client *client, struct wl_resource *resource, int32_t scale)
{
	(void)client;
	if (scale < 1) {
		wl_resource_post_error(resource, WL_SURFACE_ERROR_INVALID_SCALE, "%d is no scale", scale);
		return;
	}
	surface_get(resource)->pending.scale = scale;
}

static void handle_offset(struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y)
{
	(void)client, (void)resource, (void)x, (void)y; /* the screen is covered whatever the client says */
}

/* Of the state to be committed. A viewport may have any source where it fits (viewporter.c). */
static bool check_size(struct surface *surface)
{
	uint32_t width = surface->latest_width, height = surface->latest_height;
	uint32_t scale = (uint32_t)surface->pending.scale;

	if (surface->attached)
		buffer_get_size(surface->attached, &width, &height);
	else if (surface->pending.has_buffer)
		return true;
	if ((width % scale || height % scale) && surface->pending.viewport.target_width < 0) {
		wl_resource_post_error(surface->resource, WL_SURFACE_ERROR_INVALID_SIZE,
				       "%ux%u is no multiple of the scale %u", width, height, scale);
		return false;
	}
	return viewport_check_commit(surface, width, height);
}

static void handle_commit(struct wl_client *client, struct wl_resource *resource)
{
	struct surface *surface = surface_get(resource);

	(void)client;
	if (!check_size(surface) || !syncobj_check_commit(surface))
		return;
	if (surface->role && surface->role->check && !surface->role->check(surface))
		return;
	surface_commit(surface);
}

static void handle_destroy(struct wl_client *client, struct wl_resource *resource)
{
	(void)client;
	if (surface_get(resource)->role_data && !subsurface_get(surface_get(resource))) {
		wl_resource_post_error(resource, WL_SURFACE_ERROR_DEFUNCT_ROLE_OBJECT,
				       "the %s of this surface must go first", surface_get(resource)->role->name);
		return;
	}
	wl_resource_destroy(resource);
}

static const struct wl_surface_interface surface_requests = {
	.destroy = handle_destroy,
	.attach = handle_attach,
	.damage = handle_damage,
	.frame = handle_frame,
	.set_opaque_region = handle_region,
	.set_input_region = handle_region,
	.commit = handle_commit,
	.set_buffer_transform = handle_set_transform,
	.set_buffer_scale = handle_set_scale,
	.damage_buffer = handle_damage,
	.offset = handle_offset,
};

static void surface_destroy(struct wl_resource *resource)
{
	struct surface *surface = surface_get(resource);
	struct server *server = surface->server;

	wl_signal_emit_mutable(&surface->destroyed, surface);
	dmabuf_forget_surface(surface);
	surface_drop_commits(surface);
	if (surface->attached)
		wl_list_remove(&surface->attached_destroyed.link);
	sync_point_clear(&surface->acquire);
	sync_point_clear(&surface->release);
	surface_state_finish(&surface->pending);
	surface_state_finish(&surface->current);
	wl_list_remove(&surface->link);
	client_discharge(surface->client, 0, 0);
	free(surface);
	scene_schedule(server);
}

static void surface_init(struct surface *surface, struct server *server)
{
	surface->server = server;
	surface_state_init(&surface->pending);
	surface_state_init(&surface->current);
	wl_signal_init(&surface->destroyed);
	wl_list_init(&surface->commits);
	wl_list_init(&surface->above);
	wl_list_init(&surface->below);
	wl_list_init(&surface->pending_above);
	wl_list_init(&surface->pending_below);
	wl_list_init(&surface->feedbacks);
	wl_list_insert(&server->surfaces, &surface->link);
}

static void send_preferences(struct wl_resource *resource)
{
	if (wl_resource_get_version(resource) < WL_SURFACE_PREFERRED_BUFFER_SCALE_SINCE_VERSION)
		return;
	wl_surface_send_preferred_buffer_scale(resource, 1);
	wl_surface_send_preferred_buffer_transform(resource, WL_OUTPUT_TRANSFORM_NORMAL);
}

static void handle_create_surface(struct wl_client *client, struct wl_resource *compositor, uint32_t id)
{
	struct server *server = wl_resource_get_user_data(compositor);
	struct surface *surface = calloc(1, sizeof(*surface));
	struct client *account = client_get(client);

	if (!surface || client_charge(account, 0, 0) < 0)
		goto failed;
	surface->client = account;
	surface->resource = wl_resource_create(client, &wl_surface_interface, wl_resource_get_version(compositor), id);
	if (!surface->resource) {
		client_discharge(account, 0, 0);
		goto failed;
	}
	surface_init(surface, server);
	wl_resource_set_implementation(surface->resource, &surface_requests, surface, surface_destroy);
	send_preferences(surface->resource);
	return;
failed:
	free(surface);
	wl_client_post_no_memory(client);
}

static void handle_region_rectangle(struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y,
				    int32_t width, int32_t height)
{
	(void)client, (void)resource, (void)x, (void)y, (void)width, (void)height;
}

static const struct wl_region_interface region_requests = {
	.destroy = server_destroy_request,
	.add = handle_region_rectangle,
	.subtract = handle_region_rectangle,
};

static void handle_create_region(struct wl_client *client, struct wl_resource *compositor, uint32_t id)
{
	(void)compositor;
	server_bind(client, &wl_region_interface, 1, id, &region_requests, NULL);
}

static const struct wl_compositor_interface compositor_requests = {
	.create_surface = handle_create_surface,
	.create_region = handle_create_region,
};

static void bind_compositor(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	server_bind(client, &wl_compositor_interface, version, id, &compositor_requests, data);
}

int compositor_init(struct server *server)
{
	if (wl_display_init_shm(server->display) < 0)
		return -ENOMEM;
	return wl_global_create(server->display, &wl_compositor_interface, 6, server, bind_compositor) ? 0 : -ENOMEM;
}
