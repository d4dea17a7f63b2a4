/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What it costs to find a conflict, in walks of the solver. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cenalloc/format.h>

#include "problem.h"
#include "search.h"

/* Every walk of the solver, whoever begins it. */
static unsigned int walks;

void __real__cen_search(const struct search *search);
void __wrap__cen_search(const struct search *search);

void __wrap__cen_search(const struct search *search)
{
	walks++;
	__real__cen_search(search);
}

/* To find the smallest conflict takes a walk per usage and one for the reason, behind the one that found no plan. */
static void test_walks(void **state)
{
	(void)state;
	for (unsigned int usages = 1; usages <= CEN_MAX_USAGES; usages = usages * 2 + (usages == 1)) {
		struct cen_solution *solution;
		struct problem p;

		problem_init(&p, 1920, 1080);
		problem_want(&p, "NV12");
		for (unsigned int u = 0; u < usages; u++) {
			problem_usage(&p, CEN_USAGE_TEXTURE);
			/* Two that do not go together, at the ends; the others have to be found out. */
			problem_cap(&p, "NV12", CEN_MODIFIER_LINEAR, 0,
				    u == 0 ? "stride-max=1920" : (u + 1 == usages ? "stride-min=4096" : ""));
		}
		problem_source(&p, "system", 0, 10);
		p.problem.flags = CEN_SOLVE_NO_RELAXATIONS;
		walks = 0;
		solution = problem_solve(&p);
		assert_int_equal(cen_solution_get_plan_count(solution), usages == 1);
		assert_in_range(walks, 1, 1 + usages + 1);
		if (usages > 1)
			assert_int_equal(cen_conflict_get_usage_count(cen_solution_get_conflict(solution)), 2);
		cen_solution_unref(solution);
		problem_finish(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walks),
	};

	return cmocka_run_group_tests_name("walks", tests, NULL, NULL);
}
