/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the negotiation tests share: a camera, a compositor that changes its mind, and a clock that the test turns. */
#pragma once

#include "flow.h"

#define MS UINT64_C(1000000)
#define SETTLE (500 * MS)

/* The camera liked best: capture, texture and scanout; then without scanout; then with a copy by the CPU. */
struct scene {
	struct flow flow;
	struct cen_request *requests[3];
	struct cen_negotiation *negotiation;
	uint64_t now;
};

/* What the compositor accepts, linear: some of NV12 and XR24. */
#define NOTHING 0u
#define HAS_NV12 1u
#define HAS_XR24 2u

static inline struct cen_capabilities *make_caps(uint32_t formats)
{
	struct cen_capability capability = {.size = sizeof(capability), .modifier = CEN_MODIFIER_LINEAR};
	struct cen_capabilities *caps;

	assert_int_equal(cen_capabilities_create(&caps), 0);
	for (uint32_t bit = HAS_NV12; bit <= HAS_XR24; bit <<= 1) {
		capability.fourcc = bit == HAS_NV12 ? NV12 : XR24;
		if (formats & bit)
			assert_int_equal(cen_capabilities_add(caps, &capability, NULL), 0);
	}
	return caps;
}

static inline void accept(struct scene *scene, uint32_t usage, uint32_t formats)
{
	struct cen_capabilities *caps = make_caps(formats);

	assert_int_equal(cen_negotiation_set_capabilities(scene->negotiation, "compositor", usage, caps, NULL), 0);
	cen_capabilities_unref(caps);
}

static inline void add_described(struct cen_request *request, uint32_t usage, uint32_t formats)
{
	struct cen_capabilities *caps = make_caps(formats);

	assert_int_equal(cen_request_add_described(request, usage, "compositor", caps, NULL), 0);
	cen_capabilities_unref(caps);
}

static inline struct cen_request *make_request(struct scene *scene)
{
	const struct cen_device *camera;
	struct cen_request *request;

	assert_int_equal(cen_request_create(scene->flow.machine, &request), 0);
	assert_int_equal(cen_request_set_size(request, 640, 480, NULL), 0);
	assert_int_equal(cen_request_add_format(request, NV12, NULL), 0);
	assert_int_equal(cen_request_add_format(request, XR24, NULL), 0);
	assert_int_equal(cen_machine_find_device(scene->flow.machine, "/dev/fake-camera", &camera, NULL), 0);
	assert_int_equal(cen_request_add_usage(request, CEN_USAGE_CAPTURE, camera, NULL), 0);
	return request;
}

static inline void start_on(struct scene *scene, const char *script, uint32_t texture, uint32_t scanout)
{
	const struct cen_device *cpu;

	flow_start(&scene->flow, script);
	scene->now = 1000 * MS;
	assert_int_equal(cen_negotiation_create(&scene->negotiation), 0);
	for (int i = 0; i < 3; i++)
		scene->requests[i] = make_request(scene);
	add_described(scene->requests[0], CEN_USAGE_TEXTURE, texture);
	add_described(scene->requests[0], CEN_USAGE_SCANOUT, scanout);
	add_described(scene->requests[1], CEN_USAGE_TEXTURE, texture);
	assert_int_equal(cen_machine_find_device(scene->flow.machine, "cpu", &cpu, NULL), 0);
	assert_int_equal(cen_request_add_usage(scene->requests[2], CEN_USAGE_CPU_READ, cpu, NULL), 0);
	assert_int_equal(cen_request_set_copies(scene->requests[2], 1, "into shared memory", NULL), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(cen_negotiation_add_request(scene->negotiation, scene->requests[i], NULL), 0);
}

static inline void start(struct scene *scene, uint32_t texture, uint32_t scanout)
{
	start_on(scene, flow_camera_script, texture, scanout);
}

static inline void stop(struct scene *scene)
{
	cen_negotiation_destroy(scene->negotiation);
	for (int i = 0; i < 3; i++)
		cen_request_destroy(scene->requests[i]);
	flow_stop(&scene->flow);
}

static inline uint32_t update(struct scene *scene)
{
	uint32_t change = 99;
	struct cen_error *err = NULL;

	if (cen_negotiation_update(scene->negotiation, scene->now, &change, &err) < 0)
		fail_msg("update: %s", cen_error_get_message(err));
	assert_true((change == CEN_CHANGE_IMPOSSIBLE) == !cen_negotiation_get_plan(scene->negotiation, NULL));
	assert_true(change == CEN_CHANGE_IMPOSSIBLE || !cen_negotiation_get_conflict(scene->negotiation));
	return change;
}

/* The plan to use has this format and answers this request. Returns it. */
static inline struct cen_plan *check_plan(const struct scene *scene, uint32_t fourcc, size_t request)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	size_t got;
	struct cen_plan *plan = cen_negotiation_get_plan(scene->negotiation, &got);

	assert_non_null(plan);
	assert_int_equal(cen_plan_get_info(plan, &info), 0);
	assert_int_equal(info.fourcc, fourcc);
	assert_int_equal(info.copies, request == 2);
	assert_true(got == request);
	return plan;
}

static inline void adopt(struct scene *scene)
{
	assert_int_equal(cen_negotiation_adopt(scene->negotiation, cen_negotiation_get_plan(scene->negotiation, NULL)),
			 0);
}
