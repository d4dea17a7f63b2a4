/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The inside of a region, for the files region-*.c. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <cenalloc/backend.h>
#include <cenalloc/buffer.h>
#include <cenalloc/region.h>

#define REGION_TOPIC "region"

struct cen_plan;
struct cen_source;
struct named_source;
struct region_hold; /* the chunks of one image */

/* A chunk. What the algorithm was asked for may begin before it: see take_range() of region-chunk.c. */
struct region_chunk {
	uint64_t start, bytes; /* within the region's memory */
	uint64_t taken, taken_bytes; /* as the algorithm counts */
	struct cen_buffer_object object; /* carved: its own dma-buf; otherwise fd -1 */
	bool is_busy; /* being made or freed: nobody else's to free */
};

/* The memory that a region lies in. */
struct region_memory {
	struct cen_source *source; /* a copy of the machine's; NULL: the application's fd only */
	const struct cen_carver *carver; /* NULL: chunks are offsets in fd */
	struct cen_buffer_object object; /* its fd is owned; -1 until reserved */
	bool is_given; /* an fd of the application's */
};

/*
 * Two locks. The context's is held where a region changes its state, and where a backend is called; the region's own
 * around what it guards. Whoever holds both took the context's first. Readers of the state need one of the two.
 */
struct cen_region {
	atomic_int refs; /* the holders', one per chunk, and the machine's of a named region */
	struct cen_context *ctx; /* kept alive */
	const struct cen_machine *machine; /* context's lock; NULL when that is gone */
	bool is_held; /* context's lock: the machine has a reference */
	char *name; /* NULL: private */
	char *note; /* for the solver: what memory it is of */
	char *algorithm_name; /* NULL: the first */
	uint32_t flags;
	uint64_t bytes, alignment;
	struct region_memory memory;

	pthread_mutex_t lock;
	enum cen_region_state state; /* both locks to change */
	uint64_t start; /* both locks to change; CEN_REGION_ANYWHERE until chosen */
	const struct cen_region_algorithm *algorithm; /* NULL: none yet */
	void *algorithm_state;
	int algorithm_error; /* why it failed, at its beginning or later: then it is not asked again */
	uint64_t taken_bytes; /* by all chunks */
	struct region_chunk *chunks; /* by start */
	size_t chunk_count, chunk_capacity;
};

/* "region cam", or "a private region". */
#define REGION_LABEL_SIZE 80
char *_cen_region_label(const struct cen_region *region, char buf[REGION_LABEL_SIZE]);

struct cen_region *_cen_region_lock(struct cen_region *region);
void _cen_region_unlock_cleanup(struct cen_region **region);
#define _cleanup_region_lock_ __attribute__((cleanup(_cen_region_unlock_cleanup), unused))

static inline void _cen_region_unref_cleanup(struct cen_region **region)
{
	cen_region_unref(*region);
}
#define _cleanup_region_ __attribute__((cleanup(_cen_region_unref_cleanup), unused))

uint64_t _cen_page_bytes(void);

static inline bool _cen_region_is_usable(enum cen_region_state state)
{
	return state == CEN_REGION_USABLE || state == CEN_REGION_WAITING || state == CEN_REGION_FAILED;
}

/* region-declare.c: a region of a checked descriptor, in no list yet. */
int _cen_region_make(struct cen_machine *machine, const struct cen_region_desc *desc, struct cen_region **out,
		     struct cen_error **err);

/* region-memory.c. Without locks, but for take(), which is under the context's. Failures are as cen_plan_allocate()'s. */
int _cen_region_memory_give(struct region_memory *memory, int fd, struct cen_error **err);
int _cen_region_memory_take(struct cen_region *region, struct cen_error **err);
int _cen_region_memory_carve(struct cen_region *region, const struct region_chunk *chunk, struct cen_buffer_object *out,
			     struct cen_error **err);
/* Its fd is closed, and its pages may go back to the system. */
void _cen_region_memory_drop(struct cen_region *region, const struct region_chunk *chunk);

/* region-place.c, under the context's lock: the start within given memory, and whether another region is there. */
int _cen_region_choose_start(struct cen_region *region, uint64_t *start, struct cen_error **err);
int _cen_region_check_overlap(struct cen_region *region, struct cen_error **err);

/* region-algorithm.c, under the context's lock: begin with the algorithm, or wait for it; for one region, and for all that wait. */
void _cen_region_begin(struct cen_region *region);
void _cen_regions_begin_waiting(struct cen_context *ctx);

/* region-list.c, under the context's lock. */
struct cen_region *_cen_region_find(const struct cen_context *ctx, const struct cen_machine *machine, const char *name);
int _cen_region_list_add(struct cen_region *region);
/* No longer listed, nor held. The machine's reference, which the caller drops, or NULL. */
struct cen_region *_cen_region_list_remove(struct cen_region *region);
/* The machine is going. Takes the lock itself. */
void _cen_regions_leave(struct cen_machine *machine);

/* The regions of a machine as sources of a solve: arrays that the caller frees, each region with a reference. */
struct region_sources {
	struct named_source *named;
	struct cen_region **regions;
	size_t count;
};
int _cen_region_sources_get(struct cen_machine *machine, struct region_sources *out);
void _cen_region_sources_free(struct region_sources *sources);

/*
 * region-images.c: a chunk for each object of count images. out[] has the fds, which are the caller's to close, and
 * planes that are moved to where the chunks begin; holds[] what gives the chunks of each image back. All or nothing.
 * Returns as cen_plan_allocate().
 */
int _cen_region_allocate_images(struct cen_region *region, const struct cen_plan *plan, uint32_t count,
				struct cen_image_desc *out, struct region_hold **holds, struct cen_error **err);
/* data: a struct region_hold, which may be NULL. */
void _cen_region_hold_release(void *data);
/* What was wished, at the place where the chunks are. hold NULL: as it is. */
void _cen_region_hold_move(const struct region_hold *hold, struct cen_image_desc *wish);
/* Whether two chunks have no byte in common. */
bool _cen_region_hold_are_apart(const struct region_hold *a, uint32_t object, const struct region_hold *b,
				uint32_t other);

/* Declare what the configuration files say. What cannot be is logged and left out. Returns 0, or -ENOMEM with err set. */
int _cen_region_declare_configured(struct cen_machine *machine, struct cen_error **err);
