/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * cen_backend.sync() for the backends that list DRM nodes. A timeline is a drm_syncobj, which the kernel works on by
 * handles of an open node: each call opens the node anew, so that threads share nothing and no node stays open.
 */
#pragma once

#include <drm.h>

#include "backend-util.h"

/* Of Linux 6.6: older headers do not have it. */
#ifndef DRM_IOCTL_SYNCOBJ_EVENTFD
struct drm_syncobj_eventfd {
	__u32 handle;
	__u32 flags;
	__u64 point;
	__s32 fd;
	__u32 pad;
};
#define DRM_IOCTL_SYNCOBJ_EVENTFD DRM_IOWR(0xCF, struct drm_syncobj_eventfd)
#endif

/* One call of sync(). */
struct syncobj {
	const struct cen_host *host;
	struct cen_call *call;
	const char *path;
	int fd;
	uint32_t handle; /* of the timeline; 0: none */
	uint32_t binary; /* of a syncobj without points, by which a sync_file goes in and out; 0: none */
};

static inline int syncobj_fail(const struct syncobj *sync, const char *syscall, int ret, const char *what)
{
	return fail(sync->host, sync->call, syscall, -ret, "%s: %s", sync->path, what);
}

static inline void syncobj_drop(const struct syncobj *sync, uint32_t handle)
{
	struct drm_syncobj_destroy destroy = {.handle = handle};

	if (handle)
		retry_ioctl(sync->fd, DRM_IOCTL_SYNCOBJ_DESTROY, &destroy);
}

static inline void syncobj_cleanup(struct syncobj *sync)
{
	if (sync->fd < 0)
		return;
	syncobj_drop(sync, sync->binary);
	syncobj_drop(sync, sync->handle);
	close(sync->fd);
}

/* A card that nobody displays on would make us its master, and refuse a compositor that starts now. */
static inline int syncobj_open(struct syncobj *sync, uint64_t devnum)
{
	struct drm_get_cap cap = {.capability = DRM_CAP_SYNCOBJ_TIMELINE};
	struct stat st;
	int ret;

	sync->fd = open(sync->path, O_RDWR | O_CLOEXEC);
	if (sync->fd < 0)
		return syncobj_fail(sync, "open", -errno, strerror(errno));
	ioctl(sync->fd, DRM_IOCTL_DROP_MASTER, NULL);
	if (fstat(sync->fd, &st) < 0 || st.st_rdev != devnum)
		return syncobj_fail(sync, "fstat", -ENODEV, "the node is another device now");
	ret = retry_ioctl(sync->fd, DRM_IOCTL_GET_CAP, &cap);
	if (ret < 0 || !cap.value)
		return syncobj_fail(sync, "DRM_IOCTL_GET_CAP", -EOPNOTSUPP,
				    "its driver has no timelines (DRM_CAP_SYNCOBJ_TIMELINE)");
	return 0;
}

static inline int syncobj_make(const struct syncobj *sync, uint32_t *handle)
{
	struct drm_syncobj_create create = {.flags = 0};
	int ret = retry_ioctl(sync->fd, DRM_IOCTL_SYNCOBJ_CREATE, &create);

	if (ret < 0)
		return syncobj_fail(sync, "DRM_IOCTL_SYNCOBJ_CREATE", ret, "no syncobj can be made");
	*handle = create.handle;
	return 0;
}

static inline int syncobj_take(struct syncobj *sync, int fd)
{
	struct drm_syncobj_handle wish = {.fd = fd};
	int ret = retry_ioctl(sync->fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &wish);

	if (ret < 0)
		return syncobj_fail(sync, "DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE", ret, "the file descriptor is no timeline");
	sync->handle = wish.handle;
	return 0;
}

/* The handle as an fd of its own: a syncobj, or with a flag the fence in it as a sync_file. */
static inline int syncobj_give(const struct syncobj *sync, uint32_t handle, uint32_t flags, int32_t *out)
{
	struct drm_syncobj_handle wish = {.handle = handle, .flags = flags, .fd = -1};
	int ret = retry_ioctl(sync->fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &wish);

	if (ret < 0)
		return syncobj_fail(sync, "DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD", ret, "no file descriptor can be made");
	*out = wish.fd;
	return 0;
}

static inline int syncobj_query(const struct syncobj *sync, uint32_t flags, uint64_t *point)
{
	struct drm_syncobj_timeline_array query = {
		.handles = (uintptr_t)&sync->handle,
		.points = (uintptr_t)point,
		.count_handles = 1,
		.flags = flags,
	};
	int ret;

	*point = 0;
	ret = retry_ioctl(sync->fd, DRM_IOCTL_SYNCOBJ_QUERY, &query);
	return ret < 0 ? syncobj_fail(sync, "DRM_IOCTL_SYNCOBJ_QUERY", ret, "the timeline cannot be read") : 0;
}

/* The kernel would take a point that is too low, and nobody could wait for it. */
static inline int syncobj_check_point(const struct syncobj *sync, uint64_t point)
{
	uint64_t last;
	int ret = syncobj_query(sync, DRM_SYNCOBJ_QUERY_FLAGS_LAST_SUBMITTED, &last);

	if (ret < 0 || point > last)
		return ret;
	return fail(sync->host, sync->call, NULL, EINVAL,
		    "%s: point %" PRIu64 " comes too late, %" PRIu64 " was submitted already", sync->path, point, last);
}

static inline int syncobj_import_fence(struct syncobj *sync, const struct cen_sync_op *op)
{
	struct drm_syncobj_handle fence = {
		.fd = op->fence,
		.flags = DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE,
	};
	struct drm_syncobj_transfer transfer = {.dst_handle = sync->handle, .dst_point = op->point};
	int ret = syncobj_check_point(sync, op->point);

	if (ret == 0)
		ret = syncobj_make(sync, &sync->binary);
	if (ret < 0)
		return ret;
	fence.handle = transfer.src_handle = sync->binary;
	ret = retry_ioctl(sync->fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &fence);
	if (ret < 0)
		return syncobj_fail(sync, "DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE", ret, "the fence cannot be taken");
	ret = retry_ioctl(sync->fd, DRM_IOCTL_SYNCOBJ_TRANSFER, &transfer);
	return ret < 0 ? syncobj_fail(sync, "DRM_IOCTL_SYNCOBJ_TRANSFER", ret, "the fence cannot be submitted") : 0;
}

static inline int syncobj_export_fence(struct syncobj *sync, struct cen_sync_op *op)
{
	struct drm_syncobj_transfer transfer = {.src_handle = sync->handle, .src_point = op->point};
	int ret = syncobj_make(sync, &sync->binary);

	if (ret < 0)
		return ret;
	transfer.dst_handle = sync->binary;
	ret = retry_ioctl(sync->fd, DRM_IOCTL_SYNCOBJ_TRANSFER, &transfer);
	/* The handles are good: what is missing is the point. */
	if (ret == -EINVAL)
		return fail(sync->host, sync->call, "DRM_IOCTL_SYNCOBJ_TRANSFER", EAGAIN,
			    "%s: nobody has submitted point %" PRIu64 " yet", sync->path, op->point);
	if (ret < 0)
		return syncobj_fail(sync, "DRM_IOCTL_SYNCOBJ_TRANSFER", ret, "the point cannot be taken");
	return syncobj_give(sync, sync->binary, DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE, &op->out_fd);
}

static inline int syncobj_signal(const struct syncobj *sync, const struct cen_sync_op *op)
{
	struct drm_syncobj_timeline_array signal = {
		.handles = (uintptr_t)&sync->handle,
		.points = (uintptr_t)&op->point,
		.count_handles = 1,
	};
	int ret = syncobj_check_point(sync, op->point);

	if (ret < 0)
		return ret;
	ret = retry_ioctl(sync->fd, DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, &signal);
	return ret < 0 ? syncobj_fail(sync, "DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL", ret, "the point cannot be signalled")
		       : 0;
}

static inline int syncobj_wait(const struct syncobj *sync, const struct cen_sync_op *op)
{
	struct drm_syncobj_timeline_wait wait = {
		.handles = (uintptr_t)&sync->handle,
		.points = (uintptr_t)&op->point,
		.timeout_nsec = op->deadline_ns,
		.count_handles = 1,
		.flags = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT,
	};
	int ret = retry_ioctl(sync->fd, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &wait);

	if (ret == 0 || ret == -ETIME)
		return ret;
	return syncobj_fail(sync, "DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT", ret, "the point cannot be waited for");
}

static inline int syncobj_notify(const struct syncobj *sync, const struct cen_sync_op *op)
{
	struct drm_syncobj_eventfd notify = {.handle = sync->handle, .point = op->point, .fd = op->fence};
	struct drm_syncobj_eventfd nothing = {.fd = -1};
	int ret = retry_ioctl(sync->fd, DRM_IOCTL_SYNCOBJ_EVENTFD, &notify);

	/* EINVAL is for an fd that is no eventfd, and for an ioctl that is not known; a known one misses the handle. */
	if (ret == -EINVAL && retry_ioctl(sync->fd, DRM_IOCTL_SYNCOBJ_EVENTFD, &nothing) != -ENOENT)
		return syncobj_fail(sync, "DRM_IOCTL_SYNCOBJ_EVENTFD", -EOPNOTSUPP,
				    "the kernel raises no eventfd for points, Linux 6.6 does");
	return ret < 0 ? syncobj_fail(sync, "DRM_IOCTL_SYNCOBJ_EVENTFD", ret,
				      "the file descriptor is no eventfd that could be raised")
		       : 0;
}

static inline int syncobj_work(struct syncobj *sync, struct cen_sync_op *op)
{
	int ret;

	if (op->action == CEN_SYNC_CREATE)
		ret = syncobj_make(sync, &sync->handle);
	else
		ret = syncobj_take(sync, op->timeline);
	if (ret < 0)
		return ret;
	switch (op->action) {
	case CEN_SYNC_CREATE:
		return syncobj_give(sync, sync->handle, 0, &op->out_fd);
	case CEN_SYNC_IMPORT_FENCE:
		return syncobj_import_fence(sync, op);
	case CEN_SYNC_EXPORT_FENCE:
		return syncobj_export_fence(sync, op);
	case CEN_SYNC_SIGNAL:
		return syncobj_signal(sync, op);
	case CEN_SYNC_WAIT:
		return syncobj_wait(sync, op);
	case CEN_SYNC_NOTIFY:
		return syncobj_notify(sync, op);
	case CEN_SYNC_QUERY:
		return syncobj_query(sync, 0, &op->point);
	default:
		return fail(sync->host, sync->call, NULL, EOPNOTSUPP, "%s: sync action %" PRIu32 " is not known",
			    sync->path, op->action);
	}
}

/* cen_backend.sync() of a backend whose devices are DRM nodes. */
static inline int syncobj_run(const struct cen_host *host, struct cen_call *call, const struct cen_device_desc *device,
			      struct cen_sync_op *op)
{
	__attribute__((cleanup(syncobj_cleanup))) struct syncobj sync = {
		.host = host, .call = call, .path = device->path, .fd = -1};
	int ret;

	/* A device without a node, as software rendering is. */
	if (!device->devnum)
		return syncobj_fail(&sync, NULL, -EOPNOTSUPP, "it is no DRM node and has no timelines");
	ret = syncobj_open(&sync, device->devnum);
	return ret < 0 ? ret : syncobj_work(&sync, op);
}
