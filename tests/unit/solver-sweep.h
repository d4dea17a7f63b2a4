/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A solve without memory. Behind cmocka.h. */
#pragma once

#include <errno.h>

#include "fault.h"
#include "solver.h"

/* Every allocation of a solve fails once. Returns how many there were. */
static inline unsigned long sweep_solve(const struct solver_problem *problem)
{
	for (unsigned long n = 1;; n++) {
		struct cen_solution *solution = (struct cen_solution *)problem;
		struct cen_error *err = NULL;
		size_t alive = fault_alive();
		int ret;

		fault_arm(FAULT_MEMORY, n);
		ret = _cen_solver_run(problem, &solution, &err);
		if (!fault_disarm()) {
			assert_int_equal(ret, 0);
			cen_solution_unref(solution);
			return n - 1;
		}
		assert_int_equal(ret, -ENOMEM);
		assert_null(solution);
		assert_int_equal(cen_error_get_code(err), CEN_ERROR_NO_MEMORY);
		cen_error_destroy(err);
		assert_int_equal(fault_alive(), alive);
	}
}
