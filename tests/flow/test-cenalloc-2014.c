/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The constraint-aware allocator's RFC of October 2014, in its own order, and a test for each flaw that it had: the
 * finder that kept the last allocator, the missing fallback, the lock taken twice, the late device that nobody moved for.
 */
#include <pthread.h>

#include "life-scene.h"

/* Get the device, create, everybody attaches, the first map allocates, use, detach all, free at the last reference. */
static void test_sequence(void **state)
{
	struct cen_attachment *attachments[3];
	struct cen_buffer_plane plane;
	struct scene scene;

	(void)state;
	scene_start(&scene, scene_script, 0);
	attachments[0] = scene_attach_camera(&scene);
	attachments[1] = scene_attach(&scene, CEN_USAGE_TEXTURE, "/dev/fake-gpu");
	attachments[2] = scene_attach_display(&scene);
	assert_source(&scene, "");
	scene_map(attachments[0]);
	/* Merged: contiguous for the one, a stride of 256 for the other. */
	assert_source(&scene, "contiguous");
	assert_int_equal(cen_buffer_get_plane(scene.buffer, 0, &plane), 0);
	assert_int_equal(plane.stride, 768);
	scene_unmap(attachments[0]);
	for (int n = 0; n < 3; n++)
		scene_detach(attachments[n]);
	assert_int_equal(cen_buffer_get_violation_count(scene.buffer), 0);
	scene_stop(&scene);
}

/* An incompatible device is refused at attach, with the conflict, and those who are in stay in. */
static void test_incompatible(void **state)
{
	struct cen_attachment *camera, *odd = NULL;
	const struct cen_conflict *conflict;
	struct cen_error *err = NULL;
	struct scene scene;

	(void)state;
	scene_start(&scene, scene_script, 0);
	camera = scene_attach_camera(&scene);
	assert_int_equal(scene_try_attach(&scene, CEN_USAGE_SCANOUT, "/dev/fake-odd", &odd, &err), -EINVAL);
	assert_null(odd);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_CONFLICT);
	conflict = cen_error_get_conflict(err);
	assert_non_null(conflict);
	assert_int_equal(cen_conflict_get_usage_count(conflict), 2);
	assert_int_equal(cen_conflict_get_dimension(conflict), CEN_DIMENSION_FORMAT);
	assert_non_null(strstr(cen_error_get_message(err), "/dev/fake-odd"));
	assert_null(strchr(cen_error_get_message(err), '\n'));
	cen_error_destroy(err);
	scene_map(camera);
	scene_unmap(camera);
	scene_detach(camera);
	scene_stop(&scene);
}

/* "Which drivers will call map at the wrong time": reported with the device, the call and the caller, and counted. */
static void test_wrong_time(void **state)
{
	struct cen_attachment *display, *again;
	struct scene scene;

	(void)state;
	scene_start(&scene, scene_script, 0);
	assert_int_equal(cen_buffer_expect(scene.buffer, 2, NULL), 0);
	display = scene_attach_display(&scene);
	assert_int_equal(cen_attachment_try_map(display, CEN_DIRECTION_TO_DEVICE, NULL), -EBUSY);
	assert_int_equal(cen_buffer_get_violation_count(scene.buffer), 1);
	assert_logged(&scene.flow,
		      "warning order: /dev/fake-display (scanout): cen_attachment_try_map: it comes before "
		      "everybody who is expected has attached; called from test-flow-cenalloc-2014");
	assert_int_equal(cen_buffer_freeze(scene.buffer, NULL), 0);
	scene_map(display);
	again = scene_attach_display(&scene);
	assert_int_equal(cen_buffer_get_violation_count(scene.buffer), 2);
	assert_logged(&scene.flow,
		      "/dev/fake-display (scanout): cen_buffer_attach: it comes after the memory was made");
	assert_int_equal(cen_attachment_detach(display, NULL), -EBUSY);
	assert_logged(&scene.flow, "/dev/fake-display (scanout): cen_attachment_detach: it is still mapped");
	scene_unmap(display);
	assert_int_equal(cen_attachment_unmap(display, NULL), -EINVAL);
	assert_logged(&scene.flow, "/dev/fake-display (scanout): cen_attachment_unmap: it is not mapped");
	assert_int_equal(cen_buffer_get_violation_count(scene.buffer), 4);
	assert_int_equal(cen_context_get_violation_count(scene.flow.ctx), 4);
	scene_detach(again);
	scene_detach(display);
	scene_stop(&scene);
}

/* CPU access is refused before the first map, whether or not the CPU is attached; with it, it works. */
static void test_cpu_access(void **state)
{
	struct cen_cpu_map *map = NULL;
	struct cen_attachment *cpu;
	struct cen_error *err = NULL;
	struct scene scene;

	(void)state;
	scene_start(&scene, scene_script, 0);
	assert_int_equal(cen_buffer_map_cpu(scene.buffer, CEN_CPU_MAP_WRITE, &map, NULL), -EINVAL);
	assert_logged(&scene.flow, "cpu (cpu-read): cen_buffer_map_cpu: it comes before anybody has attached");
	cpu = scene_attach(&scene, CEN_USAGE_CPU_WRITE, "cpu");
	assert_int_equal(cen_buffer_map_cpu(scene.buffer, CEN_CPU_MAP_WRITE, &map, &err), -EINVAL);
	assert_error_says(err, "has to map it first");
	assert_logged(&scene.flow, "cpu (cpu-write): cen_buffer_map_cpu: it comes before the first map");
	assert_int_equal(cen_buffer_get_violation_count(scene.buffer), 2);
	scene_map(cpu);
	assert_int_equal(cen_buffer_map_cpu(scene.buffer, CEN_CPU_MAP_WRITE, &map, NULL), 0);
	cen_cpu_map_destroy(map);
	scene_unmap(cpu);
	scene_detach(cpu);
	scene_stop(&scene);
}

/* The finder kept the last of those that match, although they are sorted best first. */
static void test_best_not_last(void **state)
{
	static const char script[] = "device /dev/fake-display usages=scanout\n"
				     "cap /dev/fake-display scanout NV12 LINEAR\n"
				     "source precious cost=100\n"
				     "source plenty cost=10\n"
				     "source middling cost=50\n";
	struct cen_attachment *display;
	struct scene scene;

	(void)state;
	scene_start(&scene, script, 0);
	display = scene_attach_display(&scene);
	scene_map(display);
	assert_source(&scene, "plenty");
	scene_unmap(display);
	scene_detach(display);
	scene_stop(&scene);
}

/* There was no fallback when the chosen allocator failed. Here they are tried in their order until one delivers. */
static void test_fallback(void **state)
{
	static const char script[] = "device /dev/fake-display usages=scanout\n"
				     "cap /dev/fake-display scanout NV12 LINEAR\n"
				     "source first cost=10 fail-after=0\n"
				     "source second cost=20 fail-after=0\n"
				     "source third cost=30\n";
	struct cen_attachment *display;
	struct scene scene;

	(void)state;
	scene_start(&scene, script, 0);
	display = scene_attach_display(&scene);
	scene_map(display);
	assert_source(&scene, "third");
	assert_logged(&scene.flow, "plan 1 (first)");
	assert_logged(&scene.flow, "plan 2 (second)");
	scene_unmap(display);
	scene_detach(display);
	scene_stop(&scene);
}

/* All fail: the message names each, nothing is mapped, and the next map tries again. */
static void test_all_fail(void **state)
{
	static const char script[] = "device /dev/fake-display usages=scanout\n"
				     "cap /dev/fake-display scanout NV12 LINEAR\n"
				     "source first cost=10 fail-after=0\n"
				     "source second cost=20 fail-after=0\n";
	struct cen_attachment_info info = {.size = sizeof(info)};
	struct cen_attachment *display;
	struct cen_error *err = NULL;
	struct scene scene;

	(void)state;
	scene_start(&scene, script, 0);
	display = scene_attach_display(&scene);
	for (int n = 0; n < 2; n++) {
		assert_int_equal(cen_attachment_map(display, CEN_DIRECTION_BOTH, -1, &err), -ENOMEM);
		assert_int_equal(cen_error_get_code(err), CEN_ERROR_ALLOCATION);
		assert_non_null(strstr(cen_error_get_message(err), "(first)"));
		assert_error_says(err, "(second)");
	}
	assert_int_equal(cen_buffer_get_attachment_info(scene.buffer, 0, &info), 0);
	assert_int_equal(info.maps, 0);
	scene_detach(display);
	scene_stop(&scene);
}

/* One lock was taken twice instead of released: after every failure the buffer can be used by another thread. */
static void *attach_elsewhere(void *data)
{
	struct cen_attachment *attachment;
	struct scene *scene = data;

	if (scene_try_attach(scene, CEN_USAGE_SCANOUT, "/dev/fake-display", &attachment, NULL) < 0)
		return NULL;
	return cen_attachment_detach(attachment, NULL) == 0 ? data : NULL;
}

static void test_lock_released(void **state)
{
	struct cen_attachment *odd;
	struct scene scene;
	pthread_t thread;
	void *result;

	(void)state;
	scene_start(&scene, scene_script, 0);
	odd = scene_attach(&scene, CEN_USAGE_SCANOUT, "/dev/fake-odd");
	assert_int_equal(
		scene_try_attach(&scene, CEN_USAGE_CAPTURE, "/dev/fake-camera", &(struct cen_attachment *){NULL}, NULL),
		-EINVAL);
	scene_detach(odd);
	assert_int_equal(pthread_create(&thread, NULL, attach_elsewhere, &scene), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_ptr_equal(result, &scene);
	scene_stop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequence),      cmocka_unit_test(test_incompatible),
		cmocka_unit_test(test_wrong_time),    cmocka_unit_test(test_cpu_access),
		cmocka_unit_test(test_best_not_last), cmocka_unit_test(test_fallback),
		cmocka_unit_test(test_all_fail),      cmocka_unit_test(test_lock_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
