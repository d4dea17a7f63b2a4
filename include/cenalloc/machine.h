/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_MACHINE_H
#define CENALLOC_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#include <cenalloc/capability.h>
#include <cenalloc/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The devices, heaps and permissions at hand, as they were when the machine was made. Devices and sources are
 * borrowed from it and live as long as it does.
 */
struct cen_machine;
/** Something that touches buffers: a V4L2 queue, a KMS device, the CPU. */
struct cen_device;
/** Something that allocates buffers: a heap, udmabuf, a device's own allocator. */
struct cen_source;
struct cen_context;
struct cen_buffer;

/** What a device does with a buffer. */
enum cen_usage {
	CEN_USAGE_CAPTURE = 0, /* a camera or another V4L2 CAPTURE queue writes it */
	CEN_USAGE_OUTPUT = 1, /* a V4L2 OUTPUT queue reads it */
	CEN_USAGE_ENCODE = 2, /* an encoder reads pictures */
	CEN_USAGE_DECODE = 3, /* a decoder writes pictures */
	CEN_USAGE_TEXTURE = 4, /* a GPU samples it */
	CEN_USAGE_RENDER = 5, /* a GPU draws into it */
	CEN_USAGE_SCANOUT = 6, /* a KMS primary or overlay plane shows it */
	CEN_USAGE_CURSOR = 7, /* a KMS cursor plane shows it */
	CEN_USAGE_WRITEBACK = 8, /* a KMS writeback connector writes it */
	CEN_USAGE_CPU_READ = 9, /* this process reads it through mmap() */
	CEN_USAGE_CPU_WRITE = 10, /* this process writes it through mmap() */
};

#define CEN_USAGE_BIT(usage) (1u << (usage))

/** "capture", "cpu-read", ...; NULL for a number that is no usage. */
const char *cen_usage_get_name(uint32_t usage);

/** Returns 0 and the usage, or -EINVAL. */
int cen_usage_from_string(const char *text, uint32_t *usage);

/** Use only calls without a side effect: nothing is allocated or set on any device, and more stays unknown. */
#define CEN_MACHINE_PASSIVE (1u << 0)

/**
 * Look at the running machine. Loads the plug-ins on first use. A backend that fails is logged and left out.
 * flags: CEN_MACHINE_*.
 * Returns 0, or -EINVAL (CEN_ERROR_UNKNOWN_FLAG), -ENOMEM.
 */
int cen_machine_create_live(struct cen_context *ctx, uint32_t flags, struct cen_machine **out, struct cen_error **err);

/**
 * A machine as a file describes it (docs/machine-file.md): a board that is not here, or another kernel. What its devices
 * accept is what the file says; nothing is opened or probed, and nothing can be allocated. flags: CEN_MACHINE_*, of no
 * effect.
 * Returns 0, or -EINVAL (CEN_ERROR_SYNTAX: the message has file, line and path; CEN_ERROR_ARGUMENT: not a regular file,
 * or larger than 4 MiB; CEN_ERROR_UNKNOWN_FLAG), CEN_ERROR_SYSTEM with the errno of open() or read(), -ENOMEM.
 */
int cen_machine_create_file(struct cen_context *ctx, const char *path, uint32_t flags, struct cen_machine **out,
			    struct cen_error **err);
/** The same from memory; name stands for the file's in messages. */
int cen_machine_create_text(struct cen_context *ctx, const char *name, const char *text, size_t bytes, uint32_t flags,
			    struct cen_machine **out, struct cen_error **err);

/** NULL is allowed. */
void cen_machine_destroy(struct cen_machine *machine);

size_t cen_machine_get_device_count(const struct cen_machine *machine);
/** NULL past the end. The CPU is always the last device. */
const struct cen_device *cen_machine_get_device(const struct cen_machine *machine, size_t index);

/**
 * Find a device by its node ("/dev/video0"; another path to the same node will do) or name ("cpu"). A node that several
 * backends know is several devices: the first is found, or with a backend in front ("vulkan:/dev/dri/renderD128") the
 * one of that backend.
 * Returns 0, or -ENODEV (CEN_ERROR_UNKNOWN_DEVICE; the message lists what there is), -EINVAL, -ENOMEM.
 */
int cen_machine_find_device(const struct cen_machine *machine, const char *path, const struct cen_device **out,
			    struct cen_error **err);

/**
 * Find a device by a dev_t, as a Wayland compositor names it: a node of this number that has the usage, otherwise
 * another node of the same hardware that has it (a render node for its primary node, and the other way round).
 * Returns 0, -EINVAL (CEN_ERROR_UNKNOWN_FLAG: not a usage), or -ENODEV (CEN_ERROR_UNKNOWN_DEVICE: the message says what
 * the number is here).
 */
int cen_machine_find_devnum(const struct cen_machine *machine, uint64_t devnum, uint32_t usage,
			    const struct cen_device **out, struct cen_error **err);

size_t cen_machine_get_source_count(const struct cen_machine *machine);
/** NULL past the end. */
const struct cen_source *cen_machine_get_source(const struct cen_machine *machine, size_t index);

/**
 * Find a source by its name: "system", "default_cma_region", "udmabuf", a device's own by its path.
 * Returns 0, or -ENODEV (CEN_ERROR_UNKNOWN_DEVICE; the message lists what there is), -EINVAL, -ENOMEM.
 */
int cen_machine_find_source(const struct cen_machine *machine, const char *name, const struct cen_source **out,
			    struct cen_error **err);

/** The device node, or the name where there is none. Never NULL. */
const char *cen_device_get_path(const struct cen_device *device);
/** What the driver calls the device, "vivid-000". Never NULL. */
const char *cen_device_get_name(const struct cen_device *device);
/** The kernel driver; NULL where unknown. */
const char *cen_device_get_driver(const struct cen_device *device);
/**
 * Which hardware it is, for telling models apart: "pci:10de:2684" (vendor and device), "usb:046d:0825",
 * "of:rockchip,rk3399-vop-big" (the first compatible string), "platform:vivid". Never a serial number. NULL where unknown.
 */
const char *cen_device_get_id(const struct cen_device *device);
/** The backend that knows the device. Never NULL. */
const char *cen_device_get_backend(const struct cen_device *device);
/** What it can be used for: CEN_USAGE_BIT()s. */
uint32_t cen_device_get_usages(const struct cen_device *device);
/** 0 when this process may use it, otherwise a negative errno. */
int cen_device_get_access(const struct cen_device *device);
/** What would give access: group, mode, udev rule. NULL when there is nothing to say. */
const char *cen_device_get_access_help(const struct cen_device *device);

/**
 * Ask what a device accepts for a usage, at a size (0, 0: the size it has now) and for some formats (none: all).
 * notes, where not NULL, receives one text of lines about what could not be learned and about what quirks changed (docs/quirks.md; these begin with
 * "quirk "), which the caller frees; NULL
 * where nothing is missing. The set is the caller's.
 * Returns 0, or a negative errno: CEN_ERROR_USAGE (the device cannot do it), CEN_ERROR_PERMISSION,
 * CEN_ERROR_DEVICE_LOST, CEN_ERROR_BUSY, CEN_ERROR_SYSTEM, CEN_ERROR_NO_MEMORY; for a bad call CEN_ERROR_ARGUMENT
 * (size), CEN_ERROR_UNKNOWN_FLAG (usage), CEN_ERROR_UNKNOWN_FORMAT, CEN_ERROR_UNKNOWN_DEVICE (of another machine).
 */
int cen_machine_describe(struct cen_machine *machine, const struct cen_device *device, uint32_t usage, uint32_t width,
			 uint32_t height, const uint32_t *fourccs, size_t fourcc_count, struct cen_capabilities **out,
			 char **notes, struct cen_error **err);

/**
 * Show count buffers, 1 to 64, to a device as it would be used, and take them back: the trial of CEN_ALLOCATE_VERIFY,
 * for one device and for buffers of any origin, also where a solve would rule them out. In a process of its own, with
 * 15 s for each buffer. Buffers that get their memory late must not move meanwhile. Any thread; backends are called
 * under the context's lock.
 * Returns 0 when all were taken, or -ENODEV (CEN_ERROR_UNKNOWN_DEVICE: of another machine), -EINVAL
 * (CEN_ERROR_UNKNOWN_FLAG: not a usage; CEN_ERROR_ARGUMENT: count, or a buffer without memory), -EOPNOTSUPP
 * (CEN_ERROR_USAGE: the device lacks the usage, or nothing can try it), CEN_ERROR_IMPORT with the device's errno, its
 * call and the bytes wanted and held, CEN_ERROR_SYSTEM (no process could be made), -ENOMEM.
 */
int cen_machine_try_import(struct cen_machine *machine, const struct cen_device *device, uint32_t usage,
			   struct cen_buffer *const *buffers, uint32_t count, struct cen_error **err);

/** Facts about a source of buffers. */
struct cen_source_info {
	size_t size; /* sizeof(struct cen_source_info), set by the caller */
	const char *name; /* "system", "default_cma_region", "udmabuf", "/dev/video0"; never NULL */
	const char *path; /* the file that is opened; NULL where there is none */
	const char *backend; /* never NULL */
	int32_t access; /* 0, or the negative errno that opening gives */
	uint32_t segments; /* 1: every buffer is one physical piece; 0: in any number of pieces */
	uint32_t placement; /* CEN_PLACEMENT_*, one bit */
	uint32_t is_mappable; /* 1: the CPU can map it */
	uint64_t max_bytes; /* the largest buffer; 0: not known */
	uint64_t free_bytes; /* what is free now; 0: not known */
	const char *access_help; /* what would give access; may be NULL */
	const char *note; /* how the memory class is known; may be NULL */
	uint32_t provenance; /* of segments: CEN_PROVENANCE_ASSUMED where nobody said */
	uint32_t has_bytes; /* 1: gives plain memory too: cen_heap_alloc() */
};

/** Returns 0, or -EINVAL for a struct that is too small. */
int cen_source_get_info(const struct cen_source *source, struct cen_source_info *out);

#ifdef __cplusplus
}
#endif

#endif
