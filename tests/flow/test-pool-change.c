/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Pools that grow and shrink, that have not enough memory, and that somebody waits for. */
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "fault.h"
#include "pool-world.h"

static void test_grow(void **state)
{
	struct cen_buffer *held, *first, *all[5];
	struct cen_pool *pool;
	struct world world;
	size_t fds;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 2);
	fds = balance_count_fds();
	held = acquire(pool);
	first = cen_pool_get_buffer(pool, 1);
	assert_int_equal(cen_pool_resize(pool, 5, NULL), 0);
	/* Three came, and nothing that was there went. */
	assert_int_equal(balance_count_fds(), fds + 3);
	check_counts(pool, 5, 4, 0);
	assert_ptr_equal(cen_pool_get_buffer(pool, 0), held);
	assert_ptr_equal(cen_pool_get_buffer(pool, 1), first);
	assert_int_equal(cen_pool_release(pool, held), 0);
	/* What was free before comes before what is new, and what was released after that last. */
	for (int n = 0; n < 5; n++)
		all[n] = acquire(pool);
	assert_ptr_equal(all[0], first);
	assert_ptr_equal(all[4], held);
	for (int n = 0; n < 5; n++)
		assert_int_equal(cen_pool_release(pool, all[n]), 0);
	cen_pool_destroy(pool);
	world_stop(&world);
}

static void test_shrink(void **state)
{
	struct cen_buffer *one, *two;
	struct cen_pool *pool;
	struct world world;
	size_t fds;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 5);
	one = acquire(pool);
	two = acquire(pool);
	fds = balance_count_fds();
	assert_int_equal(cen_pool_resize(pool, 3, NULL), 0);
	assert_int_equal(balance_count_fds(), fds - 2);
	check_counts(pool, 3, 1, 0);
	/* Now one that is in use has to go: when it is released. */
	assert_int_equal(cen_pool_resize(pool, 1, NULL), 0);
	check_counts(pool, 1, 0, 1);
	assert_int_equal(cen_pool_release(pool, one), 0);
	assert_int_equal(cen_pool_release(pool, two), 0);
	check_counts(pool, 1, 1, 0);
	assert_int_equal(balance_count_fds(), fds - 4);
	/* 0 is what the plan wants. */
	assert_int_equal(cen_pool_resize(pool, 0, NULL), 0);
	check_counts(pool, 3, 3, 0);
	cen_pool_destroy(pool);
	world_stop(&world);
}

static void test_bad_resize(void **state)
{
	struct cen_error *err = NULL;
	struct cen_pool *pool;
	struct world world;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 2);
	assert_int_equal(cen_pool_resize(pool, 65, &err), -EINVAL);
	assert_error_says(err, "65 buffers in a pool: 1 to 64");
	check_counts(pool, 2, 2, 0);
	cen_pool_destroy(pool);
	world_stop(&world);
}

/* More than one bank: every buffer goes round, none twice. */
static void test_many(void **state)
{
	struct cen_buffer *buffers[64];
	struct cen_pool *pool;
	struct world world;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 40);
	assert_int_equal(cen_pool_resize(pool, 64, NULL), 0);
	for (int round = 0; round < 3; round++) {
		for (int n = 0; n < 64; n++) {
			buffers[n] = acquire(pool);
			for (int m = 0; m < n; m++)
				assert_ptr_not_equal(buffers[m], buffers[n]);
		}
		check_counts(pool, 64, 0, 0);
		assert_int_equal(cen_pool_acquire(pool, &(struct cen_buffer *){NULL}), -EAGAIN);
		for (int n = 63; n >= 0; n--)
			assert_int_equal(cen_pool_release(pool, buffers[n]), 0);
		assert_int_equal(cen_pool_release(pool, buffers[round]), -EINVAL);
	}
	check_counts(pool, 64, 64, 0);
	cen_pool_destroy(pool);
	world_stop(&world);
}

/* All or nothing, and how many would have fitted, whoever asks for them. */
static void test_fitted(void **state)
{
	static const char script[] = "device /dev/fake-camera usages=capture\n"
				     "cap /dev/fake-camera capture NV12 LINEAR\n"
				     "source small fail-after=2\n";
	struct cen_error *err = NULL;
	struct cen_solution *solution;
	struct cen_plan *plan;
	struct cen_pool *pool;
	struct flow flow;
	size_t fds;

	(void)state;
	flow_start(&flow, script);
	solution = flow_solve(&flow, 640, 360, 2, NV12, CEN_USAGE_CAPTURE, "/dev/fake-camera", 0, NULL);
	plan = cen_solution_get_plan(solution, 0);
	fds = balance_count_fds();
	assert_int_equal(cen_pool_create(plan, 5, 0, &pool, &err), -ENOMEM);
	assert_null(pool);
	assert_int_equal(cen_error_get_fitted(err), 2);
	assert_error_says(err, "2 of 5 buffers fitted");
	assert_true(balance_check_fds(fds));
	assert_int_equal(cen_pool_create(plan, 2, 0, &pool, NULL), 0);
	assert_int_equal(cen_pool_replan(pool, plan, 3, 0, &err), -ENOMEM);
	assert_int_equal(cen_error_get_fitted(err), 2);
	assert_error_says(err, "2 of 3 buffers fitted");
	assert_int_equal(cen_pool_resize(pool, 6, &err), -ENOMEM);
	assert_int_equal(cen_error_get_fitted(err), 2);
	assert_error_says(err, "2 of 4 buffers fitted");
	assert_int_equal(balance_count_fds(), fds + 2);
	check_counts(pool, 2, 2, 0);
	assert_int_equal(cen_pool_resize(pool, 4, NULL), 0);
	check_counts(pool, 4, 4, 0);
	cen_pool_destroy(pool);
	cen_solution_unref(solution);
	flow_stop(&flow);
}

static void test_resize_faults(void **state)
{
	struct cen_buffer *used;
	struct cen_pool *pool;
	struct world world;
	unsigned long n;
	bool fired = true;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 2);
	used = acquire(pool);
	for (n = 1; fired; n++) {
		size_t fds = balance_count_fds(), alive = fault_alive();
		int ret;

		fault_arm(FAULT_MEMORY | FAULT_FD, n);
		ret = cen_pool_resize(pool, 4, NULL);
		fired = fault_disarm();
		if (!fired) {
			assert_int_equal(ret, 0);
			break;
		}
		assert_true(ret < 0);
		check_counts(pool, 2, 1, 0);
		assert_int_equal(fault_alive(), alive);
		assert_true(balance_check_fds(fds));
	}
	assert_true(n > 3);
	check_counts(pool, 4, 3, 0);
	assert_int_equal(cen_pool_release(pool, used), 0);
	cen_pool_destroy(pool);
	world_stop(&world);
}

static void test_wait_alone(void **state)
{
	struct cen_buffer *held, *none;
	struct cen_pool *pool;
	struct world world;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 1);
	assert_int_equal(cen_pool_wait(pool, -1, &held), 0);
	assert_int_equal(cen_pool_wait(pool, 0, &none), -EAGAIN);
	assert_int_equal(cen_pool_wait(pool, 10, &none), -ETIMEDOUT);
	assert_null(none);
	assert_int_equal(cen_pool_wait(pool, -2, &none), -EINVAL);
	assert_int_equal(cen_pool_release(pool, held), 0);
	assert_int_equal(cen_pool_wait(pool, 10, &held), 0);
	assert_int_equal(cen_pool_release(pool, held), 0);
	cen_pool_destroy(pool);
	world_stop(&world);
}

static bool is_readable(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1 && poll_fd.revents == POLLIN;
}

/* Readable from the first release after an acquire found nothing, until an acquire finds nothing again. */
static void test_fd(void **state)
{
	struct cen_buffer *one, *two, *three, *none;
	struct cen_pool *pool;
	struct world world;
	int fd;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 2);
	fd = cen_pool_get_fd(pool);
	assert_true(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	assert_int_equal(cen_pool_get_fd(pool), fd);
	one = acquire(pool);
	two = acquire(pool);
	assert_int_equal(cen_pool_acquire(pool, &none), -EAGAIN);
	assert_false(is_readable(fd));
	assert_int_equal(cen_pool_release(pool, one), 0);
	assert_true(is_readable(fd));
	assert_int_equal(cen_pool_release(pool, two), 0);
	one = acquire(pool);
	two = acquire(pool);
	assert_true(is_readable(fd));
	assert_int_equal(cen_pool_acquire(pool, &none), -EAGAIN);
	assert_false(is_readable(fd));
	/* What comes with a replan or a resize is as good as a release. */
	assert_int_equal(cen_pool_resize(pool, 3, NULL), 0);
	assert_true(is_readable(fd));
	three = acquire(pool);
	assert_int_equal(cen_pool_acquire(pool, &none), -EAGAIN);
	assert_int_equal(cen_pool_replan(pool, world.other, 1, 0, NULL), 0);
	assert_true(is_readable(fd));
	check_counts(pool, 1, 1, 3);
	assert_int_equal(cen_pool_release(pool, one), 0);
	assert_int_equal(cen_pool_release(pool, two), 0);
	assert_int_equal(cen_pool_release(pool, three), 0);
	check_counts(pool, 1, 1, 0);
	cen_pool_destroy(pool);
	world_stop(&world);
}

/* With edges alone a loop that acquires until there is nothing misses none. */
static void test_fd_edge(void **state)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET}, got;
	struct cen_buffer *held, *none;
	struct cen_pool *pool;
	struct world world;
	int epoll;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 1);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, cen_pool_get_fd(pool), &event), 0);
	while (epoll_wait(epoll, &got, 1, 0) == 1)
		;
	held = acquire(pool);
	for (int n = 0; n < 100; n++) {
		assert_int_equal(cen_pool_acquire(pool, &none), -EAGAIN);
		assert_int_equal(cen_pool_release(pool, held), 0);
		assert_int_equal(epoll_wait(epoll, &got, 1, 0), 1);
		held = acquire(pool);
	}
	assert_int_equal(cen_pool_release(pool, held), 0);
	close(epoll);
	cen_pool_destroy(pool);
	world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grow),       cmocka_unit_test(test_shrink), cmocka_unit_test(test_bad_resize),
		cmocka_unit_test(test_many),       cmocka_unit_test(test_fitted), cmocka_unit_test(test_resize_faults),
		cmocka_unit_test(test_wait_alone), cmocka_unit_test(test_fd),     cmocka_unit_test(test_fd_edge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
