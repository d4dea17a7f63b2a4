/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Moving a buffer to other memory: a device came late, and the owner allowed it. */
#include <errno.h>

#include <cenalloc/cpu-map.h>
#include <cenalloc/solution.h>

#include "buffer.h"
#include "cleanup.h"
#include "error.h"
#include "layout.h"
#include "storage.h"
#include "util.h"

static void cpu_map_cleanup(struct cen_cpu_map **map)
{
	cen_cpu_map_destroy(*map);
}

/* Rows of the picture alone: what lies between them is nobody's. */
static void copy_plane(const struct cen_cpu_map_plane *from, const struct cen_cpu_map_plane *to, uint64_t row_bytes)
{
	uint32_t rows = from->rows < to->rows ? from->rows : to->rows;

	if (row_bytes > from->stride || row_bytes > to->stride)
		row_bytes = from->stride < to->stride ? from->stride : to->stride;
	for (uint32_t n = 0; n < rows; n++)
		memcpy((char *)to->data + n * to->stride, (const char *)from->data + n * from->stride, row_bytes);
}

static int copy(struct cen_buffer *from, struct cen_buffer *to, struct cen_error **err)
{
	const struct cen_format_info *format = cen_format_get_info(from->info.fourcc);
	_cleanup_(cpu_map_cleanup) struct cen_cpu_map *source = NULL, *target = NULL;
	int ret;

	ret = cen_buffer_map_cpu(from, CEN_CPU_MAP_READ, &source, err);
	if (ret == 0)
		ret = cen_buffer_map_cpu(to, CEN_CPU_MAP_WRITE, &target, err);
	for (uint32_t p = 0; ret == 0 && p < format->plane_count; p++) {
		struct cen_cpu_map_plane left = {.size = sizeof(left)}, right = {.size = sizeof(right)};

		ret = cen_cpu_map_get_plane(source, p, &left);
		if (ret == 0)
			ret = cen_cpu_map_get_plane(target, p, &right);
		if (ret == 0)
			copy_plane(&left, &right, _cen_layout_natural_stride(&format->planes[p], from->info.width));
	}
	/* What was written counts only once the caches are clean. */
	return ret == 0 ? cen_cpu_map_end(target, err) : ret;
}

static int check_layouts(const struct cen_buffer *from, const struct cen_buffer *to,
			 const struct cen_attachment *newcomer, struct cen_error **err)
{
	if (from->info.modifier == CEN_MODIFIER_LINEAR && to->info.modifier == CEN_MODIFIER_LINEAR)
		return 0;
	return _cen_error_set(err, CEN_ERROR_BUSY, EBUSY, &(struct error_facts){.device = newcomer->name},
			      "%s (%s): the buffer would have to move, and the CPU cannot copy a vendor's layout",
			      newcomer->name, cen_usage_get_name(newcomer->usage));
}

int _cen_storage_migrate(struct buffer_life *life, const struct cen_attachment *newcomer, struct storage *out,
			 struct cen_error **err)
{
	_cleanup_(_cen_storage_cleanup) struct storage storage = {0};
	_cleanup_solution_ struct cen_solution *solution = NULL;
	int ret;

	*out = (struct storage){0};
	ret = _cen_storage_solve(life, newcomer, life->storage->info.fourcc, &solution, err);
	if (ret == 0)
		ret = _cen_storage_allocate(life, solution, &storage, err);
	if (ret == 0)
		ret = check_layouts(life->storage, storage.buffer, newcomer, err);
	if (ret == 0)
		ret = copy(life->storage, storage.buffer, err);
	if (ret < 0)
		return ret;
	*out = storage;
	storage = (struct storage){0};
	return 0;
}
