/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What is held on behalf of one client, and the bound of it: one client cannot use up this process. */
#pragma once

#include <stdint.h>

#include <wayland-server-core.h>

#include "server.h"

/* File descriptors, images and waits together. */
#define CLIENT_MAX_ITEMS 1024
/* Copies of wl_shm pictures. */
#define CLIENT_MAX_BYTES (512ull << 20)

struct client {
	struct server *server;
	unsigned int refs; /* the connection, and each charge */
	struct wl_listener destroyed;
	uint32_t items;
	uint64_t bytes;
	struct wl_list transactions; /* struct transaction.link, in the order of the commits */
};

/* NULL where there was no memory for it when the client connected. */
struct client *client_get(struct wl_client *wl_client);
/* Called for each connection. */
void client_created(struct wl_listener *listener, void *data);

/* Returns 0 or -ENOMEM when it would be too much; a charge keeps the client. NULL has no charge. */
int client_charge(struct client *client, uint32_t items, uint64_t bytes);
void client_discharge(struct client *client, uint32_t items, uint64_t bytes);
