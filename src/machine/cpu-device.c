/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The CPU as a device. It takes every linear layout, as long as mmap() works. */
#include "cpu-device.h"

#include <errno.h>
#include <sys/mman.h>

#include "host.h"
#include "util.h"

const struct cen_device_desc _cen_cpu_desc = {
	.size = sizeof(struct cen_device_desc),
	.path = CPU_DEVICE_PATH,
	.name = "CPU",
	.usages = CEN_USAGE_BIT(CEN_USAGE_CPU_READ) | CEN_USAGE_BIT(CEN_USAGE_CPU_WRITE),
};

int _cen_cpu_describe(struct cen_call *call, const struct cen_query *query)
{
	uint32_t fd_mode = query->usage == CEN_USAGE_CPU_WRITE ? CEN_FD_READ_WRITE : CEN_FD_READ_ONLY;
	const struct cen_constraint constraints[] = {
		{.kind = CEN_CONSTRAINT_FD_MODE,
		 .value = fd_mode,
		 .provenance = CEN_PROVENANCE_DERIVED,
		 .note = "mmap() protection follows the fd"},
		{.kind = CEN_CONSTRAINT_CPU_MAPPABLE,
		 .value = 1,
		 .provenance = CEN_PROVENANCE_DERIVED,
		 .note = "the CPU works through mmap()"},
		{.kind = CEN_CONSTRAINT_CPU_ACCESS,
		 .value = CEN_CPU_OFTEN,
		 .provenance = CEN_PROVENANCE_DERIVED,
		 .note = "the CPU touches every frame"},
		{.kind = CEN_CONSTRAINT_SYNC,
		 .value = CEN_SYNC_IMPLICIT,
		 .provenance = CEN_PROVENANCE_DERIVED,
		 .note = "DMA_BUF_IOCTL_SYNC waits for fences"},
	};
	const struct cen_format_info *info;

	for (size_t n = 0; (info = cen_format_get_nth(n)); n++) {
		const struct cen_capability capability = {
			.size = sizeof(capability),
			.fourcc = info->fourcc,
			.modifier = CEN_MODIFIER_LINEAR,
			.constraints = constraints,
			.constraint_count = ARRAY_LENGTH(constraints),
		};
		int ret = _cen_host.add_capability(call, &capability);

		if (ret < 0)
			return ret;
	}
	return 0;
}

int _cen_cpu_try_import(struct cen_call *call, uint32_t usage, const struct cen_image_desc *image)
{
	int protection = usage == CEN_USAGE_CPU_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;

	for (uint32_t n = 0; n < image->object_count; n++) {
		void *map = mmap(NULL, image->objects[n].size, protection, MAP_SHARED, image->objects[n].fd, 0);

		if (map == MAP_FAILED)
			return _cen_host.fail(call, "mmap", errno, "the buffer cannot be mapped");
		munmap(map, image->objects[n].size);
	}
	return 0;
}
