/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_BUFFER_H
#define CENALLOC_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cenalloc/format.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An image in up to four dma-bufs. Its memory lives until the last reference and the last fd anywhere are gone. */
struct cen_buffer;

struct cen_buffer *cen_buffer_ref(struct cen_buffer *buffer);
/** Closes the buffer's fds with the last reference. NULL is allowed. */
void cen_buffer_unref(struct cen_buffer *buffer);

struct cen_buffer_info {
	size_t size; /* sizeof(struct cen_buffer_info), set by the caller */
	uint32_t fourcc;
	uint32_t width, height; /* pixels */
	uint32_t plane_count;
	uint64_t modifier;
	uint32_t object_count;
	uint32_t reserved;
};

/** Returns 0, or -EINVAL for a struct that is too small. */
int cen_buffer_get_info(const struct cen_buffer *buffer, struct cen_buffer_info *out);

/** One plane, ready for AddFB2, EGL, zwp_linux_buffer_params_v1.add or VIDIOC_QBUF. */
struct cen_buffer_plane {
	int fd; /* borrowed; planes of one object share it */
	uint32_t object;
	uint64_t offset; /* bytes */
	uint64_t stride; /* bytes */
	uint64_t size; /* bytes of the plane */
};

/** Returns 0, or -EINVAL for an index out of range. */
int cen_buffer_get_plane(const struct cen_buffer *buffer, uint32_t index, struct cen_buffer_plane *out);

/** One dma-buf: its fd (borrowed), size in bytes, and identity (st_dev, st_ino), the same for every fd of it. */
struct cen_buffer_object {
	int fd;
	uint32_t reserved;
	uint64_t size;
	dev_t dev;
	ino_t ino;
};

/** Returns 0, or -EINVAL for an index out of range. */
int cen_buffer_get_object(const struct cen_buffer *buffer, uint32_t index, struct cen_buffer_object *out);

/** What the memory is, as far as it is known. There are no physical addresses: one segment says contiguous. */
struct cen_buffer_memory {
	size_t size; /* sizeof(struct cen_buffer_memory), set by the caller */
	uint32_t segments; /* 1: every object is one physical piece; 0: any number of pieces */
	uint32_t placement; /* CEN_PLACEMENT_*, one bit */
	uint64_t segment_bytes; /* pieces are at least this large; 0: the page size */
	uint64_t address_max; /* no byte lies above it; 0: not known */
	uint32_t is_mappable; /* 1: the CPU can map it */
	uint32_t is_cached; /* 1: CPU mappings are cached */
	uint32_t provenance; /* of segments */
	uint32_t reserved;
	char source[64]; /* who made it: "default_cma_region"; cut when longer */
};

/** Returns 0, or -EINVAL for a struct that is too small, or a buffer that has no memory yet. */
int cen_buffer_get_memory(const struct cen_buffer *buffer, struct cen_buffer_memory *out);

/** A new fd of an object, close-on-exec, usable after the library is gone. Returns the fd or a negative errno. */
int cen_buffer_dup_fd(const struct cen_buffer *buffer, uint32_t object);

/**
 * Keep something of the application's with the buffer, for example its wl_buffer. destroy, which may be NULL, is called
 * with what was set before when it is replaced, and with the last reference. The owner of the buffer alone sets it.
 */
void cen_buffer_set_user_data(struct cen_buffer *buffer, void *data, void (*destroy)(void *data));
/** NULL until set. */
void *cen_buffer_get_user_data(const struct cen_buffer *buffer);

#ifdef __cplusplus
}
#endif

#endif
