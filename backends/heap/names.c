/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The kernel has no call that tells the properties of a heap; its documentation makes the name the contract. Names of
 * vendor kernels are recognised by their parts.
 */
#include <stddef.h>
#include <string.h>

#include <cenalloc/constraint.h>

#include "names.h"

/* cma= on the command line, the device tree's node of old and of new kernels. */
const char *const _cen_heap_default_areas[] = {"reserved", "linux,cma", "default-pool", NULL};

bool _cen_heap_is_default_area(const char *name)
{
	for (size_t i = 0; _cen_heap_default_areas[i]; i++) {
		if (strcmp(name, _cen_heap_default_areas[i]) == 0)
			return true;
	}
	return false;
}

static bool has_prefix(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

static void set_contiguous(struct heap_class *class, const char *name, bool has_area, bool is_alias)
{
	class->segments = 1;
	class->placement = CEN_PLACEMENT_CMA;
	class->cost = is_alias ? 51 : 50;
	class->provenance = CEN_PROVENANCE_DERIVED;
	if (is_alias)
		class->note = "contiguous; the same CMA area as default_cma_region";
	else if (has_area)
		class->note = "contiguous: the kernel has a CMA area of this name";
	else if (strcmp(name, "default_cma_region") == 0 || _cen_heap_is_default_area(name))
		class->note = "contiguous: the kernel's name for its default CMA area";
	else
		class->note = "contiguous, from 'cma' in the name";
}

struct heap_class _cen_heap_classify(const char *name, bool has_area, bool is_alias)
{
	struct heap_class class = {
		.placement = CEN_PLACEMENT_SYSTEM,
		.provenance = CEN_PROVENANCE_ASSUMED,
		.cost = 40,
		.is_mappable = true,
		.is_cached = !strstr(name, "uncached"),
		.is_low = strstr(name, "dma32"),
		.note = "unknown heap: scattered memory assumed",
	};

	if (has_prefix(name, "protected") || strstr(name, "secure")) {
		class.placement = CEN_PLACEMENT_PROTECTED;
		class.is_mappable = false;
		class.is_cached = false;
		class.cost = 90;
		class.note = "protected memory, from the name";
		return class;
	}
	if (has_area || strstr(name, "cma") || _cen_heap_is_default_area(name)) {
		set_contiguous(&class, name, has_area, is_alias);
		return class;
	}
	if (strcmp(name, "system") == 0) {
		class.provenance = CEN_PROVENANCE_DERIVED;
		class.cost = 10;
		class.note = "any pages: the kernel's name for its page heap";
	} else if (has_prefix(name, "system")) {
		class.cost = class.is_low ? 30 : 20;
		class.note = "any pages, from 'system' in the name";
	}
	return class;
}
