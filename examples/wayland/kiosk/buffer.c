/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * An image is destroyed when the client has destroyed its wl_buffer, no surface shows it and the output has released
 * it; whichever comes last. The wl_buffer is released when no surface shows it and the output has released it.
 */
#include "buffer.h"

#include <errno.h>
#include <stdlib.h>

#include <drm_fourcc.h>
#include <wayland-server-protocol.h>

static const struct wl_buffer_interface buffer_requests = {
	.destroy = server_destroy_request,
};

static void content_destroy(struct content *content)
{
	output_image_destroy(content->image);
	if (content->items || content->bytes)
		client_discharge(content->client, content->items, content->bytes);
	free(content);
}

/* Tell who waits what is over, and free what nobody needs. */
static void content_settle(struct content *content)
{
	struct use *use, *next;
	bool is_used = content->is_shown;

	wl_list_for_each_safe(use, next, &content->uses, link)
	{
		if (!use->is_retired || content->is_shown) {
			is_used = true;
			continue;
		}
		sync_point_signal(&use->release);
		wl_list_remove(&use->link);
		free(use);
	}
	if (is_used)
		return;
	if (content->is_attached && content->resource)
		wl_buffer_send_release(content->resource);
	content->is_attached = false;
	if (!content->resource)
		content_destroy(content);
}

static void handle_resource_destroyed(struct wl_resource *resource)
{
	struct content *content = wl_resource_get_user_data(resource);

	if (!content)
		return;
	content->resource = NULL;
	content_settle(content);
}

static int content_create(struct server *server, struct wl_client *wl_client, uint32_t items, uint64_t bytes,
			  struct content **out)
{
	struct client *client = client_get(wl_client);
	struct content *content;

	if (client_charge(client, items, bytes) < 0)
		return -ENOMEM;
	content = calloc(1, sizeof(*content));
	if (!content) {
		client_discharge(client, items, bytes);
		return -ENOMEM;
	}
	content->server = server;
	content->client = client;
	content->items = items;
	content->bytes = bytes;
	wl_list_init(&content->uses);
	*out = content;
	return 0;
}

static int content_create_resource(struct content *content, struct wl_client *wl_client, uint32_t id)
{
	content->resource = wl_resource_create(wl_client, &wl_buffer_interface, 1, id);
	if (!content->resource)
		return -ENOMEM;
	wl_resource_set_implementation(content->resource, &buffer_requests, content, handle_resource_destroyed);
	return 0;
}

int buffer_create_dmabuf(struct server *server, struct wl_client *wl_client, uint32_t id, struct cen_buffer *buffer,
			 struct wl_resource **out)
{
	struct cen_buffer_info info = {.size = sizeof(info)};
	struct content *content;
	int ret;

	ret = cen_buffer_get_info(buffer, &info);
	if (ret < 0)
		return ret;
	ret = content_create(server, wl_client, info.object_count, 0, &content);
	if (ret < 0)
		goto no_memory;
	content->width = info.width;
	content->height = info.height;
	ret = output_import_buffer(server->output, buffer, &content->image);
	if (ret < 0) {
		content_destroy(content);
		return ret == -ENOMEM ? -EIO : ret;
	}
	ret = content_create_resource(content, wl_client, id);
	if (ret < 0) {
		content_destroy(content);
		goto no_memory;
	}
	*out = content->resource;
	return 0;
no_memory:
	wl_client_post_no_memory(wl_client);
	return ret;
}

static struct content *copy_pixels(struct server *server, struct wl_client *wl_client, const void *pixels,
				   uint32_t width, uint32_t height, uint32_t stride, uint32_t fourcc)
{
	struct content *content;

	if (content_create(server, wl_client, 1, (uint64_t)stride * height, &content) < 0)
		return NULL;
	content->width = width;
	content->height = height;
	if (output_import_pixels(server->output, pixels, width, height, stride, fourcc, &content->image) < 0) {
		content_destroy(content);
		return NULL;
	}
	return content;
}

void buffer_create_pixel(struct server *server, struct wl_client *wl_client, uint32_t id, uint32_t argb)
{
	uint32_t fourcc = argb >> 24 == 0xff ? DRM_FORMAT_XRGB8888 : DRM_FORMAT_ARGB8888;
	struct content *content = copy_pixels(server, wl_client, &argb, 1, 1, sizeof(argb), fourcc);

	if (content && content_create_resource(content, wl_client, id) == 0)
		return;
	if (content)
		content_destroy(content);
	wl_client_post_no_memory(wl_client);
}

/* The content of a buffer that this file made; NULL for one in shared memory. */
static struct content *get_content(struct wl_resource *buffer)
{
	if (!wl_resource_instance_of(buffer, &wl_buffer_interface, &buffer_requests))
		return NULL;
	return wl_resource_get_user_data(buffer);
}

bool buffer_is_dmabuf(struct wl_resource *buffer)
{
	struct content *content = get_content(buffer);

	return content && content->bytes == 0;
}

void buffer_get_size(struct wl_resource *buffer, uint32_t *width, uint32_t *height)
{
	struct content *content = get_content(buffer);
	struct wl_shm_buffer *shm = content ? NULL : wl_shm_buffer_get(buffer);

	*width = 0;
	*height = 0;
	if (content) {
		*width = content->width;
		*height = content->height;
	} else if (shm) {
		*width = (uint32_t)wl_shm_buffer_get_width(shm);
		*height = (uint32_t)wl_shm_buffer_get_height(shm);
	}
}

/* libwayland has checked that stride times height lies within the pool, but not that a row fits into the stride. */
static struct content *copy_shm(struct server *server, struct wl_resource *buffer)
{
	struct wl_shm_buffer *shm = wl_shm_buffer_get(buffer);
	struct wl_client *wl_client = wl_resource_get_client(buffer);
	uint32_t width, height, stride, fourcc;
	struct content *content;

	buffer_get_size(buffer, &width, &height);
	stride = shm ? (uint32_t)wl_shm_buffer_get_stride(shm) : 0;
	if (!shm || stride / 4 < width) {
		wl_resource_post_error(buffer, WL_SHM_ERROR_INVALID_STRIDE, "stride %u is less than %u pixels", stride,
				       width);
		return NULL;
	}
	fourcc = wl_shm_buffer_get_format(shm) == WL_SHM_FORMAT_ARGB8888 ? DRM_FORMAT_ARGB8888 : DRM_FORMAT_XRGB8888;
	wl_shm_buffer_begin_access(shm);
	content = copy_pixels(server, wl_client, wl_shm_buffer_get_data(shm), width, height, stride, fourcc);
	wl_shm_buffer_end_access(shm);
	if (content)
		wl_buffer_send_release(buffer);
	else
		wl_client_post_no_memory(wl_client);
	return content;
}

struct use *use_create(struct server *server, struct wl_resource *buffer, struct sync_point *release)
{
	struct use *use = calloc(1, sizeof(*use));

	if (!use) {
		wl_resource_post_no_memory(buffer);
		return NULL;
	}
	use->content = get_content(buffer);
	if (use->content)
		use->content->is_attached = true;
	else
		use->content = copy_shm(server, buffer);
	if (!use->content) {
		free(use);
		return NULL;
	}
	use->release = *release;
	*release = (struct sync_point){0};
	wl_list_insert(&use->content->uses, &use->link);
	return use;
}

void use_retire(struct use *use)
{
	if (!use)
		return;
	use->is_retired = true;
	content_settle(use->content);
}

void content_show(struct content *content)
{
	if (content->is_shown)
		return;
	content->is_shown = true;
	wl_list_insert(&content->server->contents_shown, &content->link);
}

static void release(struct content *content)
{
	wl_list_remove(&content->link);
	content->is_shown = false;
	content_settle(content);
}

void content_released(struct server *server, const struct output_image *image)
{
	struct content *content;

	wl_list_for_each(content, &server->contents_shown, link)
	{
		if (content->image == image) {
			release(content);
			return;
		}
	}
}

void content_release_all(struct server *server)
{
	struct content *content, *next;

	wl_list_for_each_safe(content, next, &server->contents_shown, link) release(content);
}
