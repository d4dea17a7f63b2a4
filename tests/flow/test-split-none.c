/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Where copies do not help: what is told, errors, and every call failing in turn. */
#include "balance.h"
#include "fault.h"
#include "split-scene.h"

static void test_no_copier(void **state)
{
	const struct cen_device *device;
	const char *text;
	struct scene scene;

	(void)state;
	start(&scene,
	      CAMERA DISPLAY "device /dev/gpu usages=texture,render\n"
			     "cap /dev/gpu texture NV12 LINEAR\n"
			     "cap /dev/gpu render YUYV LINEAR\n"
			     "device /dev/scaler usages=output,capture\n"
			     "cap /dev/scaler output YUYV LINEAR\n"
			     "cap /dev/scaler capture XR24 LINEAR\n"
			     "device /dev/broken usages=output,capture\n"
			     "fail describe EIO /dev/broken\n"
			     "device /dev/locked usages=texture,render access=EACCES help=ask-somebody\n",
	      camera_to_display);
	assert_int_equal(cen_split_get_group_count(scene.split), 0);
	assert_int_equal(cen_split_get_bytes(scene.split), 0);
	assert_int_equal(cen_split_get_failed_usage(scene.split), 1);
	assert_null(cen_split_get_conflict(scene.split));
	assert_int_equal(cen_split_get_copy(scene.split, 0, &(struct cen_split_copy){.size = sizeof(text)}), -EINVAL);
	assert_int_equal(cen_split_get_rejection_count(scene.split, 0), 5);
	assert_int_equal(cen_split_get_rejection_count(scene.split, 1), 0);
	assert_int_equal(cen_split_get_rejection(scene.split, 0, 5, &device, &text), -EINVAL);
	assert_rejected(&scene, 0, "/dev/gpu", "cannot write it: no buffer of 640x360 suits /dev/gpu (render) and");
	assert_rejected(&scene, 0, "/dev/scaler", "cannot read it: no buffer of 640x360 suits /dev/camera (capture)");
	assert_rejected(&scene, 0, "/dev/broken", "/dev/broken");
	assert_rejected(&scene, 0, "/dev/locked", "ask-somebody");
	assert_rejected(&scene, 0, "cpu", "none in common");
	assert_says(&scene, "nothing copies from /dev/camera (capture) to /dev/display (scanout)\n  /dev/");
	stop(&scene);
}

/* The copies before it can be made; the one that is missing is told, with the group that stands before it. */
static void test_missing_behind(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene,
	      CAMERA GPU "device /dev/encoder usages=encode\n"
			 "cap /dev/encoder encode XR24 LINEAR stride-exact=2560\n"
			 "device /dev/blit usages=texture,render\n"
			 "cap /dev/blit texture XR24 LINEAR stride-align=1024\n"
			 "cap /dev/blit render YUYV LINEAR\n"
			 "device /dev/display usages=scanout\n"
			 "cap /dev/display scanout YUYV LINEAR\n"
			 "source system\n",
	      camera_encoder_display);
	assert_int_equal(cen_split_get_group_count(scene.split), 0);
	assert_int_equal(cen_split_get_failed_usage(scene.split), 2);
	assert_rejected(&scene, 0, "/dev/blit", "cannot read it");
	assert_says(&scene, "/dev/encoder (encode) to /dev/display (scanout)");
	stop(&scene);
}

static void test_alone(void **state)
{
	struct scene scene;

	(void)state;
	prepare(&scene,
		CAMERA GPU "device /dev/display usages=scanout\n"
			   "cap /dev/display scanout XR24 LINEAR segments=1\n"
			   "cap /dev/display scanout NV12 LINEAR width-max=64\n"
			   "source system\n",
		camera_to_display);
	solve(&scene);
	assert_int_equal(cen_split_get_group_count(scene.split), 0);
	assert_int_equal(cen_split_get_failed_usage(scene.split), 1);
	assert_non_null(cen_split_get_conflict(scene.split));
	assert_int_equal(cen_conflict_get_usage_count(cen_split_get_conflict(scene.split)), 1);
	assert_int_equal(cen_conflict_get_usage(cen_split_get_conflict(scene.split), 0), 0);
	assert_int_equal(cen_split_get_rejection_count(scene.split, 0), 0);
	assert_says(&scene, "/dev/display (scanout) has no buffer even alone\n  no buffer of 640x360 suits");
	stop(&scene);
}

static void test_errors(void **state)
{
	struct cen_error *err = NULL;
	struct scene scene;

	(void)state;
	prepare(&scene, CAMERA DISPLAY "fail describe EIO /dev/display\n", (const struct row[]){{0}});
	assert_int_equal(cen_solve_split(scene.request, 0, &scene.split, &err), -EINVAL);
	assert_null(scene.split);
	assert_error_says(err, "no usage");
	add_rows(&scene, camera_to_display);
	assert_int_equal(cen_solve_split(scene.request, 0x80, &scene.split, &err), -EINVAL);
	assert_error_says(err, "unknown flags 0x80");
	assert_int_equal(cen_solve_split(scene.request, 0, &scene.split, &err), -EIO);
	assert_null(scene.split);
	assert_error_says(err, "/dev/display");
	assert_string_equal(cen_copier_get_name(CEN_COPIER_ENGINE), "2D engine");
	assert_string_equal(cen_copier_get_name(0), "unknown");
	assert_string_equal(cen_copier_get_name(4), "unknown");
	cen_split_unref(NULL);
	stop(&scene);
	start(&scene, CAMERA DISPLAY GPU, camera_to_display);
	assert_ptr_equal(cen_split_ref(scene.split), scene.split);
	cen_split_unref(scene.split);
	assert_int_equal(cen_split_get_group_count(scene.split), 2);
	stop(&scene);
}

/* Without cmocka: an assertion would leave what is alive behind. Returns 0 or the first failure. */
static int run_way(const char *script, const struct row *rows)
{
	const struct cen_backend *fake;
	struct cen_machine *machine = NULL;
	struct cen_request *request = NULL;
	struct cen_context *ctx = NULL;
	struct cen_split *split = NULL;
	int ret = cen_backend_entry_v1_fake(CEN_BACKEND_ABI, &fake);

	fake_set_script(script);
	if (ret == 0)
		ret = cen_context_create(CEN_CONTEXT_NO_PLUGINS, &ctx, NULL);
	if (ret == 0)
		ret = cen_context_add_backend(ctx, fake, NULL);
	if (ret == 0)
		ret = cen_machine_create_live(ctx, 0, &machine, NULL);
	if (ret == 0)
		ret = cen_request_create(machine, &request);
	if (ret == 0)
		ret = cen_request_set_size(request, 640, 360, NULL);
	for (; ret == 0 && rows->path; rows++) {
		const struct cen_device *device;

		ret = cen_machine_find_device(machine, rows->path, &device, NULL);
		if (ret == 0)
			ret = cen_request_add_usage(request, rows->usage, device, NULL);
	}
	if (ret == 0)
		ret = cen_solve_split(request, 0, &split, NULL);
	if (ret < 0 && split)
		ret = -EPROTO;
	cen_split_unref(split);
	cen_request_destroy(request);
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
	return ret;
}

/* may_do: without memory for the words of a copier's own failure, other words stand in for them. */
static void sweep(const char *script, const struct row *rows, bool may_do)
{
	assert_int_equal(run_way(script, rows), 0);
	for (unsigned long n = 1; n < 20000; n++) {
		size_t alive = fault_alive(), fds = balance_count_fds();
		bool fired;
		int ret;

		fault_arm(FAULT_ALL, n);
		ret = run_way(script, rows);
		fired = fault_disarm();
		assert_int_equal(fault_alive(), alive);
		assert_true(balance_check_fds(fds));
		if (!fired) {
			assert_int_equal(ret, 0);
			assert_true(n > 100);
			return;
		}
		if ((ret == 0 && !may_do) || ret == -EPROTO)
			fail_msg("call %lu failed, and %d came back", n, ret);
	}
	fail_msg("the sweep did not end");
}

static void test_faults(void **state)
{
	(void)state;
	sweep(CAMERA DISPLAY GPU ENGINE, camera_to_display, false);
	sweep(CAMERA DISPLAY, camera_to_display, false);
	sweep(CAMERA
	      "device /dev/display usages=scanout\ncap /dev/display scanout XR24 LINEAR segments=1\nsource system\n",
	      camera_to_display, false);
	sweep(CAMERA DISPLAY GPU "device /dev/broken usages=output,capture\nfail describe EIO /dev/broken\n",
	      camera_to_display, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_copier), cmocka_unit_test(test_missing_behind), cmocka_unit_test(test_alone),
		cmocka_unit_test(test_errors),    cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
