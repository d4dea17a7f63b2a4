/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What all parts of the compositor share: the connection side of it. scene.h decides what is on the screen. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <wayland-server-core.h>

#include "options.h"
#include "output.h"

struct syncobj;

struct server {
	const struct options *options;
	struct wl_display *display;
	struct wl_event_loop *loop;
	struct output *output;
	uint32_t width, height, refresh_mhz; /* of the screen */
	uint32_t scanout_tranches; /* of the offer */

	struct wl_event_source *sources[8]; /* signals and the output's fd */
	size_t source_count;
	struct wl_listener client_created;
	bool is_ending;

	struct wl_list surfaces; /* struct surface.link */
	struct wl_list screens; /* wl_output resources */
	struct wl_list contents_shown; /* struct content.link: what the output may be reading */

	/* The scene. */
	struct wl_list windows; /* struct window.link: those with a picture, the newest first */
	struct wl_list callbacks_shown, feedbacks_shown; /* resources that wait for the flip */
	struct wl_event_source *repaint, *retry;
	bool needs_repaint, shows_client;

	struct wl_event_source *offer_timer; /* clients are told only what lasts */
	bool is_offer_settling;
	struct wl_event_source *ping_timer;
	struct wl_list shells; /* struct shell.link */
	struct syncobj *syncobj; /* NULL: the display has none */

	uint64_t fd_limit; /* that this process was started with */
	pid_t child; /* 0: none */
	int status;

	struct {
		uint64_t presented; /* frames with a client's picture */
		uint64_t imported, refused; /* dma-bufs */
		uint64_t clients;
	} counts;
};

/* Explains failures on stderr; returns a negative errno. options are kept. */
int server_create(const struct options *options, struct server **out);
/* Runs until it is told to end. */
void server_run(struct server *server);
void server_end(struct server *server, int status);
void server_destroy(struct server *server);

/* Bind a global's resource: NULL after wl_client_post_no_memory(). */
struct wl_resource *server_bind(struct wl_client *client, const struct wl_interface *interface, uint32_t version,
				uint32_t id, const void *requests, void *data);
/* The request "destroy" of every interface that has nothing more to do. */
void server_destroy_request(struct wl_client *client, struct wl_resource *resource);

/* Globals. Each returns 0 or -ENOMEM; they go with the display. */
int compositor_init(struct server *server);
int subcompositor_init(struct server *server);
int shell_init(struct server *server);
int dmabuf_init(struct server *server);
int presentation_init(struct server *server);
int viewporter_init(struct server *server);
int seat_init(struct server *server);
int screen_init(struct server *server);
int single_pixel_init(struct server *server);
/* Not an error where the display has no timelines. */
int syncobj_init(struct server *server);
void syncobj_finish(struct server *server);
