/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What generation 4 of the plug-in ABI added, frozen: which hardware a device is. Never change a struct here; a new
 * generation adds its own file.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include <cenalloc/backend.h>

#include "same-field.h"

struct frozen_device_desc_v4 {
	size_t size;
	uint64_t cookie;
	uint64_t devnum;
	const char *path;
	const char *name;
	const char *driver;
	const char *access_help;
	uint32_t usages;
	int32_t access;
	const char *id;
};

SAME_FIELD(cen_device_desc, frozen_device_desc_v4, size);
SAME_FIELD(cen_device_desc, frozen_device_desc_v4, access);
SAME_FIELD(cen_device_desc, frozen_device_desc_v4, id);
static_assert(sizeof(struct cen_device_desc) >= sizeof(struct frozen_device_desc_v4), "it has shrunk");
/* Behind the end of generation 1: a device of that is still taken. */
static_assert(offsetof(struct cen_device_desc, id) == offsetof(struct cen_device_desc, access) + sizeof(int32_t),
	      "the id of a device has moved");
static_assert(sizeof(struct frozen_device_desc_v4) == 72, "frozen struct edited");
static_assert(CEN_BACKEND_ABI >= 4, "the ABI does not go back");

int main(void)
{
	return 0;
}
