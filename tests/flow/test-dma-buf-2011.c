/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The dma-buf RFC of December 2011, in its own order: attach declares, the first map may allocate, detach ends. And what
 * its review asked for: see who is using what, a map that does not block, an answer when nobody attached.
 */
#include "life-scene.h"

/* attach; map, DMA, unmap; map, DMA, unmap; ...; detach. */
static void test_sequence(void **state)
{
	struct cen_attachment *camera, *display;
	struct cen_buffer_plane plane;
	struct scene scene;

	(void)state;
	scene_start(&scene, scene_script, 0);
	camera = scene_attach_camera(&scene);
	display = scene_attach_display(&scene);
	assert_int_equal(cen_buffer_get_plane(scene.buffer, 0, &plane), -EINVAL);
	assert_int_equal(cen_buffer_get_generation(scene.buffer), 0);
	for (int frame = 0; frame < 3; frame++) {
		assert_int_equal(cen_attachment_map(camera, CEN_DIRECTION_FROM_DEVICE, -1, NULL), 0);
		assert_int_equal(cen_buffer_get_plane(scene.buffer, 0, &plane), 0);
		assert_true(plane.fd > 2 && plane.stride == 640);
		scene_unmap(camera);
		assert_int_equal(cen_attachment_map(display, CEN_DIRECTION_TO_DEVICE, -1, NULL), 0);
		scene_unmap(display);
	}
	/* The same memory all the time, and memory that suits both. */
	assert_int_equal(cen_buffer_get_generation(scene.buffer), 1);
	assert_source(&scene, "contiguous");
	assert_int_equal(cen_buffer_get_violation_count(scene.buffer), 0);
	scene_detach(camera);
	scene_detach(display);
	scene_stop(&scene);
}

/* With several importers the exporter waits until the first map, in case one of them has stricter needs. */
static void test_stricter_last(void **state)
{
	struct cen_attachment *display, *camera;
	struct scene scene;

	(void)state;
	scene_start(&scene, scene_script, 0);
	display = scene_attach_display(&scene);
	camera = scene_attach_camera(&scene);
	scene_map(display);
	assert_source(&scene, "contiguous");
	scene_unmap(display);
	scene_detach(display);
	scene_detach(camera);
	scene_stop(&scene);
}

/* -EBUSY: storage is already allocated and does not fit the newcomer; it goes on as it is. */
static void test_busy(void **state)
{
	struct cen_attachment *display, *camera = NULL;
	struct cen_buffer_object before, after;
	struct cen_error *err = NULL;
	struct scene scene;

	(void)state;
	scene_start(&scene, scene_script, 0);
	display = scene_attach_display(&scene);
	scene_map(display);
	assert_source(&scene, "scattered");
	assert_int_equal(cen_buffer_get_object(scene.buffer, 0, &before), 0);
	assert_int_equal(scene_try_attach(&scene, CEN_USAGE_CAPTURE, "/dev/fake-camera", &camera, &err), -EBUSY);
	assert_null(camera);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_BUSY);
	assert_error_says(err, "there is memory already (from scattered), and /dev/fake-camera (capture) requires "
			       "contiguous memory (queried)");
	assert_int_equal(cen_buffer_get_object(scene.buffer, 0, &after), 0);
	assert_int_equal(before.ino, after.ino);
	scene_unmap(display);
	scene_detach(display);
	scene_stop(&scene);
}

/* A newcomer that the memory happens to suit is welcome at any time. */
static void test_late_and_fitting(void **state)
{
	struct cen_attachment *camera, *display;
	struct scene scene;

	(void)state;
	scene_start(&scene, scene_script, 0);
	camera = scene_attach_camera(&scene);
	scene_map(camera);
	display = scene_attach_display(&scene);
	scene_map(display);
	assert_int_equal(cen_buffer_get_generation(scene.buffer), 1);
	scene_unmap(display);
	scene_unmap(camera);
	scene_detach(display);
	scene_detach(camera);
	scene_stop(&scene);
}

/* "So you can see who is using what." */
static void test_who(void **state)
{
	struct cen_attachment_info info = {.size = sizeof(info)};
	struct cen_attachment *camera, *display;
	struct scene scene;

	(void)state;
	scene_start(&scene, scene_script, 0);
	camera = scene_attach_camera(&scene);
	display = scene_attach_display(&scene);
	scene_map(display);
	assert_int_equal(cen_buffer_get_attachment_info(scene.buffer, 0, &info), 0);
	assert_string_equal(info.name, "/dev/fake-camera");
	assert_true(info.usage == CEN_USAGE_CAPTURE && info.maps == 0 && info.direction == 0);
	assert_int_equal(cen_buffer_get_attachment_info(scene.buffer, 1, &info), 0);
	assert_string_equal(info.name, "/dev/fake-display");
	assert_true(info.usage == CEN_USAGE_SCANOUT && info.maps == 1 && info.direction == CEN_DIRECTION_BOTH);
	assert_int_equal(cen_buffer_get_attachment_info(scene.buffer, 2, &info), -EINVAL);
	scene_detach(camera);
	assert_int_equal(cen_buffer_get_attachment_info(scene.buffer, 0, &info), 0);
	assert_string_equal(info.name, "/dev/fake-display");
	scene_unmap(display);
	scene_detach(display);
	assert_int_equal(cen_buffer_get_attachment_info(scene.buffer, 0, &info), -EINVAL);
	scene_stop(&scene);
}

/* The return code when nobody attached, and a map that returns at once instead of blocking. */
static void test_asked_in_review(void **state)
{
	struct cen_attachment *display;
	struct cen_error *err = NULL;
	struct scene scene;

	(void)state;
	scene_start(&scene, scene_script, 0);
	assert_int_equal(cen_attachment_map(NULL, CEN_DIRECTION_BOTH, -1, &err), -EINVAL);
	assert_error_says(err, "no attachment");
	assert_int_equal(cen_buffer_expect(scene.buffer, 2, NULL), 0);
	display = scene_attach_display(&scene);
	assert_int_equal(cen_attachment_try_map(display, CEN_DIRECTION_TO_DEVICE, &err), -EBUSY);
	assert_error_says(err, "2 devices are expected, attached: /dev/fake-display (scanout)");
	assert_int_equal(cen_attachment_map(display, CEN_DIRECTION_TO_DEVICE, 20, &err), -ETIMEDOUT);
	assert_error_says(err, "2 devices are expected");
	assert_source(&scene, "");
	scene_detach(display);
	scene_stop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequence), cmocka_unit_test(test_stricter_last),
		cmocka_unit_test(test_busy),     cmocka_unit_test(test_late_and_fitting),
		cmocka_unit_test(test_who),      cmocka_unit_test(test_asked_in_review),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
