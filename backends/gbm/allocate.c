/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Buffers from a GPU's own allocator. A vendor layout is the driver's, and is read back. Of a linear one only the
 * memory is taken: the layout inside is the host's.
 */
#include <drm_fourcc.h>
#include <xf86drm.h>

#include "gpu.h"

/* The largest picture that every GPU can make. */
#define LARGEST_SIDE 16384

struct maker {
	const struct cen_host *host;
	struct cen_call *call;
	const struct gbm_gpu *gpu;
};

static void destroy_bo(struct gbm_bo **bo)
{
	if (*bo)
		gbm_bo_destroy(*bo);
}
#define _cleanup_bo_ __attribute__((cleanup(destroy_bo)))

/*
 * What the buffer is for is not known here: the most useful that the driver can do for the format. Without SCANOUT
 * some place it where no display reads it. On failure errno is that of the first try, which wished most.
 */
static struct gbm_bo *create_bo(const struct gbm_gpu *gpu, uint32_t width, uint32_t height, uint32_t fourcc,
				uint64_t modifier)
{
	static const uint32_t uses[] = {GBM_BO_USE_SCANOUT | GBM_BO_USE_RENDERING, GBM_BO_USE_RENDERING,
					GBM_BO_USE_SCANOUT, 0};
	int first = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(uses); i++) {
		struct gbm_bo *bo;

		errno = 0;
		if (modifier == DRM_FORMAT_MOD_LINEAR)
			bo = gbm_bo_create(gpu->device, width, height, fourcc, uses[i] | GBM_BO_USE_LINEAR);
		else
			bo = gbm_bo_create_with_modifiers2(gpu->device, width, height, fourcc, &modifier, 1, uses[i]);
		if (bo)
			return bo;
		first = first ? first : _cen_gbm_get_errno();
		/* Not for what it is used. */
		if (errno == EACCES || errno == EPERM || errno == ENOMEM || errno == ENOSPC)
			break;
	}
	errno = first;
	return NULL;
}

static const char *explain(const struct gbm_gpu *gpu, int errnum)
{
	if (errnum == EACCES && gpu->driver->flags & GBM_DRIVER_SOFTWARE)
		return GBM_NO_DUMB_HERE;
	return strerror(errnum);
}

/*
 * Read-write, which gbm_bo_get_fd_for_plane() does not promise: Mesa before 25.3 asks the kernel for read-only fds in
 * places. The first export of a buffer decides. Handles may be another device's where display and GPU are apart.
 */
static int export_plane(const struct maker *maker, struct gbm_bo *bo, int plane, int *out)
{
	union gbm_bo_handle handle = gbm_bo_get_handle_for_plane(bo, plane);
	_cleanup_close_ int fd = -1;
	int err;

	if (handle.s32 < 0 ||
	    drmPrimeHandleToFD(gbm_device_get_fd(maker->gpu->device), handle.u32, DRM_CLOEXEC | DRM_RDWR, &fd) < 0) {
		errno = 0;
		fd = gbm_bo_get_fd_for_plane(bo, plane);
	}
	err = _cen_gbm_get_errno();
	if (fd < 0)
		return fail(maker->host, maker->call, "gbm_bo_get_fd_for_plane", err,
			    "%s: plane %d cannot be exported: %s", maker->gpu->path, plane, strerror(err));
	if ((fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDWR)
		return fail(maker->host, maker->call, "gbm_bo_get_fd_for_plane", EACCES,
			    "%s: plane %d is exported for reading only", maker->gpu->path, plane);
	*out = steal_fd(&fd);
	return 0;
}

static uint64_t get_bytes(int fd)
{
	off_t bytes = lseek(fd, 0, SEEK_END);

	return bytes > 0 ? (uint64_t)bytes : 0;
}

/* A picture of 32 bit pixels with at least so many bytes, as wide as the wished stride where that goes. */
static int find_size(uint64_t stride, uint64_t bytes, uint32_t *width, uint32_t *height)
{
	uint64_t pixels = stride / 4 + (stride % 4 != 0), rows;

	if (bytes == 0 || pixels == 0 || pixels > LARGEST_SIDE)
		pixels = LARGEST_SIDE;
	rows = bytes / (pixels * 4) + (bytes % (pixels * 4) != 0);
	if (rows > LARGEST_SIDE) {
		pixels = LARGEST_SIDE;
		rows = bytes / (pixels * 4) + (bytes % (pixels * 4) != 0);
	}
	if (bytes == 0 || rows > LARGEST_SIDE)
		return -1;
	*width = (uint32_t)pixels;
	*height = (uint32_t)rows;
	return 0;
}

/* The stride of the first plane in an object. */
static uint64_t find_stride(const struct cen_image_desc *wish, uint32_t object)
{
	for (uint32_t p = 0; p < wish->plane_count && p < CEN_MAX_PLANES; p++) {
		if (wish->planes[p].object == object && wish->planes[p].stride)
			return wish->planes[p].stride;
	}
	return page_bytes();
}

static int make_linear_object(void *data, struct cen_call *call, const struct cen_image_desc *wish, uint32_t n, int *fd,
			      uint64_t *size)
{
	const struct maker *maker = data;
	const char *path = maker->gpu->path;
	_cleanup_close_ int made = -1;
	_cleanup_bo_ struct gbm_bo *bo = NULL;
	uint32_t width, height;
	int ret;

	if (find_size(find_stride(wish, n), *size, &width, &height) < 0)
		return fail(maker->host, call, NULL, EINVAL,
			    "%s: no picture of at most %dx%d pixels of 32 bit has %" PRIu64 " bytes", path,
			    LARGEST_SIDE, LARGEST_SIDE, *size);
	bo = create_bo(maker->gpu, width, height, DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR);
	if (!bo) {
		ret = _cen_gbm_get_errno();
		return fail(maker->host, call, "gbm_bo_create", ret, "%s: linear %ux%u for %" PRIu64 " bytes: %s", path,
			    width, height, *size, explain(maker->gpu, ret));
	}
	ret = export_plane(maker, bo, 0, &made);
	if (ret < 0)
		return ret;
	if (get_bytes(made) < *size)
		return fail(maker->host, call, "gbm_bo_create", EIO,
			    "%s: wanted %" PRIu64 " bytes, the driver gave %" PRIu64, path, *size, get_bytes(made));
	*size = get_bytes(made);
	*fd = steal_fd(&made);
	return 0;
}

/* The object that an fd is: one that the image has already, or a new one. The fd is taken. */
static int find_object(struct cen_image_desc *image, int fd, uint32_t *object)
{
	_cleanup_close_ int taken = fd;
	struct stat own, other;

	if (fstat(taken, &own) < 0)
		return -errno;
	for (*object = 0; *object < image->object_count; ++*object) {
		if (fstat(image->objects[*object].fd, &other) < 0)
			return -errno;
		if (own.st_dev == other.st_dev && own.st_ino == other.st_ino)
			return 0;
	}
	image->objects[*object] = (struct cen_image_object){.fd = steal_fd(&taken), .size = get_bytes(fd)};
	image->object_count++;
	return 0;
}

static int read_planes(const struct maker *maker, struct gbm_bo *bo, struct cen_image_desc *image)
{
	int count = gbm_bo_get_plane_count(bo), ret, fd = -1;

	if (count < 1 || count > CEN_MAX_PLANES)
		return fail(maker->host, maker->call, "gbm_bo_get_plane_count", EIO, "%s: %d planes; 1 to %d are known",
			    maker->gpu->path, count, CEN_MAX_PLANES);
	for (int p = 0; p < count; p++) {
		struct cen_image_plane *plane = &image->planes[p];

		ret = export_plane(maker, bo, p, &fd);
		if (ret < 0)
			return ret;
		ret = find_object(image, fd, &plane->object);
		if (ret < 0)
			return fail(maker->host, maker->call, "fstat", -ret, NULL);
		plane->offset = gbm_bo_get_offset(bo, p);
		plane->stride = gbm_bo_get_stride_for_plane(bo, p);
	}
	image->plane_count = (uint32_t)count;
	return 0;
}

/* On failure the fds made so far are in the image. */
static int make_image(const struct maker *maker, const struct cen_image_desc *wish, struct cen_image_desc *image)
{
	const char *path = maker->gpu->path;
	_cleanup_bo_ struct gbm_bo *bo = NULL;
	int ret;

	bo = create_bo(maker->gpu, wish->width, wish->height, wish->fourcc, wish->modifier);
	if (!bo) {
		ret = _cen_gbm_get_errno();
		return fail(maker->host, maker->call, "gbm_bo_create_with_modifiers2", ret,
			    "%s: %ux%u with modifier 0x%" PRIx64 ": %s", path, wish->width, wish->height,
			    wish->modifier, explain(maker->gpu, ret));
	}
	if (gbm_bo_get_modifier(bo) != wish->modifier)
		return fail(maker->host, maker->call, "gbm_bo_get_modifier", EIO,
			    "%s: wanted modifier 0x%" PRIx64 ", the driver took 0x%" PRIx64, path, wish->modifier,
			    gbm_bo_get_modifier(bo));
	return read_planes(maker, bo, image);
}

static int make_images(const struct maker *maker, const struct cen_image_desc *wish, uint32_t count,
		       struct cen_image_desc *out, uint32_t *made)
{
	for (uint32_t i = 0; i < count; i++) {
		out[i] = *wish;
		out[i].object_count = 0;
		for (uint32_t o = 0; o < CEN_MAX_PLANES; o++)
			out[i].objects[o].fd = -1;
	}
	for (uint32_t i = 0; i < count; i++) {
		int ret = make_image(maker, wish, &out[i]);

		if (ret < 0) {
			close_images(out, i + 1);
			return ret;
		}
		*made = i + 1;
	}
	return 0;
}

int _cen_gbm_allocate(void *state, struct cen_call *call, const struct cen_source_desc *source,
		      const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out, uint32_t *made)
{
	const struct cen_host *host = ((struct gbm_state *)state)->host;
	_cleanup_gpu_ struct gbm_gpu gpu = {.fd = -1};
	struct maker maker = {.host = host, .call = call, .gpu = &gpu};
	uint64_t wanted = count_bytes(wish, count), held = read_meminfo("MemAvailable");
	int ret;

	*made = 0;
	if (wish->plane_count && source->placement == CEN_PLACEMENT_SYSTEM && held && wanted > held)
		return fail(host, call, NULL, ENOMEM,
			    "%s: wanted %" PRIu64 " bytes, the machine has %" PRIu64 " available", source->name, wanted,
			    held);
	ret = _cen_gbm_gpu_open(host, call, source->path, source->exporter, source->cookie, &gpu);
	if (ret < 0)
		return ret;
	if (wish->modifier == CEN_MODIFIER_LINEAR)
		return allocate_objects(host, call, wish, count, out, made, make_linear_object, &maker);
	return make_images(&maker, wish, count, out, made);
}
