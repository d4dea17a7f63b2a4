/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A V4L2 camera that fills dma-bufs which it did not allocate. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <cenalloc/buffer.h>
#include <cenalloc/plan.h>

/* The most buffers in flight. */
#define CAMERA_BUFFERS_MAX 32

struct camera;

/* How the camera encodes colour, defaults resolved: V4L2_YCBCR_ENC_* and V4L2_QUANTIZATION_*. */
struct camera_colour {
	uint32_t encoding;
	uint32_t quantization;
};

struct camera_frame {
	uint32_t index; /* of the buffer */
	uint32_t sequence;
	bool is_damaged;
	uint64_t time_ns; /* CLOCK_MONOTONIC: when it was there */
};

/* Whether camera_set_plan() has words for such a layout: a format of V4L2, linear. Says nothing. */
bool camera_knows(const struct cen_plan *plan);

/* All functions explain a failure on stderr and return a negative errno. */
int camera_open(const char *path, struct camera **out);

/* Stops, lets go of the buffers, and gives the camera back the format and rate it had. NULL is allowed. */
void camera_close(struct camera *camera);

/* Set the plan's format, size and strides; a camera that would use any other is an error. */
int camera_set_plan(struct camera *camera, const struct cen_plan *plan, uint32_t fps);

void camera_get_colour(const struct camera *camera, struct camera_colour *out);

/* Tell the camera which buffers there are. They are borrowed until camera_stop() or camera_close(). */
int camera_set_buffers(struct camera *camera, struct cen_buffer *const *buffers, uint32_t count);

/* The same in two steps. A buffer may be set again whenever its index is not queued, also while the camera runs. */
int camera_request(struct camera *camera, uint32_t count);
int camera_set_buffer(struct camera *camera, uint32_t index, const struct cen_buffer *buffer);

int camera_start(struct camera *camera);
/* Takes back all that is queued; another plan may be set then. */
void camera_stop(struct camera *camera);
int camera_queue(struct camera *camera, uint32_t index);
int camera_dequeue(struct camera *camera, struct camera_frame *out);

/* The call that failed last, "VIDIOC_QBUF"; NULL: none did. Static. */
const char *camera_get_failed_call(const struct camera *camera);
/* Why no frame can be expected: "no signal"; NULL where the driver knows of nothing. Static. */
const char *camera_get_trouble(const struct camera *camera);

/* Readable when a frame is there. Borrowed. */
int camera_get_fd(const struct camera *camera);

/* The fd of a memory plane as it is queued; -1 past the last plane. Borrowed. */
int camera_get_buffer_fd(const struct camera *camera, uint32_t index, uint32_t plane);
