/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Layout arithmetic: sizes that are known, alignments that meet, and every way in which there is no layout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cenalloc/format.h>

#include "problem.h"
#include "search.h"

/* Merge the constraints of one text and lay out a linear image. */
static bool lay(const char *fourcc, uint32_t width, uint32_t height, const char *constraints, struct layout *out,
		struct layout_failure *failure)
{
	struct problem p;
	struct merged merged;
	bool ok;

	problem_init(&p, width, height);
	problem_usage(&p, CEN_USAGE_TEXTURE);
	problem_cap(&p, fourcc, CEN_MODIFIER_LINEAR, 0, constraints);
	_cen_merge_begin(&merged);
	assert_int_equal(_cen_merge_add(&merged, p.caps[0]->entries[0].set, 0, 0), -1);
	ok = _cen_layout_linear(cen_format_get_info(cen_format_from_string(fourcc)), width, height, &merged, out,
				failure);
	problem_finish(&p);
	return ok;
}

static void test_plain_sizes(void **state)
{
	static const struct {
		const char *fourcc;
		uint32_t width, height;
		uint64_t stride[3], offset[3], total;
	} cases[] = {
		{"XR24", 640, 360, {2560}, {0}, 921600},
		{"NV12", 1920, 1080, {1920, 1920}, {0, 2073600}, 3110400},
		{"NV16", 1920, 1080, {1920, 1920}, {0, 2073600}, 4147200},
		{"NV24", 64, 64, {64, 128}, {0, 4096}, 12288},
		{"YU12", 640, 480, {640, 320, 320}, {0, 307200, 384000}, 460800},
		{"P010", 1280, 720, {2560, 2560}, {0, 1843200}, 2764800},
		{"YUYV", 640, 480, {1280}, {0}, 614400},
		{"RG24", 33, 2, {99}, {0}, 198},
		{"R8  ", 17, 3, {17}, {0}, 51},
	};
	struct layout_failure failure;
	struct layout layout;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct cen_format_info *info = cen_format_get_info(cen_format_from_string(cases[i].fourcc));

		assert_non_null(info);
		assert_true(lay(cases[i].fourcc, cases[i].width, cases[i].height, "", &layout, &failure));
		assert_int_equal(layout.object_count, 1);
		assert_int_equal(layout.plane_count, info->plane_count);
		for (uint32_t p = 0; p < info->plane_count; p++) {
			assert_int_equal(layout.planes[p].stride, cases[i].stride[p]);
			assert_int_equal(layout.planes[p].offset, cases[i].offset[p]);
		}
		assert_int_equal(layout.total, cases[i].total);
		assert_int_equal(layout.object_sizes[0], cases[i].total);
		assert_int_equal(layout.padding, 0);
	}
}

static void test_alignment(void **state)
{
	struct layout_failure failure;
	struct layout layout;

	(void)state;
	/* 2560 is no multiple of 192, and 2688 = 14 * 192 the next that is. */
	assert_true(lay("XR24", 640, 360, "stride-align=192", &layout, &failure));
	assert_int_equal(layout.planes[0].stride, 2688);
	assert_int_equal(layout.padding, 128 * 360);
	/* The chroma of YU12 has half the stride: 64 for it is 128 for the luma. */
	assert_true(lay("YU12", 656, 480, "stride-align=64 stride-align.1=64 stride-align.2=64", &layout, &failure));
	assert_int_equal(layout.planes[0].stride, 768);
	assert_int_equal(layout.planes[1].stride, 384);
	assert_int_equal(layout.planes[2].stride, 384);
	assert_true(lay("NV12", 1920, 1080, "height-align=16 offset-align.1=4096 size-align=4096", &layout, &failure));
	assert_int_equal(layout.planes[0].rows, 1088);
	assert_int_equal(layout.planes[1].offset, 2088960);
	assert_int_equal(layout.object_sizes[0] % 4096, 0);
	assert_true(lay("NV12", 1920, 1080, "size-min=4000000 size-tail=100", &layout, &failure));
	assert_int_equal(layout.object_sizes[0], 4000000);
	assert_true(lay("NV12", 1920, 1080, "size-tail=100", &layout, &failure));
	assert_int_equal(layout.object_sizes[0], 3110500);
}

static void test_objects(void **state)
{
	struct layout_failure failure;
	struct layout layout;

	(void)state;
	assert_true(lay("NV12", 1920, 1080, "objects=per-plane size-min.1=1100000 offset-max.1=0", &layout, &failure));
	assert_int_equal(layout.object_count, 2);
	assert_int_equal(layout.planes[1].object, 1);
	assert_int_equal(layout.planes[1].offset, 0);
	assert_int_equal(layout.object_sizes[0], 2073600);
	assert_int_equal(layout.object_sizes[1], 1100000);
	/* With a choice: one. */
	assert_true(lay("NV12", 1920, 1080, "objects=one|per-plane", &layout, &failure));
	assert_int_equal(layout.object_count, 1);
}

static void test_derived_chroma(void **state)
{
	struct layout_failure failure;
	struct layout layout;

	(void)state;
	assert_true(lay("NV12", 1920, 1080, "chroma-rows=1088", &layout, &failure));
	assert_int_equal(layout.planes[1].offset, 1920 * 1088);
	assert_true(lay("YU12", 640, 480, "chroma-rows=480 stride-exact=704", &layout, &failure));
	assert_int_equal(layout.planes[2].offset, 704 * 480 + 352 * 240);
	/* Rows that a device touches may not be another's chroma. */
	assert_false(lay("NV12", 1920, 1080, "objects=one chroma-rows=1080 height-align=16", &layout, &failure));
	assert_int_equal(failure.slot, _cen_constraint_slot(CEN_CONSTRAINT_CHROMA_ROWS, 0));
	assert_int_equal(failure.other, _cen_constraint_slot(CEN_CONSTRAINT_HEIGHT_ALIGN, 0));
	/* With a dma-buf per plane it need not be. */
	assert_true(lay("NV12", 1920, 1080, "chroma-rows=1080 height-align=16", &layout, &failure));
	assert_int_equal(layout.object_count, 2);
	/* The offset follows the stride: that is what can be aligned, unless it is fixed. */
	assert_true(lay("NV12", 1920, 1080, "chroma-rows=1080 offset-align.1=4096", &layout, &failure));
	assert_int_equal(layout.planes[0].stride, 2048); /* 1080 is 8 * 135: the stride must bring the other 512 */
	assert_int_equal(layout.planes[1].offset, 2048 * 1080);
	assert_false(lay("NV12", 1920, 1080, "objects=one chroma-rows=1080 offset-align.1=4096 stride-exact=1920",
			 &layout, &failure));
	assert_int_equal(failure.other, _cen_constraint_slot(CEN_CONSTRAINT_OFFSET_ALIGN, 1));
}

static void test_no_layout(void **state)
{
	static const struct {
		const char *fourcc;
		uint32_t width, height;
		const char *constraints;
		int kind, other_kind; /* 0: the request */
		bool is_overflow;
	} cases[] = {
		{"XR24", 640, 360, "stride-exact=2600 stride-align=64", CEN_CONSTRAINT_STRIDE_EXACT,
		 CEN_CONSTRAINT_STRIDE_ALIGN, false},
		{"XR24", 640, 360, "stride-exact=2000", CEN_CONSTRAINT_STRIDE_EXACT, 0, false},
		{"XR24", 640, 360, "stride-align=192 stride-max=2600", CEN_CONSTRAINT_STRIDE_MAX,
		 CEN_CONSTRAINT_STRIDE_ALIGN, false},
		{"XR24", 640, 360, "stride-max=2000", CEN_CONSTRAINT_STRIDE_MAX, 0, false},
		{"XR24", 640, 360, "stride-exact=2560 stride-min=2600", CEN_CONSTRAINT_STRIDE_EXACT,
		 CEN_CONSTRAINT_STRIDE_MIN, false},
		{"XR24", 640, 360, "width-min=800", CEN_CONSTRAINT_WIDTH_MIN, 0, false},
		{"XR24", 640, 360, "height-max=200", CEN_CONSTRAINT_HEIGHT_MAX, 0, false},
		{"XR24", 641, 360, "width-step=2", CEN_CONSTRAINT_WIDTH_STEP, 0, false},
		{"XR24", 640, 360, "width-min=800 width-max=700", CEN_CONSTRAINT_WIDTH_MIN, CEN_CONSTRAINT_WIDTH_MAX,
		 false},
		{"NV12", 641, 360, "", 0, 0, false},
		{"NV12", 640, 361, "", 0, 0, false},
		{"YUYV", 641, 360, "", 0, 0, false},
		{"XR24", 640, 360, "stride-align=18446744073709551615", CEN_CONSTRAINT_STRIDE_ALIGN, 0, true},
		{"YU12", 640, 360, "stride-align.1=9223372036854775809", CEN_CONSTRAINT_STRIDE_ALIGN, 0, true},
		{"XR24", 640, 360, "size-tail=18446744073709551615", CEN_CONSTRAINT_SIZE_TAIL, 0, true},
		{"XR24", 640, 360, "height-align=18446744073709551615", CEN_CONSTRAINT_HEIGHT_ALIGN, 0, true},
	};
	struct layout_failure failure;
	struct layout layout;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_false(
			lay(cases[i].fourcc, cases[i].width, cases[i].height, cases[i].constraints, &layout, &failure));
		assert_int_equal(failure.is_overflow, cases[i].is_overflow);
		if (cases[i].kind && !cases[i].is_overflow)
			assert_int_equal(failure.slot, _cen_constraint_slot((uint32_t)cases[i].kind, 0));
		if (!cases[i].kind)
			assert_int_equal(failure.slot, LAYOUT_REQUEST);
		if (cases[i].other_kind)
			assert_int_equal(failure.other, _cen_constraint_slot((uint32_t)cases[i].other_kind, 0));
		else
			assert_int_equal(failure.other, LAYOUT_REQUEST);
	}
}

/* The arithmetic that stands in for the table of slots. */
static void test_known_slots(void **state)
{
	(void)state;
	for (uint32_t kind = 1; cen_constraint_kind_get_info(kind); kind++) {
		for (uint32_t plane = 0; plane < (cen_constraint_kind_get_info(kind)->per_plane ? 4 : 1); plane++)
			assert_int_equal(_cen_known_slot(kind, plane), _cen_constraint_slot(kind, plane));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_sizes), cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_objects),     cmocka_unit_test(test_derived_chroma),
		cmocka_unit_test(test_no_layout),   cmocka_unit_test(test_known_slots),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
