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
 * A fixed number of equal buffers, allocated all or nothing, that go round: acquire, use, release.
 *
 * Threads: any thread may call any function of a pool at any time, except that no call may be under way or follow when
 * it is destroyed. cen_pool_acquire() and cen_pool_release() take no lock and make no system call while nobody waits,
 * but for the release of a retired buffer. What one thread wrote to a buffer, or set as its user data, before it
 * released it is seen by the thread that acquires it next.
 *
 * Order: of up to 32 buffers the one that was released first is acquired first, so that readers have time; of more,
 * two groups take turns and keep this order each. Releases at the same moment have no order among them.
 *
 * User data (cen_buffer_set_user_data()) is for one thread at a time: for the thread that has acquired the buffer, or
 * for the one that makes the pool, before others use it. destroy is called by the thread that lets go of the buffer
 * last, without a lock: it may call the pool.
 */
struct cen_pool;

/**
 * Allocate count buffers (0: the plan's own count) of a plan, which the pool keeps. flags: CEN_ALLOCATE_*.
 * Returns as cen_plan_allocate().
 */
int cen_pool_create(struct cen_plan *plan, uint32_t count, uint32_t flags, struct cen_pool **out,
		    struct cen_error **err);

/**
 * Frees the pool and closes its fd. Buffers that are acquired live on until they are released by cen_buffer_unref().
 * NULL is allowed.
 */
void cen_pool_destroy(struct cen_pool *pool);

/**
 * A free buffer with a reference, which cen_pool_release() takes back. Returns 0, or -EAGAIN when none is free; only
 * then, and if the pool has an fd (cen_pool_get_fd()), this may lock and make a system call.
 */
int cen_pool_acquire(struct cen_pool *pool, struct cen_buffer **out);

/**
 * As cen_pool_acquire(), and waits when none is free: up to timeout_ms milliseconds; 0: not at all; -1: for ever.
 * Threads that wait have no order among them, nor before those that acquire. Signals do not end it.
 * Returns 0, -ETIMEDOUT, -EAGAIN (timeout_ms 0 and none is free), or -EINVAL (timeout_ms below -1).
 */
int cen_pool_wait(struct cen_pool *pool, int timeout_ms, struct cen_buffer **out);

/**
 * An fd for poll() and epoll, level- or edge-triggered, made at the first call. Borrowed: it is the pool's, which alone
 * reads and writes it, and goes with it.
 *
 * It becomes readable (POLLIN) with the first buffer that comes free after an acquire found none, by a release, a
 * replan or a resize; and stays readable until an acquire finds none again. So poll it after -EAGAIN, and when it is
 * readable acquire until -EAGAIN, or stop polling it while no buffer is wanted. Readable is no promise: another thread
 * may have been faster. cen_pool_wait() with a timeout other than 0 leaves it alone.
 * Returns the fd, or a negative errno (-EMFILE, -ENFILE, -ENOMEM).
 */
int cen_pool_get_fd(struct cen_pool *pool);

/**
 * Give an acquired buffer back. One that an earlier plan made is freed. One thread that waits is woken.
 * Returns 0, or -EINVAL for a buffer that is not acquired from this pool, which changes nothing: one that is free
 * already, of another pool, or gone. It is told by its address alone, so the memory need not be there any more.
 */
int cen_pool_release(struct cen_pool *pool, struct cen_buffer *buffer);

/**
 * Go over to another plan without a gap: the new buffers are allocated first, all or nothing, and can be acquired from
 * the moment the old ones cannot; then the old ones that are free are freed, and those that are in use when they are
 * released. After a failure the pool is as before. A second replan or resize waits for the first.
 * count 0: as many as the new plan wants. Returns as cen_plan_allocate().
 */
int cen_pool_replan(struct cen_pool *pool, struct cen_plan *plan, uint32_t count, uint32_t flags,
		    struct cen_error **err);

/**
 * Have count buffers of the present plan; 0: the plan's own count. More: only the missing ones are allocated, all or
 * nothing, with the flags of the last create or replan; after a failure the pool is as before, and
 * cen_error_get_fitted() says how many of the missing ones there is room for. Fewer: free ones are freed, the last
 * released first, and where these are not enough, buffers in use are freed when they are released.
 * Returns as cen_plan_allocate(); fewer cannot fail.
 */
int cen_pool_resize(struct cen_pool *pool, uint32_t count, struct cen_error **err);

/** The plan of the buffers that acquire() gives. Borrowed; valid until the next replan by any thread. */
struct cen_plan *cen_pool_get_plan(const struct cen_pool *pool);
/** Buffers of the present plan. */
uint32_t cen_pool_get_count(const struct cen_pool *pool);
/** Of these, how many are free. Other threads may have changed that before it is looked at. */
uint32_t cen_pool_get_free_count(const struct cen_pool *pool);
/** Buffers of earlier plans, or left over by a resize, that are still in use. */
uint32_t cen_pool_get_retired_count(const struct cen_pool *pool);
/**
 * The n-th buffer of the present plan, free or not, in the same order until the next replan or resize; NULL past the
 * end. Borrowed; valid until the next replan or resize by any thread.
 */
struct cen_buffer *cen_pool_get_buffer(const struct cen_pool *pool, uint32_t index);

#ifdef __cplusplus
}
#endif

#endif
