/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A connection to a compositor that may be slow, stopped or hostile: no wait is without a time limit. */
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "wayland.h"

/* The words of zwp_linux_buffer_params_v1.error, by code. libwayland does not hand on the compositor's own. */
static const char *const params_errors[] = {
	"the request came twice",     "a plane that the format does not have",
	"a plane was given twice",    "a plane is missing",
	"the format or its modifier", "the size",
	"offset or stride",           "the buffer",
};

__attribute__((format(printf, 4, 5))) static int set_message(struct wayland_session *session, const char *call, int ret,
							     const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(session->message, sizeof(session->message), format, args);
	va_end(args);
	session->failed_call = call;
	return ret;
}

int _cen_wayland_fail(const struct wayland_session *session, int ret)
{
	return session->host->fail(session->call, session->failed_call, -ret, session->message);
}

/* Why the connection is broken. */
static int tell_broken(struct wayland_session *session)
{
	int errnum = wl_display_get_error(session->display);
	const struct wl_interface *interface = NULL;
	const char *words = "";
	uint32_t id, code;

	if (errnum == EPIPE || errnum == ECONNRESET)
		return set_message(session, NULL, -ENODEV, "the compositor closed the connection");
	/* libwayland keeps whatever errno was. */
	code = wl_display_get_protocol_error(session->display, &interface, &id);
	if (errnum != EPROTO || (!interface && code == 0))
		return set_message(session, "recvmsg", errnum == ENOMEM ? -ENOMEM : -EPROTO,
				   "what the compositor sent is no message");
	if (interface && strcmp(interface->name, zwp_linux_buffer_params_v1_interface.name) == 0 &&
	    code < ARRAY_LENGTH(params_errors))
		words = params_errors[code];
	return set_message(session, interface ? interface->name : "wl_display", -EPROTO,
			   "the compositor refuses with protocol error %u%s%s", code, words[0] ? ": " : "", words);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Wait for one portion of events and read it, at most until end. Returns 0, also where nothing came, or -1. */
static int read_events(struct wl_display *display, int64_t end)
{
	struct pollfd fd = {.fd = wl_display_get_fd(display), .events = POLLIN};
	int64_t left = end - now_ms();
	int ret;

	if (wl_display_prepare_read(display) < 0)
		return 0;
	/* A connection that is closed may have an error to be read. */
	if (wl_display_flush(display) < 0 && errno == EAGAIN)
		fd.events |= POLLOUT;
	ret = poll(&fd, 1, left > 0 ? (int)left : 0);
	if (ret <= 0 || !(fd.revents & (POLLIN | POLLERR | POLLHUP))) {
		wl_display_cancel_read(display);
		return 0;
	}
	return wl_display_read_events(display);
}

int _cen_wayland_wait(struct wayland_session *session, const bool *done)
{
	int64_t end = now_ms() + WAYLAND_TIME_LIMIT_MS;

	while (!*done) {
		if (now_ms() >= end)
			return set_message(session, "poll", -ETIMEDOUT, "the compositor gave no answer within %d ms",
					   WAYLAND_TIME_LIMIT_MS);
		if (read_events(session->display, end) < 0 || wl_display_dispatch_pending(session->display) < 0)
			return tell_broken(session);
	}
	return 0;
}

static void handle_sync(void *data, struct wl_callback *callback, uint32_t serial)
{
	bool *done = data;

	(void)callback;
	(void)serial;
	*done = true;
}

static const struct wl_callback_listener sync_listener = {.done = handle_sync};

int _cen_wayland_roundtrip(struct wayland_session *session)
{
	struct wl_callback *callback = wl_display_sync(session->display);
	bool done = false;
	int ret;

	if (!callback)
		return set_message(session, NULL, -ENOMEM, "not enough memory");
	wl_callback_add_listener(callback, &sync_listener, &done);
	ret = _cen_wayland_wait(session, &done);
	wl_callback_destroy(callback);
	return ret;
}

static void handle_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface,
			  uint32_t version)
{
	struct wayland_session *session = data;

	(void)registry;
	if (strcmp(interface, wl_shm_interface.name) == 0)
		session->has_shm = true;
	if (strcmp(interface, zwp_linux_dmabuf_v1_interface.name) != 0 || session->dmabuf_version)
		return;
	session->dmabuf_name = name;
	session->dmabuf_version = version;
}

static void handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data;
	(void)registry;
	(void)name;
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

int _cen_wayland_socket_path(struct wayland_session *session, const char *display, char *path, size_t size)
{
	const char *folder = session->host->get_option(session->call, "runtime-dir");
	int length;

	if (display[0] == '/')
		length = snprintf(path, size, "%s", display);
	else if (folder)
		length = snprintf(path, size, "%s/%s", folder, display);
	else
		return set_message(session, NULL, -ENOENT, "no folder for the socket: XDG_RUNTIME_DIR is not set");
	if (length < 0 || (size_t)length >= size)
		return set_message(session, NULL, -ENAMETOOLONG,
				   "the path of the socket has %d bytes; a socket's has at most %zu", length, size - 1);
	return 0;
}

static bool is_own_socket(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == getpid();
}

/* Not wl_display_connect(): that takes the descriptor of WAYLAND_SOCKET, which is the application's, and may block. */
static int connect_display(struct wayland_session *session, const char *display)
{
	union {
		struct sockaddr any;
		struct sockaddr_un socket;
	} address = {.socket.sun_family = AF_UNIX};
	_cleanup_close_ int fd = -1;
	int ret = _cen_wayland_socket_path(session, display, address.socket.sun_path, sizeof(address.socket.sun_path));

	if (ret < 0)
		return ret;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return set_message(session, "socket", -errno, "no socket");
	if (connect(fd, &address.any, sizeof(address)) < 0)
		return set_message(session, "connect", errno == EAGAIN ? -ETIMEDOUT : -errno,
				   errno == EAGAIN ? "the compositor takes no more connections at %s"
						   : "no compositor can be reached at %s",
				   address.socket.sun_path);
	session->is_own = is_own_socket(fd);
	if (session->is_own)
		return set_message(session, NULL, -EDEADLK, "the compositor is this process itself");
	session->display = wl_display_connect_to_fd(fd);
	if (!session->display)
		return set_message(session, NULL, -ENOMEM, "not enough memory");
	steal_fd(&fd);
	return 0;
}

int _cen_wayland_session_open(struct wayland_session *session, const struct cen_host *host, struct cen_call *call,
			      const char *display)
{
	int ret;

	session->host = host;
	session->call = call;
	ret = connect_display(session, display);
	if (ret < 0)
		return ret;
	session->registry = wl_display_get_registry(session->display);
	if (!session->registry)
		return set_message(session, NULL, -ENOMEM, "not enough memory");
	wl_registry_add_listener(session->registry, &registry_listener, session);
	return _cen_wayland_roundtrip(session);
}

void _cen_wayland_session_close(struct wayland_session *session)
{
	if (session->feedback)
		zwp_linux_dmabuf_feedback_v1_destroy(session->feedback);
	if (session->dmabuf)
		zwp_linux_dmabuf_v1_destroy(session->dmabuf);
	if (session->registry)
		wl_registry_destroy(session->registry);
	if (session->display)
		wl_display_disconnect(session->display);
}
