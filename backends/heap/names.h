/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the name of a dma-heap says about its memory. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct heap_class {
	uint32_t segments; /* as in cen_source_desc */
	uint32_t placement;
	uint32_t provenance;
	uint32_t cost;
	bool is_mappable;
	bool is_cached;
	bool is_low; /* below 4 GiB */
	const char *note;
};

/* has_area: the kernel has a CMA area of this name. is_alias: another heap of this machine is the same area. */
struct heap_class _cen_heap_classify(const char *name, bool has_area, bool is_alias);

/* The names that the area of the heap "default_cma_region" has, NULL-terminated. */
extern const char *const _cen_heap_default_areas[];
/* Whether name is one of them. */
bool _cen_heap_is_default_area(const char *name);
