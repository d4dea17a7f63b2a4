/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What generation 3 of the plug-in ABI added, frozen: algorithms for regions, carving, timelines. Never change a struct
 * here; a new generation adds its own file.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include <cenalloc/backend.h>

#include "same-field.h"

struct frozen_algorithm_v3 {
	size_t size;
	const char *name;
	const char *description;
	int (*init)(uint64_t bytes, uint64_t granularity, void **state);
	void (*cleanup)(void *state);
	int (*alloc)(void *state, uint64_t bytes, uint64_t alignment, uint64_t *start);
	void (*free)(void *state, uint64_t start, uint64_t bytes);
	uint64_t (*get_largest_free)(const void *state);
};

struct frozen_carver_v3 {
	size_t size;
	int (*reserve)(void *state, struct cen_call *call, const struct cen_source_desc *source, uint64_t bytes,
		       int32_t *file);
	int (*carve)(void *state, struct cen_call *call, const struct cen_source_desc *source, int32_t file,
		     uint64_t offset, uint64_t bytes, int32_t *fd);
	int (*trim)(void *state, struct cen_call *call, const struct cen_source_desc *source, int32_t file,
		    uint64_t offset, uint64_t bytes);
};

struct frozen_sync_op_v3 {
	size_t size;
	uint32_t action;
	int32_t timeline;
	int32_t fence;
	int32_t out_fd;
	uint64_t point;
	int64_t deadline_ns;
};

struct frozen_backend_v3 {
	size_t size;
	uint32_t abi;
	uint32_t priority;
	const char *name;
	const char *description;
	void (*version_1[6])(void);
	const struct cen_region_algorithm *const *algorithms;
	size_t algorithm_count;
	const struct cen_carver *carver;
	int (*sync)(void *state, struct cen_call *call, const struct cen_device_desc *device, struct cen_sync_op *op);
};

SAME_FIELD(cen_region_algorithm, frozen_algorithm_v3, size);
SAME_FIELD(cen_region_algorithm, frozen_algorithm_v3, name);
SAME_FIELD(cen_region_algorithm, frozen_algorithm_v3, description);
SAME_FIELD(cen_region_algorithm, frozen_algorithm_v3, init);
SAME_FIELD(cen_region_algorithm, frozen_algorithm_v3, cleanup);
SAME_FIELD(cen_region_algorithm, frozen_algorithm_v3, alloc);
SAME_FIELD(cen_region_algorithm, frozen_algorithm_v3, free);
SAME_FIELD(cen_region_algorithm, frozen_algorithm_v3, get_largest_free);
SAME_FIELD(cen_carver, frozen_carver_v3, size);
SAME_FIELD(cen_carver, frozen_carver_v3, reserve);
SAME_FIELD(cen_carver, frozen_carver_v3, carve);
SAME_FIELD(cen_carver, frozen_carver_v3, trim);
SAME_FIELD(cen_sync_op, frozen_sync_op_v3, size);
SAME_FIELD(cen_sync_op, frozen_sync_op_v3, action);
SAME_FIELD(cen_sync_op, frozen_sync_op_v3, timeline);
SAME_FIELD(cen_sync_op, frozen_sync_op_v3, fence);
SAME_FIELD(cen_sync_op, frozen_sync_op_v3, out_fd);
SAME_FIELD(cen_sync_op, frozen_sync_op_v3, point);
SAME_FIELD(cen_sync_op, frozen_sync_op_v3, deadline_ns);
SAME_FIELD(cen_backend, frozen_backend_v3, algorithms);
SAME_FIELD(cen_backend, frozen_backend_v3, algorithm_count);
SAME_FIELD(cen_backend, frozen_backend_v3, carver);
SAME_FIELD(cen_backend, frozen_backend_v3, sync);
static_assert(sizeof(struct cen_region_algorithm) >= sizeof(struct frozen_algorithm_v3), "it has shrunk");
static_assert(sizeof(struct cen_carver) >= sizeof(struct frozen_carver_v3), "it has shrunk");
static_assert(sizeof(struct cen_sync_op) >= sizeof(struct frozen_sync_op_v3), "it has shrunk");
static_assert(sizeof(struct cen_backend) >= sizeof(struct frozen_backend_v3), "it has shrunk");

/* Of sources, behind the end of generation 1. */
static_assert(offsetof(struct cen_source_desc, flags) ==
		      offsetof(struct cen_source_desc, format_count) + sizeof(size_t),
	      "the flags of a source have moved");
static_assert(CEN_SOURCE_BYTES == 1 && CEN_SOURCE_CARVED == 2, "flags of sources are numbers that both sides know");

static_assert(CEN_SYNC_CREATE == 1 && CEN_SYNC_IMPORT_FENCE == 2 && CEN_SYNC_EXPORT_FENCE == 3 &&
		      CEN_SYNC_SIGNAL == 4 && CEN_SYNC_WAIT == 5 && CEN_SYNC_QUERY == 6 && CEN_SYNC_NOTIFY == 7,
	      "the actions are numbers that both sides know");
static_assert(CEN_BACKEND_ABI >= 3, "the ABI does not go back");

int main(void)
{
	return 0;
}
