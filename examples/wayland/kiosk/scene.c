/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The repaint cycle: collect the views of the newest window, present them, and tell clients at the flip. */
#include "scene.h"

#include <err.h>
#include <errno.h>
#include <string.h>

#include <wayland-server-protocol.h>

#include "dmabuf.h"
#include "presentation.h"
#include "screen.h"

/* A tree with more is not shown whole. */
#define MAX_VIEWS 64
/* After a failure of the output. */
#define RETRY_MS 100

struct picture_list {
	struct output_view views[MAX_VIEWS];
	struct surface *surfaces[MAX_VIEWS];
	size_t count;
};

static void set_source(struct output_view *view, const struct surface_state *state)
{
	if (state->viewport.width < 0)
		return;
	view->source_x = state->viewport.x * state->scale;
	view->source_y = state->viewport.y * state->scale;
	view->source_width = state->viewport.width * state->scale;
	view->source_height = state->viewport.height * state->scale;
}

/* A picture that its client has turned is shown turned: nobody is asked to turn any. */
static void add_view(struct picture_list *list, struct surface *surface, int32_t x, int32_t y)
{
	struct output_view *view = &list->views[list->count];

	if (list->count == MAX_VIEWS || !surface_has_picture(surface) || surface->width < 1 || surface->height < 1)
		return;
	*view = (struct output_view){
		.image = surface->current.use->content->image,
		.x = x,
		.y = y,
		.width = (uint32_t)surface->width,
		.height = (uint32_t)surface->height,
		.acquire_fence = -1, /* commits wait for their acquire points before they are applied */
	};
	set_source(view, &surface->current);
	list->surfaces[list->count++] = surface;
}

/* Far from the screen is as good as anywhere else outside it, and does not overflow. */
static int32_t add_offset(int32_t a, int32_t b)
{
	int32_t sum;

	if (__builtin_add_overflow(a, b, &sum) || sum > 1000000 || sum < -1000000)
		return 1000000;
	return sum;
}

static void add_tree(struct picture_list *list, struct surface *surface, int32_t x, int32_t y);

static void add_children(struct picture_list *list, struct wl_list *children, int32_t x, int32_t y)
{
	struct subsurface *child;

	wl_list_for_each(child, children, link)
		add_tree(list, child->surface, add_offset(x, child->x), add_offset(y, child->y));
}

/* The depth is bounded by SURFACE_MAX_DEPTH. A surface without a picture hides its children. */
static void add_tree(struct picture_list *list, struct surface *surface, int32_t x, int32_t y)
{
	if (!surface_has_picture(surface))
		return;
	add_children(list, &surface->below, x, y);
	add_view(list, surface, x, y);
	add_children(list, &surface->above, x, y);
}

static struct window *get_top(struct server *server)
{
	struct window *top;

	return wl_list_empty(&server->windows) ? NULL : wl_container_of(server->windows.next, top, link);
}

/* In the middle of the screen, where it does not cover it. */
static void collect(struct server *server, struct picture_list *list)
{
	const struct window *top = get_top(server);
	int32_t width, height;

	list->count = 0;
	if (!top)
		return;
	width = top->geometry.width ? top->geometry.width : top->surface->width;
	height = top->geometry.height ? top->geometry.height : top->surface->height;
	add_tree(list, top->surface, add_offset(((int32_t)server->width - width) / 2, -top->geometry.x),
		 add_offset(((int32_t)server->height - height) / 2, -top->geometry.y));
}

/* Whether another buffer could be shown as it is. The output decides about this one. */
static bool can_be_direct(const struct server *server, const struct picture_list *list)
{
	const struct output_view *view = &list->views[0];
	const struct surface *surface;
	const struct content *content;

	if (list->count != 1 || server->options->never_direct)
		return false;
	surface = list->surfaces[0];
	content = surface->current.use->content;
	return view->x == 0 && view->y == 0 && view->width == server->width && view->height == server->height &&
	       content->width == view->width && content->height == view->height && view->source_width == 0 &&
	       surface->current.transform == WL_OUTPUT_TRANSFORM_NORMAL;
}

/* Callbacks and feedbacks wait for the flip; surfaces enter and leave the screen. */
static void latch(struct server *server, const struct picture_list *list)
{
	struct surface *surface;
	bool is_direct = can_be_direct(server, list);

	wl_list_for_each(surface, &server->surfaces, link)
	{
		bool is_on_screen = false;

		for (size_t i = 0; i < list->count; i++)
			is_on_screen = is_on_screen || list->surfaces[i] == surface;
		screen_set_shown(surface, is_on_screen);
		if (is_on_screen)
			surface->can_be_direct = is_direct;
	}
	for (size_t i = 0; i < list->count; i++) {
		struct surface_state *state = &list->surfaces[i]->current;

		content_show(state->use->content);
		wl_list_insert_list(server->callbacks_shown.prev, &state->callbacks);
		wl_list_init(&state->callbacks);
		wl_list_insert_list(server->feedbacks_shown.prev, &state->feedbacks);
		wl_list_init(&state->feedbacks);
	}
	server->shows_client = list->count > 0;
	dmabuf_update_offers(server);
}

static int handle_retry(void *data)
{
	scene_schedule(data);
	return 0;
}

static void retry_later(struct server *server, int error)
{
	if (!server->retry) {
		warnx("the output does not show a frame: %s", strerror(-error));
		server->retry = wl_event_loop_add_timer(server->loop, handle_retry, server);
	}
	if (server->retry)
		wl_event_source_timer_update(server->retry, RETRY_MS);
}

static void handle_repaint(void *data)
{
	struct server *server = data;
	struct picture_list list;
	int ret;

	server->repaint = NULL;
	if (output_is_busy(server->output))
		return; /* the flip asks again */
	collect(server, &list);
	ret = output_present(server->output, list.views, list.count);
	if (ret == -EBUSY)
		return;
	if (ret < 0) {
		retry_later(server, ret);
		return;
	}
	server->needs_repaint = false;
	latch(server, &list);
}

void scene_schedule(struct server *server)
{
	if (server->is_ending)
		return;
	server->needs_repaint = true;
	if (!server->repaint && !output_is_busy(server->output))
		server->repaint = wl_event_loop_add_idle(server->loop, handle_repaint, server);
}

void scene_flipped(struct server *server, const struct output_flip *flip)
{
	struct wl_resource *callback, *next;

	wl_resource_for_each_safe(callback, next, &server->callbacks_shown)
	{
		wl_callback_send_done(callback, (uint32_t)(flip->time_ns / 1000000));
		wl_resource_destroy(callback);
	}
	presentation_send(server, flip);
	server->counts.presented += server->shows_client;
	if (server->needs_repaint)
		scene_schedule(server);
}

void scene_finish(struct server *server)
{
	if (server->repaint)
		wl_event_source_remove(server->repaint);
	if (server->retry)
		wl_event_source_remove(server->retry);
	server->repaint = NULL;
	server->retry = NULL;
}
