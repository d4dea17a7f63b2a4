/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What is asked for, the best first: camera to plane, camera to compositor, camera to CPU to compositor. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <cenalloc/negotiation.h>

#include "connection.h"
#include "listener.h"
#include "usages.h"

#define MAX_REQUESTS 3

struct negotiator {
	struct usages usages;
	struct cen_negotiation *negotiation;
	struct cen_request *requests[MAX_REQUESTS];
	const char *wishes[MAX_REQUESTS];
	uint32_t count;
	uint32_t first_copying; /* this request and those behind it copy */
};

/* All functions explain a failure on stderr and return a negative errno. */
int negotiator_create(struct negotiator *negotiator, const struct cen_device *camera,
		      const struct connection *connection, const struct listener *listener);
void negotiator_destroy(struct negotiator *negotiator);

/* The listener's feedback has changed. */
int negotiator_set_feedback(struct negotiator *negotiator);

/* What to do now; *change is of enum cen_change. */
int negotiator_update(struct negotiator *negotiator, uint32_t *change);

/* The plan of the last update. */
struct cen_plan *negotiator_get_plan(const struct negotiator *negotiator, bool *is_copying, const char **wish);
