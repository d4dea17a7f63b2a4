/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* wl_buffers of all kinds, as images of the output. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <wayland-server-core.h>

#include "client.h"
#include "output.h"
#include "server.h"
#include "syncobj.h"

/* The picture of a dma-buf, imported once for all uses, or a copy of one in shared memory. */
struct content {
	struct server *server;
	struct client *client;
	struct wl_resource *resource; /* the wl_buffer; NULL: a copy, or destroyed by the client */
	struct output_image *image;
	uint32_t width, height;
	uint32_t items; /* what it is charged for */
	uint64_t bytes;
	struct wl_list uses; /* struct use.link */
	struct wl_list link; /* of server->contents_shown */
	bool is_shown; /* handed to the output, and not released yet */
	bool is_attached; /* the client waits for the release */
};

/* From a commit until the next one with a buffer; after that until the output has released the image. */
struct use {
	struct wl_list link;
	struct content *content;
	struct sync_point release; /* no timeline: none */
	bool is_retired;
};

/*
 * Make the wl_buffer of a client's dma-bufs, which are imported now. id 0: a number of the server's choice.
 * Returns 0, -ENOMEM (which the client is told), or what the import says.
 */
int buffer_create_dmabuf(struct server *server, struct wl_client *wl_client, uint32_t id, struct cen_buffer *buffer,
			 struct wl_resource **out);

/* Make the wl_buffer of one pixel. */
void buffer_create_pixel(struct server *server, struct wl_client *wl_client, uint32_t id, uint32_t argb);

bool buffer_is_dmabuf(struct wl_resource *buffer);
void buffer_get_size(struct wl_resource *buffer, uint32_t *width, uint32_t *height);

/*
 * Use a buffer for a commit. A picture in shared memory is copied and its buffer released. The release point is taken.
 * NULL after an error that the client is told.
 */
struct use *use_create(struct server *server, struct wl_resource *buffer, struct sync_point *release);
/* The surface shows something else now. NULL is allowed. */
void use_retire(struct use *use);

/* Handed to the output. */
void content_show(struct content *content);
/* The output reads the image no more. */
void content_released(struct server *server, const struct output_image *image);
/* At the end, when the output is told to forget everything. */
void content_release_all(struct server *server);
