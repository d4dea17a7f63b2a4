/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_HEAP_H
#define CENALLOC_HEAP_H

#include <stdint.h>

#include <cenalloc/error.h>
#include <cenalloc/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The fd can be mapped for reading only. Exactly one of the two modes is given. */
#define CEN_HEAP_READ_ONLY (1u << 0)
/** The fd can be mapped for reading and writing. */
#define CEN_HEAP_READ_WRITE (1u << 1)
/** The fd is closed in a program that this process goes over to with execve(). */
#define CEN_HEAP_CLOEXEC (1u << 2)

/** The version of the call stands in the upper byte of the flags. This is version 0: there is nothing to add. */
#define CEN_HEAP_VERSION(version) ((uint32_t)(version) << 24)

/**
 * Plain memory: length bytes of one source, as a dma-buf. There is no image, no request and no plan; who knows which
 * memory it must be names the source, who does not lets cen_solve() find it.
 *
 * heap comes from cen_machine_find_source(); cen_source_info.has_bytes tells which sources give memory by the byte. flags: one access mode, and CEN_HEAP_CLOEXEC or not. *fd receives a new fd, the caller's;
 * *real_length (may be NULL) the bytes that the dma-buf really has: a whole number of pages, at least length. The
 * memory is zeroed.
 *
 * Freeing is close(), by anybody who holds an fd of it, of whatever process: the memory is gone with the last one. The
 * fd is good when machine, context and library are gone.
 *
 * Returns 0, or a negative errno with *fd -1 and *real_length 0:
 * -EINVAL: length 0, not exactly one access mode, a version other than 0 (CEN_ERROR_ARGUMENT), a flag that this version
 *          does not know (CEN_ERROR_UNKNOWN_FLAG);
 * -EOVERFLOW: no dma-buf has so many bytes (CEN_ERROR_OVERFLOW);
 * -EOPNOTSUPP: the source makes images only, or its fds do not have this access mode (CEN_ERROR_USAGE);
 * -ENOMEM: longer than a buffer of this source can be, or than what is free: cen_error_get_wanted() and
 *          cen_error_get_held() say how much (CEN_ERROR_ALLOCATION); or this process has none (CEN_ERROR_NO_MEMORY);
 * others as cen_plan_allocate(): CEN_ERROR_PERMISSION, CEN_ERROR_SYSTEM, CEN_ERROR_BACKEND.
 *
 * Any thread, at the same time too.
 */
int cen_heap_alloc(const struct cen_source *heap, uint64_t length, uint32_t flags, int *fd, uint64_t *real_length,
		   struct cen_error **err);

#ifdef __cplusplus
}
#endif

#endif
