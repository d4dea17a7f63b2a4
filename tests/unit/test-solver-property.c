/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The solver against random problems: each plan is held against what every single device said, by a check that merges
 * nothing; a conflict's usages are as few as can be; order does not matter; leaving a device out never loses the plan;
 * what a conflict says would help does. The seed is printed with a failure: CEN_TEST_SEED=N CEN_TEST_CASES=1 repeats it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cenalloc/format.h>

#include "fit.h"
#include "plan.h"
#include "problem.h"

static uint64_t random_state;
static uint64_t relaxations; /* that were tried */

static uint32_t random_below(uint32_t bound)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % bound;
}

static const char *const fourccs[] = {"XR24", "NV12", "YU12", "YUYV", "RG24", "P010"};
#define FOURCC_COUNT (sizeof(fourccs) / sizeof(fourccs[0]))

#define SCENE_SOURCES 4

/* What one alternative of a random device says, as text; remembered so that order can be changed. */
struct spoken {
	int fourcc;
	uint64_t modifier;
	char text[512];
};

struct scene {
	uint32_t width, height, count;
	int usages;
	int spoken_count[5];
	struct spoken spoken[5][6];
	int sources;
	struct cen_source_desc source[SCENE_SOURCES];
	bool has_own_memory; /* a source that goes with its device */
	bool is_open; /* the request names no format */
	const char *policy;
};

/* Each constraint appears now and then; numbers are small enough to meet and odd enough to clash. */
static void speak(struct spoken *spoken, uint32_t width)
{
	static const uint32_t aligns[] = {1, 2, 16, 48, 64, 96, 100, 256};
	static const char *const objects[] = {"one", "per-plane", "one|per-plane"};
	static const char *const placements[] = {"system", "cma", "system|cma", "cma|device", "system|protected"};
	char *out = spoken->text;
	size_t left = sizeof(spoken->text);
	int used;

#define SAY(odds, ...)                                                                                                 \
	if (random_below(odds) == 0) {                                                                                 \
		used = snprintf(out, left, __VA_ARGS__);                                                               \
		out += used;                                                                                           \
		left -= (size_t)used;                                                                                  \
	}
	*out = '\0';
	spoken->fourcc = (int)random_below(FOURCC_COUNT);
	spoken->modifier = random_below(4) ? 0 : 0x0100000000000001u;
	SAY(2, "stride-align=%u ", aligns[random_below(8)])
	SAY(4, "stride-align.1=%u ", aligns[random_below(8)])
	SAY(6, "stride-min=%u ", width + random_below(500))
	SAY(6, "stride-max=%u ", width * 2 + random_below(4000))
	SAY(8, "stride-exact=%u ", width * (1 + random_below(4)))
	SAY(5, "height-align=%u ", 1 + random_below(32))
	SAY(8, "chroma-rows=%u ", 240 + 16 * random_below(3))
	SAY(5, "offset-align.1=%u ", aligns[random_below(8)])
	SAY(4, "objects=%s ", objects[random_below(3)])
	SAY(4, "segments=1 ")
	SAY(6, "size-min=%u ", width * 300)
	SAY(8, "size-tail=%u ", random_below(5000))
	SAY(8, "size-align=%u ", aligns[random_below(8)])
	SAY(8, "width-max=%u ", 300 + random_below(1000))
	SAY(8, "width-step=%u ", 1 + random_below(8))
	SAY(6, "count-min=%u ", 1 + random_below(6))
	SAY(8, "count-max=%u ", 2 + random_below(8))
	SAY(9, "stride-max.1=%u ", width + random_below(2000))
	SAY(12, "stride-min.2=%u ", width / 2 + random_below(200))
	SAY(12, "stride-exact.1=%u ", width * (1 + random_below(2)))
	SAY(9, "offset-max.1=%u ", width * 240 * (1 + random_below(4)))
	SAY(9, "size-min.1=%u ", width * 130)
	SAY(9, "size-align.1=%u ", aligns[random_below(8)])
	SAY(9, "size-tail.2=%u ", random_below(5000))
	SAY(12, "segments=%u ", 2 + random_below(60))
	SAY(8, "address-bits=%u ", 30 + random_below(5))
	SAY(12, "address-max=0x%x ", 0x3fffffff + random_below(3) * 0x20000000)
	SAY(10, "granularity=%u ", 1024u << random_below(8))
	SAY(8, "placement=%s ", placements[random_below(5)])
	SAY(30, "exporter=0x%x ", 1 + random_below(5))
	SAY(10, "fd-mode=%s ", random_below(2) ? "read-only" : "read-write")
	SAY(10, "cpu-mappable=yes ")
	SAY(12, "cache=yes ")
	SAY(12, "height-step=%u ", 1 + random_below(6))
#undef SAY
}

static struct cen_source_desc invent_source(int n, int usages)
{
	static const char *const names[SCENE_SOURCES] = {"s0", "s1", "s2", "s3"};
	static const uint64_t highest[] = {0x3fffffff, 0x7fffffff, 0xffffffff, 0x1ffffffff, 0};

	return (struct cen_source_desc){
		.size = sizeof(struct cen_source_desc),
		.name = names[n],
		.segments = random_below(2),
		.placement = 1u << (random_below(8) ? random_below(3) : 3),
		.is_mappable = random_below(4) != 0,
		.is_cached = random_below(2),
		.fd_mode = random_below(4) ? CEN_FD_READ_WRITE : CEN_FD_READ_ONLY,
		.cost = 10 + random_below(5) * 10,
		.exporter = random_below(6) ? 0 : 1 + random_below((uint32_t)usages),
		.address_max = highest[random_below(5)],
		.segment_bytes = random_below(2) ? 0 : 4096u << random_below(5),
		.max_bytes = random_below(4) ? 0 : 60000 + random_below(400000),
		.free_bytes = random_below(3) ? 0 : 200000 + random_below(2000000),
		.access = random_below(8) ? 0 : -13,
	};
}

static void invent(struct scene *scene)
{
	static const char *const policies[] = {"heap=s0", "placement=cma", "segments=1", "stride-align=4096"};

	scene->width = 320 + random_below(8) * 16 + random_below(2);
	scene->height = 240;
	scene->count = 1 + random_below(4);
	scene->usages = 1 + (int)random_below(4);
	for (int u = 0; u < scene->usages; u++) {
		scene->spoken_count[u] = 2 + (int)random_below(5);
		for (int c = 0; c < scene->spoken_count[u]; c++)
			speak(&scene->spoken[u][c], scene->width);
	}
	scene->sources = 1 + (int)random_below(SCENE_SOURCES);
	for (int s = 0; s < scene->sources; s++) {
		scene->source[s] = invent_source(s, scene->usages);
		scene->has_own_memory = scene->has_own_memory || scene->source[s].exporter;
	}
	scene->is_open = random_below(6) == 0;
	scene->policy = random_below(10) ? NULL : policies[random_below(4)];
}

/* Build the problem of the usages in the mask, in ascending or descending order. */
static void build(struct problem *p, const struct scene *scene, uint32_t mask, bool descending)
{
	problem_init(p, scene->width, scene->height);
	p->problem.count = scene->count;
	p->problem.flags = CEN_SOLVE_NO_RELAXATIONS;
	for (size_t f = 0; f < FOURCC_COUNT && !scene->is_open; f++)
		problem_want(p, fourccs[f]);
	if (scene->policy)
		problem_policy(p, scene->policy);
	for (int i = 0; i < scene->usages; i++) {
		int u = descending ? scene->usages - 1 - i : i;

		if (!(mask >> u & 1))
			continue;
		p->usages[problem_usage(p, CEN_USAGE_TEXTURE)].devnum = (uint64_t)u + 1;
		for (int c = 0; c < scene->spoken_count[u]; c++) {
			const struct spoken *spoken = &scene->spoken[u][c];

			problem_cap(p, fourccs[spoken->fourcc], spoken->modifier, 0, spoken->text);
		}
	}
	for (int s = 0; s < scene->sources; s++)
		*problem_source(p, "", 0, 0) = scene->source[s];
}

/* Memory that was made for a device suits it also by the check for those that come late. */
static void check_fit(const struct problem *p, const struct cen_plan *plan)
{
	struct fit_storage storage = {.image = &plan->wish, .source = p->problem.sources[plan->source].desc};
	char reason[FIT_REASON_SIZE];

	if (!plan->info.is_layout_final)
		return;
	for (size_t u = 0; u < p->problem.usage_count; u++) {
		storage.is_own = storage.source->exporter == p->problem.usages[u].devnum;
		/* Of what another device allocated nobody knows what it is; the solver knew what that device had asked. */
		if (storage.source->exporter && !storage.is_own)
			continue;
		if (!_cen_fit_check(p->problem.usages[u].caps, &storage, reason))
			fail_msg("usage %zu of its own plan: %s", u, reason);
	}
}

static void check_plan(const struct problem *p, const struct cen_plan *plan)
{
	const char *wrong = problem_check_plan(&p->problem, plan);

	if (wrong)
		fail_msg("%s", wrong);
	check_fit(p, plan);
}

/* Whether the usages of the mask have a plan; the best plan's cost and text for comparison. */
static bool solve(const struct scene *scene, uint32_t mask, bool descending, struct cen_plan_info *best,
		  uint32_t *conflict_mask)
{
	struct cen_solution *solution;
	const struct cen_conflict *conflict;
	struct problem p;
	size_t plans;

	build(&p, scene, mask, descending);
	solution = problem_solve(&p);
	plans = cen_solution_get_plan_count(solution);
	conflict = cen_solution_get_conflict(solution);
	assert_true((plans == 0) == (conflict != NULL));
	for (size_t i = 0; i < plans; i++)
		check_plan(&p, cen_solution_get_plan(solution, i));
	if (plans && best) {
		*best = (struct cen_plan_info){.size = sizeof(*best)};
		cen_plan_get_info(cen_solution_get_plan(solution, 0), best);
		best->backend = NULL;
		/* One buffer may follow from several alternatives, of which the first is told. */
		best->segments = 0;
		best->address_bits = 0;
	}
	if (conflict && conflict_mask) {
		*conflict_mask = 0;
		for (size_t i = 0; i < cen_conflict_get_usage_count(conflict); i++)
			*conflict_mask |= 1u << cen_conflict_get_usage(conflict, i);
		assert_true(strlen(cen_conflict_get_text(conflict)) > 0);
		assert_true(cen_conflict_get_dimension(conflict) != 0);
		assert_true(cen_conflict_get_member_count(conflict) > 0);
	}
	cen_solution_unref(solution);
	problem_finish(&p);
	return plans > 0;
}

/* Each relaxation that names numbers or formats is taken at its word. */
static void check_relaxations(const struct scene *scene)
{
	struct cen_solution *solution;
	const struct cen_conflict *conflict;
	struct problem p;

	build(&p, scene, (1u << scene->usages) - 1, false);
	p.problem.flags = 0;
	solution = problem_solve(&p);
	conflict = cen_solution_get_conflict(solution);
	for (size_t i = 0; i < cen_conflict_get_relaxation_count(conflict); i++) {
		const char *text = cen_conflict_get_relaxation(conflict, i);
		struct solver_problem changed = p.problem;
		struct cen_solution *other;
		unsigned int width, height, count;
		uint32_t fourcc;

		if (sscanf(text, "another size: %ux%u", &width, &height) == 2) {
			changed.width = width;
			changed.height = height;
		} else if (sscanf(text, "%u buffers instead of", &count) == 1) {
			changed.count = count;
		} else if (strncmp(text, "another format: ", 16) == 0) {
			char name[5] = "";

			memcpy(name, text + 16, 4);
			fourcc = cen_format_from_string(name);
			changed.fourccs = &fourcc;
			changed.fourcc_count = 1;
		} else if (strstr(text, "without constraints of its own")) {
			changed.policy = NULL;
		} else {
			continue;
		}
		assert_int_equal(_cen_solver_run(&changed, &other, NULL), 0);
		assert_true(cen_solution_get_plan_count(other) > 0);
		cen_solution_unref(other);
		relaxations++;
	}
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* Monotone: fewer devices, a plan still; the order of the devices changes nothing. */
static void check_solvable(const struct scene *scene, uint32_t all, const struct cen_plan_info *best)
{
	struct cen_plan_info other;

	/* But for a device whose own memory, of which nobody can read what it is, was made for it. */
	for (int u = 0; u < scene->usages && !scene->has_own_memory; u++)
		assert_true(solve(scene, all & ~(1u << u), false, NULL, NULL) || scene->usages == 1);
	assert_true(solve(scene, all, true, &other, NULL));
	/* With no format named, those of the first device come in its order. */
	if (!scene->is_open)
		assert_memory_equal(best, &other, sizeof(other));
}

/* Returns whether there was a plan. */
static bool check_scene(const struct scene *scene)
{
	uint32_t all = (1u << (unsigned int)scene->usages) - 1, members = 0;
	struct cen_plan_info best;

	if (solve(scene, all, false, &best, &members)) {
		check_solvable(scene, all, &best);
		return true;
	}
	assert_false(solve(scene, all, true, NULL, NULL));
	check_relaxations(scene);
	/* Minimal: its members alone have no plan, and without any one of them they do. */
	if (!members)
		return false;
	assert_false(solve(scene, members, false, NULL, NULL));
	for (int u = 0; u < scene->usages; u++) {
		uint32_t without = members & ~(1u << u);

		if (members >> u & 1 && without)
			assert_true(solve(scene, without, false, NULL, NULL));
	}
	return false;
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void test_random_scenes(void **state)
{
	uint64_t seed = number_from("CEN_TEST_SEED", 1);
	uint64_t cases = number_from("CEN_TEST_CASES", 20000);
	uint64_t plans = 0;

	(void)state;
	for (uint64_t i = 0; i < cases; i++) {
		struct scene scene;

		random_state = seed + i;
		random_below(2);
		memset(&scene, 0, sizeof(scene));
		invent(&scene);
		/* The last line before a failure tells which case to repeat. */
		if (getenv("CEN_TEST_SEED"))
			print_message("seed %llu\n", (unsigned long long)(seed + i));
		plans += check_scene(&scene);
	}
	print_message("# %llu of %llu problems have a plan; %llu relaxations tried\n", (unsigned long long)plans,
		      (unsigned long long)cases, (unsigned long long)relaxations);
	/* Both kinds of answer are worth testing, so both must come up. */
	if (cases >= 1000)
		assert_in_range(plans, cases / 10, cases - cases / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_scenes),
	};

	return cmocka_run_group_tests_name("solver-property", tests, NULL, NULL);
}
