/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Banks of a pool, and what threads do to each other in the middle of a call, one after the other here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pool.h"

/* Addresses alone: a bank does not look into its buffers. */
static struct cen_buffer *get_buffer(uintptr_t n)
{
	return (struct cen_buffer *)(0x10000 + n * 64);
}

static void fill(struct bank *bank, uint32_t count)
{
	_cen_bank_prepare(bank, 0);
	for (uint32_t n = 0; n < count; n++)
		assert_int_equal(_cen_bank_add(bank, get_buffer(n)), n);
	_cen_bank_flip(bank, 0, count < 32 ? (1u << count) - 1 : UINT32_MAX);
}

/* An acquire found nothing, then a buffer came free, and only now the fd is armed: the second look finds it. */
static void test_want(void **state)
{
	struct cen_pool *pool = calloc(1, sizeof(*pool));

	(void)state;
	assert_non_null(pool);
	pthread_mutex_init(&pool->lock, NULL);
	fill(&pool->banks[0], 1);
	assert_ptr_equal(_cen_pool_want(pool), get_buffer(0));
	assert_int_equal(atomic_load(&pool->demand), POOL_ARMED);
	assert_null(_cen_pool_want(pool));
	assert_int_equal(_cen_pool_put(pool, get_buffer(0)), 0);
	/* Armed by another thread already. */
	assert_ptr_equal(_cen_pool_want(pool), get_buffer(0));
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

/* An entry of the order that was not written yet: another free slot is taken, none is lost, and the order comes back. */
static void test_late_entry(void **state)
{
	struct bank bank = {.word = 0};
	uint32_t taken = 0;
	uint64_t seen;

	(void)state;
	fill(&bank, 32);
	atomic_store(&bank.order[0], 31);
	atomic_store(&bank.order[5], 31);
	for (uint32_t n = 0; n < 32; n++)
		taken |= 1u << ((uintptr_t)_cen_bank_take(&bank, &seen) - 0x10000) / 64;
	assert_int_equal(taken, UINT32_MAX);
	assert_null(_cen_bank_take(&bank, &seen));
	for (uint32_t n = 32; n-- > 0;)
		assert_int_equal(_cen_bank_put(&bank, get_buffer(n)), 0);
	assert_int_equal(_cen_bank_put(&bank, get_buffer(7)), -EINVAL);
	assert_int_equal(_cen_bank_put(&bank, get_buffer(32)), -ENOENT);
	for (uint32_t n = 32; n-- > 0;)
		assert_ptr_equal(_cen_bank_take(&bank, &seen), get_buffer(n));
}

/* Numbers run over, and what is kept stays where it is. */
static void test_overflow(void **state)
{
	struct bank bank = {.word = UINT64_MAX << 32};
	uint64_t seen;

	(void)state;
	fill(&bank, 3);
	for (uint32_t n = 0; n < 5000; n++) {
		assert_ptr_equal(_cen_bank_take(&bank, &seen), get_buffer(n % 3));
		assert_int_equal(_cen_bank_put(&bank, get_buffer(n % 3)), 0);
		if (n % 7)
			continue;
		_cen_bank_prepare(&bank, 7);
		assert_int_equal(_cen_bank_flip(&bank, 7, 0), 7);
	}
	assert_int_equal(_cen_bank_get_used(&bank), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_want),
		cmocka_unit_test(test_late_entry),
		cmocka_unit_test(test_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
