/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Waiting for a buffer, in a thread or in a poll loop. Nothing of this costs a pool that nobody waits for. */
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "pool.h"

/* Under lock. The only write between two reads, so the counter cannot be full and nothing blocks. */
static void set_readable(struct cen_pool *pool)
{
	const uint64_t one = 1;

	atomic_fetch_and(&pool->demand, ~POOL_ARMED);
	if (pool->is_readable)
		return;
	pool->is_readable = write(atomic_load(&pool->fd), &one, sizeof(one)) == sizeof(one);
}

/* Under lock. From now on the next release makes the fd readable. */
static void arm(struct cen_pool *pool)
{
	uint64_t count;

	/* Where the application has read it against the rules, there is nothing to read: it does not block. */
	/* NOLINTNEXTLINE(clang-analyzer-unix.BlockInCriticalSection) */
	if (pool->is_readable && read(atomic_load(&pool->fd), &count, sizeof(count)) != sizeof(count))
		count = 0;
	pool->is_readable = false;
	atomic_fetch_or(&pool->demand, POOL_ARMED);
}

void _cen_pool_tell(struct cen_pool *pool)
{
	uint32_t demand;

	pthread_mutex_lock(&pool->lock);
	demand = atomic_load(&pool->demand);
	if (demand & POOL_ARMED)
		set_readable(pool);
	/* One buffer, one thread. Who takes it before that thread wakes up leaves it waiting, rightly. */
	if (demand & ~POOL_ARMED)
		pthread_cond_signal(&pool->released);
	pthread_mutex_unlock(&pool->lock);
}

struct cen_buffer *_cen_pool_want(struct cen_pool *pool)
{
	/* Armed means not readable: there is nothing to read, and no system call. */
	if (!(atomic_load(&pool->demand) & POOL_ARMED)) {
		pthread_mutex_lock(&pool->lock);
		arm(pool);
		pthread_mutex_unlock(&pool->lock);
	}
	/* What was released before it was armed. */
	return _cen_pool_take(pool);
}

/* Under lock. Returns the fd or a negative errno. */
static int create_fd(struct cen_pool *pool)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		return -errno;
	atomic_store(&pool->fd, fd);
	arm(pool);
	/* An acquire may have found nothing before there was an fd to remember it. */
	if (cen_pool_get_free_count(pool))
		set_readable(pool);
	return fd;
}

int cen_pool_get_fd(struct cen_pool *pool)
{
	int fd;

	pthread_mutex_lock(&pool->lock);
	fd = atomic_load(&pool->fd);
	if (fd < 0)
		fd = create_fd(pool);
	pthread_mutex_unlock(&pool->lock);
	return fd;
}

/* NULL: the time is over. */
static struct cen_buffer *wait_until(struct cen_pool *pool, const struct timespec *deadline)
{
	struct cen_buffer *buffer;
	int ret = 0;

	atomic_fetch_add(&pool->demand, 1);
	pthread_mutex_lock(&pool->lock);
	for (;;) {
		/* Also after the time is over: the signal of a release may have gone to this thread. */
		buffer = _cen_pool_take(pool);
		if (buffer || ret)
			break;
		ret = deadline ? pthread_cond_timedwait(&pool->released, &pool->lock, deadline)
			       : pthread_cond_wait(&pool->released, &pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
	atomic_fetch_sub(&pool->demand, 1);
	return buffer;
}

int cen_pool_wait(struct cen_pool *pool, int timeout_ms, struct cen_buffer **out)
{
	struct timespec deadline;

	*out = NULL;
	if (timeout_ms < -1)
		return -EINVAL;
	if (timeout_ms == 0)
		return cen_pool_acquire(pool, out);
	*out = _cen_pool_take(pool);
	if (*out)
		return 0;
	if (timeout_ms > 0)
		deadline = _cen_clock_after(timeout_ms);
	*out = wait_until(pool, timeout_ms > 0 ? &deadline : NULL);
	return *out ? 0 : -ETIMEDOUT;
}
