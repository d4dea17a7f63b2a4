/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The pools and sources of a machine file being written. */
#include "file-write.h"

#include <errno.h>

#include "machine.h"
#include "registry.h"
#include "util.h"

#define COST_MAX 254u
#define EXPORTER_FLAGS (CEN_SOURCE_HEAP | CEN_SOURCE_UDMABUF | CEN_SOURCE_DRM | CEN_SOURCE_V4L2)

static const char *get_kind(uint32_t placement)
{
	static const char *const kinds[] = {"system", "cma", "device", "protected"};
	size_t n = 0;

	while (n + 1 < ARRAY_LENGTH(kinds) && !(placement >> n & 1))
		n++;
	return kinds[n];
}

/* No interface tells what lies behind sources that run: pages are one pool, anything else is each source's own. */
static const char *get_pool_name(const struct file_writer *writer, size_t index)
{
	const char *name = writer->source_names[index];

	if (writer->machine->sources[index]->desc.placement == CEN_PLACEMENT_SYSTEM)
		return "system";
	return strcmp(name, "system") == 0 ? "system#2" : name;
}

static bool is_first_of_pool(const struct file_writer *writer, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (strcmp(get_pool_name(writer, i), get_pool_name(writer, index)) == 0)
			return false;
	}
	return true;
}

static void write_live_pools(struct file_writer *writer, struct json_object *list)
{
	const struct cen_machine *machine = writer->machine;

	for (size_t i = 0; i < machine->source_count; i++) {
		struct json_object *row;

		if (!is_first_of_pool(writer, i))
			continue;
		row = _cen_write_row(writer, list, NULL);
		_cen_write_word(writer, row, "name", get_pool_name(writer, i));
		_cen_write_word(writer, row, "kind", get_kind(machine->sources[i]->desc.placement));
	}
}

static void write_known(struct file_writer *writer, struct json_object *row, const char *key, uint64_t number,
			uint64_t unless)
{
	if (number && number != unless)
		_cen_write_number(writer, row, key, number);
}

static void write_file_pools(struct file_writer *writer, struct json_object *list)
{
	for (size_t i = 0; i < writer->file->pool_count; i++) {
		const struct file_pool *pool = &writer->file->pools[i];
		struct json_object *row = _cen_write_row(writer, list, NULL);

		_cen_write_text(writer, row, "name", pool->name);
		_cen_write_word(writer, row, "kind", get_kind(pool->placement));
		write_known(writer, row, "bytes", pool->bytes, 0);
		write_known(writer, row, "free-bytes", pool->free_bytes, 0);
		if (pool->address_max)
			_cen_write_hex(writer, row, "address-max", pool->address_max);
		_cen_write_text(writer, row, "from", pool->note);
	}
}

/* Flags that differ from what the pool's kind says. */
static void write_flags(struct file_writer *writer, struct json_object *object, const struct cen_source_desc *desc)
{
	static const char *const modes[] = {"any", "read-only", "read-write"};
	bool is_open = desc->placement != CEN_PLACEMENT_PROTECTED;

	if (desc->segments != (desc->placement == CEN_PLACEMENT_CMA))
		_cen_write_number(writer, object, "segments", desc->segments);
	if ((desc->is_mappable != 0) != is_open)
		_cen_write_bool(writer, object, "mappable", desc->is_mappable);
	if ((desc->is_cached != 0) != is_open)
		_cen_write_bool(writer, object, "cached", desc->is_cached);
	if (desc->fd_mode != CEN_FD_READ_WRITE)
		_cen_write_word(writer, object, "fd-mode", modes[desc->fd_mode]);
	_cen_write_number(writer, object, "cost", desc->cost < 1 ? 1 : desc->cost > COST_MAX ? COST_MAX : desc->cost);
}

static void write_exporter(struct file_writer *writer, struct json_object *object, const struct cen_source_desc *desc,
			   const char *backend)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} exporters[] = {{CEN_SOURCE_HEAP, "heap"},
			 {CEN_SOURCE_UDMABUF, "udmabuf"},
			 {CEN_SOURCE_DRM, "drm"},
			 {CEN_SOURCE_V4L2, "v4l2"},
			 {0, "other"}};
	uint32_t flag = desc->flags & EXPORTER_FLAGS;
	size_t n = 0;

	if (flag != _cen_file_get_exporter_flag(backend)) {
		while (exporters[n].flag && !(exporters[n].flag & flag))
			n++;
		_cen_write_word(writer, object, "exporters", exporters[n].name);
	}
	if (desc->flags & CEN_SOURCE_BYTES)
		_cen_write_bool(writer, object, "bytes", true);
}

/* How many entries from here on are one format; the list is sorted by format and modifier. */
static size_t count_modifiers(const struct cen_source_format *formats, size_t count)
{
	size_t n = 1;

	while (n < count && n < FILE_MAX_MODIFIERS && formats[n].fourcc == formats->fourcc)
		n++;
	return n;
}

/* A group of formats that have the same modifiers. */
struct product {
	uint32_t fourccs[FILE_MAX_FORMATS];
	struct file_modifier modifiers[FILE_MAX_MODIFIERS];
	size_t fourcc_count, modifier_count;
};

static void write_product(struct file_writer *writer, struct json_object *list, const struct product *product)
{
	struct json_object *row = _cen_write_row(writer, list, NULL);

	_cen_write_formats(writer, row, product->fourccs, product->fourcc_count);
	_cen_write_modifiers(writer, row, product->modifiers, product->modifier_count);
}

static bool has_modifiers(const struct product *product, const struct cen_source_format *formats, size_t count)
{
	if (product->modifier_count != count || product->fourcc_count == FILE_MAX_FORMATS)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (product->modifiers[i].modifier != formats[i].modifier)
			return false;
	}
	return true;
}

static void collect(struct product *product, const struct cen_source_format *formats, size_t count)
{
	if (!product->fourcc_count) {
		for (size_t i = 0; i < count; i++)
			product->modifiers[i].modifier = formats[i].modifier;
		product->modifier_count = count;
	}
	if (has_modifiers(product, formats, count))
		product->fourccs[product->fourcc_count++] = formats->fourcc;
}

/* Each run of a format is written with those behind it that are like it, unless one before was. */
static void write_formats(struct file_writer *writer, struct json_object *object, const struct cen_source_desc *desc)
{
	bool *is_written = _cen_arena_alloc(writer->arena, desc->format_count, sizeof(*is_written));
	struct json_object *list = desc->format_count ? _cen_write_list(writer, object, "formats") : NULL;
	size_t count;

	for (size_t i = 0; is_written && i < desc->format_count; i += count) {
		struct product product = {0};

		count = count_modifiers(&desc->formats[i], desc->format_count - i);
		if (is_written[i] || !cen_format_get_info(desc->formats[i].fourcc))
			continue;
		for (size_t n = i, step; n < desc->format_count; n += step) {
			size_t before = product.fourcc_count;

			step = count_modifiers(&desc->formats[n], desc->format_count - n);
			if (!is_written[n] && cen_format_get_info(desc->formats[n].fourcc))
				collect(&product, &desc->formats[n], step);
			is_written[n] = is_written[n] || product.fourcc_count > before;
		}
		write_product(writer, list, &product);
	}
	writer->has_no_memory = writer->has_no_memory || !is_written;
}

/* Numbers are the pool's unless said, the free bytes all of it. */
static void write_numbers(struct file_writer *writer, struct json_object *object, const struct cen_source_desc *desc,
			  const struct file_pool *pool, uint64_t page_bytes)
{
	const struct file_pool none = {0};
	uint64_t free_bytes;

	pool = pool ? pool : &none;
	free_bytes = pool->free_bytes ? pool->free_bytes : pool->bytes;
	write_known(writer, object, "segment-bytes", desc->segment_bytes, page_bytes);
	write_known(writer, object, "max-bytes", desc->max_bytes, pool->bytes);
	if (writer->file || writer->flags & CEN_RECORD_FREE_BYTES)
		write_known(writer, object, "free-bytes", desc->free_bytes, free_bytes);
	if (desc->address_max && desc->address_max != pool->address_max)
		_cen_write_hex(writer, object, "address-max", desc->address_max);
}

static void write_source(struct file_writer *writer, struct json_object *list, size_t index, uint64_t page_bytes)
{
	const struct cen_source *source = writer->machine->sources[index];
	const struct cen_source_desc *desc = &source->desc;
	const struct file_pool *pool = writer->file ? writer->file->sources[desc->cookie].pool : NULL;
	const char *backend = source->backend->table->name, *device = _cen_write_get_exporter(writer, desc->exporter);
	struct json_object *object = _cen_write_object(writer, list, NULL);
	bool is_told_by_pool = pool && pool->note && desc->note && strcmp(pool->note, desc->note) == 0;

	_cen_write_word(writer, object, "name", writer->source_names[index]);
	_cen_write_word(writer, object, "backend", backend);
	_cen_write_text(writer, object, "pool", pool ? pool->name : get_pool_name(writer, index));
	_cen_write_text(writer, object, "path", desc->path);
	if (device)
		_cen_write_word(writer, object, "device", device);
	write_flags(writer, object, desc);
	write_numbers(writer, object, desc, pool, page_bytes);
	write_exporter(writer, object, desc, backend);
	_cen_write_access(writer, object, desc->access, desc->access_help);
	if (desc->provenance != CEN_PROVENANCE_DECLARED)
		_cen_write_word(writer, object, "provenance", cen_provenance_get_name(desc->provenance));
	if (!is_told_by_pool)
		_cen_write_text(writer, object, "from", desc->note);
	write_formats(writer, object, desc);
}

void _cen_write_sources(struct file_writer *writer, struct json_object *root, uint64_t page_bytes)
{
	struct json_object *pools = _cen_write_list(writer, root, "pools");
	struct json_object *sources = _cen_write_list(writer, root, "sources");

	if (writer->file)
		write_file_pools(writer, pools);
	else
		write_live_pools(writer, pools);
	for (size_t i = 0; i < writer->machine->source_count; i++)
		write_source(writer, sources, i, page_bytes);
}
