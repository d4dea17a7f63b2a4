/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* First fit over a map of pages. */
#include "page-map.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

struct page_map {
	uint64_t count, page;
	bool is_taken[];
};

int page_map_init(uint64_t bytes, uint64_t granularity, void **state)
{
	struct page_map *map = calloc(1, sizeof(*map) + bytes / granularity);

	if (!map)
		return -ENOMEM;
	map->count = bytes / granularity;
	map->page = granularity;
	*state = map;
	return 0;
}

void page_map_cleanup(void *state)
{
	free(state);
}

static bool is_free(const struct page_map *map, uint64_t first, uint64_t count)
{
	for (uint64_t n = 0; n < count; n++) {
		if (first + n >= map->count || map->is_taken[first + n])
			return false;
	}
	return true;
}

static void mark(struct page_map *map, uint64_t first, uint64_t count, bool is_taken)
{
	for (uint64_t n = 0; n < count; n++) {
		/* What is given back was taken, or the host has lost count. */
		if (map->is_taken[first + n] == is_taken)
			abort();
		map->is_taken[first + n] = is_taken;
	}
}

int page_map_alloc(void *state, uint64_t bytes, uint64_t alignment, uint64_t *start)
{
	struct page_map *map = state;

	for (uint64_t first = 0; first < map->count; first += alignment / map->page) {
		if (!is_free(map, first, bytes / map->page))
			continue;
		mark(map, first, bytes / map->page, true);
		*start = first * map->page;
		return 0;
	}
	return -ENOMEM;
}

void page_map_free(void *state, uint64_t start, uint64_t bytes)
{
	struct page_map *map = state;

	mark(map, start / map->page, bytes / map->page, false);
}

uint64_t page_map_get_largest_free(const void *state)
{
	const struct page_map *map = state;
	uint64_t run = 0, largest = 0;

	for (uint64_t n = 0; n < map->count; n++) {
		run = map->is_taken[n] ? 0 : run + 1;
		largest = run > largest ? run : largest;
	}
	return largest * map->page;
}
