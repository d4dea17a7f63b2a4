/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Buffers. Reading and counting references is for any thread: after allocation only the user data changes. What is read
 * of a buffer that gets its memory late is that of its storage.
 */
#include "buffer.h"

#include <errno.h>
#include <fcntl.h>

#include "life.h"
#include "util.h"

#define BUFFER_INFO_SIZE_V1 (offsetof(struct cen_buffer_info, object_count) + sizeof(uint32_t))
#define BUFFER_MEMORY_SIZE_V1                                                                                          \
	(offsetof(struct cen_buffer_memory, source) + sizeof(((struct cen_buffer_memory *)0)->source))

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
	_cen_life_destroy(buffer->life);
	if (buffer->release)
		buffer->release(buffer->release_data);
	free(buffer);
}

int cen_buffer_get_info(const struct cen_buffer *buffer, struct cen_buffer_info *out)
{
	const struct cen_buffer *held = _cen_life_hold(buffer);
	int ret = _cen_copy_sized(out, out->size, &held->info, sizeof(held->info), BUFFER_INFO_SIZE_V1);

	_cen_life_release(buffer);
	return ret < 0 ? -EINVAL : 0;
}

int cen_buffer_get_plane(const struct cen_buffer *buffer, uint32_t index, struct cen_buffer_plane *out)
{
	const struct cen_buffer *held = _cen_life_hold(buffer);
	bool is_there = index < held->info.plane_count;

	if (is_there)
		*out = held->planes[index];
	_cen_life_release(buffer);
	return is_there ? 0 : -EINVAL;
}

int cen_buffer_get_object(const struct cen_buffer *buffer, uint32_t index, struct cen_buffer_object *out)
{
	const struct cen_buffer *held = _cen_life_hold(buffer);
	bool is_there = index < held->info.object_count;

	if (is_there)
		*out = held->objects[index];
	_cen_life_release(buffer);
	return is_there ? 0 : -EINVAL;
}

int cen_buffer_get_memory(const struct cen_buffer *buffer, struct cen_buffer_memory *out)
{
	const struct cen_buffer *held = _cen_life_hold(buffer);
	int ret = -1;

	if (held->memory.source[0])
		ret = _cen_copy_sized(out, out->size, &held->memory, sizeof(held->memory), BUFFER_MEMORY_SIZE_V1);
	_cen_life_release(buffer);
	return ret < 0 ? -EINVAL : 0;
}

int cen_buffer_dup_fd(const struct cen_buffer *buffer, uint32_t object)
{
	const struct cen_buffer *held = _cen_life_hold(buffer);
	int ret = -EINVAL;

	if (object < held->info.object_count) {
		ret = fcntl(held->objects[object].fd, F_DUPFD_CLOEXEC, 0);
		if (ret < 0)
			ret = -errno;
	}
	_cen_life_release(buffer);
	return ret;
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
