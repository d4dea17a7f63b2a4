/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Questions that change nothing and are answered while another process streams. */
#include "v4l2.h"

#define CAPTURE_CAPS (V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE)
#define OUTPUT_CAPS (V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_VIDEO_OUTPUT_MPLANE)
#define M2M_CAPS (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE)

/* Drivers list far fewer; a driver that never ends its list is not followed further. */
#define MAX_FORMATS 512

uint32_t _cen_v4l2_queue_type(uint32_t device_caps, bool is_output)
{
	if (is_output)
		return device_caps & (V4L2_CAP_VIDEO_OUTPUT_MPLANE | V4L2_CAP_VIDEO_M2M_MPLANE)
			       ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
			       : V4L2_BUF_TYPE_VIDEO_OUTPUT;
	return device_caps & (V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_VIDEO_M2M_MPLANE)
		       ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
		       : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

int _cen_v4l2_enum_format(int fd, uint32_t type, uint32_t index, struct v4l2_fmtdesc *out)
{
	int ret;

	*out = (struct v4l2_fmtdesc){.index = index, .type = type};
	if (index >= MAX_FORMATS)
		return 0;
	ret = call_ioctl(fd, VIDIOC_ENUM_FMT, out);
	/* ENOTTY: a queue that lists none. */
	if (ret == -EINVAL || ret == -ENOTTY)
		return 0;
	return ret < 0 ? ret : 1;
}

static bool has_compressed(int fd, uint32_t type)
{
	struct v4l2_fmtdesc desc;

	for (uint32_t i = 0; _cen_v4l2_enum_format(fd, type, i, &desc) > 0; i++) {
		if (desc.flags & V4L2_FMT_FLAG_COMPRESSED)
			return true;
	}
	return false;
}

uint32_t _cen_v4l2_usages(int fd, uint32_t caps)
{
	uint32_t usages = 0;

	if (!(caps & V4L2_CAP_STREAMING) || caps & V4L2_CAP_TOUCH)
		return 0;
	if (!(caps & M2M_CAPS))
		return (caps & CAPTURE_CAPS ? CEN_USAGE_BIT(CEN_USAGE_CAPTURE) : 0) |
		       (caps & OUTPUT_CAPS ? CEN_USAGE_BIT(CEN_USAGE_OUTPUT) : 0);
	/* Streams are no pictures: a codec's usage is that of the side with the pictures. */
	if (has_compressed(fd, _cen_v4l2_queue_type(caps, false)))
		usages |= CEN_USAGE_BIT(CEN_USAGE_ENCODE);
	if (has_compressed(fd, _cen_v4l2_queue_type(caps, true)))
		usages |= CEN_USAGE_BIT(CEN_USAGE_DECODE);
	return usages ? usages : CEN_USAGE_BIT(CEN_USAGE_OUTPUT) | CEN_USAGE_BIT(CEN_USAGE_CAPTURE);
}

int _cen_v4l2_has_format(const struct session *session, uint32_t pixelformat)
{
	struct v4l2_fmtdesc desc;
	int ret;

	for (uint32_t i = 0; (ret = _cen_v4l2_enum_format(session->fd, session->type, i, &desc)) > 0; i++) {
		if (desc.pixelformat == pixelformat)
			return 1;
	}
	return ret;
}

void _cen_v4l2_to_format(const struct picture *from, uint32_t type, struct v4l2_format *to)
{
	*to = (struct v4l2_format){.type = type};
	if (V4L2_TYPE_IS_MULTIPLANAR(type)) {
		struct v4l2_pix_format_mplane *mp = &to->fmt.pix_mp;

		mp->pixelformat = from->pixelformat;
		mp->width = from->width;
		mp->height = from->height;
		mp->field = from->field;
		mp->num_planes = (uint8_t)from->plane_count;
		for (uint32_t p = 0; p < from->plane_count; p++)
			mp->plane_fmt[p].bytesperline = from->stride[p];
		return;
	}
	to->fmt.pix.pixelformat = from->pixelformat;
	to->fmt.pix.width = from->width;
	to->fmt.pix.height = from->height;
	to->fmt.pix.field = from->field;
	to->fmt.pix.bytesperline = from->stride[0];
}

void _cen_v4l2_from_format(const struct v4l2_format *from, struct picture *to)
{
	*to = (struct picture){0};
	if (V4L2_TYPE_IS_MULTIPLANAR(from->type)) {
		const struct v4l2_pix_format_mplane *mp = &from->fmt.pix_mp;

		to->pixelformat = mp->pixelformat;
		to->width = mp->width;
		to->height = mp->height;
		to->field = mp->field;
		to->plane_count = mp->num_planes < CEN_MAX_PLANES ? mp->num_planes : CEN_MAX_PLANES;
		for (uint32_t p = 0; p < to->plane_count; p++) {
			to->stride[p] = mp->plane_fmt[p].bytesperline;
			to->size[p] = mp->plane_fmt[p].sizeimage;
		}
		return;
	}
	to->pixelformat = from->fmt.pix.pixelformat;
	to->width = from->fmt.pix.width;
	to->height = from->fmt.pix.height;
	to->field = from->fmt.pix.field;
	to->plane_count = 1;
	to->stride[0] = from->fmt.pix.bytesperline;
	to->size[0] = from->fmt.pix.sizeimage;
}

int _cen_v4l2_get_picture(const struct session *session, struct picture *out)
{
	struct v4l2_format format = {.type = session->type};
	int ret = call_ioctl(session->fd, VIDIOC_G_FMT, &format);

	if (ret < 0)
		return ret;
	_cen_v4l2_from_format(&format, out);
	return 0;
}

int _cen_v4l2_try_picture(const struct session *session, const struct picture *wish, struct picture *out)
{
	struct v4l2_format format;
	int ret;

	_cen_v4l2_to_format(wish, session->type, &format);
	ret = call_ioctl(session->fd, VIDIOC_TRY_FMT, &format);
	if (ret < 0)
		return ret;
	_cen_v4l2_from_format(&format, out);
	return 0;
}

struct buffer_caps _cen_v4l2_buffer_caps(const struct session *session, bool is_passive)
{
	static const uint32_t memories[] = {V4L2_MEMORY_MMAP, V4L2_MEMORY_DMABUF};
	struct buffer_caps caps = {.max_count = VIDEO_MAX_FRAME};

	/* A count of 0 allocates nothing. A memory type that the queue lacks gives EINVAL and no answer. */
	for (size_t i = 0; i < ARRAY_LENGTH(memories); i++) {
		struct v4l2_create_buffers create = {.memory = memories[i], .format.type = session->type};
		struct v4l2_requestbuffers request = {.memory = memories[i], .type = session->type};
		int ret = call_ioctl(session->fd, VIDIOC_CREATE_BUFS, &create);

		if (ret == 0) {
			caps.is_known = true;
			caps.flags = create.capabilities;
			if (create.capabilities & V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS)
				caps.max_count = max_num_buffers(&create);
			return caps;
		}
		/* REQBUFS(0) frees what this file owns, which is nothing; it is EBUSY when another owns the queue. */
		if (ret == -ENOTTY && !is_passive && call_ioctl(session->fd, VIDIOC_REQBUFS, &request) == 0) {
			caps.is_known = true;
			caps.flags = request.capabilities;
			return caps;
		}
	}
	return caps;
}

uint32_t _cen_v4l2_least_count(const struct session *session)
{
	struct v4l2_control control = {
		.id = session->is_output ? V4L2_CID_MIN_BUFFERS_FOR_OUTPUT : V4L2_CID_MIN_BUFFERS_FOR_CAPTURE,
	};

	if (call_ioctl(session->fd, VIDIOC_G_CTRL, &control) < 0 || control.value <= 0)
		return 0;
	return (uint32_t)control.value;
}

/* A plane against what the queue has for it. Returns 0 or a negative errno that was explained. */
static int check_plane(const struct session *session, const struct cen_image_desc *image, uint32_t p, uint32_t object,
		       uint64_t stride, uint64_t offset)
{
	const struct cen_image_plane *plane = &image->planes[p];

	if (plane->object != object)
		return fail_session(session, NULL, EINVAL, "%s: plane %u is in object %u; the queue wants it in %u",
				    session->path, p, plane->object, object);
	if (plane->stride != stride)
		return fail_session(session, "VIDIOC_TRY_FMT", EINVAL,
				    "%s: plane %u: the driver sets a stride of %llu bytes, the image has %llu",
				    session->path, p, (unsigned long long)stride, (unsigned long long)plane->stride);
	if (plane->offset != offset)
		return fail_session(session, NULL, EINVAL,
				    "%s: plane %u begins at byte %llu; for the queue it begins at byte %llu",
				    session->path, p, (unsigned long long)plane->offset, (unsigned long long)offset);
	return 0;
}

/* In one buffer the driver derives where the chroma is and how wide its rows are. */
static int check_chroma(const struct session *session, const struct cen_image_desc *image, const struct picture *got)
{
	const struct cen_format_info *info = session->state->host->get_format_info(image->fourcc);
	uint64_t rows = info ? _cen_v4l2_padded_rows(info, got) : 0, offset = 0;
	int ret = 0;

	/* Where its sizes do not tell, nothing is held against the image. */
	for (uint32_t p = 0; ret == 0 && rows && p < info->plane_count; p++) {
		uint64_t stride = _cen_v4l2_format_derived_stride(info, p, got->stride[0]);

		ret = check_plane(session, image, p, 0, stride, offset);
		offset += stride * ((rows + info->planes[p].vsub - 1) / info->planes[p].vsub);
	}
	return ret;
}

/* The image against the driver's answer. Returns 0 or a negative errno that was explained. */
static int check_picture(const struct session *session, const struct cen_image_desc *image, const struct picture *got)
{
	for (uint32_t p = 0; p < got->plane_count; p++) {
		int ret = check_plane(session, image, p, p, got->stride[p], 0);

		if (ret < 0)
			return ret;
		if (got->size[p] > image->objects[p].size)
			return fail_session(session, "VIDIOC_TRY_FMT", EFAULT,
					    "%s: object %u is too small: wanted %u bytes, held %llu", session->path, p,
					    got->size[p], (unsigned long long)image->objects[p].size);
	}
	return got->plane_count == 1 && image->plane_count > 1 ? check_chroma(session, image, got) : 0;
}

/* The picture as a wish. Returns 0 or a negative errno that was explained. */
static int make_wish(const struct session *session, const struct cen_image_desc *image, const struct format_row *row,
		     struct picture *out)
{
	*out = (struct picture){
		.pixelformat = row->v4l2,
		.width = image->width,
		.height = image->height,
		.plane_count = row->memory_planes,
	};
	for (uint32_t p = 0; p < row->memory_planes; p++) {
		if (image->planes[p].stride > UINT32_MAX)
			return fail_session(session, NULL, ERANGE, "%s: plane %u: stride %llu; V4L2 counts to 32 bits",
					    session->path, p, (unsigned long long)image->planes[p].stride);
		out->stride[p] = (uint32_t)image->planes[p].stride;
	}
	return 0;
}

int _cen_v4l2_match_image(const struct session *session, const struct cen_image_desc *image, struct picture *out)
{
	const struct format_row *row;

	if (image->modifier != CEN_MODIFIER_LINEAR || image->object_count < 1 || image->object_count > CEN_MAX_PLANES ||
	    image->plane_count < image->object_count || image->plane_count > CEN_MAX_PLANES)
		return fail_session(session, NULL, EINVAL, "%s: V4L2 takes linear images in 1 to %d objects",
				    session->path, CEN_MAX_PLANES);
	for (size_t n = 0; (row = _cen_v4l2_format_find(image->fourcc, image->object_count, n)); n++) {
		struct picture wish;
		int ret = _cen_v4l2_has_format(session, row->v4l2);

		if (ret < 0)
			return fail_session(session, "VIDIOC_ENUM_FMT", -ret, "%s: its formats: %s", session->path,
					    strerror(-ret));
		if (ret == 0)
			continue;
		ret = make_wish(session, image, row, &wish);
		if (ret < 0)
			return ret;
		ret = _cen_v4l2_try_picture(session, &wish, out);
		if (ret < 0 && ret != -EINVAL)
			return fail_session(session, "VIDIOC_TRY_FMT", -ret, "%s: %ux%u: %s", session->path, wish.width,
					    wish.height, strerror(-ret));
		if (ret == -EINVAL || out->pixelformat != row->v4l2 || out->plane_count != row->memory_planes)
			continue;
		return check_picture(session, image, out);
	}
	return fail_session(session, "VIDIOC_TRY_FMT", EINVAL,
			    "%s: the queue has no format for fourcc 0x%08x in %u objects", session->path, image->fourcc,
			    image->object_count);
}
