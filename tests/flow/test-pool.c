/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Pools: who owns what, going over to another plan, and the application's data on buffers. */
#include <errno.h>

#include "fault.h"
#include "pool-world.h"

static void test_round(void **state)
{
	struct cen_buffer *buffers[3], *none, *stranger;
	struct cen_pool *pool, *second;
	struct world world;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 0);
	second = make_pool(world.plan, 1);
	check_counts(pool, 3, 3, 0);
	assert_ptr_equal(cen_pool_get_plan(pool), world.plan);
	for (uint32_t n = 0; n < 3; n++) {
		buffers[n] = acquire(pool);
		assert_ptr_equal(buffers[n], cen_pool_get_buffer(pool, n));
	}
	assert_null(cen_pool_get_buffer(pool, 3));
	check_counts(pool, 3, 0, 0);
	none = buffers[0];
	assert_int_equal(cen_pool_acquire(pool, &none), -EAGAIN);
	assert_null(none);
	assert_int_equal(cen_pool_release(pool, buffers[1]), 0);
	assert_int_equal(cen_pool_release(pool, buffers[0]), 0);
	/* Twice, none, and one of another pool: nothing changes. */
	assert_int_equal(cen_pool_release(pool, buffers[1]), -EINVAL);
	assert_int_equal(cen_pool_release(pool, NULL), -EINVAL);
	stranger = acquire(second);
	assert_int_equal(cen_pool_release(pool, stranger), -EINVAL);
	check_counts(pool, 3, 2, 0);
	check_counts(second, 1, 0, 0);
	/* What was released first comes first. */
	assert_ptr_equal(acquire(pool), buffers[1]);
	assert_ptr_equal(acquire(pool), buffers[0]);
	for (uint32_t n = 0; n < 3; n++)
		assert_int_equal(cen_pool_release(pool, buffers[n]), 0);
	assert_int_equal(cen_pool_release(second, stranger), 0);
	cen_pool_destroy(pool);
	cen_pool_destroy(second);
	cen_pool_destroy(NULL);
	world_stop(&world);
}

/* Nothing is allocated and nothing that the kernel would see is called. */
static void test_round_is_quiet(void **state)
{
	struct cen_pool *pool;
	struct world world;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 5);
	fault_arm(FAULT_ALL, 1);
	for (int n = 0; n < 1000; n++) {
		struct cen_buffer *one = acquire(pool), *two = acquire(pool);

		assert_int_equal(cen_pool_release(pool, two), 0);
		assert_int_equal(cen_pool_release(pool, one), 0);
	}
	assert_false(fault_disarm());
	check_counts(pool, 5, 5, 0);
	cen_pool_destroy(pool);
	world_stop(&world);
}

static void test_destroy_in_use(void **state)
{
	struct cen_buffer *kept, *retired;
	struct cen_pool *pool;
	struct world world;
	int gone = 0;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 3);
	retired = acquire(pool);
	assert_int_equal(cen_pool_replan(pool, world.other, 0, 0, NULL), 0);
	kept = acquire(pool);
	cen_buffer_set_user_data(retired, &gone, count_up);
	cen_buffer_set_user_data(kept, &gone, count_up);
	cen_buffer_set_user_data(cen_pool_get_buffer(pool, 1), &gone, count_up);
	cen_pool_destroy(pool);
	assert_int_equal(gone, 1);
	assert_int_equal(get_width(retired), 640);
	assert_int_equal(get_width(kept), 1280);
	/* The pool that comes next may lie where the old one did. */
	pool = make_pool(world.plan, 1);
	assert_int_equal(cen_pool_release(pool, kept), -EINVAL);
	cen_pool_destroy(pool);
	cen_buffer_unref(kept);
	cen_buffer_unref(retired);
	assert_int_equal(gone, 3);
	world_stop(&world);
}

static void test_replan(void **state)
{
	struct cen_buffer *old[3], *between, *fresh;
	struct cen_pool *pool;
	struct world world;
	size_t fds;
	int gone = 0;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 4);
	fds = balance_count_fds();
	for (uint32_t n = 0; n < 3; n++) {
		old[n] = acquire(pool);
		cen_buffer_set_user_data(old[n], &gone, count_up);
	}
	cen_buffer_set_user_data(cen_pool_get_buffer(pool, 3), &gone, count_up);
	assert_int_equal(cen_pool_replan(pool, world.other, 0, 0, NULL), 0);
	/* The one that was free is gone; two came. */
	assert_int_equal(gone, 1);
	assert_int_equal(balance_count_fds(), fds - 1 + 2);
	check_counts(pool, 2, 2, 3);
	assert_ptr_equal(cen_pool_get_plan(pool), world.other);
	between = acquire(pool);
	assert_int_equal(get_width(between), 1280);
	assert_int_equal(cen_pool_replan(pool, world.plan, 1, 0, NULL), 0);
	check_counts(pool, 1, 1, 4);
	fresh = acquire(pool);
	/* From the middle of those that are retired, its ends, and the present plan. */
	assert_int_equal(cen_pool_release(pool, old[1]), 0);
	assert_int_equal(gone, 2);
	assert_int_equal(cen_pool_release(pool, between), 0);
	assert_int_equal(cen_pool_release(pool, old[0]), 0);
	check_counts(pool, 1, 0, 1);
	assert_int_equal(cen_pool_release(pool, fresh), 0);
	/* A reference of one's own keeps a retired buffer past its release. */
	cen_buffer_ref(old[2]);
	assert_int_equal(cen_pool_release(pool, old[2]), 0);
	assert_int_equal(gone, 3);
	assert_int_equal(cen_pool_release(pool, old[2]), -EINVAL);
	assert_int_equal(get_width(old[2]), 640);
	cen_buffer_unref(old[2]);
	assert_int_equal(gone, 4);
	check_counts(pool, 1, 1, 0);
	cen_pool_destroy(pool);
	world_stop(&world);
}

static void test_refusals(void **state)
{
	struct cen_error *err = NULL;
	struct cen_pool *pool;
	struct world world;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 1);
	cen_pool_destroy(pool);
	assert_int_equal(cen_pool_create(world.plan, 65, 0, &pool, &err), -EINVAL);
	assert_null(pool);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_ARGUMENT);
	assert_error_says(err, "65 buffers");
	assert_int_equal(cen_pool_create(world.plan, 1, 1u << 31, &pool, &err), -EINVAL);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_UNKNOWN_FLAG);
	cen_error_destroy(err);
	world_stop(&world);
}

/* Each call that fails leaves the pool as it was, or makes none. */
static void test_faults(void **state)
{
	struct cen_buffer *used;
	struct cen_pool *pool;
	struct world world;
	unsigned long n = 1;
	bool fired;

	(void)state;
	world_start(&world);
	pool = make_pool(world.plan, 2);
	used = acquire(pool);
	do {
		struct cen_buffer *second = cen_pool_get_buffer(pool, 1);
		size_t fds = balance_count_fds(), alive = fault_alive();
		int ret;

		fault_arm(FAULT_MEMORY | FAULT_FD, n++);
		ret = cen_pool_replan(pool, world.other, 2, 0, NULL);
		fired = fault_disarm();
		if (!fired) {
			assert_int_equal(ret, 0);
			break;
		}
		assert_true(ret < 0);
		check_counts(pool, 2, 1, 0);
		assert_ptr_equal(cen_pool_get_plan(pool), world.plan);
		assert_ptr_equal(cen_pool_get_buffer(pool, 0), used);
		assert_ptr_equal(cen_pool_get_buffer(pool, 1), second);
		assert_int_equal(fault_alive(), alive);
		assert_true(balance_check_fds(fds));
	} while (fired);
	assert_true(n > 4);
	check_counts(pool, 2, 2, 1);
	assert_int_equal(cen_pool_release(pool, used), 0);
	cen_pool_destroy(pool);
	for (n = 1, fired = true; fired; n++) {
		size_t fds = balance_count_fds(), alive = fault_alive();
		int ret;

		fault_arm(FAULT_MEMORY | FAULT_FD, n);
		ret = cen_pool_create(world.plan, 2, 0, &pool, NULL);
		fired = fault_disarm();
		assert_true(fired ? ret < 0 && !pool : ret == 0);
		cen_pool_destroy(pool);
		assert_int_equal(fault_alive(), alive);
		assert_true(balance_check_fds(fds));
	}
	world_stop(&world);
}

/* What the end of a buffer's data does to the pool meanwhile. */
struct visitor {
	struct cen_pool *pool;
	struct cen_buffer *held;
	uint32_t count, retired;
};

static void visit(void *data)
{
	struct visitor *visitor = data;

	assert_int_equal(cen_pool_release(visitor->pool, visitor->held), 0);
	visitor->count = cen_pool_get_free_count(visitor->pool);
	visitor->retired = cen_pool_get_retired_count(visitor->pool);
}

static void test_visit(void **state)
{
	struct visitor visitor;
	struct cen_buffer *first;
	struct world world;

	(void)state;
	world_start(&world);
	visitor = (struct visitor){.pool = make_pool(world.plan, 2)};
	first = acquire(visitor.pool);
	visitor.held = acquire(visitor.pool);
	assert_int_equal(cen_pool_release(visitor.pool, first), 0);
	cen_buffer_set_user_data(first, &visitor, visit);
	assert_int_equal(cen_pool_replan(visitor.pool, world.other, 2, 0, NULL), 0);
	assert_int_equal(visitor.count, 2);
	assert_int_equal(visitor.retired, 0);
	check_counts(visitor.pool, 2, 2, 0);
	cen_pool_destroy(visitor.pool);
	world_stop(&world);
}

static void test_user_data(void **state)
{
	struct cen_buffer *buffer;
	int first = 0, second = 0;
	struct world world;

	(void)state;
	world_start(&world);
	assert_int_equal(cen_plan_allocate(world.plan, 1, 0, &buffer, NULL), 0);
	assert_null(cen_buffer_get_user_data(buffer));
	cen_buffer_set_user_data(buffer, &first, count_up);
	assert_ptr_equal(cen_buffer_get_user_data(buffer), &first);
	cen_buffer_set_user_data(buffer, &second, NULL);
	assert_int_equal(first, 1);
	cen_buffer_set_user_data(buffer, NULL, count_up);
	assert_int_equal(second, 0);
	/* NULL is nothing that could be ended. */
	cen_buffer_set_user_data(buffer, &first, count_up);
	assert_int_equal(first, 1);
	cen_buffer_ref(buffer);
	cen_buffer_unref(buffer);
	assert_int_equal(first, 1);
	cen_buffer_unref(buffer);
	assert_int_equal(first, 2);
	world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),          cmocka_unit_test(test_round_is_quiet),
		cmocka_unit_test(test_destroy_in_use), cmocka_unit_test(test_replan),
		cmocka_unit_test(test_refusals),       cmocka_unit_test(test_faults),
		cmocka_unit_test(test_visit),          cmocka_unit_test(test_user_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
