/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* One layout under two numbers: devices and sources that list either find each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include <cenalloc/format.h>

#include "problem.h"
#include "solver-answers.h"

/* NVIDIA's block-linear layout without a page kind, and with the generic kind: drm_fourcc.h says that they are one. */
static const uint64_t older_block = DRM_FORMAT_MOD_NVIDIA_16BX2_BLOCK(4);
static const uint64_t newer_block = DRM_FORMAT_MOD_NVIDIA_BLOCK_LINEAR_2D(0, 0, 0, 0xfe, 4);

/* One layout has two numbers: devices that list one each meet at the one that both know; a source may list either. */
static void test_two_numbers_of_a_layout(void **state)
{
	struct cen_source_format format = {.fourcc = DRM_FORMAT_XRGB8888};
	const uint64_t listed[] = {older_block, newer_block};
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	for (size_t i = 0; i < sizeof(listed) / sizeof(listed[0]); i++) {
		problem_init(&p, 640, 480);
		problem_want(&p, "XR24");
		problem_usage(&p, CEN_USAGE_RENDER);
		problem_cap(&p, "XR24", newer_block, 0, "");
		problem_usage(&p, CEN_USAGE_SCANOUT);
		problem_cap(&p, "XR24", older_block, 0, "");
		problem_source(&p, "gpu", 0, 10);
		format.modifier = listed[i];
		p.source_descs[0].formats = &format;
		p.source_descs[0].format_count = 1;
		solution = problem_solve(&p);
		assert_int_equal(cen_solution_get_plan_count(solution), 1);
		assert_true(plan_info(solution, 0).modifier == older_block);
		cen_solution_unref(solution);
		problem_finish(&p);
	}
	/* Both know the newer one: that is liked better. */
	problem_init(&p, 640, 480);
	problem_want(&p, "XR24");
	problem_usage(&p, CEN_USAGE_RENDER);
	problem_cap(&p, "XR24", newer_block, 0, "");
	problem_usage(&p, CEN_USAGE_SCANOUT);
	problem_cap(&p, "XR24", newer_block, 0, "");
	problem_source(&p, "gpu", 0, 10);
	format.modifier = newer_block;
	p.source_descs[0].formats = &format;
	p.source_descs[0].format_count = 1;
	solution = problem_solve(&p);
	assert_true(plan_info(solution, 0).modifier == newer_block);
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* Who lists columns without their height makes them of any; who lists a height makes that one. */
static void test_columns_of_any_height(void **state)
{
	struct cen_source_format format = {.fourcc = DRM_FORMAT_NV12, .modifier = DRM_FORMAT_MOD_BROADCOM_SAND128};
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	problem_init(&p, 1920, 1080);
	problem_want(&p, "NV12");
	problem_usage(&p, CEN_USAGE_DECODE);
	problem_cap(&p, "NV12", DRM_FORMAT_MOD_BROADCOM_SAND128_COL_HEIGHT(1632), 0, "");
	problem_source(&p, "cma", 1, 10);
	p.source_descs[0].formats = &format;
	p.source_descs[0].format_count = 1;
	solution = problem_solve(&p);
	assert_int_equal(cen_solution_get_plan_count(solution), 1);
	assert_true(plan_info(solution, 0).modifier == DRM_FORMAT_MOD_BROADCOM_SAND128_COL_HEIGHT(1632));
	cen_solution_unref(solution);
	format.modifier = DRM_FORMAT_MOD_BROADCOM_SAND128_COL_HEIGHT(1088);
	solution = problem_solve(&p);
	assert_int_equal(cen_solution_get_plan_count(solution), 0);
	cen_solution_unref(solution);
	problem_finish(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_numbers_of_a_layout),
		cmocka_unit_test(test_columns_of_any_height),
	};

	return cmocka_run_group_tests_name("solver-alias", tests, NULL, NULL);
}
