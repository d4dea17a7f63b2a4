/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What was decided, and why: for a person, and as JSON. */
#pragma once

#include <stdint.h>

#include <cenalloc/plan.h>
#include <cenalloc/solution.h>

struct json_object;

/*
 * The plan with its reasons and what was ruled out, on stdout. title: how the line begins; wish: what the plan is for,
 * in words; may be NULL; asked: how many buffers were asked for, to say who needs more; 0: do not.
 */
void plan_print(const char *title, const struct cen_plan *plan, const char *wish, uint32_t asked);

/* The caller's. */
struct json_object *plan_to_json(const struct cen_plan *plan);
struct json_object *conflict_to_json(const struct cen_conflict *conflict); /* may be NULL */
