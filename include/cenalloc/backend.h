/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_BACKEND_H
#define CENALLOC_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#include <cenalloc/capability.h>
#include <cenalloc/constraint.h>
#include <cenalloc/format.h>
#include <cenalloc/machine.h>
#include <cenalloc/region-algorithm.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The plug-in ABI: a contract between the library (the host) and a backend, built in or loaded.
 *
 * What may change. Every struct below begins with its size and grows only at its tail; a field is never removed,
 * moved or given another meaning. A new field raises CEN_BACKEND_ABI. The prototype of the entry point is frozen; an
 * incompatible generation would be cen_backend_entry_v2 beside it.
 *
 * Which version is spoken: the lower of the two. Host 4, backend 3: both keep to 3, the host reads no field past the
 * size the backend states. Host 3, backend 4: the backend is told 3 by its entry point and keeps to it, or returns
 * -EPROTONOSUPPORT when it cannot.
 *
 * Who owns what. Descriptors are borrowed for the call, strings included: each side copies what it keeps. File
 * descriptors that allocate() returns belong to the host; those in try_import() stay the host's.
 *
 * Trust. The host checks everything: names, sizes, every plane against its object. A backend that breaks the contract
 * is reported, skipped and never hides another. It stays loaded until the process ends.
 *
 * Threads. The host serialises all calls of one context, but for sync(), which may wait: several threads may be in it
 * while another operation runs, so it only reads what open() and list() have written. try_import() may run in a forked
 * child process with a time limit (15 s): it must not rely on another thread.
 *
 * Error returns are negative errnos. Before a failure is returned the backend may say more with cen_host.fail().
 */

#define CEN_BACKEND_ABI 4u

/** The operation under way, by which a backend gives its answers. Opaque; valid during the call only. */
struct cen_call;

/** A device that the backend knows. */
struct cen_device_desc {
	size_t size;
	uint64_t cookie; /* the backend's own; given back unchanged */
	uint64_t devnum; /* st_rdev of the node; 0: none */
	const char *path; /* node, or a unique name; required */
	const char *name; /* what the driver calls it; required */
	const char *driver; /* kernel driver; may be NULL */
	const char *access_help; /* may be NULL */
	uint32_t usages; /* CEN_USAGE_BIT()s; 0 is allowed when access is not */
	int32_t access; /* 0 or a negative errno */
	const char *id; /* as cen_device_get_id() tells it; at most 127 bytes; may be NULL; since 4 */
};

/** A fourcc and modifier that a source lays out itself. */
struct cen_source_format {
	uint32_t fourcc;
	uint32_t reserved;
	uint64_t modifier;
};

/** A source of buffers. */
struct cen_source_desc {
	size_t size;
	uint64_t cookie;
	uint64_t exporter; /* st_rdev of the device whose own allocator this is; 0: none */
	const char *name; /* unique in the machine, without '/' unless it is a device's path; required */
	const char *path; /* may be NULL */
	const char *access_help; /* may be NULL */
	const char *note; /* how the memory class is known; may be NULL */
	int32_t access; /* 0 or a negative errno */
	uint32_t provenance; /* of the memory class */
	uint32_t segments; /* 1: always one physical piece; 0: any number */
	uint32_t placement; /* CEN_PLACEMENT_*, exactly one bit */
	uint32_t is_mappable; /* 1: the CPU can map it */
	uint32_t is_cached; /* 1: CPU mappings are cached */
	uint32_t fd_mode; /* CEN_FD_* of the fds it returns; in allocate(), since 3, the mode that is wanted */
	uint32_t cost; /* scarcity: 10 plenty, 100 precious; the order in which sources are tried */
	uint64_t address_max; /* highest physical address it may hand out; 0: not known */
	uint64_t segment_bytes; /* pieces are at least this large; 0: the page size */
	uint64_t max_bytes; /* the largest buffer; 0: not known */
	uint64_t free_bytes; /* 0: not known */
	const struct cen_source_format *formats; /* vendor layouts that it makes; linear ones go without saying */
	size_t format_count;
	uint32_t flags; /* CEN_SOURCE_*; since 3 */
	uint32_t reserved;
};

/** allocate() goes by objects[].size alone: any number of bytes, which need not be an image. Since 3. */
#define CEN_SOURCE_BYTES (1u << 0)
/** The backend's carver makes dma-bufs of parts of its memory. With CEN_SOURCE_BYTES only. Since 3. */
#define CEN_SOURCE_CARVED (1u << 1)

/** Who exports its dma-bufs, of CEN_EXPORTER_*: at most one of these; none is other. Since 4. */
#define CEN_SOURCE_HEAP (1u << 2)
#define CEN_SOURCE_UDMABUF (1u << 3)
#define CEN_SOURCE_DRM (1u << 4)
#define CEN_SOURCE_V4L2 (1u << 5)

/** What the host wants described. */
struct cen_query {
	size_t size;
	uint32_t usage; /* enum cen_usage */
	uint32_t flags; /* CEN_QUERY_* */
	uint32_t width, height; /* 0, 0: the size the device has now */
	const uint32_t *fourccs; /* only these; none: all */
	size_t fourcc_count;
};

/** Only calls without a side effect on the device. */
#define CEN_QUERY_PASSIVE (1u << 0)

/** One plane of an image. */
struct cen_image_plane {
	uint32_t object;
	uint32_t reserved;
	uint64_t offset; /* bytes */
	uint64_t stride; /* bytes */
};

/** One dma-buf of an image. */
struct cen_image_object {
	int32_t fd; /* -1 in a wish */
	uint32_t reserved;
	uint64_t size; /* bytes */
};

/** An image: a wish for allocate(), a fact otherwise. Passed in arrays, so this one never grows. */
struct cen_image_desc {
	size_t size;
	uint32_t fourcc;
	uint32_t width, height; /* pixels */
	uint32_t plane_count; /* 0 in a wish for a vendor modifier: the source decides */
	uint64_t modifier;
	uint32_t object_count;
	uint32_t reserved;
	struct cen_image_plane planes[CEN_MAX_PLANES];
	struct cen_image_object objects[CEN_MAX_PLANES];
};

/** Which event of zwp_linux_dmabuf_feedback_v1, or of zwp_linux_dmabuf_v1 before version 4. Since 2. */
enum cen_feedback_event_kind {
	CEN_FEEDBACK_EVENT_MODIFIER = 1, /* value: the fourcc; modifier */
	CEN_FEEDBACK_EVENT_FORMAT_TABLE = 2, /* fd, which is borrowed; value: the size */
	CEN_FEEDBACK_EVENT_MAIN_DEVICE = 3, /* data */
	CEN_FEEDBACK_EVENT_TARGET_DEVICE = 4, /* data */
	CEN_FEEDBACK_EVENT_FLAGS = 5, /* value */
	CEN_FEEDBACK_EVENT_FORMATS = 6, /* data: the indices */
	CEN_FEEDBACK_EVENT_TRANCHE_DONE = 7,
	CEN_FEEDBACK_EVENT_DONE = 8, /* for versions before 4, too: after the last modifier */
};

/** What a Wayland compositor sent, as it came and not checked. Since 2. */
struct cen_feedback_event {
	size_t size;
	uint32_t kind; /* enum cen_feedback_event_kind */
	int32_t fd; /* -1 where the event has none */
	uint32_t value;
	uint32_t reserved;
	uint64_t modifier;
	const void *data; /* borrowed */
	size_t data_bytes;
};

/** The services of the host. Valid from open() to close(). */
struct cen_host {
	size_t size;
	uint32_t abi; /* what this host speaks */
	uint32_t reserved;

	/** From list(): one device or source. Returns 0, -EINVAL (not acceptable, logged), -EEXIST, -ENOMEM. */
	int (*add_device)(struct cen_call *call, const struct cen_device_desc *desc);
	int (*add_source)(struct cen_call *call, const struct cen_source_desc *desc);

	/** From describe(): one alternative. Returns as cen_capabilities_add(). */
	int (*add_capability)(struct cen_call *call, const struct cen_capability *capability);

	/** From describe(): one line on what could not be learned and why. */
	void (*add_note)(struct cen_call *call, const char *text);

	/**
	 * From any operation, before it returns a failure: the system call, its errno (positive) and a sentence; call
	 * may be NULL. Returns -errnum, so that "return host->fail(...)" reads well.
	 */
	int (*fail)(struct cen_call *call, const char *syscall, int errnum, const char *message);

	/** From any operation: a message to the context's log; level: enum cen_log_level. */
	void (*log)(struct cen_call *call, uint32_t level, const char *message);

	/** Whether the application set this option of the backend; NULL where not. See docs/env-vars.md. */
	const char *(*get_option)(struct cen_call *call, const char *name);

	/** Facts about a fourcc: cen_format_get_info(). */
	const struct cen_format_info *(*get_format_info)(uint32_t fourcc);

	/**
	 * Since 2. From describe() and try_import(): what a compositor says, one event after the other, as feedback.h
	 * has a function for each. In describe(), DONE adds the capabilities for the usage asked about.
	 * Returns as that function; fail() has been called then.
	 */
	int (*add_feedback)(struct cen_call *call, const struct cen_feedback_event *event);

	/** Since 2. After DONE, in the same operation: cen_feedback_get_wire_modifier(). */
	uint64_t (*get_wire_modifier)(struct cen_call *call, uint32_t fourcc, uint64_t modifier);
};

/** What sync() is to do with a timeline, which is a drm_syncobj as a file descriptor. Since 3. */
enum cen_sync_action {
	CEN_SYNC_CREATE = 1, /* out_fd: a new timeline */
	CEN_SYNC_IMPORT_FENCE =
		2, /* point is signalled when the sync_file fence is; -EINVAL: a later one was submitted */
	CEN_SYNC_EXPORT_FENCE = 3, /* out_fd: a sync_file for point; -EAGAIN: nobody has submitted it yet */
	CEN_SYNC_SIGNAL = 4, /* point is signalled now; -EINVAL as above */
	CEN_SYNC_WAIT = 5, /* until point is signalled, submitted or not; -ETIME after deadline_ns */
	CEN_SYNC_QUERY = 6, /* point: the last one that is signalled */
	CEN_SYNC_NOTIFY = 7, /* the eventfd in fence is raised when point is signalled, submitted or not */
};

/** Since 3. */
struct cen_sync_op {
	size_t size;
	uint32_t action; /* enum cen_sync_action */
	int32_t timeline; /* borrowed; -1 for CREATE */
	int32_t fence; /* borrowed; -1 where the action has none */
	int32_t out_fd; /* answer: the host's */
	uint64_t point; /* not 0, but for CREATE and QUERY, whose answer it is */
	int64_t deadline_ns; /* CLOCK_MONOTONIC, may be over; INT64_MAX: never */
};

/** The operations of a backend: a const table. Operations marked optional may be NULL. */
struct cen_backend {
	size_t size; /* sizeof(struct cen_backend) as the backend was compiled */
	uint32_t abi; /* CEN_BACKEND_ABI as the backend was compiled */
	uint32_t priority; /* order of discovery, lower first; 100 where it does not matter */
	const char *name; /* letters, digits, '-'; at most 31 */
	const char *description; /* one line */

	/** Optional. Called once a context. *state is given to every other operation. */
	int (*open)(const struct cen_host *host, struct cen_call *call, void **state);
	/** Optional. */
	void (*close)(void *state);

	/** Name the devices and sources there are: host->add_device(), host->add_source(). */
	int (*list)(void *state, struct cen_call *call);

	/**
	 * Optional; needed when list() adds devices. Say what the device accepts: host->add_capability(). Sizes that it
	 * cannot do are described with WIDTH and HEIGHT constraints, so that the conflict can name them; a format that
	 * it does not have is left out; a usage that it cannot do, or does not know, is refused with -EOPNOTSUPP. Device
	 * state is afterwards as before.
	 */
	int (*describe)(void *state, struct cen_call *call, const struct cen_device_desc *device,
			const struct cen_query *query);

	/** Optional. Import the image as the usage would and undo it. 0: taken; negative errno: refused. */
	int (*try_import)(void *state, struct cen_call *call, const struct cen_device_desc *device, uint32_t usage,
			  const struct cen_image_desc *image);

	/**
	 * Optional; needed when list() adds sources. Fill out[0..count-1]. For a linear wish the layout is the host's
	 * and only objects[].fd and objects[].size (at least what was wished) are filled in by the source. All or
	 * nothing: a failure closes what was made. *made receives how many there were, also on failure.
	 */
	int (*allocate)(void *state, struct cen_call *call, const struct cen_source_desc *source,
			const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out, uint32_t *made);

	/** Optional, since 3. Algorithms that regions can name. */
	const struct cen_region_algorithm *const *algorithms;
	size_t algorithm_count;

	/** Optional, since 3. Called for sources of this backend that have CEN_SOURCE_CARVED. */
	const struct cen_carver *carver;

	/**
	 * Optional, since 3. Timelines of fences. -EOPNOTSUPP: the device has none; -EINVAL: op->timeline is none. A
	 * timeline is not bound to the device that made it: the host may pass one of another device or process.
	 */
	int (*sync)(void *state, struct cen_call *call, const struct cen_device_desc *device, struct cen_sync_op *op);
};

/**
 * The one symbol that a plug-in exports. host_abi is CEN_BACKEND_ABI of the host. Sets *out to a table that lives as
 * long as the process. Returns 0, or -EPROTONOSUPPORT when the backend needs a newer host.
 */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
int cen_backend_entry_v1(uint32_t host_abi, const struct cen_backend **out);

/** A backend that is linked into the library gets an entry point of its own name; the code is the same. */
#ifdef CEN_BACKEND_BUILTIN
#define CEN_BACKEND_ENTRY(name) int cen_backend_entry_v1_##name(uint32_t host_abi, const struct cen_backend **out)
#else
#define CEN_BACKEND_ENTRY(name) int cen_backend_entry_v1(uint32_t host_abi, const struct cen_backend **out)
#endif

#ifdef __cplusplus
}
#endif

#endif
