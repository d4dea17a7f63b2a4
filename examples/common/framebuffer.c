/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Framebuffers from dma-bufs, and the proof that they are the same dma-bufs. */
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <drm_fourcc.h>
#include <xf86drm.h>

#include "display.h"

/* The kernel gives one handle for one dma-buf, and does not count: close each only once. */
static void close_handles(const struct display *display, const uint32_t handles[4])
{
	for (uint32_t i = 0; i < 4; i++) {
		bool seen = handles[i] == 0;

		for (uint32_t j = 0; j < i; j++)
			seen |= handles[j] == handles[i];
		if (!seen)
			drmCloseBufferHandle(display->fd, handles[i]);
	}
}

static int import_planes(const struct display *display, const struct cen_buffer *buffer, uint32_t count,
			 uint32_t handles[4], uint32_t pitches[4], uint32_t offsets[4])
{
	struct cen_buffer_plane plane;
	int ret;

	for (uint32_t i = 0; i < count; i++) {
		ret = cen_buffer_get_plane(buffer, i, &plane);
		if (ret < 0)
			return ret;
		if (plane.stride > UINT32_MAX || plane.offset > UINT32_MAX)
			return -ERANGE;
		if (drmPrimeFDToHandle(display->fd, plane.fd, &handles[i]) < 0)
			return -errno;
		pitches[i] = (uint32_t)plane.stride;
		offsets[i] = (uint32_t)plane.offset;
	}
	return 0;
}

int framebuffer_add(const struct display *display, const struct cen_buffer *buffer, uint32_t *id)
{
	struct cen_buffer_info info = {.size = sizeof(info)};
	uint32_t handles[4] = {0}, pitches[4] = {0}, offsets[4] = {0};
	uint64_t modifiers[4] = {0}, has_modifiers = 0;
	int ret;

	*id = 0;
	cen_buffer_get_info(buffer, &info);
	for (uint32_t i = 0; i < info.plane_count && i < 4; i++)
		modifiers[i] = info.modifier;
	if (info.modifier != CEN_MODIFIER_INVALID)
		drmGetCap(display->fd, DRM_CAP_ADDFB2_MODIFIERS, &has_modifiers);
	/* Without modifiers a framebuffer is what the driver makes of it: linear, for a foreign buffer. */
	if (!has_modifiers && info.modifier != CEN_MODIFIER_INVALID && info.modifier != CEN_MODIFIER_LINEAR)
		return -EOPNOTSUPP;
	ret = import_planes(display, buffer, info.plane_count, handles, pitches, offsets);
	if (ret == 0 && drmModeAddFB2WithModifiers(display->fd, info.width, info.height, info.fourcc, handles, pitches,
						   offsets, has_modifiers ? modifiers : NULL, id,
						   has_modifiers ? DRM_MODE_FB_MODIFIERS : 0) < 0)
		ret = -errno;
	/* The framebuffer holds the memory by itself. */
	close_handles(display, handles);
	return ret;
}

void framebuffer_remove(const struct display *display, uint32_t id)
{
	if (id)
		drmModeRmFB(display->fd, id);
}

static int get_inode_of_handle(const struct display *display, uint32_t handle, ino_t *inode)
{
	_cleanup_close_ int fd = -1;
	struct stat status;

	if (drmPrimeHandleToFD(display->fd, handle, O_CLOEXEC, &fd) < 0 || fstat(fd, &status) < 0)
		return -errno;
	*inode = status.st_ino;
	return 0;
}

/*
 * GETFB2 names the memory behind the framebuffer; exporting an imported object gives the original dma-buf again. So
 * this is what the display reads, whatever this program believes.
 */
int framebuffer_get_inode(const struct display *display, uint32_t id, uint32_t plane, ino_t *inode)
{
	drmModeFB2 *info;
	int ret;

	if (plane >= CEN_MAX_PLANES)
		return -EINVAL;
	info = drmModeGetFB2(display->fd, id);
	if (!info) {
		ret = -errno;
		warn("%s: GETFB2", display->path);
		return ret;
	}
	ret = info->handles[plane] ? get_inode_of_handle(display, info->handles[plane], inode) : -ENOENT;
	if (ret < 0)
		warnx("%s: dma-buf of framebuffer %u: %s", display->path, info->fb_id, strerror(-ret));
	/* GETFB2 makes handles of its own, one per distinct object. */
	close_handles(display, info->handles);
	drmModeFreeFB2(info);
	return ret;
}
