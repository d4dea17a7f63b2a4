/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A map: which rule decides, and which sources its names stand for. Pure. */
#include "map.h"

#include <errno.h>

#include "util.h"

struct cen_map *_cen_map_create(const char *origin)
{
	struct cen_map *map = calloc(1, sizeof(*map));

	if (!map)
		return NULL;
	atomic_init(&map->refs, 1);
	map->arena = _cen_arena_create();
	map->origin = map->arena ? _cen_arena_strdup(map->arena, origin) : NULL;
	if (map->origin)
		return map;
	cen_map_unref(map);
	return NULL;
}

struct cen_map *cen_map_ref(struct cen_map *map)
{
	atomic_fetch_add_explicit(&map->refs, 1, memory_order_relaxed);
	return map;
}

void cen_map_unref(struct cen_map *map)
{
	if (!map || atomic_fetch_sub_explicit(&map->refs, 1, memory_order_acq_rel) != 1)
		return;
	_cen_arena_destroy(map->arena);
	free(map->rules);
	free(map->patterns);
	free(map->names);
	free(map);
}

void _cen_map_cleanup(struct cen_map **map)
{
	cen_map_unref(*map);
}

const char *cen_map_to_string(const struct cen_map *map)
{
	return map->text;
}

const char *cen_map_get_origin(const struct cen_map *map)
{
	return map->origin;
}

bool _cen_map_equal(const struct cen_map *a, const struct cen_map *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a->origin, b->origin) == 0 && strcmp(a->text, b->text) == 0;
}

static const struct map_rule *get_rule(const struct cen_map *map, size_t rule)
{
	return rule < map->rule_count ? &map->rules[rule] : NULL;
}

size_t cen_map_get_rule_count(const struct cen_map *map)
{
	return map->rule_count;
}

const char *cen_map_get_rule(const struct cen_map *map, size_t rule)
{
	const struct map_rule *row = get_rule(map, rule);

	return row ? row->text : NULL;
}

uint32_t cen_map_get_rule_line(const struct cen_map *map, size_t rule)
{
	const struct map_rule *row = get_rule(map, rule);

	return row ? row->line : 0;
}

size_t cen_map_get_name_count(const struct cen_map *map, size_t rule)
{
	const struct map_rule *row = get_rule(map, rule);

	return row ? row->name_count : 0;
}

const char *cen_map_get_name(const struct cen_map *map, size_t rule, size_t index)
{
	const struct map_rule *row = get_rule(map, rule);

	return row && index < row->name_count ? map->names[row->first_name + index] : NULL;
}

size_t cen_map_get_pattern_count(const struct cen_map *map, size_t rule)
{
	const struct map_rule *row = get_rule(map, rule);

	return row ? row->pattern_count : 0;
}

bool _cen_map_glob(const char *pattern, const char *text)
{
	for (; *pattern; pattern++, text++) {
		/* The parser lets it stand at the end only. */
		if (*pattern == '*')
			return true;
		if (!*text || (*pattern != '?' && *pattern != *text))
			return false;
	}
	return !*text;
}

static const char *match_device(const struct map_pattern *pattern, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (_cen_map_glob(pattern->device, names[i]))
			return names[i];
	}
	return NULL;
}

static bool match_type(const struct map_pattern *pattern, const char *type)
{
	return !pattern->type || _cen_map_glob(pattern->type, type ? type : CEN_MAP_TYPE_COMMON);
}

int cen_map_try_pattern(const struct cen_map *map, size_t rule, size_t pattern, const char *const *names, size_t count,
			const char *type, struct cen_map_trial *out)
{
	const struct map_rule *row = get_rule(map, rule);
	const struct map_pattern *tried;
	struct cen_map_trial trial = {.size = sizeof(trial)};

	if (!row || pattern >= row->pattern_count)
		return -EINVAL;
	tried = &map->patterns[row->first_pattern + pattern];
	trial.device = tried->device;
	trial.type = tried->type;
	trial.matched = match_device(tried, names, count);
	trial.is_type_matched = match_type(tried, type);
	trial.is_inherited = tried->is_inherited;
	if (_cen_copy_sized(out, out->size, &trial, sizeof(trial), sizeof(trial)) < 0)
		return -EINVAL;
	return trial.matched && trial.is_type_matched;
}

/* Fill in what a pattern of a rule says when it matches. */
static bool match_pattern(const struct cen_map *map, size_t rule, size_t index, const char *const *names, size_t count,
			  const char *type, struct cen_map_match *match)
{
	const struct map_rule *row = &map->rules[rule];
	const struct map_pattern *pattern = &map->patterns[row->first_pattern + index];
	const char *matched = match_type(pattern, type) ? match_device(pattern, names, count) : NULL;

	if (!matched)
		return false;
	*match = (struct cen_map_match){
		.size = sizeof(*match),
		.rule = rule,
		.pattern = index,
		.text = row->text,
		.device = pattern->device,
		.type = pattern->type,
		.matched = matched,
		.name_count = row->name_count,
	};
	return true;
}

int cen_map_lookup(const struct cen_map *map, const char *const *names, size_t count, const char *type,
		   struct cen_map_match *out)
{
	struct cen_map_match match;

	for (size_t r = 0; r < map->rule_count; r++) {
		for (size_t p = 0; p < map->rules[r].pattern_count; p++) {
			if (!match_pattern(map, r, p, names, count, type, &match))
				continue;
			if (!out)
				return 0;
			return _cen_copy_sized(out, out->size, &match, sizeof(match), sizeof(match)) < 0 ? -EINVAL : 0;
		}
	}
	return -ENOENT;
}

static bool is_heaps_name(const char *name, uint32_t placement)
{
	static const struct {
		uint32_t placement;
		const char *name;
	} words[] = {
		{CEN_PLACEMENT_SYSTEM, "system-heap"},
		{CEN_PLACEMENT_CMA, "cma-heap"},
		{CEN_PLACEMENT_DEVICE, "device-heap"},
		{CEN_PLACEMENT_PROTECTED, "protected-heap"},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
		if (words[i].placement == placement)
			return strcmp(words[i].name, name) == 0;
	}
	return false;
}

bool _cen_map_name_covers(enum map_name_kind kind, const char *name, const struct cen_source_desc *source,
			  const char *backend)
{
	size_t length = strlen(backend);

	switch (kind) {
	case MAP_NAME_SOURCE:
		return strcmp(name, source->name) == 0;
	case MAP_NAME_QUALIFIED:
		return strncmp(name, backend, length) == 0 && name[length] == ':' &&
		       strcmp(name + length + 1, source->name) == 0;
	case MAP_NAME_BACKEND:
		return strcmp(name, backend) == 0;
	case MAP_NAME_HEAPS:
		return strcmp(backend, "heap") == 0 && is_heaps_name(name, source->placement);
	case MAP_NAME_KINDS:
		break;
	}
	return false;
}
