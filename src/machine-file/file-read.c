/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The document of a machine file, its pools, and what the readers of its parts share. */
#include "machine-file.h"

#include <errno.h>

#include "error.h"
#include "quirk-read.h"
#include "util.h"

#define FILE_VERSION 1u

static const char *const root_keys[] = {"cenalloc-machine", "name",         "title",  "kernel",
					"page-bytes",       "cpu-coherent", "notes",  "pools",
					"sources",          "devices",      "quirks", NULL};
static const char *const coherent_names[] = {"yes", "no", "mixed", NULL};

void *_cen_file_alloc(struct file_reader *reader, size_t count, size_t size)
{
	void *memory = _cen_arena_alloc(reader->file->arena, count, size);

	if (!memory)
		_cen_error_no_memory(reader->err);
	return memory;
}

int _cen_file_keep(struct file_reader *reader, const char *text, const char **out)
{
	*out = text ? _cen_arena_strdup(reader->file->arena, text) : NULL;
	return text && !*out ? _cen_error_no_memory(reader->err) : 0;
}

int _cen_file_read_origin(struct file_reader *reader, const struct json_place *object, struct file_origin *origin)
{
	static const char *const names[] = {"unknown", "queried",  "derived", "probed", "quirk",
					    "policy",  "declared", "assumed", NULL};
	struct json_place place = _cen_json_member(object, "provenance");
	const char *from = NULL;
	int ret = _cen_json_get_choice(&reader->json, &place, names, &origin->provenance, reader->err);

	if (ret == 0 && !origin->provenance)
		return _cen_json_fail(&reader->json, &place, reader->err, "\"unknown\" is no provenance of a fact");
	place = _cen_json_member(object, "from");
	if (ret == 0)
		ret = _cen_json_get_optional_string(&reader->json, &place, &from, reader->err);
	if (ret == 0 && from)
		ret = _cen_file_keep(reader, from, &origin->from);
	return ret;
}

const char *const _cen_file_access_names[] = {"", "EACCES", "EPERM", "ENOENT", "ENODEV", "ENXIO", "EBUSY", "EIO", NULL};
const int32_t _cen_file_access_errnums[] = {0, EACCES, EPERM, ENOENT, ENODEV, ENXIO, EBUSY, EIO};

int _cen_file_read_access(struct file_reader *reader, const struct json_place *object, int32_t *access,
			  const char **help)
{
	struct json_place place = _cen_json_member(object, "access");
	const char *text = NULL;
	uint32_t which = 0;
	int ret = _cen_json_get_choice(&reader->json, &place, _cen_file_access_names, &which, reader->err);

	*access = -_cen_file_access_errnums[which];
	place = _cen_json_member(object, "access-help");
	if (ret == 0)
		ret = _cen_json_get_optional_string(&reader->json, &place, &text, reader->err);
	return ret < 0 ? ret : _cen_file_keep(reader, text, help);
}

static int read_pool(struct file_reader *reader, const struct json_place *object, struct file_pool *pool)
{
	static const char *const keys[] = {"name", "kind", "bytes", "free-bytes", "address-max", "from", NULL};
	static const char *const kinds[] = {"system", "cma", "device", "protected", NULL};
	const struct {
		const char *key;
		uint64_t *value;
	} numbers[] = {
		{"bytes", &pool->bytes},
		{"free-bytes", &pool->free_bytes},
		{"address-max", &pool->address_max},
	};
	struct json_place place = _cen_json_member(object, "name");
	const char *name = NULL, *from = NULL;
	uint32_t kind = 0;
	int ret = _cen_json_check_object(&reader->json, object, keys, reader->err);

	if (ret == 0)
		ret = _cen_json_get_string(&reader->json, &place, &name, reader->err);
	place = _cen_json_member(object, "kind");
	if (ret == 0)
		ret = _cen_json_get_choice(&reader->json, &place, kinds, &kind, reader->err);
	for (size_t i = 0; ret == 0 && i < ARRAY_LENGTH(numbers); i++) {
		place = _cen_json_member(object, numbers[i].key);
		ret = _cen_json_get_number(&reader->json, &place, 1, UINT64_MAX, numbers[i].value, reader->err);
	}
	place = _cen_json_member(object, "from");
	if (ret == 0)
		ret = _cen_json_get_optional_string(&reader->json, &place, &from, reader->err);
	pool->placement = 1u << kind;
	if (ret == 0)
		ret = _cen_file_keep(reader, name, &pool->name);
	return ret < 0 ? ret : _cen_file_keep(reader, from, &pool->note);
}

int _cen_file_read_pools(struct file_reader *reader, const struct json_place *root)
{
	struct machine_file *file = reader->file;
	struct json_place array = _cen_json_member(root, "pools");
	size_t count;
	int ret = _cen_json_get_count(&reader->json, &array, FILE_MAX_POOLS, &count, reader->err);

	if (ret < 0)
		return ret;
	file->pools = _cen_file_alloc(reader, count, sizeof(*file->pools));
	if (!file->pools)
		return -ENOMEM;
	for (; ret == 0 && file->pool_count < count; file->pool_count++) {
		struct json_place element = _cen_json_element(&array, file->pool_count);

		ret = read_pool(reader, &element, &file->pools[file->pool_count]);
	}
	return ret;
}

/* What is only told: it is checked all the same. */
static int check_told(struct file_reader *reader, const struct json_place *root)
{
	struct json_place place = _cen_json_member(root, "title");
	struct json_place notes = _cen_json_member(root, "notes");
	const char *text = NULL;
	uint32_t coherent = 0;
	size_t count = 0;
	int ret = _cen_json_get_optional_string(&reader->json, &place, &text, reader->err);

	if (ret == 0)
		ret = _cen_file_keep(reader, text, &reader->file->title);
	place = _cen_json_member(root, "cpu-coherent");
	if (ret == 0)
		ret = _cen_json_get_choice(&reader->json, &place, coherent_names, &coherent, reader->err);
	reader->file->coherent = ret == 0 && place.value ? coherent_names[coherent] : NULL;
	if (ret == 0)
		ret = _cen_json_get_count(&reader->json, &notes, FILE_MAX_NOTES, &count, reader->err);
	for (size_t i = 0; ret == 0 && i < count; i++) {
		place = _cen_json_element(&notes, i);
		ret = _cen_json_get_string(&reader->json, &place, &text, reader->err);
	}
	return ret;
}

static int read_head(struct file_reader *reader, const struct json_place *root)
{
	struct machine_file *file = reader->file;
	struct json_place place = _cen_json_member(root, "cenalloc-machine");
	const char *name = NULL, *kernel = NULL;
	uint32_t version = 0;
	int ret = _cen_json_check_object(&reader->json, root, root_keys, reader->err);

	if (ret == 0 && !place.value)
		return _cen_json_fail(&reader->json, &place, reader->err, "this is missing: %u for this form",
				      FILE_VERSION);
	if (ret == 0)
		ret = _cen_json_get_small(&reader->json, &place, 1, UINT32_MAX, &version, reader->err);
	if (ret == 0 && version != FILE_VERSION)
		return _cen_json_fail(&reader->json, &place, reader->err,
				      "version %u of machine files; this library reads version %u", version,
				      FILE_VERSION);
	place = _cen_json_member(root, "name");
	if (ret == 0)
		ret = _cen_json_get_string(&reader->json, &place, &name, reader->err);
	place = _cen_json_member(root, "kernel");
	if (ret == 0)
		ret = _cen_json_get_optional_string(&reader->json, &place, &kernel, reader->err);
	place = _cen_json_member(root, "page-bytes");
	file->page_bytes = 4096;
	if (ret == 0)
		ret = _cen_json_get_number(&reader->json, &place, 4096, 1u << 30, &file->page_bytes, reader->err);
	if (ret == 0)
		ret = _cen_file_keep(reader, name, &file->name);
	if (ret == 0)
		ret = _cen_file_keep(reader, kernel, &file->kernel);
	return ret < 0 ? ret : check_told(reader, root);
}

static int read_quirks(struct file_reader *reader, const struct json_place *root)
{
	const struct quirk_reader quirks = {.json = &reader->json, .arena = reader->file->arena, .err = reader->err};
	const struct json_place list = _cen_json_member(root, "quirks");

	/* A machine without quirks may say so; a file of quirks may not. */
	if (json_object_is_type(list.value, json_type_array) && !json_object_array_length(list.value))
		return 0;
	return _cen_quirk_read_list(&quirks, &list, &reader->file->quirks);
}

static int read_all(struct file_reader *reader)
{
	struct json_place root = _cen_json_root(&reader->json);
	int ret = read_head(reader, &root);

	if (ret == 0)
		ret = _cen_file_read_pools(reader, &root);
	if (ret == 0)
		ret = _cen_file_read_devices(reader, &root);
	if (ret == 0)
		ret = _cen_file_read_sources(reader, &root);
	return ret < 0 ? ret : read_quirks(reader, &root);
}

static void file_cleanup(struct machine_file **file)
{
	_cen_machine_file_free(*file);
}

int _cen_machine_file_read(const char *name, const char *text, size_t bytes, struct machine_file **out,
			   struct cen_error **err)
{
	_cleanup_(file_cleanup) struct machine_file *file = calloc(1, sizeof(*file));
	struct file_reader reader = {.file = file, .err = err};
	int ret;

	*out = NULL;
	if (!file)
		return _cen_error_no_memory(err);
	file->arena = _cen_arena_create();
	if (!file->arena)
		return _cen_error_no_memory(err);
	ret = _cen_json_parse(&reader.json, name, text, bytes, err);
	if (ret < 0)
		return ret;
	ret = read_all(&reader);
	_cen_json_finish(&reader.json);
	if (ret < 0)
		return ret;
	*out = STEAL(file);
	return 0;
}

void _cen_machine_file_free(struct machine_file *file)
{
	if (!file)
		return;
	_cen_arena_destroy(file->arena);
	free(file);
}
