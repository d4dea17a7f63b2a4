/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_REGION_ALGORITHM_H
#define CENALLOC_REGION_ALGORITHM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * How a region is cut into chunks: an algorithm, known by its name. Works on numbers alone and never touches memory. The
 * host serialises the calls for one region, and calls free() only with what alloc() gave. Since 3.
 */
struct cen_region_algorithm {
	size_t size; /* sizeof(struct cen_region_algorithm) as it was compiled */
	const char *name; /* letters, digits, '-'; at most 31 */
	const char *description; /* one line */

	/**
	 * A region of so many bytes, all free. Sizes and alignments will be multiples of granularity (a power of two).
	 * Returns 0 or a negative errno, which makes the region unusable and is not tried again.
	 */
	int (*init)(uint64_t bytes, uint64_t granularity, void **state);
	void (*cleanup)(void *state);
	/** A chunk at a multiple of alignment (a power of two). Returns 0, or -ENOMEM where none fits. */
	int (*alloc)(void *state, uint64_t bytes, uint64_t alignment, uint64_t *start);
	void (*free)(void *state, uint64_t start, uint64_t bytes);
	/** The largest chunk that would fit, at the smallest alignment. */
	uint64_t (*get_largest_free)(const void *state);
};

struct cen_call; /* backend.h */
struct cen_source_desc;

/** Memory from which parts are made dma-bufs of their own: for regions. Since 3. */
struct cen_carver {
	size_t size; /* sizeof(struct cen_carver) as it was compiled */
	/** A file (no dma-buf) of so many bytes, which is the host's. */
	int (*reserve)(void *state, struct cen_call *call, const struct cen_source_desc *source, uint64_t bytes,
		       int32_t *file);
	/** A dma-buf over a part of that file: whole pages. It is the host's and outlives the file. */
	int (*carve)(void *state, struct cen_call *call, const struct cen_source_desc *source, int32_t file,
		     uint64_t offset, uint64_t bytes, int32_t *fd);
	/** Optional. Nobody uses this part: its pages may go back to the system. */
	int (*trim)(void *state, struct cen_call *call, const struct cen_source_desc *source, int32_t file,
		    uint64_t offset, uint64_t bytes);
};

#ifdef __cplusplus
}
#endif

#endif
