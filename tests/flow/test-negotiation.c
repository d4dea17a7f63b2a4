/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Keeping a plan right while a compositor changes its mind: what is told, and when. */
#include "negotiation-scene.h"

static void test_first_plan(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene, HAS_NV12 | HAS_XR24, HAS_XR24);
	assert_null(cen_negotiation_get_plan(scene.negotiation, NULL));
	assert_int_equal(update(&scene), CEN_CHANGE_NEEDED);
	check_plan(&scene, XR24, 0);
	/* It stays needed until there are buffers. */
	assert_int_equal(update(&scene), CEN_CHANGE_NEEDED);
	adopt(&scene);
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	check_plan(&scene, XR24, 0);
	assert_true(cen_negotiation_get_deadline(scene.negotiation) == 0);
	/* The buffers are gone. */
	assert_int_equal(cen_negotiation_adopt(scene.negotiation, NULL), 0);
	assert_int_equal(update(&scene), CEN_CHANGE_NEEDED);
	stop(&scene);
}

static void test_better_settles(void **state)
{
	struct scene scene;
	uint64_t deadline;

	(void)state;
	start(&scene, HAS_XR24, HAS_XR24);
	update(&scene);
	adopt(&scene);
	accept(&scene, CEN_USAGE_TEXTURE, HAS_NV12 | HAS_XR24);
	accept(&scene, CEN_USAGE_SCANOUT, HAS_NV12 | HAS_XR24);
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	/* Until then the plan in use is the one to use. */
	check_plan(&scene, XR24, 0);
	deadline = cen_negotiation_get_deadline(scene.negotiation);
	assert_true(deadline == scene.now + SETTLE);
	scene.now = deadline - 1;
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	assert_true(cen_negotiation_get_deadline(scene.negotiation) == deadline);
	/* New buffers of the same plan: the time starts again. */
	adopt(&scene);
	assert_true(cen_negotiation_get_deadline(scene.negotiation) == 0);
	scene.now = deadline;
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	scene.now += SETTLE;
	assert_int_equal(update(&scene), CEN_CHANGE_BETTER);
	check_plan(&scene, NV12, 0);
	assert_true(cen_negotiation_get_deadline(scene.negotiation) == 0);
	/* Told once: the application may stay with what it has. */
	scene.now += 10 * SETTLE;
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	check_plan(&scene, XR24, 0);
	/* It went away and came back: told anew, when it has settled. */
	accept(&scene, CEN_USAGE_TEXTURE, HAS_XR24);
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	accept(&scene, CEN_USAGE_TEXTURE, HAS_NV12 | HAS_XR24);
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	scene.now += SETTLE;
	assert_int_equal(update(&scene), CEN_CHANGE_BETTER);
	adopt(&scene);
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	check_plan(&scene, NV12, 0);
	/* The one before is no longer acceptable to anyone, and nobody minds. */
	accept(&scene, CEN_USAGE_SCANOUT, HAS_NV12);
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	stop(&scene);
}

static void test_settle_time(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene, HAS_XR24, HAS_XR24);
	cen_negotiation_set_settle_time(scene.negotiation, 0);
	update(&scene);
	adopt(&scene);
	accept(&scene, CEN_USAGE_TEXTURE, HAS_NV12 | HAS_XR24);
	accept(&scene, CEN_USAGE_SCANOUT, HAS_NV12 | HAS_XR24);
	assert_int_equal(update(&scene), CEN_CHANGE_BETTER);
	/* For ever. */
	adopt(&scene);
	cen_negotiation_set_settle_time(scene.negotiation, UINT64_MAX);
	accept(&scene, CEN_USAGE_TEXTURE, HAS_XR24);
	assert_int_equal(update(&scene), CEN_CHANGE_NEEDED);
	adopt(&scene);
	accept(&scene, CEN_USAGE_TEXTURE, HAS_NV12 | HAS_XR24);
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	assert_true(cen_negotiation_get_deadline(scene.negotiation) == UINT64_MAX);
	/* A clock that goes back starts the time again, and does not end it. */
	cen_negotiation_set_settle_time(scene.negotiation, SETTLE);
	scene.now -= 100 * MS;
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	assert_true(cen_negotiation_get_deadline(scene.negotiation) == scene.now + SETTLE);
	stop(&scene);
}

/* Ten seconds of frames at 60 Hz, each with other feedback. */
static void test_flicker(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene, HAS_XR24, HAS_XR24);
	update(&scene);
	adopt(&scene);
	for (int frame = 0; frame < 600; frame++, scene.now += 16 * MS) {
		uint32_t formats = frame % 2 ? HAS_XR24 : HAS_NV12 | HAS_XR24;

		accept(&scene, CEN_USAGE_TEXTURE, formats);
		accept(&scene, CEN_USAGE_SCANOUT, formats);
		assert_int_equal(update(&scene), CEN_CHANGE_NONE);
		check_plan(&scene, XR24, 0);
	}
	stop(&scene);
}

/* Whatever the rhythm and whether the application follows or not: one "better" per settle time at most. */
static void test_flicker_at_random(void **state)
{
	static const uint32_t offers[] = {HAS_XR24, HAS_NV12 | HAS_XR24, HAS_NV12, NOTHING};
	uint32_t seed = 11, betters = 0, counts[4] = {0};
	struct scene scene;
	uint64_t last = 0;

	(void)state;
	start(&scene, HAS_XR24, HAS_XR24);
	for (int step = 0; step < 3000; step++) {
		uint32_t change;

		seed = seed * 1103515245u + 12345u;
		scene.now += (seed >> 16) % 400 * MS;
		/* Mostly the two that leave the choice. */
		if (seed >> 24 & 1)
			accept(&scene, CEN_USAGE_TEXTURE, offers[seed >> 26 & 7 ? seed >> 29 & 1 : seed >> 29 & 3]);
		if (seed >> 25 & 1)
			accept(&scene, CEN_USAGE_SCANOUT, HAS_NV12 | HAS_XR24);
		change = update(&scene);
		counts[change]++;
		if (change == CEN_CHANGE_BETTER) {
			assert_true(betters == 0 || scene.now - last >= SETTLE);
			last = scene.now;
			betters++;
		}
		if (change != CEN_CHANGE_IMPOSSIBLE && change != CEN_CHANGE_NONE && (seed >> 20 & 3))
			adopt(&scene);
	}
	assert_true(betters > 10);
	assert_true(counts[CEN_CHANGE_NEEDED] > 10 && counts[CEN_CHANGE_NONE] > 100);
	stop(&scene);
}

static void test_needed_at_once(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene, HAS_NV12 | HAS_XR24, HAS_NV12 | HAS_XR24);
	update(&scene);
	check_plan(&scene, NV12, 0);
	adopt(&scene);
	accept(&scene, CEN_USAGE_TEXTURE, HAS_XR24);
	assert_int_equal(update(&scene), CEN_CHANGE_NEEDED);
	check_plan(&scene, XR24, 0);
	adopt(&scene);
	/* Another size is another buffer. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(cen_request_set_size(scene.requests[i], 320, 240, NULL), 0);
	assert_int_equal(update(&scene), CEN_CHANGE_NEEDED);
	stop(&scene);
}

/* A later request gives the same plan: the buffers stay. */
static void test_later_request(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene, HAS_NV12 | HAS_XR24, HAS_NV12);
	update(&scene);
	check_plan(&scene, NV12, 0);
	adopt(&scene);
	/* Not full screen any more. */
	accept(&scene, CEN_USAGE_SCANOUT, NOTHING);
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	check_plan(&scene, NV12, 1);
	accept(&scene, CEN_USAGE_SCANOUT, HAS_NV12);
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	check_plan(&scene, NV12, 0);
	/* Full screen is possible with another format only: better, but what is there still does without. */
	accept(&scene, CEN_USAGE_SCANOUT, HAS_XR24);
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	check_plan(&scene, NV12, 1);
	scene.now += SETTLE;
	assert_int_equal(update(&scene), CEN_CHANGE_BETTER);
	check_plan(&scene, XR24, 0);
	stop(&scene);
}

/* The same layout with a copy behind it is another plan: the application has to do something else. */
static void test_copies(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene, HAS_NV12, HAS_NV12);
	update(&scene);
	adopt(&scene);
	accept(&scene, CEN_USAGE_TEXTURE, NOTHING);
	assert_int_equal(update(&scene), CEN_CHANGE_NEEDED);
	check_plan(&scene, NV12, 2);
	adopt(&scene);
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	accept(&scene, CEN_USAGE_TEXTURE, HAS_NV12);
	assert_int_equal(update(&scene), CEN_CHANGE_NONE);
	check_plan(&scene, NV12, 2);
	scene.now += SETTLE;
	assert_int_equal(update(&scene), CEN_CHANGE_BETTER);
	check_plan(&scene, NV12, 0);
	stop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_plan),        cmocka_unit_test(test_better_settles),
		cmocka_unit_test(test_settle_time),       cmocka_unit_test(test_flicker),
		cmocka_unit_test(test_flicker_at_random), cmocka_unit_test(test_needed_at_once),
		cmocka_unit_test(test_later_request),     cmocka_unit_test(test_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
