/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Parts of the map command: what a name stands for, and the test of one device. */
#pragma once

#include <json-c/json.h>
#include <stdio.h>

#include "tool.h"

/* The most sources of one name that are shown. */
#define MAP_SHOWN 32

/* "default_cma_region, reserved" to out; nothing when the name is nothing on this machine. Returns how many. */
size_t map_print_sources(const struct tool *tool, const char *name, FILE *out);

/* "gpu/scanout" to out. Returns whether there is a pattern of this number. */
bool map_print_pattern(const struct cen_map *map, size_t rule, size_t pattern, FILE *out);

/* An array of {"name", "sources"}: the right of a rule. */
struct json_object *map_json_names(const struct tool *tool, const struct cen_map *map, size_t rule);

/* Text that was printed into a stream of open_memstream(), for free(). NULL when there is no memory. */
char *map_take_text(FILE *stream, char **text);

/*
 * Which rule decides for "DEVICE" or "DEVICE/TYPE", and why; map NULL: no map is in force. Returns a tool_status:
 * TOOL_NO_PLAN where no rule matches.
 */
int map_test(const struct tool *tool, const struct cen_map *map, const char *text);
