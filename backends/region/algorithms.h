/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The algorithms of this backend, and what they agree on. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include <cenalloc/region-algorithm.h>

extern const struct cen_region_algorithm _cen_best_fit;
extern const struct cen_region_algorithm _cen_tlsf;

static inline bool is_power_of_two(uint64_t value)
{
	return value && !(value & (value - 1));
}

/* Whether there can be such a region: init() of an algorithm refuses others. */
static inline bool is_region(uint64_t bytes, uint64_t granularity)
{
	return bytes && is_power_of_two(granularity) && !(bytes & (granularity - 1));
}

/* From start to the next multiple of alignment. */
static inline uint64_t get_padding(uint64_t start, uint64_t alignment)
{
	return (0 - start) & (alignment - 1);
}
