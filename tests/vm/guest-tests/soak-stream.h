/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Frames that go round: pool, camera, display, pool. The soak test changes the pool and the plan under them. */
#pragma once

#include <stdint.h>

#include <cenalloc/cenalloc.h>

#include "camera.h"
#include "display.h"
#include "util.h"

struct stream {
	struct camera *camera;
	struct display display;
	struct camera_colour colour;
	struct cen_pool *pool; /* that the camera's next buffers come from; borrowed */
	uint32_t fourcc;
	uint32_t slot_count;
	struct cen_buffer *slots[MAX_BUFFERS]; /* with the camera; NULL: the index is free */
	struct cen_buffer *next, *pending, *showing; /* waiting for a commit, committed, on the screen */
	uint64_t captured, shown, dropped;
};

/* All functions explain a failure on stderr and return a negative errno. */

/* Begin with a camera and a display. The plan's layout holds until stream_close(). */
int stream_open(struct stream *stream, const char *camera, const char *display, struct cen_plan *plan,
		struct cen_pool *pool, uint32_t fps);

/* Let frames go round for some time. At least one must be shown. */
int stream_run(struct stream *stream, uint32_t milliseconds);

/* The camera is closed, the screen as before, every buffer given back. A zeroed stream with display.fd -1 is allowed. */
void stream_stop(struct stream *stream);

/* After the pool is gone, whose buffers have framebuffers. */
void stream_close(struct stream *stream);
