/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Why there is this plan, or none, in plain words. */
#pragma once

#include "solve-options.h"

/* What becomes of a source of the machine. */
enum explain_fate {
	EXPLAIN_CHOSEN, /* the best plan is made of it */
	EXPLAIN_POSSIBLE, /* another plan is, or could be */
	EXPLAIN_REJECTED,
};

/* One source, and why the best plan is not made of it; text is of the solution, or static. */
struct explain_source {
	enum explain_fate fate;
	const char *name;
	const char *text;
	size_t plan; /* the first plan that is made of it, from 1; 0: none */
};

/* The index-th source of the machine in the light of a solution that has a plan. Returns false past the end. */
bool explain_get_source(const struct tool *tool, const struct cen_solution *solution, size_t index,
			struct explain_source *out);

/* "/dev/a requires x; /dev/b requires y": all that a conflict says of one format, cut to the size. Returns buf. */
char *explain_format_line(const struct cen_conflict *conflict, uint32_t fourcc, char *buf, size_t size);
/* The next format that a conflict tells of, the nearest first: *index is 0 at first. Returns false past the last. */
bool explain_next_format(const struct cen_conflict *conflict, size_t *index, struct cen_conflict_member *out);

/* Both return a tool_status: TOOL_NO_PLAN for a conflict. */
int explain_print_plan(const struct tool *tool, const struct cen_solution *solution);
int explain_print_conflict(const struct tool *tool, const struct cen_request *request,
			   const struct cen_conflict *conflict);
