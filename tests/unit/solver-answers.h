/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the tests of the solver ask of plans and conflicts. Behind cmocka.h. */
#pragma once

#include <string.h>

#include "problem.h"

static inline struct cen_plan_info plan_info(const struct cen_solution *solution, size_t index)
{
	struct cen_plan_info info = {.size = sizeof(info)};

	assert_non_null(cen_solution_get_plan(solution, index));
	assert_int_equal(cen_plan_get_info(cen_solution_get_plan(solution, index), &info), 0);
	return info;
}

static inline struct cen_conflict_member member(const struct cen_conflict *conflict, size_t index)
{
	struct cen_conflict_member out = {.size = sizeof(out)};

	assert_int_equal(cen_conflict_get_member(conflict, index, &out), 0);
	return out;
}

static inline bool has_relaxation(const struct cen_conflict *conflict, const char *text)
{
	for (size_t i = 0; i < cen_conflict_get_relaxation_count(conflict); i++) {
		if (strstr(cen_conflict_get_relaxation(conflict, i), text))
			return true;
	}
	return false;
}

static inline bool has_reason(const struct cen_plan *plan, const char *text)
{
	for (size_t i = 0; i < cen_plan_get_reason_count(plan); i++) {
		if (strstr(cen_plan_get_reason(plan, i), text))
			return true;
	}
	return false;
}

/* A camera and a display, a scattered and a contiguous source. */
static inline void camera_and_display(struct problem *p, const char *camera, const char *display)
{
	problem_init(p, 1920, 1080);
	problem_want(p, "NV12");
	problem_usage(p, CEN_USAGE_CAPTURE);
	problem_cap(p, "NV12", CEN_MODIFIER_LINEAR, 0, camera);
	problem_usage(p, CEN_USAGE_SCANOUT);
	problem_cap(p, "NV12", CEN_MODIFIER_LINEAR, 0, display);
	problem_source(p, "system", 0, 10);
	problem_source(p, "cma", 1, 50);
}

static inline bool tells(const struct cen_conflict *conflict, const char *who, uint32_t kind)
{
	for (size_t i = 0; i < cen_conflict_get_member_count(conflict); i++) {
		struct cen_conflict_member one = member(conflict, i);

		if (strcmp(one.who, who) == 0 && one.constraint.kind == kind)
			return true;
	}
	return false;
}
