/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the tests of splits share: devices, a pipeline, and a look at its groups and copies. */
#pragma once

#include <errno.h>

#include "flow.h"

/* A camera of one format, a display of another, and memory for both. */
#define CAMERA                                                                                                         \
	"device /dev/camera usages=capture\n"                                                                          \
	"cap /dev/camera capture NV12 LINEAR\n"
#define DISPLAY                                                                                                        \
	"device /dev/display usages=scanout\n"                                                                         \
	"cap /dev/display scanout XR24 LINEAR\n"                                                                       \
	"source system\n"
#define GPU                                                                                                            \
	"device /dev/gpu usages=texture,render\n"                                                                      \
	"cap /dev/gpu texture NV12 LINEAR\n"                                                                           \
	"cap /dev/gpu render XR24 LINEAR\n"
#define ENGINE                                                                                                         \
	"device /dev/scaler usages=output,capture\n"                                                                   \
	"cap /dev/scaler output NV12 LINEAR\n"                                                                         \
	"cap /dev/scaler capture XR24 LINEAR\n"

#define NV12_BYTES (640 * 360 * 3 / 2)
#define XR24_BYTES (640 * 360 * 4)

struct scene {
	struct flow flow;
	struct cen_request *request;
	struct cen_split *split;
};

struct row {
	uint32_t usage;
	const char *path; /* NULL: no more */
};

static const struct row camera_to_display[] = {
	{CEN_USAGE_CAPTURE, "/dev/camera"},
	{CEN_USAGE_SCANOUT, "/dev/display"},
	{0},
};

static inline void add_rows(struct scene *scene, const struct row *rows)
{
	for (; rows->path; rows++) {
		const struct cen_device *device;

		assert_int_equal(cen_machine_find_device(scene->flow.machine, rows->path, &device, NULL), 0);
		assert_int_equal(cen_request_add_usage(scene->request, rows->usage, device, NULL), 0);
	}
}

static inline void prepare(struct scene *scene, const char *script, const struct row *rows)
{
	*scene = (struct scene){0};
	flow_start(&scene->flow, script);
	assert_int_equal(cen_request_create(scene->flow.machine, &scene->request), 0);
	assert_int_equal(cen_request_set_size(scene->request, 640, 360, NULL), 0);
	add_rows(scene, rows);
}

static inline void solve(struct scene *scene)
{
	struct cen_error *err = NULL;

	if (cen_solve_split(scene->request, 0, &scene->split, &err) < 0)
		fail_msg("split: %s", cen_error_get_message(err));
}

static inline void start(struct scene *scene, const char *script, const struct row *rows)
{
	prepare(scene, script, rows);
	solve(scene);
}

/* The machine goes first: what was made of it keeps what it needs. */
static inline void stop(struct scene *scene)
{
	cen_request_destroy(scene->request);
	flow_stop(&scene->flow);
	cen_split_unref(scene->split);
}

static inline struct cen_plan *plan_of(const struct scene *scene, size_t index)
{
	struct cen_split_group group = {.size = sizeof(group)};

	assert_int_equal(cen_split_get_group(scene->split, index, &group), 0);
	assert_non_null(cen_solution_get_plan(group.solution, 0));
	return cen_solution_get_plan(group.solution, 0);
}

static inline uint32_t fourcc_of(const struct scene *scene, size_t index)
{
	struct cen_plan_info info = {.size = sizeof(info)};

	assert_int_equal(cen_plan_get_info(plan_of(scene, index), &info), 0);
	return info.fourcc;
}

static inline void assert_group(const struct scene *scene, size_t index, uint32_t first, uint32_t count)
{
	struct cen_split_group group = {.size = sizeof(group)};
	size_t ends = (index > 0 ? 1u : 0u) + (index + 1 < cen_split_get_group_count(scene->split) ? 1u : 0u);

	assert_int_equal(cen_split_get_group(scene->split, index, &group), 0);
	assert_int_equal(group.first, first);
	assert_int_equal(group.count, count);
	/* The copiers are usages of the plan like any other. */
	assert_int_equal(cen_plan_get_sync_count(plan_of(scene, index)), count + ends);
}

static inline void assert_copy(const struct scene *scene, size_t index, enum cen_copier copier, const char *path)
{
	struct cen_split_copy copy = {.size = sizeof(copy)};
	struct cen_plan_sync sync = {.size = sizeof(sync)};

	assert_int_equal(cen_split_get_copy(scene->split, index, &copy), 0);
	assert_int_equal(copy.copier, copier);
	assert_string_equal(cen_device_get_path(copy.device), path);
	assert_non_null(copy.reason);
	/* The last usage of the group before is the copier's read, the first of that behind its write. */
	assert_int_equal(
		cen_plan_get_sync(plan_of(scene, index), cen_plan_get_sync_count(plan_of(scene, index)) - 1, &sync), 0);
	assert_int_equal(sync.usage, copy.read_usage);
	assert_string_equal(sync.device, path);
	assert_int_equal(cen_plan_get_sync(plan_of(scene, index + 1), 0, &sync), 0);
	assert_int_equal(sync.usage, copy.write_usage);
	assert_string_equal(sync.device, path);
}

/* One rejection of the copy is of this device and says this. */
static inline void assert_rejected(const struct scene *scene, size_t copy, const char *path, const char *text)
{
	const struct cen_device *device;
	const char *why = "not there";

	for (size_t i = 0; cen_split_get_rejection(scene->split, copy, i, &device, &why) == 0; i++) {
		if (strcmp(cen_device_get_path(device), path) == 0 && strstr(why, text))
			return;
	}
	fail_msg("%s: \"%s\" is not told; the last is \"%s\"", path, text, why);
}

static inline void assert_says(const struct scene *scene, const char *text)
{
	if (!strstr(cen_split_get_text(scene->split), text))
		fail_msg("\"%s\" is not in \"%s\"", text, cen_split_get_text(scene->split));
}

static const struct row camera_encoder_display[] = {
	{CEN_USAGE_CAPTURE, "/dev/camera"},
	{CEN_USAGE_ENCODE, "/dev/encoder"},
	{CEN_USAGE_SCANOUT, "/dev/display"},
	{0},
};
