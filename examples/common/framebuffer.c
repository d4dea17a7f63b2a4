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

static void close_handles(const struct display *display, struct framebuffer *frame)
{
	for (uint32_t i = 0; i < frame->handle_count; i++)
		drmCloseBufferHandle(display->fd, frame->handles[i]);
	frame->handle_count = 0;
}

/* The kernel gives one handle for one dma-buf, and does not count: remember each only once. */
static int import(const struct display *display, struct framebuffer *frame, int fd, uint32_t *handle)
{
	int ret;

	if (drmPrimeFDToHandle(display->fd, fd, handle) < 0) {
		ret = -errno;
		warn("%s: import of a dma-buf", display->path);
		return ret;
	}
	for (uint32_t i = 0; i < frame->handle_count; i++)
		if (frame->handles[i] == *handle)
			return 0;
	frame->handles[frame->handle_count++] = *handle;
	return 0;
}

static int add_framebuffer(const struct display *display, const struct cen_buffer *buffer, struct framebuffer *frame)
{
	struct cen_buffer_info info = {.size = sizeof(info)};
	uint32_t handles[4] = {0}, pitches[4] = {0}, offsets[4] = {0};
	uint64_t modifiers[4] = {0}, has_modifiers = 0;
	struct cen_buffer_plane plane;
	int ret;

	cen_buffer_get_info(buffer, &info);
	for (uint32_t i = 0; i < info.plane_count; i++) {
		ret = cen_buffer_get_plane(buffer, i, &plane);
		if (ret < 0)
			return ret;
		if (plane.stride > UINT32_MAX || plane.offset > UINT32_MAX)
			return -ERANGE;
		ret = import(display, frame, plane.fd, &handles[i]);
		if (ret < 0)
			return ret;
		pitches[i] = (uint32_t)plane.stride;
		offsets[i] = (uint32_t)plane.offset;
		modifiers[i] = info.modifier;
	}
	drmGetCap(display->fd, DRM_CAP_ADDFB2_MODIFIERS, &has_modifiers);
	if (drmModeAddFB2WithModifiers(display->fd, info.width, info.height, info.fourcc, handles, pitches, offsets,
				       modifiers, &frame->id, has_modifiers ? DRM_MODE_FB_MODIFIERS : 0) < 0) {
		ret = -errno;
		warn("%s: ADDFB2", display->path);
		return ret;
	}
	return 0;
}

int framebuffer_add(struct display *display, const struct cen_buffer *buffer)
{
	struct framebuffer *frame;
	int ret;

	if (display->frame_count == MAX_BUFFERS)
		return -E2BIG;
	frame = &display->frames[display->frame_count];
	ret = add_framebuffer(display, buffer, frame);
	if (ret < 0) {
		close_handles(display, frame);
		return ret;
	}
	display->frame_count++;
	return 0;
}

void framebuffer_remove_all(struct display *display)
{
	for (uint32_t i = 0; i < display->frame_count; i++) {
		drmModeRmFB(display->fd, display->frames[i].id);
		close_handles(display, &display->frames[i]);
	}
	display->frame_count = 0;
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
int framebuffer_get_inode(const struct display *display, uint32_t index, uint32_t plane, ino_t *inode)
{
	drmModeFB2 *info;
	int ret;

	if (index >= display->frame_count || plane >= CEN_MAX_PLANES)
		return -EINVAL;
	info = drmModeGetFB2(display->fd, display->frames[index].id);
	if (!info) {
		ret = -errno;
		warn("%s: GETFB2", display->path);
		return ret;
	}
	ret = info->handles[plane] ? get_inode_of_handle(display, info->handles[plane], inode) : -ENOENT;
	if (ret < 0)
		warnx("%s: dma-buf of framebuffer %u: %s", display->path, info->fb_id, strerror(-ret));
	/* GETFB2 makes handles of its own, one per distinct object. */
	for (uint32_t i = 0; i < CEN_MAX_PLANES; i++) {
		bool seen = info->handles[i] == 0;

		for (uint32_t j = 0; j < i; j++)
			seen |= info->handles[j] == info->handles[i];
		if (!seen)
			drmCloseBufferHandle(display->fd, info->handles[i]);
	}
	drmModeFreeFB2(info);
	return ret;
}
