/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Devices in the order of the pipeline, what they ask for, and the plan and its memory, or the conflict: a picture. */
#pragma once

#include <stdio.h>

#include "solve-options.h"

/*
 * Write a whole SVG document about a solution of the options' request. The machine of the tool is open. Failures of the
 * stream are left in it: ferror(). Returns a tool_status.
 */
int graph_write_svg(const struct tool *tool, const struct solve_options *options, const struct cen_solution *solution,
		    FILE *out);
