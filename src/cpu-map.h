/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Mapping for the CPU, apart from the life of the buffer that is mapped. */
#pragma once

#include <cenalloc/buffer.h>
#include <cenalloc/cpu-map.h>

/* What is mapped. A plain value, copied into the map. */
struct cpu_map_image {
	struct cen_buffer_info info;
	const struct cen_buffer_plane *planes; /* info.plane_count; copied */
	const struct cen_buffer_object *objects; /* info.object_count; copied. The fds stay open while there is a map */
	void *owner; /* keeps the fds open */
	void (*release)(void *owner); /* when the map is gone; not called after a failure. May be NULL */
};

/* As cen_buffer_map_cpu(). */
int _cen_cpu_map_create(const struct cpu_map_image *image, uint32_t access, struct cen_cpu_map **out,
			struct cen_error **err);
