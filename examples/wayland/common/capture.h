/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A camera and the pool of buffers that it fills; the pool may go over to another plan while the camera runs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <cenalloc/pool.h>

#include "camera.h"
#include "util.h"

/* Buffers of this plan and of earlier ones. */
#define MAX_LENT (4 * MAX_BUFFERS)

struct capture {
	struct camera *camera;
	struct cen_pool *pool; /* NULL until there is a plan */
	uint32_t fps;
	uint32_t index_count; /* of the camera's queue, of which so many are used */
	struct cen_buffer *queued[MAX_BUFFERS]; /* with the camera, by index */
	struct cen_buffer *idle[MAX_BUFFERS]; /* wait until the camera gives back what has their index */
	struct cen_buffer *lent[MAX_LENT]; /* given out by capture_dequeue() */
	const struct cen_buffer *given[MAX_BUFFERS]; /* of this plan, that the camera has had */
	uint32_t queued_count;
	uint32_t next_sequence;
	bool is_running, has_sequence;
	uint32_t restarts;
};

struct capture_frame {
	struct cen_buffer *buffer; /* to be given back with capture_release() */
	uint64_t time_ns; /* CLOCK_MONOTONIC; 0: the camera uses another clock */
	uint32_t missed; /* frames that the camera has counted and had no buffer for */
	bool is_damaged;
};

/* All functions explain a failure on stderr and return a negative errno. */
int capture_open(struct capture *capture, const char *path, uint32_t fps);
/* The camera gets back the state it had. All buffers are freed, also those that were not released. */
void capture_close(struct capture *capture);

/*
 * Allocate buffers of this plan. The camera runs on where their layout is that of the buffers it has, and is stopped
 * otherwise. Buffers of the plan before stay usable until they are released.
 */
int capture_set_plan(struct capture *capture, struct cen_plan *plan);
/* The buffers are those of this plan: what failed since then was the camera, or the use of them. */
bool capture_has_plan(const struct capture *capture, const struct cen_plan *plan);
/* After a plan that failed, before the next: the camera has no buffers. */
void capture_stop(struct capture *capture);
/* Give the camera all buffers that are free, and start it where it does not run. */
int capture_feed(struct capture *capture);

/* Returns 0, -EAGAIN, or another negative errno. */
int capture_dequeue(struct capture *capture, struct capture_frame *out);
/* Nobody uses the buffer any more: it goes back to the camera, or is freed when it is one of an earlier plan. */
int capture_release(struct capture *capture, struct cen_buffer *buffer);

/* To be polled for POLLIN; -1 while the camera has no buffer. */
int capture_get_fd(const struct capture *capture);
