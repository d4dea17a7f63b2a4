/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "camera-state.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define RECTANGLES (sizeof(((struct camera_state *)NULL)->rectangles) / sizeof(struct v4l2_selection))

int camera_call(int fd, unsigned long request, void *arg)
{
	int ret;

	do
		ret = ioctl(fd, request, arg);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

static int call_told(int fd, const char *path, unsigned long request, const char *name, void *arg)
{
	int ret = camera_call(fd, request, arg);

	if (ret < 0)
		warnx("%s: %s: %s", path, name, strerror(-ret));
	return ret;
}

static int get_bits(int fd, const char *path, uint32_t *bits)
{
	struct v4l2_capability caps = {0};
	int ret = call_told(fd, path, VIDIOC_QUERYCAP, "VIDIOC_QUERYCAP", &caps);

	*bits = caps.capabilities & V4L2_CAP_DEVICE_CAPS ? caps.device_caps : caps.capabilities;
	return ret;
}

int camera_find_type(int fd, const char *path, uint32_t *type)
{
	uint32_t bits;
	int ret = get_bits(fd, path, &bits);

	*type = 0;
	if (ret < 0)
		return ret;
	if (bits & V4L2_CAP_VIDEO_CAPTURE_MPLANE)
		*type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
	else if (bits & V4L2_CAP_VIDEO_CAPTURE)
		*type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	if (*type && bits & V4L2_CAP_STREAMING)
		return 0;
	warnx("%s: not a camera that streams (device capabilities 0x%08x)", path, bits);
	return -ENOTSUP;
}

/* A format moves the rectangles of a device that crops or scales. */
static void read_rectangles(struct camera_state *state, int fd)
{
	static const uint32_t targets[RECTANGLES] = {V4L2_SEL_TGT_CROP, V4L2_SEL_TGT_COMPOSE};

	for (size_t i = 0; i < RECTANGLES; i++) {
		/* Selections take the single-planar type in either API. */
		state->rectangles[i] = (struct v4l2_selection){
			.type = V4L2_TYPE_IS_OUTPUT(state->type) ? V4L2_BUF_TYPE_VIDEO_OUTPUT
								 : V4L2_BUF_TYPE_VIDEO_CAPTURE,
			.target = targets[i],
		};
		if (camera_call(fd, VIDIOC_G_SELECTION, &state->rectangles[i]) < 0)
			state->rectangles[i].type = 0;
	}
}

int camera_state_read(struct camera_state *state, int fd, const char *path, uint32_t type)
{
	int ret;

	*state = (struct camera_state){.type = type, .format.type = type, .rate.type = type};
	ret = call_told(fd, path, VIDIOC_G_FMT, "VIDIOC_G_FMT", &state->format);
	if (ret < 0) {
		state->type = 0;
		return ret;
	}
	if (camera_call(fd, VIDIOC_G_PARM, &state->rate) < 0)
		state->rate.type = 0;
	read_rectangles(state, fd);
	return 0;
}

int camera_state_put_back(const struct camera_state *state, int fd, const char *path)
{
	struct camera_state wish = *state;
	int ret, rate_ret = 0;

	ret = call_told(fd, path, VIDIOC_S_FMT, "VIDIOC_S_FMT (to restore)", &wish.format);
	for (size_t i = 0; i < RECTANGLES; i++) {
		if (wish.rectangles[i].type)
			camera_call(fd, VIDIOC_S_SELECTION, &wish.rectangles[i]);
	}
	/* Those without the bit have a rate of their own, and some of them no S_PARM. */
	if (wish.rate.type && wish.rate.parm.capture.capability & V4L2_CAP_TIMEPERFRAME)
		rate_ret = call_told(fd, path, VIDIOC_S_PARM, "VIDIOC_S_PARM (to restore)", &wish.rate);
	return ret < 0 ? ret : rate_ret;
}

static int open_queue(const char *path, int *out, uint32_t *type)
{
	uint32_t bits;
	int fd, ret;

	*type = 0;
	*out = -1;
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = get_bits(fd, path, &bits);
	*type = bits & V4L2_CAP_VIDEO_CAPTURE_MPLANE  ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
		: bits & V4L2_CAP_VIDEO_CAPTURE       ? V4L2_BUF_TYPE_VIDEO_CAPTURE
		: bits & V4L2_CAP_VIDEO_OUTPUT_MPLANE ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
		: bits & V4L2_CAP_VIDEO_OUTPUT        ? V4L2_BUF_TYPE_VIDEO_OUTPUT
						      : 0;
	if (ret == 0 && (!*type || bits & (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE)))
		ret = -ENOTSUP;
	if (ret < 0)
		close(fd);
	else
		*out = fd;
	return ret;
}

int camera_state_load(struct camera_state *state, const char *path)
{
	uint32_t type = 0;
	int fd, ret;

	*state = (struct camera_state){0};
	ret = open_queue(path, &fd, &type);
	if (ret < 0)
		return ret;
	ret = camera_state_read(state, fd, path, type);
	close(fd);
	return ret;
}

int camera_state_store(const struct camera_state *state, const char *path)
{
	uint32_t type = 0;
	int fd, ret;

	ret = open_queue(path, &fd, &type);
	if (ret < 0)
		return ret;
	ret = type == state->type ? camera_state_put_back(state, fd, path) : -ENODEV;
	close(fd);
	return ret;
}

static void describe(const struct camera_state *state, char *text, size_t size)
{
	const struct v4l2_rect *crop = &state->rectangles[0].r, *compose = &state->rectangles[1].r;
	const struct v4l2_fract *rate = &state->rate.parm.capture.timeperframe;
	bool is_multiplanar = V4L2_TYPE_IS_MULTIPLANAR(state->type);
	const struct v4l2_pix_format *pix = &state->format.fmt.pix;

	/* Width, height and format come first in both APIs. */
	snprintf(text, size, "%ux%u %.4s, stride %u, %u/%u s, crop %ux%u, compose %ux%u", pix->width, pix->height,
		 (const char *)&pix->pixelformat,
		 is_multiplanar ? state->format.fmt.pix_mp.plane_fmt[0].bytesperline : pix->bytesperline,
		 rate->numerator, rate->denominator, crop->width, crop->height, compose->width, compose->height);
}

bool camera_state_is_equal(const struct camera_state *before, const struct camera_state *now, char *text, size_t size)
{
	char was[160], is[160];

	if (before->type == now->type &&
	    memcmp(before->format.fmt.raw_data, now->format.fmt.raw_data, sizeof(now->format.fmt.raw_data)) == 0 &&
	    memcmp(&before->rate, &now->rate, sizeof(now->rate)) == 0 &&
	    memcmp(before->rectangles, now->rectangles, sizeof(now->rectangles)) == 0)
		return true;
	describe(before, was, sizeof(was));
	describe(now, is, sizeof(is));
	snprintf(text, size, "it was %s; it is %s", was, is);
	return false;
}
