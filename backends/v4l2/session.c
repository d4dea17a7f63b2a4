/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* An open queue, and the promise that its format is afterwards what it was. */
#include "v4l2.h"

/* More rectangles than these two do not change with a format. */
static const uint32_t targets[] = {V4L2_SEL_TGT_CROP, V4L2_SEL_TGT_COMPOSE};

int _cen_v4l2_open_node(const char *path, uint64_t devnum, int *fd)
{
	_cleanup_close_ int opened = -1;
	struct stat st;

	*fd = -1;
	opened = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (opened < 0)
		return -errno;
	if (fstat(opened, &st) < 0)
		return -errno;
	/* A node that was removed may have come back as another device. */
	if (!S_ISCHR(st.st_mode) || (devnum && st.st_rdev != devnum))
		return -ENODEV;
	*fd = steal_fd(&opened);
	return 0;
}

static int fail_open(const struct session *session, int err)
{
	char help[256];

	switch (err) {
	case -ENOENT:
	case -ENXIO:
	case -ENODEV:
		return fail_session(session, "open", ENODEV, "%s: the device was there and is gone", session->path);
	case -EACCES:
	case -EPERM:
		check_access(session->path, "membership of the group that owns it would help", help, sizeof(help));
		return fail_session(session, "open", -err, "%s: permission denied; %s", session->path, help);
	default:
		return fail_session(session, "open", -err, "%s: %s", session->path, strerror(-err));
	}
}

static bool is_output_usage(uint32_t usage)
{
	return usage == CEN_USAGE_OUTPUT || usage == CEN_USAGE_ENCODE;
}

/*
 * A decoder knows the pictures that it writes only after it was told the stream. The context is this open file's own,
 * so that setting it touches nobody.
 */
static void set_stream(const struct session *session)
{
	uint32_t type = _cen_v4l2_queue_type(session->device_caps, true);
	struct v4l2_fmtdesc desc;

	for (uint32_t i = 0; _cen_v4l2_enum_format(session->fd, type, i, &desc) > 0; i++) {
		struct v4l2_format format = {.type = type};

		if (!(desc.flags & V4L2_FMT_FLAG_COMPRESSED))
			continue;
		if (call_ioctl(session->fd, VIDIOC_G_FMT, &format) < 0)
			return;
		if (V4L2_TYPE_IS_MULTIPLANAR(type))
			format.fmt.pix_mp.pixelformat = desc.pixelformat;
		else
			format.fmt.pix.pixelformat = desc.pixelformat;
		call_ioctl(session->fd, VIDIOC_S_FMT, &format);
		return;
	}
}

int _cen_v4l2_session_open(struct state *state, struct cen_call *call, const char *path, uint64_t devnum,
			   uint32_t usage, struct session *out)
{
	int ret;

	*out = (struct session){.state = state, .call = call, .path = path, .devnum = devnum, .usage = usage, .fd = -1};
	ret = _cen_v4l2_open_node(path, devnum, &out->fd);
	if (ret < 0)
		return fail_open(out, ret);
	ret = call_ioctl(out->fd, VIDIOC_QUERYCAP, &out->capability);
	if (ret < 0)
		return fail_session(out, "VIDIOC_QUERYCAP", -ret, "%s: %s", path, strerror(-ret));
	out->device_caps = out->capability.capabilities & V4L2_CAP_DEVICE_CAPS ? out->capability.device_caps
									       : out->capability.capabilities;
	if (usage > CEN_USAGE_CPU_WRITE || !(_cen_v4l2_usages(out->fd, out->device_caps) & CEN_USAGE_BIT(usage)))
		return fail_session(out, NULL, EOPNOTSUPP, "%s (%s) has no queue for usage %u", path,
				    (const char *)out->capability.card, usage);
	out->is_output = is_output_usage(usage);
	out->is_m2m = out->device_caps & (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE);
	out->type = _cen_v4l2_queue_type(out->device_caps, out->is_output);
	out->is_multiplanar = V4L2_TYPE_IS_MULTIPLANAR(out->type);
	if (usage == CEN_USAGE_DECODE)
		set_stream(out);
	return 0;
}

/* A new format moves the rectangles of a device that crops or scales. */
static void get_rectangles(const struct session *session, struct v4l2_selection *rectangles)
{
	for (size_t i = 0; i < ARRAY_LENGTH(targets); i++) {
		/* Selections take the single-planar type in either API. */
		rectangles[i] = (struct v4l2_selection){
			.type = session->is_output ? V4L2_BUF_TYPE_VIDEO_OUTPUT : V4L2_BUF_TYPE_VIDEO_CAPTURE,
			.target = targets[i],
		};
		if (call_ioctl(session->fd, VIDIOC_G_SELECTION, &rectangles[i]) < 0)
			rectangles[i].type = 0;
	}
}

static int put_format_back(const struct session *session)
{
	struct v4l2_requestbuffers none = {.type = session->type, .memory = V4L2_MEMORY_MMAP};
	struct v4l2_format saved = session->saved;
	int ret = call_ioctl(session->fd, VIDIOC_S_FMT, &saved);

	if (ret == 0)
		return 0;
	/* A second try is cheap, and buffers that were left would be in the way. */
	call_ioctl(session->fd, VIDIOC_REQBUFS, &none);
	saved = session->saved;
	return call_ioctl(session->fd, VIDIOC_S_FMT, &saved);
}

static void put_back(struct session *session)
{
	struct v4l2_format now = {.type = session->type};
	int ret = 0;

	if (!session->saved.type)
		return;
	if (call_ioctl(session->fd, VIDIOC_G_FMT, &now) < 0 ||
	    memcmp(now.fmt.raw_data, session->saved.fmt.raw_data, sizeof(now.fmt.raw_data)) != 0)
		ret = put_format_back(session);
	/* No note: those are for describe(), which never sets a format. */
	if (ret < 0)
		warn(session->state->host, session->call, "%s: the format it had could not be put back: %s",
		     session->path, strerror(-ret));
	for (size_t i = 0; i < ARRAY_LENGTH(targets); i++) {
		if (session->rectangles[i].type)
			call_ioctl(session->fd, VIDIOC_S_SELECTION, &session->rectangles[i]);
	}
	session->saved.type = 0;
}

void _cen_v4l2_session_close(struct session *session)
{
	if (session->fd < 0)
		return;
	put_back(session);
	close(session->fd);
	session->fd = -1;
}

static bool is_same_picture(const struct picture *a, const struct picture *b)
{
	if (a->pixelformat != b->pixelformat || a->width != b->width || a->height != b->height ||
	    a->plane_count != b->plane_count)
		return false;
	for (uint32_t p = 0; p < a->plane_count; p++) {
		if (a->stride[p] != b->stride[p] || a->size[p] != b->size[p])
			return false;
	}
	return true;
}

int _cen_v4l2_session_set(struct session *session, const struct picture *wish, struct picture *out)
{
	struct v4l2_format format, before = {.type = session->type};
	struct picture now;
	int ret;

	/* S_FMT of a camera is the state of the device, for everybody: not done where nothing changes. */
	ret = call_ioctl(session->fd, VIDIOC_G_FMT, &before);
	if (ret == 0) {
		_cen_v4l2_from_format(&before, &now);
		if (is_same_picture(&now, wish)) {
			*out = now;
			return 0;
		}
	} else if (!session->is_m2m) {
		return fail_session(session, "VIDIOC_G_FMT", -ret, "%s: %s", session->path, strerror(-ret));
	}
	if (!session->is_m2m) {
		get_rectangles(session, session->rectangles);
		session->saved = before;
	}
	_cen_v4l2_to_format(wish, session->type, &format);
	ret = call_ioctl(session->fd, VIDIOC_S_FMT, &format);
	if (ret == -EBUSY)
		return fail_session(session, "VIDIOC_S_FMT", EBUSY, "%s: another process owns the queue",
				    session->path);
	if (ret < 0)
		return fail_session(session, "VIDIOC_S_FMT", -ret, "%s: %ux%u refused: %s", session->path, wish->width,
				    wish->height, strerror(-ret));
	_cen_v4l2_from_format(&format, out);
	/* The sizes were checked against the wish: they hold for that picture only. */
	if (!is_same_picture(out, wish))
		return fail_session(session, "VIDIOC_S_FMT", EIO,
				    "%s: the driver promised %ux%u with a stride of %u bytes and set %ux%u with %u",
				    session->path, wish->width, wish->height, wish->stride[0], out->width, out->height,
				    out->stride[0]);
	return 0;
}
