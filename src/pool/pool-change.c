/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Another plan, or another count. What is new is allocated first, and there for all threads before anything old goes.
 * Threads that acquire and release go on meanwhile; what they hold is not touched.
 */
#include <errno.h>

#include "buffer.h"
#include "error.h"
#include "plan.h"
#include "pool.h"
#include "util.h"

/* Buffers that leave the pool, by the slots they had. NULL: none, or it stays. */
struct leaving {
	struct cen_buffer *buffers[POOL_BANKS][BANK_SLOTS];
};

static void leaving_init(struct leaving *leaving, const struct cen_pool *pool, const uint32_t slots[POOL_BANKS])
{
	for (uint32_t n = 0; n < POOL_BANKS; n++) {
		for (uint32_t slot = 0; slot < BANK_SLOTS; slot++) {
			bool leaves = slots[n] & UINT32_C(1) << slot;

			leaving->buffers[n][slot] = leaves ? _cen_bank_get(&pool->banks[n], slot) : NULL;
		}
	}
}

static void add_retired(struct cen_pool *pool, struct cen_buffer *buffer)
{
	buffer->link = (struct buffer_pool_link){.next = pool->retired};
	if (pool->retired)
		pool->retired->link.previous = buffer;
	pool->retired = buffer;
	atomic_fetch_add(&pool->retired_count, 1);
}

/* Under lock, after the flip of a bank: what is acquired is retired, the rest is left for leaving_drop(). */
static void retire(struct cen_pool *pool, struct leaving *leaving, uint32_t bank, uint32_t free_slots)
{
	for (uint32_t slot = 0; slot < BANK_SLOTS; slot++) {
		struct cen_buffer **buffer = &leaving->buffers[bank][slot];

		if (!*buffer || free_slots & UINT32_C(1) << slot)
			continue;
		add_retired(pool, *buffer);
		*buffer = NULL;
	}
}

/* Last, and without a lock: with a buffer the application's data ends, which may look at the pool. */
static void leaving_drop(struct leaving *leaving)
{
	for (uint32_t n = 0; n < POOL_BANKS * BANK_SLOTS; n++)
		_cen_pool_drop(leaving->buffers[n / BANK_SLOTS][n % BANK_SLOTS]);
}

/* Onto the next shelves, the first one first. slots receives where. */
static void add_buffers(struct cen_pool *pool, struct cen_buffer *const *buffers, uint32_t count,
			uint32_t slots[POOL_BANKS])
{
	for (uint32_t n = 0, bank = 0; n < count && bank < POOL_BANKS;) {
		uint32_t slot = _cen_bank_add(&pool->banks[bank], buffers[n]);

		if (slot == BANK_NO_SLOT) {
			bank++;
			continue;
		}
		slots[bank] |= UINT32_C(1) << slot;
		/* To be lent. */
		cen_buffer_ref(buffers[n++]);
	}
}

/* Keep of the present shelves what is in keep, add fresh, which nobody holds; what leaves is retired or left over. */
static void flip(struct cen_pool *pool, struct leaving *leaving, const uint32_t keep[POOL_BANKS],
		 const uint32_t fresh[POOL_BANKS], uint32_t count)
{
	for (uint32_t n = 0; n < POOL_BANKS; n++)
		retire(pool, leaving, n, _cen_bank_flip(&pool->banks[n], keep[n], fresh[n]));
	atomic_store_explicit(&pool->turn, _cen_bank_get_used(&pool->banks[1]) ? POOL_SPLIT : 0, memory_order_relaxed);
	atomic_store(&pool->count, count);
}

/* Returns the plan of before, whose reference is the caller's. */
static struct cen_plan *install(struct cen_pool *pool, struct cen_plan *plan, struct cen_buffer *const *buffers,
				uint32_t count, struct leaving *leaving)
{
	const uint32_t none[POOL_BANKS] = {0};
	uint32_t fresh[POOL_BANKS] = {0}, used[POOL_BANKS];
	struct cen_plan *old;

	for (uint32_t n = 0; n < POOL_BANKS; n++) {
		used[n] = _cen_bank_get_used(&pool->banks[n]);
		_cen_bank_prepare(&pool->banks[n], 0);
	}
	leaving_init(leaving, pool, used);
	add_buffers(pool, buffers, count, fresh);
	pthread_mutex_lock(&pool->lock);
	flip(pool, leaving, none, fresh, count);
	old = atomic_exchange(&pool->plan, cen_plan_ref(plan));
	pthread_mutex_unlock(&pool->lock);
	for (uint32_t n = 0; n < count; n++)
		_cen_pool_wake(pool);
	return old;
}

int cen_pool_replan(struct cen_pool *pool, struct cen_plan *plan, uint32_t count, uint32_t flags,
		    struct cen_error **err)
{
	struct cen_buffer *buffers[MAX_BUFFERS];
	struct cen_plan *old = NULL;
	struct leaving leaving;
	int ret;

	if (count == 0)
		count = plan->info.count;
	pthread_mutex_lock(&pool->change);
	ret = cen_plan_allocate(plan, count, flags, buffers, err);
	if (ret == 0) {
		pool->flags = flags;
		old = install(pool, plan, buffers, count, &leaving);
	}
	pthread_mutex_unlock(&pool->change);
	if (ret < 0)
		return ret;
	leaving_drop(&leaving);
	cen_plan_unref(old);
	return 0;
}

static int grow(struct cen_pool *pool, uint32_t extra, struct cen_error **err)
{
	const uint32_t none[POOL_BANKS] = {0};
	uint32_t keep[POOL_BANKS], added[POOL_BANKS] = {0};
	struct cen_buffer *buffers[MAX_BUFFERS];
	struct leaving nothing = {0};
	int ret;

	ret = cen_plan_allocate(atomic_load(&pool->plan), extra, pool->flags, buffers, err);
	if (ret < 0)
		return ret;
	for (uint32_t n = 0; n < POOL_BANKS; n++) {
		keep[n] = _cen_bank_get_used(&pool->banks[n]);
		_cen_bank_prepare(&pool->banks[n], keep[n]);
	}
	add_buffers(pool, buffers, extra, added);
	pthread_mutex_lock(&pool->lock);
	flip(pool, &nothing, keep, none, atomic_load(&pool->count) + extra);
	pthread_mutex_unlock(&pool->lock);
	/* They come after those that are free already, as if they had been released now. */
	for (uint32_t n = 0; n < extra; n++) {
		_cen_pool_put(pool, buffers[n]);
		_cen_pool_wake(pool);
	}
	return 0;
}

/* Which are to go: first those that are free, the last released first, then those that are in use. */
static void choose(const struct cen_pool *pool, uint32_t excess, uint32_t slots[POOL_BANKS])
{
	for (uint32_t n = POOL_BANKS; n-- > 0;) {
		slots[n] = _cen_bank_choose_last(&pool->banks[n], excess);
		excess -= (uint32_t)__builtin_popcount(slots[n]);
	}
	for (uint32_t n = POOL_BANKS; n-- > 0;) {
		uint32_t used = _cen_bank_get_used(&pool->banks[n]) & ~slots[n];

		for (uint32_t slot = BANK_SLOTS; slot-- > 0 && excess > 0;) {
			uint32_t bit = used & UINT32_C(1) << slot;

			slots[n] |= bit;
			excess -= bit != 0;
		}
	}
}

/* One that is acquired between the choice and the flip is retired. */
static void shrink(struct cen_pool *pool, uint32_t excess, struct leaving *leaving)
{
	const uint32_t none[POOL_BANKS] = {0};
	uint32_t keep[POOL_BANKS], go[POOL_BANKS];

	choose(pool, excess, go);
	leaving_init(leaving, pool, go);
	for (uint32_t n = 0; n < POOL_BANKS; n++) {
		keep[n] = _cen_bank_get_used(&pool->banks[n]) & ~go[n];
		_cen_bank_prepare(&pool->banks[n], keep[n]);
	}
	pthread_mutex_lock(&pool->lock);
	flip(pool, leaving, keep, none, atomic_load(&pool->count) - excess);
	pthread_mutex_unlock(&pool->lock);
}

int cen_pool_resize(struct cen_pool *pool, uint32_t count, struct cen_error **err)
{
	struct leaving leaving = {0};
	uint32_t old;
	int ret = 0;

	if (count > MAX_BUFFERS)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "%u buffers in a pool: 1 to %u", count,
				      MAX_BUFFERS);
	pthread_mutex_lock(&pool->change);
	old = atomic_load(&pool->count);
	if (count == 0)
		count = atomic_load(&pool->plan)->info.count;
	if (count > old)
		ret = grow(pool, count - old, err);
	else
		shrink(pool, old - count, &leaving);
	pthread_mutex_unlock(&pool->change);
	leaving_drop(&leaving);
	return ret;
}
