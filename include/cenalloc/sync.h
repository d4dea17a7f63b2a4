/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_SYNC_H
#define CENALLOC_SYNC_H

#include <stdint.h>

#include <cenalloc/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Who waits for whom. docs/sync.md says which device has which fences; what a plan's devices need is part of the plan
 * (cen_plan_get_handover()).
 *
 * A fence is a sync_file: a file descriptor that is readable once some work is done, for ever after. It belongs to
 * whoever holds it and may be waited for with poll(). A timeline is a drm_syncobj: a file descriptor with points that
 * rise, each of which is signalled by work, or by hand.
 *
 * Every function here is for any thread.
 */
struct cen_buffer;
struct cen_device;
struct cen_machine;
struct cen_timeline;

/** What an access to a buffer does to its pixels. */
#define CEN_FENCE_READ (1u << 0)
#define CEN_FENCE_WRITE (1u << 1)

/**
 * The implicit fences of a buffer as one explicit fence: what must be over before such an access may begin. For
 * CEN_FENCE_READ those who write, with CEN_FENCE_WRITE everybody. *fence is the caller's, close-on-exec; that of an
 * idle buffer is signalled already. It is a snapshot: work that is submitted later is not in it.
 * Returns 0, or a negative errno with *fence -1: -EINVAL (CEN_ERROR_ARGUMENT: no access, or no memory yet;
 * CEN_ERROR_UNKNOWN_FLAG), -EOPNOTSUPP (CEN_ERROR_USAGE: an object is no dma-buf, or the kernel is older than 6.0), or
 * what the kernel gave (CEN_ERROR_SYSTEM).
 */
int cen_buffer_export_fence(const struct cen_buffer *buffer, uint32_t access, int *fence, struct cen_error **err);

/**
 * Make an explicit fence an implicit one of every object of a buffer: later users wait for it, all of them with
 * CEN_FENCE_WRITE, those who write with CEN_FENCE_READ. access is what the work behind the fence does. The fence stays
 * the caller's.
 * Returns as above, and -EINVAL (CEN_ERROR_ARGUMENT) for an fd that is no fence. When it fails in the middle, the
 * message says which objects have the fence: they wait for longer than needed, no more.
 */
int cen_buffer_import_fence(const struct cen_buffer *buffer, uint32_t access, int fence, struct cen_error **err);

/**
 * Wait until a fence is signalled, also one whose work failed. timeout_ms: 0 only looks, negative waits for ever.
 * Signals of the process do not end it early.
 * Returns 0, or -ETIMEDOUT (CEN_ERROR_BUSY), -EINVAL (CEN_ERROR_ARGUMENT: no fence), or what poll() gave
 * (CEN_ERROR_SYSTEM).
 */
int cen_fence_wait(int fence, int timeout_ms, struct cen_error **err);

/**
 * A fence that is signalled when both are. *out is the caller's, close-on-exec; a and b stay so.
 * Returns 0, or a negative errno with *out -1: -EINVAL (CEN_ERROR_ARGUMENT: one is no fence), -ENOMEM, or what
 * SYNC_IOC_MERGE gave (CEN_ERROR_SYSTEM).
 */
int cen_fence_merge(int a, int b, int *out, struct cen_error **err);

/**
 * *status: 0 pending, 1 signalled, a negative errno: over, and the work failed.
 * Returns 0, or -EINVAL (CEN_ERROR_ARGUMENT: no fence).
 */
int cen_fence_get_status(int fence, int *status, struct cen_error **err);

/**
 * A new timeline, at point 0. device: a DRM device of the machine, or NULL for the first that has timelines: they are
 * not bound to one. The timeline keeps the machine alive.
 * Returns 0, or a negative errno: -EOPNOTSUPP (CEN_ERROR_USAGE: no timelines there), -ENODEV
 * (CEN_ERROR_UNKNOWN_DEVICE: of another machine), CEN_ERROR_PERMISSION, CEN_ERROR_DEVICE_LOST, CEN_ERROR_BACKEND,
 * CEN_ERROR_SYSTEM, CEN_ERROR_NO_MEMORY.
 */
int cen_timeline_create(struct cen_machine *machine, const struct cen_device *device, struct cen_timeline **out,
			struct cen_error **err);

/**
 * The timeline of another process: what linux-drm-syncobj-v1 and PipeWire pass. The fd stays the caller's.
 * Returns as above, and -EINVAL (CEN_ERROR_ARGUMENT) for an fd that is no timeline.
 */
int cen_timeline_import(struct cen_machine *machine, const struct cen_device *device, int fd, struct cen_timeline **out,
			struct cen_error **err);

/** Waits of other threads must be over. NULL is allowed. The points live on in other processes that have it. */
void cen_timeline_destroy(struct cen_timeline *timeline);

/** The file descriptor to pass to another process; borrowed. */
int cen_timeline_get_fd(const struct cen_timeline *timeline);

/**
 * Let a fence signal a point. point: higher than all that were submitted to the timeline. The fence stays the
 * caller's.
 * Returns 0, or a negative errno: -EINVAL (CEN_ERROR_ARGUMENT: no fence, or the point is too low), CEN_ERROR_SYSTEM,
 * CEN_ERROR_PERMISSION, CEN_ERROR_DEVICE_LOST, CEN_ERROR_BACKEND.
 */
int cen_timeline_import_fence(struct cen_timeline *timeline, uint64_t point, int fence, struct cen_error **err);

/**
 * A fence that is signalled with a point. *fence is the caller's, close-on-exec; -1 after a failure.
 * Returns as above, and -EAGAIN (CEN_ERROR_BUSY): nobody has submitted the point yet.
 */
int cen_timeline_export_fence(struct cen_timeline *timeline, uint64_t point, int *fence, struct cen_error **err);

/** Signal a point by hand, for work of the CPU. Returns as cen_timeline_import_fence(). */
int cen_timeline_signal(struct cen_timeline *timeline, uint64_t point, struct cen_error **err);

/**
 * Wait until a point is signalled, whether it was submitted yet or not. timeout_ms as for cen_fence_wait().
 * Returns as cen_timeline_import_fence(), and -ETIMEDOUT (CEN_ERROR_BUSY).
 */
int cen_timeline_wait(struct cen_timeline *timeline, uint64_t point, int timeout_ms, struct cen_error **err);

/**
 * The same for an event loop: the counter of an eventfd is raised when the point is signalled, at once where it is so
 * already. The eventfd stays the caller's, who closes it when it is no longer of interest.
 * Returns as cen_timeline_import_fence(), and -EOPNOTSUPP (CEN_ERROR_USAGE: a kernel before 6.6).
 */
int cen_timeline_notify(struct cen_timeline *timeline, uint64_t point, int eventfd, struct cen_error **err);

/** The last point that is signalled; 0: none. Returns as cen_timeline_import_fence(). */
int cen_timeline_query(struct cen_timeline *timeline, uint64_t *point, struct cen_error **err);

#ifdef __cplusplus
}
#endif

#endif
