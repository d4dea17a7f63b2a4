/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* wl_seat without keyboard, pointer or touch: there for clients that do not start without one. */
#include <errno.h>

#include <wayland-server-protocol.h>

#include "server.h"

static void refuse(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	(void)client, (void)id;
	wl_resource_post_error(resource, WL_SEAT_ERROR_MISSING_CAPABILITY, "this seat never had that capability");
}

static const struct wl_seat_interface seat_requests = {
	.get_pointer = refuse,
	.get_keyboard = refuse,
	.get_touch = refuse,
	.release = server_destroy_request,
};

static void bind_seat(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct wl_resource *resource = server_bind(client, &wl_seat_interface, version, id, &seat_requests, data);

	if (!resource)
		return;
	wl_seat_send_capabilities(resource, 0);
	if (version >= WL_SEAT_NAME_SINCE_VERSION)
		wl_seat_send_name(resource, "none");
}

int seat_init(struct server *server)
{
	return wl_global_create(server->display, &wl_seat_interface, 7, server, bind_seat) ? 0 : -ENOMEM;
}
