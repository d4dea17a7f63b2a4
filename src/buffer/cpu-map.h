/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Mapping for the CPU, apart from the life of the buffer that is mapped. */
#pragma once

#include <cenalloc/buffer.h>
#include <cenalloc/cpu-map.h>

/* What is mapped, all of it borrowed for the call: the map has fds of its own, and outlives whatever it was made of. */
struct cpu_map_image {
	const struct cen_buffer_info *info;
	const struct cen_buffer_plane *planes; /* info->plane_count */
	const struct cen_buffer_object *objects; /* info->object_count */
};

/* As cen_buffer_map_cpu(). */
int _cen_cpu_map_create(const struct cpu_map_image *image, uint32_t access, struct cen_cpu_map **out,
			struct cen_error **err);
