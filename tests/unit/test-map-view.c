/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a map does to a solve: which sources are left, in which order, and what is told of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fault.h"
#include "map-view.h"
#include "solver-answers.h"
#include "util.h"

/* Put a map in force. The devices are known as "dev0", "dev1", ... alone. */
static void set_map(struct problem *p, const char *text)
{
	struct map_names names[CEN_MAX_USAGES] = {0};
	struct cen_map *map = NULL;
	struct cen_error *err = NULL;

	if (cen_map_parse(text, &map, &err) < 0)
		fail_msg("%s: %s", text, cen_error_get_message(err));
	for (size_t u = 0; u < p->problem.usage_count; u++) {
		names[u].names[0] = p->names[u];
		names[u].count = 1;
	}
	p->problem.map = _cen_map_view_create(map, &p->problem, names);
	assert_non_null(p->problem.map);
	cen_map_unref(map);
}

static void finish(struct problem *p, struct cen_solution *solution)
{
	cen_solution_unref(solution);
	_cen_map_view_unref(p->problem.map);
	problem_finish(p);
}

/* A camera, a display, and six sources of four backends. */
static void start(struct problem *p, const char *map)
{
	static const struct {
		const char *name, *backend;
		uint32_t segments, cost;
	} rows[] = {{"system", "heap", 0, 10},        {"default_cma_region", "heap", 1, 50},
		    {"udmabuf", "udmabuf", 0, 20},    {"/dev/dri/card0", "gbm", 0, 60},
		    {"/dev/dri/card0", "kms", 0, 70}, {"udmabuf-hugetlb", "udmabuf", 1, 90}};

	problem_init(p, 64, 64);
	problem_want(p, "XR24");
	problem_usage(p, CEN_USAGE_CAPTURE);
	problem_cap(p, "XR24", CEN_MODIFIER_LINEAR, 0, "");
	problem_usage(p, CEN_USAGE_SCANOUT);
	problem_cap(p, "XR24", CEN_MODIFIER_LINEAR, 0, "");
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		problem_source(p, rows[i].name, rows[i].segments, rows[i].cost);
		p->sources[i].backend = rows[i].backend;
	}
	set_map(p, map);
}

/* "system udmabuf": the sources of the plans, best first, each with its backend. */
static void list_plans(const struct cen_solution *solution, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < cen_solution_get_plan_count(solution); i++) {
		struct cen_plan_info info = plan_info(solution, i);

		used += (size_t)snprintf(buf + used, size - used, "%s%s:%s", i ? " " : "", info.backend, info.source);
	}
}

struct order_case {
	const char *map, *plans;
};

/* What names stand for, and that the order of the map comes before the scarcity of the memory. */
static void test_order(void **state)
{
	static const struct order_case cases[] = {
		{"*=system", "heap:system"},
		{"*=udmabuf,system", "udmabuf:udmabuf heap:system"},
		{"*=system,udmabuf", "heap:system udmabuf:udmabuf"},
		{"*=cma-heap", "heap:default_cma_region"},
		{"*=system-heap", "heap:system"},
		{"*=heap", "heap:system heap:default_cma_region"},
		{"*=gbm,heap", "gbm:/dev/dri/card0 heap:system heap:default_cma_region"},
		{"*=/dev/dri/card0", "gbm:/dev/dri/card0 kms:/dev/dri/card0"},
		{"*=kms:/dev/dri/card0,system", "kms:/dev/dri/card0 heap:system"},
		{"*=udmabuf:udmabuf-hugetlb", "udmabuf:udmabuf-hugetlb"},
		{"*=nothing,system,nothing-either", "heap:system"},
		{"*=system,system,heap", "heap:system heap:default_cma_region"},
		/* Both must allow it. */
		{"dev0=system,udmabuf;*=udmabuf,gbm", "udmabuf:udmabuf"},
		/* The sum of both places; between equals the scarcity. */
		{"dev0=udmabuf,system;dev1=system,udmabuf", "heap:system udmabuf:udmabuf"},
		{"dev0=gbm,udmabuf,system;dev1=udmabuf,system,gbm", "udmabuf:udmabuf gbm:/dev/dri/card0 heap:system"},
		/* The type is the usage. */
		{"dev1/scanout=gbm;*=gbm,system", "gbm:/dev/dri/card0"},
		{"dev1/cursor=gbm;*=system", "heap:system"},
		{"dev1/common=gbm;*=system", "heap:system"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct cen_solution *solution;
		struct problem p;
		char plans[512];

		start(&p, cases[i].map);
		solution = problem_solve(&p);
		list_plans(solution, plans, sizeof(plans));
		if (strcmp(plans, cases[i].plans) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", cases[i].map, plans, cases[i].plans);
		finish(&p, solution);
	}
}

static void test_words_of_plans(void **state)
{
	struct cen_solution *solution;
	const char *source, *text;
	struct problem p;

	(void)state;
	start(&p, "dev0=system,udmabuf;dev1/scanout=udmabuf,gbm");
	solution = problem_solve(&p);
	assert_true(has_reason(cen_solution_get_plan(solution, 0),
			       "map: dev0 (capture): udmabuf is number 2 of rule 1 (dev0=system,udmabuf)"));
	assert_true(has_reason(cen_solution_get_plan(solution, 0),
			       "map: dev1 (scanout): udmabuf is number 1 of rule 2 (dev1/scanout=udmabuf,gbm)"));
	assert_int_equal(cen_plan_get_rejection_count(cen_solution_get_plan(solution, 0)), 5);
	assert_int_equal(cen_plan_get_rejection(cen_solution_get_plan(solution, 0), 0, &source, &text), 0);
	assert_string_equal(source, "system");
	assert_string_equal(text, "the map gives dev1 (scanout) only udmabuf, gbm (rule 2: dev1/scanout=udmabuf,gbm)");
	finish(&p, solution);
}

static void test_no_rule(void **state)
{
	const struct cen_conflict *conflict;
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	start(&p, "dev1=system");
	solution = problem_solve(&p);
	conflict = cen_solution_get_conflict(solution);
	assert_non_null(conflict);
	assert_int_equal(cen_conflict_get_dimension(conflict), CEN_DIMENSION_MAP);
	assert_string_equal(cen_dimension_get_name(CEN_DIMENSION_MAP), "map");
	assert_int_equal(cen_conflict_get_usage_count(conflict), 1);
	assert_int_equal(cen_conflict_get_usage(conflict, 0), 0);
	assert_string_equal(member(conflict, 0).who, "the map");
	assert_int_equal(member(conflict, 0).usage, 0);
	assert_string_equal(member(conflict, 0).text, "has no rule for dev0 as capture (policy)");
	assert_non_null(strstr(cen_conflict_get_text(conflict), "the map has no rule for dev0 as capture (policy)"));
	assert_true(has_relaxation(conflict, "a map that allows system, default_cma_region, udmabuf, /dev/dri/card0"));
	finish(&p, solution);
}

/* Two rules that have nothing in common: both devices are in the conflict, and each rule is named. */
static void test_rules_apart(void **state)
{
	const struct cen_conflict *conflict;
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	start(&p, "dev0=system;dev1=gbm");
	solution = problem_solve(&p);
	conflict = cen_solution_get_conflict(solution);
	assert_non_null(conflict);
	assert_int_equal(cen_conflict_get_usage_count(conflict), 2);
	assert_string_equal(member(conflict, 0).text,
			    "gives dev0 (capture) only system (rule 1: dev0=system) (policy)");
	assert_string_equal(member(conflict, 1).text, "gives dev1 (scanout) only gbm (rule 2: dev1=gbm) (policy)");
	assert_int_equal(member(conflict, 1).usage, 1);
	assert_int_equal(member(conflict, 2).usage, CEN_MEMBER_SOURCE);
	assert_string_equal(member(conflict, 2).text, "the map leaves it out");
	finish(&p, solution);
}

/* A name that is nothing here, and a map that leaves only memory that does not fit. */
static void test_other_reasons(void **state)
{
	const struct cen_conflict *conflict;
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	start(&p, "*=nowhere");
	solution = problem_solve(&p);
	conflict = cen_solution_get_conflict(solution);
	assert_non_null(strstr(cen_conflict_get_text(conflict),
			       "only nowhere, which is nothing on this machine (rule 1: *=nowhere)"));
	finish(&p, solution);

	camera_and_display(&p, "segments=1@probed", "");
	set_map(&p, "*=system");
	solution = problem_solve(&p);
	conflict = cen_solution_get_conflict(solution);
	assert_int_equal(cen_conflict_get_dimension(conflict), CEN_DIMENSION_MAP);
	assert_int_equal(cen_conflict_get_usage_count(conflict), 1);
	assert_true(tells(conflict, "dev0", CEN_CONSTRAINT_SEGMENTS));
	assert_non_null(strstr(cen_conflict_get_text(conflict), "system: memory is scattered"));
	assert_non_null(strstr(cen_conflict_get_text(conflict), "cma: the map leaves it out"));
	assert_true(has_relaxation(conflict, "a map that allows cma"));
	assert_false(has_relaxation(conflict, "system"));
	finish(&p, solution);
}

/* A heap that is not there would help only where the map would give it. */
static void test_heap_that_is_not_there(void **state)
{
	static const struct {
		const char *map;
		bool helps;
	} cases[] = {{"*=system,cma-heap", true},
		     {"*=heap", true},
		     {"dev0=heap;*=cma-heap", true},
		     {"*=system", false},
		     {"dev0=cma-heap;*=system", false}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct cen_solution *solution;
		struct problem p;

		camera_and_display(&p, "segments=1", "");
		p.problem.source_count = 1;
		p.sources[0].backend = "heap";
		set_map(&p, cases[i].map);
		solution = problem_solve(&p);
		assert_non_null(cen_solution_get_conflict(solution));
		assert_int_equal(has_relaxation(cen_solution_get_conflict(solution), "a heap of contiguous memory"),
				 cases[i].helps);
		finish(&p, solution);
	}
}

/* A source without permission is no less one that the map leaves out. */
static void test_permission(void **state)
{
	const struct cen_conflict *conflict;
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	camera_and_display(&p, "", "");
	problem_source(&p, "other", 0, 10);
	p.source_descs[1].access = p.source_descs[2].access = -13;
	set_map(&p, "*=cma");
	solution = problem_solve(&p);
	conflict = cen_solution_get_conflict(solution);
	assert_true(has_relaxation(conflict, "permission to use cma"));
	assert_false(has_relaxation(conflict, "permission to use system"));
	assert_non_null(strstr(cen_conflict_get_text(conflict), "cma: no permission"));
	assert_non_null(strstr(cen_conflict_get_text(conflict), "system, other: the map leaves it out"));
	finish(&p, solution);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

#define SCENE_SOURCES 5
#define SCENE_USAGES 4

struct scene {
	uint8_t ranks[SCENE_USAGES][SCENE_SOURCES];
	uint32_t costs[SCENE_SOURCES];
	size_t usages;
	char map[512];
};

/* Each device gets a random selection of the sources, in a random order, or no rule. */
static void make_scene(struct scene *scene, uint32_t *seed)
{
	size_t used = 0;

	memset(scene, 0, sizeof(*scene));
	memset(scene->ranks, MAP_EXCLUDED, sizeof(scene->ranks));
	scene->usages = 1 + next_random(seed) % SCENE_USAGES;
	for (size_t s = 0; s < SCENE_SOURCES; s++)
		scene->costs[s] = 10 + next_random(seed) % 4 * 10;
	for (size_t u = 0; u < scene->usages; u++) {
		size_t names = next_random(seed) % 8;

		for (size_t n = 0; n < names; n++) {
			size_t s = next_random(seed) % SCENE_SOURCES;

			used += (size_t)snprintf(scene->map + used, sizeof(scene->map) - used,
						 n ? ",s%zu" : "dev%zu=s%zu", n ? s : u, s);
			if (scene->ranks[u][s] == MAP_EXCLUDED)
				scene->ranks[u][s] = (uint8_t)n;
		}
		if (names)
			scene->map[used++] = ';';
	}
	snprintf(scene->map + used, sizeof(scene->map) - used, "other=s0");
}

/* The usages of the mask, in order or from the last to the first. */
static struct cen_solution *solve_scene(struct problem *p, const struct scene *scene, uint32_t mask, bool is_reversed)
{
	static const char *const names[SCENE_SOURCES] = {"s0", "s1", "s2", "s3", "s4"};

	problem_init(p, 64, 64);
	problem_want(p, "XR24");
	for (size_t i = 0; i < scene->usages; i++) {
		size_t u = is_reversed ? scene->usages - 1 - i : i, at;

		if (!(mask >> u & 1))
			continue;
		at = problem_usage(p, CEN_USAGE_TEXTURE);
		snprintf(p->names[at], sizeof(p->names[at]), "dev%u", (unsigned int)(u % SCENE_USAGES));
		problem_cap(p, "XR24", CEN_MODIFIER_LINEAR, 0, "");
	}
	for (size_t s = 0; s < SCENE_SOURCES; s++)
		problem_source(p, names[s], 0, scene->costs[s]);
	set_map(p, scene->map);
	return problem_solve(p);
}

/* What the answer must be, without the solver: the sum of places, then the scarcity, then the order of discovery. */
static size_t expect_plans(const struct scene *scene, uint32_t mask, size_t order[SCENE_SOURCES])
{
	uint32_t keys[SCENE_SOURCES];
	size_t count = 0;

	for (size_t s = 0; s < SCENE_SOURCES; s++) {
		uint32_t key = scene->costs[s];
		size_t at = count;

		for (size_t u = 0; u < scene->usages; u++) {
			if (mask >> u & 1)
				key += scene->ranks[u][s] == MAP_EXCLUDED ? UINT32_C(1) << 24
									  : scene->ranks[u][s] * 1000u;
		}
		if (key >= UINT32_C(1) << 24)
			continue;
		for (; at > 0 && keys[at - 1] > key; at--) {
			keys[at] = keys[at - 1];
			order[at] = order[at - 1];
		}
		keys[at] = key;
		order[at] = s;
		count++;
	}
	return count;
}

static void check_solution(const struct cen_solution *solution, const struct scene *scene, uint32_t mask)
{
	size_t order[SCENE_SOURCES];
	size_t count = expect_plans(scene, mask, order);

	if (cen_solution_get_plan_count(solution) != count)
		fail_msg("%s, usages 0x%x: %zu plans, not %zu", scene->map, mask, cen_solution_get_plan_count(solution),
			 count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(plan_info(solution, i).source[1] - '0', order[i]);
}

/* The conflict has no plan, and has one without any of its usages. */
static void check_conflict(const struct cen_conflict *conflict, const struct scene *scene)
{
	size_t order[SCENE_SOURCES];
	uint32_t mask = 0;

	for (size_t i = 0; i < cen_conflict_get_usage_count(conflict); i++)
		mask |= 1u << cen_conflict_get_usage(conflict, i);
	assert_int_not_equal(mask, 0);
	assert_int_equal(expect_plans(scene, mask, order), 0);
	for (size_t u = 0; u < scene->usages; u++) {
		if (mask >> u & 1 && mask != 1u << u)
			assert_int_not_equal(expect_plans(scene, mask & ~(1u << u), order), 0);
	}
	assert_int_equal(cen_conflict_get_dimension(conflict), CEN_DIMENSION_MAP);
}

/* Random maps: every answer is the one that the rules give, whatever the order of the devices. */
static void test_random_maps(void **state)
{
	uint32_t seed = 1958, conflicts = 0;

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		struct cen_solution *solution;
		struct scene scene;
		struct problem p;
		uint32_t all;

		make_scene(&scene, &seed);
		all = (1u << scene.usages) - 1;
		solution = solve_scene(&p, &scene, all, false);
		check_solution(solution, &scene, all);
		if (cen_solution_get_conflict(solution)) {
			check_conflict(cen_solution_get_conflict(solution), &scene);
			conflicts++;
		}
		finish(&p, solution);
		solution = solve_scene(&p, &scene, all, true);
		check_solution(solution, &scene, all);
		finish(&p, solution);
	}
	assert_true(conflicts > 500 && conflicts < 4500);
}

/* Solving with a map, with a conflict and its relaxations, when any allocation fails. */
static void test_no_memory(void **state)
{
	struct problem p;

	(void)state;
	camera_and_display(&p, "segments=1", "");
	p.problem.source_count = 1;
	p.sources[0].backend = "heap";
	set_map(&p, "dev0=cma-heap;dev1=system,cma-heap");
	for (unsigned long n = 1;; n++) {
		struct cen_solution *solution = NULL;
		size_t alive = fault_alive();
		int ret;

		fault_arm(FAULT_MEMORY, n);
		ret = _cen_solver_run(&p.problem, &solution, NULL);
		if (!fault_disarm()) {
			assert_int_equal(ret, 0);
			assert_true(has_relaxation(cen_solution_get_conflict(solution), "a heap of contiguous"));
			finish(&p, solution);
			return;
		}
		assert_true(ret < 0 && !solution);
		assert_int_equal(fault_alive(), alive);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),         cmocka_unit_test(test_words_of_plans),
		cmocka_unit_test(test_no_rule),       cmocka_unit_test(test_rules_apart),
		cmocka_unit_test(test_other_reasons), cmocka_unit_test(test_heap_that_is_not_there),
		cmocka_unit_test(test_permission),    cmocka_unit_test(test_random_maps),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
