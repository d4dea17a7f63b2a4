/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_CPU_MAP_H
#define CENALLOC_CPU_MAP_H

#include <stddef.h>
#include <stdint.h>

#include <cenalloc/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cen_buffer;

/**
 * A buffer as this process sees it. The CPU may touch the pixels only between a beginning and its end: the kernel then
 * waits for the devices that use the buffer and cleans caches. A mapping may be kept for many frames, each with a
 * beginning and an end of its own.
 *
 * One thread at a time uses a map; maps of one buffer are independent of each other. A map keeps the memory alive, not
 * the buffer: it may be the buffer's user data.
 */
struct cen_cpu_map;

/** What the CPU does with the pixels. It is the same at the end as at the beginning. */
#define CEN_CPU_MAP_READ (1u << 0)
#define CEN_CPU_MAP_WRITE (1u << 1)
/** For cen_buffer_map_cpu(): only map. cen_cpu_map_begin() begins, for each frame. */
#define CEN_CPU_MAP_LATER (1u << 2)

/**
 * Map every object of a buffer and begin to access it; cen_cpu_map_destroy() ends both. Waits for devices whose
 * fences are in the buffer. access: CEN_CPU_MAP_READ, CEN_CPU_MAP_WRITE or both, and CEN_CPU_MAP_LATER.
 * Returns 0, or a negative errno: -EINVAL (CEN_ERROR_ARGUMENT: no access, or a buffer of cen_buffer_create() before
 * its first map, an order violation; CEN_ERROR_UNKNOWN_FLAG), -EACCES
 * (CEN_ERROR_PERMISSION: to be written, and an fd of it is for reading only), -EOVERFLOW (CEN_ERROR_OVERFLOW: a plane
 * ends beyond its object or this process's addresses), -ENOMEM (CEN_ERROR_NO_MEMORY), or what fcntl(), mmap() or
 * DMA_BUF_IOCTL_SYNC gave (CEN_ERROR_SYSTEM; the message names the object and who exported it: protected memory cannot
 * be mapped).
 */
int cen_buffer_map_cpu(const struct cen_buffer *buffer, uint32_t access, struct cen_cpu_map **out,
		       struct cen_error **err);

/** End the access where one is under way, and unmap. NULL is allowed. */
void cen_cpu_map_destroy(struct cen_cpu_map *map);

/**
 * Begin again after cen_cpu_map_end(). access: what the map was made for, or less.
 * Returns 0, or -EBUSY (CEN_ERROR_BUSY: begun already), -EINVAL as above, -EACCES (CEN_ERROR_PERMISSION: the map was
 * made for reading only), or what DMA_BUF_IOCTL_SYNC gave (CEN_ERROR_SYSTEM). After a failure no access is under way.
 */
int cen_cpu_map_begin(struct cen_cpu_map *map, uint32_t access, struct cen_error **err);

/**
 * End the access, before a device gets the buffer. The pointers are not valid until it begins again.
 * Returns 0, or -EINVAL (CEN_ERROR_ARGUMENT: not begun), or what DMA_BUF_IOCTL_SYNC gave (CEN_ERROR_SYSTEM); the
 * access is over in any case.
 */
int cen_cpu_map_end(struct cen_cpu_map *map, struct cen_error **err);

/** One plane of the image. */
struct cen_cpu_map_plane {
	size_t size; /* sizeof(struct cen_cpu_map_plane), set by the caller */
	void *data; /* borrowed; its first byte. Valid until the end of the access */
	uint64_t stride; /* bytes */
	uint64_t bytes; /* that may be touched, from data on */
	uint32_t rows; /* of the picture; 0 for a vendor's layout, which has none */
	uint32_t reserved;
};

/**
 * Returns 0, or -EINVAL: an index out of range, a struct that is too small, or no access under way.
 */
int cen_cpu_map_get_plane(const struct cen_cpu_map *map, uint32_t index, struct cen_cpu_map_plane *out);

/** For CEN_CPU_MAP_SCOPE(): cen_buffer_map_cpu() that returns the map, NULL after a failure. */
struct cen_cpu_map *cen_cpu_map_scope_begin(const struct cen_buffer *buffer, uint32_t access, struct cen_error **err);
/** For CEN_CPU_MAP_SCOPE(): cen_cpu_map_destroy() of what map points to. */
void cen_cpu_map_scope_end(struct cen_cpu_map **map);

#if defined(__GNUC__)
/**
 * A declaration: struct cen_cpu_map *name, mapped and begun, or NULL with *err set; ended and unmapped where the scope
 * is left, however it is left.
 *
 *	CEN_CPU_MAP_SCOPE(map, buffer, CEN_CPU_MAP_READ, &err);
 *	if (!map)
 *		return cen_error_get_errno(err);
 */
#define CEN_CPU_MAP_SCOPE(name, buffer, access, err)                                                                   \
	__attribute__((cleanup(cen_cpu_map_scope_end))) struct cen_cpu_map *name =                                     \
		cen_cpu_map_scope_begin(buffer, access, err)
#endif

#ifdef __cplusplus
}
#endif

#endif
