/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Descriptors of devices and sources: foreign input until the checks here have passed. */
#include "descriptor.h"

#include <stdbool.h>

#include "machine.h"
#include "match.h"
#include "util.h"

#define STRING_MAX 4096
#define FORMATS_MAX 4096
#define ID_MAX 127

#define ALL_USAGES (CEN_USAGE_BIT(CEN_USAGE_CPU_WRITE + 1) - 1)
/* Bits of a later version mean nothing here; those of the host's own are not the backend's to set. */
#define EXPORTER_FLAGS (CEN_SOURCE_HEAP | CEN_SOURCE_UDMABUF | CEN_SOURCE_DRM | CEN_SOURCE_V4L2)
#define ALL_SOURCE_FLAGS (CEN_SOURCE_BYTES | CEN_SOURCE_CARVED | EXPORTER_FLAGS)
#define ALL_PLACEMENTS (CEN_PLACEMENT_SYSTEM | CEN_PLACEMENT_CMA | CEN_PLACEMENT_DEVICE | CEN_PLACEMENT_PROTECTED)

/* The structs of ABI 1, without padding that a later field may use; and the device of ABI 4. */
#define DEVICE_SIZE_V1 (offsetof(struct cen_device_desc, access) + sizeof(int32_t))
#define DEVICE_SIZE_V4 (offsetof(struct cen_device_desc, id) + sizeof(const char *))
#define SOURCE_SIZE_V1 (offsetof(struct cen_source_desc, format_count) + sizeof(size_t))

/* Text goes to terminals and logs: no control characters. */
static bool is_text(const char *text)
{
	size_t length = strnlen(text, STRING_MAX);

	if (length == STRING_MAX)
		return false;
	for (size_t n = 0; n < length; n++) {
		unsigned char c = (unsigned char)text[n];

		if (c < 0x20 || c == 0x7f)
			return false;
	}
	return true;
}

static bool is_required_text(const char *text)
{
	return text && text[0] && is_text(text);
}

static bool is_optional_text(const char *text)
{
	return !text || is_text(text);
}

/* A plug-in of an earlier generation has no such field. */
static const char *get_id(const struct cen_device_desc *desc)
{
	return desc->size < DEVICE_SIZE_V4 ? NULL : desc->id;
}

const char *_cen_device_desc_check(const struct cen_device_desc *desc)
{
	if (!desc || desc->size < DEVICE_SIZE_V1)
		return "the descriptor is too small";
	if (!is_required_text(desc->path))
		return "path is missing or not text";
	if (!is_required_text(desc->name))
		return "name is missing or not text";
	if (!is_optional_text(desc->driver) || !is_optional_text(desc->access_help))
		return "driver or access_help is not text";
	if (get_id(desc) && (!is_required_text(desc->id) || strlen(desc->id) > ID_MAX))
		return "id is not text of 1 to 127 bytes";
	if (desc->usages & ~ALL_USAGES)
		return "usages has bits that are no usage";
	if (desc->access > 0)
		return "access is neither 0 nor a negative errno";
	if (!desc->usages && !desc->access)
		return "usages is empty though access is 0";
	return NULL;
}

static const char *check_source_formats(const struct cen_source_desc *desc)
{
	if (desc->format_count > FORMATS_MAX)
		return "format_count is more than 4096";
	if (desc->format_count && !desc->formats)
		return "formats is NULL though format_count is not 0";
	for (size_t n = 0; n < desc->format_count; n++) {
		if (desc->formats[n].modifier == CEN_MODIFIER_INVALID)
			return "formats has the modifier INVALID, which is no layout";
	}
	return NULL;
}

static const char *check_source_memory(const struct cen_source_desc *desc)
{
	uint32_t placement = desc->placement;

	if (placement & ~ALL_PLACEMENTS || !placement || placement & (placement - 1))
		return "placement is not exactly one CEN_PLACEMENT_ bit";
	if (desc->segments > 1)
		return "segments is neither 0 nor 1";
	if (desc->is_mappable > 1 || desc->is_cached > 1)
		return "is_mappable or is_cached is neither 0 nor 1";
	if (desc->fd_mode > CEN_FD_READ_WRITE)
		return "fd_mode is none of CEN_FD_";
	if (desc->provenance < CEN_PROVENANCE_QUERIED || desc->provenance > CEN_PROVENANCE_ASSUMED)
		return "provenance is none of CEN_PROVENANCE_";
	return NULL;
}

const char *_cen_source_desc_check(const struct cen_source_desc *desc)
{
	const char *reason;

	if (!desc || desc->size < SOURCE_SIZE_V1)
		return "the descriptor is too small";
	if (!is_required_text(desc->name))
		return "name is missing or not text";
	if (desc->name[0] != '/' && strchr(desc->name, '/'))
		return "name has a '/' and is no path";
	if (!is_optional_text(desc->path) || !is_optional_text(desc->access_help) || !is_optional_text(desc->note))
		return "path, access_help or note is not text";
	if (desc->access > 0)
		return "access is neither 0 nor a negative errno";
	reason = check_source_memory(desc);
	return reason ? reason : check_source_formats(desc);
}

void _cen_device_destroy(struct cen_device *device)
{
	if (!device)
		return;
	free((char *)device->desc.path);
	free((char *)device->desc.name);
	free((char *)device->desc.driver);
	free((char *)device->desc.access_help);
	free((char *)device->desc.id);
	free(device);
}

/* Copy what both sides know. The strings are still the backend's. */
static void copy_fields(void *to, size_t to_size, const void *from, size_t from_size)
{
	memcpy(to, from, from_size < to_size ? from_size : to_size);
	*(size_t *)to = to_size;
}

struct cen_device *_cen_device_create(const struct cen_device_desc *desc)
{
	struct cen_device *device = calloc(1, sizeof(*device));
	struct cen_device_desc *own;

	if (!device)
		return NULL;
	own = &device->desc;
	copy_fields(own, sizeof(*own), desc, desc->size);
	own->path = own->name = own->driver = own->access_help = own->id = NULL;
	if (!_cen_dup_string(desc->path, (char **)&own->path) || !_cen_dup_string(desc->name, (char **)&own->name) ||
	    !_cen_dup_string(desc->driver, (char **)&own->driver) ||
	    !_cen_dup_string(desc->access_help, (char **)&own->access_help) ||
	    !_cen_dup_string(get_id(desc), (char **)&own->id)) {
		_cen_device_destroy(device);
		return NULL;
	}
	return device;
}

void _cen_source_destroy(struct cen_source *source)
{
	if (!source)
		return;
	free((char *)source->desc.name);
	free((char *)source->desc.path);
	free((char *)source->desc.access_help);
	free((char *)source->desc.note);
	free((struct cen_source_format *)source->desc.formats);
	free(source);
}

static bool dup_formats(const struct cen_source_desc *from, struct cen_source_desc *to)
{
	struct cen_source_format *formats;

	if (!from->format_count)
		return true;
	formats = calloc(from->format_count, sizeof(*formats));
	if (!formats)
		return false;
	memcpy(formats, from->formats, from->format_count * sizeof(*formats));
	_cen_match_sort_formats(formats, from->format_count);
	to->formats = formats;
	return true;
}

struct cen_source *_cen_source_create(const struct cen_source_desc *desc)
{
	struct cen_source *source = calloc(1, sizeof(*source));
	struct cen_source_desc *own;

	if (!source)
		return NULL;
	own = &source->desc;
	copy_fields(own, sizeof(*own), desc, desc->size);
	own->name = own->path = own->access_help = own->note = NULL;
	own->formats = NULL;
	own->flags &= ALL_SOURCE_FLAGS;
	if (!_cen_dup_string(desc->name, (char **)&own->name) || !_cen_dup_string(desc->path, (char **)&own->path) ||
	    !_cen_dup_string(desc->access_help, (char **)&own->access_help) ||
	    !_cen_dup_string(desc->note, (char **)&own->note) || !dup_formats(desc, own)) {
		_cen_source_destroy(source);
		return NULL;
	}
	return source;
}
