/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Names of usages. Pure. */
#include <errno.h>

#include <cenalloc/machine.h>

#include "util.h"

static const char *const usage_names[] = {
	[CEN_USAGE_CAPTURE] = "capture",   [CEN_USAGE_OUTPUT] = "output",       [CEN_USAGE_ENCODE] = "encode",
	[CEN_USAGE_DECODE] = "decode",     [CEN_USAGE_TEXTURE] = "texture",     [CEN_USAGE_RENDER] = "render",
	[CEN_USAGE_SCANOUT] = "scanout",   [CEN_USAGE_CURSOR] = "cursor",       [CEN_USAGE_WRITEBACK] = "writeback",
	[CEN_USAGE_CPU_READ] = "cpu-read", [CEN_USAGE_CPU_WRITE] = "cpu-write",
};

const char *cen_usage_get_name(uint32_t usage)
{
	return usage < ARRAY_LENGTH(usage_names) ? usage_names[usage] : NULL;
}

int cen_usage_from_string(const char *text, uint32_t *usage)
{
	for (uint32_t n = 0; text && n < ARRAY_LENGTH(usage_names); n++) {
		if (strcmp(text, usage_names[n]) == 0) {
			*usage = n;
			return 0;
		}
	}
	return -EINVAL;
}
