/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Which GPU draws, and what is asked of cenalloc: buffers from camera to GPU, and buffers from GPU to compositor. */
#pragma once

#include <stdint.h>

#include <cenalloc/negotiation.h>
#include <cenalloc/solution.h>

#include "client.h"
#include "usages.h"

/* The best that can be had (usages.h); to the compositor alone. */
#define OUTPUT_REQUESTS 2

#define MAX_GPUS 4

struct plans {
	const struct cen_device *main; /* the compositor's GPU; NULL where it is not known */
	const struct cen_device *gpus[MAX_GPUS]; /* candidates, the best first */
	uint32_t gpu_count, next_gpu;
	const struct cen_device *gpu; /* that draws */
	struct options output_options;
	struct usages input_usages, output_usages;
	struct cen_request *input;
	struct cen_solution *solution; /* of input */
	struct cen_request *outputs[OUTPUT_REQUESTS];
	struct cen_negotiation *negotiation; /* of outputs */
};

/* All functions explain a failure on stderr and return a negative errno. */

/*
 * Looks which GPUs there are: that of --device; otherwise the compositor's, so that the picture need not leave it, and
 * the software renderer.
 */
int plans_create(struct plans *plans, const struct client *client);
/* Chooses the next GPU that has plans for both sides. Returns 0, or -ENOENT where there is none (left). */
int plans_choose(struct plans *plans, const struct client *client);
void plans_destroy(struct plans *plans);

/* A plan for the camera's buffers, from best to worst; NULL past the last. */
struct cen_plan *plans_get_input(const struct plans *plans, size_t index);

/* The compositor's feedback has changed. */
int plans_set_feedback(struct plans *plans);
/* What to do now; *change is of enum cen_change. */
int plans_update(struct plans *plans, uint32_t *change);
struct cen_plan *plans_get_output(const struct plans *plans, const char **wish);

/* Why there is none: of the side that has none. */
const struct cen_conflict *plans_get_conflict(const struct plans *plans);
