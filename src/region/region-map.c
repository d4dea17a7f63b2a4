/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Regions as configuration has them: declared by a file, and given to devices by the map. */
#include <errno.h>
#include <stdio.h>

#include <cenalloc/map.h>
#include <cenalloc/region.h>

#include "config.h"
#include "context.h"
#include "error.h"
#include "machine.h"
#include "map-view.h"
#include "region.h"
#include "util.h"

/* Returns 0, also for one that is left out, or -ENOMEM. */
static int declare(struct cen_machine *machine, const struct config_region *from)
{
	struct cen_region_desc desc = CEN_REGION_DESC_INIT;
	struct cen_region *region;
	struct cen_error *err = NULL;
	int ret;

	desc.name = from->name;
	desc.bytes = from->bytes;
	desc.alignment = from->alignment;
	desc.start = from->has_start ? from->start : CEN_REGION_ANYWHERE;
	desc.algorithm = from->algorithm;
	/* Pages suit everybody who can have them: what a region without a source is for. */
	desc.source = from->source ? from->source : "udmabuf";
	ret = cen_region_declare(machine, &desc, &region, &err);
	if (ret < 0 && ret != -ENOMEM)
		_cen_log(machine->ctx, CEN_LOG_ERROR, "region", "%s: region %s left out: %s", from->place, from->name,
			 err ? cen_error_get_message(err) : strerror(-ret));
	cen_error_destroy(err);
	cen_region_unref(region);
	return ret == -ENOMEM ? ret : 0;
}

int _cen_region_declare_configured(struct cen_machine *machine, struct cen_error **err)
{
	_cleanup_(_cen_map_cleanup) struct cen_map *map = NULL;
	const struct config_region *region;
	int ret;

	/* Reads the files where nobody has, and says when that failed. */
	ret = cen_context_get_map(machine->ctx, &map, err);
	for (size_t n = 0; ret == 0 && (region = _cen_config_get_region(machine->ctx, n)); n++) {
		struct cen_region *there;

		/* An earlier machine of the context has declared it. */
		if (cen_machine_find_region(machine, region->name, &there, NULL) < 0)
			ret = declare(machine, region);
	}
	return ret == -ENOMEM ? _cen_error_no_memory(err) : ret;
}

/* A device of the machine by all its names, any other by the one that is given. */
static void name_device(const struct cen_machine *machine, const char *device, struct map_names *names)
{
	const struct cen_device *known;

	names->names[0] = device;
	names->count = 1;
	if (cen_machine_find_device(machine, device, &known, NULL) == 0)
		names->count = cen_machine_get_map_names(machine, known, names->names, ARRAY_LENGTH(names->names));
	if (names->count > ARRAY_LENGTH(names->names))
		names->count = ARRAY_LENGTH(names->names);
}

static int find_rule(struct cen_machine *machine, const char *device, const char *type, const struct cen_map *map,
		     struct cen_map_match *match, struct cen_error **err)
{
	struct map_names names;

	name_device(machine, device, &names);
	if (map && cen_map_lookup(map, names.names, names.count, type, match) == 0)
		return 0;
	return _cen_error_set(err, CEN_ERROR_UNKNOWN_DEVICE, ENOENT, &(struct error_facts){.device = device},
			      "%s/%s: %s", device, type, map ? "no rule of the map is for it" : "there is no map");
}

/* "a,b": those names of the rule that are regions. NULL when there is no memory; "" for none. */
static char *list_regions(struct cen_machine *machine, const struct cen_map *map, const struct cen_map_match *match)
{
	char *list = strdup("");

	for (size_t n = 0; list && n < match->name_count; n++) {
		const char *name = cen_map_get_name(map, match->rule, n);
		struct cen_region *region;
		char *longer;

		if (cen_machine_find_region(machine, name, &region, NULL) < 0)
			continue;
		if (asprintf(&longer, "%s%s%s", list, *list ? "," : "", name) < 0)
			longer = NULL;
		free(list);
		list = longer;
	}
	return list;
}

static int find_regions(struct cen_machine *machine, const char *device, const char *type, char **list,
			struct cen_error **err)
{
	_cleanup_(_cen_map_cleanup) struct cen_map *map = NULL;
	struct cen_map_match match = {.size = sizeof(match)};
	int ret;

	if (!device || !device[0])
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "the name of the device is empty");
	if (!type)
		type = CEN_MAP_TYPE_COMMON;
	ret = cen_context_get_map(machine->ctx, &map, err);
	if (ret == 0)
		ret = find_rule(machine, device, type, map, &match, err);
	if (ret < 0)
		return ret;
	*list = list_regions(machine, map, &match);
	if (!*list)
		return _cen_error_no_memory(err);
	if (**list)
		return 0;
	return _cen_error_set(err, CEN_ERROR_UNKNOWN_DEVICE, ENOENT, &(struct error_facts){.device = device},
			      "%s/%s: rule %zu of the map (%s) names no region of this machine", device, type,
			      match.rule + 1, match.text);
}

int cen_region_alloc_for(struct cen_machine *machine, const char *device, const char *type, uint64_t bytes,
			 uint64_t alignment, struct cen_chunk *out, struct cen_error **err)
{
	_cleanup_free_ char *list = NULL;
	int ret = find_regions(machine, device, type, &list, err);

	return ret < 0 ? ret : cen_region_alloc_from(machine, list, bytes, alignment, out, err);
}

int cen_machine_find_region_for(struct cen_machine *machine, const char *device, const char *type, size_t index,
				struct cen_region **out, struct cen_error **err)
{
	_cleanup_free_ char *list = NULL;
	char *rest, *name;
	int ret = find_regions(machine, device, type, &list, err);

	*out = NULL;
	if (ret < 0)
		return ret;
	rest = list;
	while ((name = strsep(&rest, ",")) && index-- > 0)
		;
	if (name)
		return cen_machine_find_region(machine, name, out, err);
	return _cen_error_set(err, CEN_ERROR_ARGUMENT, ERANGE, &(struct error_facts){.device = device},
			      "%s: the map gives it fewer regions", device);
}
