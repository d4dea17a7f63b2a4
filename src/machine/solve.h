/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What is between cen_solve() and those who solve many requests that are parts of one. */
#pragma once

#include <cenalloc/solution.h>

/* Returns 0, or what cen_solve() returns for a request or flags that it does not take. */
int _cen_solve_check(const struct cen_request *request, uint32_t flags, struct cen_error **err);

/* As cen_solve() of a request that was checked, for a yes or no: without a plan *out has neither plan nor conflict. */
int _cen_solve_plans(struct cen_request *request, struct cen_solution **out, struct cen_error **err);
