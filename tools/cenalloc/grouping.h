/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Alternatives of a capability set, grouped for a reader: those with the same constraints, then by modifiers. */
#pragma once

#include "tool.h"

struct group {
	size_t *members; /* indexes into the set */
	size_t count;
};

/* A line of a group: formats that have the same modifiers. */
struct group_line {
	uint32_t *fourccs;
	size_t fourcc_count;
	uint64_t *modifiers;
	size_t modifier_count;
};

struct grouping {
	const struct cen_capabilities *caps;
	struct cen_capability *items; /* the whole set */
	size_t item_count;
	struct group *groups;
	size_t group_count;
};

/* Returns 0 or -ENOMEM; grouping_finish() in either case. */
int grouping_init(struct grouping *grouping, const struct cen_capabilities *caps);
void grouping_finish(struct grouping *grouping);

/* Whether every alternative of the set has this constraint. */
bool grouping_is_common(const struct grouping *grouping, const struct cen_constraint *constraint);

/* The lines of a group. The caller releases them. Returns 0 or -ENOMEM. */
int grouping_get_lines(const struct grouping *grouping, const struct group *group, struct group_line **out,
		       size_t *count);
void group_lines_free(struct group_line *lines, size_t count);
