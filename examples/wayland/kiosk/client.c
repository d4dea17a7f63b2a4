/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Accounts of clients. */
#include "client.h"

#include <errno.h>
#include <stdlib.h>

static void client_unref(struct client *client)
{
	if (--client->refs == 0)
		free(client);
}

static void handle_destroyed(struct wl_listener *listener, void *data)
{
	struct client *client = wl_container_of(listener, client, destroyed);

	(void)data;
	wl_list_remove(&client->destroyed.link);
	client_unref(client);
}

struct client *client_get(struct wl_client *wl_client)
{
	struct wl_listener *listener = wl_client_get_destroy_listener(wl_client, handle_destroyed);
	struct client *client;

	return listener ? wl_container_of(listener, client, destroyed) : NULL;
}

void client_created(struct wl_listener *listener, void *data)
{
	struct server *server = wl_container_of(listener, server, client_created);
	struct wl_client *wl_client = data;
	struct client *client = calloc(1, sizeof(*client));

	server->counts.clients++;
	if (!client)
		return; /* its first charge fails */
	client->server = server;
	client->refs = 1;
	wl_list_init(&client->transactions);
	client->destroyed.notify = handle_destroyed;
	wl_client_add_destroy_listener(wl_client, &client->destroyed);
}

int client_charge(struct client *client, uint32_t items, uint64_t bytes)
{
	if (!client || items > CLIENT_MAX_ITEMS - client->items || bytes > CLIENT_MAX_BYTES - client->bytes)
		return -ENOMEM;
	client->items += items;
	client->bytes += bytes;
	client->refs++;
	return 0;
}

void client_discharge(struct client *client, uint32_t items, uint64_t bytes)
{
	client->items -= items;
	client->bytes -= bytes;
	client_unref(client);
}
