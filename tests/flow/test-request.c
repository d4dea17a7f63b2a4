/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a request says beside devices: copies, and a described device that changes its mind. */
#include <errno.h>

#include "fault.h"
#include "flow.h"

static struct cen_capabilities *make_caps(uint32_t fourcc)
{
	const struct cen_capability capability = {.size = sizeof(capability), .fourcc = fourcc};
	struct cen_capabilities *caps;

	assert_int_equal(cen_capabilities_create(&caps), 0);
	assert_int_equal(cen_capabilities_add(caps, &capability, NULL), 0);
	return caps;
}

/* A camera and a surface that takes one format. */
static struct cen_request *make_request(struct flow *flow, uint32_t fourcc)
{
	struct cen_capabilities *caps = make_caps(fourcc);
	const struct cen_device *camera;
	struct cen_request *request;

	assert_int_equal(cen_request_create(flow->machine, &request), 0);
	assert_int_equal(cen_request_set_size(request, 640, 360, NULL), 0);
	assert_int_equal(cen_machine_find_device(flow->machine, "/dev/fake-camera", &camera, NULL), 0);
	assert_int_equal(cen_request_add_usage(request, CEN_USAGE_CAPTURE, camera, NULL), 0);
	assert_int_equal(cen_request_add_described(request, CEN_USAGE_TEXTURE, "surface", caps, NULL), 0);
	cen_capabilities_unref(caps);
	return request;
}

static struct cen_solution *solve(struct cen_request *request)
{
	struct cen_solution *solution;

	assert_int_equal(cen_solve(request, 0, &solution, NULL), 0);
	return solution;
}

static struct cen_plan_info get_info(const struct cen_solution *solution)
{
	struct cen_plan_info info = {.size = sizeof(info)};

	assert_non_null(cen_solution_get_plan(solution, 0));
	assert_int_equal(cen_plan_get_info(cen_solution_get_plan(solution, 0), &info), 0);
	return info;
}

static void check_reason(struct cen_request *request, uint32_t copies, const char *text)
{
	struct cen_solution *solution = solve(request);
	const struct cen_plan *plan = cen_solution_get_plan(solution, 0);
	bool found = false;

	assert_int_equal(get_info(solution).copies, copies);
	for (size_t n = 0; n < cen_plan_get_reason_count(plan); n++)
		found = found || strcmp(cen_plan_get_reason(plan, n), text) == 0;
	if (!found)
		fail_msg("no reason says \"%s\"", text);
	cen_solution_unref(solution);
}

static void test_copies(void **state)
{
	struct cen_request *request;
	struct cen_error *err = NULL;
	struct flow flow;
	char note[] = "into wl_shm";

	(void)state;
	flow_start(&flow, flow_camera_script);
	request = make_request(&flow, NV12);
	check_reason(request, 0, "zero copy: one buffer serves every usage");
	assert_int_equal(cen_request_set_copies(request, 1, note, NULL), 0);
	note[0] = 'I'; /* it was copied */
	check_reason(request, 1, "copied once per frame: into wl_shm");
	assert_int_equal(cen_request_set_copies(request, 17, note, &err), -EINVAL);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_ARGUMENT);
	assert_error_says(err, "copies 17: a frame is copied 0 to 16 times");
	check_reason(request, 1, "copied once per frame: into wl_shm");
	assert_int_equal(cen_request_set_copies(request, 16, NULL, NULL), 0);
	check_reason(request, 16, "copied 16 times per frame");
	assert_int_equal(cen_request_set_copies(request, 0, "nothing", NULL), 0);
	check_reason(request, 0, "zero copy: one buffer serves every usage");
	cen_request_destroy(request);
	flow_stop(&flow);
}

/* The words live as long as the plan, not as the request. */
static void test_copies_outlive(void **state)
{
	struct cen_request *request;
	struct cen_solution *solution;
	struct flow flow;
	struct cen_plan *plan;

	(void)state;
	flow_start(&flow, flow_camera_script);
	request = make_request(&flow, NV12);
	assert_int_equal(cen_request_set_copies(request, 2, "scaled", NULL), 0);
	solution = solve(request);
	plan = cen_plan_ref(cen_solution_get_plan(solution, 0));
	cen_solution_unref(solution);
	cen_request_destroy(request);
	assert_true(cen_plan_get_reason_count(plan) > 0);
	for (size_t n = 0; n < cen_plan_get_reason_count(plan); n++)
		assert_string_not_equal(cen_plan_get_reason(plan, n), "zero copy: one buffer serves every usage");
	cen_plan_unref(plan);
	flow_stop(&flow);
}

static void test_replace(void **state)
{
	struct cen_capabilities *caps = make_caps(XR24);
	const struct cen_capability more = {.size = sizeof(more), .fourcc = NV12};
	struct cen_solution *solution;
	struct cen_request *request;
	struct cen_error *err = NULL;
	struct flow flow;

	(void)state;
	flow_start(&flow, flow_camera_script);
	request = make_request(&flow, NV12);
	solution = solve(request);
	assert_int_equal(get_info(solution).fourcc, NV12);
	assert_int_equal(cen_request_replace_described(request, CEN_USAGE_TEXTURE, "surface", caps, NULL), 0);
	assert_int_equal(cen_capabilities_add(caps, &more, NULL), -EBUSY);
	/* The same again is no end of it. */
	assert_int_equal(cen_request_replace_described(request, CEN_USAGE_TEXTURE, "surface", caps, NULL), 0);
	/* A plan keeps what it was made of. */
	assert_true(cen_plan_get_reason_count(cen_solution_get_plan(solution, 0)) > 0);
	cen_solution_unref(solution);
	solution = solve(request);
	assert_int_equal(get_info(solution).fourcc, XR24);
	cen_solution_unref(solution);
	/* Another name, another usage, and a device of the machine. */
	assert_int_equal(cen_request_replace_described(request, CEN_USAGE_TEXTURE, "window", caps, &err), -ENODEV);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_UNKNOWN_DEVICE);
	assert_error_says(err, "window: no device of this name is described in the request for texture");
	assert_int_equal(cen_request_replace_described(request, CEN_USAGE_SCANOUT, "surface", caps, NULL), -ENODEV);
	assert_int_equal(cen_request_replace_described(request, CEN_USAGE_CAPTURE, "/dev/fake-camera", caps, NULL),
			 -ENODEV);
	assert_int_equal(cen_request_replace_described(request, 99, "surface", caps, NULL), -ENODEV);
	cen_capabilities_unref(caps);
	cen_request_destroy(request);
	flow_stop(&flow);
}

static void test_faults(void **state)
{
	struct cen_request *request;
	struct flow flow;
	bool fired = true;

	(void)state;
	flow_start(&flow, flow_camera_script);
	request = make_request(&flow, NV12);
	assert_int_equal(cen_request_set_copies(request, 1, "first", NULL), 0);
	for (unsigned long n = 1; fired; n++) {
		size_t alive = fault_alive();
		int ret;

		fault_arm(FAULT_MEMORY, n);
		ret = cen_request_set_copies(request, 2, "a note that is longer than the first", NULL);
		fired = fault_disarm();
		assert_int_equal(ret, fired ? -ENOMEM : 0);
		assert_int_equal(fault_alive(), alive);
		if (fired)
			check_reason(request, 1, "copied once per frame: first");
	}
	check_reason(request, 2, "copied 2 times per frame: a note that is longer than the first");
	cen_request_destroy(request);
	flow_stop(&flow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_copies_outlive),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
