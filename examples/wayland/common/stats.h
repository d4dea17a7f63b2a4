/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What is counted and timed while frames flow. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "capture.h"
#include "surface.h"

/* Latencies are sorted into steps of 0.1 ms up to 1 s; what takes longer is in the last one. */
#define LATENCY_STEP_NS 100000u
#define LATENCY_STEPS 10001u

struct stats {
	uint64_t captured, damaged; /* frames of the camera, and those of them that it calls damaged */
	uint64_t missed; /* by the camera, for want of a buffer */
	uint64_t committed, shown; /* given to the compositor, and seen on the screen */
	uint64_t dropped; /* by this program: a newer one came first */
	uint64_t discarded; /* by the compositor */
	uint64_t zero_copy; /* of those shown: scanned out of the client's buffer */
	uint64_t copied; /* by the CPU, in this program */
	uint32_t replans, restarts; /* new buffers while running; of these, with a stop of the camera */
	uint32_t rounds; /* of feedback, after the first */
	uint32_t resizes;
	uint64_t start_ns, end_ns; /* CLOCK_MONOTONIC */
	uint64_t cpu_start_ns, cpu_end_ns; /* of this process, from the first frame shown */
	uint64_t cpu_start_frame; /* committed until then */
	uint64_t next_line_ns;
	uint32_t latencies[LATENCY_STEPS];
	uint64_t latency_count, latency_min_ns, latency_max_ns;
};

uint64_t stats_get_time(void);

void stats_start(struct stats *stats);
void stats_end(struct stats *stats);

void stats_add_frame(struct stats *stats, const struct capture_frame *frame);
void stats_add_seen(struct stats *stats, const struct surface_seen *seen);

/* Milliseconds below which so many of 1000 latencies are; 0 while there are none. */
double stats_get_latency(const struct stats *stats, uint32_t permille);
double stats_get_seconds(const struct stats *stats);
/* Milliseconds per frame committed. */
double stats_get_cpu(const struct stats *stats);

/* A line each second. Returns when the next one is due. */
uint64_t stats_print_line(struct stats *stats, uint64_t now);
void stats_print(const struct stats *stats, FILE *file);
