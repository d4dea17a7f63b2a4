/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A solution as text. */
#pragma once

#include "tool.h"

/* The first so many plans: the best with its reasons, the others in one line each; all of it when verbose. */
int plan_text_print_plans(const struct tool *tool, const struct cen_solution *solution, size_t limit);
/* One plan with its reasons; number from 1. */
int plan_text_print_plan(const struct tool *tool, const struct cen_plan *plan, size_t number);
/* The same as one buffer of several; how often a frame is copied is told elsewhere. */
int plan_text_print_buffer(const struct tool *tool, const struct cen_plan *plan, size_t number);
int plan_text_print_conflict(const struct tool *tool, const struct cen_conflict *conflict);
