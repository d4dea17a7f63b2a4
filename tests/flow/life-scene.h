/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the tests of late memory share: a machine of devices with different needs, and a buffer that has nothing yet. */
#pragma once

#include <errno.h>

#include "balance.h"
#include "flow.h"

/*
 * The display takes what it gets, the GPU wants wide strides, the camera contiguous memory. The odd one shares no format
 * with them.
 */
static const char scene_script[] =
	"device /dev/fake-camera usages=capture name=camera driver=fake\n"
	"cap /dev/fake-camera capture NV12 LINEAR segments=1@queried stride-align=64@probed objects=one\n"
	"device /dev/fake-display usages=scanout\n"
	"cap /dev/fake-display scanout NV12 LINEAR stride-max=8192 objects=one\n"
	"device /dev/fake-gpu usages=texture\n"
	"cap /dev/fake-gpu texture NV12 LINEAR stride-align=256@queried objects=one\n"
	"device /dev/fake-odd usages=scanout\n"
	"cap /dev/fake-odd scanout XR24 LINEAR objects=one\n"
	"source scattered cost=10\n"
	"source contiguous segments=1 placement=cma cost=100\n";

struct scene {
	struct flow flow;
	struct cen_buffer *buffer;
	size_t fds;
};

static inline struct cen_request *scene_make_request(struct scene *scene)
{
	struct cen_request *request;

	assert_int_equal(cen_request_create(scene->flow.machine, &request), 0);
	assert_int_equal(cen_request_set_size(request, 640, 360, NULL), 0);
	return request;
}

static inline void scene_start(struct scene *scene, const char *script, uint32_t flags)
{
	struct cen_request *request;

	scene->fds = balance_count_fds();
	flow_start(&scene->flow, script);
	request = scene_make_request(scene);
	assert_int_equal(cen_buffer_create(request, flags, &scene->buffer, NULL), 0);
	cen_request_destroy(request);
}

static inline void scene_stop(struct scene *scene)
{
	cen_buffer_unref(scene->buffer);
	flow_stop(&scene->flow);
	assert_true(balance_check_fds(scene->fds));
}

static inline const struct cen_device *scene_find(struct scene *scene, const char *path)
{
	const struct cen_device *device;

	assert_int_equal(cen_machine_find_device(scene->flow.machine, path, &device, NULL), 0);
	return device;
}

static inline int scene_try_attach(struct scene *scene, uint32_t usage, const char *path, struct cen_attachment **out,
				   struct cen_error **err)
{
	return cen_buffer_attach(scene->buffer, usage, scene_find(scene, path), out, err);
}

static inline struct cen_attachment *scene_attach(struct scene *scene, uint32_t usage, const char *path)
{
	struct cen_attachment *attachment;
	struct cen_error *err = NULL;

	if (scene_try_attach(scene, usage, path, &attachment, &err) < 0)
		fail_msg("attach: %s", err ? cen_error_get_message(err) : "no memory");
	return attachment;
}

static inline struct cen_attachment *scene_attach_camera(struct scene *scene)
{
	return scene_attach(scene, CEN_USAGE_CAPTURE, "/dev/fake-camera");
}

static inline struct cen_attachment *scene_attach_display(struct scene *scene)
{
	return scene_attach(scene, CEN_USAGE_SCANOUT, "/dev/fake-display");
}

static inline void scene_map(struct cen_attachment *attachment)
{
	struct cen_error *err = NULL;

	if (cen_attachment_map(attachment, CEN_DIRECTION_BOTH, 0, &err) < 0)
		fail_msg("map: %s", err ? cen_error_get_message(err) : "no memory");
}

static inline void scene_unmap(struct cen_attachment *attachment)
{
	assert_int_equal(cen_attachment_unmap(attachment, NULL), 0);
}

static inline void scene_detach(struct cen_attachment *attachment)
{
	assert_int_equal(cen_attachment_detach(attachment, NULL), 0);
}

/* The source of the memory, "" before there is any. */
static inline const char *scene_source(struct scene *scene, struct cen_buffer_memory *memory)
{
	*memory = (struct cen_buffer_memory){.size = sizeof(*memory)};
	return cen_buffer_get_memory(scene->buffer, memory) == 0 ? memory->source : "";
}

#define assert_source(scene, name)                                                                                     \
	do {                                                                                                           \
		struct cen_buffer_memory memory_;                                                                      \
		assert_string_equal(scene_source(scene, &memory_), name);                                              \
	} while (0)
