/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_FEEDBACK_H
#define CENALLOC_FEEDBACK_H

#include <stddef.h>
#include <stdint.h>

#include <cenalloc/capability.h>
#include <cenalloc/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * For Wayland clients: what a compositor says about dma-bufs, as capabilities.
 *
 * The application owns its connection and its zwp_linux_dmabuf_feedback_v1 object, and hands each event to the function
 * of the same name (docs/wayland.md shows the listener). Nothing here speaks the protocol or needs libwayland.
 * A compositor is not trusted: sizes, counts and indices are checked. An event that is refused spoils its round: the
 * rest of it is not looked at, the error comes again from cen_feedback_done(), and what the last good round said stays.
 *
 * One thread at a time. Source: linux-dmabuf-v1.xml of wayland-protocols, versions 3 to 6.
 */
struct cen_feedback;

/** Returns 0 or -ENOMEM. */
int cen_feedback_create(struct cen_feedback **out);
/** NULL is allowed. */
void cen_feedback_destroy(struct cen_feedback *feedback);

/**
 * The events of zwp_linux_dmabuf_feedback_v1. fd is borrowed and read, not mapped: a compositor that cuts the file
 * short cannot crash the client. dev_t arrays are given as they come: data and its size in bytes.
 * A table stays until the next one, in later rounds too; one that is refused leaves none.
 * Return 0, or -EINVAL (CEN_ERROR_ARGUMENT: a table that is no multiple of 16 bytes, larger than 65536 entries or than
 * its file, or behind formats of its round; an index past the table; a dev_t of another size; formats without a table;
 * a tranche without a target device or without an end; more than 64 tranches), -EBADF and others of reading
 * (CEN_ERROR_SYSTEM), -ENOMEM (CEN_ERROR_NO_MEMORY). A flag that this version does not know is kept, not refused.
 */
int cen_feedback_format_table(struct cen_feedback *feedback, int fd, uint32_t size, struct cen_error **err);
int cen_feedback_main_device(struct cen_feedback *feedback, const void *data, size_t size, struct cen_error **err);
int cen_feedback_tranche_target_device(struct cen_feedback *feedback, const void *data, size_t size,
				       struct cen_error **err);
int cen_feedback_tranche_flags(struct cen_feedback *feedback, uint32_t flags, struct cen_error **err);
int cen_feedback_tranche_formats(struct cen_feedback *feedback, const void *indices, size_t size,
				 struct cen_error **err);
int cen_feedback_tranche_done(struct cen_feedback *feedback, struct cen_error **err);
/** The round is complete and replaces the one before as a whole. Returns what made it bad, where something did. */
int cen_feedback_done(struct cen_feedback *feedback, struct cen_error **err);

/**
 * The events of version 3 and before, in place of all those above: zwp_linux_dmabuf_v1.modifier, and for version 2 and
 * before .format with CEN_MODIFIER_INVALID. End with cen_feedback_done(), after a round trip.
 * Returns 0, -E2BIG (CEN_ERROR_ARGUMENT: more than 65536 pairs) or -ENOMEM.
 */
int cen_feedback_modifier(struct cen_feedback *feedback, uint32_t fourcc, uint64_t modifier, struct cen_error **err);

/** Rounds completed; 0: nothing is known yet. */
uint64_t cen_feedback_get_generation(const struct cen_feedback *feedback);

/** dev_t of the main device; 0: not said (version 3, version 6). */
uint64_t cen_feedback_get_main_device(const struct cen_feedback *feedback);

#define CEN_TRANCHE_SCANOUT (1u << 0) /* buffers of it may be shown by a plane of the target device */
#define CEN_TRANCHE_SAMPLING (1u << 1) /* version 6: the target device samples buffers of it */

/** One tranche, in the compositor's order of preference. */
struct cen_feedback_tranche {
	size_t size; /* sizeof(struct cen_feedback_tranche), set by the caller */
	uint64_t device; /* dev_t; 0: not said (version 3) */
	uint32_t flags; /* CEN_TRANCHE_*, and bits of later versions */
	uint32_t pair_count; /* formats with a modifier; doubles are left out */
};

size_t cen_feedback_get_tranche_count(const struct cen_feedback *feedback);
/** Returns 0, or -EINVAL for an index out of range or a struct that is too small. */
int cen_feedback_get_tranche(const struct cen_feedback *feedback, size_t index, struct cen_feedback_tranche *out);
/** Returns 0, or -EINVAL for an index out of range. */
int cen_feedback_get_pair(const struct cen_feedback *feedback, size_t tranche, size_t index, uint32_t *fourcc,
			  uint64_t *modifier);

/**
 * What the surface accepts, for cen_request_add_described() or cen_negotiation_update(). usage CEN_USAGE_TEXTURE: the
 * pairs of all tranches, those of earlier tranches preferred; CEN_USAGE_SCANOUT: the pairs of scanout tranches, which
 * may be none. Formats that this library does not know are left out. Where a format comes with CEN_MODIFIER_INVALID and
 * without CEN_MODIFIER_LINEAR, linear is added behind all others (assumed: what a foreign device exports without a
 * modifier is linear), and is sent as cen_feedback_get_wire_modifier() says. Where the compositor names no device it
 * may draw with the CPU: then the fds must be read-write and mappable (assumed).
 * Returns 0, -EAGAIN (CEN_ERROR_INCOMPLETE: no round is complete yet), -EINVAL (CEN_ERROR_UNKNOWN_FLAG: another usage)
 * or -ENOMEM.
 */
int cen_feedback_get_capabilities(const struct cen_feedback *feedback, uint32_t usage, struct cen_capabilities **out,
				  struct cen_error **err);

/** The modifier to send for a buffer: its own; CEN_MODIFIER_INVALID for a linear one where only that was offered. */
uint64_t cen_feedback_get_wire_modifier(const struct cen_feedback *feedback, uint32_t fourcc, uint64_t modifier);

#ifdef __cplusplus
}
#endif

#endif
