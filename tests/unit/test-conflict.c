/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The conflict: who is in it, with which constraint, and what would help. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <cenalloc/format.h>

#include "problem.h"
#include "solver-answers.h"

struct conflict_case {
	const char *camera, *display;
	uint32_t dimension;
	size_t usages;
	const char *text; /* within the conflict's text */
};

static void test_conflicts(void **state)
{
	static const struct conflict_case cases[] = {
		{"stride-exact=1920@queried", "stride-align=256", CEN_DIMENSION_STRIDE, 2, "stride exactly 1920 bytes"},
		{"stride-exact=1920", "stride-exact=2048", CEN_DIMENSION_STRIDE, 2, "stride exactly 2048 bytes"},
		{"chroma-rows=1080", "chroma-rows=1088", CEN_DIMENSION_CHROMA, 2, "chroma right after 1088 rows"},
		{"objects=one", "objects=per-plane", CEN_DIMENSION_OBJECTS, 2, "per-plane"},
		{"chroma-rows=1080 objects=one", "height-align=16", CEN_DIMENSION_CHROMA, 2, "multiple of 16 rows"},
		{"width-max=640", "", CEN_DIMENSION_SIZE, 1, "width at most 640 pixels"},
		{"placement=device", "", CEN_DIMENSION_PLACEMENT, 1, "memory of another kind"},
		{"address-bits=16", "", CEN_DIMENSION_ADDRESS, 1, "memory may lie too high"},
		{"placement=system", "segments=1@probed", CEN_DIMENSION_CONTIGUITY, 2, "contiguous memory (probed)"},
		{"stride-align=65537", "stride-align=65539", CEN_DIMENSION_STRIDE, 2, "65539"},
	};
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct cen_conflict *conflict;

		camera_and_display(&p, cases[i].camera, cases[i].display);
		solution = problem_solve(&p);
		conflict = cen_solution_get_conflict(solution);
		assert_non_null(conflict);
		if (!strstr(cen_conflict_get_text(conflict), cases[i].text))
			print_message("case %zu: %s\n", i, cen_conflict_get_text(conflict));
		assert_non_null(strstr(cen_conflict_get_text(conflict), cases[i].text));
		assert_int_equal(cen_conflict_get_dimension(conflict), cases[i].dimension);
		assert_int_equal(cen_conflict_get_usage_count(conflict), cases[i].usages);
		cen_solution_unref(solution);
		problem_finish(&p);
	}
}

static void test_format_conflict(void **state)
{
	const struct cen_conflict *conflict;
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "", "");
	p.problem.usage_count = 1;
	problem_cap(&p, "XR24", CEN_MODIFIER_LINEAR, 0, "");
	p.problem.usage_count = 2;
	problem_cap(&p, "XR24", CEN_MODIFIER_LINEAR, 0, "");
	p.problem.fourcc_count = 0;
	problem_want(&p, "YUYV");
	solution = problem_solve(&p);
	conflict = cen_solution_get_conflict(solution);
	assert_int_equal(cen_conflict_get_dimension(conflict), CEN_DIMENSION_FORMAT);
	assert_int_equal(cen_conflict_get_usage_count(conflict), 1);
	assert_string_equal(member(conflict, 0).who, "dev0");
	assert_string_equal(member(conflict, 0).text, "does not take YUYV for capture, but NV12, XR24");
	assert_true(has_relaxation(conflict, "another format: NV12, XR24"));
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* One lacks the format that the other has: both are named, though the one alone is in conflict with the request. */
static void test_who_has_the_format(void **state)
{
	const struct cen_conflict *conflict;
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "", "");
	p.problem.usage_count = 1;
	problem_cap(&p, "YUYV", CEN_MODIFIER_LINEAR, 0, "");
	p.problem.usage_count = 2;
	p.problem.fourcc_count = 0;
	problem_want(&p, "YUYV");
	solution = problem_solve(&p);
	conflict = cen_solution_get_conflict(solution);
	assert_int_equal(cen_conflict_get_usage_count(conflict), 1);
	assert_int_equal(cen_conflict_get_usage(conflict, 0), 1);
	assert_int_equal(cen_conflict_get_member_count(conflict), 2);
	assert_string_equal(member(conflict, 1).who, "dev0");
	assert_string_equal(member(conflict, 1).text, "has YUYV for capture");
	assert_int_equal(member(conflict, 1).usage, 0);
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* Two constraints of the same devices do not hold together: both are told, and no third that nobody has. */
static void test_all_that_divides(void **state)
{
	const struct cen_conflict *conflict;
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "stride-exact=1928 chroma-rows=1080", "stride-align=16 chroma-rows=1088");
	solution = problem_solve(&p);
	conflict = cen_solution_get_conflict(solution);
	assert_int_equal(cen_conflict_get_dimension(conflict), CEN_DIMENSION_CHROMA);
	assert_int_equal(cen_conflict_get_member_count(conflict), 4);
	assert_true(tells(conflict, "dev0", CEN_CONSTRAINT_CHROMA_ROWS));
	assert_true(tells(conflict, "dev1", CEN_CONSTRAINT_CHROMA_ROWS));
	assert_true(tells(conflict, "dev0", CEN_CONSTRAINT_STRIDE_EXACT));
	assert_true(tells(conflict, "dev1", CEN_CONSTRAINT_STRIDE_ALIGN));
	cen_solution_unref(solution);
	problem_finish(&p);

	camera_and_display(&p, "stride-exact=1920 chroma-rows=1080", "stride-align=16 chroma-rows=1088");
	solution = problem_solve(&p);
	assert_int_equal(cen_conflict_get_member_count(cen_solution_get_conflict(solution)), 2);
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* No source makes the vendor's layout, and the heap that is named is not the display's: the latter is the news. */
static void test_linear_is_told(void **state)
{
	const struct cen_conflict *conflict;
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	problem_init(&p, 640, 480);
	problem_want(&p, "XR24");
	problem_usage(&p, CEN_USAGE_SCANOUT);
	problem_cap(&p, "XR24", 0x0200000000000901ull, 0, "exporter=1");
	problem_cap(&p, "XR24", CEN_MODIFIER_LINEAR, 1, "exporter=1");
	problem_source(&p, "system", 0, 10);
	solution = problem_solve(&p);
	conflict = cen_solution_get_conflict(solution);
	assert_int_equal(cen_conflict_get_dimension(conflict), CEN_DIMENSION_ALLOCATOR);
	assert_true(tells(conflict, "dev0", CEN_CONSTRAINT_EXPORTER));
	assert_null(strstr(cen_conflict_get_text(conflict), "modifier"));
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* What the source lacks is told, and what would help: permission, fewer buffers, a contiguous heap. */
static void test_source_conflicts(void **state)
{
	const struct cen_conflict *conflict;
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "segments=1@probed", "");
	p.source_descs[1].access = -13;
	p.source_descs[1].access_help = "/dev/dma_heap/cma is root:root 0600";
	solution = problem_solve(&p);
	conflict = cen_solution_get_conflict(solution);
	assert_int_equal(cen_conflict_get_dimension(conflict), CEN_DIMENSION_PERMISSION);
	assert_string_equal(member(conflict, 0).who, "cma");
	assert_int_equal(member(conflict, 0).usage, CEN_MEMBER_SOURCE);
	assert_true(has_relaxation(conflict, "root:root 0600"));
	cen_solution_unref(solution);

	p.problem.source_count = 1;
	solution = problem_solve(&p);
	conflict = cen_solution_get_conflict(solution);
	assert_int_equal(cen_conflict_get_dimension(conflict), CEN_DIMENSION_CONTIGUITY);
	assert_int_equal(member(conflict, 0).usage, 0);
	assert_int_equal(member(conflict, 0).constraint.kind, CEN_CONSTRAINT_SEGMENTS);
	assert_true(has_relaxation(conflict, "cma=64M"));
	cen_solution_unref(solution);

	p.problem.source_count = 2;
	p.source_descs[1].access = 0;
	p.source_descs[1].free_bytes = 10000000;
	p.problem.count = 6;
	solution = problem_solve(&p);
	conflict = cen_solution_get_conflict(solution);
	assert_int_equal(cen_conflict_get_dimension(conflict), CEN_DIMENSION_CAPACITY);
	assert_non_null(strstr(cen_conflict_get_text(conflict),
			       "18,662,400 bytes wanted, 10,000,000 available: 3 of 6 buffers fit"));
	assert_true(has_relaxation(conflict, "3 buffers instead of 6"));
	cen_solution_unref(solution);
	problem_finish(&p);
}

static void test_odd_size(void **state)
{
	const struct cen_conflict *conflict;
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "", "");
	p.problem.width = 1919;
	solution = problem_solve(&p);
	conflict = cen_solution_get_conflict(solution);
	assert_int_equal(cen_conflict_get_dimension(conflict), CEN_DIMENSION_SIZE);
	assert_int_equal(cen_conflict_get_usage_count(conflict), 0);
	assert_non_null(strstr(cen_conflict_get_text(conflict), "NV12 needs a width that is a multiple of 2"));
	assert_true(has_relaxation(conflict, "another size: 1920x1080"));
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* Whoever makes the stride too large is told beside the one who bounds it. */
static void test_who_makes_the_stride(void **state)
{
	static const struct {
		const char *fourcc, *camera, *display;
		uint32_t camera_kind, display_kind;
	} cases[] = {
		{"NV12", "stride-min=4096", "stride-max=2048", CEN_CONSTRAINT_STRIDE_MIN, CEN_CONSTRAINT_STRIDE_MAX},
		{"NV12", "stride-min.1=4096 chroma-rows=1080 objects=one", "stride-max=2048", CEN_CONSTRAINT_STRIDE_MIN,
		 CEN_CONSTRAINT_STRIDE_MAX},
		{"NV12", "stride-align.1=1024 chroma-rows=1080 objects=one", "stride-max=1984",
		 CEN_CONSTRAINT_STRIDE_ALIGN, CEN_CONSTRAINT_STRIDE_MAX},
		{"NV12", "stride-align.1=2048", "stride-max.1=1984", CEN_CONSTRAINT_STRIDE_ALIGN,
		 CEN_CONSTRAINT_STRIDE_MAX},
		{"NV12", "objects=one offset-align.1=1048576 chroma-rows=1080", "stride-max=2048",
		 CEN_CONSTRAINT_OFFSET_ALIGN, CEN_CONSTRAINT_STRIDE_MAX},
		{"NV12", "stride-exact=4096 chroma-rows=1080 objects=one", "stride-max.1=2048",
		 CEN_CONSTRAINT_STRIDE_EXACT, CEN_CONSTRAINT_STRIDE_MAX},
		/* Both sets together leave what no source has. */
		{"NV12", "placement=system|device", "placement=cma|device", CEN_CONSTRAINT_PLACEMENT,
		 CEN_CONSTRAINT_PLACEMENT},
	};
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct cen_conflict *conflict;

		camera_and_display(&p, cases[i].camera, cases[i].display);
		solution = problem_solve(&p);
		conflict = cen_solution_get_conflict(solution);
		assert_non_null(conflict);
		if (!tells(conflict, "dev0", cases[i].camera_kind) || !tells(conflict, "dev1", cases[i].display_kind))
			print_message("case %zu: %s\n", i, cen_conflict_get_text(conflict));
		assert_true(tells(conflict, "dev0", cases[i].camera_kind));
		assert_true(tells(conflict, "dev1", cases[i].display_kind));
		assert_int_equal(cen_conflict_get_usage_count(conflict), 2);
		cen_solution_unref(solution);
		problem_finish(&p);
	}
}

/* An alignment that no other goes together with in 64 bits: planes without a constraint of their own are not asked. */
static void test_huge_alignment(void **state)
{
	static const char *const aligns[] = {
		"stride-align=18446744073709551615",
		"stride-align=18446744073709551615 chroma-rows=1080",
		"objects=one chroma-rows=1081 offset-align.2=18446744073709551615",
		"height-align=18446744073709551615",
		"size-align=18446744073709551615",
		"size-tail=18446744073709551615",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(aligns) / sizeof(aligns[0]); i++) {
		struct cen_solution *solution;
		const struct cen_conflict *conflict;
		struct problem p;

		problem_init(&p, 1920, 1080);
		problem_usage(&p, CEN_USAGE_TEXTURE);
		problem_cap(&p, "YU12", CEN_MODIFIER_LINEAR, 0, aligns[i]);
		problem_source(&p, "system", 0, 10)->free_bytes = UINT32_MAX;
		solution = problem_solve(&p);
		conflict = cen_solution_get_conflict(solution);
		assert_non_null(conflict);
		assert_string_equal(member(conflict, 0).who, i == 4 ? "system" : "dev0");
		cen_solution_unref(solution);
		problem_finish(&p);
	}
}

/* The format that came nearest is told, however late it was tried. */
static void test_nearest_format_is_told(void **state)
{
	static const char *const others[] = {"XR24", "AR24", "XB24", "AB24", "RG16", "YUYV", "UYVY"};
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "width-max=640", "");
	p.problem.fourcc_count = 0;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		problem_want(&p, others[i]);
	problem_want(&p, "NV12");
	solution = problem_solve(&p);
	assert_int_equal(cen_conflict_get_dimension(cen_solution_get_conflict(solution)), CEN_DIMENSION_SIZE);
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* Vendor modifiers that no source makes are not nearer than the linear image that the devices fail over. */
static void test_nearest_modifier_is_told(void **state)
{
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "stride-exact=1920", "stride-align=256");
	for (p.problem.usage_count = 1; p.problem.usage_count <= 2; p.problem.usage_count++)
		problem_cap(&p, "NV12", UINT64_C(0x0100000000000001), 0, "");
	p.problem.usage_count = 2;
	solution = problem_solve(&p);
	assert_int_equal(cen_conflict_get_dimension(cen_solution_get_conflict(solution)), CEN_DIMENSION_STRIDE);
	assert_true(tells(cen_solution_get_conflict(solution), "dev0", CEN_CONSTRAINT_STRIDE_EXACT));
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* A source that makes no buffer of the size makes none of six. */
static void test_too_large_for_one(void **state)
{
	const struct cen_conflict *conflict;
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "objects=one", "");
	p.problem.source_count = 1;
	p.problem.count = 6;
	p.source_descs[0].max_bytes = 2500000;
	solution = problem_solve(&p);
	conflict = cen_solution_get_conflict(solution);
	assert_int_equal(cen_conflict_get_dimension(conflict), CEN_DIMENSION_CAPACITY);
	assert_non_null(strstr(cen_conflict_get_text(conflict),
			       "3,110,400 bytes wanted in one piece, at most 2,500,000 available"));
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* The text says what the source lacks: here the size of its pieces, not where they lie. */
static void test_granularity_is_told(void **state)
{
	const char *text;
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "granularity=65536", "");
	solution = problem_solve(&p);
	text = cen_conflict_get_text(cen_solution_get_conflict(solution));
	assert_non_null(strstr(text, "system, cma: pieces of memory are too small"));
	assert_null(strstr(text, "too high"));
	cen_solution_unref(solution);
	problem_finish(&p);
}

static void test_device_without_formats(void **state)
{
	const struct cen_conflict *conflict;
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	problem_init(&p, 640, 480);
	problem_usage(&p, CEN_USAGE_CAPTURE);
	problem_source(&p, "system", 0, 10);
	solution = problem_solve(&p);
	conflict = cen_solution_get_conflict(solution);
	assert_int_equal(cen_conflict_get_dimension(conflict), CEN_DIMENSION_FORMAT);
	assert_string_equal(member(conflict, 0).who, "dev0");
	cen_solution_unref(solution);
	/* What it has of others was not asked, or is nothing. */
	problem_want(&p, "NV12");
	solution = problem_solve(&p);
	assert_string_equal(member(cen_solution_get_conflict(solution), 0).text, "does not take NV12 for capture");
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* The nearest size that the camera has, in both directions at once. */
static void test_nearest_size(void **state)
{
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "width-min=640 width-max=640 height-min=360 height-max=360", "width-max=8192");
	p.problem.width = 1001;
	p.problem.height = 501;
	solution = problem_solve(&p);
	assert_int_equal(cen_conflict_get_dimension(cen_solution_get_conflict(solution)), CEN_DIMENSION_SIZE);
	assert_true(has_relaxation(cen_solution_get_conflict(solution), "another size: 640x360"));
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* A plan has as many buffers as can be allocated at once, also where a device wants more. */
static void test_count_beyond_plans(void **state)
{
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "count-min=65", "");
	solution = problem_solve(&p);
	assert_int_equal(cen_conflict_get_dimension(cen_solution_get_conflict(solution)), CEN_DIMENSION_COUNT);
	assert_non_null(strstr(cen_conflict_get_text(cen_solution_get_conflict(solution)),
			       "at least 65 buffers (declared); the request can have at most 64 buffers"));
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* Where there are too many combinations to try them all, the conflict says that it may be wrong. */
static void test_too_many_alternatives(void **state)
{
	static const char told[] = "too many alternatives to try them all";

	(void)state;
	for (unsigned int alternatives = 100; alternatives <= 200; alternatives += 100) {
		struct cen_solution *solution;
		struct problem p;
		char text[64];

		problem_init(&p, 320, 200);
		problem_want(&p, "XR24");
		for (unsigned int u = 0; u < 2; u++) {
			problem_usage(&p, CEN_USAGE_TEXTURE);
			for (unsigned int a = 0; a < alternatives; a++) {
				snprintf(text, sizeof(text), "stride-exact=%u", 2000 + u * 1000 + a);
				problem_cap(&p, "XR24", CEN_MODIFIER_LINEAR, 0, text);
			}
		}
		problem_source(&p, "system", 0, 10);
		solution = problem_solve(&p);
		assert_non_null(cen_solution_get_conflict(solution));
		assert_int_equal(strstr(cen_conflict_get_text(cen_solution_get_conflict(solution)), told) != NULL,
				 alternatives == 200);
		cen_solution_unref(solution);
		problem_finish(&p);
	}
}

/* A device alone is in the conflict where another one would have memory or layouts that only devices ask for. */
static void test_what_others_could_have(void **state)
{
	static const struct cen_source_format tiled = {.modifier = UINT64_C(0x0100000000000001)};
	struct cen_source_format made = tiled;
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	made.fourcc = cen_format_from_string("NV12");
	for (int is_tiled = 0; is_tiled < 2; is_tiled++) {
		struct cen_source_desc *source;

		problem_init(&p, 1920, 1080);
		problem_want(&p, "NV12");
		problem_usage(&p, CEN_USAGE_SCANOUT);
		problem_cap(&p, "XR24", CEN_MODIFIER_LINEAR, 0, "");
		problem_usage(&p, CEN_USAGE_CAPTURE);
		problem_cap(&p, "NV12", is_tiled ? tiled.modifier : CEN_MODIFIER_LINEAR, 0,
			    is_tiled ? "" : "placement=protected");
		source = problem_source(&p, "own", 1, 10);
		source->placement = is_tiled ? CEN_PLACEMENT_DEVICE : CEN_PLACEMENT_PROTECTED;
		/* Nothing linear of this size. */
		source->max_bytes = is_tiled ? 4096 : 0;
		source->formats = &made;
		source->format_count = is_tiled ? 1 : 0;
		solution = problem_solve(&p);
		assert_int_equal(cen_conflict_get_usage_count(cen_solution_get_conflict(solution)), 1);
		assert_int_equal(cen_conflict_get_usage(cen_solution_get_conflict(solution), 0), 0);
		cen_solution_unref(solution);
		problem_finish(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conflicts),
		cmocka_unit_test(test_format_conflict),
		cmocka_unit_test(test_who_has_the_format),
		cmocka_unit_test(test_all_that_divides),
		cmocka_unit_test(test_linear_is_told),
		cmocka_unit_test(test_source_conflicts),
		cmocka_unit_test(test_odd_size),
		cmocka_unit_test(test_who_makes_the_stride),
		cmocka_unit_test(test_huge_alignment),
		cmocka_unit_test(test_nearest_format_is_told),
		cmocka_unit_test(test_nearest_modifier_is_told),
		cmocka_unit_test(test_too_large_for_one),
		cmocka_unit_test(test_granularity_is_told),
		cmocka_unit_test(test_device_without_formats),
		cmocka_unit_test(test_nearest_size),
		cmocka_unit_test(test_count_beyond_plans),
		cmocka_unit_test(test_too_many_alternatives),
		cmocka_unit_test(test_what_others_could_have),
	};

	return cmocka_run_group_tests_name("conflict", tests, NULL, NULL);
}
