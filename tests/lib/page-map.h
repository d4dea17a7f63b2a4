/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * An algorithm of regions for tests: first fit over a map of pages. It ends the program when it is given back what it
 * does not have. A test puts these into a struct cen_region_algorithm of its own.
 */
#pragma once

#include <stdint.h>

int page_map_init(uint64_t bytes, uint64_t granularity, void **state);
void page_map_cleanup(void *state);
int page_map_alloc(void *state, uint64_t bytes, uint64_t alignment, uint64_t *start);
void page_map_free(void *state, uint64_t start, uint64_t bytes);
uint64_t page_map_get_largest_free(const void *state);
