/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The solver: which plans there are, in which order and why, and what becomes of it without memory. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include <cenalloc/format.h>

#include "fault.h"
#include "problem.h"
#include "solver-answers.h"
#include "solver-sweep.h"

#define VENDOR_A UINT64_C(0x0100000000000001)
#define VENDOR_B UINT64_C(0x0100000000000002)

static void test_scarce_memory_last(void **state)
{
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "stride-exact=1920@queried", "stride-align=64");
	solution = problem_solve(&p);
	assert_int_equal(cen_solution_get_plan_count(solution), 2);
	assert_null(cen_solution_get_conflict(solution));
	assert_string_equal(plan_info(solution, 0).source, "system");
	assert_string_equal(plan_info(solution, 1).source, "cma");
	assert_int_equal(plan_info(solution, 0).total_bytes, 3110400);
	assert_int_equal(plan_info(solution, 0).segments, 0);
	assert_true(plan_info(solution, 0).cost < plan_info(solution, 1).cost);
	assert_true(has_reason(cen_solution_get_plan(solution, 0), "stride: fixed by dev0 (queried)"));
	cen_solution_unref(solution);
	problem_finish(&p);
}

static void test_scattered_is_ruled_out(void **state)
{
	const char *source, *text;
	struct cen_solution *solution;
	struct cen_plan *plan;
	struct problem p;

	(void)state;
	camera_and_display(&p, "segments=1@probed", "stride-align=64");
	solution = problem_solve(&p);
	assert_int_equal(cen_solution_get_plan_count(solution), 1);
	plan = cen_plan_ref(cen_solution_get_plan(solution, 0));
	assert_string_equal(plan_info(solution, 0).source, "cma");
	assert_int_equal(plan_info(solution, 0).segments, 1);
	/* A plan outlives its solution. */
	cen_solution_unref(solution);
	assert_int_equal(cen_plan_get_rejection_count(plan), 1);
	assert_int_equal(cen_plan_get_rejection(plan, 0, &source, &text), 0);
	assert_string_equal(source, "system");
	assert_string_equal(text, "memory is scattered; contiguous memory required by dev0 (probed)");
	assert_true(has_reason(plan, "contiguous: required by dev0 (probed)"));
	assert_true(cen_plan_get_rejection(plan, 1, &source, &text) < 0);
	cen_plan_unref(plan);
	problem_finish(&p);
}

/* What the consumers like best comes before what is cheap, and the application's order before both. */
static void test_order_of_plans(void **state)
{
	static const struct cen_source_format made[] = {
		{.fourcc = 0x34325258, .modifier = VENDOR_A},
		{.fourcc = 0x34325258, .modifier = VENDOR_B},
	};
	struct cen_solution *solution;
	struct cen_source_desc *gpu;
	struct problem p;

	(void)state;
	problem_init(&p, 640, 480);
	problem_want(&p, "AR24");
	problem_want(&p, "XR24");
	for (int u = 0; u < 2; u++) {
		problem_usage(&p, u ? CEN_USAGE_SCANOUT : CEN_USAGE_RENDER);
		problem_cap(&p, "XR24", CEN_MODIFIER_LINEAR, 9, "");
		problem_cap(&p, "XR24", VENDOR_A, u ? 0 : 1, "");
		problem_cap(&p, "XR24", VENDOR_B, 0, "");
		problem_cap(&p, "AR24", CEN_MODIFIER_LINEAR, 0, "");
	}
	problem_source(&p, "system", 0, 10);
	gpu = problem_source(&p, "gpu", 0, 90);
	gpu->formats = made;
	gpu->format_count = 2;
	gpu->exporter = 1;
	solution = problem_solve(&p);
	assert_int_equal(plan_info(solution, 0).fourcc, 0x34325241); /* AR24 */
	assert_string_equal(plan_info(solution, 0).source, "system");
	assert_int_equal(plan_info(solution, 2).modifier, VENDOR_B);
	assert_string_equal(plan_info(solution, 2).source, "gpu");
	assert_int_equal(plan_info(solution, 2).is_layout_final, 0);
	assert_int_equal(plan_info(solution, 3).modifier, VENDOR_A);
	assert_int_equal(plan_info(solution, 4).modifier, CEN_MODIFIER_LINEAR);
	assert_int_equal(cen_solution_get_plan_count(solution), 6);
	cen_solution_unref(solution);
	/* INVALID is never produced unless the request asks for it. */
	p.modifiers[0] = CEN_MODIFIER_INVALID;
	p.problem.modifier_count = 1;
	solution = problem_solve(&p);
	assert_int_equal(cen_conflict_get_dimension(cen_solution_get_conflict(solution)), CEN_DIMENSION_MODIFIER);
	assert_true(has_relaxation(cen_solution_get_conflict(solution), "names no modifiers"));
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* The exporter constraint insists on the device's own allocator; others' are there, but last. */
static void test_exporter(void **state)
{
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "exporter=1@queried", "");
	problem_source(&p, "/dev/cam", 1, 60)->exporter = 1;
	problem_source(&p, "/dev/other", 1, 5)->exporter = 77;
	solution = problem_solve(&p);
	assert_int_equal(cen_solution_get_plan_count(solution), 1);
	assert_string_equal(plan_info(solution, 0).source, "/dev/cam");
	assert_int_equal(cen_plan_get_rejection_count(cen_solution_get_plan(solution, 0)), 3);
	cen_solution_unref(solution);
	problem_finish(&p);
	camera_and_display(&p, "", "");
	problem_source(&p, "/dev/other", 1, 5)->exporter = 77;
	problem_source(&p, "/dev/cam", 1, 60)->exporter = 1;
	solution = problem_solve(&p);
	assert_int_equal(cen_solution_get_plan_count(solution), 4);
	assert_string_equal(plan_info(solution, 2).source, "/dev/cam");
	assert_string_equal(plan_info(solution, 3).source, "/dev/other");
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* Nobody can read what a camera's own buffers are, but they suit the camera. They suit nobody stricter. */
static void test_own_memory(void **state)
{
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "segments=1@probed address-bits=32", "segments=1");
	p.problem.source_count = 1;
	problem_source(&p, "/dev/cam", 0, 60)->exporter = 1;
	p.source_descs[1].address_max = 0;
	solution = problem_solve(&p);
	assert_int_equal(cen_solution_get_plan_count(solution), 1);
	assert_string_equal(plan_info(solution, 0).source, "/dev/cam");
	cen_solution_unref(solution);
	problem_finish(&p);
	camera_and_display(&p, "segments=4@probed", "segments=1");
	p.problem.source_count = 1;
	problem_source(&p, "/dev/cam", 0, 60)->exporter = 1;
	solution = problem_solve(&p);
	assert_int_equal(cen_solution_get_plan_count(solution), 0);
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* Alternatives of one format: single-object against a dma-buf per plane. */
static void test_alternatives(void **state)
{
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "objects=one chroma-rows=1088", "objects=one|per-plane offset-align.1=4096");
	p.problem.usage_count = 1;
	problem_cap(&p, "NV12", CEN_MODIFIER_LINEAR, 0, "objects=per-plane");
	p.problem.usage_count = 2;
	solution = problem_solve(&p);
	assert_int_equal(cen_solution_get_plan_count(solution), 4);
	/* 1920 * 1088 is a multiple of 4096: both alternatives work, and a dma-buf per plane pads less. */
	assert_int_equal(plan_info(solution, 0).object_count, 2);
	assert_int_equal(plan_info(solution, 1).object_count, 1);
	cen_solution_unref(solution);
	problem_finish(&p);
}

static void test_count_comes_from_devices(void **state)
{
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "count-min=3 count-max=32", "");
	solution = problem_solve(&p);
	assert_int_equal(plan_info(solution, 0).count, 3);
	cen_solution_unref(solution);
	p.problem.count = 40;
	solution = problem_solve(&p);
	assert_int_equal(cen_conflict_get_dimension(cen_solution_get_conflict(solution)), CEN_DIMENSION_COUNT);
	assert_int_equal(cen_conflict_get_usage_count(cen_solution_get_conflict(solution)), 1);
	assert_true(has_relaxation(cen_solution_get_conflict(solution), "32 buffers instead of 40"));
	cen_solution_unref(solution);
	problem_finish(&p);
}

static void test_policy(void **state)
{
	const struct cen_conflict *conflict;
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "", "");
	problem_policy(&p, "heap=cma");
	solution = problem_solve(&p);
	assert_int_equal(cen_solution_get_plan_count(solution), 1);
	assert_string_equal(plan_info(solution, 0).source, "cma");
	cen_solution_unref(solution);
	problem_policy(&p, "heap=nowhere");
	solution = problem_solve(&p);
	conflict = cen_solution_get_conflict(solution);
	assert_int_equal(cen_conflict_get_dimension(conflict), CEN_DIMENSION_ALLOCATOR);
	assert_non_null(strstr(cen_conflict_get_text(conflict), "the request requires heap nowhere (policy)"));
	assert_true(has_relaxation(conflict, "without its constraint heap=nowhere"));
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* Protected memory that the request itself asks for is not told as ruled out by the plan that has it. */
static void test_protected_by_request(void **state)
{
	const char *source, *text;
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "", "");
	p.source_descs[1].placement = CEN_PLACEMENT_PROTECTED;
	problem_policy(&p, "placement=protected");
	solution = problem_solve(&p);
	assert_string_equal(plan_info(solution, 0).source, "cma");
	assert_int_equal(cen_plan_get_rejection_count(cen_solution_get_plan(solution, 0)), 1);
	assert_int_equal(cen_plan_get_rejection(cen_solution_get_plan(solution, 0), 0, &source, &text), 0);
	assert_string_equal(source, "system");
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* A device that derives where the chroma is derives its stride, too: nobody else can fix it otherwise. */
static void test_derived_stride(void **state)
{
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "stride-exact=1920 chroma-rows=1080 objects=one", "stride-exact.1=2048");
	solution = problem_solve(&p);
	assert_int_equal(cen_conflict_get_dimension(cen_solution_get_conflict(solution)), CEN_DIMENSION_STRIDE);
	assert_true(tells(cen_solution_get_conflict(solution), "dev0", CEN_CONSTRAINT_STRIDE_EXACT));
	assert_true(tells(cen_solution_get_conflict(solution), "dev1", CEN_CONSTRAINT_STRIDE_EXACT));
	cen_solution_unref(solution);
	problem_finish(&p);
	camera_and_display(&p, "stride-align=16 chroma-rows=1080 objects=one", "stride-exact.1=2048");
	solution = problem_solve(&p);
	assert_int_equal(cen_solution_get_plan_count(solution), 2);
	assert_int_equal(plan_info(solution, 0).total_bytes, 2048 * 1620);
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* What is said of planes that a format does not have keeps nobody apart. */
static void test_planes_that_are_not_there(void **state)
{
	static const struct {
		const char *fourcc, *camera, *display;
		size_t plans;
	} cases[] = {
		{"XR24", "chroma-rows=1080", "chroma-rows=1088", 2},
		{"XR24", "stride-exact.1=640", "stride-exact.1=1280", 2},
		{"NV12", "stride-exact.2=640", "stride-exact.2=1280", 2},
		{"YU12", "stride-exact.3=640", "stride-exact.3=1280", 2},
		{"YU12", "stride-exact.2=960", "stride-exact.2=1280", 0},
		{"NV12", "chroma-rows=1080", "chroma-rows=1088", 0},
		{"XR24", "stride-exact=7680", "stride-exact=8192", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cen_solution *solution;
		struct problem p;

		camera_and_display(&p, "", "");
		p.problem.usage_count = p.problem.fourcc_count = 0;
		for (int u = 0; u < 2; u++) {
			cen_capabilities_unref(p.caps[u]);
			problem_usage(&p, CEN_USAGE_TEXTURE);
			problem_cap(&p, cases[i].fourcc, CEN_MODIFIER_LINEAR, 0,
				    u ? cases[i].display : cases[i].camera);
		}
		solution = problem_solve(&p);
		assert_int_equal(cen_solution_get_plan_count(solution), cases[i].plans);
		cen_solution_unref(solution);
		problem_finish(&p);
	}
}

/* An alternative that asks for nothing does not take the place of one that takes protected memory. */
static void test_alternative_for_protected(void **state)
{
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "placement=protected", "");
	problem_cap(&p, "NV12", CEN_MODIFIER_LINEAR, 0, "placement=system|protected");
	p.problem.source_count = 1;
	p.source_descs[0].placement = CEN_PLACEMENT_PROTECTED;
	solution = problem_solve(&p);
	assert_int_equal(cen_solution_get_plan_count(solution), 1);
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* What is too large for one dma-buf may do with one per plane. */
static void test_object_per_plane_fits(void **state)
{
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "", "");
	p.source_descs[0].max_bytes = 2500000;
	p.source_descs[1].max_bytes = 2500000;
	solution = problem_solve(&p);
	assert_int_equal(cen_solution_get_plan_count(solution), 2);
	assert_int_equal(plan_info(solution, 0).object_count, 2);
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* One plan is told once, whichever alternatives lead to it. */
static void test_no_plan_twice(void **state)
{
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "stride-align=16 size-min=100", "");
	p.problem.usage_count = 1;
	problem_cap(&p, "NV12", CEN_MODIFIER_LINEAR, 0, "stride-align=32 size-min=50");
	problem_cap(&p, "NV12", CEN_MODIFIER_LINEAR, 0, "stride-align=64 size-min=20");
	p.problem.usage_count = 2;
	solution = problem_solve(&p);
	assert_int_equal(cen_solution_get_plan_count(solution), 2);
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* In how many pieces a vendor layout will lie is not known before it is made. */
static void test_vendor_layout_in_pieces(void **state)
{
	static const struct cen_source_format made[] = {{.fourcc = 0x34325258, .modifier = VENDOR_A}};
	struct cen_solution *solution;
	struct cen_source_desc *gpu;
	struct problem p;

	(void)state;
	problem_init(&p, 640, 480);
	problem_usage(&p, CEN_USAGE_RENDER);
	problem_cap(&p, "XR24", VENDOR_A, 0, "segments=2");
	gpu = problem_source(&p, "gpu", 0, 90);
	gpu->formats = made;
	gpu->format_count = 1;
	solution = problem_solve(&p);
	assert_int_equal(cen_solution_get_plan_count(solution), 0);
	cen_solution_unref(solution);
	gpu->segments = 1;
	solution = problem_solve(&p);
	assert_int_equal(cen_solution_get_plan_count(solution), 1);
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* Sixty-four devices with alternatives: far more combinations than can be tried, and one that works. */
static void test_many_alternatives(void **state)
{
	for (int with_plan = 0; with_plan < 2; with_plan++) {
		struct cen_solution *solution;
		struct problem p;

		(void)state;
		problem_init(&p, 1920, 1080);
		problem_want(&p, "NV12");
		for (int u = 0; u < CEN_MAX_USAGES - 1; u++) {
			problem_usage(&p, CEN_USAGE_TEXTURE);
			problem_cap(&p, "NV12", CEN_MODIFIER_LINEAR, 0, "objects=one stride-align=16 segments=1");
			problem_cap(&p, "NV12", CEN_MODIFIER_LINEAR, 0, "objects=one stride-align=32");
			problem_cap(&p, "NV12", CEN_MODIFIER_LINEAR, 0, "objects=per-plane stride-align=64");
			problem_cap(&p, "NV12", CEN_MODIFIER_LINEAR, 0,
				    "objects=per-plane stride-align=128 size-min=9");
		}
		problem_usage(&p, CEN_USAGE_SCANOUT);
		problem_cap(&p, "NV12", CEN_MODIFIER_LINEAR, 0,
			    with_plan ? "objects=per-plane" : "objects=per-plane stride-max=20");
		problem_source(&p, "system", 0, 10);
		solution = problem_solve(&p);
		assert_int_equal(cen_solution_get_plan_count(solution) > 0, with_plan);
		cen_solution_unref(solution);
		problem_finish(&p);
	}
}

/* Sized structs: what is too small is refused, what is larger is filled up with zeros. */
static void test_sized_structs(void **state)
{
	struct {
		struct cen_plan_info info;
		uint64_t more;
	} large = {.info.size = sizeof(large), .more = 1};
	struct cen_conflict_member one = {.size = sizeof(one)};
	struct cen_plan_constraint constraint = {.size = sizeof(constraint) - 1};
	struct cen_plan_info small = {.size = sizeof(size_t)};
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "segments=1", "");
	solution = problem_solve(&p);
	assert_int_equal(cen_plan_get_info(cen_solution_get_plan(solution, 0), &small), -22);
	assert_int_equal(cen_plan_get_info(cen_solution_get_plan(solution, 0), &large.info), 0);
	assert_int_equal(large.info.size, sizeof(large));
	assert_int_equal(large.more, 0);
	assert_int_equal(cen_plan_get_constraint(cen_solution_get_plan(solution, 0), 0, &constraint), -22);
	assert_null(cen_solution_get_plan(solution, SIZE_MAX));
	cen_solution_unref(solution);
	p.problem.source_count = 1;
	solution = problem_solve(&p);
	assert_int_equal(cen_conflict_get_member(cen_solution_get_conflict(solution), SIZE_MAX / 128, &one), -22);
	one.size--;
	assert_int_equal(cen_conflict_get_member(cen_solution_get_conflict(solution), 0, &one), -22);
	assert_int_equal(cen_conflict_get_usage(cen_solution_get_conflict(solution), 9), SIZE_MAX);
	assert_null(cen_conflict_get_relaxation(cen_solution_get_conflict(solution), 99));
	cen_solution_unref(solution);
	problem_finish(&p);
}

static void test_no_memory(void **state)
{
	struct problem p;

	(void)state;
	camera_and_display(&p, "stride-align=64", "segments=1");
	problem_policy(&p, "stride-align=128");
	assert_true(sweep_solve(&p.problem) > 5);
	/* A conflict with relaxations of every sort: permission, a heap, count, policy, format. */
	p.source_descs[1].access = -EACCES;
	p.problem.usage_count = 1;
	problem_cap(&p, "XR24", CEN_MODIFIER_LINEAR, 0, "");
	p.problem.usage_count = 2;
	problem_cap(&p, "XR24", CEN_MODIFIER_LINEAR, 0, "count-max=2");
	problem_cap(&p, "AR24", VENDOR_A, 0, "");
	p.problem.count = 3;
	assert_true(sweep_solve(&p.problem) > 20);
	p.problem.count = 1;
	p.problem.width = 1919;
	problem_want(&p, "AR24");
	assert_true(sweep_solve(&p.problem) > 20);
	problem_finish(&p);
}

/* The words of a plan are written when they are asked for: without memory there are none, and later there are. */
static void test_no_memory_for_words(void **state)
{
	struct cen_solution *solution;
	struct problem p;
	bool fired = true;

	(void)state;
	camera_and_display(&p, "stride-align=256 chroma-rows=1088", "segments=1@probed");
	for (unsigned long n = 1; fired; n++) {
		const char *source = NULL, *text = NULL;
		const struct cen_plan *plan;
		size_t alive = fault_alive();

		solution = problem_solve(&p);
		plan = cen_solution_get_plan(solution, 0);
		fault_arm(FAULT_MEMORY, n);
		assert_true(cen_plan_get_reason_count(plan) > 0 || fault_fired());
		fired = fault_disarm();
		assert_true(has_reason(plan, "contiguous: required by dev1"));
		assert_int_equal(cen_plan_get_rejection_count(plan), 1);
		assert_int_equal(cen_plan_get_rejection(plan, 0, &source, &text), 0);
		assert_string_equal(source, "system");
		cen_solution_unref(solution);
		assert_int_equal(fault_alive(), alive);
		assert_true(n < 1000);
	}
	problem_finish(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scarce_memory_last),
		cmocka_unit_test(test_scattered_is_ruled_out),
		cmocka_unit_test(test_order_of_plans),
		cmocka_unit_test(test_exporter),
		cmocka_unit_test(test_own_memory),
		cmocka_unit_test(test_alternatives),
		cmocka_unit_test(test_count_comes_from_devices),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_protected_by_request),
		cmocka_unit_test(test_derived_stride),
		cmocka_unit_test(test_planes_that_are_not_there),
		cmocka_unit_test(test_alternative_for_protected),
		cmocka_unit_test(test_object_per_plane_fits),
		cmocka_unit_test(test_no_plan_twice),
		cmocka_unit_test(test_vendor_layout_in_pieces),
		cmocka_unit_test(test_many_alternatives),
		cmocka_unit_test(test_sized_structs),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_no_memory_for_words),
	};

	return cmocka_run_group_tests_name("solver", tests, NULL, NULL);
}
