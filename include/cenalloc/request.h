/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_REQUEST_H
#define CENALLOC_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include <cenalloc/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the application wants. */
struct cen_request;

/** The most usages one request holds. */
#define CEN_MAX_USAGES 64

/** An empty request on a machine, which it keeps alive. Returns 0 or -ENOMEM. */
int cen_request_create(struct cen_machine *machine, struct cen_request **out);

/** NULL is allowed. */
void cen_request_destroy(struct cen_request *request);

/** Size in pixels. Returns 0, or -EINVAL (CEN_ERROR_ARGUMENT: 0, or more than 65536). */
int cen_request_set_size(struct cen_request *request, uint32_t width, uint32_t height, struct cen_error **err);

/** How many equal buffers, 1 to 64; 1 until set. Returns 0 or -EINVAL (CEN_ERROR_ARGUMENT). */
int cen_request_set_count(struct cen_request *request, uint32_t count, struct cen_error **err);

/**
 * Accept a format; the first added is liked best. With no format at all every format is accepted.
 * Returns 0, or -EINVAL (CEN_ERROR_UNKNOWN_FORMAT), -EEXIST (added already), -ENOMEM.
 */
int cen_request_add_format(struct cen_request *request, uint32_t fourcc, struct cen_error **err);

/**
 * Accept only the modifiers added; with none added every modifier but CEN_MODIFIER_INVALID.
 * Returns 0, -EEXIST or -ENOMEM.
 */
int cen_request_add_modifier(struct cen_request *request, uint64_t modifier, struct cen_error **err);

/**
 * Add a device of the machine and what it does with the buffer, in pipeline order. One device may have several usages.
 * Where the device lacks the usage and other backends know its node, the first of them that has the usage is taken.
 * Returns 0, or -EINVAL (CEN_ERROR_UNKNOWN_FLAG: not a usage), -EOPNOTSUPP (CEN_ERROR_USAGE: the device cannot do it;
 * the message lists what it can), -EEXIST (CEN_ERROR_ARGUMENT: this device has this usage already),
 * -E2BIG (CEN_ERROR_ARGUMENT: more than CEN_MAX_USAGES), -ENOMEM.
 */
int cen_request_add_usage(struct cen_request *request, uint32_t usage, const struct cen_device *device,
			  struct cen_error **err);

/**
 * Add a device that only the application knows, under a name of its choice. caps is frozen and kept.
 * Returns as cen_request_add_usage().
 */
int cen_request_add_described(struct cen_request *request, uint32_t usage, const char *name,
			      struct cen_capabilities *caps, struct cen_error **err);

/**
 * Add a constraint of the application's own (provenance policy), for example CEN_CONSTRAINT_HEAP.
 * Returns 0, or -EINVAL (CEN_ERROR_ARGUMENT or CEN_ERROR_UNKNOWN_FLAG), -ERANGE (CEN_ERROR_OVERFLOW: it does not merge
 * with those added), -ENOMEM.
 */
int cen_request_add_constraint(struct cen_request *request, const struct cen_constraint *constraint,
			       struct cen_error **err);

/**
 * Say that the application copies each frame so many times after this buffer (0 until set; at most 16), for example
 * into the shared memory of a compositor that takes no dma-bufs. Plans carry the number and the note among their
 * reasons. The note is copied; it may be NULL.
 * Returns 0, -EINVAL (CEN_ERROR_ARGUMENT) or -ENOMEM.
 */
int cen_request_set_copies(struct cen_request *request, uint32_t copies, const char *note, struct cen_error **err);

/**
 * A described device accepts something else from now on. caps is frozen and kept.
 * Returns 0, or -ENODEV (CEN_ERROR_UNKNOWN_DEVICE: no described device of this name has this usage).
 */
int cen_request_replace_described(struct cen_request *request, uint32_t usage, const char *name,
				  struct cen_capabilities *caps, struct cen_error **err);

size_t cen_request_get_usage_count(const struct cen_request *request);
/** The usage, and the device's path or the name given. Returns 0 or -EINVAL for an index out of range. */
int cen_request_get_usage(const struct cen_request *request, size_t index, uint32_t *usage, const char **name);

#ifdef __cplusplus
}
#endif

#endif
