/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* wp_single_pixel_buffer_v1: a colour, for backgrounds. */
#include <errno.h>

#include "buffer.h"
#include "server.h"
#include "single-pixel-buffer-v1-server-protocol.h"

static void handle_create(struct wl_client *client, struct wl_resource *resource, uint32_t id, uint32_t red,
			  uint32_t green, uint32_t blue, uint32_t alpha)
{
	buffer_create_pixel(wl_resource_get_user_data(resource), client, id,
			    (alpha & 0xff000000) | (red >> 24) << 16 | (green >> 24) << 8 | blue >> 24);
}

static const struct wp_single_pixel_buffer_manager_v1_interface requests = {
	.destroy = server_destroy_request,
	.create_u32_rgba_buffer = handle_create,
};

static void bind(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	server_bind(client, &wp_single_pixel_buffer_manager_v1_interface, version, id, &requests, data);
}

int single_pixel_init(struct server *server)
{
	return wl_global_create(server->display, &wp_single_pixel_buffer_manager_v1_interface, 1, server, bind)
		       ? 0
		       : -ENOMEM;
}
