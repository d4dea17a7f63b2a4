/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Another number of buffers, more of them than one table holds, and what is left when there is no room for them. */
#include <errno.h>

#include "fault.h"
#include "pool-world.h"

/* The contiguous source makes this many buffers in one call. */
#define ROOM 3
static const char scarce_script[] =
	"device /dev/fake-camera usages=capture\n"
	"cap /dev/fake-camera capture NV12 LINEAR segments=1@queried stride-align=64@probed objects=one\n"
	"device /dev/fake-display usages=scanout\n"
	"cap /dev/fake-display scanout NV12 LINEAR stride-max=8192 objects=one\n"
	"source contiguous segments=1 placement=cma cost=100 fail-after=3\n";

static void release(struct cen_pool *pool, struct cen_buffer *buffer)
{
	assert_int_equal(cen_pool_release(pool, buffer), 0);
}

static void test_grow(void **state)
{
	struct cen_buffer *buffers[6], *used;
	struct cen_pool *pool;
	struct world world;
	size_t fds;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 3);
	used = acquire(pool);
	buffers[0] = acquire(pool);
	release(pool, buffers[0]);
	fds = balance_count_fds();
	assert_int_equal(cen_pool_resize(pool, 6, NULL), 0);
	check_counts(pool, 6, 5, 0);
	assert_int_equal(balance_count_fds(), fds + 3);
	assert_ptr_equal(cen_pool_get_plan(pool), world.plan);
	assert_ptr_equal(cen_pool_get_buffer(pool, 0), used);
	/* Those that were free come first, in their order, then the new ones. */
	assert_ptr_equal(acquire(pool), cen_pool_get_buffer(pool, 2));
	assert_ptr_equal(acquire(pool), buffers[0]);
	for (uint32_t n = 3; n < 6; n++) {
		buffers[n] = acquire(pool);
		assert_ptr_equal(buffers[n], cen_pool_get_buffer(pool, n));
		assert_int_equal(get_width(buffers[n]), 640);
	}
	release(pool, used);
	release(pool, buffers[4]);
	assert_int_equal(cen_pool_release(pool, buffers[4]), -EINVAL);
	assert_ptr_equal(acquire(pool), used);
	assert_ptr_equal(acquire(pool), buffers[4]);
	check_counts(pool, 6, 0, 0);
	/* 0: the plan's own count; the same count: nothing to do. */
	assert_int_equal(cen_pool_resize(pool, 6, NULL), 0);
	check_counts(pool, 6, 0, 0);
	assert_int_equal(cen_pool_resize(pool, 0, NULL), 0);
	check_counts(pool, 3, 0, 3);
	for (uint32_t n = 3; n < 6; n++)
		release(pool, buffers[n]);
	check_counts(pool, 3, 0, 0);
	assert_int_equal(balance_count_fds(), fds);
	for (uint32_t n = 0; n < 3; n++)
		release(pool, cen_pool_get_buffer(pool, n));
	cen_pool_destroy(pool);
	world_stop(&world);
}

static void test_shrink(void **state)
{
	struct cen_buffer *all[5];
	struct cen_pool *pool;
	struct world world;
	int gone = 0;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 5);
	for (uint32_t n = 0; n < 5; n++) {
		all[n] = acquire(pool);
		cen_buffer_set_user_data(all[n], &gone, count_up);
	}
	release(pool, all[4]);
	release(pool, all[1]);
	release(pool, all[3]);
	/* Of the free ones the last released go. */
	assert_int_equal(cen_pool_resize(pool, 3, NULL), 0);
	assert_int_equal(gone, 2);
	check_counts(pool, 3, 1, 0);
	assert_int_equal(cen_pool_release(pool, all[3]), -EINVAL);
	for (uint32_t n = 0; n < 3; n++)
		assert_ptr_equal(cen_pool_get_buffer(pool, n), all[n ? n == 1 ? 2 : 4 : 0]);
	/* The order holds: 4 before what comes now. */
	release(pool, all[0]);
	assert_ptr_equal(acquire(pool), all[4]);
	assert_ptr_equal(acquire(pool), all[0]);
	/* Free ones are not enough: one in use is retired. */
	release(pool, all[2]);
	assert_int_equal(cen_pool_resize(pool, 1, NULL), 0);
	assert_int_equal(gone, 3);
	check_counts(pool, 1, 0, 1);
	release(pool, all[4]);
	assert_int_equal(gone, 4);
	check_counts(pool, 1, 0, 0);
	release(pool, all[0]);
	check_counts(pool, 1, 1, 0);
	/* A vacant place is taken again. */
	assert_int_equal(cen_pool_resize(pool, 4, NULL), 0);
	check_counts(pool, 4, 4, 0);
	assert_ptr_equal(acquire(pool), all[0]);
	for (uint32_t n = 1; n < 4; n++)
		assert_ptr_equal(acquire(pool), cen_pool_get_buffer(pool, n));
	for (uint32_t n = 0; n < 4; n++)
		release(pool, cen_pool_get_buffer(pool, n));
	cen_pool_destroy(pool);
	assert_int_equal(gone, 5);
	world_stop(&world);
}

/* More than 32 lie in two groups. */
static void test_large(void **state)
{
	struct cen_buffer *buffers[64], *none;
	struct cen_pool *pool;
	struct world world;
	uint32_t first = 0;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 20);
	assert_int_equal(cen_pool_resize(pool, 64, NULL), 0);
	check_counts(pool, 64, 64, 0);
	for (int round = 0; round < 3; round++) {
		for (uint32_t n = 0; n < 64; n++) {
			buffers[n] = acquire(pool);
			for (uint32_t other = 0; other < n; other++)
				assert_ptr_not_equal(buffers[n], buffers[other]);
		}
		assert_int_equal(cen_pool_acquire(pool, &none), -EAGAIN);
		for (uint32_t n = 0; n < 64; n++)
			release(pool, buffers[n]);
	}
	/* Taken in turns, in the order of the release. */
	for (uint32_t n = 0; n < 64; n++)
		assert_ptr_equal(acquire(pool), buffers[n]);
	for (uint32_t n = 0; n < 64; n++) {
		assert_int_equal(cen_pool_release(pool, buffers[n]), 0);
		assert_int_equal(cen_pool_release(pool, buffers[n]), -EINVAL);
	}
	assert_int_equal(cen_pool_resize(pool, 40, NULL), 0);
	check_counts(pool, 40, 40, 0);
	for (uint32_t n = 0; n < 40; n++)
		buffers[n] = acquire(pool);
	assert_int_equal(cen_pool_resize(pool, 1, NULL), 0);
	check_counts(pool, 1, 0, 39);
	for (uint32_t n = 0; n < 40; n++)
		first += buffers[n] == cen_pool_get_buffer(pool, 0);
	assert_int_equal(first, 1);
	for (uint32_t n = 0; n < 40; n++)
		release(pool, buffers[n]);
	check_counts(pool, 1, 1, 0);
	assert_int_equal(cen_pool_replan(pool, world.other, 33, 0, NULL), 0);
	check_counts(pool, 33, 33, 0);
	cen_pool_destroy(pool);
	world_stop(&world);
}

static void check_fitted(struct cen_error *err, uint32_t fitted, const char *text)
{
	assert_non_null(err);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_ALLOCATION);
	assert_int_equal(cen_error_get_fitted(err), fitted);
	assert_true(cen_error_get_held(err) > 0 && cen_error_get_wanted(err) > cen_error_get_held(err));
	assert_error_says(err, text);
}

/* No room for all: an error says for how many, and the pool is as before. */
static void test_no_room(void **state)
{
	struct cen_error *err = NULL;
	struct cen_buffer *used;
	struct cen_pool *pool;
	struct world world;
	size_t fds;

	(void)state;
	world_start_on(&world, scarce_script);
	fds = balance_count_fds();
	assert_int_equal(cen_pool_create(world.plan, 5, 0, &pool, &err), -ENOMEM);
	assert_null(pool);
	check_fitted(err, ROOM, "3 of 5 buffers fitted");
	assert_true(balance_check_fds(fds));
	pool = make_pool(world.plan, 2);
	used = acquire(pool);
	fds = balance_count_fds();
	err = NULL;
	assert_int_equal(cen_pool_replan(pool, world.other, 4, 0, &err), -ENOMEM);
	check_fitted(err, ROOM, "3 of 4 buffers fitted");
	check_counts(pool, 2, 1, 0);
	assert_ptr_equal(cen_pool_get_plan(pool), world.plan);
	err = NULL;
	/* Six more. */
	assert_int_equal(cen_pool_resize(pool, 8, &err), -ENOMEM);
	check_fitted(err, ROOM, "3 of 6 buffers fitted");
	check_counts(pool, 2, 1, 0);
	assert_ptr_equal(cen_pool_get_buffer(pool, 0), used);
	assert_true(balance_check_fds(fds));
	/* What fits is had by asking for that. */
	assert_int_equal(cen_pool_resize(pool, 2 + ROOM, NULL), 0);
	check_counts(pool, 2 + ROOM, 1 + ROOM, 0);
	release(pool, used);
	cen_pool_destroy(pool);
	err = NULL;
	assert_int_equal(cen_pool_create(world.plan, 65, 0, &pool, &err), -EINVAL);
	assert_int_equal(cen_error_get_fitted(err), 0);
	cen_error_destroy(err);
	world_stop(&world);
}

static void test_refusals(void **state)
{
	struct cen_error *err = NULL;
	struct cen_pool *pool;
	struct world world;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 2);
	assert_int_equal(cen_pool_resize(pool, 65, &err), -EINVAL);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_ARGUMENT);
	assert_error_says(err, "65 buffers in a pool: 1 to 64");
	check_counts(pool, 2, 2, 0);
	cen_pool_destroy(pool);
	world_stop(&world);
}

/* Each call that fails leaves the pool as it was. */
static void test_faults(void **state)
{
	struct cen_buffer *used;
	struct cen_pool *pool;
	struct world world;
	unsigned long n;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 2);
	used = acquire(pool);
	for (n = 1;; n++) {
		size_t fds = balance_count_fds(), alive = fault_alive();
		int ret;

		fault_arm(FAULT_MEMORY | FAULT_FD, n);
		ret = cen_pool_resize(pool, 4, NULL);
		if (!fault_disarm()) {
			assert_int_equal(ret, 0);
			break;
		}
		assert_true(ret < 0);
		check_counts(pool, 2, 1, 0);
		assert_ptr_equal(cen_pool_get_buffer(pool, 0), used);
		assert_int_equal(fault_alive(), alive);
		assert_true(balance_check_fds(fds));
	}
	assert_true(n > 4);
	check_counts(pool, 4, 3, 0);
	/* To let go needs nothing that could fail. */
	fault_arm(FAULT_ALL, 1);
	assert_int_equal(cen_pool_resize(pool, 1, NULL), 0);
	release(pool, used);
	assert_false(fault_disarm());
	check_counts(pool, 1, 1, 0);
	cen_pool_destroy(pool);
	world_stop(&world);
}

/* What the end of a buffer's data does to the pool meanwhile: all of it is allowed. */
static void change_again(void *data)
{
	struct cen_pool *pool = data;

	assert_int_equal(cen_pool_resize(pool, cen_pool_get_count(pool) + 1, NULL), 0);
	release(pool, acquire(pool));
}

static void test_visit(void **state)
{
	struct cen_pool *pool;
	struct world world;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 3);
	for (uint32_t n = 0; n < 3; n++)
		cen_buffer_set_user_data(cen_pool_get_buffer(pool, n), pool, change_again);
	assert_int_equal(cen_pool_resize(pool, 2, NULL), 0);
	check_counts(pool, 3, 3, 0);
	assert_int_equal(cen_pool_replan(pool, world.other, 1, 0, NULL), 0);
	check_counts(pool, 3, 3, 0);
	cen_pool_destroy(pool);
	world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grow),    cmocka_unit_test(test_shrink),   cmocka_unit_test(test_large),
		cmocka_unit_test(test_no_room), cmocka_unit_test(test_refusals), cmocka_unit_test(test_faults),
		cmocka_unit_test(test_visit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
