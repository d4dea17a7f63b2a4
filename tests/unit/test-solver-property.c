/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The solver against random machines, and against a search that tries everything and was written from
 * docs/constraints.md alone:
 *
 *   plans     each plan satisfies every device in full
 *   answers   on tiny machines, the formats, modifiers and sources that have a plan are those of the search, and the
 *             smallest buffers are as small
 *   minimal   the usages of a conflict have no plan; without any one of them there is one
 *   order     another order of devices, alternatives and sources gives the same answers, and as good a best plan
 *   fewer     a device less never takes the plan away
 *   helps     what a conflict says would help does
 *
 * A failure is cut down to what it needs and printed with its seed; CEN_TEST_SEED=N CEN_TEST_CASES=1 repeats it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif

#include <cenalloc/format.h>

#include "solver-outcome.h"

#define MAX_ANSWERS 128

/* What was tried, to be told at the end. */
static struct {
	uint64_t solvable, conflicts, compared, relaxations, excepted;
} tally;

static uint32_t all_of(const struct random_machine *machine)
{
	return (1u << machine->device_count) - 1;
}

static bool has_answer(const struct problem *p, const struct brute_answer *answers, size_t count,
		       const struct cen_plan_info *plan)
{
	for (size_t i = 0; i < count; i++) {
		if (answers[i].fourcc == plan->fourcc && answers[i].modifier == plan->modifier &&
		    strcmp(p->problem.sources[answers[i].source].desc->name, plan->source) == 0)
			return true;
	}
	return false;
}

/* An answer that is in the plans, as good as there. */
static const char *compare_answer(const struct problem *p, const struct outcome *outcome,
				  const struct brute_answer *answer)
{
	const char *source = p->problem.sources[answer->source].desc->name;
	int plan = find_plan(outcome, answer->fourcc, answer->modifier, source);
	char fourcc[8], text[256];

	if (is_second_choice(outcome, answer->fourcc, answer->modifier, answer->rank))
		return NULL;
	snprintf(text, sizeof(text), "%s 0x%llx from %s, rank %u, stride %llu, %llu bytes",
		 cen_format_to_string(answer->fourcc, fourcc), (unsigned long long)answer->modifier, source,
		 answer->rank, (unsigned long long)answer->image.planes[0].stride,
		 (unsigned long long)answer->least_bytes);
	if (plan < 0)
		return VIOLATED("answers: missing: %s", text);
	if (!is_as_good(outcome, plan, answer->rank, answer->least_bytes))
		return VIOLATED("answers: rank %u with %llu bytes instead of %s", outcome->ranks[plan],
				(unsigned long long)outcome->plans[plan].total_bytes, text);
	return NULL;
}

/* The same answers, and the smallest ones as small. */
static const char *compare(const struct problem *p, const struct outcome *outcome)
{
	static struct brute_answer answers[MAX_ANSWERS];
	size_t count = brute_find_answers(&p->problem, MACHINE_MAX_STRIDE, answers, MAX_ANSWERS);
	const char *wrong = NULL;

	for (size_t i = 0; i < outcome->count; i++) {
		if (!has_answer(p, answers, count, &outcome->plans[i]))
			return VIOLATED("answers: plan %zu is none by trying everything", i);
	}
	for (size_t i = 0; !wrong && i < count && outcome->count < MAX_PLANS; i++)
		wrong = compare_answer(p, outcome, &answers[i]);
	return wrong;
}

/* Of tiny machines everything can be tried. */
static const char *check_answers(const struct random_machine *machine, uint32_t devices, const struct outcome *outcome)
{
	struct problem p;
	const char *wrong;

	if (machine->sort != MACHINE_TINY || !devices)
		return NULL;
	random_machine_get_problem(machine, devices, 0, &p);
	wrong = compare(&p, outcome);
	problem_finish(&p);
	tally.compared++;
	return wrong;
}

/* Solve and compare with trying everything. */
static const char *solve_twice(const struct random_machine *machine, uint32_t devices, struct outcome *out)
{
	const char *wrong = solve(machine, devices, 0, out);

	return wrong ? wrong : check_answers(machine, devices, out);
}

static bool speaks_of(const struct machine_device *device, const uint32_t *kinds, size_t kind_count)
{
	for (size_t a = 0; a < device->count; a++) {
		const struct machine_alternative *alternative = &device->alternatives[a];

		for (size_t n = 0; n < alternative->constraint_count * kind_count; n++) {
			if (alternative->constraints[n / kind_count].kind == kinds[n % kind_count])
				return true;
		}
	}
	return false;
}

/*
 * What a device allocates is taken to be what the device asks for, also where nobody can read what it is. Without the
 * device nobody asks, and the others can no longer have it: the one way in which leaving out a device costs a plan.
 */
static bool is_made_for_device(const struct random_machine *machine, const struct cen_source_desc *source)
{
	static const uint32_t kinds[] = {CEN_CONSTRAINT_SEGMENTS, CEN_CONSTRAINT_ADDRESS_BITS,
					 CEN_CONSTRAINT_ADDRESS_MAX};

	for (size_t d = 0; d < machine->device_count; d++) {
		if (source->exporter == machine->devices[d].devnum &&
		    speaks_of(&machine->devices[d], kinds, sizeof(kinds) / sizeof(kinds[0])))
			return true;
	}
	return false;
}

/* Whether there is such a source, or with an outcome, whether all its plans are from such. */
static bool depends_on_device(const struct random_machine *machine, const struct outcome *outcome)
{
	size_t made = 0;

	for (size_t s = 0; s < machine->source_count; s++) {
		if (!is_made_for_device(machine, &machine->sources[s]))
			continue;
		for (size_t i = 0; outcome && i < outcome->count; i++)
			made += strcmp(outcome->plans[i].source, machine->sources[s].name) == 0;
		if (!outcome)
			return true;
	}
	return outcome && made == outcome->count;
}

/* What would be wrong is not, where plans come and go with devices. */
static bool is_excepted(const struct random_machine *machine)
{
	bool is = depends_on_device(machine, NULL);

	tally.excepted += is;
	return is;
}

/* Its members alone have no plan, and without any one of them there is one. Without members no device has one. */
static const char *check_minimal(const struct random_machine *machine, uint32_t members)
{
	struct outcome outcome = {0};
	const char *wrong = NULL;

	if (members)
		wrong = solve_twice(machine, members, &outcome);
	if (!wrong && outcome.count && !is_excepted(machine))
		return VIOLATED("minimal: the members 0x%x have a plan", members);
	for (uint32_t d = 0; !wrong && d < machine->device_count; d++) {
		uint32_t rest = members ? members & ~(1u << d) : 1u << d;

		if (!rest || rest == members)
			continue;
		wrong = solve_twice(machine, rest, &outcome);
		if (!wrong && members && !outcome.count && !is_excepted(machine))
			return VIOLATED("minimal: of the members 0x%x, 0x%x have no plan either", members, rest);
		if (!wrong && !members && outcome.count && !is_excepted(machine))
			return VIOLATED("minimal: a conflict of no usage, but dev%u has a plan", d);
	}
	return wrong;
}

/* Whether each format, modifier and source of one answer is in the other, with as good a plan. */
static bool holds_all(const struct outcome *some, const struct outcome *all)
{
	for (size_t i = 0; i < some->count; i++) {
		const struct cen_plan_info *plan = &some->plans[i];
		int a = find_plan(some, plan->fourcc, plan->modifier, plan->source);
		int b = find_plan(all, plan->fourcc, plan->modifier, plan->source);

		if (is_second_choice(some, plan->fourcc, plan->modifier, some->ranks[a]))
			continue;
		if (b < 0 || !is_as_good(all, b, some->ranks[a], some->plans[a].total_bytes))
			return false;
	}
	return true;
}

/* The cost of the best plan that is no second choice. */
static uint64_t best_cost(const struct outcome *outcome)
{
	size_t i = 0;

	while (i < outcome->count &&
	       is_second_choice(outcome, outcome->plans[i].fourcc, outcome->plans[i].modifier, outcome->ranks[i]))
		i++;
	return i < outcome->count ? outcome->plans[i].cost : UINT64_MAX;
}

/* With no format named, those of the first device come in its order: then only the answers are the same. */
static const char *check_order(const struct random_machine *machine, const struct outcome *outcome, uint64_t shuffle)
{
	struct outcome other = {0};
	const char *wrong = solve(machine, all_of(machine), shuffle, &other);

	if (wrong)
		return wrong;
	if (!outcome->count != !other.count)
		return VIOLATED("order: %zu plans, and %zu in the order of %llu", outcome->count, other.count,
				(unsigned long long)shuffle);
	if (outcome->count < MAX_PLANS && other.count < MAX_PLANS &&
	    (!holds_all(outcome, &other) || !holds_all(&other, outcome)))
		return VIOLATED("order: other plans in the order of %llu", (unsigned long long)shuffle);
	if (outcome->count && machine->fourcc_count && best_cost(outcome) != best_cost(&other))
		return VIOLATED("order: a best plan of other cost in the order of %llu", (unsigned long long)shuffle);
	return NULL;
}

/* A plan, and one still without any of the devices. */
static const char *check_fewer(const struct random_machine *machine, const struct outcome *outcome)
{
	const char *wrong = NULL;

	if (depends_on_device(machine, outcome)) {
		tally.excepted++;
		return NULL;
	}
	for (uint32_t d = 0; !wrong && d < machine->device_count; d++) {
		uint32_t rest = all_of(machine) & ~(1u << d);

		if (rest && !has_plan(machine, rest, &wrong) && !wrong)
			return VIOLATED("fewer: no plan without dev%u", d);
	}
	return wrong;
}

/* Change the problem as a relaxation says; fourcc is where a format is kept. Returns whether the words are known. */
static bool relax(struct solver_problem *problem, const char *text, uint32_t *fourcc)
{
	unsigned int width, height, count;
	char name[5] = "";

	if (sscanf(text, "another size: %ux%u", &width, &height) == 2) {
		problem->width = width;
		problem->height = height;
	} else if (sscanf(text, "%u buffers instead of", &count) == 1) {
		problem->count = count;
	} else if (sscanf(text, "another format: %4s", name) == 1) {
		*fourcc = cen_format_from_string(name);
		problem->fourccs = fourcc;
		problem->fourcc_count = 1;
	} else if (strstr(text, "without constraints of its own")) {
		problem->policy = NULL;
	} else {
		return false;
	}
	return true;
}

/* Each relaxation that names numbers or formats is taken at its word. */
static const char *check_relaxations(const struct random_machine *machine)
{
	struct cen_solution *solution;
	const struct cen_conflict *conflict;
	const char *wrong = NULL;
	struct problem p;

	random_machine_get_problem(machine, all_of(machine), 0, &p);
	p.problem.flags = 0;
	solution = problem_solve(&p);
	conflict = cen_solution_get_conflict(solution);
	for (size_t i = 0; !wrong && i < cen_conflict_get_relaxation_count(conflict); i++) {
		const char *text = cen_conflict_get_relaxation(conflict, i);
		struct solver_problem changed = p.problem;
		struct cen_solution *other;
		uint32_t fourcc;

		if (!relax(&changed, text, &fourcc))
			continue;
		assert_int_equal(_cen_solver_run(&changed, &other, NULL), 0);
		if (!cen_solution_get_plan_count(other))
			wrong = VIOLATED("helps: \"%s\" does not", text);
		cen_solution_unref(other);
		tally.relaxations++;
	}
	cen_solution_unref(solution);
	problem_finish(&p);
	return wrong;
}

/* All of it. Returns what is wrong. */
static const char *check_machine(const struct random_machine *machine)
{
	struct outcome outcome = {0};
	const char *wrong = solve_twice(machine, all_of(machine), &outcome);

	if (!wrong)
		wrong = check_order(machine, &outcome, 1 + outcome.count);
	if (!wrong)
		wrong = check_order(machine, &outcome, UINT64_C(0x123456789));
	if (!wrong)
		wrong = outcome.count ? check_fewer(machine, &outcome) : check_minimal(machine, outcome.members);
	if (!wrong && !outcome.count)
		wrong = check_relaxations(machine);
	if (outcome.count)
		tally.solvable++;
	else
		tally.conflicts++;
	return wrong;
}

/* Take away whatever the failure does not need: something of the same property must still be wrong. */
static void cut_down(struct random_machine *machine, const char *wrong)
{
	static struct random_machine smaller;
	char property[16];

	snprintf(property, sizeof(property), "%.*s", (int)strcspn(wrong, ":"), wrong);
	for (size_t n = 0;;) {
		const char *still;

		smaller = *machine;
		if (!random_machine_take(&smaller, n))
			return;
		still = check_machine(&smaller);
		if (still && strncmp(still, property, strlen(property)) == 0) {
			*machine = smaller;
			n = 0;
		} else {
			n++;
		}
	}
}

static void report(struct random_machine *machine, uint64_t seed, const char *wrong)
{
	printf("# seed %llu: %s\n# cut down to:\n", (unsigned long long)seed, wrong);
	cut_down(machine, wrong);
	printf("# %s\n", check_machine(machine));
	random_machine_print(machine, stdout);
	fail_msg("seed %llu", (unsigned long long)seed);
}

static uint64_t get_number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

/* 100,000 and more where that takes a minute. */
static uint64_t get_case_count(void)
{
	uint64_t cases = 120000;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	cases /= 10;
#endif
#ifdef RUNNING_ON_VALGRIND
	if (RUNNING_ON_VALGRIND)
		cases /= 100;
#endif
	return get_number("CEN_TEST_CASES", cases);
}

static void test_random_machines(void **state)
{
	static struct random_machine machine;
	uint64_t seed = get_number("CEN_TEST_SEED", 1), cases = get_case_count();
	clock_t start = clock();

	(void)state;
	for (uint64_t i = 0; i < cases; i++) {
		const char *wrong;

		random_machine_create(&machine, (seed + i) % 3 ? MACHINE_TINY : MACHINE_BOARD, seed + i);
		wrong = check_machine(&machine);
		if (wrong)
			report(&machine, seed + i, wrong);
	}
	print_message("# %llu machines from seed %llu on: %llu with a plan, %llu with a conflict; %llu problems held "
		      "against trying everything; %llu relaxations tried; %llu times a device's own memory excepted; "
		      "%.1f s\n",
		      (unsigned long long)cases, (unsigned long long)seed, (unsigned long long)tally.solvable,
		      (unsigned long long)tally.conflicts, (unsigned long long)tally.compared,
		      (unsigned long long)tally.relaxations, (unsigned long long)tally.excepted,
		      (double)(clock() - start) / CLOCKS_PER_SEC);
	/* Both kinds of answer are worth testing, so both must come up. */
	if (cases >= 1000)
		assert_in_range(tally.solvable, cases / 10, cases - cases / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_machines),
	};

	return cmocka_run_group_tests_name("solver-property", tests, NULL, NULL);
}
