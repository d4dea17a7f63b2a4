/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Whether memory that exists already suits one more device. Pure. */
#pragma once

#include <stdbool.h>

#include <cenalloc/backend.h>

#include "capability.h"

/* What exists: the image as it lies in its objects, and the source that made it. */
struct fit_storage {
	const struct cen_image_desc *image; /* objects[].size are the real ones; fds do not matter */
	const struct cen_source_desc *source;
	bool is_own; /* the source is the asking device's own allocator */
};

#define FIT_REASON_SIZE 512

/*
 * Whether one of the alternatives takes the storage as it is. Returns true; or false with the reason of the
 * alternative that came furthest in words: "requires contiguous memory (probed: ...); memory of system is scattered".
 */
bool _cen_fit_check(const struct cen_capabilities *caps, const struct fit_storage *storage,
		    char reason[FIT_REASON_SIZE]);
