/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A cenalloc buffer as a wl_buffer of linux-dmabuf, made once and kept with the buffer as its user data. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cenalloc/buffer.h>
#include <cenalloc/cpu-map.h>
#include <cenalloc/feedback.h>
#include <cenalloc/pool.h>

#include "connection.h"

struct client_buffer;
struct zwp_linux_buffer_params_v1;

struct client_buffer_handler {
	/* The compositor does not read it any more. */
	void (*released)(void *data, struct client_buffer *buffer);
	void *data;
};

struct client_buffer {
	struct cen_buffer *buffer; /* that owns this */
	struct wl_buffer *wl; /* NULL: it is for copying from */
	struct client_buffer_handler handler;
	void *extra; /* the program's own, freed with the buffer */
	void (*destroy_extra)(void *extra);
	bool is_shown; /* the compositor may read it: set with the commit, unset with the release */
	struct zwp_linux_buffer_params_v1 *params; /* while the compositor has not answered */
	uint32_t object_count;
	ino_t sent[CEN_MAX_PLANES]; /* inodes of the fds that the compositor was sent */
	struct cen_cpu_map *map; /* for reading, begun for each frame; NULL: not mapped */
};

/* What was made for the buffer; NULL when nothing was. Borrowed. */
struct client_buffer *client_buffer_get(const struct cen_buffer *buffer);

/*
 * Make wl_buffers of all buffers of a pool. Returns 0; -EOPNOTSUPP when the compositor refuses this layout; another
 * negative errno, explained on stderr.
 */
int client_buffer_share(struct connection *connection, const struct cen_feedback *feedback, struct cen_pool *pool,
			const struct client_buffer_handler *handler);

/* Map all buffers of a pool for reading. Returns 0 or a negative errno, explained on stderr. */
int client_buffer_map(struct cen_pool *pool);
