/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Fences as sync_files, and their way into and out of dma-bufs. */
#include "sync.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include <cenalloc/sync.h>

#include "buffer.h"
#include "cleanup.h"
#include "clock.h"
#include "dma-buf.h"
#include "error.h"
#include "image-check.h"
#include "life.h"
#include "util.h"

#define ALL_ACCESS (DMA_BUF_ACCESS_READ | DMA_BUF_ACCESS_WRITE)

_Static_assert(CEN_FENCE_READ == DMA_BUF_ACCESS_READ && CEN_FENCE_WRITE == DMA_BUF_ACCESS_WRITE,
	       "access is told to the kernel as it is");

int cen_fence_get_status(int fence, int *status, struct cen_error **err)
{
	int ret = _cen_sync_file_get_status(fence, status);

	if (ret == 0)
		return 0;
	*status = 0;
	return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, &(struct error_facts){.call = "SYNC_IOC_FILE_INFO"},
			      "fd %d is no fence: a sync_file is wanted (SYNC_IOC_FILE_INFO: %s)", fence,
			      strerror(-ret));
}

int _cen_fence_check(int fence, struct cen_error **err)
{
	int status;

	return cen_fence_get_status(fence, &status, err);
}

int _cen_access_check(uint32_t access, const char *what, struct cen_error **err)
{
	if (access & ~ALL_ACCESS)
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL,
				      "%s access 0x%x: the bits 0x%x are not known", what, access,
				      access & ~ALL_ACCESS);
	if (!access)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "%s access 0: reading, writing or both must be said", what);
	return 0;
}

/* "; objects 0 to 1 have the fence": nothing of it is taken back. */
static void phrase_done(uint32_t done, char *buf, size_t size)
{
	buf[0] = '\0';
	if (done == 1)
		snprintf(buf, size, "; object 0 has the fence");
	else if (done)
		snprintf(buf, size, "; objects 0 to %u have the fence", done - 1);
}

static int refuse_object(int fd, uint32_t object, const char *call, int ret, uint32_t done, struct cen_error **err)
{
	const struct error_facts facts = {.call = call};
	char exporter[64], suffix[64];

	phrase_done(done, suffix, sizeof(suffix));
	if (!_cen_is_dma_buf(fd))
		return _cen_error_set(err, CEN_ERROR_USAGE, EOPNOTSUPP, &facts,
				      "object %u is no dma-buf and has no fences%s", object, suffix);
	if (ret == -ENOTTY)
		return _cen_error_set(err, CEN_ERROR_USAGE, EOPNOTSUPP, &facts,
				      "the kernel has no %s: fences of dma-bufs need Linux 6.0 with SYNC_FILE%s", call,
				      suffix);
	_cen_dma_buf_get_exporter(fd, exporter, sizeof(exporter));
	return _cen_error_set(err, CEN_ERROR_SYSTEM, -ret, &facts, "object %u, exported by %s: %s: %s%s", object,
			      exporter, call, strerror(-ret), suffix);
}

/* Adds a fence to what was collected, which may be nothing yet. */
static int collect(int *fence, int more, struct cen_error **err)
{
	_cleanup_close_ int added = more, before = *fence;
	int ret;

	if (before < 0) {
		*fence = _cen_steal_fd(&added);
		return 0;
	}
	*fence = -1;
	ret = _cen_sync_file_merge(before, added);
	if (ret < 0)
		return _cen_error_set(err, CEN_ERROR_SYSTEM, -ret, &(struct error_facts){.call = "SYNC_IOC_MERGE"},
				      "the fences of several objects cannot be made one (SYNC_IOC_MERGE: %s)",
				      strerror(-ret));
	*fence = ret;
	return 0;
}

int cen_buffer_export_fence(const struct cen_buffer *buffer, uint32_t access, int *fence, struct cen_error **err)
{
	_cleanup_buffer_ struct cen_buffer *held = NULL;
	_cleanup_close_ int collected = -1;
	int ret = _cen_access_check(access, "fence", err);

	*fence = -1;
	if (ret == 0)
		ret = _cen_life_ref_storage(buffer, ORDER_CALL("cen_buffer_export_fence"), &held, err);
	for (uint32_t n = 0; ret == 0 && n < held->info.object_count; n++) {
		int fd = held->objects[n].fd, one = _cen_dma_buf_export_fence(fd, access);

		if (one < 0)
			return refuse_object(fd, n, "DMA_BUF_IOCTL_EXPORT_SYNC_FILE", one, 0, err);
		ret = collect(&collected, one, err);
	}
	if (ret == 0)
		*fence = _cen_steal_fd(&collected);
	return ret;
}

int cen_buffer_import_fence(const struct cen_buffer *buffer, uint32_t access, int fence, struct cen_error **err)
{
	_cleanup_buffer_ struct cen_buffer *held = NULL;
	int ret = _cen_access_check(access, "fence", err);

	if (ret == 0)
		ret = _cen_fence_check(fence, err);
	if (ret == 0)
		ret = _cen_life_ref_storage(buffer, ORDER_CALL("cen_buffer_import_fence"), &held, err);
	for (uint32_t n = 0; ret == 0 && n < held->info.object_count; n++) {
		int fd = held->objects[n].fd;

		ret = _cen_dma_buf_import_fence(fd, access, fence);
		if (ret < 0)
			return refuse_object(fd, n, "DMA_BUF_IOCTL_IMPORT_SYNC_FILE", ret, n, err);
	}
	return ret;
}

/* Milliseconds until then, rounded up; -1 for ever. */
static int get_rest(int64_t deadline_ns)
{
	int64_t rest;

	if (deadline_ns == INT64_MAX)
		return -1;
	rest = deadline_ns - _cen_deadline(0);
	return rest > 0 ? (int)((rest + 999999) / 1000000) : 0;
}

int cen_fence_wait(int fence, int timeout_ms, struct cen_error **err)
{
	struct pollfd poll_fd = {.fd = fence, .events = POLLIN};
	int64_t deadline = _cen_deadline(timeout_ms);
	int ret = _cen_fence_check(fence, err);

	if (ret < 0)
		return ret;
	do {
		ret = poll(&poll_fd, 1, get_rest(deadline));
	} while (ret < 0 && errno == EINTR);
	if (ret > 0)
		return 0;
	if (ret < 0)
		return _cen_error_set(err, CEN_ERROR_SYSTEM, errno, &(struct error_facts){.call = "poll"},
				      "fence %d cannot be waited for (poll: %s)", fence, strerror(errno));
	return _cen_error_set(err, CEN_ERROR_BUSY, ETIMEDOUT, NULL, "fence %d was not signalled within %d ms", fence,
			      timeout_ms);
}

int cen_fence_merge(int a, int b, int *out, struct cen_error **err)
{
	int ret = _cen_fence_check(a, err);

	*out = -1;
	if (ret == 0)
		ret = _cen_fence_check(b, err);
	if (ret < 0)
		return ret;
	ret = _cen_sync_file_merge(a, b);
	if (ret < 0)
		return _cen_error_set(err, ret == -ENOMEM ? CEN_ERROR_NO_MEMORY : CEN_ERROR_SYSTEM, -ret,
				      &(struct error_facts){.call = "SYNC_IOC_MERGE"},
				      "fences %d and %d cannot be merged (SYNC_IOC_MERGE: %s)", a, b, strerror(-ret));
	*out = ret;
	return 0;
}
