/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * zwp_linux_dmabuf_feedback_v1. The default feedback has the scanout tranches: every window here covers the screen.
 * That of a surface has them, in front, as long as its buffers could be shown directly: from its first picture that
 * covers the screen on.
 */
#include <stdio.h>
#include <sys/sysmacros.h>

#include <cenalloc/compositor.h>

#include "dmabuf.h"
#include "linux-dmabuf-v1-server-protocol.h"

/* What changes back within this time is not worth new buffers. */
#define SETTLE_MS 300

static void send_tranche(struct wl_resource *resource, const struct cen_offer_tranche *tranche)
{
	dev_t device = tranche->device;
	struct wl_array devices = {.size = sizeof(device), .data = &device};
	struct wl_array indices = {
		.size = tranche->index_count * sizeof(*tranche->indices),
		.data = (void *)(uintptr_t)tranche->indices,
	};

	zwp_linux_dmabuf_feedback_v1_send_tranche_target_device(resource, &devices);
	zwp_linux_dmabuf_feedback_v1_send_tranche_flags(resource, tranche->flags);
	zwp_linux_dmabuf_feedback_v1_send_tranche_formats(resource, &indices);
	zwp_linux_dmabuf_feedback_v1_send_tranche_done(resource);
}

static void send_offer(struct server *server, struct wl_resource *resource, bool has_scanout)
{
	const struct cen_offer *offer = output_get_offer(server->output);
	uint32_t table_size, version = (uint32_t)wl_resource_get_version(resource);
	int table = cen_offer_get_table(offer, &table_size);
	dev_t device = cen_offer_get_main_device(offer);
	struct wl_array devices = {.size = sizeof(device), .data = &device};

	zwp_linux_dmabuf_feedback_v1_send_format_table(resource, table, table_size);
	zwp_linux_dmabuf_feedback_v1_send_main_device(resource, &devices);
	for (size_t i = 0; i < cen_offer_get_tranche_count(offer); i++) {
		struct cen_offer_tranche tranche = {.size = sizeof(tranche)};

		if (cen_offer_get_tranche(offer, i, version, &tranche) == 0 &&
		    (has_scanout || !(tranche.flags & CEN_TRANCHE_SCANOUT)))
			send_tranche(resource, &tranche);
	}
	zwp_linux_dmabuf_feedback_v1_send_done(resource);
}

static void unlink_feedback(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
}

static const struct zwp_linux_dmabuf_feedback_v1_interface feedback_requests = {
	.destroy = server_destroy_request,
};

static struct wl_resource *create_feedback(struct wl_client *client, struct wl_resource *dmabuf, uint32_t id)
{
	struct wl_resource *resource = wl_resource_create(client, &zwp_linux_dmabuf_feedback_v1_interface,
							  wl_resource_get_version(dmabuf), id);

	if (!resource) {
		wl_client_post_no_memory(client);
		return NULL;
	}
	wl_resource_set_implementation(resource, &feedback_requests, NULL, unlink_feedback);
	wl_list_init(wl_resource_get_link(resource));
	return resource;
}

void dmabuf_create_default_feedback(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct server *server = wl_resource_get_user_data(resource);
	struct wl_resource *feedback = create_feedback(client, resource, id);

	if (feedback)
		send_offer(server, feedback, !server->options->never_direct);
}

void dmabuf_create_surface_feedback(struct wl_client *client, struct wl_resource *resource, uint32_t id,
				    struct wl_resource *surface_resource)
{
	struct server *server = wl_resource_get_user_data(resource);
	struct surface *surface = surface_get(surface_resource);
	struct wl_resource *feedback = create_feedback(client, resource, id);

	if (!feedback)
		return;
	if (wl_list_empty(&surface->feedbacks))
		surface->was_offered_direct = surface->can_be_direct;
	wl_list_insert(&surface->feedbacks, wl_resource_get_link(feedback));
	send_offer(server, feedback, surface->was_offered_direct);
}

static int handle_settled(void *data)
{
	struct server *server = data;
	struct surface *surface;
	struct wl_resource *feedback;

	server->is_offer_settling = false;
	wl_list_for_each(surface, &server->surfaces, link)
	{
		if (surface->was_offered_direct == surface->can_be_direct)
			continue;
		surface->was_offered_direct = surface->can_be_direct;
		wl_resource_for_each(feedback, &surface->feedbacks)
			send_offer(server, feedback, surface->was_offered_direct);
	}
	return 0;
}

void dmabuf_update_offers(struct server *server)
{
	struct surface *surface;
	bool is_different = false;

	wl_list_for_each(surface, &server->surfaces, link)
	{
		if (!wl_list_empty(&surface->feedbacks) && surface->was_offered_direct != surface->can_be_direct)
			is_different = true;
	}
	if (is_different == server->is_offer_settling || server->scanout_tranches == 0)
		return;
	server->is_offer_settling = is_different;
	if (!server->offer_timer)
		server->offer_timer = wl_event_loop_add_timer(server->loop, handle_settled, server);
	if (server->offer_timer)
		wl_event_source_timer_update(server->offer_timer, is_different ? SETTLE_MS : 0);
}

void dmabuf_forget_surface(struct surface *surface)
{
	struct wl_resource *feedback, *next;

	wl_resource_for_each_safe(feedback, next, &surface->feedbacks)
	{
		wl_list_remove(wl_resource_get_link(feedback));
		wl_list_init(wl_resource_get_link(feedback));
	}
}

void dmabuf_print_offer(const struct server *server)
{
	const struct cen_offer *offer = output_get_offer(server->output);

	printf("kiosk: linux-dmabuf version %u, %zu pairs of format and modifier\n", server->options->dmabuf_version,
	       cen_offer_get_pair_count(offer));
	for (size_t i = 0; i < cen_offer_get_tranche_count(offer); i++) {
		struct cen_offer_tranche tranche = {.size = sizeof(tranche)};

		if (cen_offer_get_tranche(offer, i, 5, &tranche) < 0)
			continue;
		printf("kiosk: tranche %zu: %zu pairs for %s, device %u:%u\n", i, tranche.index_count,
		       tranche.flags & CEN_TRANCHE_SCANOUT ? "scanout" : "the renderer", major(tranche.device),
		       minor(tranche.device));
	}
}
