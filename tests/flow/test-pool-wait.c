/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Waiting for a buffer: with a timeout, and in poll loops. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"
#include "pool-world.h"

#define WAITERS 4
#define ROUNDS 500

static int64_t get_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void test_timeout(void **state)
{
	struct cen_buffer *used, *none;
	struct cen_pool *pool;
	struct world world;
	int64_t start;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 1);
	assert_int_equal(cen_pool_wait(pool, 50, &used), 0);
	none = used;
	assert_int_equal(cen_pool_wait(pool, 0, &none), -EAGAIN);
	assert_null(none);
	start = get_ms();
	none = used;
	assert_int_equal(cen_pool_wait(pool, 30, &none), -ETIMEDOUT);
	assert_null(none);
	assert_true(get_ms() - start >= 30);
	/* More than a second, and less than what a test may take. */
	assert_int_equal(cen_pool_wait(pool, 1001, &none), -ETIMEDOUT);
	assert_true(get_ms() - start >= 1031);
	assert_int_equal(cen_pool_wait(pool, -2, &none), -EINVAL);
	assert_null(none);
	assert_int_equal(cen_pool_release(pool, used), 0);
	assert_int_equal(cen_pool_wait(pool, 0, &used), 0);
	assert_int_equal(cen_pool_release(pool, used), 0);
	assert_int_equal(cen_pool_wait(pool, -1, &used), 0);
	assert_int_equal(cen_pool_release(pool, used), 0);
	cen_pool_destroy(pool);
	world_stop(&world);
}

struct shared {
	struct cen_pool *pool;
	int got;
	pthread_mutex_t lock;
};

static void *wait_and_release(void *data)
{
	struct shared *shared = data;
	struct cen_buffer *buffer;

	for (int n = 0; n < ROUNDS; n++) {
		if (cen_pool_wait(shared->pool, -1, &buffer) < 0)
			return NULL;
		pthread_mutex_lock(&shared->lock);
		shared->got++;
		pthread_mutex_unlock(&shared->lock);
		if (cen_pool_release(shared->pool, buffer) < 0)
			return NULL;
	}
	return NULL;
}

/* A release that wakes nobody would leave the threads here for ever. */
static void test_many_wait(void **state)
{
	struct shared shared = {.lock = PTHREAD_MUTEX_INITIALIZER};
	pthread_t threads[WAITERS];
	struct world world;

	(void)state;
	world_start(&world);
	shared.pool = make_pool(world.plan, 1);
	for (int n = 0; n < WAITERS; n++)
		assert_int_equal(pthread_create(&threads[n], NULL, wait_and_release, &shared), 0);
	for (int n = 0; n < WAITERS; n++)
		pthread_join(threads[n], NULL);
	assert_int_equal(shared.got, WAITERS * ROUNDS);
	check_counts(shared.pool, 1, 1, 0);
	cen_pool_destroy(shared.pool);
	world_stop(&world);
}

static void *wait_once(void *data)
{
	struct shared *shared = data;
	struct cen_buffer *buffer;

	if (cen_pool_wait(shared->pool, -1, &buffer) < 0)
		return NULL;
	pthread_mutex_lock(&shared->lock);
	shared->got++;
	pthread_mutex_unlock(&shared->lock);
	return buffer;
}

/* Until so many threads have got a buffer; a busy machine may take its time. */
static void wait_for(struct shared *shared, int count)
{
	int got;

	do {
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		pthread_mutex_lock(&shared->lock);
		got = shared->got;
		pthread_mutex_unlock(&shared->lock);
	} while (got < count);
}

/* Buffers also come free when there are more of them, or other ones. */
static void test_change_wakes(void **state)
{
	struct shared shared = {.lock = PTHREAD_MUTEX_INITIALIZER};
	struct timespec moment = {.tv_nsec = 20000000};
	pthread_t threads[WAITERS];
	struct cen_buffer *used;
	struct world world;
	void *buffer;

	(void)state;
	world_start(&world);
	shared.pool = make_pool(world.plan, 1);
	used = acquire(shared.pool);
	for (int n = 0; n < WAITERS; n++)
		assert_int_equal(pthread_create(&threads[n], NULL, wait_once, &shared), 0);
	nanosleep(&moment, NULL);
	assert_int_equal(cen_pool_resize(shared.pool, 3, NULL), 0);
	/* The replan takes back what nobody has taken by then. */
	wait_for(&shared, 2);
	assert_int_equal(cen_pool_replan(shared.pool, world.other, 2, 0, NULL), 0);
	for (int n = 0; n < WAITERS; n++) {
		pthread_join(threads[n], &buffer);
		assert_int_equal(cen_pool_release(shared.pool, buffer), 0);
	}
	assert_int_equal(shared.got, WAITERS);
	assert_int_equal(cen_pool_release(shared.pool, used), 0);
	check_counts(shared.pool, 2, 2, 0);
	cen_pool_destroy(shared.pool);
	world_stop(&world);
}

static bool is_readable(int fd)
{
	struct pollfd item = {.fd = fd, .events = POLLIN};

	assert_true(poll(&item, 1, 0) >= 0);
	assert_int_equal(item.revents & ~POLLIN, 0);
	return item.revents & POLLIN;
}

static void test_fd(void **state)
{
	struct cen_buffer *one, *two, *none;
	struct cen_pool *pool;
	struct world world;
	int fd;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 2);
	one = acquire(pool);
	two = acquire(pool);
	/* An acquire may have failed already: what is released before there is an fd counts. */
	assert_int_equal(cen_pool_release(pool, one), 0);
	fd = cen_pool_get_fd(pool);
	assert_true(fd >= 0);
	assert_int_equal(cen_pool_get_fd(pool), fd);
	assert_true(is_readable(fd));
	one = acquire(pool);
	assert_true(is_readable(fd));
	assert_int_equal(cen_pool_acquire(pool, &none), -EAGAIN);
	assert_false(is_readable(fd));
	assert_int_equal(cen_pool_acquire(pool, &none), -EAGAIN);
	assert_int_equal(cen_pool_release(pool, one), 0);
	assert_true(is_readable(fd));
	assert_int_equal(cen_pool_release(pool, two), 0);
	one = acquire(pool);
	assert_true(is_readable(fd));
	two = acquire(pool);
	/* wait() has a memory of its own. */
	assert_int_equal(cen_pool_wait(pool, 1, &none), -ETIMEDOUT);
	assert_true(is_readable(fd));
	assert_int_equal(cen_pool_wait(pool, 0, &none), -EAGAIN);
	assert_false(is_readable(fd));
	assert_int_equal(cen_pool_resize(pool, 3, NULL), 0);
	assert_true(is_readable(fd));
	acquire(pool);
	assert_int_equal(cen_pool_acquire(pool, &none), -EAGAIN);
	assert_false(is_readable(fd));
	assert_int_equal(cen_pool_release(pool, cen_pool_get_buffer(pool, 2)), 0);
	assert_true(is_readable(fd));
	assert_int_equal(cen_pool_release(pool, one), 0);
	assert_int_equal(cen_pool_release(pool, two), 0);
	cen_pool_destroy(pool);
	world_stop(&world);
}

/* Where nobody has failed to acquire, a release writes nothing; an fd that is made late is not readable for nothing. */
static void test_fd_is_quiet(void **state)
{
	struct cen_buffer *one, *none;
	struct cen_pool *pool;
	struct world world;
	unsigned long n;
	int fd = -1;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 1);
	one = acquire(pool);
	for (n = 1; fd < 0; n++) {
		fault_arm(FAULT_ALL, n);
		fd = cen_pool_get_fd(pool);
		assert_true(fault_disarm() ? fd == -EMFILE : fd >= 0);
	}
	assert_int_equal(n, 3);
	assert_false(is_readable(fd));
	assert_int_equal(cen_pool_acquire(pool, &none), -EAGAIN);
	assert_int_equal(cen_pool_release(pool, one), 0);
	assert_true(is_readable(fd));
	/* Read by the application, which it should not. */
	assert_int_equal(read(fd, &(uint64_t){0}, 8), 8);
	for (n = 0; n < 3; n++) {
		one = acquire(pool);
		assert_int_equal(cen_pool_release(pool, one), 0);
		assert_false(is_readable(fd));
	}
	one = acquire(pool);
	assert_int_equal(cen_pool_acquire(pool, &none), -EAGAIN);
	assert_int_equal(cen_pool_release(pool, one), 0);
	assert_true(is_readable(fd));
	cen_pool_destroy(pool);
	world_stop(&world);
}

struct loop {
	struct cen_pool *pool;
	uint32_t events; /* EPOLLIN, and EPOLLET or not */
	int wanted, got;
};

/* A poll loop as docs/pools.md has it: it ends when it has acquired as often as is wanted. */
static void *run_loop(void *data)
{
	struct loop *loop = data;
	struct epoll_event event = {.events = loop->events};
	struct cen_buffer *buffer;
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, cen_pool_get_fd(loop->pool), &event) < 0)
		return NULL;
	while (loop->got < loop->wanted) {
		while (loop->got < loop->wanted && cen_pool_acquire(loop->pool, &buffer) == 0) {
			loop->got++;
			cen_pool_release(loop->pool, buffer);
		}
		if (loop->got < loop->wanted && epoll_wait(epoll, &event, 1, 20000) != 1)
			break;
	}
	close(epoll);
	return NULL;
}

/* Two loops and a thread that takes their buffer away again and again. */
static void check_loops(uint32_t events)
{
	struct loop loops[2] = {{.events = events, .wanted = ROUNDS}, {.events = events, .wanted = ROUNDS}};
	struct shared shared = {.lock = PTHREAD_MUTEX_INITIALIZER};
	pthread_t threads[2], thief;
	struct world world;

	world_start(&world);
	shared.pool = make_pool(world.plan, 1);
	assert_true(cen_pool_get_fd(shared.pool) >= 0);
	for (int n = 0; n < 2; n++) {
		loops[n].pool = shared.pool;
		assert_int_equal(pthread_create(&threads[n], NULL, run_loop, &loops[n]), 0);
	}
	assert_int_equal(pthread_create(&thief, NULL, wait_and_release, &shared), 0);
	pthread_join(thief, NULL);
	for (int n = 0; n < 2; n++) {
		pthread_join(threads[n], NULL);
		assert_int_equal(loops[n].got, ROUNDS);
	}
	assert_int_equal(shared.got, ROUNDS);
	check_counts(shared.pool, 1, 1, 0);
	cen_pool_destroy(shared.pool);
	world_stop(&world);
}

static void test_level(void **state)
{
	(void)state;
	check_loops(EPOLLIN);
}

static void test_edge(void **state)
{
	(void)state;
	check_loops(EPOLLIN | EPOLLET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timeout), cmocka_unit_test(test_many_wait),   cmocka_unit_test(test_change_wakes),
		cmocka_unit_test(test_fd),      cmocka_unit_test(test_fd_is_quiet), cmocka_unit_test(test_level),
		cmocka_unit_test(test_edge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
