/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Who waits for whom: fences of clients, and the end of the drawing. */
#include <err.h>

#include <cenalloc/sync.h>

#include "renderer-private.h"
#include "util.h"

/* A client whose fence never signals stops the screen for so long, once per frame. */
#define FENCE_TIMEOUT_MS 1000

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
	if (cen_fence_wait(fence, FENCE_TIMEOUT_MS, NULL) < 0)
		warnx("a client's fence did not signal within %d ms", FENCE_TIMEOUT_MS);
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
