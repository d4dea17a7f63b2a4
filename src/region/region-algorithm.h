/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The algorithms that a context knows, in the order in which they were registered. Its lock is held. */
#pragma once

#include <cenalloc/backend.h>

struct cen_context;

/* Add those of a backend; one that is bad, or has a name that is taken, is logged and skipped. Returns 0 or -ENOMEM. */
int _cen_algorithms_add_backend(struct cen_context *ctx, const struct cen_backend *table);

/* The algorithm of a name, or the first; NULL where there is none. */
const struct cen_region_algorithm *_cen_algorithm_find(const struct cen_context *ctx, const char *name);
