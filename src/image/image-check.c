/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Nothing that a backend returns is believed: fds, sizes and every plane are checked against the wish. */
#include "image-check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "util.h"

/* Of linux/magic.h, which older headers do not have in full. */
#define MAGIC_DMA_BUF 0x444d4142

struct reason {
	char *text;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static bool refuse(const struct reason *reason, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason->text, reason->size, format, args);
	va_end(args);
	return false;
}

bool _cen_is_dma_buf(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == MAGIC_DMA_BUF;
}

/*
 * A dma-buf, or a memfd that cannot shrink: scripted and example backends have nothing better, and a device refuses
 * it. A file that may be truncated behind our back is neither.
 */
static bool is_buffer(int fd)
{
	int seals;

	if (_cen_is_dma_buf(fd))
		return true;
	seals = fcntl(fd, F_GET_SEALS);
	return seals >= 0 && (seals & F_SEAL_SHRINK);
}

static bool check_object(const struct cen_image_desc *wish, const struct cen_image_desc *image, uint32_t index,
			 struct cen_buffer_object *out, const struct reason *reason)
{
	uint64_t claimed = image->objects[index].size;
	uint64_t wanted = wish->plane_count ? wish->objects[index].size : 1;
	int fd = image->objects[index].fd;
	struct stat st;
	off_t bytes;

	if (fd < 0 || fstat(fd, &st) < 0)
		return refuse(reason, "object %u has fd %d, which is not open", index, fd);
	if (!is_buffer(fd))
		return refuse(reason, "object %u (fd %d) is no dma-buf", index, fd);
	/* Kernels that do not tell a dma-buf's size with fstat() tell it with lseek(). */
	bytes = st.st_size > 0 ? st.st_size : lseek(fd, 0, SEEK_END);
	if (bytes < 0)
		return refuse(reason, "object %u: its size cannot be read: %s", index, strerror(errno));
	if (claimed > (uint64_t)bytes)
		return refuse(reason, "object %u has %jd bytes, not the %" PRIu64 " that it claims", index,
			      (intmax_t)bytes, claimed);
	if ((uint64_t)bytes < wanted)
		return refuse(reason, "object %u has %jd bytes, the plan needs %" PRIu64, index, (intmax_t)bytes,
			      wanted);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return refuse(reason, "object %u: fcntl: %s", index, strerror(errno));
	*out = (struct cen_buffer_object){.fd = fd, .size = (uint64_t)bytes, .dev = st.st_dev, .ino = st.st_ino};
	return true;
}

static bool check_plane(const struct cen_image_desc *image, uint32_t index, const struct cen_buffer_object *objects,
			const struct reason *reason)
{
	const struct cen_image_plane *plane = &image->planes[index];
	const struct cen_format_info *format = cen_format_get_info(image->fourcc);
	uint64_t end, rows = 1, held;

	if (plane->object >= image->object_count)
		return refuse(reason, "plane %u lies in object %u of %u", index, plane->object, image->object_count);
	if (!plane->stride)
		return refuse(reason, "plane %u has a stride of 0", index);
	held = objects[plane->object].size;
	/* The rows of a vendor layout are the vendor's: there, at least the first one must be inside. */
	if (format && index < format->plane_count && image->modifier == CEN_MODIFIER_LINEAR)
		rows = (image->height + format->planes[index].vsub - 1u) / format->planes[index].vsub;
	if (__builtin_mul_overflow(plane->stride, rows, &end) || __builtin_add_overflow(end, plane->offset, &end))
		return refuse(reason, "plane %u: offset %" PRIu64 " and stride %" PRIu64 " overflow 64 bits", index,
			      plane->offset, plane->stride);
	if (end > held)
		return refuse(reason, "plane %u ends at byte %" PRIu64 ", beyond its object of %" PRIu64 " bytes",
			      index, end, held);
	return true;
}

/* A linear layout is the host's: the source must not change it. */
static bool check_same_layout(const struct cen_image_desc *wish, const struct cen_image_desc *image,
			      const struct reason *reason)
{
	if (image->plane_count != wish->plane_count || image->object_count != wish->object_count)
		return refuse(reason, "it has %u planes in %u objects, the plan %u in %u", image->plane_count,
			      image->object_count, wish->plane_count, wish->object_count);
	for (uint32_t n = 0; n < wish->plane_count; n++) {
		const struct cen_image_plane *want = &wish->planes[n], *have = &image->planes[n];

		if (have->object != want->object || have->offset != want->offset || have->stride != want->stride)
			return refuse(reason,
				      "plane %u is at object %u, offset %" PRIu64 ", stride %" PRIu64
				      ", not at object %u, offset %" PRIu64 ", stride %" PRIu64,
				      n, have->object, have->offset, have->stride, want->object, want->offset,
				      want->stride);
	}
	return true;
}

static bool check_counts(const struct cen_image_desc *image, const struct reason *reason)
{
	const struct cen_format_info *format = cen_format_get_info(image->fourcc);
	uint32_t least = format ? format->plane_count : 1;

	if (image->plane_count < least || image->plane_count > CEN_MAX_PLANES)
		return refuse(reason, "it has %u planes, not %u to %u", image->plane_count, least, CEN_MAX_PLANES);
	if (image->object_count < 1 || image->object_count > image->plane_count)
		return refuse(reason, "it has %u objects for %u planes", image->object_count, image->plane_count);
	return true;
}

bool _cen_image_check(const struct cen_image_desc *wish, const struct cen_image_desc *image,
		      struct cen_buffer_object objects[CEN_MAX_PLANES], char *text, size_t size)
{
	const struct reason reason = {text, size};

	if (image->fourcc != wish->fourcc || image->modifier != wish->modifier)
		return refuse(&reason, "its format 0x%08x or modifier 0x%" PRIx64 " is not the plan's", image->fourcc,
			      image->modifier);
	if (image->width != wish->width || image->height != wish->height)
		return refuse(&reason, "its size %ux%u is not the plan's %ux%u", image->width, image->height,
			      wish->width, wish->height);
	if (!check_counts(image, &reason))
		return false;
	for (uint32_t n = 0; n < image->object_count; n++) {
		if (!check_object(wish, image, n, &objects[n], &reason))
			return false;
	}
	/* After the objects: a plane beyond its object is the better reason. */
	for (uint32_t n = 0; n < image->plane_count; n++) {
		if (!check_plane(image, n, objects, &reason))
			return false;
	}
	return !wish->plane_count || check_same_layout(wish, image, &reason);
}

bool _cen_object_check(int fd, uint64_t bytes, struct cen_buffer_object *out, char *text, size_t size)
{
	const struct cen_image_desc wish = {.plane_count = 1, .objects = {{.size = bytes}}};
	const struct cen_image_desc image = {.objects = {{.fd = fd, .size = bytes}}};

	return check_object(&wish, &image, 0, out, &(struct reason){text, size});
}
