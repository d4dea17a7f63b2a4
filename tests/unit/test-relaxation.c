/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a conflict says as data: relaxations, each taken at its word; and rejections. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cenalloc/format.h>

#include "problem.h"
#include "solver-answers.h"
#include "solver-sweep.h"

#define VENDOR_A UINT64_C(0x0100000000000001)

/* Several constraints of the request's own, in place of those it has. */
static void set_policy(struct problem *p, const char *const *texts, size_t count)
{
	struct cen_constraint list[8];

	for (size_t i = 0; i < count; i++) {
		assert_int_equal(cen_constraint_from_string(texts[i], &list[i], NULL), 0);
		list[i].provenance = CEN_PROVENANCE_POLICY;
	}
	free(p->policy);
	p->policy = NULL;
	assert_int_equal(_cen_constraint_set_create(list, count, &p->policy, NULL), 0);
	p->problem.policy = p->policy;
}

/* The first relaxation of a kind; its size is 0 where there is none. */
static struct cen_relaxation find_relaxation(const struct cen_conflict *conflict, uint32_t kind)
{
	for (size_t i = 0; i < cen_conflict_get_relaxation_count(conflict); i++) {
		struct cen_relaxation out = {.size = sizeof(out)};

		assert_int_equal(cen_conflict_get_relaxation_info(conflict, i, &out), 0);
		assert_string_equal(out.text, cen_conflict_get_relaxation(conflict, i));
		if (out.kind == kind)
			return out;
	}
	return (struct cen_relaxation){0};
}

static struct cen_conflict *conflict_of(const struct cen_solution *solution)
{
	assert_non_null(cen_solution_get_conflict(solution));
	return (struct cen_conflict *)(uintptr_t)cen_solution_get_conflict(solution);
}

static bool has_plan(const struct solver_problem *problem)
{
	struct cen_solution *solution;
	size_t plans;

	assert_int_equal(_cen_solver_run(problem, &solution, NULL), 0);
	plans = cen_solution_get_plan_count(solution);
	cen_solution_unref(solution);
	return plans > 0;
}

static void test_format(void **state)
{
	struct cen_solution *solution;
	struct cen_relaxation format;
	struct problem p;

	(void)state;
	camera_and_display(&p, "stride-exact=1920", "stride-align=256");
	for (p.problem.usage_count = 1; p.problem.usage_count <= 2; p.problem.usage_count++) {
		problem_cap(&p, "XR24", CEN_MODIFIER_LINEAR, 0, "");
		problem_cap(&p, "RG16", CEN_MODIFIER_LINEAR, 0, "");
	}
	p.problem.usage_count = 2;
	solution = problem_solve(&p);
	format = find_relaxation(conflict_of(solution), CEN_RELAXATION_FORMAT);
	assert_int_equal(format.fourcc_count, 2);
	assert_string_equal(format.text, "another format: XR24, RG16");
	for (size_t i = 0; i < format.fourcc_count; i++) {
		struct solver_problem other = p.problem;

		other.fourccs = &format.fourccs[i];
		other.fourcc_count = 1;
		assert_true(has_plan(&other));
	}
	cen_solution_unref(solution);
	problem_finish(&p);
}

static void test_modifier(void **state)
{
	static const struct cen_source_format made[] = {{.fourcc = 0x34325258, .modifier = VENDOR_A}};
	struct cen_solution *solution;
	struct cen_relaxation modifier;
	struct problem p;

	(void)state;
	problem_init(&p, 640, 480);
	problem_want(&p, "XR24");
	problem_usage(&p, CEN_USAGE_RENDER);
	problem_cap(&p, "XR24", VENDOR_A, 0, "");
	problem_source(&p, "gpu", 0, 10)->formats = made;
	p.source_descs[0].format_count = 1;
	p.modifiers[p.problem.modifier_count++] = CEN_MODIFIER_LINEAR;
	solution = problem_solve(&p);
	modifier = find_relaxation(conflict_of(solution), CEN_RELAXATION_MODIFIER);
	assert_int_equal(modifier.size, sizeof(modifier));
	assert_true(modifier.modifier == VENDOR_A);
	p.modifiers[p.problem.modifier_count++] = modifier.modifier;
	assert_true(has_plan(&p.problem));
	cen_solution_unref(solution);
	problem_finish(&p);
}

static void test_size_and_count(void **state)
{
	struct cen_solution *solution;
	struct cen_relaxation size, count;
	struct problem p;

	(void)state;
	camera_and_display(&p, "width-max=1280 height-max=720", "");
	solution = problem_solve(&p);
	size = find_relaxation(conflict_of(solution), CEN_RELAXATION_SIZE);
	assert_int_equal(size.width, 1280);
	assert_int_equal(size.height, 720);
	p.problem.width = size.width;
	p.problem.height = size.height;
	assert_true(has_plan(&p.problem));
	cen_solution_unref(solution);
	p.problem.count = 40;
	problem_usage(&p, CEN_USAGE_ENCODE);
	problem_cap(&p, "NV12", CEN_MODIFIER_LINEAR, 0, "count-max=7");
	solution = problem_solve(&p);
	count = find_relaxation(conflict_of(solution), CEN_RELAXATION_COUNT);
	assert_int_equal(count.count, 7);
	p.problem.count = count.count;
	assert_true(has_plan(&p.problem));
	p.problem.count++;
	assert_false(has_plan(&p.problem));
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* The one constraint to blame is named, the others are not; with two to blame both are, together. */
static void test_constraint(void **state)
{
	static const char *const one[] = {"stride-align=2048", "heap=cma", "size-align=4096"};
	static const char *const two[] = {"stride-align=2048", "stride-min=4000", "heap=cma"};
	struct cen_solution *solution;
	struct cen_relaxation blamed;
	struct problem p;

	(void)state;
	camera_and_display(&p, "", "stride-max=1920");
	set_policy(&p, one, 3);
	solution = problem_solve(&p);
	blamed = find_relaxation(conflict_of(solution), CEN_RELAXATION_CONSTRAINT);
	assert_int_equal(blamed.constraint_count, 1);
	assert_int_equal(blamed.constraints[0].kind, CEN_CONSTRAINT_STRIDE_ALIGN);
	assert_string_equal(blamed.text, "a request without its constraint stride-align=2048");
	assert_false(has_relaxation(conflict_of(solution), "heap=cma"));
	cen_solution_unref(solution);
	set_policy(&p, one + 1, 2);
	assert_true(has_plan(&p.problem));

	set_policy(&p, two, 3);
	solution = problem_solve(&p);
	blamed = find_relaxation(conflict_of(solution), CEN_RELAXATION_CONSTRAINT);
	assert_int_equal(blamed.constraint_count, 2);
	assert_string_equal(blamed.text,
			    "a request without constraints of its own: stride-align=2048 and stride-min=4000");
	cen_solution_unref(solution);
	set_policy(&p, two + 2, 1);
	assert_true(has_plan(&p.problem));
	problem_finish(&p);
}

static void test_permission(void **state)
{
	struct cen_solution *solution;
	struct cen_relaxation permission;
	struct problem p;

	(void)state;
	camera_and_display(&p, "segments=1", "");
	p.source_descs[1].access = -EACCES;
	solution = problem_solve(&p);
	permission = find_relaxation(conflict_of(solution), CEN_RELAXATION_PERMISSION);
	assert_int_equal(permission.source_count, 1);
	assert_string_equal(permission.sources[0], "cma");
	assert_string_equal(permission.text, "permission to use cma");
	p.source_descs[1].access = 0;
	assert_true(has_plan(&p.problem));
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* How many bytes would do, and what the kernel is told where its limit is too low; what would not do is not told. */
static void test_memory(void **state)
{
	static const struct {
		const char *backend;
		uint32_t segments, count;
		uint64_t max, free;
		const char *parameter, *text;
	} cases[] = {
		{"heap", 1, 6, 67108864, 10000000, NULL, "more memory in pool: 18,662,400 bytes free"},
		{"heap", 1, 24, 67108864, 67108864, "cma=80M",
		 "more memory in pool: 74,649,600 bytes in all, for example with cma=80M on the kernel's command line"},
		{"udmabuf", 0, 1, 2097152, 67108864, "udmabuf.size_limit_mb=3",
		 "more memory in pool: 3,110,400 bytes in all, for example with udmabuf.size_limit_mb=3 on the "
		 "kernel's "
		 "command line"},
	};
	struct problem p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cen_solution *solution;
		struct cen_relaxation memory;

		camera_and_display(&p, "objects=one", "");
		p.problem.count = cases[i].count;
		p.problem.source_count = 0;
		problem_source(&p, "pool", cases[i].segments, 10)->max_bytes = cases[i].max;
		p.source_descs[0].free_bytes = cases[i].free;
		p.sources[0].backend = cases[i].backend;
		solution = problem_solve(&p);
		memory = find_relaxation(conflict_of(solution), CEN_RELAXATION_MEMORY);
		assert_int_equal(memory.size, sizeof(memory));
		assert_string_equal(memory.sources[0], "pool");
		assert_string_equal(memory.text, cases[i].text);
		assert_true(!memory.parameter == !cases[i].parameter);
		assert_string_equal(memory.parameter ? memory.parameter : "",
				    cases[i].parameter ? cases[i].parameter : "");
		p.source_descs[0].max_bytes = p.source_descs[0].free_bytes = memory.bytes;
		assert_true(has_plan(&p.problem));
		p.source_descs[0].free_bytes--;
		assert_false(has_plan(&p.problem));
		cen_solution_unref(solution);
		problem_finish(&p);
	}
}

/* As large as it may be, its pieces are too many. */
static void test_memory_that_does_not_help(void **state)
{
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "segments=1", "");
	p.problem.source_count = 1;
	p.source_descs[0].free_bytes = 4096;
	solution = problem_solve(&p);
	assert_int_equal(find_relaxation(conflict_of(solution), CEN_RELAXATION_MEMORY).size, 0);
	assert_int_equal(find_relaxation(conflict_of(solution), CEN_RELAXATION_HEAP).size,
			 sizeof(struct cen_relaxation));
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* The heaps that the kernel lacks, each with its option; not where it is there, and not where it would not help. */
static void test_heaps(void **state)
{
	static const struct {
		const char *camera, *source;
		const char *options[3];
	} cases[] = {
		{"segments=1", "vram", {"CONFIG_DMABUF_HEAPS_CMA"}},
		{"placement=system", "vram", {"CONFIG_DMABUF_HEAPS_SYSTEM", "CONFIG_UDMABUF"}},
		{"placement=system size-min=70000000", "vram", {"CONFIG_DMABUF_HEAPS_SYSTEM"}},
		{"placement=system", "system", {"CONFIG_UDMABUF"}},
		{"placement=system", "udmabuf", {"CONFIG_DMABUF_HEAPS_SYSTEM"}},
		{"placement=protected", "vram", {NULL}},
		{"placement=system exporters=udmabuf", "vram", {"CONFIG_UDMABUF"}},
		{"placement=system exporters=heap", "vram", {"CONFIG_DMABUF_HEAPS_SYSTEM"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cen_solution *solution;
		struct problem p;
		size_t told = 0;

		camera_and_display(&p, cases[i].camera, "");
		p.problem.source_count = 0;
		/* Of that name, but not to be used for this. */
		problem_source(&p, cases[i].source, 0, 10)->placement = CEN_PLACEMENT_DEVICE;
		solution = problem_solve(&p);
		for (size_t r = 0; r < cen_conflict_get_relaxation_count(conflict_of(solution)); r++) {
			struct cen_relaxation heap = {.size = sizeof(heap)};

			cen_conflict_get_relaxation_info(conflict_of(solution), r, &heap);
			if (heap.kind != CEN_RELAXATION_HEAP)
				continue;
			assert_non_null(cases[i].options[told]);
			assert_string_equal(heap.option, cases[i].options[told++]);
			assert_int_equal(heap.source_count, 1);
			assert_int_equal(heap.parameter != NULL, strcmp(heap.option, "CONFIG_DMABUF_HEAPS_CMA") == 0);
		}
		assert_null(cases[i].options[told]);
		cen_solution_unref(solution);
		problem_finish(&p);
	}
}

/* An area that is named holds all buffers. */
static void test_heap_is_large_enough(void **state)
{
	struct cen_solution *solution;
	struct cen_relaxation heap;
	struct problem p;

	(void)state;
	camera_and_display(&p, "segments=1", "");
	p.problem.source_count = 1;
	p.problem.count = 24;
	solution = problem_solve(&p);
	heap = find_relaxation(conflict_of(solution), CEN_RELAXATION_HEAP);
	assert_true(heap.bytes == 24 * UINT64_C(3110400));
	assert_string_equal(heap.parameter, "cma=80M");
	assert_true(has_relaxation(conflict_of(solution), "CONFIG_DMABUF_HEAPS_CMA and, for example, cma=80M"));
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* Every source has its reason, with who requires what. */
static void test_rejections(void **state)
{
	static const struct {
		const char *source, *text;
		uint32_t dimension;
	} wanted[] = {
		{"system", "memory is scattered; contiguous memory required by dev0 (probed: sg)",
		 CEN_DIMENSION_CONTIGUITY},
		{"cma", "no permission: ask root", CEN_DIMENSION_PERMISSION},
	};
	struct cen_conflict_rejection out = {.size = sizeof(out)};
	struct cen_solution *solution;
	const struct cen_conflict *conflict;
	struct problem p;
	const struct cen_capability capability = {
		.size = sizeof(capability),
		.fourcc = 0x34325258,
		.constraints = &(const struct cen_constraint){.kind = CEN_CONSTRAINT_SEGMENTS,
							      .value = 1,
							      .provenance = CEN_PROVENANCE_PROBED,
							      .note = "sg"},
		.constraint_count = 1,
	};

	(void)state;
	problem_init(&p, 640, 480);
	problem_usage(&p, CEN_USAGE_CAPTURE);
	assert_int_equal(cen_capabilities_add(p.caps[0], &capability, NULL), 0);
	problem_source(&p, "system", 0, 10);
	problem_source(&p, "cma", 1, 50)->access = -EACCES;
	p.source_descs[1].access_help = "ask root";
	solution = problem_solve(&p);
	conflict = conflict_of(solution);
	assert_int_equal(cen_conflict_get_rejection_count(conflict), 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(cen_conflict_get_rejection(conflict, i, &out), 0);
		assert_string_equal(out.source, wanted[i].source);
		assert_string_equal(out.text, wanted[i].text);
		assert_int_equal(out.dimension, wanted[i].dimension);
		assert_int_equal(out.fourcc, 0x34325258);
		assert_true(out.modifier == CEN_MODIFIER_LINEAR);
	}
	assert_int_equal(cen_conflict_get_rejection(conflict, 2, &out), -EINVAL);
	out.size = 1;
	assert_int_equal(cen_conflict_get_rejection(conflict, 0, &out), -EINVAL);
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* A row of formats that fail in three ways; the last comes nearest. */
static const char *const many[] = {"XR24", "AR24", "XB24", "AB24", "RG16", "YUYV",
				   "UYVY", "YU12", "NV21", "NV61", "NV16", "NV12"};
#define MANY (sizeof(many) / sizeof(many[0]))

static void many_formats(struct problem *p)
{
	problem_init(p, 1920, 1080);
	for (size_t i = 0; i < MANY; i++)
		problem_want(p, many[i]);
	problem_usage(p, CEN_USAGE_CAPTURE);
	for (size_t i = 0; i < MANY; i++)
		problem_cap(p, many[i], CEN_MODIFIER_LINEAR, 0, i < 4 ? "stride-max=64" : "");
	problem_usage(p, CEN_USAGE_SCANOUT);
	for (size_t i = 0; i < MANY; i++) {
		if (i < 4 || i >= 10)
			problem_cap(p, many[i], CEN_MODIFIER_LINEAR, 0, i < 4 ? "" : "segments=1");
	}
	problem_source(p, "system", 0, 10);
}

/* Whether a format has a member of its own. */
static bool is_told(const struct cen_conflict *conflict, const char *fourcc)
{
	for (size_t i = 0; i < cen_conflict_get_member_count(conflict); i++) {
		if (member(conflict, i).fourcc == cen_format_from_string(fourcc))
			return true;
	}
	return false;
}

static unsigned int count_lines(const char *text)
{
	unsigned int lines = 0;

	while ((text = strchr(text, '\n'))) {
		text++;
		lines++;
	}
	return lines;
}

/* With the flag every format that was asked for is told; the text stays one of a few lines. */
static void test_all_reasons(void **state)
{
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	many_formats(&p);
	for (int named = 1; named >= 0; named--) {
		if (!named)
			p.problem.fourcc_count = 0;
		p.problem.flags = CEN_SOLVE_NO_RELAXATIONS;
		solution = problem_solve(&p);
		assert_false(is_told(conflict_of(solution), "XB24"));
		assert_int_equal(cen_conflict_get_rejection_count(conflict_of(solution)), 1);
		cen_solution_unref(solution);
		p.problem.flags = CEN_SOLVE_NO_RELAXATIONS | CEN_SOLVE_ALL_REASONS;
		solution = problem_solve(&p);
		for (size_t i = 0; i < MANY; i++)
			assert_true(is_told(conflict_of(solution), many[i]));
		assert_int_equal(cen_conflict_get_dimension(conflict_of(solution)), CEN_DIMENSION_CONTIGUITY);
		assert_int_equal(cen_conflict_get_rejection_count(conflict_of(solution)), 2);
		assert_true(count_lines(cen_conflict_get_text(conflict_of(solution))) <= 6);
		cen_solution_unref(solution);
	}
	problem_finish(&p);
}

static void test_no_memory(void **state)
{
	static const char *const policy[] = {"stride-align=4096", "stride-min=4000"};
	struct problem p;

	(void)state;
	/* Two constraints to blame together. */
	camera_and_display(&p, "", "stride-max=1920");
	set_policy(&p, policy, 2);
	assert_true(sweep_solve(&p.problem) > 10);
	problem_finish(&p);
	/* Too little memory, no permission, no heap, too many buffers. */
	camera_and_display(&p, "placement=system|cma", "");
	p.problem.count = 24;
	p.source_descs[0].access = -EACCES;
	p.source_descs[0].name = "scattered";
	p.source_descs[1].max_bytes = p.source_descs[1].free_bytes = 67108864;
	assert_true(sweep_solve(&p.problem) > 20);
	problem_finish(&p);
	many_formats(&p);
	p.problem.flags = CEN_SOLVE_ALL_REASONS;
	assert_true(sweep_solve(&p.problem) > 40);
	problem_finish(&p);
}

static void test_bad_calls(void **state)
{
	struct cen_relaxation out = {.size = sizeof(out)};
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "segments=1", "");
	p.problem.source_count = 1;
	solution = problem_solve(&p);
	assert_true(cen_conflict_get_relaxation_count(conflict_of(solution)) > 0);
	assert_int_equal(cen_conflict_get_relaxation_info(conflict_of(solution), 99, &out), -EINVAL);
	out.size = 8;
	assert_int_equal(cen_conflict_get_relaxation_info(conflict_of(solution), 0, &out), -EINVAL);
	assert_string_equal(cen_relaxation_get_name(CEN_RELAXATION_HEAP), "heap");
	assert_string_equal(cen_relaxation_get_name(0), "unknown");
	assert_string_equal(cen_relaxation_get_name(99), "unknown");
	cen_solution_unref(solution);
	problem_finish(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_modifier),
		cmocka_unit_test(test_size_and_count),
		cmocka_unit_test(test_constraint),
		cmocka_unit_test(test_permission),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_memory_that_does_not_help),
		cmocka_unit_test(test_heaps),
		cmocka_unit_test(test_heap_is_large_enough),
		cmocka_unit_test(test_rejections),
		cmocka_unit_test(test_all_reasons),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_bad_calls),
	};

	return cmocka_run_group_tests_name("relaxation", tests, NULL, NULL);
}
