/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The inside of a buffer: fds and layout, no tie to the context that made it. */
#pragma once

#include <stdatomic.h>

#include <cenalloc/buffer.h>

struct cen_buffer {
	atomic_int refs;
	struct cen_buffer_info info;
	struct cen_buffer_plane planes[CEN_MAX_PLANES];
	struct cen_buffer_object objects[CEN_MAX_PLANES]; /* fds owned; -1 where there is none */
};

/* A buffer without fds, for one owner. NULL when there is no memory. */
struct cen_buffer *_cen_buffer_create(void);
