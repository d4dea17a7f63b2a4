/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The inside of a context. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <cenalloc/context.h>

#include "config.h"
#include "log.h"
#include "path-list.h"
#include "quirk-context.h"
#include "registry.h"

struct cen_context {
	atomic_int refs;
	pthread_mutex_t lock; /* recursive: one backend is called at a time */
	uint32_t flags;
	atomic_uint violations; /* calls in the wrong order: order.h */
	struct log_sink log;
	struct path_list dirs; /* of backends, added by the application: the last one added is searched first */
	struct registry registry;
	struct config config; /* the map in force, and regions */
	struct quirks quirks;
	const struct cen_region_algorithm **algorithms; /* in the order of registration */
	size_t algorithm_count, algorithm_capacity;
	struct cen_region **regions; /* those that are not unregistered; each is there until its last reference goes */
	size_t region_count, region_capacity;
};

struct cen_context *_cen_context_ref(struct cen_context *ctx);
void _cen_context_unref(struct cen_context *ctx);

/* Held while a backend is called, on whatever thread. A scope: "_cleanup_context_lock_ ... = _cen_context_lock(ctx);" */
struct cen_context *_cen_context_lock(struct cen_context *ctx);
/* NULL where another thread holds it. */
struct cen_context *_cen_context_try_lock(struct cen_context *ctx);
void _cen_context_unlock_cleanup(struct cen_context **ctx);
#define _cleanup_context_lock_ __attribute__((cleanup(_cen_context_unlock_cleanup), unused))
