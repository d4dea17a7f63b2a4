/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What may be shared between threads: references of buffers and plans, reading. Meant to run under TSan, too. */
#include <pthread.h>

#include "flow.h"

#define THREADS 4
#define ROUNDS 2000

struct shared {
	struct cen_buffer *buffer;
	struct cen_plan *plan;
	struct cen_solution *solution;
};

static void *use(void *data)
{
	const struct shared *shared = data;

	for (int n = 0; n < ROUNDS; n++) {
		struct cen_buffer *buffer = cen_buffer_ref(shared->buffer);
		struct cen_plan *plan = cen_plan_ref(shared->plan);
		struct cen_solution *solution = cen_solution_ref(shared->solution);
		struct cen_buffer_plane plane;

		cen_buffer_get_plane(buffer, 0, &plane);
		cen_plan_get_reason(plan, 0);
		cen_buffer_unref(buffer);
		cen_plan_unref(plan);
		cen_solution_unref(solution);
	}
	cen_buffer_unref(shared->buffer);
	cen_plan_unref(shared->plan);
	cen_solution_unref(shared->solution);
	return NULL;
}

static void test_references(void **state)
{
	pthread_t threads[THREADS];
	struct shared shared;
	struct flow flow;

	(void)state;
	flow_start(&flow, flow_camera_script);
	shared.solution = flow_solve(&flow, 64, 64, 1, NV12, CEN_USAGE_CAPTURE, "/dev/fake-camera", 0, NULL);
	shared.plan = cen_solution_get_plan(shared.solution, 0);
	assert_int_equal(cen_plan_allocate(shared.plan, 1, 0, &shared.buffer, NULL), 0);
	for (int n = 0; n < THREADS; n++) {
		cen_buffer_ref(shared.buffer);
		cen_plan_ref(shared.plan);
		cen_solution_ref(shared.solution);
	}
	cen_buffer_unref(shared.buffer);
	cen_solution_unref(shared.solution);
	for (int n = 0; n < THREADS; n++)
		assert_int_equal(pthread_create(&threads[n], NULL, use, &shared), 0);
	for (int n = 0; n < THREADS; n++)
		pthread_join(threads[n], NULL);
	flow_stop(&flow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
