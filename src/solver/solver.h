/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The pure solver: capabilities in, solution out. No I/O, no globals, no clock. */
#pragma once

#include <cenalloc/backend.h>
#include <cenalloc/solution.h>

#include "capability.h"
#include "constraint.h"

/* The most buffers of one plan. */
#define MAX_BUFFERS 64u

/* A flag of a problem beside CEN_SOLVE_*: without a plan there is no conflict either. A yes or no costs one walk. */
#define SOLVER_NO_CONFLICT (UINT32_C(1) << 31)
/* Relaxations but for another size: the caller tries these. */
#define SOLVER_NO_SIZES (UINT32_C(1) << 30)

struct map_view; /* map-view.h */

struct solver_usage {
	uint32_t usage;
	const char *name; /* device path, or the name given */
	const struct cen_capabilities *caps;
	const struct cen_device *device; /* passed through to the plans; may be NULL */
	uint64_t devnum; /* st_rdev; 0: none. A device's own allocator makes allowances for it */
};

struct named_source; /* match.h */
struct cen_region;

struct solver_source {
	const struct cen_source_desc *desc; /* formats in the order of _cen_match_sort_formats() */
	const char *backend;
};

struct solver_problem {
	uint32_t width, height, count;
	uint32_t flags; /* CEN_SOLVE_* */
	const uint32_t *fourccs; /* in order of liking; none: all */
	size_t fourcc_count;
	const uint64_t *modifiers; /* none: all but INVALID */
	size_t modifier_count;
	const struct solver_usage *usages;
	size_t usage_count;
	const struct solver_source *sources;
	size_t source_count;
	const struct named_source
		*named; /* the last of the sources: their desc is of here, and they are these regions */
	struct cen_region *const *regions;
	size_t named_count;
	const struct constraint_set *policy; /* may be NULL */
	struct map_view *map; /* which sources the usages may have, and in which order; NULL: any */
	uint32_t copies; /* that the application makes of each frame: told, not solved for */
	const char *copies_note; /* may be NULL */
	struct cen_machine *machine; /* owner of the sources, kept alive by the plans; may be NULL */
};

/* Returns 0 and a solution, or a negative errno with err set: CEN_ERROR_NO_MEMORY. */
int _cen_solver_run(const struct solver_problem *problem, struct cen_solution **out, struct cen_error **err);
