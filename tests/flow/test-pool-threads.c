/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A pool under eight threads that take, wait and give back, while another one changes plan and size all the time. No
 * buffer has two owners, none is lost, no waiting thread is forgotten. Meant for TSan, too.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "pool-world.h"

#define THREADS 8
#define ROUNDS 20000
#define CHANGES 300

struct arena {
	struct world world;
	struct cen_pool *pool;
	atomic_uint running, failures, taken;
};

/* The application's data on each buffer: who has it. It goes from thread to thread with the buffer. */
struct mark {
	atomic_int owner; /* 0: nobody */
	unsigned int uses; /* of the owner alone: TSan would see two */
};

static void *fail_in(struct arena *arena)
{
	atomic_fetch_add(&arena->failures, 1);
	return NULL;
}

/* The first owner brings the mark. */
static struct mark *get_mark(struct cen_buffer *buffer)
{
	struct mark *mark = cen_buffer_get_user_data(buffer);

	if (!mark) {
		mark = calloc(1, sizeof(*mark));
		cen_buffer_set_user_data(buffer, mark, free);
	}
	return mark;
}

static bool use(struct arena *arena, struct cen_buffer *buffer, int who)
{
	struct mark *mark = get_mark(buffer);
	int nobody = 0;

	if (!atomic_compare_exchange_strong(&mark->owner, &nobody, who))
		return false;
	mark->uses++;
	atomic_fetch_add(&arena->taken, 1);
	nobody = who;
	return atomic_compare_exchange_strong(&mark->owner, &nobody, 0);
}

struct worker {
	struct arena *arena;
	int number;
	pthread_t thread;
};

/* Odd threads wait for a buffer, even ones look again. */
static void *work(void *data)
{
	struct worker *worker = data;
	struct arena *arena = worker->arena;

	for (int n = 0; n < ROUNDS; n++) {
		struct cen_buffer *buffer;
		int ret = worker->number % 2 ? cen_pool_wait(arena->pool, -1, &buffer)
					     : cen_pool_acquire(arena->pool, &buffer);

		if (ret == -EAGAIN)
			continue;
		if (ret < 0 || !use(arena, buffer, worker->number) || cen_pool_release(arena->pool, buffer) < 0)
			return fail_in(arena);
	}
	atomic_fetch_sub(&arena->running, 1);
	return NULL;
}

/* Never below two, so that those who wait get one in the end. */
static void *change(void *data)
{
	struct arena *arena = data;

	for (int n = 0; n < CHANGES && atomic_load(&arena->running); n++) {
		struct cen_plan *plan = n % 2 ? arena->world.plan : arena->world.other;
		int ret = n % 3 ? cen_pool_resize(arena->pool, 2 + (uint32_t)n % 5, NULL)
				: cen_pool_replan(arena->pool, plan, 2 + (uint32_t)n % 40, 0, NULL);

		if (ret < 0)
			return fail_in(arena);
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct worker workers[THREADS];
	struct arena arena = {.running = THREADS};
	pthread_t changer;

	(void)state;
	world_start(&arena.world);
	arena.pool = make_pool(arena.world.plan, 3);
	for (int n = 0; n < THREADS; n++) {
		workers[n] = (struct worker){.arena = &arena, .number = n + 1};
		assert_int_equal(pthread_create(&workers[n].thread, NULL, work, &workers[n]), 0);
	}
	assert_int_equal(pthread_create(&changer, NULL, change, &arena), 0);
	for (int n = 0; n < THREADS; n++)
		assert_int_equal(pthread_join(workers[n].thread, NULL), 0);
	assert_int_equal(pthread_join(changer, NULL), 0);
	assert_int_equal(arena.failures, 0);
	/* All who wait got one each time. */
	assert_true(arena.taken >= THREADS / 2 * ROUNDS);
	check_counts(arena.pool, cen_pool_get_count(arena.pool), cen_pool_get_count(arena.pool), 0);
	cen_pool_destroy(arena.pool);
	world_stop(&arena.world);
}

/* One buffer, everybody waits for it, nobody for ever. */
static void *take_turns(void *data)
{
	struct worker *worker = data;

	for (int n = 0; n < ROUNDS / 10; n++) {
		struct cen_buffer *buffer;

		if (cen_pool_wait(worker->arena->pool, 60000, &buffer) < 0 ||
		    !use(worker->arena, buffer, worker->number) || cen_pool_release(worker->arena->pool, buffer) < 0)
			return fail_in(worker->arena);
	}
	return NULL;
}

static void test_one_for_all(void **state)
{
	struct worker workers[THREADS];
	struct arena arena = {0};

	(void)state;
	world_start(&arena.world);
	arena.pool = make_pool(arena.world.plan, 1);
	for (int n = 0; n < THREADS; n++) {
		workers[n] = (struct worker){.arena = &arena, .number = n + 1};
		assert_int_equal(pthread_create(&workers[n].thread, NULL, take_turns, &workers[n]), 0);
	}
	for (int n = 0; n < THREADS; n++)
		assert_int_equal(pthread_join(workers[n].thread, NULL), 0);
	assert_int_equal(arena.failures, 0);
	assert_int_equal(arena.taken, THREADS * (ROUNDS / 10));
	cen_pool_destroy(arena.pool);
	world_stop(&arena.world);
}

/* Two threads give the same buffer back at once: one of them is told that it is free already. */
static void *release_once(void *data)
{
	struct arena *arena = data;

	return cen_pool_release(arena->pool, cen_pool_get_buffer(arena->pool, 0)) == 0 ? arena : NULL;
}

static void test_double_release(void **state)
{
	struct arena arena = {0};

	(void)state;
	world_start(&arena.world);
	arena.pool = make_pool(arena.world.plan, 1);
	for (int n = 0; n < 200; n++) {
		void *mine, *others;
		pthread_t thread;

		acquire(arena.pool);
		assert_int_equal(pthread_create(&thread, NULL, release_once, &arena), 0);
		mine = release_once(&arena);
		assert_int_equal(pthread_join(thread, &others), 0);
		assert_true(!mine != !others);
		check_counts(arena.pool, 1, 1, 0);
	}
	cen_pool_destroy(arena.pool);
	world_stop(&arena.world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_one_for_all),
		cmocka_unit_test(test_double_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
