/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A buffer in this process's addresses, with a beginning and an end around each access. Every mapping starts at byte 0
 * of its object: exporters that ignore the offset of mmap() exist (vb2's vmalloc), and so no offset need be a multiple
 * of the page.
 */
#include "cpu-map.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>

#include "buffer.h"
#include "dma-buf.h"
#include "error.h"
#include "image-check.h"
#include "life.h"
#include "sync.h"
#include "util.h"

#define EXPORTER_SIZE 64
#define PLANE_SIZE_V1 (offsetof(struct cen_cpu_map_plane, rows) + sizeof(uint32_t))

_Static_assert(CEN_CPU_MAP_READ == DMA_BUF_ACCESS_READ && CEN_CPU_MAP_WRITE == DMA_BUF_ACCESS_WRITE,
	       "what the CPU does is told to the kernel as it is");

/* One object. */
struct mapping {
	int fd; /* our own, of the same file; -1: none */
	bool is_dma_buf; /* false: a memfd, which nobody but the CPU uses and which has no SYNC */
	void *base; /* NULL: not mapped */
	size_t bytes;
};

struct cen_cpu_map {
	struct cen_buffer_info info;
	struct cen_buffer_plane planes[CEN_MAX_PLANES];
	struct mapping mappings[CEN_MAX_PLANES];
	uint32_t allowed; /* CEN_CPU_MAP_*: what the pages are mapped for */
	uint32_t access; /* of the access under way; 0: none */
};

/* How much of an object has to be mapped: up to the end of its last plane. */
static int find_bytes(const struct cpu_map_image *image, uint32_t object, size_t *bytes, struct cen_error **err)
{
	uint64_t held = image->objects[object].size, last = 0, end;

	for (uint32_t n = 0; n < image->info->plane_count; n++) {
		const struct cen_buffer_plane *plane = &image->planes[n];

		if (plane->object != object)
			continue;
		if (__builtin_add_overflow(plane->offset, plane->size, &end) || end > held || end > SIZE_MAX ||
		    end == 0)
			return _cen_error_set(err, CEN_ERROR_OVERFLOW, EOVERFLOW,
					      &(struct error_facts){.wanted = plane->size, .held = held},
					      "plane %u: %" PRIu64 " bytes from byte %" PRIu64
					      " on do not lie in object %u of %" PRIu64 " bytes",
					      n, plane->size, plane->offset, object, held);
		last = end > last ? end : last;
	}
	*bytes = (size_t)last;
	return 0;
}

static int refuse_mapping(const struct mapping *mapping, uint32_t object, int errnum, struct cen_error **err)
{
	const struct error_facts facts = {.call = "mmap", .wanted = mapping->bytes};
	char exporter[EXPORTER_SIZE];

	if (errnum == ENOMEM)
		return _cen_error_set(err, CEN_ERROR_NO_MEMORY, ENOMEM, &facts,
				      "object %u: no room for %zu bytes in the addresses of this process", object,
				      mapping->bytes);
	_cen_dma_buf_get_exporter(mapping->fd, exporter, sizeof(exporter));
	return _cen_error_set(err, errnum == EACCES ? CEN_ERROR_PERMISSION : CEN_ERROR_SYSTEM, errnum, &facts,
			      "object %u, exported by %s, cannot be mapped by the CPU (mmap: %s)", object, exporter,
			      strerror(errnum));
}

static int check_writable(const struct mapping *mapping, uint32_t object, struct cen_error **err)
{
	int flags = fcntl(mapping->fd, F_GETFL);
	char exporter[EXPORTER_SIZE];

	if (flags < 0 || (flags & O_ACCMODE) == O_RDWR)
		return 0;
	_cen_dma_buf_get_exporter(mapping->fd, exporter, sizeof(exporter));
	return _cen_error_set(err, CEN_ERROR_PERMISSION, EACCES, &(struct error_facts){.call = "mmap"},
			      "object %u, exported by %s, cannot be written by the CPU: its file descriptor is not "
			      "open for reading and writing",
			      object, exporter);
}

/* Who writes also reads: of a pixel that is smaller than what the processor stores, the rest. */
static int map_object(struct mapping *mapping, uint32_t object, uint32_t access, struct cen_error **err)
{
	int protection = access & CEN_CPU_MAP_WRITE ? PROT_READ | PROT_WRITE : PROT_READ, ret;
	void *base;

	if (access & CEN_CPU_MAP_WRITE) {
		ret = check_writable(mapping, object, err);
		if (ret < 0)
			return ret;
	}
	base = mmap(NULL, mapping->bytes, protection, MAP_SHARED, mapping->fd, 0);
	if (base == MAP_FAILED)
		return refuse_mapping(mapping, object, errno, err);
	mapping->base = base;
	return 0;
}

static int map_objects(struct cen_cpu_map *map, const struct cpu_map_image *image, struct cen_error **err)
{
	int ret = 0;

	for (uint32_t n = 0; ret == 0 && n < image->info->object_count; n++) {
		struct mapping *mapping = &map->mappings[n];

		mapping->fd = fcntl(image->objects[n].fd, F_DUPFD_CLOEXEC, 0);
		if (mapping->fd < 0)
			return _cen_error_set(err, CEN_ERROR_SYSTEM, errno, &(struct error_facts){.call = "fcntl"},
					      "object %u: no file descriptor for the map (fcntl: %s)", n,
					      strerror(errno));
		mapping->is_dma_buf = _cen_is_dma_buf(mapping->fd);
		ret = find_bytes(image, n, &mapping->bytes, err);
		/* No plane lies in it: nothing to see. */
		if (ret == 0 && mapping->bytes)
			ret = map_object(mapping, n, map->allowed, err);
	}
	return ret;
}

static void unmap_objects(struct cen_cpu_map *map)
{
	for (uint32_t n = 0; n < CEN_MAX_PLANES; n++) {
		if (map->mappings[n].base)
			munmap(map->mappings[n].base, map->mappings[n].bytes);
		if (map->mappings[n].fd >= 0)
			close(map->mappings[n].fd);
	}
}

static int refuse_sync(const struct mapping *mapping, uint32_t object, const char *what, int errnum,
		       struct cen_error **err)
{
	char exporter[EXPORTER_SIZE];

	_cen_dma_buf_get_exporter(mapping->fd, exporter, sizeof(exporter));
	return _cen_error_set(err, CEN_ERROR_SYSTEM, errnum, &(struct error_facts){.call = "DMA_BUF_IOCTL_SYNC"},
			      "object %u, exported by %s: CPU access cannot %s (DMA_BUF_IOCTL_SYNC: %s)", object,
			      exporter, what, strerror(errnum));
}

/* End what was begun of the first count objects; all of them, whatever one says. The first failure counts. */
static int end_objects(struct cen_cpu_map *map, uint32_t count, uint32_t access, struct cen_error **err)
{
	int first = 0;

	for (uint32_t n = 0; n < count; n++) {
		const struct mapping *mapping = &map->mappings[n];
		int ret = mapping->is_dma_buf && mapping->base ? _cen_dma_buf_end(mapping->fd, access) : 0;

		if (ret < 0 && first == 0)
			first = refuse_sync(mapping, n, "end", -ret, err);
	}
	return first;
}

static int begin_objects(struct cen_cpu_map *map, uint32_t access, struct cen_error **err)
{
	for (uint32_t n = 0; n < map->info.object_count; n++) {
		const struct mapping *mapping = &map->mappings[n];
		int ret = mapping->is_dma_buf && mapping->base ? _cen_dma_buf_begin(mapping->fd, access) : 0;

		if (ret == 0)
			continue;
		end_objects(map, n, access, NULL);
		return refuse_sync(mapping, n, "begin", -ret, err);
	}
	map->access = access;
	return 0;
}

int cen_cpu_map_begin(struct cen_cpu_map *map, uint32_t access, struct cen_error **err)
{
	int ret = _cen_access_check(access, "CPU", err);

	if (ret < 0)
		return ret;
	if (map->access)
		return _cen_error_set(err, CEN_ERROR_BUSY, EBUSY, NULL,
				      "CPU access was begun already and has not ended");
	if (access & ~map->allowed)
		return _cen_error_set(err, CEN_ERROR_PERMISSION, EACCES, NULL,
				      "the buffer is mapped for %s only: it cannot be %s",
				      map->allowed & CEN_CPU_MAP_WRITE ? "writing" : "reading",
				      map->allowed & CEN_CPU_MAP_WRITE ? "read" : "written");
	return begin_objects(map, access, err);
}

int cen_cpu_map_end(struct cen_cpu_map *map, struct cen_error **err)
{
	uint32_t access = map->access;

	if (!access)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "CPU access was not begun: there is nothing to end");
	map->access = 0;
	return end_objects(map, map->info.object_count, access, err);
}

static uint32_t count_rows(const struct cen_buffer_info *info, uint32_t plane)
{
	const struct cen_format_info *format = cen_format_get_info(info->fourcc);

	if (info->modifier != CEN_MODIFIER_LINEAR || !format || plane >= format->plane_count)
		return 0;
	return (info->height + format->planes[plane].vsub - 1u) / format->planes[plane].vsub;
}

int cen_cpu_map_get_plane(const struct cen_cpu_map *map, uint32_t index, struct cen_cpu_map_plane *out)
{
	struct cen_cpu_map_plane own = {.size = sizeof(own)};
	const struct cen_buffer_plane *plane;

	if (!map->access || index >= map->info.plane_count)
		return -EINVAL;
	plane = &map->planes[index];
	own.data = (char *)map->mappings[plane->object].base + plane->offset;
	own.stride = plane->stride;
	own.bytes = plane->size;
	own.rows = count_rows(&map->info, index);
	return _cen_copy_sized(out, out->size, &own, sizeof(own), PLANE_SIZE_V1) < 0 ? -EINVAL : 0;
}

void cen_cpu_map_destroy(struct cen_cpu_map *map)
{
	if (!map)
		return;
	if (map->access)
		cen_cpu_map_end(map, NULL);
	unmap_objects(map);
	free(map);
}

void cen_cpu_map_scope_end(struct cen_cpu_map **map)
{
	cen_cpu_map_destroy(*map);
}

int _cen_cpu_map_create(const struct cpu_map_image *image, uint32_t access, struct cen_cpu_map **out,
			struct cen_error **err)
{
	_cleanup_(cen_cpu_map_scope_end) struct cen_cpu_map *map = NULL;
	bool is_later = access & CEN_CPU_MAP_LATER;
	int ret = _cen_access_check(access & ~CEN_CPU_MAP_LATER, "CPU", err);

	*out = NULL;
	if (ret < 0)
		return ret;
	map = calloc(1, sizeof(*map));
	if (!map)
		return _cen_error_no_memory(err);
	for (uint32_t n = 0; n < CEN_MAX_PLANES; n++)
		map->mappings[n].fd = -1;
	map->info = *image->info;
	memcpy(map->planes, image->planes, image->info->plane_count * sizeof(map->planes[0]));
	map->allowed = access & ~CEN_CPU_MAP_LATER;
	ret = map_objects(map, image, err);
	if (ret == 0 && !is_later)
		ret = begin_objects(map, map->allowed, err);
	if (ret < 0)
		return ret;
	*out = STEAL(map);
	return 0;
}

int cen_buffer_map_cpu(const struct cen_buffer *buffer, uint32_t access, struct cen_cpu_map **out,
		       struct cen_error **err)
{
	struct cen_buffer *held;
	int ret;

	*out = NULL;
	ret = _cen_life_ref_storage(buffer, ORDER_CALL("cen_buffer_map_cpu"), &held, err);
	if (ret < 0)
		return ret;
	ret = _cen_cpu_map_create(&(struct cpu_map_image){&held->info, held->planes, held->objects}, access, out, err);
	cen_buffer_unref(held);
	return ret;
}

struct cen_cpu_map *cen_cpu_map_scope_begin(const struct cen_buffer *buffer, uint32_t access, struct cen_error **err)
{
	struct cen_cpu_map *map;

	cen_buffer_map_cpu(buffer, access, &map, err);
	return map;
}
