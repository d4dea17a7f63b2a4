/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_COMPOSITOR_H
#define CENALLOC_COMPOSITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cenalloc/buffer.h>
#include <cenalloc/capability.h>
#include <cenalloc/error.h>
#include <cenalloc/feedback.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * For Wayland compositors: what to tell clients about dma-bufs, and what to check in theirs. Nothing here speaks the
 * protocol or needs libwayland; docs/wayland.md shows the few lines that send and receive.
 * Source: linux-dmabuf-v1.xml of wayland-protocols, versions 3 to 6.
 */

/** What is offered to clients: a format table and tranches. Immutable, shared, any thread. */
struct cen_offer;

/** A plane that could show a client's buffer. */
struct cen_offer_plane {
	uint64_t device; /* dev_t of the KMS device */
	const struct cen_capabilities *scanout; /* what the plane accepts: CEN_USAGE_SCANOUT */
};

struct cen_offer_desc {
	size_t size; /* sizeof(struct cen_offer_desc), set by the caller */
	uint64_t main_device; /* dev_t of the renderer's device */
	const struct cen_capabilities *renderer; /* what it samples: CEN_USAGE_TEXTURE */
	const struct cen_offer_plane *planes; /* that a buffer may be shown on, the one liked best first */
	size_t plane_count; /* 0: all is drawn by the renderer */
};

/**
 * Build an offer: a scanout tranche for each plane, with the pairs that the renderer samples, too (for the frames that
 * cannot be scanned out); behind them the renderer's tranche with all it samples. A pair that an earlier tranche of the
 * same device and flags has is not repeated; a tranche without pairs is left out. Pairs keep the preference of the
 * capabilities within a format.
 * Returns 0, or -EINVAL (CEN_ERROR_ARGUMENT: no main device, a renderer without pairs, more than 65535 pairs or 16
 * planes, or one without a device or capabilities), -ENOMEM, or the errno of making the file (CEN_ERROR_SYSTEM).
 */
int cen_offer_create(const struct cen_offer_desc *desc, struct cen_offer **out, struct cen_error **err);
struct cen_offer *cen_offer_ref(struct cen_offer *offer);
/** NULL is allowed. */
void cen_offer_unref(struct cen_offer *offer);

/** The argument of format_table: a sealed file that no client can change. The fd is borrowed. Returns the fd. */
int cen_offer_get_table(const struct cen_offer *offer, uint32_t *size);
/** The argument of main_device, to be sent as the bytes of a dev_t. Not sent to clients of version 6. */
uint64_t cen_offer_get_main_device(const struct cen_offer *offer);

struct cen_offer_tranche {
	size_t size; /* sizeof(struct cen_offer_tranche), set by the caller */
	uint64_t device; /* argument of tranche_target_device */
	uint32_t flags; /* argument of tranche_flags: CEN_TRANCHE_* as far as the version has them */
	uint32_t reserved;
	const uint16_t *indices; /* argument of tranche_formats; borrowed */
	size_t index_count;
};

size_t cen_offer_get_tranche_count(const struct cen_offer *offer);
/** version: of the client's zwp_linux_dmabuf_v1. Returns 0, or -EINVAL (index, or a struct that is too small). */
int cen_offer_get_tranche(const struct cen_offer *offer, size_t index, uint32_t version, struct cen_offer_tranche *out);

/** Each pair once, as the modifier events of version 3 want them. Returns 0, or -EINVAL for an index out of range. */
size_t cen_offer_get_pair_count(const struct cen_offer *offer);
int cen_offer_get_pair(const struct cen_offer *offer, size_t index, uint32_t *fourcc, uint64_t *modifier);
bool cen_offer_has_pair(const struct cen_offer *offer, uint32_t fourcc, uint64_t modifier);

/** Whether both say the same: then nothing needs to be sent again. */
bool cen_offer_is_equal(const struct cen_offer *a, const struct cen_offer *b);

/** zwp_linux_buffer_params_v1.error: what a client is told with wl_resource_post_error(). */
enum cen_params_error {
	CEN_PARAMS_ERROR_ALREADY_USED = 0,
	CEN_PARAMS_ERROR_PLANE_IDX = 1,
	CEN_PARAMS_ERROR_PLANE_SET = 2,
	CEN_PARAMS_ERROR_INCOMPLETE = 3,
	CEN_PARAMS_ERROR_INVALID_FORMAT = 4,
	CEN_PARAMS_ERROR_INVALID_DIMENSIONS = 5,
	CEN_PARAMS_ERROR_OUT_OF_BOUNDS = 6,
	CEN_PARAMS_ERROR_INVALID_WL_BUFFER = 7,
};

/** Why a client's request is refused. */
struct cen_refusal {
	bool is_protocol_error; /* post code and message; false: send "failed", or post them to create_immed */
	uint32_t code; /* enum cen_params_error; INVALID_WL_BUFFER where it is no protocol error */
	char message[200];
};

/** A zwp_linux_buffer_params_v1: the planes that a client adds one by one. One thread at a time. */
struct cen_params;

/** The importer reads and writes the pixels with the CPU: what it cannot map read-write is refused, not a crash. */
#define CEN_PARAMS_CPU (1u << 0)

/**
 * offer: what the client was told; kept. version: of the client's zwp_linux_dmabuf_v1. flags: CEN_PARAMS_*.
 * Returns 0, -EINVAL (unknown flags) or -ENOMEM.
 */
int cen_params_create(struct cen_offer *offer, uint32_t version, uint32_t flags, struct cen_params **out);
/** Closes what was added. NULL is allowed. */
void cen_params_destroy(struct cen_params *params);

/**
 * The request "add". fd is taken, also on failure.
 * Returns 0, or -EPROTO (*refusal: PLANE_IDX, PLANE_SET, ALREADY_USED; INVALID_FORMAT from version 5 on, for another
 * modifier than that of the planes added before).
 */
int cen_params_add(struct cen_params *params, int fd, uint32_t plane, uint32_t offset, uint32_t stride,
		   uint64_t modifier, struct cen_refusal *refusal);

/**
 * The requests "create" and "create_immed": check all, and make a buffer of it. Checked are: the number of planes
 * against format and modifier, the modifier (equal on all planes from version 5 on, and offered), the size, that each
 * fd is a dma-buf, and that offset plus stride times rows lies within it (sizes by lseek(); every sum in 64 bits). The
 * layout of a modifier that is not linear is its driver's: there the plane count is not bounded but by 4, and only its
 * start must lie within the object. The buffer, with the client's fds, is the caller's.
 * Returns 0, or a negative errno with *refusal filled in, which says which of the two answers it is: -EPROTO (a
 * protocol error), -EINVAL or -ENOMEM (polite ones).
 */
int cen_params_finish(struct cen_params *params, int32_t width, int32_t height, uint32_t fourcc,
		      struct cen_buffer **out, struct cen_refusal *refusal);

#ifdef __cplusplus
}
#endif

#endif
