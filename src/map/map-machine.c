/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A map on a machine: by which names its devices are known, and for which sources a name stands. */
#include "map-machine.h"

#include <cenalloc/region.h>

#include "context.h"
#include "machine.h"
#include "util.h"

#define TOPIC "map"
#define BITS(a, b) (CEN_USAGE_BIT(CEN_USAGE_##a) | CEN_USAGE_BIT(CEN_USAGE_##b))

/*
 * What a node can be used for, in a word. A graphics card shows and draws, often through two nodes, and where they are
 * two drivers the one that shows is called so, too: gpu/scanout means what it says on both.
 */
static const struct {
	const char *word;
	uint32_t usages;
} classes[] = {
	{"camera", CEN_USAGE_BIT(CEN_USAGE_CAPTURE)},
	{"codec", BITS(ENCODE, DECODE)},
	{"gpu", BITS(TEXTURE, RENDER) | BITS(SCANOUT, CURSOR) | CEN_USAGE_BIT(CEN_USAGE_WRITEBACK)},
	{"display", BITS(SCANOUT, CURSOR) | CEN_USAGE_BIT(CEN_USAGE_WRITEBACK)},
	{"cpu", BITS(CPU_READ, CPU_WRITE)},
};

static void add_name(struct map_names *names, const char *name)
{
	if (!name || !name[0] || names->count == ARRAY_LENGTH(names->names))
		return;
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->names[i], name) == 0)
			return;
	}
	names->names[names->count++] = name;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void name_device(const struct cen_machine *machine, const struct cen_device *device, struct map_names *names)
{
	uint32_t usages = _cen_machine_get_node_usages(machine, device);

	add_name(names, last_part(device->desc.path));
	add_name(names, device->desc.name);
	add_name(names, device->desc.driver);
	add_name(names, cen_device_get_backend(device));
	for (size_t i = 0; i < ARRAY_LENGTH(classes); i++) {
		if (usages & classes[i].usages)
			add_name(names, classes[i].word);
	}
}

size_t cen_machine_get_map_names(const struct cen_machine *machine, const struct cen_device *device, const char **names,
				 size_t room)
{
	struct map_names all = {0};

	name_device(machine, device, &all);
	for (size_t i = 0; i < all.count && i < room; i++)
		names[i] = all.names[i];
	return all.count;
}

void _cen_map_name_usage(const struct cen_machine *machine, const struct request_usage *usage, struct map_names *out)
{
	out->count = 0;
	if (usage->device) {
		name_device(machine, usage->device, out);
		return;
	}
	add_name(out, usage->name);
	add_name(out, last_part(usage->name));
}

size_t cen_machine_get_map_sources(const struct cen_machine *machine, const char *name,
				   const struct cen_source **sources, size_t room)
{
	size_t count = 0;

	for (enum map_name_kind kind = 0; kind < MAP_NAME_KINDS && !count; kind++) {
		for (size_t s = 0; s < machine->source_count; s++) {
			const struct cen_source *source = machine->sources[s];

			if (!_cen_map_name_covers(kind, name, &source->desc, source->backend->table->name))
				continue;
			if (count < room)
				sources[count] = source;
			count++;
		}
	}
	return count;
}

/* The lock guards the mark, and that a second thread does not say it again. */
static bool is_new(struct cen_context *ctx, struct cen_map *map)
{
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(ctx);

	if (ctx->config.noted == map)
		return false;
	cen_map_unref(ctx->config.noted);
	ctx->config.noted = cen_map_ref(map);
	return true;
}

static bool has_region(struct cen_machine *machine, const char *name)
{
	struct cen_region *region;

	return cen_machine_find_region(machine, name, &region, NULL) == 0;
}

void _cen_map_note_unknown(struct cen_machine *machine, struct cen_map *map)
{
	if (!is_new(machine->ctx, map))
		return;
	for (size_t r = 0; r < map->rule_count; r++) {
		for (size_t n = 0; n < map->rules[r].name_count; n++) {
			const char *name = cen_map_get_name(map, r, n);

			if (!cen_machine_get_map_sources(machine, name, NULL, 0) && !has_region(machine, name))
				_cen_log(machine->ctx, CEN_LOG_WARNING, TOPIC,
					 "%s: rule %zu (%s): %s is nothing on this machine and is passed over",
					 map->origin, r + 1, map->rules[r].text, name);
		}
	}
}
