/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The sources of a machine file: what allocates, and from which pool. */
#include "machine-file.h"

#include <errno.h>

#include "error.h"
#include "util.h"

#define COST_MAX 254u
#define FORMATS_MAX 4096u

static const char *const source_keys[] = {
	"name",      "backend", "pool",          "path",       "device",     "segments",    "mappable", "cached",
	"fd-mode",   "cost",    "segment-bytes", "max-bytes",  "free-bytes", "address-max", "access",   "access-help",
	"exporters", "bytes",   "formats",       "layouts-of", "provenance", "from",        NULL};

/* Who exports, where the file does not say: the backends of this library. */
uint32_t _cen_file_get_exporter_flag(const char *backend)
{
	static const struct {
		const char *backend;
		uint32_t flag;
	} rows[] = {
		{"heap", CEN_SOURCE_HEAP}, {"udmabuf", CEN_SOURCE_UDMABUF}, {"v4l2", CEN_SOURCE_V4L2},
		{"kms", CEN_SOURCE_DRM},   {"gbm", CEN_SOURCE_DRM},         {"vulkan", CEN_SOURCE_DRM},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		if (strcmp(rows[i].backend, backend) == 0)
			return rows[i].flag;
	}
	return 0;
}

static int read_exporter(struct file_reader *reader, const struct json_place *object, struct file_source *source)
{
	static const char *const names[] = {"other", "heap", "udmabuf", "drm", "v4l2", NULL};
	static const uint32_t flags[] = {0, CEN_SOURCE_HEAP, CEN_SOURCE_UDMABUF, CEN_SOURCE_DRM, CEN_SOURCE_V4L2};
	struct json_place place = _cen_json_member(object, "exporters");
	uint32_t which = 0;
	int ret = _cen_json_get_choice(&reader->json, &place, names, &which, reader->err);

	source->desc.flags |= place.value ? flags[which] : _cen_file_get_exporter_flag(source->backend);
	return ret;
}

static const struct file_pool *find_pool(const struct machine_file *file, const char *name)
{
	for (size_t i = 0; i < file->pool_count; i++) {
		if (strcmp(file->pools[i].name, name) == 0)
			return &file->pools[i];
	}
	return NULL;
}

const struct file_device *_cen_file_find_device(const struct machine_file *file, const char *name)
{
	for (size_t i = 0; i < file->device_count; i++) {
		if (strcmp(file->devices[i].desc.name, name) == 0 || strcmp(file->devices[i].desc.path, name) == 0)
			return &file->devices[i];
	}
	return NULL;
}

/* What the pool is, the source is, unless it says otherwise. */
static int read_pool(struct file_reader *reader, const struct json_place *object, struct file_source *source)
{
	struct cen_source_desc *desc = &source->desc;
	struct json_place place = _cen_json_member(object, "pool");
	const struct file_pool *pool;
	const char *name = NULL;
	int ret = _cen_json_get_string(&reader->json, &place, &name, reader->err);

	if (ret < 0)
		return ret;
	pool = find_pool(reader->file, name);
	if (!pool)
		return _cen_json_fail(&reader->json, &place, reader->err, "there is no pool \"%.64s\"", name);
	source->pool = pool;
	desc->placement = pool->placement;
	desc->segments = pool->placement == CEN_PLACEMENT_CMA;
	desc->is_mappable = desc->is_cached = pool->placement != CEN_PLACEMENT_PROTECTED;
	desc->cost = pool->placement == CEN_PLACEMENT_SYSTEM ? 10 : 100;
	desc->address_max = pool->address_max;
	desc->max_bytes = pool->bytes;
	desc->free_bytes = pool->free_bytes ? pool->free_bytes : pool->bytes;
	desc->note = pool->note;
	return 0;
}

static int read_owner(struct file_reader *reader, const struct json_place *object, struct file_source *source)
{
	struct json_place device = _cen_json_member(object, "device");
	struct json_place layouts = _cen_json_member(object, "layouts-of");
	const struct file_device *found;
	const char *name = NULL, *other = NULL;
	int ret = _cen_json_get_optional_string(&reader->json, &device, &name, reader->err);

	if (ret == 0)
		ret = _cen_json_get_optional_string(&reader->json, &layouts, &other, reader->err);
	if (ret == 0 && name) {
		found = _cen_file_find_device(reader->file, name);
		if (!found)
			return _cen_json_fail(&reader->json, &device, reader->err, "there is no device \"%.64s\"",
					      name);
		source->desc.exporter = found->desc.devnum;
	}
	if (ret == 0 && other && !_cen_file_find_device(reader->file, other))
		return _cen_json_fail(&reader->json, &layouts, reader->err, "there is no device \"%.64s\"", other);
	return ret < 0 ? ret : _cen_file_keep(reader, other, &source->layouts_of);
}

static int read_numbers(struct file_reader *reader, const struct json_place *object, struct cen_source_desc *desc)
{
	const struct {
		const char *key;
		uint64_t *value;
	} bytes[] = {
		{"segment-bytes", &desc->segment_bytes},
		{"max-bytes", &desc->max_bytes},
		{"free-bytes", &desc->free_bytes},
		{"address-max", &desc->address_max},
	};
	const struct {
		const char *key;
		uint32_t *value;
	} flags[] = {
		{"mappable", &desc->is_mappable},
		{"cached", &desc->is_cached},
	};
	struct json_place place = _cen_json_member(object, "segments");
	int ret = _cen_json_get_small(&reader->json, &place, 0, 1, &desc->segments, reader->err);

	place = _cen_json_member(object, "cost");
	if (ret == 0)
		ret = _cen_json_get_small(&reader->json, &place, 1, COST_MAX, &desc->cost, reader->err);
	for (size_t i = 0; ret == 0 && i < ARRAY_LENGTH(bytes); i++) {
		place = _cen_json_member(object, bytes[i].key);
		ret = _cen_json_get_number(&reader->json, &place, 1, UINT64_MAX, bytes[i].value, reader->err);
	}
	for (size_t i = 0; ret == 0 && i < ARRAY_LENGTH(flags); i++) {
		bool is_set = *flags[i].value;

		place = _cen_json_member(object, flags[i].key);
		ret = _cen_json_get_bool(&reader->json, &place, &is_set, reader->err);
		*flags[i].value = is_set;
	}
	return ret;
}

static int read_words(struct file_reader *reader, const struct json_place *object, struct file_source *source)
{
	static const char *const modes[] = {"any", "read-only", "read-write", NULL};
	struct json_place name = _cen_json_member(object, "name"), backend = _cen_json_member(object, "backend");
	struct json_place path = _cen_json_member(object, "path"), mode = _cen_json_member(object, "fd-mode");
	struct json_place plain = _cen_json_member(object, "bytes");
	const char *own = NULL, *of = "machine-file", *at = NULL;
	bool is_plain = false;
	int ret = _cen_json_get_string(&reader->json, &name, &own, reader->err);

	if (ret == 0)
		ret = _cen_json_get_optional_string(&reader->json, &backend, &of, reader->err);
	if (ret == 0)
		ret = _cen_json_get_optional_string(&reader->json, &path, &at, reader->err);
	if (ret == 0)
		ret = _cen_json_get_choice(&reader->json, &mode, modes, &source->desc.fd_mode, reader->err);
	if (ret == 0)
		ret = _cen_json_get_bool(&reader->json, &plain, &is_plain, reader->err);
	source->desc.flags |= is_plain ? CEN_SOURCE_BYTES : 0;
	if (ret == 0)
		ret = _cen_file_keep(reader, own, &source->desc.name);
	if (ret == 0)
		ret = _cen_file_keep(reader, of, &source->backend);
	return ret < 0 ? ret : _cen_file_keep(reader, at, &source->desc.path);
}

static bool add_format(struct cen_source_desc *desc, struct cen_source_format *list, uint32_t fourcc, uint64_t modifier)
{
	if (modifier == CEN_MODIFIER_LINEAR || modifier == CEN_MODIFIER_INVALID)
		return true;
	if (desc->format_count == FORMATS_MAX)
		return false;
	list[desc->format_count++] = (struct cen_source_format){.fourcc = fourcc, .modifier = modifier};
	return true;
}

static bool add_product(struct cen_source_desc *desc, struct cen_source_format *list,
			const struct file_alternative *alternative)
{
	for (size_t f = 0; f < alternative->fourcc_count; f++) {
		for (size_t m = 0; m < alternative->modifier_count; m++) {
			if (!add_format(desc, list, alternative->fourccs[f], alternative->modifiers[m].modifier))
				return false;
		}
	}
	return true;
}

/* {"formats": [...], "modifiers": [...]}, as often as it takes. */
static int read_formats(struct file_reader *reader, const struct json_place *object, struct file_source *source,
			struct cen_source_format *list)
{
	static const char *const keys[] = {"formats", "modifiers", NULL};
	struct json_place array = _cen_json_member(object, "formats");
	size_t count;
	int ret = _cen_json_get_count(&reader->json, &array, FILE_MAX_ALTERNATIVES, &count, reader->err);

	for (size_t i = 0; ret == 0 && i < count; i++) {
		struct json_place element = _cen_json_element(&array, i);
		struct json_place formats = _cen_json_member(&element, "formats");
		struct json_place modifiers = _cen_json_member(&element, "modifiers");
		struct file_alternative product = {0};

		ret = _cen_json_check_object(&reader->json, &element, keys, reader->err);
		if (ret == 0)
			ret = _cen_file_read_fourccs(reader, &formats, &product.fourccs, &product.fourcc_count);
		if (ret == 0)
			ret = _cen_file_read_modifiers(reader, &modifiers, &product.modifiers, &product.modifier_count);
		if (ret == 0 && !add_product(&source->desc, list, &product))
			return _cen_json_fail(&reader->json, &element, reader->err, "more than %u layouts",
					      FORMATS_MAX);
	}
	return ret;
}

static int read_layouts(struct file_reader *reader, const struct json_place *object, struct file_source *source)
{
	const struct file_device *device;
	struct cen_source_format *list;
	int ret;

	/* Most sources make linear images only. */
	if (!source->layouts_of && !_cen_json_member(object, "formats").value)
		return 0;
	list = _cen_file_alloc(reader, FORMATS_MAX, sizeof(*list));
	if (!list)
		return -ENOMEM;
	source->desc.formats = list;
	ret = read_formats(reader, object, source, list);
	if (ret < 0 || !source->layouts_of)
		return ret;
	device = _cen_file_find_device(reader->file, source->layouts_of);
	for (size_t i = 0; i < device->alternative_count; i++) {
		if (!add_product(&source->desc, list, &device->alternatives[i]))
			return _cen_json_fail(&reader->json, object, reader->err, "more than %u layouts", FORMATS_MAX);
	}
	return 0;
}

static int read_source(struct file_reader *reader, const struct json_place *object, struct file_source *source)
{
	struct file_origin origin = {.provenance = CEN_PROVENANCE_DECLARED};
	int ret = _cen_json_check_object(&reader->json, object, source_keys, reader->err);

	source->desc.size = sizeof(source->desc);
	source->desc.fd_mode = CEN_FD_READ_WRITE;
	source->desc.segment_bytes = reader->file->page_bytes;
	if (ret == 0)
		ret = read_pool(reader, object, source);
	if (ret == 0)
		ret = read_words(reader, object, source);
	if (ret == 0)
		ret = read_exporter(reader, object, source);
	if (ret == 0)
		ret = read_owner(reader, object, source);
	if (ret == 0)
		ret = read_numbers(reader, object, &source->desc);
	if (ret == 0)
		ret = _cen_file_read_access(reader, object, &source->desc.access, &source->desc.access_help);
	if (ret == 0)
		ret = _cen_file_read_origin(reader, object, &origin);
	source->desc.provenance = origin.provenance;
	if (origin.from)
		source->desc.note = origin.from;
	return ret < 0 ? ret : read_layouts(reader, object, source);
}

static int check_name(struct file_reader *reader, const struct json_place *object, size_t index)
{
	const struct machine_file *file = reader->file;
	struct json_place place = _cen_json_member(object, "name");

	for (size_t i = 0; i < index; i++) {
		if (strcmp(file->sources[i].desc.name, file->sources[index].desc.name) == 0)
			return _cen_json_fail(&reader->json, &place, reader->err, "sources[%zu] has this name, too", i);
	}
	return 0;
}

int _cen_file_read_sources(struct file_reader *reader, const struct json_place *root)
{
	struct machine_file *file = reader->file;
	struct json_place array = _cen_json_member(root, "sources");
	size_t count;
	int ret = _cen_json_get_count(&reader->json, &array, FILE_MAX_SOURCES, &count, reader->err);

	if (ret < 0)
		return ret;
	file->sources = _cen_file_alloc(reader, count, sizeof(*file->sources));
	if (!file->sources)
		return -ENOMEM;
	for (; ret == 0 && file->source_count < count; file->source_count++) {
		struct json_place element = _cen_json_element(&array, file->source_count);

		ret = read_source(reader, &element, &file->sources[file->source_count]);
		if (ret == 0)
			ret = check_name(reader, &element, file->source_count);
		file->sources[file->source_count].desc.cookie = file->source_count;
	}
	return ret;
}
