/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* For tests of examples/wayland/kiosk: the compositor as a child, and clients of it that can do anything. */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <wayland-client.h>

#include "linux-dmabuf-v1-client-protocol.h"
#include "linux-drm-syncobj-v1-client-protocol.h"
#include "tap.h"
#include "xdg-shell-client-protocol.h"

#define START_SECONDS 60
/* The longest wait for something that should come; emulated machines are slow. */
#define SETTLE_TENTHS 300

/* What a client gets, beside a number of zwp_linux_buffer_params_v1.error. */
enum outcome { CREATED = -1, FAILED = -2, NO_MEMORY = -3, OTHER_ERROR = -4, NOTHING = -5 };

struct session {
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	struct xdg_wm_base *shell;
	struct zwp_linux_dmabuf_v1 *dmabuf;
	struct wp_linux_drm_syncobj_manager_v1 *syncobj; /* NULL: the compositor has none */
	uint32_t dmabuf_version; /* wanted */
	enum outcome answer;
	uint32_t width, height; /* of the screen, once configured */
	bool is_configured;
};

static pid_t kiosk;

static inline int allocate(uint32_t bytes, int mode)
{
	struct dma_heap_allocation_data data = {.len = bytes, .fd_flags = (uint32_t)mode | O_CLOEXEC};
	int heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);
	int ret = heap < 0 ? -1 : ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data);

	if (heap >= 0)
		close(heap);
	return ret < 0 ? -1 : (int)data.fd;
}

static inline void handle_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface,
				 uint32_t version)
{
	struct session *session = data;

	(void)version;
	if (strcmp(interface, wl_compositor_interface.name) == 0)
		session->compositor = wl_registry_bind(registry, name, &wl_compositor_interface, 4);
	else if (strcmp(interface, wl_shm_interface.name) == 0)
		session->shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
	else if (strcmp(interface, xdg_wm_base_interface.name) == 0)
		session->shell = wl_registry_bind(registry, name, &xdg_wm_base_interface, 1);
	else if (strcmp(interface, zwp_linux_dmabuf_v1_interface.name) == 0)
		session->dmabuf =
			wl_registry_bind(registry, name, &zwp_linux_dmabuf_v1_interface, session->dmabuf_version);
	else if (strcmp(interface, wp_linux_drm_syncobj_manager_v1_interface.name) == 0)
		session->syncobj = wl_registry_bind(registry, name, &wp_linux_drm_syncobj_manager_v1_interface, 1);
}

static inline void handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data, (void)registry, (void)name;
}

static const struct wl_registry_listener registry_listener = {handle_global, handle_global_remove};

static inline bool session_open(struct session *session, uint32_t version)
{
	*session = (struct session){.dmabuf_version = version, .answer = NOTHING};
	session->display = wl_display_connect(NULL);
	if (!session->display)
		return false;
	session->registry = wl_display_get_registry(session->display);
	wl_registry_add_listener(session->registry, &registry_listener, session);
	return wl_display_roundtrip(session->display) >= 0 && session->compositor && session->shm && session->shell &&
	       session->dmabuf;
}

/* Proxies that are left go with this process; the compositor is what is tested. */
static inline void session_close(struct session *session)
{
	if (session->display)
		wl_display_disconnect(session->display);
}

/* What the client was told. */
static inline int get_outcome(const struct session *session)
{
	const struct wl_interface *interface = NULL;
	uint32_t id, code;

	if (wl_display_get_error(session->display) == 0)
		return session->answer;
	if (wl_display_get_error(session->display) == ENOMEM)
		return NO_MEMORY;
	if (wl_display_get_error(session->display) != EPROTO)
		return OTHER_ERROR;
	code = wl_display_get_protocol_error(session->display, &interface, &id);
	if (interface == &zwp_linux_buffer_params_v1_interface)
		return (int)code;
	return OTHER_ERROR;
}

static inline bool has_error(const struct session *session, const struct wl_interface *wanted, uint32_t code)
{
	const struct wl_interface *interface = NULL;
	uint32_t id;

	return wl_display_get_error(session->display) == EPROTO &&
	       wl_display_get_protocol_error(session->display, &interface, &id) == code && interface == wanted;
}

static inline void handle_created(void *data, struct zwp_linux_buffer_params_v1 *params, struct wl_buffer *buffer)
{
	struct session *session = data;

	(void)params;
	wl_buffer_destroy(buffer);
	session->answer = CREATED;
}

static inline void handle_failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
	struct session *session = data;

	(void)params;
	session->answer = FAILED;
}

static const struct zwp_linux_buffer_params_v1_listener params_listener = {handle_created, handle_failed};

static inline struct zwp_linux_buffer_params_v1 *create_params(struct session *session)
{
	struct zwp_linux_buffer_params_v1 *params = zwp_linux_dmabuf_v1_create_params(session->dmabuf);

	zwp_linux_buffer_params_v1_add_listener(params, &params_listener, session);
	return params;
}

static inline size_t count_fds(pid_t pid)
{
	char path[64];
	DIR *dir;
	size_t count = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

static inline void sleep_tenth(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
}

/* The compositor notices the end of a client a little later. */
static inline bool settles(size_t fds, int buffers)
{
	for (int i = 0; i < SETTLE_TENTHS; i++) {
		if (count_fds(kiosk) == fds && count_buffers() == buffers)
			return true;
		sleep_tenth();
	}
	printf("# %zu fds, %zu before; %d dma-bufs, %d before\n", count_fds(kiosk), fds, count_buffers(), buffers);
	return false;
}

static inline bool is_alive(void)
{
	return waitpid(kiosk, NULL, WNOHANG) == 0;
}

static inline void handle_ping(void *data, struct xdg_wm_base *shell, uint32_t serial)
{
	(void)data;
	xdg_wm_base_pong(shell, serial);
}

static inline void handle_surface_configure(void *data, struct xdg_surface *surface, uint32_t serial)
{
	struct session *session = data;

	session->is_configured = true;
	xdg_surface_ack_configure(surface, serial);
}

static inline void handle_toplevel_configure(void *data, struct xdg_toplevel *toplevel, int32_t width, int32_t height,
					     struct wl_array *states)
{
	struct session *session = data;

	(void)toplevel, (void)states;
	session->width = (uint32_t)width;
	session->height = (uint32_t)height;
}

static inline void handle_close(void *data, struct xdg_toplevel *toplevel)
{
	(void)data, (void)toplevel;
}

static const struct xdg_wm_base_listener shell_listener = {handle_ping};
static const struct xdg_surface_listener surface_listener = {handle_surface_configure};
static const struct xdg_toplevel_listener toplevel_listener = {handle_toplevel_configure, handle_close};

static inline struct wl_surface *create_window(struct session *session)
{
	struct wl_surface *surface = wl_compositor_create_surface(session->compositor);
	struct xdg_surface *shell_surface = xdg_wm_base_get_xdg_surface(session->shell, surface);
	struct xdg_toplevel *toplevel = xdg_surface_get_toplevel(shell_surface);

	xdg_wm_base_add_listener(session->shell, &shell_listener, session);
	xdg_surface_add_listener(shell_surface, &surface_listener, session);
	xdg_toplevel_add_listener(toplevel, &toplevel_listener, session);
	return surface;
}

static inline struct wl_buffer *create_buffer(struct session *session, uint32_t width, uint32_t height)
{
	struct zwp_linux_buffer_params_v1 *params = create_params(session);
	struct wl_buffer *buffer;
	int fd = allocate(width * 4 * height, O_RDWR);

	zwp_linux_buffer_params_v1_add(params, fd, 0, 0, width * 4, 0, 0);
	buffer = zwp_linux_buffer_params_v1_create_immed(params, (int32_t)width, (int32_t)height, DRM_FORMAT_XRGB8888,
							 0);
	zwp_linux_buffer_params_v1_destroy(params);
	close(fd);
	return buffer;
}

static inline bool start_kiosk(const char *display)
{
	const char *build = getenv("BUILD_DIR");
	char program[4096], folder[] = "/tmp/kiosk-test.XXXXXX";
	struct session session;
	bool is_up = false;

	snprintf(program, sizeof(program), "%s/examples/wayland/kiosk/kiosk", build ? build : ".");
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(folder) || setenv("XDG_RUNTIME_DIR", folder, 1) < 0 ||
	    setenv("WAYLAND_DISPLAY", "kiosk-test", 1) < 0)
		return false;
	kiosk = fork();
	if (kiosk == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execl(program, program, "--socket", "kiosk-test", "--renderer", "llvmpipe",
		      display ? "--display" : (char *)NULL, display, (char *)NULL);
		fprintf(stderr, "%s: %m\n", program);
		_exit(127);
	}
	for (int i = 0; i < START_SECONDS * 10 && !is_up && kiosk > 0 && is_alive(); i++) {
		sleep_tenth();
		is_up = session_open(&session, 5);
		session_close(&session);
	}
	return check(is_up, "the compositor starts");
}

static inline void stop_kiosk(int buffers)
{
	int status = -1;

	if (kiosk <= 0)
		return;
	kill(kiosk, SIGTERM);
	waitpid(kiosk, &status, 0);
	check(status == 0, "the compositor ends when it is told to, with status 0");
	check(count_buffers() == buffers, "no dma-buf is left on the machine");
}
