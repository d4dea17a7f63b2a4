/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What configuration files say: a map, and regions. docs/map.md has their form. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cenalloc/error.h>
#include <cenalloc/map.h>

#include "path-list.h"

struct cen_context;

/* The largest file that is read. */
#define CONFIG_MAX_BYTES (1u << 20)
#define CONFIG_MAX_REGIONS 256u

/* "region NAME SIZE [source=] [align=] [start=] [algorithm=]". Strings are owned by the list. */
struct config_region {
	char *name;
	uint64_t bytes; /* not 0 */
	uint64_t alignment; /* a power of two; 0: not given */
	uint64_t start; /* a multiple of alignment */
	bool has_start;
	char *source, *algorithm; /* NULL: not given */
	char *place; /* "FILE:LINE", for errors */
};

struct config_regions {
	struct config_region *items;
	size_t count, capacity;
};

void _cen_config_regions_finish(struct config_regions *regions);

/*
 * Read the text of a file (bytes of any value). Its regions are appended, those whose name is there already passed over
 * when they are of another file. *map is that of its map lines, NULL where there are none. regions may be NULL: they are
 * checked and dropped. Returns 0, or -EINVAL (CEN_ERROR_SYNTAX with file, line and column), -ENOMEM.
 */
int _cen_config_parse(const char *file, const char *text, size_t bytes, struct config_regions *regions,
		      struct cen_map **map, struct cen_error **err);

/* Read and parse a file. Returns as _cen_config_parse(), or as cen_context_load_config() says. */
int _cen_config_read(const char *file, struct config_regions *regions, struct cen_map **map, struct cen_error **err);

/* What a context knows of maps and files. All of it under the context's lock. */
struct config {
	bool is_read; /* environment and files were read once */
	struct cen_map *own; /* of the program */
	struct cen_map *map; /* of environment or files */
	struct cen_map *noted; /* the one whose unknown names were logged */
	struct path_list paths; /* the files, the one that weighs most first */
	struct config_regions regions;
	int watch; /* inotify; -1: none */
	int *watches; /* of it */
	size_t watch_count, watch_capacity;
};

void _cen_config_init(struct config *config);
void _cen_config_finish(struct config *config);

/* Region number index of the files, in the order in which they stand there; NULL past the end. Reads them if need be. */
const struct config_region *_cen_config_get_region(struct cen_context *ctx, size_t index);

/* Watch where the files of the context are, or would be. Returns 0, or a negative errno with err set. */
int _cen_config_arm_watches(struct cen_context *ctx, struct cen_error **err);
