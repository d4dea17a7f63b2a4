/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_POOL_H
#define CENALLOC_POOL_H

#include <stddef.h>
#include <stdint.h>

#include <cenalloc/buffer.h>
#include <cenalloc/error.h>
#include <cenalloc/plan.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A fixed number of equal buffers, allocated all or nothing, that go round: acquire, use, release. One thread at a
 * time. Acquiring and releasing make no system call and allocate nothing, but for the release of a retired buffer.
 */
struct cen_pool;

/**
 * Allocate count buffers (0: the plan's own count) of a plan, which the pool keeps. flags: CEN_ALLOCATE_*.
 * Returns as cen_plan_allocate().
 */
int cen_pool_create(struct cen_plan *plan, uint32_t count, uint32_t flags, struct cen_pool **out,
		    struct cen_error **err);

/** Frees the pool. Buffers that are acquired live on until they are released by cen_buffer_unref(). NULL is allowed. */
void cen_pool_destroy(struct cen_pool *pool);

/** A free buffer with a reference, which cen_pool_release() takes back. Returns 0, or -EAGAIN when none is free. */
int cen_pool_acquire(struct cen_pool *pool, struct cen_buffer **out);

/**
 * Give an acquired buffer back. One that an earlier plan made is freed.
 * Returns 0, or -EINVAL for a buffer that is not acquired from this pool, which changes nothing.
 */
int cen_pool_release(struct cen_pool *pool, struct cen_buffer *buffer);

/**
 * Go over to another plan without a gap: the new buffers are allocated first, all or nothing; then the old ones that
 * are free are freed, and those that are in use when they are released. After a failure the pool is as before.
 * count 0: as many as the new plan wants. Returns as cen_plan_allocate().
 */
int cen_pool_replan(struct cen_pool *pool, struct cen_plan *plan, uint32_t count, uint32_t flags,
		    struct cen_error **err);

/** The plan of the buffers that acquire() gives. Borrowed. */
struct cen_plan *cen_pool_get_plan(const struct cen_pool *pool);
/** Buffers of the present plan. */
uint32_t cen_pool_get_count(const struct cen_pool *pool);
/** Of these, how many are free. */
uint32_t cen_pool_get_free_count(const struct cen_pool *pool);
/** Buffers of earlier plans that are still in use. */
uint32_t cen_pool_get_retired_count(const struct cen_pool *pool);
/** The n-th buffer of the present plan, free or not, always in the same order; NULL past the end. Borrowed. */
struct cen_buffer *cen_pool_get_buffer(const struct cen_pool *pool, uint32_t index);

#ifdef __cplusplus
}
#endif

#endif
