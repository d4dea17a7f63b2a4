/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Buffers that get their memory late: bad calls, moving with the contents, and every failing call on the way. */
#include <fcntl.h>
#include <stdatomic.h>
#include <unistd.h>

#include "fault.h"
#include "life-scene.h"

#define WIDTH 640u
#define HEIGHT 360u

static void test_bad_create(void **state)
{
	struct cen_buffer *buffer = (struct cen_buffer *)state;
	struct cen_request *request;
	struct cen_error *err = NULL;
	struct scene scene;

	scene_start(&scene, scene_script, 0);
	assert_int_equal(cen_request_create(scene.flow.machine, &request), 0);
	assert_int_equal(cen_buffer_create(request, 0, &buffer, &err), -EINVAL);
	assert_null(buffer);
	assert_error_says(err, "no size");
	assert_int_equal(cen_request_set_size(request, WIDTH, HEIGHT, NULL), 0);
	assert_int_equal(cen_buffer_create(request, 1u << 7, &buffer, &err), -EINVAL);
	assert_error_says(err, "the bits 0x80 are not known");
	assert_int_equal(cen_request_set_count(request, 2, NULL), 0);
	assert_int_equal(cen_buffer_create(request, 0, &buffer, &err), -EINVAL);
	assert_error_says(err, "for 2 buffers, not 1");
	assert_int_equal(cen_request_set_count(request, 1, NULL), 0);
	assert_int_equal(
		cen_request_add_usage(request, CEN_USAGE_SCANOUT, scene_find(&scene, "/dev/fake-display"), NULL), 0);
	assert_int_equal(cen_buffer_create(request, 0, &buffer, &err), -EINVAL);
	assert_error_says(err, "has 1 usages");
	cen_request_destroy(request);
	scene_stop(&scene);
}

static void test_bad_calls(void **state)
{
	struct cen_attachment_info small = {.size = 8};
	struct cen_buffer_memory memory = {.size = 8};
	struct cen_attachment *display, *none;
	struct cen_error *err = NULL;
	struct scene scene;

	(void)state;
	scene_start(&scene, scene_script, 0);
	assert_int_equal(cen_buffer_expect(scene.buffer, CEN_MAX_USAGES + 1, &err), -EINVAL);
	assert_error_says(err, "65 devices expected: at most 64");
	assert_int_equal(scene_try_attach(&scene, 99, "/dev/fake-display", &none, &err), -EINVAL);
	assert_error_says(err, "usage 99");
	assert_int_equal(scene_try_attach(&scene, CEN_USAGE_CURSOR, "/dev/fake-display", &none, &err), -EOPNOTSUPP);
	assert_error_says(err, "cannot be used for cursor");
	display = scene_attach_display(&scene);
	assert_int_equal(cen_attachment_map(display, 0, -1, &err), -EINVAL);
	assert_error_says(err, "direction 0");
	assert_int_equal(cen_attachment_map(display, 4, -1, &err), -EINVAL);
	assert_error_says(err, "direction 4");
	assert_int_equal(cen_buffer_get_attachment_info(scene.buffer, 0, &small), -EINVAL);
	assert_int_equal(cen_buffer_get_memory(scene.buffer, &memory), -EINVAL);
	assert_ptr_equal(cen_attachment_get_buffer(display), scene.buffer);
	scene_detach(display);
	scene_stop(&scene);
}

/* A buffer of cen_plan_allocate() has no life of its own; its memory is known all the same. */
static void test_eager(void **state)
{
	struct cen_buffer_memory memory = {.size = sizeof(memory)};
	struct cen_solution *solution;
	struct cen_attachment *none;
	struct cen_buffer *buffer;
	struct flow flow;

	(void)state;
	flow_start(&flow, flow_camera_script);
	solution = flow_solve(&flow, WIDTH, HEIGHT, 1, NV12, CEN_USAGE_CAPTURE, "/dev/fake-camera", 0, NULL);
	assert_int_equal(cen_plan_allocate(cen_solution_get_plan(solution, 0), 1, 0, &buffer, NULL), 0);
	assert_int_equal(
		cen_buffer_attach(buffer, CEN_USAGE_CAPTURE, cen_machine_get_device(flow.machine, 0), &none, NULL),
		-EINVAL);
	assert_int_equal(cen_buffer_expect(buffer, 1, NULL), -EINVAL);
	assert_int_equal(cen_buffer_freeze(buffer, NULL), -EINVAL);
	assert_int_equal(cen_buffer_get_generation(buffer), 1);
	assert_int_equal(cen_buffer_get_violation_count(buffer), 0);
	assert_int_equal(cen_buffer_get_attachment_info(buffer, 0, &(struct cen_attachment_info){.size = 1}), -EINVAL);
	assert_int_equal(cen_buffer_get_memory(buffer, &memory), 0);
	assert_string_equal(memory.source, "contiguous");
	assert_true(memory.segments == 1 && memory.placement == CEN_PLACEMENT_CMA && memory.is_mappable);
	cen_buffer_unref(buffer);
	cen_solution_unref(solution);
	flow_stop(&flow);
}

/* After a freeze nobody is waited for, and who comes then is late. */
static void test_freeze(void **state)
{
	struct cen_attachment *display, *camera;
	struct scene scene;

	(void)state;
	scene_start(&scene, scene_script, 0);
	assert_int_equal(cen_buffer_expect(scene.buffer, 5, NULL), 0);
	display = scene_attach_display(&scene);
	assert_int_equal(cen_buffer_freeze(scene.buffer, NULL), 0);
	assert_int_equal(cen_buffer_get_violation_count(scene.buffer), 0);
	camera = scene_attach_camera(&scene);
	assert_logged(&scene.flow, "it comes after the buffer was frozen");
	assert_int_equal(cen_attachment_try_map(display, CEN_DIRECTION_TO_DEVICE, NULL), 0);
	assert_source(&scene, "contiguous");
	scene_unmap(display);
	scene_detach(camera);
	scene_detach(display);
	scene_stop(&scene);
}

/* Who left before there was memory is not asked for any more. */
static void test_detach_relaxes(void **state)
{
	struct cen_attachment *display, *camera;
	struct scene scene;

	(void)state;
	scene_start(&scene, scene_script, 0);
	camera = scene_attach_camera(&scene);
	display = scene_attach_display(&scene);
	scene_detach(camera);
	scene_map(display);
	assert_source(&scene, "scattered");
	scene_unmap(display);
	scene_detach(display);
	scene_stop(&scene);
}

/* One that only the application knows. */
static void test_described(void **state)
{
	const struct cen_constraint wide = {.kind = CEN_CONSTRAINT_STRIDE_ALIGN, .value = 1024};
	struct cen_capability capability = {
		.size = sizeof(capability), .fourcc = NV12, .constraints = &wide, .constraint_count = 1};
	struct cen_attachment *display, *npu;
	struct cen_capabilities *caps;
	struct cen_buffer_plane plane;
	struct scene scene;

	(void)state;
	scene_start(&scene, scene_script, 0);
	assert_int_equal(cen_capabilities_create(&caps), 0);
	assert_int_equal(cen_capabilities_add(caps, &capability, NULL), 0);
	display = scene_attach_display(&scene);
	assert_int_equal(cen_buffer_attach_described(scene.buffer, CEN_USAGE_TEXTURE, "npu", caps, &npu, NULL), 0);
	cen_capabilities_unref(caps);
	scene_map(npu);
	assert_int_equal(cen_buffer_get_plane(scene.buffer, 0, &plane), 0);
	assert_int_equal(plane.stride, 1024);
	scene_unmap(npu);
	scene_detach(npu);
	scene_detach(display);
	scene_stop(&scene);
}

/* A pattern that says which plane, row and byte it is. */
static uint8_t pattern(uint32_t plane, uint32_t row, uint64_t byte)
{
	return (uint8_t)(plane * 131 + row * 31 + byte * 7 + 5);
}

static void use_pattern(struct cen_buffer *buffer, bool is_check)
{
	struct cen_error *err = NULL;
	CEN_CPU_MAP_SCOPE(map, buffer, is_check ? CEN_CPU_MAP_READ : CEN_CPU_MAP_WRITE, &err);

	assert_non_null(map);
	for (uint32_t p = 0; p < 2; p++) {
		struct cen_cpu_map_plane plane = {.size = sizeof(plane)};

		assert_int_equal(cen_cpu_map_get_plane(map, p, &plane), 0);
		assert_int_equal(plane.rows, p ? HEIGHT / 2 : HEIGHT);
		for (uint32_t row = 0; row < plane.rows; row++) {
			uint8_t *bytes = (uint8_t *)plane.data + row * plane.stride;

			for (uint64_t byte = 0; byte < WIDTH; byte++) {
				if (!is_check)
					bytes[byte] = pattern(p, row, byte);
				else if (bytes[byte] != pattern(p, row, byte))
					fail_msg("plane %u, row %u, byte %ju is lost", p, row, (uintmax_t)byte);
			}
		}
	}
}

struct moved {
	struct scene *scene;
	int old_fd;
	uint32_t count, generation;
	bool had_old, had_new;
	int nested;
};

static void on_moved(struct cen_attachment *attachment, uint32_t generation, void *data)
{
	struct cen_attachment *none;
	struct cen_buffer_plane plane;
	struct moved *moved = data;

	moved->count++;
	moved->generation = generation;
	moved->had_old = fcntl(moved->old_fd, F_GETFD) >= 0;
	moved->had_new = cen_buffer_get_plane(cen_attachment_get_buffer(attachment), 0, &plane) == 0 &&
			 plane.fd != moved->old_fd;
	moved->nested = scene_try_attach(moved->scene, CEN_USAGE_SCANOUT, "/dev/fake-display", &none, NULL);
}

/* The 2014 text had no migration: here contents go along, row by row, and every holder hears of it. */
static void test_migrate(void **state)
{
	struct cen_attachment *display, *gpu, *camera;
	struct cen_buffer_plane before, after;
	struct moved moved = {0};
	struct scene scene;
	int kept;

	(void)state;
	scene_start(&scene, scene_script, CEN_BUFFER_MIGRATE);
	display = scene_attach_display(&scene);
	scene_map(display);
	use_pattern(scene.buffer, false);
	scene_unmap(display);
	assert_int_equal(cen_buffer_get_plane(scene.buffer, 0, &before), 0);
	assert_source(&scene, "scattered");
	kept = cen_buffer_dup_fd(scene.buffer, 0);
	moved = (struct moved){.scene = &scene, .old_fd = before.fd};
	cen_attachment_set_moved_handler(display, on_moved, &moved);
	/* Wider rows, then other memory: twice it moves. */
	gpu = scene_attach(&scene, CEN_USAGE_TEXTURE, "/dev/fake-gpu");
	assert_true(moved.count == 1 && moved.generation == 2 && moved.had_old && moved.had_new);
	assert_int_equal(moved.nested, -EDEADLK);
	assert_int_equal(cen_buffer_get_plane(scene.buffer, 0, &after), 0);
	assert_int_equal(after.stride, 768);
	use_pattern(scene.buffer, true);
	cen_attachment_set_moved_handler(display, NULL, NULL);
	camera = scene_attach_camera(&scene);
	assert_source(&scene, "contiguous");
	assert_int_equal(cen_buffer_get_generation(scene.buffer), 3);
	assert_int_equal(moved.count, 1);
	use_pattern(scene.buffer, true);
	/* An fd that was handed out keeps the old memory, as it was. */
	assert_int_equal(lseek(kept, 0, SEEK_END) > 0, 1);
	close(kept);
	scene_detach(camera);
	scene_detach(gpu);
	scene_detach(display);
	scene_stop(&scene);
}

static void test_migrate_refused(void **state)
{
	struct cen_attachment *display, *none = NULL;
	struct cen_error *err = NULL;
	struct scene scene;

	(void)state;
	scene_start(&scene, scene_script, CEN_BUFFER_MIGRATE);
	display = scene_attach_display(&scene);
	scene_map(display);
	assert_int_equal(scene_try_attach(&scene, CEN_USAGE_CAPTURE, "/dev/fake-camera", &none, &err), -EBUSY);
	assert_error_says(err, "would have to move, and /dev/fake-display (scanout) maps it");
	scene_unmap(display);
	/* What no memory could serve is no matter of moving. */
	assert_int_equal(scene_try_attach(&scene, CEN_USAGE_SCANOUT, "/dev/fake-odd", &none, &err), -EINVAL);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_CONFLICT);
	cen_error_destroy(err);
	assert_null(none);
	assert_int_equal(cen_buffer_get_generation(scene.buffer), 1);
	assert_source(&scene, "scattered");
	scene_detach(display);
	scene_stop(&scene);
}

/* Moving does not change what the pixels are. */
static void test_migrate_keeps_format(void **state)
{
	static const char script[] = "device /dev/fake-any usages=texture\n"
				     "cap /dev/fake-any texture NV12 LINEAR\n"
				     "cap /dev/fake-any texture XR24 LINEAR\n"
				     "device /dev/fake-nv12 usages=scanout\n"
				     "cap /dev/fake-nv12 scanout NV12 LINEAR stride-align=4096\n"
				     "device /dev/fake-xr24 usages=scanout\n"
				     "cap /dev/fake-xr24 scanout XR24 LINEAR stride-align=4096\n"
				     "source pages\n";
	struct cen_buffer_info info = {.size = sizeof(info)};
	struct cen_attachment *any, *none;
	struct cen_error *err = NULL;
	struct scene scene;
	bool is_nv12;

	(void)state;
	scene_start(&scene, script, CEN_BUFFER_MIGRATE);
	any = scene_attach(&scene, CEN_USAGE_TEXTURE, "/dev/fake-any");
	scene_map(any);
	scene_unmap(any);
	assert_int_equal(cen_buffer_get_info(scene.buffer, &info), 0);
	is_nv12 = info.fourcc == NV12;
	assert_int_equal(
		scene_try_attach(&scene, CEN_USAGE_SCANOUT, is_nv12 ? "/dev/fake-xr24" : "/dev/fake-nv12", &none, &err),
		-EINVAL);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_CONFLICT);
	cen_error_destroy(err);
	scene_detach(scene_attach(&scene, CEN_USAGE_SCANOUT, is_nv12 ? "/dev/fake-nv12" : "/dev/fake-xr24"));
	assert_int_equal(cen_buffer_get_generation(scene.buffer), 2);
	scene_detach(any);
	scene_stop(&scene);
}

/* A device that refuses what the numbers promise: found before it is used, and again when one comes late. */
static void test_verify(void **state)
{
	static const char script[] = "device /dev/fake-camera usages=capture\n"
				     "cap /dev/fake-camera capture NV12 LINEAR\n"
				     "device /dev/fake-display usages=scanout\n"
				     "cap /dev/fake-display scanout NV12 LINEAR\n"
				     "fail import EINVAL /dev/fake-display\n"
				     "source pages\n";
	struct cen_attachment *display, *camera;
	struct cen_error *err = NULL;
	struct scene scene;

	(void)state;
	scene_start(&scene, script, CEN_BUFFER_VERIFY);
	display = scene_attach_display(&scene);
	assert_int_equal(cen_attachment_map(display, CEN_DIRECTION_BOTH, -1, &err), -EINVAL);
	assert_error_says(err, "/dev/fake-display refused buffer 0 of pages");
	scene_detach(display);
	camera = scene_attach_camera(&scene);
	scene_map(camera);
	scene_unmap(camera);
	assert_int_equal(scene_try_attach(&scene, CEN_USAGE_SCANOUT, "/dev/fake-display", &display, &err), -EBUSY);
	assert_error_says(err, "there is memory already, and /dev/fake-display refused");
	scene_detach(camera);
	scene_stop(&scene);
}

/* The attachments keep the buffer, the last of all frees the memory; an fd that was handed out keeps it longer. */
static void test_last_reference(void **state)
{
	struct cen_attachment *display;
	struct scene scene;
	int fd;

	(void)state;
	scene_start(&scene, scene_script, 0);
	display = scene_attach_display(&scene);
	cen_buffer_unref(scene.buffer);
	scene_map(display);
	fd = cen_buffer_dup_fd(cen_attachment_get_buffer(display), 0);
	assert_true(fd >= 0);
	scene_unmap(display);
	scene_detach(display);
	scene.buffer = NULL;
	assert_true(lseek(fd, 0, SEEK_END) >= (off_t)(WIDTH * HEIGHT * 3 / 2));
	close(fd);
	scene_stop(&scene);
}

/* The whole life with a migration; without cmocka, so that nothing stays behind. Returns 0 or the first failure. */
static int attach_path(struct cen_machine *machine, struct cen_buffer *buffer, uint32_t usage, const char *path,
		       struct cen_attachment **out)
{
	const struct cen_device *device;
	struct cen_error *err = NULL;
	int ret = cen_machine_find_device(machine, path, &device, &err);

	*out = NULL;
	if (ret == 0)
		ret = cen_buffer_attach(buffer, usage, device, out, &err);
	cen_error_destroy(err);
	return ret;
}

static int live(struct cen_machine *machine, struct cen_buffer *buffer)
{
	struct cen_attachment *display = NULL, *camera = NULL;
	struct cen_error *err = NULL;
	int ret = attach_path(machine, buffer, CEN_USAGE_SCANOUT, "/dev/fake-display", &display);

	if (ret == 0) {
		ret = cen_attachment_map(display, CEN_DIRECTION_BOTH, -1, &err);
		if (ret == 0)
			cen_attachment_unmap(display, NULL);
	}
	if (ret == 0)
		ret = attach_path(machine, buffer, CEN_USAGE_CAPTURE, "/dev/fake-camera", &camera);
	if (ret == 0 && cen_buffer_get_generation(buffer) != 2)
		ret = -EPROTO;
	if (camera)
		cen_attachment_detach(camera, NULL);
	if (display)
		cen_attachment_detach(display, NULL);
	cen_error_destroy(err);
	return ret;
}

static int run_life(struct cen_machine *machine)
{
	struct cen_request *request = NULL;
	struct cen_buffer *buffer = NULL;
	struct cen_error *err = NULL;
	int ret = cen_request_create(machine, &request);

	if (ret == 0)
		ret = cen_request_set_size(request, WIDTH, HEIGHT, &err);
	if (ret == 0)
		ret = cen_request_add_format(request, NV12, &err);
	if (ret == 0)
		ret = cen_buffer_create(request, CEN_BUFFER_MIGRATE, &buffer, &err);
	if (ret == 0)
		ret = live(machine, buffer);
	cen_buffer_unref(buffer);
	cen_request_destroy(request);
	cen_error_destroy(err);
	return ret;
}

static void test_faults(void **state)
{
	struct flow flow;
	unsigned long n;

	(void)state;
	flow_start(&flow, scene_script);
	/* One source alone per need: a failed call has no other way out. */
	assert_int_equal(run_life(flow.machine), 0);
	for (n = 1; n < 20000; n++) {
		size_t alive = fault_alive(), fds = balance_count_fds();
		int ret;

		fault_arm(FAULT_ALL, n);
		ret = run_life(flow.machine);
		if (!fault_disarm()) {
			assert_int_equal(ret, 0);
			break;
		}
		assert_int_equal(fault_alive(), alive);
		assert_true(balance_check_fds(fds));
	}
	assert_in_range(n, 50, 19999);
	flow_stop(&flow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_create),
		cmocka_unit_test(test_bad_calls),
		cmocka_unit_test(test_eager),
		cmocka_unit_test(test_freeze),
		cmocka_unit_test(test_detach_relaxes),
		cmocka_unit_test(test_described),
		cmocka_unit_test(test_migrate),
		cmocka_unit_test(test_migrate_refused),
		cmocka_unit_test(test_migrate_keeps_format),
		cmocka_unit_test(test_verify),
		cmocka_unit_test(test_last_reference),
		cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
