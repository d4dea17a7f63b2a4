/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Choosing a connector, a CRTC, a plane and a mode, and showing framebuffers with atomic commits. */
#include "display.h"

#include <err.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <string.h>

#include <drm_fourcc.h>
#include <xf86drm.h>

int display_open(struct display *display, const char *path)
{
	int ret;

	display->path = path;
	display->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (display->fd < 0) {
		ret = -errno;
		warn("%s", path);
		return ret;
	}
	display->state.fd = display->fd;
	if (drmSetClientCap(display->fd, DRM_CLIENT_CAP_ATOMIC, 1) < 0 ||
	    drmSetClientCap(display->fd, DRM_CLIENT_CAP_WRITEBACK_CONNECTORS, 1) < 0) {
		ret = -errno;
		warn("%s: no atomic mode setting", path);
		return ret;
	}
	return 0;
}

void display_close(struct display *display)
{
	int ret;

	if (display->fd < 0)
		return;
	ret = property_restore(&display->state);
	if (ret < 0)
		warnx("%s: the state the display had could not be restored: %s", display->path, strerror(-ret));
	framebuffer_remove_all(display);
	if (display->mode_blob)
		drmModeDestroyPropertyBlob(display->fd, display->mode_blob);
	close(display->fd);
	display->fd = -1;
}

/* The CRTC that the connector has now, or the first that it can have. Returns its index, -1 for none. */
static int find_crtc(const struct display *display, const drmModeRes *resources, const drmModeConnector *connector)
{
	uint32_t possible = 0;

	for (int i = 0; i < connector->count_encoders; i++) {
		drmModeEncoder *encoder = drmModeGetEncoder(display->fd, connector->encoders[i]);

		if (!encoder)
			continue;
		possible |= encoder->possible_crtcs;
		for (int c = 0; encoder->encoder_id == connector->encoder_id && c < resources->count_crtcs; c++) {
			if (resources->crtcs[c] == encoder->crtc_id) {
				drmModeFreeEncoder(encoder);
				return c;
			}
		}
		drmModeFreeEncoder(encoder);
	}
	for (int c = 0; c < resources->count_crtcs; c++)
		if (possible & 1u << c)
			return c;
	return -1;
}

/* A mode that no monitor lists: timings in the manner of reduced blanking. Panels refuse it, virtual ones do not. */
static void make_mode(drmModeModeInfo *mode, uint32_t width, uint32_t height)
{
	memset(mode, 0, sizeof(*mode));
	mode->hdisplay = (uint16_t)width;
	mode->hsync_start = (uint16_t)(width + 48);
	mode->hsync_end = (uint16_t)(width + 80);
	mode->htotal = (uint16_t)(width + 160);
	mode->vdisplay = (uint16_t)height;
	mode->vsync_start = (uint16_t)(height + 3);
	mode->vsync_end = (uint16_t)(height + 8);
	mode->vtotal = (uint16_t)(height + 30);
	mode->vrefresh = 60;
	mode->clock = (uint32_t)mode->htotal * mode->vtotal * mode->vrefresh / 1000;
	mode->flags = DRM_MODE_FLAG_PHSYNC | DRM_MODE_FLAG_NVSYNC;
	mode->type = DRM_MODE_TYPE_USERDEF;
	snprintf(mode->name, sizeof(mode->name), "%ux%u", width, height);
}

/* The plane covers the CRTC one to one, as many planes cannot scale: the mode has the picture's size. */
static void choose_mode(struct display *display, const drmModeConnector *connector, const struct display_wish *wish)
{
	for (int i = 0; i < connector->count_modes; i++) {
		const drmModeModeInfo *mode = &connector->modes[i];

		if (mode->hdisplay == wish->width && mode->vdisplay == wish->height &&
		    !(mode->flags & DRM_MODE_FLAG_INTERLACE)) {
			display->mode = *mode;
			return;
		}
	}
	display->is_user_mode = true;
	make_mode(&display->mode, wish->width, wish->height);
}

static bool choose_connector(struct display *display, const drmModeRes *resources, const struct display_wish *wish)
{
	for (int i = 0; i < resources->count_connectors && !display->connector; i++) {
		drmModeConnector *connector = drmModeGetConnector(display->fd, resources->connectors[i]);
		int crtc = -1;

		if (connector && connector->connector_type != DRM_MODE_CONNECTOR_WRITEBACK &&
		    connector->connection == DRM_MODE_CONNECTED)
			crtc = find_crtc(display, resources, connector);
		if (crtc >= 0) {
			display->connector = connector->connector_id;
			display->crtc_index = (uint32_t)crtc;
			display->crtc = resources->crtcs[crtc];
			choose_mode(display, connector, wish);
		}
		drmModeFreeConnector(connector);
	}
	return display->connector;
}

static bool choose_writeback(struct display *display, const drmModeRes *resources)
{
	for (int i = 0; i < resources->count_connectors && !display->writeback; i++) {
		drmModeConnector *connector = drmModeGetConnector(display->fd, resources->connectors[i]);
		drmModeEncoder *encoder = NULL;

		if (connector && connector->connector_type == DRM_MODE_CONNECTOR_WRITEBACK && connector->count_encoders)
			encoder = drmModeGetEncoder(display->fd, connector->encoders[0]);
		if (encoder && encoder->possible_crtcs & 1u << display->crtc_index)
			display->writeback = connector->connector_id;
		drmModeFreeEncoder(encoder);
		drmModeFreeConnector(connector);
	}
	return display->writeback;
}

static bool has_format(const drmModePlane *plane, uint32_t fourcc)
{
	for (uint32_t i = 0; i < plane->count_formats; i++)
		if (plane->formats[i] == fourcc)
			return true;
	return false;
}

/* The primary plane where it takes the format, otherwise an overlay. */
static bool choose_plane(struct display *display, const struct display_wish *wish)
{
	drmModePlaneRes *planes = drmModeGetPlaneResources(display->fd);
	struct property type;

	for (uint32_t i = 0; planes && i < planes->count_planes; i++) {
		drmModePlane *plane = drmModeGetPlane(display->fd, planes->planes[i]);

		if (plane && plane->possible_crtcs & 1u << display->crtc_index && has_format(plane, wish->fourcc) &&
		    property_find(display->fd, plane->plane_id, "type", &type) == 0 &&
		    (type.value == DRM_PLANE_TYPE_PRIMARY || (type.value == DRM_PLANE_TYPE_OVERLAY && !display->plane)))
			display->plane = plane->plane_id;
		drmModeFreePlane(plane);
	}
	drmModeFreePlaneResources(planes);
	return display->plane;
}

int display_choose(struct display *display, const struct display_wish *wish)
{
	drmModeRes *resources = drmModeGetResources(display->fd);
	const char *missing = NULL;
	struct property frame;

	if (!resources || !choose_connector(display, resources, wish))
		missing = "connected connector";
	else if (!choose_plane(display, wish))
		missing = "plane with this format";
	else if (property_find(display->fd, display->plane, "FB_ID", &frame) < 0)
		missing = "FB_ID property";
	if (!missing && wish->wants_writeback && !choose_writeback(display, resources))
		warnx("%s: has no writeback connector: what it shows cannot be read back", display->path);
	drmModeFreeResources(resources);
	if (missing) {
		warnx("%s: has no %s", display->path, missing);
		return -ENODEV;
	}
	display->frame_property = frame.id;
	if (drmModeCreatePropertyBlob(display->fd, &display->mode, sizeof(display->mode), &display->mode_blob) < 0)
		return -errno;
	return 0;
}

static int add_enum(struct display *display, drmModeAtomicReq *request, const char *name, const char *value)
{
	struct property property;
	uint64_t number;

	if (property_find(display->fd, display->plane, name, &property) < 0)
		return 0;
	if (property_find_enum(display->fd, property.id, value, &number) < 0) {
		warnx("%s: plane %u cannot have %s \"%s\"", display->path, display->plane, name, value);
		return -ENOTSUP;
	}
	return property_add(&display->state, request, display->plane, name, number);
}

/* The display must read the colours as the camera means them. */
static int add_colour(struct display *display, drmModeAtomicReq *request, const struct display_wish *wish)
{
	const char *encoding = "ITU-R BT.601 YCbCr";
	int ret;

	if (wish->fourcc == DRM_FORMAT_XRGB8888)
		return 0;
	if (wish->colour.encoding == V4L2_YCBCR_ENC_709 || wish->colour.encoding == V4L2_YCBCR_ENC_XV709)
		encoding = "ITU-R BT.709 YCbCr";
	else if (wish->colour.encoding == V4L2_YCBCR_ENC_BT2020)
		encoding = "ITU-R BT.2020 YCbCr";
	ret = add_enum(display, request, "COLOR_ENCODING", encoding);
	if (ret < 0)
		return ret;
	return add_enum(display, request, "COLOR_RANGE",
			wish->colour.quantization == V4L2_QUANTIZATION_FULL_RANGE ? "YCbCr full range"
										  : "YCbCr limited range");
}

/* Planes that another program left on the CRTC would cover the picture or miss the new mode. */
static int add_other_planes(struct display *display, drmModeAtomicReq *request)
{
	drmModePlaneRes *planes = drmModeGetPlaneResources(display->fd);
	int ret = 0;

	for (uint32_t i = 0; planes && i < planes->count_planes && ret == 0; i++) {
		drmModePlane *plane = drmModeGetPlane(display->fd, planes->planes[i]);

		if (plane && plane->crtc_id == display->crtc && plane->plane_id != display->plane) {
			ret = property_add(&display->state, request, plane->plane_id, "FB_ID", 0);
			if (ret == 0)
				ret = property_add(&display->state, request, plane->plane_id, "CRTC_ID", 0);
		}
		drmModeFreePlane(plane);
	}
	drmModeFreePlaneResources(planes);
	return ret;
}

static int add_all(struct display *display, drmModeAtomicReq *request, const struct display_wish *wish, uint32_t frame)
{
	const struct {
		uint32_t object;
		const char *name;
		uint64_t value;
	} settings[] = {
		{display->connector, "CRTC_ID", display->crtc},
		{display->crtc, "MODE_ID", display->mode_blob},
		{display->crtc, "ACTIVE", 1},
		{display->plane, "CRTC_ID", display->crtc},
		{display->plane, "FB_ID", frame},
		{display->plane, "SRC_X", 0},
		{display->plane, "SRC_Y", 0},
		{display->plane, "SRC_W", (uint64_t)wish->width << 16},
		{display->plane, "SRC_H", (uint64_t)wish->height << 16},
		{display->plane, "CRTC_X", 0},
		{display->plane, "CRTC_Y", 0},
		{display->plane, "CRTC_W", wish->width},
		{display->plane, "CRTC_H", wish->height},
	};
	int ret;

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		ret = property_add(&display->state, request, settings[i].object, settings[i].name, settings[i].value);
		if (ret < 0)
			return ret;
	}
	ret = add_colour(display, request, wish);
	if (ret < 0)
		return ret;
	return add_other_planes(display, request);
}

int display_show(struct display *display, const struct display_wish *wish, uint32_t index)
{
	uint32_t flags = DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT;
	uint32_t frame = display->frames[index].id;
	drmModeAtomicReq *request = drmModeAtomicAlloc();
	int ret;

	if (!request)
		return -ENOMEM;
	if (display->is_lit) {
		ret = drmModeAtomicAddProperty(request, display->plane, display->frame_property, frame);
	} else {
		flags |= DRM_MODE_ATOMIC_ALLOW_MODESET;
		ret = add_all(display, request, wish, frame);
	}
	if (ret >= 0)
		ret = drmModeAtomicCommit(display->fd, request, flags, NULL);
	drmModeAtomicFree(request);
	if (ret < 0)
		warnx("%s: atomic commit of framebuffer %u: %s", display->path, frame, strerror(-ret));
	else
		display->is_lit = true;
	return ret < 0 ? ret : 0;
}

int display_handle_event(struct display *display)
{
	char events[1024];
	struct drm_event event;
	ssize_t length;
	int flips = 0;

	length = read(display->fd, events, sizeof(events));
	if (length < 0)
		return errno == EAGAIN ? 0 : -errno;
	for (size_t at = 0; at + sizeof(event) <= (size_t)length; at += event.length) {
		memcpy(&event, events + at, sizeof(event));
		flips += event.type == DRM_EVENT_FLIP_COMPLETE;
	}
	return flips;
}
