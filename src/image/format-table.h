/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The table behind format.h. */
#pragma once

#include <stddef.h>

#include <cenalloc/format.h>

struct format_row {
	struct cen_format_info info;
	const char *name; /* of drm_fourcc.h, without its prefix */
};

/* In the order of the fourcc. */
extern const struct format_row _cen_format_rows[];
extern const size_t _cen_format_row_count;
