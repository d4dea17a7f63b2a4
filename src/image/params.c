/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A client's buffer on its way into a compositor: nothing that the client says or sends is believed. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cenalloc/compositor.h>

#include "buffer.h"
#include "cleanup.h"
#include "image-check.h"
#include "params-check.h"
#include "util.h"

struct cen_params {
	struct cen_offer *offer;
	uint32_t flags;
	bool is_used; /* finish() was called: nothing but the end is left */
	struct params_wish wish;
};

static void close_planes(struct params_wish *wish)
{
	for (uint32_t n = 0; n < CEN_MAX_PLANES; n++) {
		if (wish->planes[n].fd >= 0)
			close(wish->planes[n].fd);
		wish->planes[n].fd = -1;
	}
}

int cen_params_create(struct cen_offer *offer, uint32_t version, uint32_t flags, struct cen_params **out)
{
	struct cen_params *params;

	*out = NULL;
	if (flags & ~CEN_PARAMS_CPU)
		return -EINVAL;
	params = calloc(1, sizeof(*params));
	if (!params)
		return -ENOMEM;
	params->offer = cen_offer_ref(offer);
	params->flags = flags;
	params->wish.version = version;
	for (uint32_t n = 0; n < CEN_MAX_PLANES; n++)
		params->wish.planes[n].fd = -1;
	*out = params;
	return 0;
}

void cen_params_destroy(struct cen_params *params)
{
	if (!params)
		return;
	close_planes(&params->wish);
	cen_offer_unref(params->offer);
	free(params);
}

static int refuse_used(struct cen_refusal *refusal)
{
	return _cen_params_refuse(refusal, CEN_PARAMS_ERROR_ALREADY_USED,
				  "these parameters were already used to create a buffer");
}

static int check_add(const struct cen_params *params, uint32_t plane, uint64_t modifier, struct cen_refusal *refusal)
{
	if (params->is_used)
		return refuse_used(refusal);
	if (plane >= CEN_MAX_PLANES)
		return _cen_params_refuse(refusal, CEN_PARAMS_ERROR_PLANE_IDX,
					  "plane %" PRIu32 ": a buffer has the planes 0 to %d", plane,
					  CEN_MAX_PLANES - 1);
	if (params->wish.planes[plane].is_set)
		return _cen_params_refuse(refusal, CEN_PARAMS_ERROR_PLANE_SET, "plane %" PRIu32 " was already added",
					  plane);
	for (uint32_t n = 0; n < CEN_MAX_PLANES && params->wish.version >= 5; n++) {
		if (params->wish.planes[n].is_set && params->wish.planes[n].modifier != modifier)
			return _cen_params_refuse(refusal, CEN_PARAMS_ERROR_INVALID_FORMAT,
						  "planes %" PRIu32 " and %" PRIu32 " have different modifiers", n,
						  plane);
	}
	return 0;
}

int cen_params_add(struct cen_params *params, int fd, uint32_t plane, uint32_t offset, uint32_t stride,
		   uint64_t modifier, struct cen_refusal *refusal)
{
	_cleanup_close_ int own = fd;
	int ret;

	*refusal = (struct cen_refusal){0};
	ret = check_add(params, plane, modifier, refusal);
	if (ret < 0)
		return ret;
	params->wish.planes[plane] = (struct params_plane){
		.is_set = true,
		.fd = _cen_steal_fd(&own),
		.offset = offset,
		.stride = stride,
		.modifier = modifier,
	};
	return 0;
}

/* One dma-buf: its size and identity. The fd stays the plane's. */
static int look_at_object(const struct params_plane *plane, uint32_t n, struct cen_buffer_object *out,
			  struct cen_refusal *refusal)
{
	struct stat st;
	off_t bytes;

	if (!_cen_is_dma_buf(plane->fd) || fstat(plane->fd, &st) < 0)
		return _cen_params_fail(refusal, "plane %" PRIu32 ": its fd is no dma-buf", n);
	bytes = lseek(plane->fd, 0, SEEK_END);
	if (bytes <= 0)
		return _cen_params_fail(refusal, "plane %" PRIu32 ": the size of its dma-buf cannot be read: %s", n,
					bytes < 0 ? strerror(errno) : "it is empty");
	*out = (struct cen_buffer_object){.fd = plane->fd, .size = (uint64_t)bytes, .dev = st.st_dev, .ino = st.st_ino};
	return 0;
}

static int check_mode(int fd, uint32_t n, struct cen_refusal *refusal)
{
	int mode = fcntl(fd, F_GETFL);

	if (mode >= 0 && (mode & O_ACCMODE) == O_RDWR)
		return 0;
	return _cen_params_fail(refusal,
				"plane %" PRIu32 ": its dma-buf is not open for reading and writing, and this "
				"compositor uses the CPU: export it with O_RDWR (DRM_RDWR)",
				n);
}

/* Many an importer does not look whether its own mapping failed: find out before. */
static int check_mapping(const struct cen_buffer_object *object, uint32_t n, struct cen_refusal *refusal)
{
	void *data;

	if (object->size > SIZE_MAX)
		return _cen_params_fail(refusal, "plane %" PRIu32 ": its dma-buf is too large to be mapped", n);
	data = mmap(NULL, (size_t)object->size, PROT_READ | PROT_WRITE, MAP_SHARED, object->fd, 0);
	if (data == MAP_FAILED)
		return _cen_params_fail(refusal,
					"plane %" PRIu32 ": its dma-buf cannot be mapped (%s), and this compositor "
					"uses the CPU: allocate memory that can be mapped",
					n, strerror(errno));
	munmap(data, (size_t)object->size);
	return 0;
}

/* The object of a plane: one that is there already, or the next. */
static uint32_t place_object(const struct cen_buffer *buffer, const struct cen_buffer_object *object)
{
	uint32_t n = 0;

	while (n < buffer->info.object_count &&
	       (buffer->objects[n].dev != object->dev || buffer->objects[n].ino != object->ino))
		n++;
	return n;
}

/* Moves the plane's fd into the buffer, or leaves it where the buffer has one of the same dma-buf already. */
static int take_plane(struct cen_params *params, uint32_t n, struct cen_buffer *buffer, struct cen_refusal *refusal)
{
	struct params_plane *plane = &params->wish.planes[n];
	bool is_cpu = params->flags & CEN_PARAMS_CPU;
	struct cen_buffer_object object = {0};
	uint64_t bytes = 0;
	uint32_t place;
	int ret = look_at_object(plane, n, &object, refusal);

	if (ret == 0)
		ret = _cen_params_check_bounds(&params->wish, n, object.size, &bytes, refusal);
	if (ret == 0 && is_cpu)
		ret = check_mode(plane->fd, n, refusal);
	if (ret < 0)
		return ret;
	place = place_object(buffer, &object);
	if (place == buffer->info.object_count) {
		ret = is_cpu ? check_mapping(&object, n, refusal) : 0;
		if (ret < 0)
			return ret;
		buffer->objects[buffer->info.object_count++] = object;
		plane->fd = -1;
	}
	buffer->planes[n] = (struct cen_buffer_plane){
		.fd = buffer->objects[place].fd,
		.object = place,
		.offset = plane->offset,
		.stride = plane->stride,
		.size = bytes,
	};
	buffer->info.plane_count++;
	return 0;
}

/* Where a driver's layout does not say where a plane ends: at the next one of its object, or at the object's end. */
static void fill_plane_sizes(struct cen_buffer *buffer)
{
	for (uint32_t n = 0; n < buffer->info.plane_count; n++) {
		struct cen_buffer_plane *plane = &buffer->planes[n];
		uint64_t end = buffer->objects[plane->object].size;

		for (uint32_t i = 0; i < buffer->info.plane_count; i++) {
			const struct cen_buffer_plane *other = &buffer->planes[i];

			if (other->object == plane->object && other->offset > plane->offset && other->offset < end)
				end = other->offset;
		}
		if (!plane->size)
			plane->size = end - plane->offset;
	}
}

static int make_buffer(struct cen_params *params, uint32_t plane_count, struct cen_buffer **out,
		       struct cen_refusal *refusal)
{
	_cleanup_buffer_ struct cen_buffer *buffer = _cen_buffer_create();

	if (!buffer) {
		_cen_params_fail(refusal, "the compositor is out of memory");
		return -ENOMEM;
	}
	buffer->info = (struct cen_buffer_info){
		.size = sizeof(buffer->info),
		.fourcc = params->wish.fourcc,
		.width = (uint32_t)params->wish.width,
		.height = (uint32_t)params->wish.height,
		.modifier = params->wish.planes[0].modifier,
	};
	for (uint32_t n = 0; n < plane_count; n++) {
		int ret = take_plane(params, n, buffer, refusal);

		if (ret < 0)
			return ret;
	}
	fill_plane_sizes(buffer);
	*out = STEAL(buffer);
	return 0;
}

int cen_params_finish(struct cen_params *params, int32_t width, int32_t height, uint32_t fourcc,
		      struct cen_buffer **out, struct cen_refusal *refusal)
{
	uint32_t plane_count;
	int ret;

	*out = NULL;
	*refusal = (struct cen_refusal){0};
	if (params->is_used)
		return refuse_used(refusal);
	params->is_used = true;
	params->wish.width = width;
	params->wish.height = height;
	params->wish.fourcc = fourcc;
	ret = _cen_params_check_wish(params->offer, &params->wish, &plane_count, refusal);
	if (ret == 0)
		ret = make_buffer(params, plane_count, out, refusal);
	/* What the buffer did not take: all after a failure, or further fds of one dma-buf. */
	close_planes(&params->wish);
	return ret;
}
