/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The display and its globals, the event loop, and what ends it. */
#include "server.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "buffer.h"
#include "child.h"
#include "client.h"
#include "dmabuf.h"
#include "report.h"
#include "scene.h"

/* At the end, until the screen is black and no client's image on it. */
#define LAST_FLIP_MS 1000

struct wl_resource *server_bind(struct wl_client *client, const struct wl_interface *interface, uint32_t version,
				uint32_t id, const void *requests, void *data)
{
	struct wl_resource *resource = wl_resource_create(client, interface, (int)version, id);

	if (resource)
		wl_resource_set_implementation(resource, requests, data, NULL);
	else
		wl_client_post_no_memory(client);
	return resource;
}

void server_destroy_request(struct wl_client *client, struct wl_resource *resource)
{
	(void)client;
	wl_resource_destroy(resource);
}

void server_end(struct server *server, int status)
{
	server->status = status;
	wl_display_terminate(server->display);
}

static void capture(struct server *server)
{
	const char *png = server->options->capture;

	if (png && output_capture(server->output, png) == 0)
		printf("kiosk: wrote %s\n", png);
}

static int handle_signal(int number, void *data)
{
	struct server *server = data;

	if (number == SIGUSR1)
		capture(server);
	else if (number == SIGCHLD)
		child_reap(server);
	else
		server_end(server, 0);
	return 0;
}

static void handle_flipped(void *data, const struct output_flip *flip)
{
	struct server *server = data;
	const struct options *options = server->options;

	scene_flipped(server, flip);
	if (!server->shows_client)
		return;
	if (options->capture_after && server->counts.presented == options->capture_after)
		capture(server);
	if (options->exit_after && server->counts.presented == options->exit_after)
		server_end(server, 0);
}

static void handle_released(void *data, struct output_image *image)
{
	content_released(data, image);
}

static int handle_output(int fd, uint32_t mask, void *data)
{
	struct server *server = data;
	int ret = output_dispatch(server->output);

	(void)fd, (void)mask;
	if (ret < 0 && ret != -EAGAIN && ret != -EINTR) {
		warnx("the display failed: %s", strerror(-ret));
		server_end(server, 3);
	}
	return 0;
}

/* Clients' fds and their images are counted in client.h; here is room for some clients. */
static void raise_fd_limit(struct server *server)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	server->fd_limit = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int add_source(struct server *server, struct wl_event_source *source)
{
	if (!source)
		return -ENOMEM;
	server->sources[server->source_count++] = source;
	return 0;
}

static int add_sources(struct server *server)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGUSR1, SIGCHLD};
	int ret;

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		ret = add_source(server, wl_event_loop_add_signal(server->loop, signals[i], handle_signal, server));
		if (ret < 0)
			return ret;
	}
	return add_source(server, wl_event_loop_add_fd(server->loop, output_get_fd(server->output), WL_EVENT_READABLE,
						       handle_output, server));
}

static int create_output(struct server *server)
{
	const struct options *options = server->options;
	const struct output_options output_options = {
		.display = options->display,
		.renderer = options->renderer,
		.width = options->width,
		.height = options->height,
		.never_direct = options->never_direct,
	};
	const struct output_listener listener = {handle_flipped, handle_released, server};
	int ret = output_create(&output_options, &listener, &server->output);

	if (ret == 0)
		output_get_size(server->output, &server->width, &server->height, &server->refresh_mhz);
	return ret;
}

typedef int (*init_function)(struct server *server);

static int create_globals(struct server *server)
{
	static const init_function inits[] = {
		compositor_init, subcompositor_init, shell_init,  dmabuf_init,       presentation_init,
		viewporter_init, seat_init,          screen_init, single_pixel_init, syncobj_init,
	};

	for (size_t i = 0; i < sizeof(inits) / sizeof(*inits); i++) {
		int ret = inits[i](server);

		if (ret < 0) {
			warnx("the globals: %s", strerror(-ret));
			return ret;
		}
	}
	return 0;
}

static int open_socket(struct server *server)
{
	const char *socket = server->options->socket;
	int ret;

	if (socket && wl_display_add_socket(server->display, socket) < 0) {
		ret = errno ? -errno : -EIO;
		warn("the socket %s (is XDG_RUNTIME_DIR set?)", socket);
		return ret;
	}
	if (!socket)
		socket = wl_display_add_socket_auto(server->display);
	if (!socket) {
		warnx("no socket could be opened (is XDG_RUNTIME_DIR set?)");
		return -EIO;
	}
	printf("kiosk: %s\n", output_get_description(server->output));
	dmabuf_print_offer(server);
	if (server->syncobj)
		printf("kiosk: explicit synchronisation\n");
	printf("kiosk: WAYLAND_DISPLAY=%s\n", socket);
	return server->options->command ? child_start(server, socket) : 0;
}

static void init_lists(struct server *server)
{
	wl_list_init(&server->surfaces);
	wl_list_init(&server->screens);
	wl_list_init(&server->contents_shown);
	wl_list_init(&server->windows);
	wl_list_init(&server->callbacks_shown);
	wl_list_init(&server->feedbacks_shown);
	wl_list_init(&server->shells);
}

int server_create(const struct options *options, struct server **out)
{
	struct server *server = calloc(1, sizeof(*server));
	int ret = -ENOMEM;

	*out = NULL;
	if (!server)
		goto failed;
	server->options = options;
	init_lists(server);
	raise_fd_limit(server);
	server->display = wl_display_create();
	if (!server->display)
		goto failed;
	server->loop = wl_display_get_event_loop(server->display);
	server->client_created.notify = client_created;
	wl_display_add_client_created_listener(server->display, &server->client_created);
	ret = create_output(server);
	if (ret == 0)
		ret = add_sources(server);
	if (ret == 0)
		ret = create_globals(server);
	if (ret == 0)
		ret = open_socket(server);
	if (ret < 0)
		goto failed;
	*out = server;
	return 0;
failed:
	if (ret == -ENOMEM)
		warnx("no memory");
	server_destroy(server);
	return ret;
}

void server_run(struct server *server)
{
	scene_schedule(server);
	wl_display_run(server->display);
}

/* Black, so that the output lets go of the clients' images. */
static void clear_screen(struct server *server)
{
	struct pollfd pollfd = {.fd = output_get_fd(server->output), .events = POLLIN};
	bool is_black = false;

	while (!is_black || output_is_busy(server->output)) {
		if (!is_black && !output_is_busy(server->output)) {
			if (output_present(server->output, NULL, 0) < 0)
				break;
			is_black = true;
		}
		if (poll(&pollfd, 1, LAST_FLIP_MS) <= 0 || output_dispatch(server->output) < 0)
			break;
	}
	content_release_all(server);
}

static void remove_sources(struct server *server)
{
	for (size_t i = 0; i < server->source_count; i++)
		wl_event_source_remove(server->sources[i]);
	if (server->offer_timer)
		wl_event_source_remove(server->offer_timer);
	if (server->ping_timer)
		wl_event_source_remove(server->ping_timer);
	scene_finish(server);
}

void server_destroy(struct server *server)
{
	if (!server)
		return;
	server->is_ending = true;
	child_stop(server);
	if (server->display)
		wl_display_destroy_clients(server->display);
	if (server->output) {
		clear_screen(server);
		report_write(server);
	}
	syncobj_finish(server);
	remove_sources(server);
	if (server->display)
		wl_display_destroy(server->display);
	output_destroy(server->output);
	free(server);
}
