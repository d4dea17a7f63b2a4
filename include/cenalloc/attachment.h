/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_ATTACHMENT_H
#define CENALLOC_ATTACHMENT_H

#include <stdint.h>

#include <cenalloc/buffer.h>
#include <cenalloc/request.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Buffers that get their memory late: created empty, attached to by every device that will use them, and allocated when
 * the first of them maps. By then it is known what all of them need.
 *
 *     cen_buffer_create -> cen_buffer_attach, one per device -> cen_attachment_map (allocates), use, unmap; again
 *     -> cen_attachment_detach -> cen_buffer_unref
 *
 * Everything here is for any thread. Sources: the dma-buf RFC of 2011 for attach, map and their order, the cenalloc RFC
 * of 2014 for allocation at the first map. docs/buffers.md tells the whole life.
 */
struct cen_attachment;

/** When a device that comes late cannot use the memory: move to new memory, and copy the contents once. */
#define CEN_BUFFER_MIGRATE (1u << 0)
/** Show the memory to every attached device before it is used, as CEN_ALLOCATE_VERIFY does. */
#define CEN_BUFFER_VERIFY (1u << 1)

/**
 * A buffer without memory. request, which is copied, says size, formats, modifiers and policy; it has no usages and a
 * count of 1. Until there is memory the buffer has no format, no planes and no objects. flags: CEN_BUFFER_*.
 * Returns 0, or -EINVAL (CEN_ERROR_UNKNOWN_FLAG; CEN_ERROR_INCOMPLETE: no size; CEN_ERROR_ARGUMENT: usages or a count),
 * -ENOMEM.
 */
int cen_buffer_create(const struct cen_request *request, uint32_t flags, struct cen_buffer **out,
		      struct cen_error **err);

/**
 * Wait with the memory until so many devices are attached (at most CEN_MAX_USAGES; 0, as at first: whoever is attached at
 * the first map). A map before that is an order violation: cen_attachment_map() waits, cen_attachment_try_map() does not.
 * Returns 0, or -EINVAL (CEN_ERROR_ARGUMENT: more than CEN_MAX_USAGES; a buffer of cen_plan_allocate()).
 */
int cen_buffer_expect(struct cen_buffer *buffer, uint32_t count, struct cen_error **err);

/**
 * Everybody is attached: nobody waits any longer for those that cen_buffer_expect() told of, and who attaches from now
 * on comes late. Allocates nothing. Returns 0, or -EINVAL (a buffer of cen_plan_allocate()).
 */
int cen_buffer_freeze(struct cen_buffer *buffer, struct cen_error **err);

/**
 * Declare that a device of the request's machine will use the buffer, in pipeline order. The attachment keeps the buffer
 * alive. A device may attach more than once.
 *
 * Before there is memory the device's constraints join those of the others, and what could never be is refused at once.
 * After that the device comes late (an order violation): the memory is held against what it accepts. Where it does not
 * fit and the owner allowed it, the buffer migrates: contents are copied by the CPU, row by row, and every holder is told.
 *
 * Returns 0, or -EINVAL (CEN_ERROR_CONFLICT: no buffer can serve all of them, cen_error_get_conflict() says why;
 * CEN_ERROR_ARGUMENT: a buffer of cen_plan_allocate(), or of another machine), -EBUSY (CEN_ERROR_BUSY: there is memory
 * and it does not fit, or has to move while somebody maps it; the message says what and why), -E2BIG (more than
 * CEN_MAX_USAGES), -EDEADLK (from a moved handler), what cen_solve() returns; in a migration also what
 * cen_plan_allocate() returns. After a failure the buffer is as before.
 */
int cen_buffer_attach(struct cen_buffer *buffer, uint32_t usage, const struct cen_device *device,
		      struct cen_attachment **out, struct cen_error **err);

/** The same for a device that only the application knows: see cen_request_add_described(). */
int cen_buffer_attach_described(struct cen_buffer *buffer, uint32_t usage, const char *name,
				struct cen_capabilities *caps, struct cen_attachment **out, struct cen_error **err);

/**
 * The device will not use the buffer again for a while. The attachment is gone after a success, and with it its hold of
 * the buffer. Returns 0, or -EBUSY (CEN_ERROR_BUSY: it is mapped, an order violation) and -EDEADLK (from a moved
 * handler), which change nothing.
 */
int cen_attachment_detach(struct cen_attachment *attachment, struct cen_error **err);

/** What the device does between map and unmap. */
enum cen_direction {
	CEN_DIRECTION_TO_DEVICE = 1, /* it reads */
	CEN_DIRECTION_FROM_DEVICE = 2, /* it writes */
	CEN_DIRECTION_BOTH = 3,
};

/**
 * The device begins to use the buffer; the planes of the buffer are valid until unmap. The first map of a buffer
 * allocates: the plans are tried in their order until a source delivers. Maps of one attachment nest.
 *
 * Waits up to timeout_ms (-1: for ever) for devices that are expected, and for other threads that attach or allocate.
 * attachment NULL: the map of a buffer that nobody attached to.
 * Returns 0, or -EINVAL (CEN_ERROR_ARGUMENT: no attachment, or a direction that is none), -ETIMEDOUT (CEN_ERROR_BUSY: the
 * message says whom it waited for), -EOVERFLOW (2^31 maps), -EDEADLK (from a moved handler), what cen_plan_allocate()
 * returns for the last plan, with a message that names all that was tried.
 */
int cen_attachment_map(struct cen_attachment *attachment, uint32_t direction, int timeout_ms, struct cen_error **err);

/** The same without waiting: -EBUSY (CEN_ERROR_BUSY) where cen_attachment_map() would wait for devices or threads. */
int cen_attachment_try_map(struct cen_attachment *attachment, uint32_t direction, struct cen_error **err);

/** The device is done. Returns 0, or -EINVAL when it is not mapped, an order violation. */
int cen_attachment_unmap(struct cen_attachment *attachment, struct cen_error **err);

/** Borrowed. */
struct cen_buffer *cen_attachment_get_buffer(const struct cen_attachment *attachment);

/** One attachment, as it was when asked. */
struct cen_attachment_info {
	size_t size; /* sizeof(struct cen_attachment_info), set by the caller */
	uint32_t usage;
	uint32_t direction; /* of the last map; 0: never mapped */
	uint32_t maps; /* maps without an unmap */
	uint32_t reserved;
	char name[64]; /* path of the device or the name given; cut when longer */
};

/** Who uses the buffer: the n-th attachment in the order of attaching. Returns 0, or -EINVAL past the end. */
int cen_buffer_get_attachment_info(struct cen_buffer *buffer, uint32_t index, struct cen_attachment_info *out);

/** How often the buffer got memory: 0 before the first map, 1 after it, one more with each migration. */
uint32_t cen_buffer_get_generation(struct cen_buffer *buffer);

/**
 * Call handler when the buffer has migrated, on the thread that attached. The new planes are valid already; the old fds
 * are until every handler has returned. It may not attach, detach or map: -EDEADLK. NULL: nobody is told any more.
 */
void cen_attachment_set_moved_handler(struct cen_attachment *attachment,
				      void (*handler)(struct cen_attachment *attachment, uint32_t generation,
						      void *data),
				      void *data);

/**
 * Calls in the wrong order: map before everybody is attached, map without an attachment, attach after the memory was
 * made or frozen, detach while mapped, unmap without map. Each is also logged as a warning of topic "order" with the
 * device, the call and the caller (program or library, function, offset).
 */
uint32_t cen_buffer_get_violation_count(struct cen_buffer *buffer);
/** The same for all buffers of the context, those without an attachment too. */
uint32_t cen_context_get_violation_count(struct cen_context *ctx);

#ifdef __cplusplus
}
#endif

#endif
