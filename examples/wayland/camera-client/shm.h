/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The copying path: a few wl_shm buffers into which frames are copied. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cenalloc/plan.h>

#include "client-buffer.h"
#include "connection.h"

#define SHM_SLOTS 3

struct shm_slot {
	struct wl_buffer *wl;
	uint8_t *pixels;
	bool is_busy;
};

struct shm {
	uint8_t *pixels;
	size_t size;
	const struct cen_plan *plan; /* of the frames; borrowed */
	uint32_t stride; /* of plane 0 */
	struct shm_slot slots[SHM_SLOTS];
};

/* Returns 0 or a negative errno, explained on stderr. */
int shm_create(struct shm *shm, struct connection *connection, const struct cen_plan *plan);
void shm_destroy(struct shm *shm);

/* A copy of the frame for the compositor. Returns 0, -EAGAIN when it has them all, or another negative errno. */
int shm_copy(struct shm *shm, const struct client_buffer *frame, struct wl_buffer **out);
