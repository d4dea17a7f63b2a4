/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Eight threads on one pool while its plan and its count change: no buffer has two owners, and none is lost. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "pool-world.h"

#define THREADS 8
#define ROUNDS 50000
#define CHANGES 2000
#define HELD 3 /* by a thread at once */

struct arena {
	struct world world;
	struct cen_pool *pool;
	atomic_int wrong; /* what must not happen, counted */
	atomic_int running;
	atomic_bool never_empty; /* there are more buffers than the threads can hold, always */
};

/* Of each buffer, as its user data: who has it. */
struct mark {
	atomic_int owner; /* 0: nobody */
	int uses; /* written by the owner alone: the thread sanitizer sees it where two are */
};

static atomic_int alive_marks;

static void mark_destroy(void *data)
{
	atomic_fetch_sub(&alive_marks, 1);
	free(data);
}

/* Only the owner sets user data: the first who acquires the buffer. */
static struct mark *get_mark(struct cen_buffer *buffer)
{
	struct mark *mark = cen_buffer_get_user_data(buffer);

	if (mark)
		return mark;
	mark = calloc(1, sizeof(*mark));
	if (!mark)
		abort();
	atomic_fetch_add(&alive_marks, 1);
	cen_buffer_set_user_data(buffer, mark, mark_destroy);
	return mark;
}

static void check(struct arena *arena, bool is_right)
{
	if (!is_right)
		atomic_fetch_add(&arena->wrong, 1);
}

static bool take(struct arena *arena, int self, int round, struct cen_buffer **out)
{
	int ret = round % 3 ? cen_pool_acquire(arena->pool, out) : cen_pool_wait(arena->pool, 1 + round % 5, out);
	int nobody = 0;

	if (ret < 0) {
		check(arena, !*out && ret == (round % 3 ? -EAGAIN : -ETIMEDOUT));
		check(arena, !atomic_load(&arena->never_empty));
		return false;
	}
	check(arena, atomic_compare_exchange_strong(&get_mark(*out)->owner, &nobody, self));
	get_mark(*out)->uses++;
	return true;
}

static void give(struct arena *arena, int self, struct cen_buffer *buffer)
{
	struct mark *mark = get_mark(buffer);

	check(arena, atomic_exchange(&mark->owner, 0) == self);
	check(arena, cen_pool_release(arena->pool, buffer) == 0);
}

struct user {
	struct arena *arena;
	int self;
};

static void *use(void *data)
{
	struct user *user = data;
	struct arena *arena = user->arena;
	struct cen_buffer *held[HELD];
	int count = 0;

	for (int round = 0; round < ROUNDS; round++) {
		int from = 0;

		if (count < HELD && take(arena, user->self, round, &held[count]))
			count++;
		/* The first or the last one, so that releases are out of order. */
		if (count == HELD || (count && round % 7 == 0)) {
			from = round % 2 ? 0 : count - 1;
			give(arena, user->self, held[from]);
			held[from] = held[--count];
		}
		if (round % 64 == 0)
			check(arena, cen_pool_release(arena->pool, (void *)user) == -EINVAL);
	}
	while (count)
		give(arena, user->self, held[--count]);
	atomic_fetch_sub(&arena->running, 1);
	return NULL;
}

static void change(struct arena *arena, uint32_t least, uint32_t most)
{
	for (uint32_t n = 0; n < CHANGES && atomic_load(&arena->running) > 0; n++) {
		uint32_t count = least + n * 7 % (most - least + 1);
		int ret;

		if (n % 3 == 0)
			ret = cen_pool_replan(arena->pool, n % 2 ? arena->world.plan : arena->world.other, count, 0,
					      NULL);
		else
			ret = cen_pool_resize(arena->pool, count, NULL);
		check(arena, ret == 0);
		check(arena, cen_pool_get_count(arena->pool) == count);
		check(arena, cen_pool_get_free_count(arena->pool) <= 64);
		sched_yield();
	}
}

/* The count of the pool goes from least to most and back. */
static void run(uint32_t least, uint32_t most, bool never_empty)
{
	struct arena arena = {.wrong = 0};
	struct user users[THREADS];
	pthread_t threads[THREADS];
	uint32_t count;

	world_start(&arena.world);
	arena.pool = make_pool(arena.world.plan, least);
	arena.never_empty = never_empty;
	arena.running = THREADS;
	for (int n = 0; n < THREADS; n++) {
		users[n] = (struct user){.arena = &arena, .self = n + 1};
		assert_int_equal(pthread_create(&threads[n], NULL, use, &users[n]), 0);
	}
	change(&arena, least, most);
	for (int n = 0; n < THREADS; n++)
		pthread_join(threads[n], NULL);
	assert_int_equal(arena.wrong, 0);
	count = cen_pool_get_count(arena.pool);
	check_counts(arena.pool, count, count, 0);
	/* All of them, each once. */
	for (uint32_t n = 0; n < count; n++)
		assert_int_equal(atomic_exchange(&get_mark(acquire(arena.pool))->owner, 1), 0);
	for (uint32_t n = 0; n < count; n++)
		assert_int_equal(cen_pool_release(arena.pool, cen_pool_get_buffer(arena.pool, n)), 0);
	cen_pool_destroy(arena.pool);
	assert_int_equal(alive_marks, 0);
	world_stop(&arena.world);
}

static void test_scarce(void **state)
{
	(void)state;
	run(1, 6, false);
}

/* Nobody is told that none is free because the plan or the count changes just now. */
static void test_plenty(void **state)
{
	(void)state;
	run(THREADS * HELD + 1, 32, true);
}

static void test_large(void **state)
{
	(void)state;
	run(THREADS * HELD + 1, 64, true);
}

struct twice {
	struct cen_pool *pool;
	struct cen_buffer *_Atomic buffer;
	atomic_int released;
	atomic_bool is_over;
};

/* Releases what was acquired once, and does not stop: the address may be that of nothing by now. */
static void *release_again(void *data)
{
	struct twice *twice = data;

	while (!atomic_load(&twice->is_over)) {
		struct cen_buffer *buffer = atomic_load(&twice->buffer);

		if (buffer && cen_pool_release(twice->pool, buffer) == 0)
			atomic_fetch_add(&twice->released, 1);
	}
	return NULL;
}

/* Two threads release the same acquired buffer while it is retired: one of them does. */
static void test_twice(void **state)
{
	struct twice twice = {.released = 0};
	struct world world;
	pthread_t threads[2];

	(void)state;
	world_start(&world);
	twice.pool = make_pool(world.plan, 1);
	for (int n = 0; n < 2; n++)
		assert_int_equal(pthread_create(&threads[n], NULL, release_again, &twice), 0);
	for (int n = 0; n < CHANGES; n++) {
		atomic_store(&twice.released, 0);
		atomic_store(&twice.buffer, acquire(twice.pool));
		assert_int_equal(cen_pool_replan(twice.pool, n % 2 ? world.plan : world.other, 1, 0, NULL), 0);
		while (atomic_load(&twice.released) == 0)
			sched_yield();
		atomic_store(&twice.buffer, NULL);
		assert_int_equal(cen_pool_get_retired_count(twice.pool), 0);
	}
	atomic_store(&twice.is_over, true);
	for (int n = 0; n < 2; n++)
		pthread_join(threads[n], NULL);
	check_counts(twice.pool, 1, 1, 0);
	cen_pool_destroy(twice.pool);
	world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scarce),
		cmocka_unit_test(test_plenty),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
