/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The map in force steers what is allocated next: the program's own, by every name of a device. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "map-scene.h"

/* Changing the program's own map changes the next allocation. */
static void test_program(void **state)
{
	struct flow flow;

	(void)state;
	flow_start(&flow, map_script);
	assert_in_force(flow.ctx, NULL, NULL);
	assert_next(&flow, "system");
	set_map(flow.ctx, "*=udmabuf,system");
	assert_in_force(flow.ctx, "*=udmabuf,system", "the program");
	assert_next(&flow, "udmabuf");
	set_map(flow.ctx, "camera=system,reserved;gpu/scanout=reserved,udmabuf");
	assert_next(&flow, "reserved");
	set_map(flow.ctx, "camera=system");
	assert_next(&flow, "");
	set_map(flow.ctx, NULL);
	assert_next(&flow, "system");
	flow_stop(&flow);
}

struct name_case {
	const char *pattern;
	bool is_camera, is_display;
};

static bool takes_udmabuf(struct flow *flow, uint32_t usage, const char *path)
{
	struct cen_solution *solution = flow_solve(flow, 640, 360, 1, NV12, usage, path, 0, NULL);
	struct cen_plan_info info = {.size = sizeof(info)};

	assert_int_equal(cen_plan_get_info(cen_solution_get_plan(solution, 0), &info), 0);
	cen_solution_unref(solution);
	return strcmp(info.source, "udmabuf") == 0;
}

/* Every name that a device has, and those that it has not. */
static void test_names(void **state)
{
	static const struct name_case cases[] = {
		{"video0", true, false},
		{"video?", true, false},
		{"vivid-*", true, false},
		{"vivid", true, false},
		{"camera", true, false},
		{"camera/capture", true, false},
		{"camera/scanout", false, false},
		{"codec", false, false},
		{"card0", false, true},
		{"vkms", false, true},
		{"gpu", false, true},
		{"display", false, true},
		{"gpu/scanout", false, true},
		{"gpu/texture", false, false},
		{"fake", true, true},
		{"*", true, true},
		{"cpu", false, false},
		{"dev", false, false},
	};
	struct flow flow;

	(void)state;
	flow_start(&flow, map_script);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct name_case *row = &cases[i];
		char text[64];

		snprintf(text, sizeof(text), "%s=udmabuf;*=system", row->pattern);
		set_map(flow.ctx, text);
		if (takes_udmabuf(&flow, CEN_USAGE_CAPTURE, "/dev/video0") != row->is_camera ||
		    takes_udmabuf(&flow, CEN_USAGE_SCANOUT, "/dev/dri/card0") != row->is_display)
			fail_msg("%s", text);
	}
	flow_stop(&flow);
}

/* A device of the machine tells its names, each once. */
static void test_device_names(void **state)
{
	const struct cen_device *device;
	const char *names[CEN_MAP_DEVICE_NAMES];
	const struct cen_source *sources[4];
	struct flow flow;

	(void)state;
	flow_start(&flow, map_script);
	assert_int_equal(cen_machine_find_device(flow.machine, "/dev/dri/card0", &device, NULL), 0);
	assert_int_equal(cen_machine_get_map_names(flow.machine, device, names, CEN_MAP_DEVICE_NAMES), 5);
	assert_string_equal(names[0], "card0");
	assert_string_equal(names[1], "vkms");
	assert_string_equal(names[2], "fake");
	assert_string_equal(names[3], "gpu");
	assert_string_equal(names[4], "display");
	names[1] = NULL;
	assert_int_equal(cen_machine_get_map_names(flow.machine, device, names, 1), 5);
	assert_null(names[1]);
	assert_int_equal(cen_machine_get_map_sources(flow.machine, "udmabuf", sources, 4), 1);
	assert_int_equal(cen_machine_get_map_sources(flow.machine, "fake:udmabuf", sources, 4), 1);
	assert_int_equal(cen_machine_get_map_sources(flow.machine, "fake", sources, 1), 3);
	assert_int_equal(cen_machine_get_map_sources(flow.machine, "cma-heap", NULL, 0), 0);
	flow_stop(&flow);
}

/* A device that only the application knows matches by the name that it was given. */
static void test_described(void **state)
{
	const struct cen_capability capability = {.size = sizeof(capability), .fourcc = NV12};
	struct cen_capabilities *caps;
	struct cen_solution *solution;
	struct cen_request *request;
	struct flow flow;

	(void)state;
	flow_start(&flow, map_script);
	set_map(flow.ctx, "my-npu/texture=udmabuf;*=system");
	assert_int_equal(cen_capabilities_create(&caps), 0);
	assert_int_equal(cen_capabilities_add(caps, &capability, NULL), 0);
	for (int i = 0; i < 2; i++) {
		struct cen_plan_info info = {.size = sizeof(info)};

		assert_int_equal(cen_request_create(flow.machine, &request), 0);
		assert_int_equal(cen_request_set_size(request, 64, 64, NULL), 0);
		assert_int_equal(
			cen_request_add_described(request, CEN_USAGE_TEXTURE, i ? "other" : "my-npu", caps, NULL), 0);
		assert_int_equal(cen_solve(request, 0, &solution, NULL), 0);
		assert_int_equal(cen_plan_get_info(cen_solution_get_plan(solution, 0), &info), 0);
		assert_string_equal(info.source, i ? "system" : "udmabuf");
		cen_solution_unref(solution);
		cen_request_destroy(request);
	}
	cen_capabilities_unref(caps);
	flow_stop(&flow);
}

/* A name that is nothing here is told once, and passed over. */
static void test_unknown_names(void **state)
{
	static const char told[] = "map: the program: rule 1 (*=gone,system): gone is nothing on this machine";
	struct flow flow;
	const char *first;

	(void)state;
	flow_start(&flow, map_script);
	set_map(flow.ctx, "*=gone,system");
	assert_next(&flow, "system");
	assert_next(&flow, "system");
	assert_logged(&flow, told);
	first = strstr(flow.log, told);
	assert_null(strstr(first + 1, told));
	flow_stop(&flow);
}

#define SOLVERS 4

struct solver {
	pthread_t thread;
	struct flow *flow;
	atomic_bool *is_done;
	unsigned int solved, wrong;
};

/* Solves until it is told to stop. Without cmocka, which knows one thread. */
static void *run_solver(void *data)
{
	struct solver *solver = data;
	struct cen_machine *machine = solver->flow->machine;

	while (!atomic_load(solver->is_done)) {
		struct cen_plan_info info = {.size = sizeof(info)};
		struct cen_solution *solution = NULL;
		struct cen_request *request = NULL;
		const struct cen_device *device;
		const char *source, *text;

		if (cen_machine_find_device(machine, "/dev/video0", &device, NULL) == 0 &&
		    cen_request_create(machine, &request) == 0 && cen_request_set_size(request, 64, 64, NULL) == 0 &&
		    cen_request_add_usage(request, CEN_USAGE_CAPTURE, device, NULL) == 0 &&
		    cen_solve(request, 0, &solution, NULL) == 0 && cen_solution_get_plan(solution, 0)) {
			struct cen_plan *plan = cen_solution_get_plan(solution, 0);

			cen_plan_get_info(plan, &info);
			/* Its words are those of the map that it was solved by, whatever is in force by now. */
			solver->wrong +=
				cen_plan_get_rejection(plan, 0, &source, &text) < 0 || !strstr(text, info.source);
		} else {
			solver->wrong++;
		}
		cen_solution_unref(solution);
		cen_request_destroy(request);
		solver->solved++;
	}
	return NULL;
}

/* The map changes while others solve: each answer is of one map. */
static void test_threads(void **state)
{
	struct solver solvers[SOLVERS];
	atomic_bool is_done = false;
	struct flow flow;

	(void)state;
	flow_start(&flow, map_script);
	assert_int_equal(cen_context_set_log_handler(flow.ctx, CEN_LOG_ERROR, NULL, NULL), 0);
	set_map(flow.ctx, "camera=udmabuf");
	for (size_t i = 0; i < SOLVERS; i++) {
		solvers[i] = (struct solver){.flow = &flow, .is_done = &is_done};
		assert_int_equal(pthread_create(&solvers[i].thread, NULL, run_solver, &solvers[i]), 0);
	}
	for (int i = 0; i < 300; i++) {
		set_map(flow.ctx, i % 2 ? "camera=udmabuf" : "camera=gone,system");
		usleep(500);
	}
	atomic_store(&is_done, true);
	for (size_t i = 0; i < SOLVERS; i++) {
		pthread_join(solvers[i].thread, NULL);
		assert_true(solvers[i].solved > 0);
		assert_int_equal(solvers[i].wrong, 0);
	}
	flow_stop(&flow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_program),       cmocka_unit_test(test_names),
		cmocka_unit_test(test_device_names),  cmocka_unit_test(test_described),
		cmocka_unit_test(test_unknown_names), cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
