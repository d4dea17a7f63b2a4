/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The inside of a negotiation. */
#pragma once

#include <stdbool.h>

#include <cenalloc/negotiation.h>

#define NEGOTIATION_REQUESTS 8u
/* Every plan of every request, 16 each: more are rejected only as devices change, and then the oldest is forgotten. */
#define NEGOTIATION_REJECTED 128u
#define NEGOTIATION_SETTLE UINT64_C(500000000)

struct cen_negotiation {
	struct cen_request *requests[NEGOTIATION_REQUESTS]; /* borrowed */
	size_t request_count;
	uint64_t settle;
	struct cen_plan *adopted; /* NULL: none */
	struct cen_plan *rejected[NEGOTIATION_REJECTED];
	size_t rejected_count;
	/* A plan that is better than the adopted one, and since when. */
	struct cen_plan *candidate;
	uint64_t since;
	bool was_told;
	/* Of the last update. */
	struct cen_plan *plan;
	size_t plan_request;
	struct cen_solution *failed; /* holds the conflict */
};
