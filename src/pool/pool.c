/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A fixed number of buffers that go round: from the first plan to the end. */
#include "pool.h"

#include <errno.h>

#include "buffer.h"
#include "clock.h"
#include "error.h"
#include "plan.h"
#include "util.h"

/* One bank is empty, as seen says. NULL: both were at one moment. */
static struct cen_buffer *take_either(struct cen_pool *pool, uint32_t bank, uint64_t seen)
{
	uint64_t ignored;

	do {
		struct cen_buffer *buffer = _cen_bank_take(&pool->banks[bank ^ 1], &ignored);

		if (buffer)
			return buffer;
		/* The one may have got what was then taken of the other: only if it did not, both were empty at once. */
		if (atomic_load(&pool->banks[bank].word) == seen)
			return NULL;
		buffer = _cen_bank_take(&pool->banks[bank], &seen);
		if (buffer)
			return buffer;
	} while (true);
}

/* Inlined, for the sake of those who do nothing else. */
static inline struct cen_buffer *take(struct cen_pool *pool)
{
	uint32_t turn = atomic_load_explicit(&pool->turn, memory_order_relaxed);
	uint64_t seen = 0;
	struct cen_buffer *buffer = _cen_bank_take(&pool->banks[turn & 1], &seen);

	if (!buffer)
		return take_either(pool, turn & 1, seen);
	if (turn & POOL_SPLIT)
		atomic_store_explicit(&pool->turn, turn ^ 1, memory_order_relaxed);
	return buffer;
}

struct cen_buffer *_cen_pool_take(struct cen_pool *pool)
{
	return take(pool);
}

static inline int put(struct cen_pool *pool, const struct cen_buffer *buffer)
{
	int ret = _cen_bank_put(&pool->banks[0], buffer);

	return ret == -ENOENT ? _cen_bank_put(&pool->banks[1], buffer) : ret;
}

int _cen_pool_put(struct cen_pool *pool, const struct cen_buffer *buffer)
{
	return put(pool, buffer);
}

void _cen_pool_drop(struct cen_buffer *buffer)
{
	if (!buffer)
		return;
	/* The reference that was there to be lent, and the pool's own. */
	cen_buffer_unref(buffer);
	cen_buffer_unref(buffer);
}

static int init(struct cen_pool *pool)
{
	int ret;

	atomic_init(&pool->fd, -1);
	ret = _cen_clock_init_condition(&pool->released);
	if (ret)
		return ret;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_mutex_init(&pool->change, NULL);
	return 0;
}

int cen_pool_create(struct cen_plan *plan, uint32_t count, uint32_t flags, struct cen_pool **out,
		    struct cen_error **err)
{
	_cleanup_free_ struct cen_pool *pool = calloc(1, sizeof(*pool));
	int ret;

	*out = NULL;
	if (!pool || init(pool))
		return _cen_error_no_memory(err);
	ret = cen_pool_replan(pool, plan, count, flags, err);
	if (ret < 0)
		cen_pool_destroy(STEAL(pool));
	else
		*out = STEAL(pool);
	return ret;
}

void cen_pool_destroy(struct cen_pool *pool)
{
	int fd;

	if (!pool)
		return;
	for (uint32_t n = 0; n < POOL_BANKS * BANK_SLOTS; n++) {
		struct bank *bank = &pool->banks[n / BANK_SLOTS];
		struct cen_buffer *buffer = _cen_bank_get(bank, n % BANK_SLOTS);

		if (_cen_bank_get_free(bank) & UINT32_C(1) << n % BANK_SLOTS)
			_cen_pool_drop(buffer);
		else
			cen_buffer_unref(buffer);
	}
	while (pool->retired) {
		struct cen_buffer *buffer = pool->retired;

		_cen_pool_remove_retired(pool, buffer);
		cen_buffer_unref(buffer);
	}
	cen_plan_unref(atomic_load(&pool->plan));
	fd = atomic_load(&pool->fd);
	if (fd >= 0)
		close(fd);
	pthread_mutex_destroy(&pool->change);
	pthread_mutex_destroy(&pool->lock);
	pthread_cond_destroy(&pool->released);
	free(pool);
}

int cen_pool_acquire(struct cen_pool *pool, struct cen_buffer **out)
{
	struct cen_buffer *buffer = take(pool);

	if (!buffer && atomic_load(&pool->fd) >= 0)
		buffer = _cen_pool_want(pool);
	*out = buffer;
	return buffer ? 0 : -EAGAIN;
}

void _cen_pool_remove_retired(struct cen_pool *pool, struct cen_buffer *buffer)
{
	struct buffer_pool_link *link = &buffer->link;

	if (link->previous)
		link->previous->link.next = link->next;
	else
		pool->retired = link->next;
	if (link->next)
		link->next->link.previous = link->previous;
	atomic_fetch_sub(&pool->retired_count, 1);
}

/* Found by its address: what is not in the list may be long gone. */
static bool find_retired(const struct cen_pool *pool, const struct cen_buffer *buffer)
{
	const struct cen_buffer *other = pool->retired;

	while (other && other != buffer)
		other = other->link.next;
	return other;
}

/* What the banks could not take is looked at again while they cannot flip. */
static int release_slowly(struct cen_pool *pool, struct cen_buffer *buffer)
{
	bool is_retired;
	int ret;

	pthread_mutex_lock(&pool->lock);
	ret = _cen_pool_put(pool, buffer);
	is_retired = ret == -ENOENT && find_retired(pool, buffer);
	if (is_retired)
		_cen_pool_remove_retired(pool, buffer);
	pthread_mutex_unlock(&pool->lock);
	if (is_retired)
		_cen_pool_drop(buffer);
	else if (ret < 0)
		return -EINVAL;
	else
		_cen_pool_wake(pool);
	return 0;
}

int cen_pool_release(struct cen_pool *pool, struct cen_buffer *buffer)
{
	if (put(pool, buffer) < 0)
		return release_slowly(pool, buffer);
	_cen_pool_wake(pool);
	return 0;
}

struct cen_plan *cen_pool_get_plan(const struct cen_pool *pool)
{
	return atomic_load(&pool->plan);
}

uint32_t cen_pool_get_count(const struct cen_pool *pool)
{
	return atomic_load(&pool->count);
}

uint32_t cen_pool_get_free_count(const struct cen_pool *pool)
{
	uint32_t count = 0;

	for (uint32_t n = 0; n < POOL_BANKS; n++)
		count += (uint32_t)__builtin_popcount(_cen_bank_get_free(&pool->banks[n]));
	return count;
}

uint32_t cen_pool_get_retired_count(const struct cen_pool *pool)
{
	return atomic_load(&pool->retired_count);
}

struct cen_buffer *cen_pool_get_buffer(const struct cen_pool *pool, uint32_t index)
{
	for (uint32_t n = 0; n < POOL_BANKS * BANK_SLOTS; n++) {
		struct cen_buffer *buffer = _cen_bank_get(&pool->banks[n / BANK_SLOTS], n % BANK_SLOTS);

		if (buffer && index-- == 0)
			return buffer;
	}
	return NULL;
}
