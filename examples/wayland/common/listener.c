/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* One function of cen_feedback per event. A bad event spoils its round: cen_feedback_done() says so. */
#include "listener.h"

#include <err.h>
#include <string.h>

#include "linux-dmabuf-v1-client-protocol.h"
#include "util.h"

static void handle_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *object)
{
	struct listener *listener = data;
	struct cen_error *error = NULL;
	int ret;

	(void)object;
	ret = cen_feedback_done(listener->feedback, &error);
	if (ret < 0)
		warnx("the compositor's feedback: %s; the one before stays",
		      error ? cen_error_get_message(error) : strerror(-ret));
	else
		listener->is_changed = true;
	cen_error_destroy(error);
}

static void handle_format_table(void *data, struct zwp_linux_dmabuf_feedback_v1 *object, int32_t fd, uint32_t size)
{
	struct listener *listener = data;

	(void)object;
	cen_feedback_format_table(listener->feedback, fd, size, NULL);
	close(fd);
}

static void handle_main_device(void *data, struct zwp_linux_dmabuf_feedback_v1 *object, struct wl_array *device)
{
	struct listener *listener = data;

	(void)object;
	cen_feedback_main_device(listener->feedback, device->data, device->size, NULL);
}

static void handle_tranche_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *object)
{
	struct listener *listener = data;

	(void)object;
	cen_feedback_tranche_done(listener->feedback, NULL);
}

static void handle_target_device(void *data, struct zwp_linux_dmabuf_feedback_v1 *object, struct wl_array *device)
{
	struct listener *listener = data;

	(void)object;
	cen_feedback_tranche_target_device(listener->feedback, device->data, device->size, NULL);
}

static void handle_formats(void *data, struct zwp_linux_dmabuf_feedback_v1 *object, struct wl_array *indices)
{
	struct listener *listener = data;

	(void)object;
	cen_feedback_tranche_formats(listener->feedback, indices->data, indices->size, NULL);
}

static void handle_flags(void *data, struct zwp_linux_dmabuf_feedback_v1 *object, uint32_t flags)
{
	struct listener *listener = data;

	(void)object;
	cen_feedback_tranche_flags(listener->feedback, flags, NULL);
}

static const struct zwp_linux_dmabuf_feedback_v1_listener feedback_listener = {
	.done = handle_done,
	.format_table = handle_format_table,
	.main_device = handle_main_device,
	.tranche_done = handle_tranche_done,
	.tranche_target_device = handle_target_device,
	.tranche_formats = handle_formats,
	.tranche_flags = handle_flags,
};

int listener_start(struct listener *listener, struct connection *connection, struct wl_surface *surface)
{
	*listener = (struct listener){0};
	if (!connection->dmabuf)
		return 0;
	if (connection->dmabuf_version < 4) {
		listener->feedback = connection->modifiers;
		return 0;
	}
	if (cen_feedback_create(&listener->own) < 0)
		return -ENOMEM;
	listener->feedback = listener->own;
	listener->object = zwp_linux_dmabuf_v1_get_surface_feedback(connection->dmabuf, surface);
	if (!listener->object)
		return -ENOMEM;
	zwp_linux_dmabuf_feedback_v1_add_listener(listener->object, &feedback_listener, listener);
	return connection_round_trip(connection);
}

void listener_stop(struct listener *listener)
{
	if (listener->object)
		zwp_linux_dmabuf_feedback_v1_destroy(listener->object);
	cen_feedback_destroy(listener->own);
	*listener = (struct listener){0};
}
