/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Keeping a plan right: many plans, none at all, rejected ones, and calls that fail. */
#include <errno.h>

#include "balance.h"
#include "fault.h"
#include "negotiation-scene.h"

/* More plans than a solution keeps come before the one in use: it is still found. */
static void test_many_plans(void **state)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	struct scene scene;
	char script[4096];
	int length = snprintf(script, sizeof(script), "%s", flow_camera_script);

	(void)state;
	for (int i = 0; i < 17; i++)
		length += snprintf(script + length, sizeof(script) - (size_t)length,
				   "source more%d segments=1 placement=cma cost=%d\n", i, 101 + i);
	start_on(&scene, script, HAS_XR24, HAS_XR24);
	update(&scene);
	adopt(&scene);
	accept(&scene, CEN_USAGE_TEXTURE, HAS_NV12 | HAS_XR24);
	accept(&scene, CEN_USAGE_SCANOUT, HAS_NV12 | HAS_XR24);
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	check_plan(&scene, XR24, 0);
	assert_true(cen_negotiation_get_deadline(scene.negotiation) == scene.now + SETTLE);
	/* A plan that differs in the source alone is not rejected along with it. */
	assert_int_equal(cen_negotiation_reject(scene.negotiation, check_plan(&scene, XR24, 0)), 0);
	accept(&scene, CEN_USAGE_TEXTURE, HAS_XR24);
	assert_int_equal(update(&scene), CEN_CHANGE_NEEDED);
	assert_int_equal(cen_plan_get_info(check_plan(&scene, XR24, 0), &info), 0);
	assert_string_equal(info.source, "more0");
	stop(&scene);
}

/* The first request and one more, which takes capture of this format and modifier. */
static struct cen_request *add_other(struct scene *scene, uint32_t fourcc, uint64_t modifier)
{
	const struct cen_device *camera;
	struct cen_request *other;

	assert_int_equal(cen_machine_find_device(scene->flow.machine, "/dev/fake-camera", &camera, NULL), 0);
	assert_int_equal(cen_request_create(scene->flow.machine, &other), 0);
	assert_int_equal(cen_request_set_size(other, 640, 480, NULL), 0);
	assert_int_equal(cen_request_add_format(other, fourcc, NULL), 0);
	assert_int_equal(cen_request_add_modifier(other, modifier, NULL), 0);
	assert_int_equal(cen_request_add_usage(other, CEN_USAGE_CAPTURE, camera, NULL), 0);
	cen_negotiation_destroy(scene->negotiation);
	assert_int_equal(cen_negotiation_create(&scene->negotiation), 0);
	assert_int_equal(cen_negotiation_add_request(scene->negotiation, scene->requests[0], NULL), 0);
	assert_int_equal(cen_negotiation_add_request(scene->negotiation, other, NULL), 0);
	return other;
}

/* A request that does not want the format or the modifier of the plan in use does not keep it. */
static void test_other_formats(void **state)
{
	static const struct {
		uint32_t fourcc;
		uint64_t modifier;
		uint32_t change;
	} others[] = {
		{XR24, CEN_MODIFIER_LINEAR, CEN_CHANGE_NEEDED},
		{NV12, 5, CEN_CHANGE_NEEDED},
		{NV12, CEN_MODIFIER_LINEAR, CEN_CHANGE_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct cen_request *other;
		struct scene scene;

		start(&scene, HAS_NV12, HAS_NV12);
		other = add_other(&scene, others[i].fourcc, others[i].modifier);
		assert_int_equal(update(&scene), CEN_CHANGE_NEEDED);
		check_plan(&scene, NV12, 0);
		adopt(&scene);
		/* The first request has other plans now. */
		accept(&scene, CEN_USAGE_TEXTURE, HAS_XR24);
		accept(&scene, CEN_USAGE_SCANOUT, HAS_XR24);
		assert_int_equal(update(&scene), others[i].change);
		cen_request_destroy(other);
		stop(&scene);
	}
}

static void test_impossible(void **state)
{
	const struct cen_constraint small = {.kind = CEN_CONSTRAINT_WIDTH_MAX, .value = 64};
	const struct cen_conflict *conflict;
	struct scene scene;

	(void)state;
	start(&scene, HAS_NV12, HAS_NV12);
	update(&scene);
	adopt(&scene);
	accept(&scene, CEN_USAGE_TEXTURE, NOTHING);
	/* The copy goes, too. */
	assert_int_equal(cen_request_add_constraint(scene.requests[2], &small, NULL), 0);
	assert_int_equal(update(&scene), CEN_CHANGE_IMPOSSIBLE);
	conflict = cen_negotiation_get_conflict(scene.negotiation);
	assert_non_null(conflict);
	/* Of the request liked best: it is about the compositor, not the size. */
	assert_int_equal(cen_conflict_get_dimension(conflict), CEN_DIMENSION_FORMAT);
	assert_non_null(strstr(cen_conflict_get_text(conflict), "compositor"));
	/* What was in use is possible again. */
	accept(&scene, CEN_USAGE_TEXTURE, HAS_NV12);
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	check_plan(&scene, NV12, 0);
	stop(&scene);
}

/* Reject all there is, one after the other. */
static void test_reject(void **state)
{
	struct scene scene;
	int rejected = 0;
	uint32_t change;
	size_t request, last = 0;

	(void)state;
	start(&scene, HAS_NV12 | HAS_XR24, HAS_NV12 | HAS_XR24);
	while ((change = update(&scene)) != CEN_CHANGE_IMPOSSIBLE) {
		struct cen_plan *plan = cen_negotiation_get_plan(scene.negotiation, &request);

		assert_int_equal(change, CEN_CHANGE_NEEDED);
		assert_true(request >= last && rejected < 48);
		last = request;
		/* Once more takes no place from another. */
		for (int i = 0; i < 200; i++)
			assert_int_equal(cen_negotiation_reject(scene.negotiation, plan), 0);
		rejected++;
	}
	/* The camera takes the contiguous source alone; NV12 and XR24, without a copy and with one. */
	assert_int_equal(rejected, 4);
	assert_true(last == 2);
	assert_null(cen_negotiation_get_conflict(scene.negotiation));
	/* Feedback that says the same again changes nothing. */
	accept(&scene, CEN_USAGE_TEXTURE, HAS_NV12 | HAS_XR24);
	assert_int_equal(update(&scene), CEN_CHANGE_IMPOSSIBLE);
	stop(&scene);
}

/* The plan in use is rejected, and one that was waiting is. */
static void test_reject_in_use(void **state)
{
	struct scene scene;
	struct cen_plan *plan;

	(void)state;
	start(&scene, HAS_XR24, HAS_XR24);
	update(&scene);
	adopt(&scene);
	accept(&scene, CEN_USAGE_TEXTURE, HAS_NV12 | HAS_XR24);
	accept(&scene, CEN_USAGE_SCANOUT, HAS_NV12 | HAS_XR24);
	update(&scene);
	scene.now += SETTLE;
	assert_int_equal(update(&scene), CEN_CHANGE_BETTER);
	plan = cen_plan_ref(check_plan(&scene, NV12, 0));
	assert_int_equal(cen_negotiation_reject(scene.negotiation, plan), 0);
	cen_plan_unref(plan);
	assert_true(cen_negotiation_get_deadline(scene.negotiation) == 0);
	scene.now += SETTLE;
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	plan = check_plan(&scene, XR24, 0);
	assert_int_equal(cen_negotiation_reject(scene.negotiation, plan), 0);
	assert_int_equal(update(&scene), CEN_CHANGE_NEEDED);
	check_plan(&scene, NV12, 2);
	stop(&scene);
}

/* The plan in use is rejected, while all requests would still give it and have others. */
static void test_reject_of_several(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene, HAS_NV12 | HAS_XR24, HAS_NV12 | HAS_XR24);
	update(&scene);
	adopt(&scene);
	assert_int_equal(cen_negotiation_reject(scene.negotiation, check_plan(&scene, NV12, 0)), 0);
	assert_int_equal(update(&scene), CEN_CHANGE_NEEDED);
	check_plan(&scene, XR24, 0);
	stop(&scene);
}

/* A better plan that was told once waits again, and is rejected before it has settled. */
static void test_reject_waiting(void **state)
{
	struct cen_plan *plan;
	struct scene scene;

	(void)state;
	start(&scene, HAS_XR24, HAS_XR24);
	update(&scene);
	adopt(&scene);
	accept(&scene, CEN_USAGE_SCANOUT, HAS_NV12 | HAS_XR24);
	accept(&scene, CEN_USAGE_TEXTURE, HAS_NV12 | HAS_XR24);
	update(&scene);
	scene.now += SETTLE;
	assert_int_equal(update(&scene), CEN_CHANGE_BETTER);
	plan = cen_plan_ref(check_plan(&scene, NV12, 0));
	accept(&scene, CEN_USAGE_TEXTURE, HAS_XR24);
	update(&scene);
	accept(&scene, CEN_USAGE_TEXTURE, HAS_NV12 | HAS_XR24);
	update(&scene);
	assert_true(cen_negotiation_get_deadline(scene.negotiation) == scene.now + SETTLE);
	assert_int_equal(cen_negotiation_reject(scene.negotiation, plan), 0);
	assert_true(cen_negotiation_get_deadline(scene.negotiation) == 0);
	cen_plan_unref(plan);
	stop(&scene);
}

static void test_refused(void **state)
{
	struct cen_capabilities *caps = make_caps(HAS_NV12);
	struct cen_error *err = NULL;
	struct cen_request *empty;
	struct scene scene;
	uint32_t change;

	(void)state;
	assert_string_equal(cen_change_get_name(CEN_CHANGE_NONE), "none");
	assert_string_equal(cen_change_get_name(CEN_CHANGE_BETTER), "better");
	assert_string_equal(cen_change_get_name(CEN_CHANGE_NEEDED), "needed");
	assert_string_equal(cen_change_get_name(CEN_CHANGE_IMPOSSIBLE), "impossible");
	assert_string_equal(cen_change_get_name(4), "unknown");
	start(&scene, HAS_NV12, HAS_NV12);
	assert_int_equal(cen_negotiation_set_capabilities(scene.negotiation, "nobody", CEN_USAGE_TEXTURE, caps, &err),
			 -ENODEV);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_UNKNOWN_DEVICE);
	assert_error_says(err, "nobody");
	assert_int_equal(
		cen_negotiation_set_capabilities(scene.negotiation, "compositor", CEN_USAGE_RENDER, caps, &err),
		-ENODEV);
	assert_error_says(err, "render");
	assert_int_equal(cen_negotiation_set_capabilities(scene.negotiation, "compositor", 77, caps, &err), -ENODEV);
	assert_error_says(err, "compositor");
	cen_capabilities_unref(caps);

	for (int i = 3; i < 8; i++)
		assert_int_equal(cen_negotiation_add_request(scene.negotiation, scene.requests[2], NULL), 0);
	assert_int_equal(cen_negotiation_add_request(scene.negotiation, scene.requests[2], &err), -E2BIG);
	assert_error_says(err, "8");
	cen_negotiation_destroy(scene.negotiation);

	assert_int_equal(cen_negotiation_create(&scene.negotiation), 0);
	assert_int_equal(cen_negotiation_update(scene.negotiation, 0, &change, &err), -EINVAL);
	assert_error_says(err, "no request");
	/* What cen_solve() says comes through. */
	assert_int_equal(cen_request_create(scene.flow.machine, &empty), 0);
	assert_int_equal(cen_negotiation_add_request(scene.negotiation, empty, NULL), 0);
	assert_int_equal(cen_negotiation_update(scene.negotiation, 0, &change, &err), -EINVAL);
	assert_error_says(err, "no size");
	stop(&scene);
	cen_request_destroy(empty);
}

/* The camera is gone: an error, not a change. */
static void test_device_lost(void **state)
{
	struct cen_error *err = NULL;
	struct scene scene;
	char script[2048];
	uint32_t change;

	(void)state;
	snprintf(script, sizeof(script), "%sfail describe ENODEV /dev/fake-camera\n", flow_camera_script);
	start_on(&scene, script, HAS_NV12, HAS_NV12);
	assert_int_equal(cen_negotiation_update(scene.negotiation, scene.now, &change, &err), -ENODEV);
	assert_int_equal(change, CEN_CHANGE_NONE);
	assert_string_equal(cen_error_get_device(err), "/dev/fake-camera");
	cen_error_destroy(err);
	assert_null(cen_negotiation_get_plan(scene.negotiation, NULL));
	stop(&scene);
}

/* Each allocation of an update fails in turn: the plan in use stays, and a better one settles all the same. */
static void test_no_memory(void **state)
{
	struct scene scene;
	unsigned long nth = 0;
	bool has_failed;

	(void)state;
	start(&scene, HAS_XR24, HAS_XR24);
	update(&scene);
	adopt(&scene);
	accept(&scene, CEN_USAGE_TEXTURE, HAS_NV12 | HAS_XR24);
	update(&scene);
	/* The plan of the second request is found again behind a conflict of the first. */
	accept(&scene, CEN_USAGE_SCANOUT, HAS_NV12);
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	check_plan(&scene, XR24, 1);
	do {
		uint32_t change;
		int ret;

		fault_arm(FAULT_MEMORY, ++nth);
		ret = cen_negotiation_update(scene.negotiation, scene.now, &change, NULL);
		has_failed = fault_disarm();
		assert_int_equal(ret, has_failed ? -ENOMEM : 0);
		assert_int_equal(change, CEN_CHANGE_NONE);
		check_plan(&scene, XR24, 1);
		assert_true(cen_negotiation_get_deadline(scene.negotiation) == scene.now + SETTLE);
	} while (has_failed);
	assert_true(nth > 10);
	stop(&scene);
}

/* Nothing is left behind, of memory or files, after all of the above. */
static void test_balance(void **state)
{
	size_t fds = balance_count_fds(), alive = fault_alive();
	struct scene scene;

	(void)state;
	start(&scene, HAS_XR24, HAS_XR24);
	update(&scene);
	adopt(&scene);
	accept(&scene, CEN_USAGE_TEXTURE, NOTHING);
	update(&scene);
	assert_int_equal(cen_negotiation_reject(scene.negotiation, cen_negotiation_get_plan(scene.negotiation, NULL)),
			 0);
	update(&scene);
	stop(&scene);
	cen_negotiation_destroy(NULL);
	assert_true(balance_check_fds(fds));
	assert_int_equal(fault_alive(), alive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_plans),     cmocka_unit_test(test_other_formats),
		cmocka_unit_test(test_impossible),     cmocka_unit_test(test_reject),
		cmocka_unit_test(test_reject_in_use),  cmocka_unit_test(test_reject_of_several),
		cmocka_unit_test(test_reject_waiting), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_device_lost),    cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_balance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
