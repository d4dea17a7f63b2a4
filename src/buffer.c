/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Buffers. Reading and counting references is for any thread: after allocation only the user data changes. */
#include "buffer.h"

#include <errno.h>
#include <fcntl.h>

#include "util.h"

#define BUFFER_INFO_SIZE_V1 (offsetof(struct cen_buffer_info, object_count) + sizeof(uint32_t))

struct cen_buffer *_cen_buffer_create(void)
{
	struct cen_buffer *buffer = calloc(1, sizeof(*buffer));

	if (!buffer)
		return NULL;
	atomic_init(&buffer->refs, 1);
	for (size_t n = 0; n < CEN_MAX_PLANES; n++)
		buffer->objects[n].fd = -1;
	return buffer;
}

struct cen_buffer *cen_buffer_ref(struct cen_buffer *buffer)
{
	atomic_fetch_add_explicit(&buffer->refs, 1, memory_order_relaxed);
	return buffer;
}

void cen_buffer_unref(struct cen_buffer *buffer)
{
	if (!buffer || atomic_fetch_sub_explicit(&buffer->refs, 1, memory_order_acq_rel) != 1)
		return;
	cen_buffer_set_user_data(buffer, NULL, NULL);
	for (size_t n = 0; n < CEN_MAX_PLANES; n++) {
		if (buffer->objects[n].fd >= 0)
			close(buffer->objects[n].fd);
	}
	free(buffer);
}

int cen_buffer_get_info(const struct cen_buffer *buffer, struct cen_buffer_info *out)
{
	return _cen_copy_sized(out, out->size, &buffer->info, sizeof(buffer->info), BUFFER_INFO_SIZE_V1) < 0 ? -EINVAL
													     : 0;
}

int cen_buffer_get_plane(const struct cen_buffer *buffer, uint32_t index, struct cen_buffer_plane *out)
{
	if (index >= buffer->info.plane_count)
		return -EINVAL;
	*out = buffer->planes[index];
	return 0;
}

int cen_buffer_get_object(const struct cen_buffer *buffer, uint32_t index, struct cen_buffer_object *out)
{
	if (index >= buffer->info.object_count)
		return -EINVAL;
	*out = buffer->objects[index];
	return 0;
}

int cen_buffer_dup_fd(const struct cen_buffer *buffer, uint32_t object)
{
	int fd;

	if (object >= buffer->info.object_count)
		return -EINVAL;
	fd = fcntl(buffer->objects[object].fd, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

void cen_buffer_set_user_data(struct cen_buffer *buffer, void *data, void (*destroy)(void *data))
{
	void (*old_destroy)(void *) = buffer->user_data_destroy;
	void *old = buffer->user_data;

	/* First the new, then the end of the old: its destroy() may look at the buffer. */
	buffer->user_data = data;
	buffer->user_data_destroy = destroy;
	if (old && old_destroy)
		old_destroy(old);
}

void *cen_buffer_get_user_data(const struct cen_buffer *buffer)
{
	return buffer->user_data;
}
