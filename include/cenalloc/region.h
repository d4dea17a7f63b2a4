/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_REGION_H
#define CENALLOC_REGION_H

#include <stddef.h>
#include <stdint.h>

#include <cenalloc/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A region: memory that is taken once and then handed out in chunks, by an algorithm that is chosen by name. For
 * memory that is scarce, shared between devices that do not run at the same time, or bound to a place.
 *
 * Life of a region: declared, reserved (it has its memory), registered (it can be used), unregistered. Each step can be
 * asked for, or left to the first allocation. Its machine holds a named region until it is unregistered; a private one
 * (without a name) is there for those who have the object.
 *
 * A named region is also a source of buffers, but only where a request names it with CEN_CONSTRAINT_HEAP. A plan that is
 * allocated from it takes a chunk for each object, and the last reference of the buffer gives it back.
 *
 * Who may share one. The memory of a chunk is given to the next user when it is freed. Where the chunk is an fd and an
 * offset, a device or process that kept the fd then sees what is not its own, and anybody who was given the fd of one
 * chunk can reach the whole region: regions are for users who trust each other, and therefore used only where named.
 *
 * Threads: every function is for any thread, also on one region at a time; the calls of an algorithm for one region are
 * serialised. Regions may be declared and unregistered while other threads solve and allocate: a solution knows the
 * regions that were there when it was made, and its plans keep those that they are from.
 */
struct cen_region;

struct cen_machine;
struct cen_context;
struct cen_region_algorithm; /* region-algorithm.h */

/** Somewhere: at the start of new memory, in the first gap that is large enough of memory that is given as an fd. */
#define CEN_REGION_ANYWHERE UINT64_MAX

/** Chunks are aligned to their size, rounded up to a power of two, even where less is asked for. */
#define CEN_REGION_NATURAL (1u << 0)

/** What a region is to be. Begin with CEN_REGION_DESC_INIT. Strings are copied. */
struct cen_region_desc {
	size_t size; /* sizeof(struct cen_region_desc), set by the caller */
	const char *name; /* letters, digits, '-', '_', '.'; at most 63. NULL: private */
	uint64_t bytes; /* required; rounded up to a page */
	uint64_t alignment; /* of the start: a power of two, or 0; less than a page becomes a page */
	uint64_t start; /* offset in bytes within the memory, a multiple of alignment; CEN_REGION_ANYWHERE */
	const char *algorithm; /* its name; NULL: the first registered */
	const char *source; /* whose memory it is: a source that gives memory by the byte. NULL: only fd says */
	int32_t fd; /* a dma-buf or sealed memfd that the region lies in; borrowed. -1: taken from source */
	uint32_t flags; /* CEN_REGION_* */
};

/* clang-format off */
#define CEN_REGION_DESC_INIT {.size = sizeof(struct cen_region_desc), .start = CEN_REGION_ANYWHERE, .fd = -1}
/* clang-format on */

/**
 * Declare a region of a machine: nothing is allocated. With source and fd both, the memory of fd is taken to be of that
 * source's class; where the source can carve and fd is a memfd, chunks are dma-bufs of their own.
 * The caller owns a reference. Returns 0, or -EINVAL (CEN_ERROR_ARGUMENT: name, size, alignment, start, fd;
 * CEN_ERROR_UNKNOWN_FLAG), -EEXIST (CEN_ERROR_ARGUMENT: a region or source has the name), -ENODEV
 * (CEN_ERROR_UNKNOWN_DEVICE: the source), -EOPNOTSUPP (CEN_ERROR_USAGE: the source makes images only), -EMFILE
 * (CEN_ERROR_SYSTEM), -ENOMEM.
 */
int cen_region_declare(struct cen_machine *machine, const struct cen_region_desc *desc, struct cen_region **out,
		       struct cen_error **err);

/**
 * Take the memory, and choose the start where that is left open. Returns 0 (also when it was reserved already), or
 * -EINVAL (CEN_ERROR_ARGUMENT: beyond the end of fd's memory; unregistered), -ENOSPC (CEN_ERROR_ALLOCATION: no gap is
 * large enough), or as cen_plan_allocate().
 */
int cen_region_reserve(struct cen_region *region, struct cen_error **err);

/**
 * Make the region usable: reserves it if nobody has. Its algorithm begins now, or waits until it is registered itself.
 * An algorithm that fails to begin leaves the region registered and unusable; it is not tried again.
 * Returns 0 (also when it was registered already), -EADDRINUSE (CEN_ERROR_ARGUMENT: the message names the other region
 * and its range), or as cen_region_reserve().
 */
int cen_region_register(struct cen_region *region, struct cen_error **err);

/** Declare, reserve and register. After a failure there is no region. Returns as these. */
int cen_region_create(struct cen_machine *machine, const struct cen_region_desc *desc, struct cen_region **out,
		      struct cen_error **err);

/**
 * End the use: the memory goes back, and the machine forgets the region. One that was only declared or reserved is taken
 * back. Whoever has the object may ask it for its info still.
 * Returns 0, -EINVAL (CEN_ERROR_ARGUMENT: unregistered already), or -EBUSY (CEN_ERROR_BUSY: chunks live; the message
 * says how many, held how many bytes), which changes nothing.
 */
int cen_region_unregister(struct cen_region *region, struct cen_error **err);

struct cen_region *cen_region_ref(struct cen_region *region);
/** With the last reference, of its machine and its chunks too, the memory goes back. NULL is allowed. */
void cen_region_unref(struct cen_region *region);

/** Whether it has its memory, and whether it can be named by others; also while its algorithm is missing. */
int cen_region_is_reserved(struct cen_region *region);
int cen_region_is_registered(struct cen_region *region);

/** A part of a region. Plain values: the chunk lives until cen_region_free(). */
struct cen_chunk {
	size_t size; /* sizeof(struct cen_chunk), set by the caller */
	struct cen_region *region; /* borrowed; lives as long as the chunk */
	uint64_t start; /* within the region's memory, which also names the chunk */
	uint64_t bytes; /* whole pages */
	int32_t fd; /* borrowed: closed when the chunk is freed */
	uint32_t is_own; /* 1: the fd is this chunk and nothing else; 0: the whole memory */
	uint64_t offset; /* of the chunk within fd, in bytes */
};

/**
 * Take a chunk of bytes, rounded up to whole pages, whose start is a multiple of alignment: a power of two or 0; less
 * than a page becomes a page. Registers the region if nobody has.
 * Returns 0, or -EINVAL (CEN_ERROR_ARGUMENT), -ENOMEM (CEN_ERROR_ALLOCATION: wanted bytes, held is the largest free
 * piece), -ENOENT (CEN_ERROR_BUSY: its algorithm, which the message names, is not registered), what the algorithm failed
 * with (CEN_ERROR_SYSTEM), -EPROTO (CEN_ERROR_BACKEND), or as cen_region_register().
 */
int cen_region_alloc(struct cen_region *region, uint64_t bytes, uint64_t alignment, struct cen_chunk *out,
		     struct cen_error **err);

/**
 * The same from the first that can of several regions: "a,b". Returns as cen_region_alloc(); -ENOMEM when one or more
 * are full, else what the first failed with, which for a name that is none is -ENOENT (CEN_ERROR_UNKNOWN_DEVICE);
 * -EINVAL (CEN_ERROR_SYNTAX) for an empty name.
 */
int cen_region_alloc_from(struct cen_machine *machine, const char *names, uint64_t bytes, uint64_t alignment,
			  struct cen_chunk *out, struct cen_error **err);

/**
 * The same from the regions that the map in force (map.h) gives to a device, in the order of its rule; names that are no
 * regions are passed over. device: a device of the machine, or any name that the map knows. type NULL:
 * CEN_MAP_TYPE_COMMON. Returns as cen_region_alloc_from(), and -ENOENT (CEN_ERROR_UNKNOWN_DEVICE) where there is no map,
 * no rule matches, or its names are no regions.
 */
int cen_region_alloc_for(struct cen_machine *machine, const char *device, const char *type, uint64_t bytes,
			 uint64_t alignment, struct cen_chunk *out, struct cen_error **err);

/**
 * Give the chunk that begins at start back. Its pages go back to the system where the source can do that.
 * Returns 0, or -ENOENT where no chunk begins there, which is logged as a warning and changes nothing.
 */
int cen_region_free(struct cen_region *region, uint64_t start);

enum cen_region_state {
	CEN_REGION_DECLARED = 1,
	CEN_REGION_RESERVED = 2,
	CEN_REGION_USABLE = 3, /* registered */
	CEN_REGION_WAITING = 4, /* registered, for an algorithm that is not */
	CEN_REGION_FAILED = 5, /* registered, and its algorithm failed */
	CEN_REGION_UNREGISTERED = 6,
};

/** "declared", "reserved", "usable", "waiting", "failed", "unregistered"; "unknown" for a number that is none. */
const char *cen_region_state_get_name(uint32_t state);

/** Facts about a region as it is now; strings live as long as the region. */
struct cen_region_info {
	size_t size; /* sizeof(struct cen_region_info), set by the caller */
	const char *name; /* NULL: private */
	const char *algorithm; /* the one in use or waited for; NULL: the first that will be registered */
	const char *source; /* NULL: memory of the application's */
	uint32_t state; /* enum cen_region_state */
	uint32_t is_private;
	uint32_t is_carved; /* 1: chunks are dma-bufs of their own */
	uint32_t reserved;
	uint64_t lower, upper; /* bounds within the memory, upper is one past; 0 and 0 until it is reserved */
	uint64_t total; /* bytes */
	uint64_t free; /* bytes, in whatever pieces; other threads may take them */
	uint64_t largest_free; /* bytes of the largest chunk that would fit; 0 while it is not usable */
	uint64_t chunk_count;
};

/** Returns 0, or -EINVAL for a struct that is too small. */
int cen_region_get_info(struct cen_region *region, struct cen_region_info *out);

/** The named regions of a machine, in the order of declaration. NULL past the end. Borrowed until it is unregistered. */
struct cen_region *cen_machine_get_region(struct cen_machine *machine, size_t index);

/**
 * Find a named region. Borrowed until it is unregistered.
 * Returns 0, or -ENOENT (CEN_ERROR_UNKNOWN_DEVICE; the message lists what there is), -EINVAL.
 */
int cen_machine_find_region(struct cen_machine *machine, const char *name, struct cen_region **out,
			    struct cen_error **err);

/**
 * Region number index of those that the map gives to a device: for their info. Borrowed until it is unregistered.
 * Returns 0, -ERANGE (CEN_ERROR_ARGUMENT) past the end, or -ENOENT as cen_region_alloc_for(), -EINVAL, -ENOMEM.
 */
int cen_machine_find_region_for(struct cen_machine *machine, const char *device, const char *type, size_t index,
				struct cen_region **out, struct cen_error **err);

/**
 * Add an algorithm behind those that are there; those of backends come with the first machine. The table must outlive
 * the context and everything made from it. Regions that wait for its name, or for any, begin with it.
 * Returns 0, or -EINVAL (CEN_ERROR_ARGUMENT: the table is not acceptable, the message says why), -EEXIST
 * (CEN_ERROR_ARGUMENT: the name is taken), -ENOMEM.
 */
int cen_context_add_region_algorithm(struct cen_context *ctx, const struct cen_region_algorithm *algorithm,
				     struct cen_error **err);

#ifdef __cplusplus
}
#endif

#endif
