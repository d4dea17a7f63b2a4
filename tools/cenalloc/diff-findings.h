/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What differs for one format and modifier at one size, collected so that what differs in the same way is told once. */
#pragma once

#include "diff.h"

/* An old and a new value in words; NULL: there is none. */
struct diff_pair {
	char *a, *b;
};

/* One thing of a format and modifier: at each size none (0) or 1 + a pair. */
struct diff_finding {
	const char *what; /* owned where it is in a list */
	uint32_t fourcc;
	uint64_t modifier;
	size_t order; /* of what, for printing */
	size_t pairs[DIFF_MAX_SIZES];
};

struct diff_findings {
	struct diff_pair *pairs;
	size_t pair_count;
	struct diff_finding *items;
	size_t count;
};

void diff_findings_finish(struct diff_findings *findings);

/* Strings are copied. Returns 0 or -ENOMEM. */
int diff_findings_add(struct diff_findings *findings, const struct diff_finding *where, size_t size, const char *a,
		      const char *b);

/* "differences" into to. */
void diff_findings_write(struct diff *diff, struct diff_findings *findings, struct json_object *to);
