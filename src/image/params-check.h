/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The numbers of a client's buffer, against what it was offered and the size of its dma-bufs. Pure. */
#pragma once

#include <cenalloc/compositor.h>

/* The largest width and height that are looked at: no driver and no importer comes near it. */
#define PARAMS_MAX_SIZE 65536

/* What a client said of one plane. */
struct params_plane {
	bool is_set;
	int fd; /* owned; -1: none */
	uint32_t offset, stride;
	uint64_t modifier;
};

/* What a client said of its buffer. */
struct params_wish {
	uint32_t version; /* of its zwp_linux_dmabuf_v1 */
	int32_t width, height;
	uint32_t fourcc;
	struct params_plane planes[CEN_MAX_PLANES];
};

/* Fill in a refusal. Returns -EPROTO. */
int _cen_params_refuse(struct cen_refusal *refusal, enum cen_params_error code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same for what no code covers. Returns -EINVAL. */
int _cen_params_fail(struct cen_refusal *refusal, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * All that can be said without a look at the dma-bufs. *plane_count: the planes that the buffer has, from plane 0 on
 * without a gap. Returns 0, -EPROTO or -EINVAL.
 */
int _cen_params_check_wish(const struct cen_offer *offer, const struct params_wish *wish, uint32_t *plane_count,
			   struct cen_refusal *refusal);

/*
 * Whether plane n of a wish that was checked lies within its dma-buf of this size. *bytes: what of it the plane takes;
 * 0: the layout is a driver's, and where the plane ends is not known. Returns 0 or -EPROTO.
 */
int _cen_params_check_bounds(const struct params_wish *wish, uint32_t n, uint64_t object_size, uint64_t *bytes,
			     struct cen_refusal *refusal);
