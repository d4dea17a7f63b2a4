/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What the CRTC shows, written by the display itself into a dumb buffer of its own. This buffer, and no other, is
 * mapped.
 */
#include <err.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>

#include <drm_fourcc.h>
#include <xf86drm.h>

#include "display.h"

#define WRITEBACK_TIMEOUT_MS 20000

struct readback {
	const struct display *display;
	uint32_t handle, frame;
	void *map;
	size_t size;
	struct picture picture;
};

void readback_destroy(struct readback *readback)
{
	if (!readback)
		return;
	if (readback->map)
		munmap(readback->map, readback->size);
	if (readback->frame)
		drmModeRmFB(readback->display->fd, readback->frame);
	if (readback->handle)
		drmModeDestroyDumbBuffer(readback->display->fd, readback->handle);
	free(readback);
}

static void readback_cleanup(struct readback **readback)
{
	readback_destroy(*readback);
}

static int allocate(struct readback *readback)
{
	const struct display *display = readback->display;
	struct picture *picture = &readback->picture;
	uint32_t handles[4] = {0}, pitches[4] = {0}, offsets[4] = {0};
	uint64_t size, map_offset;
	void *map;

	picture->width = display->mode.hdisplay;
	picture->height = display->mode.vdisplay;
	if (drmModeCreateDumbBuffer(display->fd, picture->width, picture->height, 32, 0, &readback->handle,
				    &picture->stride, &size) < 0)
		return -errno;
	readback->size = (size_t)size;
	handles[0] = readback->handle;
	pitches[0] = picture->stride;
	if (drmModeAddFB2(display->fd, picture->width, picture->height, DRM_FORMAT_XRGB8888, handles, pitches, offsets,
			  &readback->frame, 0) < 0 ||
	    drmModeMapDumbBuffer(display->fd, readback->handle, &map_offset) < 0)
		return -errno;
	map = mmap(NULL, readback->size, PROT_READ, MAP_SHARED, display->fd, (off_t)map_offset);
	if (map == MAP_FAILED)
		return -errno;
	readback->map = map;
	picture->pixels = map;
	return 0;
}

static int add_job(struct display *display, drmModeAtomicReq *request, uint32_t frame, int *fence)
{
	struct property target, out_fence;
	int ret;

	if (property_find(display->fd, display->writeback, "WRITEBACK_FB_ID", &target) < 0 ||
	    property_find(display->fd, display->writeback, "WRITEBACK_OUT_FENCE_PTR", &out_fence) < 0)
		return -ENOTSUP;
	ret = drmModeAtomicAddProperty(request, display->writeback, target.id, frame);
	if (ret >= 0)
		ret = drmModeAtomicAddProperty(request, display->writeback, out_fence.id, (uint64_t)(uintptr_t)fence);
	if (ret >= 0)
		ret = property_add(&display->state, request, display->writeback, "CRTC_ID", display->crtc);
	return ret;
}

/* One job: the frame on the screen is composed into our buffer; the fence tells when. */
static int commit(struct display *display, uint32_t frame, bool is_alone, int *fence)
{
	drmModeAtomicReq *request = drmModeAtomicAlloc();
	int ret;

	if (!request)
		return -ENOMEM;
	ret = add_job(display, request, frame, fence);
	if (ret >= 0 && is_alone)
		ret = property_add(&display->state, request, display->connector, "CRTC_ID", 0);
	if (ret >= 0)
		ret = drmModeAtomicCommit(display->fd, request, DRM_MODE_ATOMIC_ALLOW_MODESET, NULL);
	drmModeAtomicFree(request);
	return ret < 0 ? ret : 0;
}

/* The screen again in place of the writeback connector. */
static int put_back(struct display *display)
{
	drmModeAtomicReq *request = drmModeAtomicAlloc();
	int ret;

	if (!request)
		return -ENOMEM;
	ret = property_add(&display->state, request, display->writeback, "CRTC_ID", 0);
	if (ret == 0)
		ret = property_add(&display->state, request, display->connector, "CRTC_ID", display->crtc);
	if (ret == 0)
		ret = drmModeAtomicCommit(display->fd, request, DRM_MODE_ATOMIC_ALLOW_MODESET, NULL);
	drmModeAtomicFree(request);
	return ret;
}

static int wait_for(int fence)
{
	struct pollfd fds = {.fd = fence, .events = POLLIN};
	int ret;

	do
		ret = poll(&fds, 1, WRITEBACK_TIMEOUT_MS);
	while (ret < 0 && errno == EINTR);
	if (ret < 0)
		return -errno;
	return ret == 0 ? -ETIMEDOUT : 0;
}

int readback_create(struct display *display, struct readback **out)
{
	_cleanup_(readback_cleanup) struct readback *readback = NULL;
	_cleanup_close_ int fence = -1;
	bool is_alone;
	int ret;

	*out = NULL;
	if (!display->writeback) {
		warnx("%s: has no writeback connector: what it shows cannot be read back", display->path);
		return -ENODEV;
	}
	readback = calloc(1, sizeof(*readback));
	if (!readback)
		return -ENOMEM;
	readback->display = display;
	ret = allocate(readback);
	if (ret == 0)
		ret = commit(display, readback->frame, false, &fence);
	/* Not every CRTC can feed two connectors at once: then the writeback connector takes the place of the screen. */
	is_alone = ret == -EINVAL;
	if (is_alone)
		ret = commit(display, readback->frame, true, &fence);
	if (ret == 0) {
		ret = wait_for(fence);
		if (is_alone && put_back(display) < 0)
			warnx("%s: the screen stays dark after the writeback", display->path);
	}
	if (ret < 0) {
		warnx("%s: writeback: %s", display->path, strerror(-ret));
		return ret;
	}
	*out = readback;
	readback = NULL;
	return 0;
}

const struct picture *readback_get_picture(const struct readback *readback)
{
	return &readback->picture;
}
