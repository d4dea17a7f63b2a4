/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_IMPORT_CACHE_H
#define CENALLOC_IMPORT_CACHE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cenalloc/buffer.h>
#include <cenalloc/error.h>
#include <cenalloc/format.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What a consumer made of dma-bufs that it is handed again and again (a wl_buffer, an EGLImage, a framebuffer of KMS,
 * the index of a V4L2 queue), found by what the dma-buf is, not by the number of an fd: every frame of a pipeline may
 * come with new fds. A producer in this process has cen_buffer_set_user_data() instead.
 *
 * Bounded: when one more is added, the import that was longest neither found nor added is ended. So the capacity must
 * be more than the imports that are in use at once.
 *
 * Threads: one at a time, and callbacks are called by the thread that makes the call. Imports mostly belong to one
 * thread (of an EGL context, of a Wayland queue): a lock would let another one end them.
 *
 * Callbacks may find, add, remove and clear; what is being ended is out of the cache already.
 */
struct cen_import_cache;

/**
 * Hold an fd of each dma-buf for as long as its import is cached. Inode numbers may come again once a dma-buf is gone:
 * then another one would be taken for it. Not needed where the import itself keeps the dma-buf, as an EGLImage, a
 * framebuffer and a queued V4L2 buffer do. The memory stays until the import is ended, by whoever it was allocated.
 */
#define CEN_IMPORT_CACHE_HOLD (1u << 0)

/** Where a plane lies. fd is borrowed, used by add() alone and no part of the identity. */
struct cen_import_plane {
	dev_t dev; /* of the dma-buf, as stat() says */
	ino_t ino;
	uint64_t offset, stride; /* bytes; 0: they play no role */
	int fd;
	uint32_t reserved;
};

/** What is imported. Images that differ in any of these are different imports: several may lie in one dma-buf. */
struct cen_import_key {
	size_t size; /* sizeof(struct cen_import_key), set by the caller */
	uint32_t fourcc, width, height; /* 0: they play no role */
	uint32_t plane_count; /* 1 to 4 */
	uint64_t modifier;
	struct cen_import_plane planes[CEN_MAX_PLANES];
};

/**
 * The dma-buf of fd, as a whole: one plane, and all else 0, which the caller may change.
 * Returns 0, -EINVAL for a struct that is too small, or what fstat() says (-EBADF).
 */
int cen_import_key_set_fd(struct cen_import_key *key, int fd);
/** The image in buffer: its format, size and planes. No system call. Returns 0, or -EINVAL as above. */
int cen_import_key_set_buffer(struct cen_import_key *key, const struct cen_buffer *buffer);

/**
 * A cache of at most capacity imports, 1 to 4096. destroy, which may be NULL, ends an import; the fds that are held for
 * it are closed after that. flags: CEN_IMPORT_CACHE_*.
 * Returns 0, or -EINVAL (CEN_ERROR_ARGUMENT, CEN_ERROR_UNKNOWN_FLAG), -ENOMEM (CEN_ERROR_NO_MEMORY).
 */
int cen_import_cache_create(uint32_t capacity, uint32_t flags, void (*destroy)(void *import, void *data), void *data,
			    struct cen_import_cache **out, struct cen_error **err);

/** Ends all imports, those that were longest not found first. Not from a callback. NULL is allowed. */
void cen_import_cache_destroy(struct cen_import_cache *cache);

/**
 * The import of key, borrowed: valid until it is removed, or others have been added. From now on it is the one that was
 * found last. Allocates nothing and makes no system call.
 * Returns 0, -ENOENT with *import NULL: make it and add it; or -EINVAL (the key's size, or plane_count).
 */
int cen_import_cache_find(struct cen_import_cache *cache, const struct cen_import_key *key, void **import);

/**
 * Hand over an import. After a failure it is still the caller's, and the cache as before.
 * Returns 0, -EEXIST (there is one), -EINVAL (import is NULL; the key; with CEN_IMPORT_CACHE_HOLD also an fd that is
 * not of the plane's dma-buf), -ENOMEM, -ESHUTDOWN (the cache is being destroyed), or why an fd cannot be held
 * (-EMFILE, -EBADF).
 */
int cen_import_cache_add(struct cen_import_cache *cache, const struct cen_import_key *key, void *import);

/** End one import. Returns 0, -ENOENT, or -EINVAL (the key). */
int cen_import_cache_remove(struct cen_import_cache *cache, const struct cen_import_key *key);
/** End all imports that lie in a dma-buf, with any of their planes. Returns how many. */
uint32_t cen_import_cache_forget(struct cen_import_cache *cache, dev_t dev, ino_t ino);
/** End all imports that are there now. What callbacks add stays. */
void cen_import_cache_clear(struct cen_import_cache *cache);

struct cen_import_cache_info {
	size_t size; /* sizeof(struct cen_import_cache_info), set by the caller */
	uint32_t capacity, count; /* imports */
	uint64_t hits, misses; /* of find() */
	uint64_t evictions; /* imports that were ended for want of room; many: the capacity is too small */
};

/** Returns 0, or -EINVAL for a struct that is too small. */
int cen_import_cache_get_info(const struct cen_import_cache *cache, struct cen_import_cache_info *out);

#ifdef __cplusplus
}
#endif

#endif
