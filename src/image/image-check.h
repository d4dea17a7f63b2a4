/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a backend allocated against what it was asked for. */
#pragma once

#include <stdbool.h>

#include <cenalloc/backend.h>
#include <cenalloc/buffer.h>

/* Whether the fd is a dma-buf: what the kernel says, not the name of a file. */
bool _cen_is_dma_buf(int fd);

/*
 * Check one image. Returns true and its objects with their real size and identity; false with the reason in words.
 * The fds stay where they are.
 */
bool _cen_image_check(const struct cen_image_desc *wish, const struct cen_image_desc *image,
		      struct cen_buffer_object objects[CEN_MAX_PLANES], char *reason, size_t size);

/* Check one object of at least so many bytes alone. Returns and leaves the fd as above. */
bool _cen_object_check(int fd, uint64_t bytes, struct cen_buffer_object *out, char *reason, size_t size);
