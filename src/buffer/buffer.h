/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The inside of a buffer: fds and layout, no tie to the context that made it. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include <cenalloc/buffer.h>

struct buffer_life;

/* Its place among the retired buffers of a pool: the pool's, which alone reads and writes it. */
struct buffer_pool_link {
	struct cen_buffer *next, *previous;
};

struct cen_buffer {
	atomic_int refs;
	struct cen_buffer_info info;
	struct cen_buffer_plane planes[CEN_MAX_PLANES];
	struct cen_buffer_object objects[CEN_MAX_PLANES]; /* fds owned; -1 where there is none */
	struct cen_buffer_memory memory; /* source "": none yet */
	void *user_data; /* the application's */
	void (*user_data_destroy)(void *data); /* may be NULL */
	struct buffer_pool_link link;
	struct buffer_life *life; /* of a buffer that gets its memory late: life.h. NULL: allocated with its plan */
	void (*release)(
		void *data); /* when the fds are closed: gives memory back that is not the fds' alone; may be NULL */
	void *release_data;
};

/* A buffer without fds, for one owner. NULL when there is no memory. */
struct cen_buffer *_cen_buffer_create(void);
