/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Which rule of machine files gives the values that a constraint had at several sizes. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine-file.h"

/* What a constraint was at a size. */
struct file_sample {
	uint32_t width, height;
	uint64_t value;
};

/*
 * The candidates of a kind are numbered, the simplest first. Returns how many there are: 0 for a kind whose value follows
 * from no size.
 */
size_t _cen_file_infer_count(uint32_t kind);

/* The most of any kind. */
#define FILE_INFER_MAX 1701u

/* The candidate itself; the constraint gives kind, plane, provenance and note. index is below the count. */
struct file_rule _cen_file_infer_get(const struct cen_constraint *constraint, size_t index);

/* Whether it gives every sample, of which there is at least one, exactly. */
bool _cen_file_infer_fits(const struct file_rule *rule, const struct cen_format_info *format,
			  const struct file_sample *samples, size_t count);
