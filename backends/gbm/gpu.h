/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Private to the gbm backend. Not named gbm.h: that is libgbm's. */
#pragma once

#include <gbm.h>
#include <stdbool.h>

#include "backend-util.h"
#include "drivers.h"

/* The most modifiers of one format that are kept. */
#define GBM_MAX_MODIFIERS 24

#define GBM_NO_DUMB_HERE                                                                                               \
	"there is no GPU behind this node, only dumb buffers, and the kernel makes those on the card's own node"

/* What a GPU's own allocator makes of one format for one usage: found once a context. */
struct gbm_answer {
	uint64_t devnum;
	uint32_t fourcc;
	uint32_t flags; /* GBM_BO_USE_* */
	bool is_supported;
	bool is_linear; /* takes linear layouts */
	bool can_allocate; /* an allocation was tried and worked */
	bool is_import_measured; /* the stride is what an import needs, not what an allocation has */
	uint32_t plane_count;
	uint32_t stride_aligns[CEN_MAX_PLANES]; /* bytes, of linear layouts; 1: none that shows */
	size_t modifier_count;
	uint64_t modifiers[GBM_MAX_MODIFIERS]; /* vendor layouts, the driver's own choice first */
};

struct gbm_state {
	const struct cen_host *host;
	struct gbm_answer *answers;
	size_t answer_count, answer_capacity;
};

/* A node, opened for one call. */
struct gbm_gpu {
	int fd;
	struct gbm_device *device;
	const struct gbm_driver *driver;
	const char *path; /* borrowed */
	uint64_t devnum;
};

/*
 * Open a node and make a GBM device of it, in this process: one that was made before a fork is of no use after it.
 * Returns 0, or a negative errno that was reported.
 */
int _cen_gbm_gpu_open(const struct cen_host *host, struct cen_call *call, const char *path, uint64_t devnum,
		      uint64_t driver, struct gbm_gpu *gpu);
void _cen_gbm_gpu_close(struct gbm_gpu *gpu);
#define _cleanup_gpu_ __attribute__((cleanup(_cen_gbm_gpu_close)))

/* errno of a libgbm call that returned NULL; some of them leave it at 0. */
int _cen_gbm_get_errno(void);

/* Whether the Mesa in this process maps dma-bufs of other devices when its software driver imports them. */
bool _cen_gbm_maps_foreign_buffers(void);

/* The n-th fourcc that is asked about where the query names none; 0 past the end. */
uint32_t _cen_gbm_nth_fourcc(size_t n);

/*
 * What the GPU makes of a format; cached unless is_passive, which allocates nothing. Returns 0 or -ENOMEM, and
 * *answer, which is valid until the next call.
 */
int _cen_gbm_ask(struct gbm_state *state, const struct gbm_gpu *gpu, uint32_t fourcc, uint32_t flags, bool is_passive,
		 const struct gbm_answer **answer);

/* What the host calls a usage, as libgbm says it. Returns false for a usage that a GPU or display does not have. */
bool _cen_gbm_find_flags(uint32_t usage, uint32_t *flags);

int _cen_gbm_list(void *state, struct cen_call *call);
int _cen_gbm_describe(void *state, struct cen_call *call, const struct cen_device_desc *device,
		      const struct cen_query *query);
int _cen_gbm_try_import(void *state, struct cen_call *call, const struct cen_device_desc *device, uint32_t usage,
			const struct cen_image_desc *image);
int _cen_gbm_allocate(void *state, struct cen_call *call, const struct cen_source_desc *source,
		      const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out, uint32_t *made);
