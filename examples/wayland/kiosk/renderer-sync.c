/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Who waits for whom: fences of clients, the end of the drawing, and the CPU's turn with a buffer. */
#include <err.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "renderer-private.h"
#include "util.h"

/* A client whose fence never signals stops the screen for so long, once per frame. */
#define FENCE_TIMEOUT_MS 1000

static void poll_fence(int fence)
{
	struct pollfd fds = {.fd = fence, .events = POLLIN};
	int ret;

	do
		ret = poll(&fds, 1, FENCE_TIMEOUT_MS);
	while (ret < 0 && errno == EINTR);
	if (ret <= 0)
		warnx("a client's fence did not signal within %d ms", FENCE_TIMEOUT_MS);
}

/* The GPU waits where it can. EGL takes the fd of a sync that it creates. */
void renderer_wait_for_fence(struct renderer *renderer, int fence, bool is_for_cpu)
{
	EGLint attributes[] = {EGL_SYNC_NATIVE_FENCE_FD_ANDROID, -1, EGL_NONE};
	EGLSyncKHR sync = EGL_NO_SYNC_KHR;

	if (renderer->has_native_fences && !is_for_cpu) {
		attributes[1] = dup(fence);
		if (attributes[1] >= 0)
			sync = renderer->create_sync(renderer->display, EGL_SYNC_NATIVE_FENCE_ANDROID, attributes);
	}
	if (sync != EGL_NO_SYNC_KHR) {
		renderer->wait_sync(renderer->display, sync, 0);
		renderer->destroy_sync(renderer->display, sync);
		return;
	}
	if (attributes[1] >= 0)
		close(attributes[1]);
	poll_fence(fence);
}

int renderer_finish_drawing(struct renderer *renderer)
{
	static const EGLint no_attributes[] = {EGL_NONE};
	EGLSyncKHR sync = EGL_NO_SYNC_KHR;
	int fence = -1;

	if (renderer->has_native_fences)
		sync = renderer->create_sync(renderer->display, EGL_SYNC_NATIVE_FENCE_ANDROID, no_attributes);
	if (sync != EGL_NO_SYNC_KHR) {
		/* The fence exists once the commands are flushed. */
		glFlush();
		fence = renderer->dup_fence(renderer->display, sync);
		renderer->destroy_sync(renderer->display, sync);
	}
	if (fence < 0)
		glFinish();
	return fence < 0 ? -1 : fence;
}

void renderer_sync_buffer(const struct cen_buffer *buffer, uint64_t flags)
{
	struct dma_buf_sync sync = {.flags = flags};
	struct cen_buffer_info info = {.size = sizeof(info)};
	struct cen_buffer_object object;
	int ret;

	if (!buffer)
		return;
	cen_buffer_get_info(buffer, &info);
	for (uint32_t i = 0; i < info.object_count && cen_buffer_get_object(buffer, i, &object) == 0; i++) {
		do
			ret = ioctl(object.fd, DMA_BUF_IOCTL_SYNC, &sync);
		while (ret < 0 && (errno == EINTR || errno == EAGAIN));
	}
}
