/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* From a script to buffers: solve, allocate, verify. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "balance.h"
#include "flow.h"

static struct cen_solution *solve_camera(struct flow *flow, uint32_t count)
{
	return flow_solve(flow, 640, 360, count, NV12, CEN_USAGE_CAPTURE, "/dev/fake-camera", CEN_USAGE_SCANOUT,
			  "/dev/fake-display");
}

static void check_buffer(struct cen_buffer *buffer)
{
	struct cen_buffer_object object;
	struct cen_buffer_plane plane;
	struct cen_buffer_info info = {.size = sizeof(info)};

	assert_int_equal(cen_buffer_get_info(buffer, &info), 0);
	assert_int_equal(info.fourcc, NV12);
	assert_int_equal(info.width, 640);
	assert_int_equal(info.height, 360);
	assert_int_equal(info.plane_count, 2);
	assert_int_equal(info.object_count, 1);
	assert_true(info.modifier == CEN_MODIFIER_LINEAR);
	info.size = sizeof(size_t);
	assert_int_equal(cen_buffer_get_info(buffer, &info), -EINVAL);
	assert_int_equal(cen_buffer_get_plane(buffer, 1, &plane), 0);
	assert_int_equal(plane.object, 0);
	assert_true(plane.stride >= 640 && plane.stride % 64 == 0);
	assert_true(plane.offset >= plane.stride * 360 && plane.size == plane.stride * 180);
	assert_int_equal(cen_buffer_get_plane(buffer, 2, &plane), -EINVAL);
	assert_int_equal(cen_buffer_get_object(buffer, 0, &object), 0);
	assert_int_equal(object.fd, plane.fd);
	assert_true(object.size >= plane.offset + plane.size);
	assert_int_equal(cen_buffer_get_object(buffer, 1, &object), -EINVAL);
}

static void test_allocate(void **state)
{
	struct cen_buffer *buffers[3];
	struct cen_buffer_object object;
	struct cen_solution *solution;
	struct cen_plan_info info = {.size = sizeof(info)};
	struct flow flow;
	struct stat st;
	size_t fds;
	int fd;

	(void)state;
	fds = balance_count_fds();
	flow_start(&flow, flow_camera_script);
	solution = solve_camera(&flow, 3);
	assert_true(cen_solution_get_plan_count(solution) > 0);
	assert_int_equal(cen_plan_get_info(cen_solution_get_plan(solution, 0), &info), 0);
	assert_string_equal(info.source, "contiguous");
	assert_int_equal(cen_plan_allocate(cen_solution_get_plan(solution, 0), 0, CEN_ALLOCATE_VERIFY, buffers, NULL),
			 0);
	cen_solution_unref(solution);
	/* Buffers need nothing of the library's other objects. */
	flow_stop(&flow);
	for (size_t n = 0; n < 3; n++)
		check_buffer(buffers[n]);
	assert_int_equal(cen_buffer_get_object(buffers[0], 0, &object), 0);
	fd = cen_buffer_dup_fd(buffers[0], 0);
	assert_true(fd >= 0);
	assert_int_equal(cen_buffer_dup_fd(buffers[0], 1), -EINVAL);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_ptr_equal(cen_buffer_ref(buffers[0]), buffers[0]);
	for (size_t n = 0; n < 3; n++)
		cen_buffer_unref(buffers[n]);
	check_buffer(buffers[0]);
	cen_buffer_unref(buffers[0]);
	cen_buffer_unref(NULL);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(st.st_ino == object.ino && st.st_dev == object.dev);
	close(fd);
	assert_true(balance_check_fds(fds));
}

static void test_cpu_verifies(void **state)
{
	struct cen_solution *solution;
	struct cen_buffer *buffer;
	struct flow flow;

	(void)state;
	flow_start(&flow, flow_camera_script);
	solution = flow_solve(&flow, 64, 64, 1, XR24, CEN_USAGE_CPU_WRITE, "cpu", CEN_USAGE_CPU_READ, "cpu");
	assert_int_equal(cen_plan_allocate(cen_solution_get_plan(solution, 0), 1, CEN_ALLOCATE_VERIFY, &buffer, NULL),
			 0);
	cen_buffer_unref(buffer);
	cen_solution_unref(solution);
	flow_stop(&flow);
}

static void test_vendor_layout(void **state)
{
	struct cen_buffer_plane first, second;
	struct cen_solution *solution;
	struct cen_buffer *buffer;
	struct flow flow;

	(void)state;
	flow_start(&flow, "device /dev/gpu usages=render\n"
			  "cap /dev/gpu render NV12 0x0100000000000002\n"
			  "source gpu exporter=/dev/gpu placement=system format=NV12:0x0100000000000002\n");
	solution = flow_solve(&flow, 100, 50, 1, NV12, CEN_USAGE_RENDER, "/dev/gpu", 0, NULL);
	assert_non_null(cen_solution_get_plan(solution, 0));
	assert_int_equal(cen_plan_allocate(cen_solution_get_plan(solution, 0), 1, CEN_ALLOCATE_VERIFY, &buffer, NULL),
			 0);
	assert_int_equal(cen_buffer_get_plane(buffer, 0, &first), 0);
	assert_int_equal(cen_buffer_get_plane(buffer, 1, &second), 0);
	assert_true(first.stride == 128 && first.offset == 0 && second.offset == 8192);
	assert_true(first.size == 8192 && second.size == 4096);
	cen_buffer_unref(buffer);
	cen_solution_unref(solution);
	flow_stop(&flow);
}

/* What the solver would not plan can be shown to a device all the same. */
static void test_try_import(void **state)
{
	const struct cen_device *camera, *display;
	struct cen_buffer *buffers[2] = {NULL, NULL};
	struct cen_solution *solution;
	struct cen_error *err = NULL;
	struct flow flow;
	size_t fds;

	(void)state;
	flow_start(&flow, "device /dev/camera usages=capture\ncap /dev/camera capture NV12 LINEAR segments=1\n"
			  "device /dev/display usages=scanout\ncap /dev/display scanout NV12 LINEAR\n"
			  "fail import EIO /dev/display\nsource scattered\n");
	solution = flow_solve(&flow, 640, 360, 1, NV12, CEN_USAGE_SCANOUT, "/dev/display", 0, NULL);
	assert_int_equal(cen_plan_allocate(cen_solution_get_plan(solution, 0), 2, 0, buffers, NULL), 0);
	camera = cen_machine_get_device(flow.machine, 0);
	display = cen_machine_get_device(flow.machine, 1);
	fds = balance_count_fds();
	assert_int_equal(cen_machine_try_import(flow.machine, camera, CEN_USAGE_CAPTURE, buffers, 2, &err), 0);
	assert_int_equal(cen_machine_try_import(flow.machine, display, CEN_USAGE_SCANOUT, buffers, 2, &err), -EIO);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_IMPORT);
	assert_string_equal(cen_error_get_device(err), "/dev/display");
	assert_true(cen_error_get_wanted(err) == 640 * 360 * 3 / 2 && cen_error_get_held(err) >= 640 * 360 * 3 / 2);
	assert_error_says(err, "refused buffer 0 of scattered for scanout");
	assert_int_equal(cen_machine_try_import(flow.machine, camera, CEN_USAGE_SCANOUT, buffers, 2, &err),
			 -EOPNOTSUPP);
	assert_error_says(err, "/dev/camera: nothing can try scanout");
	assert_int_equal(cen_machine_try_import(flow.machine, camera, 99, buffers, 2, &err), -EINVAL);
	assert_error_says(err, "99 is no usage");
	assert_int_equal(cen_machine_try_import(flow.machine, camera, CEN_USAGE_CAPTURE, buffers, 65, &err), -EINVAL);
	assert_error_says(err, "65 buffers: 1 to 64");
	assert_int_equal(cen_machine_try_import(flow.machine, camera, CEN_USAGE_CAPTURE, buffers, 0, &err), -EINVAL);
	assert_error_says(err, "0 buffers: 1 to 64");
	assert_int_equal(cen_machine_try_import(flow.machine, NULL, CEN_USAGE_CAPTURE, buffers, 2, &err), -ENODEV);
	assert_error_says(err, "not one of this machine");
	cen_buffer_unref(buffers[1]);
	buffers[1] = NULL;
	assert_int_equal(cen_machine_try_import(flow.machine, camera, CEN_USAGE_CAPTURE, buffers, 2, &err), -EINVAL);
	assert_error_says(err, "buffer 1 of 2 has no memory");
	assert_true(balance_check_fds(fds - 1));
	cen_buffer_unref(buffers[0]);
	cen_solution_unref(solution);
	flow_stop(&flow);
}

static void test_order_of_destruction(void **state)
{
	struct cen_solution *solution;
	struct cen_buffer *buffer;
	struct cen_plan *plan;
	struct flow flow;

	(void)state;
	flow_start(&flow, flow_camera_script);
	solution = solve_camera(&flow, 1);
	plan = cen_plan_ref(cen_solution_get_plan(solution, 0));
	cen_solution_unref(solution);
	cen_machine_destroy(flow.machine);
	cen_context_destroy(flow.ctx);
	assert_int_equal(cen_plan_allocate(plan, 1, 0, &buffer, NULL), 0);
	cen_plan_unref(plan);
	check_buffer(buffer);
	cen_buffer_unref(buffer);
	fake_set_script(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allocate),
		cmocka_unit_test(test_cpu_verifies),
		cmocka_unit_test(test_vendor_layout),
		cmocka_unit_test(test_try_import),
		cmocka_unit_test(test_order_of_destruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
