/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Show an image to a queue as an application would, short of streaming, and undo it. */
#include "v4l2.h"

static void fill_buffer(const struct session *session, const struct cen_image_desc *image,
			const struct picture *picture, struct v4l2_buffer *buffer, struct v4l2_plane *planes)
{
	*buffer = (struct v4l2_buffer){.type = session->type, .memory = V4L2_MEMORY_DMABUF, .field = picture->field};
	if (!session->is_multiplanar) {
		buffer->m.fd = image->objects[0].fd;
		buffer->length = (uint32_t)image->objects[0].size;
		buffer->bytesused = session->is_output ? picture->size[0] : 0;
		return;
	}
	memset(planes, 0, sizeof(*planes) * VIDEO_MAX_PLANES);
	buffer->m.planes = planes;
	buffer->length = picture->plane_count;
	for (uint32_t p = 0; p < picture->plane_count; p++) {
		planes[p].m.fd = image->objects[p].fd;
		planes[p].length = (uint32_t)image->objects[p].size;
		planes[p].bytesused = session->is_output ? picture->size[p] : 0;
	}
}

/* EFAULT has a meaning for each memory class. A dma-buf shorter than it should be gives it in all of them. */
static const char *fault_reason(const struct session *session)
{
	const struct queue_memory *memory = _cen_v4l2_memory_recall(session->state, session->devnum, session->type,
								    (const char *)session->capability.bus_info);

	switch (memory ? memory->class : MEMORY_UNKNOWN) {
	case MEMORY_CONTIGUOUS:
		return "the memory is not contiguous (vb2 dma-contig), or the dma-buf is too small";
	case MEMORY_MAPPED:
		return "the kernel cannot map the memory for the CPU (vb2 vmalloc), or the dma-buf is too small";
	case MEMORY_SCATTERED:
		return "the dma-buf is too small";
	default:
		return "the memory is not contiguous, cannot be mapped by the kernel, or the dma-buf is too small";
	}
}

/* What the errno means here: videobuf2 uses few, each for several things. */
static int fail_import(const struct session *session, const char *call, int err, const struct cen_image_desc *image,
		       const struct picture *picture)
{
	unsigned long long held = 0, wanted = 0;

	for (uint32_t p = 0; p < picture->plane_count; p++) {
		wanted += picture->size[p];
		held += image->objects[p].size;
	}
	switch (err) {
	case EFAULT:
		return fail_session(session, call, err, "%s: %s: wanted %llu bytes, held %llu", session->path,
				    fault_reason(session), wanted, held);
	case EINVAL:
		return fail_session(session, call, err,
				    "%s: the device cannot reach or map the memory, or the buffer is too small: wanted "
				    "%llu bytes, held %llu",
				    session->path, wanted, held);
	case EBUSY:
		return fail_session(session, call, err, "%s: another process owns the queue", session->path);
	case EBADR:
		return fail_session(session, call, err, "%s: the queue takes buffers with requests only",
				    session->path);
	default:
		return fail_session(session, call, err, "%s: %s", session->path, strerror(err));
	}
}

/*
 * PREPARE_BUF attaches and maps, and the driver never sees the buffer. Where a driver lacks it, QBUF without STREAMON
 * does the same; STREAMOFF takes the buffer back.
 */
static int show_buffer(const struct session *session, const struct cen_image_desc *image, const struct picture *picture,
		       const char **call)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
	struct v4l2_buffer buffer;
	uint32_t type = session->type;
	int ret;

	*call = "VIDIOC_PREPARE_BUF";
	fill_buffer(session, image, picture, &buffer, planes);
	ret = call_ioctl(session->fd, VIDIOC_PREPARE_BUF, &buffer);
	if (ret != -ENOTTY)
		return ret;
	*call = "VIDIOC_QBUF";
	fill_buffer(session, image, picture, &buffer, planes);
	ret = call_ioctl(session->fd, VIDIOC_QBUF, &buffer);
	if (ret == 0)
		call_ioctl(session->fd, VIDIOC_STREAMOFF, &type);
	return ret;
}

int _cen_v4l2_try_import(void *state, struct cen_call *call, const struct cen_device_desc *device, uint32_t usage,
			 const struct cen_image_desc *image)
{
	_cleanup_session_ struct session session = {.fd = -1};
	struct v4l2_requestbuffers request = {.count = 1, .memory = V4L2_MEMORY_DMABUF};
	struct picture wish, picture;
	const char *what;
	int ret, undone;

	ret = _cen_v4l2_session_open(state, call, device->path, device->devnum, usage, &session);
	if (ret < 0)
		return ret;
	ret = _cen_v4l2_match_image(&session, image, &wish);
	if (ret < 0)
		return ret;
	for (uint32_t p = 0; p < wish.plane_count; p++) {
		if (image->objects[p].size > UINT32_MAX)
			return fail_session(&session, NULL, ERANGE,
					    "%s: object %u has %llu bytes; V4L2 counts to 32 bits", session.path, p,
					    (unsigned long long)image->objects[p].size);
	}
	ret = _cen_v4l2_session_set(&session, &wish, &picture);
	if (ret < 0)
		return ret;
	request.type = session.type;
	ret = call_ioctl(session.fd, VIDIOC_REQBUFS, &request);
	if (ret == -EINVAL)
		return fail_session(&session, "VIDIOC_REQBUFS", EINVAL, "%s: the queue does not import dma-bufs",
				    session.path);
	if (ret < 0)
		return fail_import(&session, "VIDIOC_REQBUFS", -ret, image, &picture);
	ret = show_buffer(&session, image, &picture, &what);
	request.count = 0;
	undone = call_ioctl(session.fd, VIDIOC_REQBUFS, &request);
	if (ret < 0)
		return fail_import(&session, what, -ret, image, &picture);
	if (undone < 0)
		return fail_session(&session, "VIDIOC_REQBUFS", -undone, "%s: the trial could not be undone: %s",
				    session.path, strerror(-undone));
	return 0;
}
