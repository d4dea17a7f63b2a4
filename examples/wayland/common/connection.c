/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Binding globals; reading and writing without ever blocking in between. */
#include "connection.h"

#include <err.h>
#include <poll.h>
#include <string.h>

#include <drm_fourcc.h>
#include <wayland-client.h>

#include "linux-dmabuf-v1-client-protocol.h"
#include "presentation-time-client-protocol.h"
#include "util.h"
#include "viewporter-client-protocol.h"
#include "xdg-shell-client-protocol.h"

#define DMABUF_VERSION 5u
#define ANSWER_TIMEOUT_MS 30000

static void ignore_format(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t format)
{
	/* Said again by the modifier events; versions without those are not bound. */
	(void)data, (void)dmabuf, (void)format;
}

static void handle_modifier(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t format, uint32_t high,
			    uint32_t low)
{
	struct connection *connection = data;

	(void)dmabuf;
	/* A failure comes again from cen_feedback_done(). */
	cen_feedback_modifier(connection->modifiers, format, (uint64_t)high << 32 | low, NULL);
}

static const struct zwp_linux_dmabuf_v1_listener dmabuf_listener = {
	.format = ignore_format,
	.modifier = handle_modifier,
};

static void handle_shm_format(void *data, struct wl_shm *shm, uint32_t format)
{
	struct connection *connection = data;

	(void)shm;
	/* All but these two are the fourcc itself. */
	if (format == WL_SHM_FORMAT_XRGB8888)
		format = DRM_FORMAT_XRGB8888;
	else if (format == WL_SHM_FORMAT_ARGB8888)
		format = DRM_FORMAT_ARGB8888;
	if (connection->shm_format_count < MAX_SHM_FORMATS)
		connection->shm_formats[connection->shm_format_count++] = format;
}

static const struct wl_shm_listener shm_listener = {.format = handle_shm_format};

static void handle_ping(void *data, struct xdg_wm_base *wm_base, uint32_t serial)
{
	(void)data;
	xdg_wm_base_pong(wm_base, serial);
}

static const struct xdg_wm_base_listener wm_base_listener = {.ping = handle_ping};

static void handle_clock(void *data, struct wp_presentation *presentation, uint32_t clock)
{
	struct connection *connection = data;

	(void)presentation;
	connection->clock = (clockid_t)clock;
}

static const struct wp_presentation_listener presentation_listener = {.clock_id = handle_clock};

static bool take(struct wl_registry *registry, uint32_t name, const char *offered, const struct wl_interface *interface,
		 uint32_t version, void *out)
{
	void **object = out;

	if (*object || strcmp(offered, interface->name) != 0)
		return false;
	*object = wl_registry_bind(registry, name, interface, version);
	return *object;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void handle_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface,
			  uint32_t version)
{
	struct connection *c = data;

	if (version >= 4)
		take(registry, name, interface, &wl_compositor_interface, 4, &c->compositor);
	take(registry, name, interface, &wp_viewporter_interface, 1, &c->viewporter);
	if (take(registry, name, interface, &wl_shm_interface, 1, &c->shm))
		wl_shm_add_listener(c->shm, &shm_listener, c);
	if (take(registry, name, interface, &xdg_wm_base_interface, 1, &c->wm_base))
		xdg_wm_base_add_listener(c->wm_base, &wm_base_listener, c);
	if (take(registry, name, interface, &wp_presentation_interface, 1, &c->presentation))
		wp_presentation_add_listener(c->presentation, &presentation_listener, c);
	if (version >= 3 && take(registry, name, interface, &zwp_linux_dmabuf_v1_interface,
				 least(version, DMABUF_VERSION), &c->dmabuf)) {
		c->dmabuf_version = least(version, DMABUF_VERSION);
		zwp_linux_dmabuf_v1_add_listener(c->dmabuf, &dmabuf_listener, c);
	}
}

static void ignore_removal(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data, (void)registry, (void)name;
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = ignore_removal,
};

static int explain(struct connection *connection)
{
	const struct wl_interface *interface = NULL;
	uint32_t id = 0, code;
	int error = wl_display_get_error(connection->display);

	if (error == EPROTO) {
		code = wl_display_get_protocol_error(connection->display, &interface, &id);
		warnx("the compositor refused a request to %s@%u: error %u", interface ? interface->name : "an object",
		      id, code);
	} else {
		warnx("the compositor is gone: %s", strerror(error ? error : EPIPE));
	}
	return -(error ? error : EPIPE);
}

static int check_globals(const struct connection *connection)
{
	const char *missing = NULL;

	if (!connection->compositor)
		missing = "wl_compositor version 4";
	else if (!connection->wm_base)
		missing = "xdg_wm_base";
	else if (!connection->shm)
		missing = "wl_shm";
	if (!missing)
		return 0;
	warnx("the compositor has no %s", missing);
	return -EPROTONOSUPPORT;
}

int connection_open(struct connection *connection)
{
	struct cen_error *error = NULL;
	int ret;

	*connection = (struct connection){.clock = CLOCK_MONOTONIC};
	if (cen_feedback_create(&connection->modifiers) < 0)
		return -ENOMEM;
	connection->display = wl_display_connect(NULL);
	if (!connection->display) {
		ret = -errno;
		warn("no Wayland compositor (WAYLAND_DISPLAY, XDG_RUNTIME_DIR)");
		return ret;
	}
	connection->registry = wl_display_get_registry(connection->display);
	if (!connection->registry)
		return -ENOMEM;
	wl_registry_add_listener(connection->registry, &registry_listener, connection);
	/* The first trip brings the globals, the second what they have to say. */
	ret = connection_round_trip(connection);
	if (ret == 0)
		ret = connection_round_trip(connection);
	if (ret == 0)
		ret = check_globals(connection);
	if (ret < 0 || connection->dmabuf_version != 3)
		return ret;
	ret = cen_feedback_done(connection->modifiers, &error);
	if (ret < 0)
		warnx("the compositor's formats: %s", error ? cen_error_get_message(error) : strerror(-ret));
	cen_error_destroy(error);
	return ret;
}

void connection_close(struct connection *connection)
{
	cen_feedback_destroy(connection->modifiers);
	connection->modifiers = NULL;
	if (!connection->display)
		return;
	if (connection->viewporter)
		wp_viewporter_destroy(connection->viewporter);
	if (connection->presentation)
		wp_presentation_destroy(connection->presentation);
	if (connection->dmabuf)
		zwp_linux_dmabuf_v1_destroy(connection->dmabuf);
	if (connection->shm)
		wl_shm_destroy(connection->shm);
	if (connection->wm_base)
		xdg_wm_base_destroy(connection->wm_base);
	if (connection->compositor)
		wl_compositor_destroy(connection->compositor);
	if (connection->registry)
		wl_registry_destroy(connection->registry);
	wl_display_flush(connection->display);
	wl_display_disconnect(connection->display);
	connection->display = NULL;
}

bool connection_has_shm_format(const struct connection *connection, uint32_t fourcc)
{
	for (uint32_t i = 0; i < connection->shm_format_count; i++)
		if (connection->shm_formats[i] == fourcc)
			return true;
	return false;
}

int connection_round_trip(struct connection *connection)
{
	return wl_display_roundtrip(connection->display) < 0 ? explain(connection) : 0;
}

int connection_prepare(struct connection *connection, short *events)
{
	*events = POLLIN;
	while (wl_display_prepare_read(connection->display) < 0)
		if (wl_display_dispatch_pending(connection->display) < 0)
			return explain(connection);
	/* A compositor that does not read makes its socket full; EPIPE shows itself by reading. */
	if (wl_display_flush(connection->display) < 0 && errno == EAGAIN)
		*events = (short)(POLLIN | POLLOUT);
	return 0;
}

int connection_read(struct connection *connection, short revents)
{
	if (!(revents & (POLLIN | POLLERR | POLLHUP))) {
		wl_display_cancel_read(connection->display);
		return 0;
	}
	if (wl_display_read_events(connection->display) < 0 || wl_display_dispatch_pending(connection->display) < 0)
		return explain(connection);
	return 0;
}

int connection_wait(struct connection *connection)
{
	struct pollfd poll_fd = {.fd = wl_display_get_fd(connection->display)};
	int count, ret;

	ret = connection_prepare(connection, &poll_fd.events);
	if (ret < 0)
		return ret;
	count = poll(&poll_fd, 1, ANSWER_TIMEOUT_MS);
	if (count <= 0)
		poll_fd.revents = 0;
	ret = connection_read(connection, poll_fd.revents);
	if (ret < 0 || count > 0)
		return ret;
	warnx("the compositor has not answered for %d s", ANSWER_TIMEOUT_MS / 1000);
	return -ETIMEDOUT;
}

int64_t connection_get_clock_offset(const struct connection *connection)
{
	struct timespec theirs, ours;

	if (connection->clock == CLOCK_MONOTONIC || clock_gettime(connection->clock, &theirs) < 0)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &ours);
	return (int64_t)(theirs.tv_sec - ours.tv_sec) * 1000000000 + (theirs.tv_nsec - ours.tv_nsec);
}
