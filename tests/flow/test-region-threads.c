/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Eight threads on one region, while others are declared, solved for and unregistered. Meant to run under TSan, too. */
#include <errno.h>
#include <pthread.h>

#include "region-scene.h"

#define THREADS 8
#define ROUNDS 400
#define HELD 4

struct work {
	struct flow *flow;
	struct cen_region *region;
	unsigned int seed;
	unsigned long full, failed;
};

static unsigned int next_random(struct work *work)
{
	work->seed = work->seed * 1103515245u + 12345u;
	return work->seed >> 16;
}

static void *cut(void *data)
{
	struct work *work = data;
	uint64_t starts[HELD];
	unsigned int held = 0;

	for (int n = 0; n < ROUNDS; n++) {
		struct cen_chunk chunk = {.size = sizeof(chunk)};
		int ret = cen_region_alloc(work->region, (next_random(work) % 4 + 1) * PAGE,
					   PAGE << next_random(work) % 3, &chunk, NULL);

		if (ret == 0)
			starts[held++] = chunk.start;
		work->full += ret == -ENOMEM;
		work->failed += ret != 0 && ret != -ENOMEM;
		if (held == HELD || (held && next_random(work) % 2))
			work->failed += cen_region_free(work->region, starts[--held]) != 0;
	}
	while (held)
		work->failed += cen_region_free(work->region, starts[--held]) != 0;
	return NULL;
}

/* The same name again and again: found by others in whatever state it is. */
static void *come_and_go(void *data)
{
	struct work *work = data;
	const struct cen_region_desc desc = scene_desc("guest", "plain", 8 * PAGE);

	for (int n = 0; n < ROUNDS / 4; n++) {
		struct cen_region *region;

		if (cen_region_declare(work->flow->machine, &desc, &region, NULL) != 0) {
			work->failed++;
			continue;
		}
		while (cen_region_unregister(region, NULL) == -EBUSY)
			;
		cen_region_unref(region);
	}
	return NULL;
}

static void *take_from_names(void *data)
{
	struct work *work = data;

	for (int n = 0; n < ROUNDS / 4; n++) {
		struct cen_chunk chunk = {.size = sizeof(chunk)};

		if (cen_region_alloc_from(work->flow->machine, "guest,shared", PAGE, 0, &chunk, NULL) == 0)
			work->failed += cen_region_free(chunk.region, chunk.start) != 0;
	}
	return NULL;
}

static void *solve(void *data)
{
	struct work *work = data;

	for (int n = 0; n < ROUNDS / 20; n++)
		cen_solution_unref(
			flow_solve(work->flow, 64, 64, 1, XR24, CEN_USAGE_SCANOUT, "/dev/fake-display", 0, NULL));
	return NULL;
}

static void run(const char *source)
{
	void *(*const jobs[])(void *) = {cut, cut, cut, cut, cut, come_and_go, take_from_names, solve};
	struct work works[THREADS] = {0};
	pthread_t threads[THREADS];
	struct cen_region *region;
	struct flow flow;

	scene_start(&flow);
	/* The log of the test is one thread's. */
	cen_context_set_log_handler(flow.ctx, CEN_LOG_ERROR, NULL, NULL);
	region = scene_region(&flow, "shared", source, 48 * PAGE);
	for (unsigned int n = 0; n < THREADS; n++) {
		works[n] = (struct work){.flow = &flow, .region = region, .seed = n + 1};
		assert_int_equal(pthread_create(&threads[n], NULL, jobs[n], &works[n]), 0);
	}
	for (unsigned int n = 0; n < THREADS; n++) {
		pthread_join(threads[n], NULL);
		assert_int_equal(works[n].failed, 0);
	}
	assert_int_equal(scene_info(region).chunk_count, 0);
	assert_int_equal(scene_info(region).free, 48 * PAGE);
	assert_int_equal(scene_info(region).largest_free, 48 * PAGE);
	assert_int_equal(cen_region_unregister(region, NULL), 0);
	cen_region_unref(region);
	flow_stop(&flow);
}

static void test_offsets(void **state)
{
	(void)state;
	run("plain");
}

static void test_carved(void **state)
{
	(void)state;
	run("cuttable");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_carved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
