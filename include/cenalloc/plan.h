/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_PLAN_H
#define CENALLOC_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include <cenalloc/constraint.h>
#include <cenalloc/error.h>
#include <cenalloc/format.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One way to make a buffer that every usage of the request accepts. Immutable, shared. */
struct cen_plan;
struct cen_buffer;

struct cen_plan *cen_plan_ref(struct cen_plan *plan);
/** NULL is allowed. */
void cen_plan_unref(struct cen_plan *plan);

struct cen_plan_info {
	size_t size; /* sizeof(struct cen_plan_info), set by the caller */
	uint32_t fourcc;
	uint32_t width, height; /* pixels */
	uint32_t plane_count;
	uint64_t modifier;
	uint32_t object_count; /* dma-bufs per buffer: 1, or one per plane */
	uint32_t count; /* buffers to allocate: the request's, or more where a device needs them */
	uint64_t total_bytes; /* of one buffer, all objects */
	uint32_t is_layout_final; /* 0: a vendor modifier; the backend decides the planes when it allocates */
	uint32_t segments; /* 1: physically contiguous memory is needed; 0: any pages */
	uint32_t address_bits; /* 0: no bound */
	uint32_t placement; /* CEN_PLACEMENT_* of the source, one bit */
	uint32_t copies; /* per frame; 0: zero copy */
	uint32_t reserved;
	uint64_t padding_bytes; /* what alignment costs, per buffer */
	uint64_t cost; /* comparable within one solution; the reasons explain it */
	const char *backend; /* that allocates */
	const char *source; /* the allocator's name, "default_cma_region" */
};

/** Returns 0, or -EINVAL for a struct that is too small. */
int cen_plan_get_info(const struct cen_plan *plan, struct cen_plan_info *out);

/** Layout of one plane, in bytes. */
struct cen_plane_layout {
	uint32_t object; /* which dma-buf of the buffer */
	uint32_t rows; /* rows of this plane, padding included */
	uint64_t offset; /* within the object */
	uint64_t stride;
	uint64_t size; /* stride times rows */
};

/** Returns 0, or -EINVAL for an index out of range. All zero while the layout is not final. */
int cen_plan_get_plane(const struct cen_plan *plan, uint32_t index, struct cen_plane_layout *out);

/** Bytes of one object; 0 past the end. */
uint64_t cen_plan_get_object_size(const struct cen_plan *plan, uint32_t index);

/**
 * Why the plan ranks where it does, one line each; NULL past the end. The words of a plan, those on rejections too, are
 * written when they are first asked for: without memory there are none, and the next call tries again.
 */
size_t cen_plan_get_reason_count(const struct cen_plan *plan);
const char *cen_plan_get_reason(const struct cen_plan *plan, size_t index);

/** A merged constraint, who imposed it, and how it is known. */
struct cen_plan_constraint {
	size_t size; /* sizeof(struct cen_plan_constraint), set by the caller */
	struct cen_constraint constraint; /* the merged value; provenance and note of the one who decided it */
	uint64_t usages; /* bit n: usage n of the request has a constraint of this kind; 0: the request itself */
	const char *decided_by; /* device path of the usage that decided the value, or "the request"; never NULL */
};

size_t cen_plan_get_constraint_count(const struct cen_plan *plan);
/** Returns 0, or -EINVAL for an index out of range or a struct that is too small. */
int cen_plan_get_constraint(const struct cen_plan *plan, size_t index, struct cen_plan_constraint *out);

/** Sources that were ruled out before allocation: "memory is scattered; contiguous memory required by ...". */
size_t cen_plan_get_rejection_count(const struct cen_plan *plan);
/** The source's name and why; returns 0, or -EINVAL for an index out of range. */
int cen_plan_get_rejection(const struct cen_plan *plan, size_t index, const char **source, const char **text);

/** How one usage of the plan synchronises: the contract of the alternative that the plan is for. */
struct cen_plan_sync {
	size_t size; /* sizeof(struct cen_plan_sync), set by the caller */
	uint32_t usage; /* enum cen_usage */
	uint32_t contract; /* CEN_SYNC_*, one or more: any of them will do; 0: not known */
	uint32_t provenance; /* of the contract; 0 where it is not known */
	uint32_t reserved;
	const char *device; /* path of the device; never NULL */
	const char *text; /* in words: "no fences (derived: vb2 uses no fences)" */
};

/** One for each usage of the request, in its order; 0 without memory, as for reasons. */
size_t cen_plan_get_sync_count(const struct cen_plan *plan);
/** Returns 0, or -EINVAL for an index out of range or a struct that is too small. */
int cen_plan_get_sync(const struct cen_plan *plan, size_t index, struct cen_plan_sync *out);

/** What the application does when a buffer goes from one usage to another. */
enum cen_handover {
	CEN_HANDOVER_NOTHING = 1, /* the kernel makes the next one wait */
	CEN_HANDOVER_FINISH = 2, /* hand it on when the first one is done: dequeued, ended, flipped away, finished */
	CEN_HANDOVER_WAIT = 3, /* wait for the fence of the first: the next one heeds none */
	CEN_HANDOVER_PASS = 4, /* pass the sync_file or timeline point of the first to the next */
	CEN_HANDOVER_EXPORT = 5, /* cen_buffer_export_fence(), and pass what it gives */
	CEN_HANDOVER_IMPORT = 6, /* cen_buffer_import_fence() of the fence of the first */
};

struct cen_plan_handover {
	size_t size; /* sizeof(struct cen_plan_handover), set by the caller */
	uint32_t from, to; /* indexes of cen_plan_get_sync() */
	uint32_t action; /* enum cen_handover */
	uint32_t
		access; /* CEN_FENCE_*, for cen_buffer_export_fence() and cen_buffer_import_fence(); 0 for the others */
	const char *text; /* "/dev/video0 to /dev/dri/card0: no fences, after VIDIOC_DQBUF" */
};

/**
 * Who waits for whom while a buffer goes round, the request's usages being in the order of the pipeline: a reader for
 * the last writer, a writer for the readers since. Those that lead back to the beginning come last.
 */
size_t cen_plan_get_handover_count(const struct cen_plan *plan);
/** Returns 0, or -EINVAL for an index out of range or a struct that is too small. */
int cen_plan_get_handover(const struct cen_plan *plan, size_t index, struct cen_plan_handover *out);

/** Show each buffer to every device of the request before returning it; a refusal frees all. */
#define CEN_ALLOCATE_VERIFY (1u << 0)
/**
 * Name each dma-buf after its image, "cenalloc:NV12 1920x1080", for "cenalloc ps" and the kernel's lists. One system
 * call more for each object. Best effort: where the kernel takes no name nothing fails.
 */
#define CEN_ALLOCATE_NAME (1u << 1)

/**
 * Allocate count equal buffers (0: the plan's own count), all or none. buffers has room for as many and receives
 * references that the caller owns; on failure every entry is NULL.
 * flags: CEN_ALLOCATE_*. Any thread.
 * Returns 0, or a negative errno: CEN_ERROR_ARGUMENT (count over 64), CEN_ERROR_UNKNOWN_FLAG, CEN_ERROR_ALLOCATION
 * (wanted and held in bytes; the message says how many would have fitted), CEN_ERROR_BACKEND (what the backend made
 * is not what the plan says), CEN_ERROR_IMPORT, CEN_ERROR_PERMISSION, CEN_ERROR_DEVICE_LOST, CEN_ERROR_BUSY,
 * CEN_ERROR_SYSTEM, CEN_ERROR_NO_MEMORY.
 */
int cen_plan_allocate(struct cen_plan *plan, uint32_t count, uint32_t flags, struct cen_buffer **buffers,
		      struct cen_error **err);

#ifdef __cplusplus
}
#endif

#endif
