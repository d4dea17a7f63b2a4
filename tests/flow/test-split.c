/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Pipelines that no single buffer suits: where they are cut, and who copies. */
#include "split-scene.h"

static void test_one_group(void **state)
{
	struct cen_split_copy copy = {.size = sizeof(copy)};
	struct scene scene;

	(void)state;
	/* Nobody who might copy is asked: the GPU would fail it. */
	start(&scene,
	      CAMERA "device /dev/display usages=scanout\ncap /dev/display scanout NV12 LINEAR\nsource system\n" GPU
		     "fail describe ENOMEM /dev/gpu\n",
	      camera_to_display);
	assert_int_equal(cen_split_get_group_count(scene.split), 1);
	assert_group(&scene, 0, 0, 2);
	assert_int_equal(cen_split_get_bytes(scene.split), 0);
	assert_int_equal(cen_split_get_copy(scene.split, 0, &copy), -EINVAL);
	assert_int_equal(cen_split_get_rejection_count(scene.split, 0), 0);
	assert_int_equal(cen_split_get_failed_usage(scene.split), SIZE_MAX);
	assert_null(cen_split_get_conflict(scene.split));
	assert_says(&scene, "no copy");
	stop(&scene);
}

static void test_gpu(void **state)
{
	struct cen_split_copy copy = {.size = sizeof(copy)};
	struct cen_split_group group = {.size = sizeof(group)};
	struct scene scene;

	(void)state;
	start(&scene, CAMERA DISPLAY GPU, camera_to_display);
	assert_int_equal(cen_split_get_group_count(scene.split), 2);
	assert_group(&scene, 0, 0, 1);
	assert_group(&scene, 1, 1, 1);
	assert_copy(&scene, 0, CEN_COPIER_GPU, "/dev/gpu");
	assert_int_equal(fourcc_of(&scene, 0), NV12);
	assert_int_equal(fourcc_of(&scene, 1), XR24);
	assert_int_equal(cen_split_get_copy(scene.split, 0, &copy), 0);
	assert_int_equal(copy.bytes_read, NV12_BYTES);
	assert_int_equal(copy.bytes_written, XR24_BYTES);
	assert_int_equal(cen_split_get_bytes(scene.split), NV12_BYTES + XR24_BYTES);
	assert_rejected(&scene, 0, "cpu", "/dev/camera and /dev/display have none in common");
	assert_int_equal(cen_split_get_rejection_count(scene.split, 0), 1);
	assert_says(&scene, "copy by /dev/gpu (GPU): 345600 + 921600 bytes per frame");
	assert_int_equal(cen_split_get_group(scene.split, 2, &group), -EINVAL);
	assert_int_equal(cen_split_get_copy(scene.split, 1, &copy), -EINVAL);
	group.size = copy.size = sizeof(size_t);
	assert_int_equal(cen_split_get_group(scene.split, 0, &group), -EINVAL);
	assert_int_equal(cen_split_get_copy(scene.split, 0, &copy), -EINVAL);
	stop(&scene);
}

/* A buffer of each group, shown to its devices and to the copiers at its ends. */
static int allocate_groups(const struct cen_split *split, struct cen_buffer **buffers, struct cen_error **err)
{
	struct cen_split_group group = {.size = sizeof(group)};

	for (size_t n = 0; cen_split_get_group(split, n, &group) == 0; n++) {
		struct cen_plan *plan = cen_solution_get_plan(group.solution, 0);
		int ret = cen_plan_allocate(plan, 1, CEN_ALLOCATE_VERIFY, &buffers[n], err);

		if (ret < 0)
			return ret;
	}
	return 0;
}

/* What the copier asks of the memory holds for both buffers, and they can be had. */
static void test_allocate(void **state)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	struct cen_buffer *buffers[2] = {NULL};
	struct scene scene;

	(void)state;
	start(&scene,
	      CAMERA "device /dev/display usages=scanout\ncap /dev/display scanout XR24 LINEAR\n"
		     "device /dev/gpu usages=texture,render\n"
		     "cap /dev/gpu texture NV12 LINEAR segments=1\n"
		     "cap /dev/gpu render XR24 LINEAR stride-align=4096\n"
		     "source system\nsource cma segments=1 placement=cma cost=100\n",
	      camera_to_display);
	assert_int_equal(cen_plan_get_info(plan_of(&scene, 0), &info), 0);
	assert_string_equal(info.source, "cma");
	assert_int_equal(cen_plan_get_info(plan_of(&scene, 1), &info), 0);
	assert_string_equal(info.source, "system");
	assert_int_equal(info.total_bytes, 4096 * 360);
	assert_int_equal(allocate_groups(scene.split, buffers, NULL), 0);
	for (size_t n = 0; n < 2; n++)
		cen_buffer_unref(buffers[n]);
	stop(&scene);
}

/* A device's own memory is offered where it takes part, as in any solve. */
static void test_own_memory(void **state)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	struct scene scene;

	(void)state;
	start(&scene,
	      "device /dev/camera usages=capture\ncap /dev/camera capture NV12 LINEAR segments=1\n" DISPLAY GPU
	      "source own segments=1 exporter=/dev/camera\n",
	      camera_to_display);
	assert_int_equal(cen_plan_get_info(plan_of(&scene, 0), &info), 0);
	assert_string_equal(info.source, "own");
	assert_int_equal(cen_plan_get_info(plan_of(&scene, 1), &info), 0);
	assert_string_equal(info.source, "system");
	stop(&scene);
}

/* The GPU cannot read what the camera writes, and the formats are the same: the CPU does it. */
static void test_cpu(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene,
	      CAMERA "cap /dev/camera capture XR24 LINEAR segments=1 stride-exact=2560\n" DISPLAY
		     "device /dev/gpu usages=texture,render\n"
		     "cap /dev/gpu texture XR24 LINEAR stride-align=4096\n"
		     "cap /dev/gpu render XR24 LINEAR\n"
		     "device /dev/panel usages=scanout\n"
		     "cap /dev/panel scanout XR24 LINEAR stride-align=1024\n"
		     "source cma segments=1\n",
	      (const struct row[]){{CEN_USAGE_CAPTURE, "/dev/camera"}, {CEN_USAGE_SCANOUT, "/dev/panel"}, {0}});
	assert_int_equal(cen_split_get_group_count(scene.split), 2);
	assert_copy(&scene, 0, CEN_COPIER_CPU, "cpu");
	assert_int_equal(fourcc_of(&scene, 0), XR24);
	assert_int_equal(fourcc_of(&scene, 1), XR24);
	assert_int_equal(cen_split_get_bytes(scene.split), 2 * XR24_BYTES);
	assert_rejected(&scene, 0, "/dev/gpu", "cannot read it: no buffer of 640x360 suits /dev/camera (capture)");
	stop(&scene);
}

/* The CPU does not copy tiles, whatever both sides have in common, nor what the request does not want linear. */
static void test_cpu_limits(void **state)
{
	static const char script[] = "device /dev/camera usages=capture\n"
				     "cap /dev/camera capture XR24 0x0100000000000001 segments=1\n"
				     "cap /dev/camera capture NV12 LINEAR stride-exact=640\n"
				     "device /dev/display usages=scanout\n"
				     "cap /dev/display scanout XR24 0x0100000000000001 placement=device\n"
				     "cap /dev/display scanout NV12 LINEAR stride-exact=1024\n"
				     "source cma segments=1 format=XR24:0x0100000000000001\n"
				     "source vram placement=device format=XR24:0x0100000000000001\n"
				     "source system\n";
	struct scene scene;

	(void)state;
	start(&scene, script, camera_to_display);
	assert_copy(&scene, 0, CEN_COPIER_CPU, "cpu");
	assert_int_equal(fourcc_of(&scene, 0), NV12);
	stop(&scene);
	prepare(&scene, script, camera_to_display);
	assert_int_equal(cen_request_add_modifier(scene.request, UINT64_C(0x0100000000000001), NULL), 0);
	solve(&scene);
	assert_int_equal(cen_split_get_group_count(scene.split), 0);
	assert_int_equal(cen_split_get_failed_usage(scene.split), 1);
	assert_rejected(&scene, 0, "cpu", "copies only between LINEAR layouts of one format");
	stop(&scene);
	prepare(&scene, script, camera_to_display);
	assert_int_equal(cen_request_add_format(scene.request, XR24, NULL), 0);
	solve(&scene);
	assert_int_equal(cen_split_get_group_count(scene.split), 0);
	stop(&scene);
}

/* Whoever else is the CPU, and takes tiles: the copy is linear, though both sides like tiles better. */
static void test_cpu_is_linear(void **state)
{
	static const char script[] = "device /dev/camera usages=capture\n"
				     "cap /dev/camera capture XR24 0x0100000000000001 placement=cma\n"
				     "cap /dev/camera capture XR24 LINEAR pref=1 placement=cma\n"
				     "device /dev/display usages=scanout\n"
				     "cap /dev/display scanout XR24 0x0100000000000001 placement=system\n"
				     "cap /dev/display scanout XR24 LINEAR pref=1 placement=system\n"
				     "device /dev/cores usages=cpu-read,cpu-write\n"
				     "cap /dev/cores cpu-read XR24 0x0100000000000001\n"
				     "cap /dev/cores cpu-read XR24 LINEAR\n"
				     "cap /dev/cores cpu-write XR24 0x0100000000000001\n"
				     "cap /dev/cores cpu-write XR24 LINEAR\n"
				     "source cma placement=cma format=XR24:0x0100000000000001\n"
				     "source system format=XR24:0x0100000000000001\n";
	struct cen_plan_info info = {.size = sizeof(info)};
	struct scene scene;

	(void)state;
	start(&scene, script, camera_to_display);
	assert_copy(&scene, 0, CEN_COPIER_CPU, "/dev/cores");
	for (size_t n = 0; n < 2; n++) {
		assert_int_equal(cen_plan_get_info(plan_of(&scene, n), &info), 0);
		assert_int_equal(info.modifier, CEN_MODIFIER_LINEAR);
	}
	stop(&scene);
}

static void test_engine_first(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene, CAMERA DISPLAY GPU ENGINE, camera_to_display);
	assert_copy(&scene, 0, CEN_COPIER_ENGINE, "/dev/scaler");
	assert_rejected(&scene, 0, "/dev/gpu", "for as many bytes a 2D engine comes first");
	stop(&scene);
	/* Of two the first; the second could as well. */
	start(&scene,
	      CAMERA DISPLAY ENGINE "device /dev/blit usages=output,capture\ncap /dev/blit output NV12 LINEAR\n"
				    "cap /dev/blit capture XR24 LINEAR\n",
	      camera_to_display);
	assert_copy(&scene, 0, CEN_COPIER_ENGINE, "/dev/scaler");
	assert_rejected(&scene, 0, "/dev/blit", "/dev/scaler comes first");
	stop(&scene);
}

/* Two 2D engines late in the list come before one that is first, with a GPU. What writes the middle says who reads. */
static void test_engines_before_place(void **state)
{
	static const char script[] = CAMERA DISPLAY "source cma placement=cma\n"
						    "device /dev/encoder usages=encode\n"
						    "cap /dev/encoder encode YUYV LINEAR\n"
						    "device /dev/first usages=output,capture\n"
						    "cap /dev/first output NV12 LINEAR\n"
						    "cap /dev/first capture YUYV LINEAR placement=system\n"
						    "device /dev/idle usages=output,capture\n"
						    "device /dev/last usages=output,capture\n"
						    "cap /dev/last output NV12 LINEAR\n"
						    "cap /dev/last output YUYV LINEAR placement=cma\n"
						    "cap /dev/last capture YUYV LINEAR placement=cma\n"
						    "cap /dev/last capture XR24 LINEAR\n"
						    "device /dev/gpu usages=texture,render\n"
						    "cap /dev/gpu texture YUYV LINEAR placement=system\n"
						    "cap /dev/gpu render XR24 LINEAR\n";
	struct scene scene;

	(void)state;
	start(&scene, script, camera_encoder_display);
	assert_copy(&scene, 0, CEN_COPIER_ENGINE, "/dev/last");
	assert_copy(&scene, 1, CEN_COPIER_ENGINE, "/dev/last");
	assert_rejected(&scene, 0, "/dev/first", "cannot write it: no buffer of 640x360 suits /dev/first (capture)");
	assert_rejected(&scene, 1, "/dev/gpu", "cannot read it: no buffer of 640x360 suits /dev/last (capture)");
	stop(&scene);
}

/* Fewer bytes come before the kind of copier, and copies by the CPU are the last resort, however few bytes they take. */
static void test_bytes_before_kind(void **state)
{
	static const char display[] = "device /dev/display usages=scanout\n"
				      "cap /dev/display scanout XR24 LINEAR pref=1\n"
				      "cap /dev/display scanout NV12 LINEAR stride-align=1024\n"
				      "device /dev/camera usages=capture\n"
				      "cap /dev/camera capture NV12 LINEAR stride-exact=640\n"
				      "source system\n";
	char script[2048];
	struct scene scene;

	(void)state;
	snprintf(script, sizeof(script), "%s%s%s", display, ENGINE,
		 "device /dev/gpu usages=texture,render\n"
		 "cap /dev/gpu texture NV12 LINEAR\n"
		 "cap /dev/gpu render NV12 LINEAR\n");
	start(&scene, script, camera_to_display);
	assert_copy(&scene, 0, CEN_COPIER_GPU, "/dev/gpu");
	assert_rejected(&scene, 0, "/dev/scaler", "could copy; 576000 bytes per frame more");
	assert_rejected(&scene, 0, "cpu", "could copy; a GPU comes before the CPU");
	stop(&scene);
	snprintf(script, sizeof(script), "%s%s", display, ENGINE);
	start(&scene, script, camera_to_display);
	assert_copy(&scene, 0, CEN_COPIER_ENGINE, "/dev/scaler");
	stop(&scene);
}

static void test_three_groups(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene,
	      CAMERA DISPLAY GPU "device /dev/encoder usages=encode\n"
				 "cap /dev/encoder encode YUYV LINEAR\n"
				 "device /dev/scaler usages=output,capture\n"
				 "cap /dev/scaler output YUYV LINEAR\n"
				 "cap /dev/scaler capture XR24 LINEAR\n"
				 "device /dev/blit usages=render,texture\n"
				 "cap /dev/blit texture NV12 LINEAR\n"
				 "cap /dev/blit render YUYV LINEAR\n",
	      camera_encoder_display);
	assert_int_equal(cen_split_get_group_count(scene.split), 3);
	for (uint32_t n = 0; n < 3; n++)
		assert_group(&scene, n, n, 1);
	assert_copy(&scene, 0, CEN_COPIER_GPU, "/dev/blit");
	assert_copy(&scene, 1, CEN_COPIER_ENGINE, "/dev/scaler");
	assert_int_equal(cen_split_get_bytes(scene.split), NV12_BYTES + 2 * 640 * 360 * 2 + XR24_BYTES);
	assert_rejected(&scene, 0, "/dev/gpu", "cannot write it: no buffer of 640x360 suits /dev/gpu (render)");
	assert_rejected(&scene, 1, "/dev/gpu", "cannot read it");
	stop(&scene);
}

/* The longest first group cannot be read by the GPU: a shorter one can, and the encoder goes with the display. */
static void test_other_cut(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene,
	      CAMERA DISPLAY "device /dev/encoder usages=encode\n"
			     "cap /dev/encoder encode NV12 LINEAR stride-exact=640\n"
			     "cap /dev/encoder encode XR24 LINEAR\n"
			     "device /dev/gpu usages=texture,render\n"
			     "cap /dev/gpu texture NV12 LINEAR stride-align=1024\n"
			     "cap /dev/gpu render XR24 LINEAR\n",
	      camera_encoder_display);
	assert_int_equal(cen_split_get_group_count(scene.split), 2);
	assert_group(&scene, 0, 0, 1);
	assert_group(&scene, 1, 1, 2);
	assert_copy(&scene, 0, CEN_COPIER_GPU, "/dev/gpu");
	stop(&scene);
	/* The copier takes both: the longest first. */
	start(&scene,
	      CAMERA DISPLAY GPU "device /dev/encoder usages=encode\n"
				 "cap /dev/encoder encode NV12 LINEAR\n"
				 "cap /dev/encoder encode XR24 LINEAR\n",
	      camera_encoder_display);
	assert_group(&scene, 0, 0, 2);
	assert_group(&scene, 1, 2, 1);
	stop(&scene);
}

/* Two groups would have plans, but what copies between them cannot read the first: a third group lets it. */
static void test_group_for_the_copier(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene,
	      "device /dev/camera usages=capture\n"
	      "cap /dev/camera capture NV12 LINEAR stride-exact=640\n"
	      "device /dev/encoder usages=encode\n"
	      "cap /dev/encoder encode NV12 LINEAR stride-align=128\n"
	      "device /dev/gpu usages=texture,render\n"
	      "cap /dev/gpu texture NV12 LINEAR stride-align=256\n"
	      "cap /dev/gpu render XR24 LINEAR\n" DISPLAY,
	      camera_encoder_display);
	assert_int_equal(cen_split_get_group_count(scene.split), 3);
	assert_copy(&scene, 0, CEN_COPIER_CPU, "cpu");
	assert_copy(&scene, 1, CEN_COPIER_GPU, "/dev/gpu");
	stop(&scene);
}

/* The copier may be in the pipeline itself, with the very usage that copies. */
static void test_copier_in_pipeline(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene, CAMERA DISPLAY GPU,
	      (const struct row[]){{CEN_USAGE_CAPTURE, "/dev/camera"},
				   {CEN_USAGE_TEXTURE, "/dev/gpu"},
				   {CEN_USAGE_RENDER, "/dev/gpu"},
				   {CEN_USAGE_SCANOUT, "/dev/display"},
				   {0}});
	assert_int_equal(cen_split_get_group_count(scene.split), 2);
	assert_group(&scene, 0, 0, 2);
	assert_group(&scene, 1, 2, 2);
	assert_copy(&scene, 0, CEN_COPIER_GPU, "/dev/gpu");
	stop(&scene);
}

/* The words of the request hold for each group. */
static void test_policy(void **state)
{
	static const struct cen_constraint heap = {.kind = CEN_CONSTRAINT_STRIDE_ALIGN, .value = 8192};
	struct cen_plan_info info = {.size = sizeof(info)};
	struct cen_plane_layout plane;
	struct scene scene;

	(void)state;
	prepare(&scene, CAMERA DISPLAY GPU, camera_to_display);
	assert_int_equal(cen_request_add_constraint(scene.request, &heap, NULL), 0);
	assert_int_equal(cen_request_set_count(scene.request, 5, NULL), 0);
	assert_int_equal(cen_request_set_copies(scene.request, 2, "into shared memory", NULL), 0);
	solve(&scene);
	for (size_t n = 0; n < 2; n++) {
		assert_int_equal(cen_plan_get_plane(plan_of(&scene, n), 0, &plane), 0);
		assert_int_equal(plane.stride, 8192);
		assert_int_equal(cen_plan_get_info(plan_of(&scene, n), &info), 0);
		assert_int_equal(info.count, 5);
		assert_int_equal(info.copies, 2);
	}
	stop(&scene);
	prepare(&scene, CAMERA DISPLAY GPU, camera_to_display);
	assert_int_equal(cen_request_add_format(scene.request, NV12, NULL), 0);
	solve(&scene);
	assert_int_equal(cen_split_get_failed_usage(scene.split), 1);
	assert_non_null(cen_split_get_conflict(scene.split));
	stop(&scene);
}

/* Devices that only the application knows take part, and are not asked. */
static void test_described(void **state)
{
	const struct cen_capability xr24 = {.size = sizeof(xr24), .fourcc = XR24};
	struct cen_capabilities *caps;
	struct scene scene;

	(void)state;
	prepare(&scene, CAMERA DISPLAY GPU, (const struct row[]){{CEN_USAGE_CAPTURE, "/dev/camera"}, {0}});
	assert_int_equal(cen_capabilities_create(&caps), 0);
	assert_int_equal(cen_capabilities_add(caps, &xr24, NULL), 0);
	assert_int_equal(cen_request_add_described(scene.request, CEN_USAGE_SCANOUT, "window", caps, NULL), 0);
	cen_capabilities_unref(caps);
	solve(&scene);
	assert_int_equal(cen_split_get_group_count(scene.split), 2);
	assert_copy(&scene, 0, CEN_COPIER_GPU, "/dev/gpu");
	assert_says(&scene, "window (scanout): XR24 LINEAR");
	stop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_group),
		cmocka_unit_test(test_gpu),
		cmocka_unit_test(test_allocate),
		cmocka_unit_test(test_own_memory),
		cmocka_unit_test(test_cpu),
		cmocka_unit_test(test_cpu_limits),
		cmocka_unit_test(test_cpu_is_linear),
		cmocka_unit_test(test_engine_first),
		cmocka_unit_test(test_engines_before_place),
		cmocka_unit_test(test_bytes_before_kind),
		cmocka_unit_test(test_three_groups),
		cmocka_unit_test(test_other_cut),
		cmocka_unit_test(test_group_for_the_copier),
		cmocka_unit_test(test_copier_in_pipeline),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
