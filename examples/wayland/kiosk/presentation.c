/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The global wp_presentation. Times are of CLOCK_MONOTONIC, as the display's events are. */
#include "presentation.h"

#include <errno.h>
#include <time.h>

#include "presentation-time-server-protocol.h"
#include "surface.h"

void presentation_discard(struct wl_list *feedbacks)
{
	struct wl_resource *feedback, *next;

	wl_resource_for_each_safe(feedback, next, feedbacks)
	{
		wp_presentation_feedback_send_discarded(feedback);
		wl_resource_destroy(feedback);
	}
}

static void send_screens(struct server *server, struct wl_resource *feedback)
{
	struct wl_resource *screen;

	wl_resource_for_each(screen, &server->screens)
	{
		if (wl_resource_get_client(screen) == wl_resource_get_client(feedback))
			wp_presentation_feedback_send_sync_output(feedback, screen);
	}
}

void presentation_send(struct server *server, const struct output_flip *flip)
{
	const uint64_t seconds = flip->time_ns / 1000000000;
	uint32_t flags = WP_PRESENTATION_FEEDBACK_KIND_VSYNC | WP_PRESENTATION_FEEDBACK_KIND_HW_CLOCK |
			 WP_PRESENTATION_FEEDBACK_KIND_HW_COMPLETION;
	struct wl_resource *feedback, *next;

	if (flip->is_direct)
		flags |= WP_PRESENTATION_FEEDBACK_KIND_ZERO_COPY;
	wl_resource_for_each_safe(feedback, next, &server->feedbacks_shown)
	{
		send_screens(server, feedback);
		wp_presentation_feedback_send_presented(
			feedback, (uint32_t)(seconds >> 32), (uint32_t)seconds, (uint32_t)(flip->time_ns % 1000000000),
			flip->refresh_ns, (uint32_t)(flip->sequence >> 32), (uint32_t)flip->sequence, flags);
		wl_resource_destroy(feedback);
	}
}

static void unlink_feedback(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
}

static void handle_feedback(struct wl_client *client, struct wl_resource *resource, struct wl_resource *surface,
			    uint32_t id)
{
	struct wl_resource *feedback =
		wl_resource_create(client, &wp_presentation_feedback_interface, wl_resource_get_version(resource), id);

	if (!feedback) {
		wl_client_post_no_memory(client);
		return;
	}
	wl_resource_set_implementation(feedback, NULL, NULL, unlink_feedback);
	wl_list_insert(&surface_get(surface)->pending.feedbacks, wl_resource_get_link(feedback));
}

static const struct wp_presentation_interface presentation_requests = {
	.destroy = server_destroy_request,
	.feedback = handle_feedback,
};

static void bind_presentation(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct wl_resource *resource =
		server_bind(client, &wp_presentation_interface, version, id, &presentation_requests, data);

	if (resource)
		wp_presentation_send_clock_id(resource, CLOCK_MONOTONIC);
}

int presentation_init(struct server *server)
{
	return wl_global_create(server->display, &wp_presentation_interface, 1, server, bind_presentation) ? 0
													   : -ENOMEM;
}
