/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Buffers of the device's own allocator: exported, then orphaned. The kernel keeps the memory of an exported buffer
 * until its last user is gone, so that the queue is free again at once.
 */
#include "v4l2.h"

static void blank_images(const struct cen_image_desc *wish, struct cen_image_desc *images, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		size_t size = images[i].size;

		/* The host may know a longer struct: only what this backend knows is written. */
		memcpy(&images[i], wish, sizeof(*wish));
		images[i].size = size ? size : sizeof(*wish);
		for (uint32_t o = 0; o < CEN_MAX_PLANES; o++)
			images[i].objects[o].fd = -1;
	}
}

/* One dma-buf. Its real size is the dma-buf's own, which may be rounded up. */
static int export_plane(const struct session *session, uint32_t index, uint32_t plane, struct cen_image_object *out)
{
	struct v4l2_exportbuffer request = {
		.type = session->type,
		.index = index,
		.plane = plane,
		.flags = O_RDWR | O_CLOEXEC,
	};
	off_t size;
	int ret;

	ret = call_ioctl(session->fd, VIDIOC_EXPBUF, &request);
	if (ret < 0)
		return fail_session(session, "VIDIOC_EXPBUF", -ret, "%s: buffer %u, plane %u: %s", session->path, index,
				    plane, strerror(-ret));
	size = lseek(request.fd, 0, SEEK_END);
	if (size < 0 || (uint64_t)size < out->size) {
		close(request.fd);
		return fail_session(session, "lseek", EIO, "%s: buffer %u, plane %u: wanted %llu bytes, held %lld",
				    session->path, index, plane, (unsigned long long)out->size, (long long)size);
	}
	out->fd = request.fd;
	out->size = (uint64_t)size;
	return 0;
}

/* The driver's sizes are at least the wish's, or the buffer would end before the layout does. */
static int check_sizes(const struct session *session, const struct cen_image_desc *wish, const struct picture *picture)
{
	uint64_t page = page_bytes();

	for (uint32_t p = 0; p < picture->plane_count; p++) {
		uint64_t held = (picture->size[p] + page - 1) / page * page;

		if (held < wish->objects[p].size)
			return fail_session(session, "VIDIOC_S_FMT", ENOMEM,
					    "%s: object %u: wanted %llu bytes, the driver allocates %u", session->path,
					    p, (unsigned long long)wish->objects[p].size, picture->size[p]);
	}
	return 0;
}

static int export_all(const struct session *session, const struct cen_image_desc *wish, uint32_t planes, uint32_t count,
		      struct cen_image_desc *out, uint32_t *made)
{
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t p = 0; p < planes; p++) {
			int ret;

			out[i].objects[p].size = wish->objects[p].size;
			ret = export_plane(session, i, p, &out[i].objects[p]);
			if (ret < 0)
				return ret;
		}
		(*made)++;
	}
	return 0;
}

static int request_and_export(const struct session *session, const struct cen_image_desc *wish, uint32_t planes,
			      uint32_t count, struct cen_image_desc *out, uint32_t *made)
{
	struct v4l2_requestbuffers request = {.count = count, .type = session->type, .memory = V4L2_MEMORY_MMAP};
	int ret;

	ret = call_ioctl(session->fd, VIDIOC_REQBUFS, &request);
	if (ret == -EBUSY)
		return fail_session(session, "VIDIOC_REQBUFS", EBUSY, "%s: another process owns the queue",
				    session->path);
	if (ret < 0)
		return fail_session(session, "VIDIOC_REQBUFS", -ret, "%s: %u buffers of %llu bytes: %s", session->path,
				    count, (unsigned long long)wish->objects[0].size, strerror(-ret));
	/* Fewer than asked for is a success for REQBUFS. */
	*made = 0;
	if (request.count < count) {
		*made = request.count;
		ret = fail_session(session, "VIDIOC_REQBUFS", ENOMEM, "%s: asked for %u buffers, got %u", session->path,
				   count, request.count);
	} else {
		ret = export_all(session, wish, planes, count, out, made);
	}
	request.count = 0;
	call_ioctl(session->fd, VIDIOC_REQBUFS, &request);
	return ret;
}

/* A memory-to-memory device is one source with two queues; the one that has the format makes the buffers. */
static int open_queue(struct state *state, struct cen_call *call, const struct cen_source_desc *source,
		      const struct cen_image_desc *wish, struct session *session, struct picture *picture)
{
	uint32_t usages = (uint32_t)source->cookie;
	int ret = -EOPNOTSUPP;

	for (uint32_t usage = 0; usage <= CEN_USAGE_DECODE; usage++) {
		if (!(usages & CEN_USAGE_BIT(usage)))
			continue;
		_cen_v4l2_session_close(session);
		ret = _cen_v4l2_session_open(state, call, source->path, source->exporter, usage, session);
		if (ret < 0)
			return ret;
		ret = _cen_v4l2_match_image(session, wish, picture);
		if (ret == 0)
			return 0;
	}
	return ret;
}

int _cen_v4l2_allocate(void *state, struct cen_call *call, const struct cen_source_desc *source,
		       const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out, uint32_t *made)
{
	_cleanup_session_ struct session session = {.fd = -1};
	struct cen_image_desc fitting = *wish;
	struct picture tried, picture;
	int ret;

	*made = 0;
	blank_images(wish, out, count);
	/* The wish's own size is held against the driver's below, page rounding allowed. */
	for (uint32_t o = 0; o < CEN_MAX_PLANES; o++)
		fitting.objects[o].size = UINT64_MAX;
	ret = open_queue(state, call, source, &fitting, &session, &tried);
	if (ret < 0)
		return ret;
	ret = _cen_v4l2_session_set(&session, &tried, &picture);
	if (ret < 0)
		return ret;
	ret = check_sizes(&session, wish, &picture);
	if (ret < 0)
		return ret;
	ret = request_and_export(&session, wish, picture.plane_count, count, out, made);
	if (ret < 0)
		close_images(out, count);
	return ret;
}
