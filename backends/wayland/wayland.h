/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Private to the wayland backend. */
#pragma once

#include <wayland-client.h>

#include "backend-util.h"
#include "linux-dmabuf-v1-client-protocol.h"

/* The version that is spoken at most. 6 has no main device and one more flag: the host's parser knows both. */
#define WAYLAND_DMABUF_VERSION 5u

/* How long a compositor may take for one answer. */
#define WAYLAND_TIME_LIMIT_MS 1000

/* Tranches that the notes tell of. */
#define WAYLAND_TOLD_TRANCHES 16

struct wayland_state {
	const struct cen_host *host;
};

struct wayland_tranche {
	uint64_t device;
	uint32_t flags;
	size_t pair_count;
};

/* A connection of the backend's own, for one operation. */
struct wayland_session {
	const struct cen_host *host;
	struct cen_call *call;
	struct wl_display *display;
	struct wl_registry *registry;
	struct zwp_linux_dmabuf_v1 *dmabuf;
	struct zwp_linux_dmabuf_feedback_v1 *feedback;
	bool is_own; /* the compositor is this very process */
	bool has_shm;
	uint32_t dmabuf_name, dmabuf_version; /* as offered; version 0: not there */
	bool has_feedback; /* the round is complete */
	int refused; /* what add_feedback() returned first that was not 0 */
	uint64_t main_device;
	struct wayland_tranche open;
	struct wayland_tranche tranches[WAYLAND_TOLD_TRANCHES];
	size_t tranche_count;
	/* What went wrong, for cen_host.fail() or the log. */
	const char *failed_call;
	char message[256];
};

/*
 * Connect to a display by its name or path and learn what it offers. Returns 0, or a negative errno with
 * session->message: -ENOENT and -ECONNREFUSED nobody listens, -ETIMEDOUT no answer, -ENODEV gone, -EPROTO refused.
 */
int _cen_wayland_session_open(struct wayland_session *session, const struct cen_host *host, struct cen_call *call,
			      const char *display);
void _cen_wayland_session_close(struct wayland_session *session);
#define _cleanup_session_ __attribute__((cleanup(_cen_wayland_session_close)))

/* The path of a display's socket. Returns 0, or a negative errno with session->message. */
int _cen_wayland_socket_path(struct wayland_session *session, const char *display, char *path, size_t size);

/* Send what is to be sent and handle events until *done. Returns as _cen_wayland_session_open(). */
int _cen_wayland_wait(struct wayland_session *session, const bool *done);

/* Wait until the compositor has handled all requests. Returns as _cen_wayland_session_open(). */
int _cen_wayland_roundtrip(struct wayland_session *session);

/* Bind linux-dmabuf and hand what it says to the host. Returns 0 or what cen_host.fail() returned. */
int _cen_wayland_listen(struct wayland_session *session);

/* Hand a failure of the session to the host. Returns ret. */
int _cen_wayland_fail(const struct wayland_session *session, int ret);

int _cen_wayland_try_import(void *state, struct cen_call *call, const struct cen_device_desc *device, uint32_t usage,
			    const struct cen_image_desc *image);
