/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A compositor for tests: libwayland-server and linux-dmabuf, and nothing to look at. */
#include "wayland-server.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flow.h"

static void destroy_resource(struct wl_client *client, struct wl_resource *resource)
{
	(void)client;
	wl_resource_destroy(resource);
}

static void handle_add(struct wl_client *client, struct wl_resource *params, int32_t fd, uint32_t plane,
		       uint32_t offset, uint32_t stride, uint32_t modifier_high, uint32_t modifier_low)
{
	(void)client;
	(void)params;
	(void)plane;
	(void)offset;
	(void)stride;
	(void)modifier_high;
	(void)modifier_low;
	close(fd);
}

static void handle_create(struct wl_client *client, struct wl_resource *params, int32_t width, int32_t height,
			  uint32_t format, uint32_t flags)
{
	const struct server_script *script = wl_resource_get_user_data(params);

	(void)width;
	(void)height;
	(void)format;
	(void)flags;
	if (script->on_create)
		script->on_create(client, params);
}

static const struct zwp_linux_buffer_params_v1_interface params_implementation = {
	.destroy = destroy_resource,
	.add = handle_add,
	.create = handle_create,
};

static void handle_create_params(struct wl_client *client, struct wl_resource *dmabuf, uint32_t id)
{
	struct wl_resource *params =
		wl_resource_create(client, &zwp_linux_buffer_params_v1_interface, wl_resource_get_version(dmabuf), id);

	wl_resource_set_implementation(params, &params_implementation, wl_resource_get_user_data(dmabuf), NULL);
}

static const struct zwp_linux_dmabuf_feedback_v1_interface feedback_implementation = {.destroy = destroy_resource};

static void handle_get_feedback(struct wl_client *client, struct wl_resource *dmabuf, uint32_t id)
{
	const struct server_script *script = wl_resource_get_user_data(dmabuf);
	struct wl_resource *feedback = wl_resource_create(client, &zwp_linux_dmabuf_feedback_v1_interface,
							  wl_resource_get_version(dmabuf), id);

	wl_resource_set_implementation(feedback, &feedback_implementation, NULL, NULL);
	if (script->on_feedback)
		script->on_feedback(feedback);
}

static const struct zwp_linux_dmabuf_v1_interface dmabuf_implementation = {
	.destroy = destroy_resource,
	.create_params = handle_create_params,
	.get_default_feedback = handle_get_feedback,
};

static void handle_bind(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	const struct server_script *script = data;
	struct wl_resource *dmabuf = wl_resource_create(client, &zwp_linux_dmabuf_v1_interface, (int)version, id);

	wl_resource_set_implementation(dmabuf, &dmabuf_implementation, data, NULL);
	if (script->on_bind)
		script->on_bind(dmabuf);
}

int server_listen(const struct server *server, int backlog)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/" SERVER_DISPLAY, server->folder);
	if (fd < 0 || bind(fd, (const void *)&address, sizeof(address)) < 0 || listen(fd, backlog) < 0)
		return -1;
	return fd;
}

static _Noreturn void run_compositor(int fd, const struct server_script *script)
{
	struct wl_display *display = wl_display_create();

	wl_display_init_shm(display);
	if (script->version)
		wl_global_create(display, &zwp_linux_dmabuf_v1_interface, (int)script->version, (void *)script,
				 handle_bind);
	if (wl_display_add_socket_fd(display, fd) == 0)
		wl_display_run(display);
	_exit(1);
}

/* The socket must be the child's: a process that finds itself at the other end is told so by the kernel. */
static void start(struct server *server, int backlog, const struct server_script *script, void (*serve)(int fd))
{
	int ready[2];
	char byte;

	strcpy(server->folder, "/tmp/cenalloc-flow-XXXXXX");
	assert_non_null(mkdtemp(server->folder));
	assert_int_equal(setenv("XDG_RUNTIME_DIR", server->folder, 1), 0);
	assert_int_equal(setenv("WAYLAND_DISPLAY", SERVER_DISPLAY, 1), 0);
	assert_int_equal(pipe(ready), 0);
	server->pid = fork();
	assert_int_not_equal(server->pid, -1);
	if (server->pid == 0) {
		int fd;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fd = server_listen(server, backlog);
		if (fd < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		if (serve)
			serve(fd);
		else if (script)
			run_compositor(fd, script);
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

void server_start(struct server *server, const struct server_script *script)
{
	start(server, 16, script, NULL);
}

void server_start_raw(struct server *server, int backlog, void (*serve)(int fd))
{
	start(server, backlog, NULL, serve);
}

void server_stop(struct server *server)
{
	char path[64];

	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
	snprintf(path, sizeof(path), "%s/" SERVER_DISPLAY, server->folder);
	unlink(path);
	rmdir(server->folder);
	unsetenv("WAYLAND_DISPLAY");
}

void server_send_table(struct wl_resource *feedback, const struct server_pair *pairs, size_t count)
{
	int fd = memfd_create("table", MFD_CLOEXEC);

	if (write(fd, pairs, count * sizeof(*pairs)) == (ssize_t)(count * sizeof(*pairs)))
		zwp_linux_dmabuf_feedback_v1_send_format_table(feedback, fd, (uint32_t)(count * sizeof(*pairs)));
	close(fd);
}

void server_send_lying_table(struct wl_resource *feedback, uint32_t size, size_t file_size)
{
	int fd = memfd_create("table", MFD_CLOEXEC);

	if (ftruncate(fd, (off_t)file_size) == 0)
		zwp_linux_dmabuf_feedback_v1_send_format_table(feedback, fd, size);
	close(fd);
}

void server_send_main_device(struct wl_resource *feedback, dev_t device)
{
	struct wl_array array = {.size = sizeof(device), .data = &device};

	zwp_linux_dmabuf_feedback_v1_send_main_device(feedback, &array);
}

void server_send_formats(struct wl_resource *feedback, const uint16_t *indices, size_t count)
{
	struct wl_array array = {.size = count * sizeof(*indices), .data = (void *)indices};

	zwp_linux_dmabuf_feedback_v1_send_tranche_formats(feedback, &array);
}

void server_send_tranche(struct wl_resource *feedback, dev_t device, uint32_t flags, const uint16_t *indices,
			 size_t count)
{
	struct wl_array array = {.size = sizeof(device), .data = &device};

	zwp_linux_dmabuf_feedback_v1_send_tranche_target_device(feedback, &array);
	zwp_linux_dmabuf_feedback_v1_send_tranche_flags(feedback, flags);
	server_send_formats(feedback, indices, count);
	zwp_linux_dmabuf_feedback_v1_send_tranche_done(feedback);
}
