/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* xdg_toplevel, wp_viewport, frame callbacks and presentation feedback of one wl_surface. */
#include "surface.h"

#include <err.h>

#include "presentation-time-client-protocol.h"
#include "util.h"
#include "viewporter-client-protocol.h"
#include "xdg-shell-client-protocol.h"

static void handle_surface_configure(void *data, struct xdg_surface *xdg, uint32_t serial)
{
	struct surface *surface = data;

	xdg_surface_ack_configure(xdg, serial);
	surface->is_resized |= surface->is_configured;
	surface->is_configured = true;
}

static const struct xdg_surface_listener surface_listener = {.configure = handle_surface_configure};

static void handle_configure(void *data, struct xdg_toplevel *toplevel, int32_t width, int32_t height,
			     struct wl_array *states)
{
	struct surface *surface = data;

	(void)toplevel, (void)states;
	/* Without a size the choice is ours: as it was, or as large as the picture. */
	if (width > 0 && height > 0) {
		surface->width = width;
		surface->height = height;
	}
}

static void handle_close(void *data, struct xdg_toplevel *toplevel)
{
	struct surface *surface = data;

	(void)toplevel;
	surface->is_closed = true;
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = handle_configure,
	.close = handle_close,
};

static void handle_frame(void *data, struct wl_callback *callback, uint32_t time)
{
	struct surface *surface = data;

	(void)time;
	wl_callback_destroy(callback);
	surface->callback = NULL;
}

static const struct wl_callback_listener callback_listener = {.done = handle_frame};

static void presentation_finish(struct presentation *presentation)
{
	if (presentation->object)
		wp_presentation_feedback_destroy(presentation->object);
	presentation->object = NULL;
}

static void ignore_output(void *data, struct wp_presentation_feedback *object, struct wl_output *output)
{
	(void)data, (void)object, (void)output;
}

static void handle_presented(void *data, struct wp_presentation_feedback *object, uint32_t sec_hi, uint32_t sec_lo,
			     uint32_t nsec, uint32_t refresh, uint32_t seq_hi, uint32_t seq_lo, uint32_t flags)
{
	struct presentation *presentation = data;
	struct surface *surface = presentation->surface;
	struct surface_seen seen = {
		.captured_ns = presentation->captured_ns,
		.presented_ns = ((uint64_t)sec_hi << 32 | sec_lo) * 1000000000u + nsec -
				(uint64_t)connection_get_clock_offset(surface->connection),
		.is_zero_copy = flags & WP_PRESENTATION_FEEDBACK_KIND_ZERO_COPY,
	};

	(void)object, (void)refresh, (void)seq_hi, (void)seq_lo;
	presentation_finish(presentation);
	surface->handler.presented(surface->handler.data, &seen);
}

static void handle_discarded(void *data, struct wp_presentation_feedback *object)
{
	struct presentation *presentation = data;
	struct surface *surface = presentation->surface;

	(void)object;
	presentation_finish(presentation);
	surface->handler.discarded(surface->handler.data);
}

static const struct wp_presentation_feedback_listener presentation_listener = {
	.sync_output = ignore_output,
	.presented = handle_presented,
	.discarded = handle_discarded,
};

int surface_open(struct surface *surface, struct connection *connection, const char *title, bool is_fullscreen,
		 const struct surface_handler *handler)
{
	int ret = 0;

	*surface = (struct surface){.connection = connection, .handler = *handler};
	surface->wl = wl_compositor_create_surface(connection->compositor);
	if (!surface->wl)
		return -ENOMEM;
	surface->xdg = xdg_wm_base_get_xdg_surface(connection->wm_base, surface->wl);
	if (!surface->xdg)
		return -ENOMEM;
	xdg_surface_add_listener(surface->xdg, &surface_listener, surface);
	surface->toplevel = xdg_surface_get_toplevel(surface->xdg);
	if (!surface->toplevel)
		return -ENOMEM;
	xdg_toplevel_add_listener(surface->toplevel, &toplevel_listener, surface);
	xdg_toplevel_set_title(surface->toplevel, title);
	xdg_toplevel_set_app_id(surface->toplevel, title);
	if (is_fullscreen)
		xdg_toplevel_set_fullscreen(surface->toplevel, NULL);
	if (connection->viewporter)
		surface->viewport = wp_viewporter_get_viewport(connection->viewporter, surface->wl);
	wl_surface_commit(surface->wl);
	while (ret == 0 && !surface->is_configured)
		ret = connection_wait(connection);
	return ret;
}

void surface_close(struct surface *surface)
{
	for (uint32_t i = 0; i < MAX_PRESENTATIONS; i++)
		presentation_finish(&surface->presentations[i]);
	if (surface->callback)
		wl_callback_destroy(surface->callback);
	if (surface->viewport)
		wp_viewport_destroy(surface->viewport);
	if (surface->toplevel)
		xdg_toplevel_destroy(surface->toplevel);
	if (surface->xdg)
		xdg_surface_destroy(surface->xdg);
	if (surface->wl)
		wl_surface_destroy(surface->wl);
	*surface = (struct surface){0};
}

bool surface_is_ready(const struct surface *surface)
{
	return !surface->callback;
}

static void ask_for_presentation(struct surface *surface, uint64_t captured_ns)
{
	struct wp_presentation *global = surface->connection->presentation;

	/* When all are under way the compositor is far behind, and this frame is not measured. */
	for (uint32_t i = 0; global && i < MAX_PRESENTATIONS; i++) {
		struct presentation *presentation = &surface->presentations[i];

		if (presentation->object)
			continue;
		presentation->surface = surface;
		presentation->captured_ns = captured_ns;
		presentation->object = wp_presentation_feedback(global, surface->wl);
		if (presentation->object)
			wp_presentation_feedback_add_listener(presentation->object, &presentation_listener,
							      presentation);
		return;
	}
}

/* Padding needs no crop: a wl_buffer is as large as the picture, whatever its strides. */
static void set_size(struct surface *surface)
{
	if (!surface->viewport || surface->width == 0 ||
	    (surface->width == surface->shown_width && surface->height == surface->shown_height))
		return;
	wp_viewport_set_destination(surface->viewport, surface->width, surface->height);
	if (surface->shown_width)
		surface->resizes++;
	surface->shown_width = surface->width;
	surface->shown_height = surface->height;
}

/*
 * The callback and the feedback object of each frame are allocated by libwayland, which keeps a list of its objects;
 * nothing else is allocated for a frame.
 */
void surface_show(struct surface *surface, struct wl_buffer *buffer, uint32_t width, uint32_t height,
		  uint64_t captured_ns)
{
	set_size(surface);
	surface->is_resized = false;
	wl_surface_attach(surface->wl, buffer, 0, 0);
	wl_surface_damage_buffer(surface->wl, 0, 0, (int32_t)width, (int32_t)height);
	surface->callback = wl_surface_frame(surface->wl);
	if (surface->callback)
		wl_callback_add_listener(surface->callback, &callback_listener, surface);
	ask_for_presentation(surface, captured_ns);
	wl_surface_commit(surface->wl);
}

void surface_resize(struct surface *surface)
{
	if (!surface->is_resized)
		return;
	surface->is_resized = false;
	set_size(surface);
	wl_surface_commit(surface->wl);
}
