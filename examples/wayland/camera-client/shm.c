/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* wl_shm knows one stride per buffer; planes follow each other without a gap, with strides after their format. */
#include "shm.h"

#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include <cenalloc/format.h>
#include <drm_fourcc.h>

#include "util.h"

static uint32_t to_shm_format(uint32_t fourcc)
{
	if (fourcc == DRM_FORMAT_XRGB8888)
		return WL_SHM_FORMAT_XRGB8888;
	return fourcc == DRM_FORMAT_ARGB8888 ? WL_SHM_FORMAT_ARGB8888 : fourcc;
}

static void handle_release(void *data, struct wl_buffer *wl)
{
	struct shm_slot *slot = data;

	(void)wl;
	slot->is_busy = false;
}

static const struct wl_buffer_listener buffer_listener = {.release = handle_release};

/* Rows of padding at the end of a plane have no place in wl_shm. */
static uint64_t get_plane_size(const struct cen_plan *plan, uint32_t index, const struct cen_plane_layout *layout)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	const struct cen_format_info *format;
	uint32_t vsub;

	cen_plan_get_info(plan, &info);
	format = cen_format_get_info(info.fourcc);
	vsub = format ? format->planes[index].vsub : 1;
	return layout->stride * ((info.height + vsub - 1) / vsub);
}

static uint64_t get_size(const struct cen_plan *plan)
{
	struct cen_plane_layout layout;
	uint64_t size = 0;

	for (uint32_t i = 0; cen_plan_get_plane(plan, i, &layout) == 0; i++)
		size += get_plane_size(plan, i, &layout);
	return size;
}

static int create_slots(struct shm *shm, struct connection *connection, int fd, uint32_t size)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	struct wl_shm_pool *pool;

	cen_plan_get_info(shm->plan, &info);
	pool = wl_shm_create_pool(connection->shm, fd, (int32_t)shm->size);
	if (!pool)
		return -ENOMEM;
	for (uint32_t i = 0; i < SHM_SLOTS; i++) {
		struct shm_slot *slot = &shm->slots[i];

		slot->pixels = shm->pixels + (size_t)i * size;
		slot->wl =
			wl_shm_pool_create_buffer(pool, (int32_t)(i * size), (int32_t)info.width, (int32_t)info.height,
						  (int32_t)shm->stride, to_shm_format(info.fourcc));
		if (slot->wl)
			wl_buffer_add_listener(slot->wl, &buffer_listener, slot);
	}
	wl_shm_pool_destroy(pool);
	return shm->slots[SHM_SLOTS - 1].wl ? 0 : -ENOMEM;
}

int shm_create(struct shm *shm, struct connection *connection, const struct cen_plan *plan)
{
	_cleanup_close_ int fd = -1;
	struct cen_plane_layout layout;
	uint64_t size = get_size(plan);
	void *pixels;

	*shm = (struct shm){.plan = plan};
	cen_plan_get_plane(plan, 0, &layout);
	if (size == 0 || size > INT32_MAX / SHM_SLOTS || layout.stride > INT32_MAX) {
		warnx("a picture of %llu bytes is too large for wl_shm (%d)", (unsigned long long)size,
		      INT32_MAX / SHM_SLOTS);
		return -EFBIG;
	}
	shm->stride = (uint32_t)layout.stride;
	shm->size = (size_t)size * SHM_SLOTS;
	fd = memfd_create("camera-client", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || ftruncate(fd, (off_t)shm->size) < 0)
		goto fail;
	fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK);
	pixels = mmap(NULL, shm->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (pixels == MAP_FAILED)
		goto fail;
	shm->pixels = pixels;
	return create_slots(shm, connection, fd, (uint32_t)size);

fail:
	warn("%zu bytes of shared memory", shm->size);
	return -ENOMEM;
}

void shm_destroy(struct shm *shm)
{
	for (uint32_t i = 0; i < SHM_SLOTS; i++)
		if (shm->slots[i].wl)
			wl_buffer_destroy(shm->slots[i].wl);
	if (shm->pixels)
		munmap(shm->pixels, shm->size);
	*shm = (struct shm){0};
}

/* The plan's strides are kept, so that each plane is one piece. */
static void copy_planes(const struct shm *shm, const struct client_buffer *frame, uint8_t *to)
{
	struct cen_cpu_map_plane from = {.size = sizeof(from)};
	struct cen_plane_layout layout;

	for (uint32_t i = 0; cen_plan_get_plane(shm->plan, i, &layout) == 0; i++) {
		size_t size = (size_t)get_plane_size(shm->plan, i, &layout);

		if (cen_cpu_map_get_plane(frame->map, i, &from) == 0)
			memcpy(to, from.data, size);
		to += size;
	}
}

int shm_copy(struct shm *shm, const struct client_buffer *frame, struct wl_buffer **out)
{
	int ret;

	for (uint32_t i = 0; i < SHM_SLOTS; i++) {
		struct shm_slot *slot = &shm->slots[i];

		if (slot->is_busy)
			continue;
		ret = cen_cpu_map_begin(frame->map, CEN_CPU_MAP_READ, NULL);
		if (ret < 0)
			return ret;
		copy_planes(shm, frame, slot->pixels);
		slot->is_busy = true;
		*out = slot->wl;
		return cen_cpu_map_end(frame->map, NULL);
	}
	return -EAGAIN;
}
