/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What a V4L2 queue is set to, for everybody who opens it: format, rate, crop and compose. Read before something is
 * set, put back afterwards, and compared.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/videodev2.h>

struct camera_state {
	uint32_t type; /* V4L2_BUF_TYPE_*; 0: nothing was read */
	struct v4l2_format format;
	struct v4l2_streamparm rate; /* type 0: it has none */
	struct v4l2_selection rectangles[2]; /* crop and compose; type 0: it has none */
};

/* ioctl() that a signal does not end. Returns 0 or a negative errno. */
int camera_call(int fd, unsigned long request, void *arg);

/* The queue that captures and streams. Returns 0, or a negative errno that is explained on stderr. */
int camera_find_type(int fd, const char *path, uint32_t *type);

/* Both explain a failure on stderr and return a negative errno. */
int camera_state_read(struct camera_state *state, int fd, const char *path, uint32_t type);
int camera_state_put_back(const struct camera_state *state, int fd, const char *path);

/*
 * The same for a device that is not open. A memory-to-memory device has a state per open file, which is nobody else's:
 * -ENOTSUP without a word, as for a node without such a queue.
 */
int camera_state_load(struct camera_state *state, const char *path);
int camera_state_store(const struct camera_state *state, const char *path);

/* Whether now is as before; otherwise what differs, in words. */
bool camera_state_is_equal(const struct camera_state *before, const struct camera_state *now, char *text, size_t size);
