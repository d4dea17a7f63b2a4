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
	if (!drmIsMaster(display->fd) && drmSetMaster(display->fd) < 0) {
		ret = -errno;
		warnx("%s: another program has the screen, most likely a compositor (not the DRM master: %s)", path,
		      strerror(-ret));
		return ret;
	}
	if (drmSetClientCap(display->fd, DRM_CLIENT_CAP_ATOMIC, 1) < 0 ||
	    drmSetClientCap(display->fd, DRM_CLIENT_CAP_WRITEBACK_CONNECTORS, 1) < 0) {
		ret = -errno;
		warn("%s: no atomic mode setting", path);
		return ret;
	}
	return 0;
}

void display_restore(struct display *display)
{
	int ret = display->fd < 0 ? 0 : property_restore(&display->state);

	if (ret < 0)
		warnx("%s: the state the display had could not be restored: %s", display->path, strerror(-ret));
	display->is_lit = false;
}

void display_close(struct display *display)
{
	if (display->fd < 0)
		return;
	display_restore(display);
	if (display->mode_blob)
		drmModeDestroyPropertyBlob(display->fd, display->mode_blob);
	/* Framebuffers that are left go with it. */
	close(display->fd);
	*display = (struct display){.fd = -1};
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

static const drmModeModeInfo *get_preferred_mode(const drmModeConnector *connector)
{
	for (int i = 0; i < connector->count_modes; i++)
		if (connector->modes[i].type & DRM_MODE_TYPE_PREFERRED)
			return &connector->modes[i];
	return connector->count_modes ? &connector->modes[0] : NULL;
}

/* The plane covers the CRTC one to one, as many planes cannot scale: the mode has the picture's size. */
static void choose_mode(struct display *display, const drmModeConnector *connector, const struct display_wish *wish)
{
	const drmModeModeInfo *preferred = get_preferred_mode(connector);

	if (wish->width == 0 && preferred) {
		display->mode = *preferred;
		return;
	}
	for (int i = 0; i < connector->count_modes; i++) {
		const drmModeModeInfo *mode = &connector->modes[i];

		if (mode->hdisplay == wish->width && mode->vdisplay == wish->height &&
		    !(mode->flags & DRM_MODE_FLAG_INTERLACE)) {
			display->mode = *mode;
			return;
		}
	}
	display->is_user_mode = true;
	make_mode(&display->mode, wish->width ? wish->width : 1024, wish->width ? wish->height : 768);
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

static void choose_writeback(struct display *display, const drmModeRes *resources)
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

	if (!resources || !choose_connector(display, resources, wish))
		missing = "connected connector";
	else if (!choose_plane(display, wish))
		missing = "plane with this format";
	else
		choose_writeback(display, resources);
	drmModeFreeResources(resources);
	if (missing) {
		warnx("%s: has no %s", display->path, missing);
		return -ENODEV;
	}
	if (drmModeCreatePropertyBlob(display->fd, &display->mode, sizeof(display->mode), &display->mode_blob) < 0)
		return -errno;
	return 0;
}

static int add_enum(struct display *display, drmModeAtomicReq *request, uint32_t plane, const char *name,
		    const char *value)
{
	struct property property;
	uint64_t number;

	if (!property_exists(&display->state, plane, name))
		return 0;
	if (property_find(display->fd, plane, name, &property) < 0 ||
	    property_find_enum(display->fd, property.id, value, &number) < 0) {
		warnx("%s: plane %u cannot have %s \"%s\"", display->path, plane, name, value);
		return -ENOTSUP;
	}
	return property_add(&display->state, request, plane, name, number);
}

/* The display must read the colours as the camera means them. */
static int add_colour(struct display *display, drmModeAtomicReq *request, const struct display_layer *layer)
{
	const struct cen_format_info *info = cen_format_get_info(layer->fourcc);
	const char *encoding = "ITU-R BT.601 YCbCr";
	int ret;

	if (!info || !info->is_yuv)
		return 0;
	if (layer->colour.encoding == V4L2_YCBCR_ENC_709 || layer->colour.encoding == V4L2_YCBCR_ENC_XV709)
		encoding = "ITU-R BT.709 YCbCr";
	else if (layer->colour.encoding == V4L2_YCBCR_ENC_BT2020)
		encoding = "ITU-R BT.2020 YCbCr";
	ret = add_enum(display, request, layer->plane, "COLOR_ENCODING", encoding);
	if (ret < 0)
		return ret;
	return add_enum(display, request, layer->plane, "COLOR_RANGE",
			layer->colour.quantization == V4L2_QUANTIZATION_FULL_RANGE ? "YCbCr full range"
										   : "YCbCr limited range");
}

static int turn_off(struct display *display, drmModeAtomicReq *request, uint32_t plane)
{
	int ret = property_add(&display->state, request, plane, "FB_ID", 0);

	return ret == 0 ? property_add(&display->state, request, plane, "CRTC_ID", 0) : ret;
}

/* Planes that another program left on the CRTC would cover the picture or miss the new mode. */
static int turn_off_others(struct display *display, drmModeAtomicReq *request, uint32_t kept)
{
	drmModePlaneRes *planes = drmModeGetPlaneResources(display->fd);
	int ret = 0;

	for (uint32_t i = 0; planes && i < planes->count_planes && ret == 0; i++) {
		drmModePlane *plane = drmModeGetPlane(display->fd, planes->planes[i]);

		if (plane && plane->crtc_id == display->crtc && plane->plane_id != kept)
			ret = turn_off(display, request, plane->plane_id);
		drmModeFreePlane(plane);
	}
	drmModeFreePlaneResources(planes);
	return ret;
}

struct setting {
	uint32_t object;
	const char *name;
	uint64_t value;
};

static int add_settings(struct display *display, drmModeAtomicReq *request, const struct setting *settings,
			size_t count)
{
	int ret = 0;

	for (size_t i = 0; i < count && ret == 0; i++)
		ret = property_add(&display->state, request, settings[i].object, settings[i].name, settings[i].value);
	return ret;
}

static int add_screen(struct display *display, drmModeAtomicReq *request, uint32_t plane)
{
	const struct setting settings[] = {
		{display->connector, "CRTC_ID", display->crtc},
		{display->crtc, "MODE_ID", display->mode_blob},
		{display->crtc, "ACTIVE", 1},
	};
	int ret = add_settings(display, request, settings, sizeof(settings) / sizeof(settings[0]));

	return ret == 0 ? turn_off_others(display, request, plane) : ret;
}

static int add_layer(struct display *display, drmModeAtomicReq *request, const struct display_layer *layer)
{
	const struct setting settings[] = {
		{layer->plane, "CRTC_ID", display->crtc},      {layer->plane, "SRC_X", layer->source_x},
		{layer->plane, "SRC_Y", layer->source_y},      {layer->plane, "SRC_W", layer->source_width},
		{layer->plane, "SRC_H", layer->source_height}, {layer->plane, "CRTC_X", (uint64_t)layer->x},
		{layer->plane, "CRTC_Y", (uint64_t)layer->y},  {layer->plane, "CRTC_W", layer->width},
		{layer->plane, "CRTC_H", layer->height},
	};
	int ret = add_settings(display, request, settings, sizeof(settings) / sizeof(settings[0]));

	return ret == 0 ? add_colour(display, request, layer) : ret;
}

/* Whether only the framebuffer differs from what the plane has. */
static bool is_same_place(const struct display_layer *a, const struct display_layer *b)
{
	return a->plane == b->plane && a->fourcc == b->fourcc && a->colour.encoding == b->colour.encoding &&
	       a->colour.quantization == b->colour.quantization && a->source_x == b->source_x &&
	       a->source_y == b->source_y && a->source_width == b->source_width &&
	       a->source_height == b->source_height && a->x == b->x && a->y == b->y && a->width == b->width &&
	       a->height == b->height;
}

static int add_all(struct display *display, drmModeAtomicReq *request, const struct display_layer *layer)
{
	int ret = 0;

	if (!display->is_lit)
		ret = add_screen(display, request, layer->plane);
	else if (display->layer.plane != layer->plane)
		ret = turn_off(display, request, display->layer.plane);
	if (ret == 0 && (!display->is_lit || !is_same_place(&display->layer, layer)))
		ret = add_layer(display, request, layer);
	if (ret == 0)
		ret = property_add(&display->state, request, layer->plane, "FB_ID", layer->framebuffer);
	if (ret == 0 && layer->fence >= 0)
		ret = property_add(&display->state, request, layer->plane, "IN_FENCE_FD", (uint64_t)layer->fence);
	return ret;
}

static int commit(struct display *display, const struct display_layer *layer, uint32_t flags)
{
	drmModeAtomicReq *request = drmModeAtomicAlloc();
	int ret;

	if (!request)
		return -ENOMEM;
	if (!display->is_lit)
		flags |= DRM_MODE_ATOMIC_ALLOW_MODESET;
	ret = add_all(display, request, layer);
	if (ret == 0)
		ret = drmModeAtomicCommit(display->fd, request, flags, NULL);
	/* The commit before is not quite over: wait for it. */
	if (ret == -EBUSY && flags & DRM_MODE_ATOMIC_NONBLOCK)
		ret = drmModeAtomicCommit(display->fd, request, flags & ~(uint32_t)DRM_MODE_ATOMIC_NONBLOCK, NULL);
	drmModeAtomicFree(request);
	return ret;
}

void display_layer_init(const struct display *display, uint32_t framebuffer, uint32_t fourcc,
			struct display_layer *layer)
{
	*layer = (struct display_layer){
		.plane = display->plane,
		.framebuffer = framebuffer,
		.fourcc = fourcc,
		.colour = {V4L2_YCBCR_ENC_601, V4L2_QUANTIZATION_LIM_RANGE},
		.source_width = (uint32_t)display->mode.hdisplay << 16,
		.source_height = (uint32_t)display->mode.vdisplay << 16,
		.width = display->mode.hdisplay,
		.height = display->mode.vdisplay,
		.fence = -1,
	};
}

int display_test(struct display *display, const struct display_layer *layer)
{
	return commit(display, layer, DRM_MODE_ATOMIC_TEST_ONLY);
}

int display_show(struct display *display, const struct display_layer *layer)
{
	int ret = commit(display, layer, DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT);

	if (ret < 0) {
		warnx("%s: atomic commit of framebuffer %u: %s", display->path, layer->framebuffer, strerror(-ret));
		return ret;
	}
	display->is_lit = true;
	display->layer = *layer;
	return 0;
}

int display_handle_event(struct display *display, struct display_flip *flip)
{
	char events[1024];
	struct drm_event_vblank event;
	ssize_t length;
	int flips = 0;

	length = read(display->fd, events, sizeof(events));
	if (length < 0)
		return errno == EAGAIN ? 0 : -errno;
	for (size_t at = 0; at + sizeof(event) <= (size_t)length; at += event.base.length) {
		memcpy(&event, events + at, sizeof(event));
		if (event.base.type != DRM_EVENT_FLIP_COMPLETE)
			continue;
		flips++;
		if (flip)
			*flip = (struct display_flip){event.tv_sec * 1000000000ull + event.tv_usec * 1000ull,
						      event.sequence};
	}
	return flips;
}
