/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The inside of a map, and its parser, which a configuration file feeds line by line. Pure. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <cenalloc/backend.h>
#include <cenalloc/map.h>

#include "arena.h"

struct map_pattern {
	const char *device; /* resolved: never NULL */
	const char *type; /* NULL: any */
	bool is_inherited; /* "/TYPE" alone: the device part is that of the pattern before it */
};

struct map_rule {
	const char *text;
	uint32_t line;
	size_t first_pattern, pattern_count;
	size_t first_name, name_count;
};

struct cen_map {
	atomic_int refs;
	struct arena *arena; /* owns every string */
	const char *origin;
	const char *text;
	size_t bytes; /* of what was read */
	struct map_rule *rules;
	size_t rule_count, rule_capacity;
	struct map_pattern *patterns;
	size_t pattern_count, pattern_capacity;
	const char **names;
	size_t name_count, name_capacity;
};

/* An empty map, to be filled and finished before anybody else sees it. Returns NULL when there is no memory. */
struct cen_map *_cen_map_create(const char *origin);
void _cen_map_cleanup(struct cen_map **map);

/* Where a piece of text stands: what errors say. */
struct map_place {
	const char *file; /* NULL: no file */
	uint32_t line, column; /* of its first byte, from 1 */
};

/*
 * Append the rules of a piece of text (bytes without NUL), which holds whole rules: "/TYPE" alone goes on from the piece
 * before. Returns 0, or -EINVAL with CEN_ERROR_SYNTAX, -ENOMEM; after a failure the map is good for unref only.
 */
int _cen_map_append(struct cen_map *map, const char *text, size_t bytes, const struct map_place *place,
		    struct cen_error **err);

/* The text of all rules. Returns 0, or -ENOMEM. */
int _cen_map_finish(struct cen_map *map, struct cen_error **err);

/* "FILE:LINE:COLUMN: ..." or "line L, column C: ..." as CEN_ERROR_SYNTAX. Returns -EINVAL. */
int _cen_map_refuse(const struct map_place *place, struct cen_error **err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Whether a pattern matches all of a text: '?' any one byte, a '*' at the end the rest, which may be nothing. */
bool _cen_map_glob(const char *pattern, const char *text);

/* Whether both are the same map from the same place; NULL: none. */
bool _cen_map_equal(const struct cen_map *a, const struct cen_map *b);

/* What a name on the right is, in the order in which it is looked for: the first that there is counts. */
enum map_name_kind {
	MAP_NAME_SOURCE, /* "system" */
	MAP_NAME_QUALIFIED, /* "kms:/dev/dri/card0" */
	MAP_NAME_BACKEND, /* "gbm" */
	MAP_NAME_HEAPS, /* "cma-heap" */
	MAP_NAME_KINDS,
};

/* Whether a name, taken as one of this kind, stands for a source of a backend. */
bool _cen_map_name_covers(enum map_name_kind kind, const char *name, const struct cen_source_desc *source,
			  const char *backend);
