/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A split as text and as JSON. */
#pragma once

#include "solve-options.h"

/* Group by group, with the copies between them. plans: so many of each group; 0: one. Returns a tool_status. */
int split_text_print(const struct tool *tool, const struct cen_request *request, const struct cen_split *split,
		     uint32_t plans);
int split_text_print_json(const struct tool *tool, const struct solve_options *options, const struct cen_split *split);
