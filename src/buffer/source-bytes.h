/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Memory by the byte, without an image: for heaps of one call, and for what regions are cut from. */
#pragma once

#include <cenalloc/buffer.h>
#include <cenalloc/error.h>
#include <cenalloc/machine.h>

/*
 * Allocate one object of at least so many bytes. source has CEN_SOURCE_BYTES, or the call fails with -EOPNOTSUPP
 * (CEN_ERROR_USAGE). out->fd is the caller's, close-on-exec; out->size is what it really has. Any thread.
 * Returns as cen_plan_allocate().
 */
int _cen_source_allocate_bytes(const struct cen_source *source, uint64_t bytes, struct cen_buffer_object *out,
			       struct cen_error **err);

/* The same with an fd of this access mode, CEN_FD_*; -EOPNOTSUPP (CEN_ERROR_USAGE) where the source has no such fds. */
int _cen_source_allocate_mode(const struct cen_source *source, uint64_t bytes, uint32_t fd_mode,
			      struct cen_buffer_object *out, struct cen_error **err);
