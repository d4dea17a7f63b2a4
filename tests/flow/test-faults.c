/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Every n-th call of the whole way fails in turn; file descriptors and memory are back where they were. */
#include <errno.h>

#include "balance.h"
#include "fault.h"
#include "flow.h"

/* More than the way has calls: a sweep that does not end would be a bug. */
#define SWEEP_MAX 20000

static const char *script_text;
static const struct cen_backend *fake;

/* Without cmocka: an assertion would leave what is alive behind. Returns 0 or the first failure. */
static int add_usage(struct cen_machine *machine, struct cen_request *request, uint32_t usage, const char *path)
{
	const struct cen_device *device;
	struct cen_error *err = NULL;
	int ret = cen_machine_find_device(machine, path, &device, &err);

	if (ret == 0)
		ret = cen_request_add_usage(request, usage, device, &err);
	cen_error_destroy(err);
	return ret;
}

static int run_request(struct cen_request *request, struct cen_machine *machine)
{
	struct cen_buffer *buffers[2] = {NULL, NULL};
	struct cen_solution *solution = NULL;
	struct cen_error *err = NULL;
	int ret = cen_request_set_size(request, 640, 360, NULL);

	if (ret == 0)
		ret = cen_request_add_format(request, NV12, &err);
	if (ret == 0)
		ret = add_usage(machine, request, CEN_USAGE_CAPTURE, "/dev/fake-camera");
	if (ret == 0)
		ret = add_usage(machine, request, CEN_USAGE_SCANOUT, "/dev/fake-display");
	if (ret == 0)
		ret = cen_solve(request, 0, &solution, &err);
	if (ret == 0 && !cen_solution_get_plan(solution, 0))
		ret = -ENOENT;
	if (ret == 0)
		ret = cen_plan_allocate(cen_solution_get_plan(solution, 0), 2, 0, buffers, &err);
	if (ret == 0)
		ret = cen_machine_try_import(machine, cen_machine_get_device(machine, 0), CEN_USAGE_CAPTURE, buffers, 2,
					     &err);
	for (size_t n = 0; n < 2; n++)
		cen_buffer_unref(buffers[n]);
	cen_solution_unref(solution);
	cen_error_destroy(err);
	return ret;
}

static int run_way(void)
{
	struct cen_machine *machine = NULL;
	struct cen_request *request = NULL;
	struct cen_context *ctx = NULL;
	struct cen_error *err = NULL;
	int ret;

	fake_set_script(script_text);
	ret = cen_context_create(CEN_CONTEXT_NO_PLUGINS, &ctx, &err);
	if (ret == 0)
		ret = cen_context_add_backend_dir(ctx, "/nowhere", &err);
	if (ret == 0)
		ret = cen_context_add_backend(ctx, fake, &err);
	if (ret == 0)
		ret = cen_machine_create_live(ctx, 0, &machine, &err);
	if (ret == 0)
		ret = cen_request_create(machine, &request);
	if (ret == 0)
		ret = run_request(request, machine);
	cen_request_destroy(request);
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
	cen_error_destroy(err);
	return ret;
}

static void sweep(unsigned int kinds, bool must_fail)
{
	unsigned long n;

	assert_int_equal(run_way(), 0);
	for (n = 1; n < SWEEP_MAX; n++) {
		size_t alive = fault_alive(), fds = balance_count_fds();
		int ret;

		fault_arm(kinds, n);
		ret = run_way();
		if (!fault_disarm()) {
			assert_int_equal(ret, 0);
			break;
		}
		if (must_fail && ret == 0)
			fail_msg("call %lu failed and nobody noticed", n);
		assert_int_equal(fault_alive(), alive);
		assert_true(balance_check_fds(fds));
	}
	assert_true(n < SWEEP_MAX);
	if (must_fail)
		assert_true(n > 1);
}

static void test_memory(void **state)
{
	(void)state;
	script_text = flow_camera_script;
	sweep(FAULT_MEMORY, true);
}

static void test_descriptors(void **state)
{
	(void)state;
	script_text = flow_camera_script;
	sweep(FAULT_FD, true);
}

static void test_everything(void **state)
{
	(void)state;
	script_text = flow_camera_script;
	sweep(FAULT_ALL, true);
}

/* A conflict takes another way through the solver. */
static void test_conflict(void **state)
{
	(void)state;
	script_text = "device /dev/fake-camera usages=capture\n"
		      "cap /dev/fake-camera capture NV12 LINEAR segments=1\n"
		      "device /dev/fake-display usages=scanout\n"
		      "cap /dev/fake-display scanout NV12 LINEAR\n"
		      "source scattered\n";
	for (unsigned long n = 1; n < SWEEP_MAX; n++) {
		size_t alive = fault_alive(), fds = balance_count_fds();
		bool fired;
		int ret;

		fault_arm(FAULT_ALL, n);
		ret = run_way();
		fired = fault_disarm();
		assert_int_not_equal(ret, 0);
		assert_int_equal(fault_alive(), alive);
		assert_true(balance_check_fds(fds));
		if (!fired) {
			assert_int_equal(ret, -ENOENT);
			return;
		}
	}
	fail_msg("the sweep did not end");
}

static int set_up(void **state)
{
	(void)state;
	return cen_backend_entry_v1_fake(CEN_BACKEND_ABI, &fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_conflict),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
