/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The inside of a plan: written by the solver, read by allocation. Immutable once the solver is done. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include <cenalloc/backend.h>
#include <cenalloc/plan.h>

#include "layout.h"
#include "match.h"
#include "plan-shared.h"

/* Words, made on first demand. */
struct plan_text;

struct cen_plan {
	atomic_int refs;
	struct plan_shared *shared;
	struct cen_plan_info info;
	struct cen_image_desc wish; /* what the backend is asked for; layout in planes[] and objects[].size */
	struct layout layout;
	struct merged merged;
	size_t source; /* index into the machine's sources and into shared->sources */
	uint32_t format_rank, modifier_rank, source_cost;
	bool is_format_named; /* the request named formats: their order counts */
	_Atomic(struct plan_text *) text;
};
