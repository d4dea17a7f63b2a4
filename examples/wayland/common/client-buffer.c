/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Sending dma-bufs to a compositor that may refuse them, and mapping them where it did. */
#include "client-buffer.h"

#include <err.h>
#include <string.h>
#include <sys/stat.h>

#include <cenalloc/format.h>

#include "linux-dmabuf-v1-client-protocol.h"
#include "util.h"

static void client_buffer_destroy(void *data)
{
	struct client_buffer *client = data;

	if (client->extra)
		client->destroy_extra(client->extra);
	if (client->params)
		zwp_linux_buffer_params_v1_destroy(client->params);
	if (client->wl)
		wl_buffer_destroy(client->wl);
	cen_cpu_map_destroy(client->map);
	free(client);
}

struct client_buffer *client_buffer_get(const struct cen_buffer *buffer)
{
	return cen_buffer_get_user_data(buffer);
}

static struct client_buffer *client_buffer_create(struct cen_buffer *buffer)
{
	struct cen_buffer_info info = {.size = sizeof(info)};
	struct client_buffer *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	cen_buffer_get_info(buffer, &info);
	client->buffer = buffer;
	client->object_count = info.object_count;
	cen_buffer_set_user_data(buffer, client, client_buffer_destroy);
	return client;
}

static void handle_release(void *data, struct wl_buffer *wl)
{
	struct client_buffer *client = data;

	(void)wl;
	if (!client->is_shown)
		return;
	client->is_shown = false;
	client->handler.released(client->handler.data, client);
}

static const struct wl_buffer_listener buffer_listener = {.release = handle_release};

static void handle_created(void *data, struct zwp_linux_buffer_params_v1 *params, struct wl_buffer *wl)
{
	struct client_buffer *client = data;

	zwp_linux_buffer_params_v1_destroy(params);
	client->params = NULL;
	client->wl = wl;
	wl_buffer_add_listener(wl, &buffer_listener, client);
}

static void handle_failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
	struct client_buffer *client = data;

	zwp_linux_buffer_params_v1_destroy(params);
	client->params = NULL;
}

static const struct zwp_linux_buffer_params_v1_listener params_listener = {
	.created = handle_created,
	.failed = handle_failed,
};

/* One add per plane, also where planes share an object. */
static int add_planes(struct client_buffer *client, struct zwp_linux_buffer_params_v1 *params, uint32_t count,
		      uint64_t modifier)
{
	struct cen_buffer_plane plane;
	struct stat status;

	for (uint32_t i = 0; i < count; i++) {
		if (cen_buffer_get_plane(client->buffer, i, &plane) < 0 || plane.offset > UINT32_MAX ||
		    plane.stride > UINT32_MAX)
			return -EOVERFLOW;
		if (fstat(plane.fd, &status) < 0)
			return -errno;
		client->sent[i] = status.st_ino;
		zwp_linux_buffer_params_v1_add(params, plane.fd, i, (uint32_t)plane.offset, (uint32_t)plane.stride,
					       (uint32_t)(modifier >> 32), (uint32_t)(modifier & UINT32_MAX));
	}
	return 0;
}

/* "create" may fail without harm, and "create_immed" may end the connection: so the former, always. */
static int send_buffer(struct connection *connection, const struct cen_feedback *feedback, struct client_buffer *client)
{
	struct cen_buffer_info info = {.size = sizeof(info)};
	struct zwp_linux_buffer_params_v1 *params;
	int ret;

	cen_buffer_get_info(client->buffer, &info);
	params = zwp_linux_dmabuf_v1_create_params(connection->dmabuf);
	if (!params)
		return -ENOMEM;
	ret = add_planes(client, params, info.plane_count,
			 cen_feedback_get_wire_modifier(feedback, info.fourcc, info.modifier));
	if (ret < 0) {
		zwp_linux_buffer_params_v1_destroy(params);
		return ret;
	}
	client->params = params;
	zwp_linux_buffer_params_v1_add_listener(params, &params_listener, client);
	zwp_linux_buffer_params_v1_create(params, (int32_t)info.width, (int32_t)info.height, info.fourcc, 0);
	return 0;
}

/*
 * Also after a failure: the compositor makes the buffers that it was asked for, and libwayland knows where to put them
 * only while their params are there.
 */
static int wait_for_answers(struct connection *connection, const struct cen_pool *pool)
{
	struct client_buffer *client;
	struct cen_buffer *buffer;
	bool is_refused = false;
	int ret = 0;

	for (uint32_t i = 0; (buffer = cen_pool_get_buffer(pool, i)); i++) {
		client = client_buffer_get(buffer);
		while (ret == 0 && client && client->params)
			ret = connection_wait(connection);
		if (ret < 0)
			return ret;
		is_refused |= !client || !client->wl;
	}
	return is_refused ? -EOPNOTSUPP : 0;
}

int client_buffer_share(struct connection *connection, const struct cen_feedback *feedback, struct cen_pool *pool,
			const struct client_buffer_handler *handler)
{
	struct client_buffer *client;
	struct cen_buffer *buffer;
	int ret = 0, answer;

	for (uint32_t i = 0; ret == 0 && (buffer = cen_pool_get_buffer(pool, i)); i++) {
		client = client_buffer_create(buffer);
		if (!client) {
			ret = -ENOMEM;
			break;
		}
		client->handler = *handler;
		ret = send_buffer(connection, feedback, client);
	}
	if (ret < 0)
		warnx("sending a buffer to the compositor: %s", strerror(-ret));
	answer = wait_for_answers(connection, pool);
	return ret < 0 && answer == -EOPNOTSUPP ? ret : answer;
}

int client_buffer_map(struct cen_pool *pool)
{
	struct client_buffer *client;
	struct cen_error *err = NULL;
	struct cen_buffer *buffer;
	int ret = 0;

	/* Kept for many frames: each begins and ends on its own. */
	for (uint32_t i = 0; ret == 0 && (buffer = cen_pool_get_buffer(pool, i)); i++) {
		client = client_buffer_create(buffer);
		ret = client ? cen_buffer_map_cpu(buffer, CEN_CPU_MAP_READ | CEN_CPU_MAP_LATER, &client->map, &err)
			     : -ENOMEM;
	}
	if (ret < 0)
		warnx("mapping a buffer: %s", err ? cen_error_get_message(err) : strerror(-ret));
	cen_error_destroy(err);
	return ret;
}
