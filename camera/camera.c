/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* V4L2 streaming with V4L2_MEMORY_DMABUF, single- and multi-planar. */
#include "camera.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "camera-state.h"

#define _cleanup_(function) __attribute__((cleanup(function)))

struct camera_plane {
	int fd;
	uint32_t length;
};

struct camera {
	int fd;
	const char *path;
	uint32_t type;
	uint32_t plane_count; /* memory planes */
	uint32_t sizes[VIDEO_MAX_PLANES];
	uint32_t buffer_count; /* that the queue has; it may be more than was asked for */
	bool is_streaming;
	bool is_changed, is_rate_set;
	bool is_gone; /* unplugged */
	const char *failed_call;
	struct v4l2_format format;
	struct camera_state before; /* type 0: nothing was set yet */
	struct camera_plane buffers[CAMERA_BUFFERS_MAX][VIDEO_MAX_PLANES];
};

/* The V4L2 spelling of a layout depends on whether its planes are separate buffers. */
static const struct {
	uint32_t drm, one, per_plane;
} formats[] = {
	{DRM_FORMAT_NV12, V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_NV12M},
	{DRM_FORMAT_NV16, V4L2_PIX_FMT_NV16, V4L2_PIX_FMT_NV16M},
	{DRM_FORMAT_YUV420, V4L2_PIX_FMT_YUV420, V4L2_PIX_FMT_YUV420M},
	{DRM_FORMAT_YUYV, V4L2_PIX_FMT_YUYV, 0},
	{DRM_FORMAT_UYVY, V4L2_PIX_FMT_UYVY, 0},
	{DRM_FORMAT_XRGB8888, V4L2_PIX_FMT_XBGR32, 0},
	{DRM_FORMAT_RGB565, V4L2_PIX_FMT_RGB565, 0},
};

static uint32_t find_format(uint32_t fourcc, bool per_plane)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i].drm == fourcc)
			return per_plane ? formats[i].per_plane : formats[i].one;
	return 0;
}

static int camera_ioctl(struct camera *camera, unsigned long request, const char *name, void *arg)
{
	int ret = camera_call(camera->fd, request, arg);

	if (ret < 0 && ret != -EAGAIN) {
		warnx("%s: %s: %s", camera->path, name, strerror(-ret));
		camera->failed_call = name;
	}
	if (ret == -ENODEV)
		camera->is_gone = true;
	return ret;
}

bool camera_knows(const struct cen_plan *plan)
{
	struct cen_plan_info info = {.size = sizeof(info)};

	return cen_plan_get_info(plan, &info) == 0 && info.modifier == CEN_MODIFIER_LINEAR &&
	       find_format(info.fourcc, info.object_count > 1);
}

static bool is_multi_planar(const struct camera *camera)
{
	return V4L2_TYPE_IS_MULTIPLANAR(camera->type);
}

static void close_cleanup_camera(struct camera **camera)
{
	camera_close(*camera);
}

int camera_open(const char *path, struct camera **out)
{
	_cleanup_(close_cleanup_camera) struct camera *camera = NULL;
	int ret;

	*out = NULL;
	camera = calloc(1, sizeof(*camera));
	if (!camera)
		return -ENOMEM;
	camera->path = path;
	camera->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (camera->fd < 0) {
		ret = -errno;
		warn("%s", path);
		return ret;
	}
	ret = camera_find_type(camera->fd, path, &camera->type);
	if (ret < 0)
		return ret;
	*out = camera;
	camera = NULL;
	return 0;
}

void camera_stop(struct camera *camera)
{
	struct v4l2_requestbuffers request = {.type = camera->type, .memory = V4L2_MEMORY_DMABUF};

	/* A camera that was unplugged has let go of everything by itself. */
	if (camera->is_streaming && !camera->is_gone)
		camera_ioctl(camera, VIDIOC_STREAMOFF, "VIDIOC_STREAMOFF", &camera->type);
	if (camera->buffer_count && !camera->is_gone)
		camera_ioctl(camera, VIDIOC_REQBUFS, "VIDIOC_REQBUFS(0)", &request);
	camera->is_streaming = false;
	camera->buffer_count = 0;
}

void camera_close(struct camera *camera)
{
	if (!camera)
		return;
	if (camera->fd >= 0) {
		camera_stop(camera);
		if (camera->is_changed && !camera->is_gone)
			camera_state_put_back(&camera->before, camera->fd, camera->path);
		close(camera->fd);
	}
	free(camera);
}

static void fill_format(struct camera *camera, const struct cen_plan_info *info, uint32_t pixel_format, uint32_t stride)
{
	struct v4l2_format *format = &camera->format;

	/* The old format is the start: it carries the colour space that the camera has. */
	*format = camera->before.format;
	if (is_multi_planar(camera)) {
		format->fmt.pix_mp.width = info->width;
		format->fmt.pix_mp.height = info->height;
		format->fmt.pix_mp.pixelformat = pixel_format;
		format->fmt.pix_mp.field = V4L2_FIELD_NONE;
		format->fmt.pix_mp.num_planes = (uint8_t)camera->plane_count;
		for (uint32_t i = 0; i < camera->plane_count; i++) {
			format->fmt.pix_mp.plane_fmt[i].bytesperline = stride;
			format->fmt.pix_mp.plane_fmt[i].sizeimage = 0;
		}
	} else {
		format->fmt.pix.width = info->width;
		format->fmt.pix.height = info->height;
		format->fmt.pix.pixelformat = pixel_format;
		format->fmt.pix.field = V4L2_FIELD_NONE;
		format->fmt.pix.bytesperline = stride;
		format->fmt.pix.sizeimage = 0;
	}
}

/* With one object the driver derives where each plane begins: behind the one before, without a gap. */
static int check_chroma(const struct camera *camera, const struct cen_plan *plan, const struct cen_plan_info *info,
			uint32_t stride, uint32_t height)
{
	uint64_t offset = (uint64_t)stride * height;
	struct cen_plane_layout layout;

	for (uint32_t i = 1; i < info->plane_count; i++) {
		cen_plan_get_plane(plan, i, &layout);
		if (layout.offset != offset) {
			warnx("%s: plane %u begins at %llu, in the plan at %llu", camera->path, i,
			      (unsigned long long)offset, (unsigned long long)layout.offset);
			return -EINVAL;
		}
		offset += layout.size;
	}
	return 0;
}

/* What the driver answered must be what the plan says, or the pixels land where nobody looks for them. */
static int check_format(struct camera *camera, const struct cen_plan *plan, const struct cen_plan_info *info,
			uint32_t pixel_format)
{
	const struct v4l2_format *format = &camera->format;
	uint32_t width = format->fmt.pix.width, height = format->fmt.pix.height, stride = 0;
	uint32_t got = format->fmt.pix.pixelformat;
	struct cen_plane_layout layout = {0};

	_Static_assert(offsetof(struct v4l2_pix_format, pixelformat) ==
			       offsetof(struct v4l2_pix_format_mplane, pixelformat),
		       "width, height and format come first in both");
	if (got != pixel_format || width != info->width || height != info->height) {
		warnx("%s: chose %ux%u %.4s instead of %ux%u %.4s", camera->path, width, height, (const char *)&got,
		      info->width, info->height, (const char *)&pixel_format);
		return -EINVAL;
	}
	for (uint32_t i = 0; i < camera->plane_count; i++) {
		cen_plan_get_plane(plan, i, &layout);
		stride = is_multi_planar(camera) ? format->fmt.pix_mp.plane_fmt[i].bytesperline
						 : format->fmt.pix.bytesperline;
		camera->sizes[i] =
			is_multi_planar(camera) ? format->fmt.pix_mp.plane_fmt[i].sizeimage : format->fmt.pix.sizeimage;
		if (stride == layout.stride && camera->sizes[i] <= cen_plan_get_object_size(plan, layout.object))
			continue;
		warnx("%s: plane %u has stride %u and %u bytes; the plan has %llu and %llu", camera->path, i, stride,
		      camera->sizes[i], (unsigned long long)layout.stride,
		      (unsigned long long)cen_plan_get_object_size(plan, layout.object));
		return -EINVAL;
	}
	return camera->plane_count == 1 ? check_chroma(camera, plan, info, stride, height) : 0;
}

/* A rate is a wish: a camera without one keeps its own. */
static void set_rate(struct camera *camera, uint32_t fps)
{
	struct v4l2_streamparm rate = camera->before.rate;

	if (camera->is_rate_set || fps == 0 || !rate.type || !(rate.parm.capture.capability & V4L2_CAP_TIMEPERFRAME))
		return;
	rate.parm.capture.timeperframe = (struct v4l2_fract){.numerator = 1, .denominator = fps};
	camera->is_rate_set = camera_ioctl(camera, VIDIOC_S_PARM, "VIDIOC_S_PARM", &rate) == 0;
}

int camera_set_plan(struct camera *camera, const struct cen_plan *plan, uint32_t fps)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	struct cen_plane_layout layout = {0};
	uint32_t pixel_format;
	int ret;

	cen_plan_get_info(plan, &info);
	cen_plan_get_plane(plan, 0, &layout);
	camera->plane_count = info.object_count;
	pixel_format = find_format(info.fourcc, info.object_count > 1);
	if (!pixel_format || layout.stride > UINT32_MAX) {
		warnx("this program does not know the plan's format in %u objects", info.object_count);
		return -EINVAL;
	}
	if (!camera->before.type) {
		ret = camera_state_read(&camera->before, camera->fd, camera->path, camera->type);
		if (ret < 0)
			return ret;
	}
	fill_format(camera, &info, pixel_format, (uint32_t)layout.stride);
	ret = camera_ioctl(camera, VIDIOC_S_FMT, "VIDIOC_S_FMT", &camera->format);
	if (ret < 0)
		return ret;
	camera->is_changed = true;
	ret = check_format(camera, plan, &info, pixel_format);
	if (ret < 0)
		return ret;
	set_rate(camera, fps);
	return 0;
}

void camera_get_colour(const struct camera *camera, struct camera_colour *out)
{
	const struct v4l2_format *format = &camera->format;
	uint32_t space = is_multi_planar(camera) ? format->fmt.pix_mp.colorspace : format->fmt.pix.colorspace;

	out->encoding = is_multi_planar(camera) ? format->fmt.pix_mp.ycbcr_enc : format->fmt.pix.ycbcr_enc;
	out->quantization = is_multi_planar(camera) ? format->fmt.pix_mp.quantization : format->fmt.pix.quantization;
	if (out->encoding == V4L2_YCBCR_ENC_DEFAULT)
		out->encoding = V4L2_MAP_YCBCR_ENC_DEFAULT(space);
	if (out->quantization == V4L2_QUANTIZATION_DEFAULT)
		out->quantization = V4L2_MAP_QUANTIZATION_DEFAULT(false, space, out->encoding);
}

int camera_request(struct camera *camera, uint32_t count)
{
	struct v4l2_requestbuffers request = {.count = count, .type = camera->type, .memory = V4L2_MEMORY_DMABUF};
	int ret;

	if (count > CAMERA_BUFFERS_MAX) {
		warnx("%s: %u buffers; this program handles %u", camera->path, count, CAMERA_BUFFERS_MAX);
		return -E2BIG;
	}
	ret = camera_ioctl(camera, VIDIOC_REQBUFS, "VIDIOC_REQBUFS(DMABUF)", &request);
	if (ret < 0)
		return ret;
	camera->buffer_count = request.count;
	if (request.count < count) {
		warnx("%s: takes %u buffers, not %u", camera->path, request.count, count);
		return -EINVAL;
	}
	return 0;
}

int camera_set_buffer(struct camera *camera, uint32_t index, const struct cen_buffer *buffer)
{
	struct cen_buffer_plane plane;
	int ret;

	for (uint32_t p = 0; p < camera->plane_count; p++) {
		ret = cen_buffer_get_plane(buffer, p, &plane);
		if (ret < 0)
			return ret;
		/* A capture queue begins at the first byte of an fd. */
		if (plane.offset != 0) {
			warnx("plane %u begins at %llu, not 0", p, (unsigned long long)plane.offset);
			return -EINVAL;
		}
		camera->buffers[index][p] = (struct camera_plane){.fd = plane.fd, .length = camera->sizes[p]};
	}
	return 0;
}

int camera_set_buffers(struct camera *camera, struct cen_buffer *const *buffers, uint32_t count)
{
	int ret;

	ret = camera_request(camera, count);
	for (uint32_t i = 0; i < count && ret == 0; i++)
		ret = camera_set_buffer(camera, i, buffers[i]);
	return ret;
}

int camera_queue(struct camera *camera, uint32_t index)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = {0};
	struct v4l2_buffer buffer = {.index = index, .type = camera->type, .memory = V4L2_MEMORY_DMABUF};
	const struct camera_plane *own = camera->buffers[index];

	if (is_multi_planar(camera)) {
		for (uint32_t p = 0; p < camera->plane_count; p++) {
			planes[p].m.fd = own[p].fd;
			planes[p].length = own[p].length;
		}
		buffer.m.planes = planes;
		buffer.length = camera->plane_count;
	} else {
		buffer.m.fd = own[0].fd;
		buffer.length = own[0].length;
	}
	return camera_ioctl(camera, VIDIOC_QBUF, "VIDIOC_QBUF", &buffer);
}

int camera_start(struct camera *camera)
{
	int ret = camera_ioctl(camera, VIDIOC_STREAMON, "VIDIOC_STREAMON", &camera->type);

	camera->is_streaming = ret == 0;
	return ret;
}

/* When the frame was there. Some drivers stamp other clocks, and vivid the end of an exposure that is yet to come. */
static uint64_t get_time(const struct v4l2_buffer *buffer)
{
	struct timespec clock;
	uint64_t stamp, now;

	clock_gettime(CLOCK_MONOTONIC, &clock);
	now = (uint64_t)clock.tv_sec * 1000000000u + (uint64_t)clock.tv_nsec;
	if ((buffer->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) != V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC)
		return now;
	stamp = (uint64_t)buffer->timestamp.tv_sec * 1000000000u + (uint64_t)buffer->timestamp.tv_usec * 1000u;
	return stamp < now ? stamp : now;
}

int camera_dequeue(struct camera *camera, struct camera_frame *out)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = {0};
	struct v4l2_buffer buffer = {.type = camera->type, .memory = V4L2_MEMORY_DMABUF};
	int ret;

	if (is_multi_planar(camera)) {
		buffer.m.planes = planes;
		buffer.length = VIDEO_MAX_PLANES;
	}
	ret = camera_ioctl(camera, VIDIOC_DQBUF, "VIDIOC_DQBUF", &buffer);
	if (ret < 0)
		return ret;
	out->index = buffer.index;
	out->sequence = buffer.sequence;
	out->is_damaged = buffer.flags & V4L2_BUF_FLAG_ERROR;
	out->time_ns = get_time(&buffer);
	return 0;
}

const char *camera_get_failed_call(const struct camera *camera)
{
	return camera->failed_call;
}

const char *camera_get_trouble(const struct camera *camera)
{
	struct v4l2_input input = {0};
	int index;

	/* A camera that is part of a media graph has no inputs. */
	if (camera_call(camera->fd, VIDIOC_G_INPUT, &index) < 0)
		return NULL;
	input.index = (uint32_t)index;
	if (camera_call(camera->fd, VIDIOC_ENUMINPUT, &input) < 0)
		return NULL;
	if (input.status & V4L2_IN_ST_NO_POWER)
		return "no power";
	if (input.status & V4L2_IN_ST_NO_SIGNAL)
		return "no signal";
	return input.status & V4L2_IN_ST_NO_SYNC ? "no sync" : NULL;
}

int camera_get_fd(const struct camera *camera)
{
	return camera->fd;
}

int camera_get_buffer_fd(const struct camera *camera, uint32_t index, uint32_t plane)
{
	return plane < camera->plane_count ? camera->buffers[index][plane].fd : -1;
}
