/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Memory of the fake backend, and the ways to return something else than was wished. */
#include "pages.h"

#include <sys/mman.h>

#include "backend-util.h"

#define STRIDE_ALIGN 128u
#define PLANE_ALIGN 4096u

int pages_make_object(uint64_t bytes, int *out, const char **call)
{
	_cleanup_close_ int fd = memfd_create("cenalloc-fake", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	*call = "memfd_create";
	if (fd < 0)
		return -errno;
	*call = "ftruncate";
	if (bytes > INT64_MAX || ftruncate(fd, (off_t)bytes) < 0)
		return bytes > INT64_MAX ? -EFBIG : -errno;
	*call = "F_ADD_SEALS";
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return -errno;
	*out = steal_fd(&fd);
	return 0;
}

static bool round_up(uint64_t value, uint64_t align, uint64_t *out)
{
	return !__builtin_add_overflow(value, (align - value % align) % align, out);
}

/* A vendor's layout, as this vendor does it: rows of whole 128 bytes, planes on whole pages, one object. */
static int lay_out(const struct cen_format_info *format, struct cen_image_desc *image)
{
	uint64_t offset = 0;

	if (!format)
		return -EINVAL;
	image->plane_count = format->plane_count;
	image->object_count = 1;
	for (uint32_t n = 0; n < format->plane_count; n++) {
		const struct cen_format_plane *plane = &format->planes[n];
		uint64_t samples = (image->width + plane->hsub - 1u) / plane->hsub;
		uint64_t rows = (image->height + plane->vsub - 1u) / plane->vsub;
		uint64_t blocks = (samples + plane->block_width - 1u) / plane->block_width, bytes;

		image->planes[n].object = 0;
		image->planes[n].offset = offset;
		if (!round_up(blocks * plane->block_bytes, STRIDE_ALIGN, &image->planes[n].stride) ||
		    __builtin_mul_overflow(image->planes[n].stride, rows, &bytes) ||
		    __builtin_add_overflow(offset, bytes, &offset) || !round_up(offset, PLANE_ALIGN, &offset))
			return -EOVERFLOW;
	}
	image->objects[0].size = offset;
	return 0;
}

/* A memfd can be opened anew, which no dma-buf can. */
static int make_read_only(int *fd, const char **call)
{
	char path[64];
	int reader;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", *fd);
	*call = "open";
	reader = open(path, O_RDONLY | O_CLOEXEC);
	if (reader < 0)
		return -errno;
	close(*fd);
	*fd = reader;
	return 0;
}

void pages_close_image(struct cen_image_desc *image)
{
	for (uint32_t n = 0; n < CEN_MAX_PLANES; n++) {
		if (image->objects[n].fd >= 0)
			close(image->objects[n].fd);
		image->objects[n].fd = -1;
	}
}

int pages_make_image(const struct cen_format_info *format, const struct cen_image_desc *wish, bool is_read_only,
		     struct cen_image_desc *out, const char **call)
{
	int ret = 0;

	*out = *wish;
	*call = NULL;
	for (uint32_t n = 0; n < CEN_MAX_PLANES; n++)
		out->objects[n].fd = -1;
	if (!wish->plane_count)
		ret = lay_out(format, out);
	for (uint32_t n = 0; ret == 0 && n < out->object_count; n++) {
		ret = pages_make_object(out->objects[n].size, &out->objects[n].fd, call);
		if (ret == 0 && is_read_only)
			ret = make_read_only(&out->objects[n].fd, call);
	}
	if (ret < 0)
		pages_close_image(out);
	return ret;
}

static int use_file(struct cen_image_desc *image)
{
	char path[] = "/var/tmp/cenalloc-fake-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0)
		return -errno;
	unlink(path);
	if (ftruncate(fd, (off_t)image->objects[0].size) < 0) {
		close(fd);
		return -errno;
	}
	close(image->objects[0].fd);
	image->objects[0].fd = fd;
	return 0;
}

static int use_small_object(struct cen_image_desc *image)
{
	const char *call;

	close(image->objects[0].fd);
	image->objects[0].fd = -1;
	return pages_make_object(image->objects[0].size / 2, &image->objects[0].fd, &call);
}

/* The last image gets the memory of the first one; with one image, nothing is wrong. */
static int use_first(struct cen_image_desc *images, uint32_t count, bool is_same_fd)
{
	struct cen_image_object *first = &images[0].objects[0], *last = &images[count - 1].objects[0];

	if (count < 2)
		return 0;
	close(last->fd);
	last->fd = is_same_fd ? first->fd : dup(first->fd);
	return last->fd < 0 ? -errno : 0;
}

int pages_spoil(enum script_wrong wrong, struct cen_image_desc *images, uint32_t count)
{
	switch (wrong) {
	case SCRIPT_WRONG_PLANE:
		images[0].planes[0].offset += images[0].objects[0].size;
		return 0;
	case SCRIPT_WRONG_SIZE:
		return use_small_object(&images[0]);
	case SCRIPT_WRONG_FD:
		pages_close_image(&images[count - 1]);
		return 0;
	case SCRIPT_WRONG_TWIN:
		return use_first(images, count, true);
	case SCRIPT_WRONG_COPY:
		return use_first(images, count, false);
	case SCRIPT_WRONG_FILE:
		return use_file(&images[0]);
	case SCRIPT_WRONG_FORMAT:
		images[0].fourcc ^= 1;
		return 0;
	case SCRIPT_WRONG_ZERO:
		for (uint32_t n = 0; n < count; n++) {
			pages_close_image(&images[n]);
			memset(&images[n], 0, sizeof(images[n]));
		}
		return 0;
	case SCRIPT_RIGHT:
	case SCRIPT_WRONG_FEWER:
		return 0;
	}
	return 0;
}
