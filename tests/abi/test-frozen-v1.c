/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The structs of the plug-in ABI as generation 1 had them, frozen. A plug-in that was compiled against them must go on
 * working: what backend.h has now begins with the same fields at the same places. Never change a struct here; a new
 * generation adds its own file.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include <cenalloc/backend.h>

#include "same-field.h"

struct frozen_format_plane_v1 {
	uint8_t block_bytes;
	uint8_t block_width;
	uint8_t hsub;
	uint8_t vsub;
};

struct frozen_format_info_v1 {
	uint32_t fourcc;
	uint8_t plane_count;
	bool is_yuv;
	bool has_alpha;
	uint8_t reserved;
	struct frozen_format_plane_v1 planes[CEN_MAX_PLANES];
	const char *description;
};

struct frozen_constraint_v1 {
	uint32_t kind;
	uint32_t plane;
	uint64_t value;
	uint32_t provenance;
	uint32_t reserved;
	const char *note;
};

struct frozen_capability_v1 {
	size_t size;
	uint32_t fourcc;
	uint32_t preference;
	uint64_t modifier;
	const struct cen_constraint *constraints;
	size_t constraint_count;
};

struct frozen_device_desc_v1 {
	size_t size;
	uint64_t cookie;
	uint64_t devnum;
	const char *path;
	const char *name;
	const char *driver;
	const char *access_help;
	uint32_t usages;
	int32_t access;
};

struct frozen_source_format_v1 {
	uint32_t fourcc;
	uint32_t reserved;
	uint64_t modifier;
};

struct frozen_source_desc_v1 {
	size_t size;
	uint64_t cookie;
	uint64_t exporter;
	const char *name;
	const char *path;
	const char *access_help;
	const char *note;
	int32_t access;
	uint32_t provenance;
	uint32_t segments;
	uint32_t placement;
	uint32_t is_mappable;
	uint32_t is_cached;
	uint32_t fd_mode;
	uint32_t cost;
	uint64_t address_max;
	uint64_t segment_bytes;
	uint64_t max_bytes;
	uint64_t free_bytes;
	const struct cen_source_format *formats;
	size_t format_count;
};

struct frozen_query_v1 {
	size_t size;
	uint32_t usage;
	uint32_t flags;
	uint32_t width, height;
	const uint32_t *fourccs;
	size_t fourcc_count;
};

struct frozen_image_plane_v1 {
	uint32_t object;
	uint32_t reserved;
	uint64_t offset;
	uint64_t stride;
};

struct frozen_image_object_v1 {
	int32_t fd;
	uint32_t reserved;
	uint64_t size;
};

struct frozen_image_desc_v1 {
	size_t size;
	uint32_t fourcc;
	uint32_t width, height;
	uint32_t plane_count;
	uint64_t modifier;
	uint32_t object_count;
	uint32_t reserved;
	struct frozen_image_plane_v1 planes[CEN_MAX_PLANES];
	struct frozen_image_object_v1 objects[CEN_MAX_PLANES];
};

struct frozen_host_v1 {
	size_t size;
	uint32_t abi;
	uint32_t reserved;
	int (*add_device)(struct cen_call *call, const struct cen_device_desc *desc);
	int (*add_source)(struct cen_call *call, const struct cen_source_desc *desc);
	int (*add_capability)(struct cen_call *call, const struct cen_capability *capability);
	void (*add_note)(struct cen_call *call, const char *text);
	int (*fail)(struct cen_call *call, const char *syscall, int errnum, const char *message);
	void (*log)(struct cen_call *call, uint32_t level, const char *message);
	const char *(*get_option)(struct cen_call *call, const char *name);
	const struct cen_format_info *(*get_format_info)(uint32_t fourcc);
};

struct frozen_backend_v1 {
	size_t size;
	uint32_t abi;
	uint32_t priority;
	const char *name;
	const char *description;
	int (*open)(const struct cen_host *host, struct cen_call *call, void **state);
	void (*close)(void *state);
	int (*list)(void *state, struct cen_call *call);
	int (*describe)(void *state, struct cen_call *call, const struct cen_device_desc *device,
			const struct cen_query *query);
	int (*try_import)(void *state, struct cen_call *call, const struct cen_device_desc *device, uint32_t usage,
			  const struct cen_image_desc *image);
	int (*allocate)(void *state, struct cen_call *call, const struct cen_source_desc *source,
			const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out, uint32_t *made);
};

SAME_FIELD(cen_format_plane, frozen_format_plane_v1, block_bytes);
SAME_FIELD(cen_format_plane, frozen_format_plane_v1, block_width);
SAME_FIELD(cen_format_plane, frozen_format_plane_v1, hsub);
SAME_FIELD(cen_format_plane, frozen_format_plane_v1, vsub);
static_assert(sizeof(struct cen_format_plane) == sizeof(struct frozen_format_plane_v1),
	      "cen_format_plane stands in arrays: it never grows");

SAME_FIELD(cen_format_info, frozen_format_info_v1, fourcc);
SAME_FIELD(cen_format_info, frozen_format_info_v1, plane_count);
SAME_FIELD(cen_format_info, frozen_format_info_v1, is_yuv);
SAME_FIELD(cen_format_info, frozen_format_info_v1, has_alpha);
SAME_FIELD(cen_format_info, frozen_format_info_v1, reserved);
SAME_FIELD(cen_format_info, frozen_format_info_v1, planes);
SAME_FIELD(cen_format_info, frozen_format_info_v1, description);
static_assert(sizeof(struct cen_format_info) == sizeof(struct frozen_format_info_v1),
	      "cen_format_info stands in arrays: it never grows");

SAME_FIELD(cen_constraint, frozen_constraint_v1, kind);
SAME_FIELD(cen_constraint, frozen_constraint_v1, plane);
SAME_FIELD(cen_constraint, frozen_constraint_v1, value);
SAME_FIELD(cen_constraint, frozen_constraint_v1, provenance);
SAME_FIELD(cen_constraint, frozen_constraint_v1, reserved);
SAME_FIELD(cen_constraint, frozen_constraint_v1, note);
static_assert(sizeof(struct cen_constraint) == sizeof(struct frozen_constraint_v1),
	      "cen_constraint stands in arrays: it never grows");

SAME_FIELD(cen_capability, frozen_capability_v1, size);
SAME_FIELD(cen_capability, frozen_capability_v1, fourcc);
SAME_FIELD(cen_capability, frozen_capability_v1, preference);
SAME_FIELD(cen_capability, frozen_capability_v1, modifier);
SAME_FIELD(cen_capability, frozen_capability_v1, constraints);
SAME_FIELD(cen_capability, frozen_capability_v1, constraint_count);
static_assert(sizeof(struct cen_capability) >= sizeof(struct frozen_capability_v1), "cen_capability has shrunk");

SAME_FIELD(cen_device_desc, frozen_device_desc_v1, size);
SAME_FIELD(cen_device_desc, frozen_device_desc_v1, cookie);
SAME_FIELD(cen_device_desc, frozen_device_desc_v1, devnum);
SAME_FIELD(cen_device_desc, frozen_device_desc_v1, path);
SAME_FIELD(cen_device_desc, frozen_device_desc_v1, name);
SAME_FIELD(cen_device_desc, frozen_device_desc_v1, driver);
SAME_FIELD(cen_device_desc, frozen_device_desc_v1, access_help);
SAME_FIELD(cen_device_desc, frozen_device_desc_v1, usages);
SAME_FIELD(cen_device_desc, frozen_device_desc_v1, access);
static_assert(sizeof(struct cen_device_desc) >= sizeof(struct frozen_device_desc_v1), "cen_device_desc has shrunk");

SAME_FIELD(cen_source_format, frozen_source_format_v1, fourcc);
SAME_FIELD(cen_source_format, frozen_source_format_v1, reserved);
SAME_FIELD(cen_source_format, frozen_source_format_v1, modifier);
static_assert(sizeof(struct cen_source_format) == sizeof(struct frozen_source_format_v1),
	      "cen_source_format stands in arrays: it never grows");

SAME_FIELD(cen_source_desc, frozen_source_desc_v1, size);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, cookie);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, exporter);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, name);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, path);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, access_help);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, note);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, access);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, provenance);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, segments);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, placement);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, is_mappable);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, is_cached);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, fd_mode);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, cost);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, address_max);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, segment_bytes);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, max_bytes);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, free_bytes);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, formats);
SAME_FIELD(cen_source_desc, frozen_source_desc_v1, format_count);
static_assert(sizeof(struct cen_source_desc) >= sizeof(struct frozen_source_desc_v1), "cen_source_desc has shrunk");

SAME_FIELD(cen_query, frozen_query_v1, size);
SAME_FIELD(cen_query, frozen_query_v1, usage);
SAME_FIELD(cen_query, frozen_query_v1, flags);
SAME_FIELD(cen_query, frozen_query_v1, width);
SAME_FIELD(cen_query, frozen_query_v1, height);
SAME_FIELD(cen_query, frozen_query_v1, fourccs);
SAME_FIELD(cen_query, frozen_query_v1, fourcc_count);
static_assert(sizeof(struct cen_query) >= sizeof(struct frozen_query_v1), "cen_query has shrunk");

SAME_FIELD(cen_image_plane, frozen_image_plane_v1, object);
SAME_FIELD(cen_image_plane, frozen_image_plane_v1, reserved);
SAME_FIELD(cen_image_plane, frozen_image_plane_v1, offset);
SAME_FIELD(cen_image_plane, frozen_image_plane_v1, stride);
static_assert(sizeof(struct cen_image_plane) == sizeof(struct frozen_image_plane_v1),
	      "cen_image_plane stands in arrays: it never grows");

SAME_FIELD(cen_image_object, frozen_image_object_v1, fd);
SAME_FIELD(cen_image_object, frozen_image_object_v1, reserved);
SAME_FIELD(cen_image_object, frozen_image_object_v1, size);
static_assert(sizeof(struct cen_image_object) == sizeof(struct frozen_image_object_v1),
	      "cen_image_object stands in arrays: it never grows");

SAME_FIELD(cen_image_desc, frozen_image_desc_v1, size);
SAME_FIELD(cen_image_desc, frozen_image_desc_v1, fourcc);
SAME_FIELD(cen_image_desc, frozen_image_desc_v1, width);
SAME_FIELD(cen_image_desc, frozen_image_desc_v1, height);
SAME_FIELD(cen_image_desc, frozen_image_desc_v1, plane_count);
SAME_FIELD(cen_image_desc, frozen_image_desc_v1, modifier);
SAME_FIELD(cen_image_desc, frozen_image_desc_v1, object_count);
SAME_FIELD(cen_image_desc, frozen_image_desc_v1, reserved);
SAME_FIELD(cen_image_desc, frozen_image_desc_v1, planes);
SAME_FIELD(cen_image_desc, frozen_image_desc_v1, objects);
/* Sized, but the host gives arrays of it to allocate(): generation 1 must find them one after another. */
static_assert(sizeof(struct cen_image_desc) == sizeof(struct frozen_image_desc_v1),
	      "cen_image_desc stands in arrays: it never grows");

SAME_FIELD(cen_host, frozen_host_v1, size);
SAME_FIELD(cen_host, frozen_host_v1, abi);
SAME_FIELD(cen_host, frozen_host_v1, reserved);
SAME_FIELD(cen_host, frozen_host_v1, add_device);
SAME_FIELD(cen_host, frozen_host_v1, add_source);
SAME_FIELD(cen_host, frozen_host_v1, add_capability);
SAME_FIELD(cen_host, frozen_host_v1, add_note);
SAME_FIELD(cen_host, frozen_host_v1, fail);
SAME_FIELD(cen_host, frozen_host_v1, log);
SAME_FIELD(cen_host, frozen_host_v1, get_option);
SAME_FIELD(cen_host, frozen_host_v1, get_format_info);
static_assert(sizeof(struct cen_host) >= sizeof(struct frozen_host_v1), "cen_host has shrunk");

SAME_FIELD(cen_backend, frozen_backend_v1, size);
SAME_FIELD(cen_backend, frozen_backend_v1, abi);
SAME_FIELD(cen_backend, frozen_backend_v1, priority);
SAME_FIELD(cen_backend, frozen_backend_v1, name);
SAME_FIELD(cen_backend, frozen_backend_v1, description);
SAME_FIELD(cen_backend, frozen_backend_v1, open);
SAME_FIELD(cen_backend, frozen_backend_v1, close);
SAME_FIELD(cen_backend, frozen_backend_v1, list);
SAME_FIELD(cen_backend, frozen_backend_v1, describe);
SAME_FIELD(cen_backend, frozen_backend_v1, try_import);
SAME_FIELD(cen_backend, frozen_backend_v1, allocate);
static_assert(sizeof(struct cen_backend) >= sizeof(struct frozen_backend_v1), "cen_backend has shrunk");

/* The numbers that both sides know. */
static_assert(CEN_MAX_PLANES == 4, "the number of planes is part of the structs");
static_assert(CEN_QUERY_PASSIVE == 1, "a flag has another value");
static_assert(CEN_USAGE_CAPTURE == 0 && CEN_USAGE_CPU_WRITE == 10, "usages have other numbers");
static_assert(CEN_CONSTRAINT_WIDTH_MIN == 1 && CEN_CONSTRAINT_SYNC == 33, "constraints have other numbers");
static_assert(CEN_PROVENANCE_QUERIED == 1 && CEN_PROVENANCE_ASSUMED == 7, "provenances have other numbers");
static_assert(CEN_PLACEMENT_SYSTEM == 1 && CEN_PLACEMENT_PROTECTED == 8, "placements have other bits");

/* On 64-bit targets the numbers themselves are frozen, too. */
#if UINTPTR_MAX == UINT64_MAX
static_assert(sizeof(struct frozen_format_plane_v1) == 4, "frozen struct edited");
static_assert(sizeof(struct frozen_format_info_v1) == 32, "frozen struct edited");
static_assert(sizeof(struct frozen_constraint_v1) == 32, "frozen struct edited");
static_assert(sizeof(struct frozen_capability_v1) == 40, "frozen struct edited");
static_assert(sizeof(struct frozen_device_desc_v1) == 64, "frozen struct edited");
static_assert(sizeof(struct frozen_source_format_v1) == 16, "frozen struct edited");
static_assert(sizeof(struct frozen_source_desc_v1) == 136, "frozen struct edited");
static_assert(sizeof(struct frozen_query_v1) == 40, "frozen struct edited");
static_assert(sizeof(struct frozen_image_plane_v1) == 24, "frozen struct edited");
static_assert(sizeof(struct frozen_image_object_v1) == 16, "frozen struct edited");
static_assert(sizeof(struct frozen_image_desc_v1) == 200, "frozen struct edited");
static_assert(sizeof(struct frozen_host_v1) == 80, "frozen struct edited");
static_assert(sizeof(struct frozen_backend_v1) == 80, "frozen struct edited");
#endif

int main(void)
{
	return 0;
}
