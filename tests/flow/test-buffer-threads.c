/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* One buffer, many threads: attach, map, look, unmap, detach at once, with moves in between. Meant for TSan, too. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "life-scene.h"

#define THREADS 8
#define ROUNDS 60

struct worker {
	struct scene *scene;
	const struct cen_device *device;
	uint32_t usage;
	int failures;
	pthread_t thread;
};

static void count_moved(struct cen_attachment *attachment, uint32_t generation, void *data)
{
	(void)attachment;
	(void)generation;
	atomic_fetch_add((atomic_uint *)data, 1);
}

/* Everybody else may be mapping just now: then who comes late is sent away. */
static bool is_acceptable(int ret)
{
	return ret == 0 || ret == -EBUSY;
}

static void use(struct worker *worker, struct cen_attachment *attachment)
{
	struct cen_buffer_object object;
	struct cen_buffer_plane plane;
	int ret = cen_attachment_map(attachment, CEN_DIRECTION_BOTH, -1, NULL);

	if (ret < 0) {
		worker->failures++;
		return;
	}
	/* While it is mapped the memory stays where it is, and is open. */
	if (cen_buffer_get_plane(worker->scene->buffer, 0, &plane) < 0 ||
	    cen_buffer_get_object(worker->scene->buffer, 0, &object) < 0 || plane.fd != object.fd ||
	    lseek(plane.fd, 0, SEEK_END) <= 0)
		worker->failures++;
	worker->failures += cen_attachment_unmap(attachment, NULL) < 0;
}

static void *work(void *data)
{
	struct worker *worker = data;
	static atomic_uint moves;

	for (int n = 0; n < ROUNDS; n++) {
		struct cen_attachment_info info = {.size = sizeof(info)};
		struct cen_attachment *attachment;
		int ret = cen_buffer_attach(worker->scene->buffer, worker->usage, worker->device, &attachment, NULL);

		worker->failures += !is_acceptable(ret);
		if (ret < 0)
			continue;
		cen_attachment_set_moved_handler(attachment, count_moved, &moves);
		cen_buffer_get_attachment_info(worker->scene->buffer, 0, &info);
		cen_buffer_get_generation(worker->scene->buffer);
		use(worker, attachment);
		worker->failures += cen_attachment_detach(attachment, NULL) < 0;
	}
	return NULL;
}

static void test_threads(void **state)
{
	static const struct {
		const char *path;
		uint32_t usage;
	} kinds[] = {
		{"/dev/fake-display", CEN_USAGE_SCANOUT},
		{"/dev/fake-gpu", CEN_USAGE_TEXTURE},
		{"/dev/fake-camera", CEN_USAGE_CAPTURE},
	};
	struct worker workers[THREADS];
	struct scene scene;

	(void)state;
	scene_start(&scene, scene_script, CEN_BUFFER_MIGRATE);
	cen_context_set_log_handler(scene.flow.ctx, CEN_LOG_ERROR, NULL, NULL);
	for (int n = 0; n < THREADS; n++) {
		workers[n] = (struct worker){
			.scene = &scene, .device = scene_find(&scene, kinds[n % 3].path), .usage = kinds[n % 3].usage};
		assert_int_equal(pthread_create(&workers[n].thread, NULL, work, &workers[n]), 0);
	}
	for (int n = 0; n < THREADS; n++) {
		assert_int_equal(pthread_join(workers[n].thread, NULL), 0);
		assert_int_equal(workers[n].failures, 0);
	}
	assert_in_range(cen_buffer_get_generation(scene.buffer), 1, THREADS * ROUNDS);
	scene_stop(&scene);
}

/* A map waits for the devices that are expected, and goes on as soon as the last one attaches. */
static void *map_early(void *data)
{
	struct cen_attachment *attachment = data;

	return cen_attachment_map(attachment, CEN_DIRECTION_TO_DEVICE, 20000, NULL) == 0 ? data : NULL;
}

static void test_map_waits(void **state)
{
	struct cen_attachment *display, *camera;
	struct scene scene;
	pthread_t thread;
	void *result;

	(void)state;
	scene_start(&scene, scene_script, 0);
	assert_int_equal(cen_buffer_expect(scene.buffer, 2, NULL), 0);
	display = scene_attach_display(&scene);
	assert_int_equal(pthread_create(&thread, NULL, map_early, display), 0);
	/* It has begun to wait once it is reported. */
	while (cen_buffer_get_violation_count(scene.buffer) == 0)
		sched_yield();
	assert_source(&scene, "");
	camera = scene_attach_camera(&scene);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_ptr_equal(result, display);
	assert_source(&scene, "contiguous");
	scene_unmap(display);
	scene_detach(display);
	scene_detach(camera);
	scene_stop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_map_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
