/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A compositor for tests, in a process of its own, that says what a test wants it to say. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <wayland-server-core.h>
#include <wayland-server-protocol.h>

#include "linux-dmabuf-v1-server-protocol.h"

#define SERVER_DISPLAY "wayland-test"

/* An entry of the format table. */
struct server_pair {
	uint32_t fourcc, pad;
	uint64_t modifier;
};

struct server_script {
	uint32_t version; /* of linux-dmabuf; 0: it is not offered */
	void (*on_bind)(struct wl_resource *dmabuf); /* may be NULL */
	void (*on_feedback)(struct wl_resource *feedback);
	void (*on_create)(struct wl_client *client, struct wl_resource *params);
};

struct server {
	pid_t pid;
	char folder[32];
};

/* Start it, and set XDG_RUNTIME_DIR and WAYLAND_DISPLAY. The test fails when it does not come up. */
void server_start(struct server *server, const struct server_script *script);
/* The same, with a function in its process that is given the socket, on which it listens. */
void server_start_raw(struct server *server, int backlog, void (*serve)(int fd));
/* Kill it and remove what it left. */
void server_stop(struct server *server);

/* A socket of this name in the folder that listens. */
int server_listen(const struct server *server, int backlog);

/* The events, with less words. */
void server_send_table(struct wl_resource *feedback, const struct server_pair *pairs, size_t count);
/* A table that says to have size bytes, in a file that has file_size. */
void server_send_lying_table(struct wl_resource *feedback, uint32_t size, size_t file_size);
void server_send_main_device(struct wl_resource *feedback, dev_t device);
void server_send_formats(struct wl_resource *feedback, const uint16_t *indices, size_t count);
/* A whole tranche. */
void server_send_tranche(struct wl_resource *feedback, dev_t device, uint32_t flags, const uint16_t *indices,
			 size_t count);
