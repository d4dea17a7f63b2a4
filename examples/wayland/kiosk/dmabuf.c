/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The global zwp_linux_dmabuf_v1 and its parameters. cen_params_* decides what is an error of the client's. */
#include "dmabuf.h"

#include <errno.h>
#include <stdlib.h>

#include <cenalloc/compositor.h>

#include "buffer.h"
#include "linux-dmabuf-v1-server-protocol.h"

struct params {
	struct server *server;
	struct client *client;
	struct cen_params *checked;
	bool is_charged; /* for its fds, until they are a buffer's */
};

static void params_discharge(struct params *params)
{
	if (params->is_charged)
		client_discharge(params->client, CEN_MAX_PLANES, 0);
	params->is_charged = false;
}

static void params_destroy(struct wl_resource *resource)
{
	struct params *params = wl_resource_get_user_data(resource);

	cen_params_destroy(params->checked);
	params_discharge(params);
	free(params);
}

static void handle_add(struct wl_client *client, struct wl_resource *resource, int32_t fd, uint32_t plane,
		       uint32_t offset, uint32_t stride, uint32_t modifier_hi, uint32_t modifier_lo)
{
	struct params *params = wl_resource_get_user_data(resource);
	uint64_t modifier = (uint64_t)modifier_hi << 32 | modifier_lo;
	struct cen_refusal refusal = {0};
	int ret;

	/* From here on it is checked like any linear buffer. */
	if (modifier == CEN_MODIFIER_INVALID && output_implies_linear(params->server->output))
		modifier = CEN_MODIFIER_LINEAR;
	ret = cen_params_add(params->checked, fd, plane, offset, stride, modifier, &refusal);
	if (ret == -ENOMEM)
		wl_client_post_no_memory(client);
	else if (ret < 0)
		wl_resource_post_error(resource, refusal.code, "%s", refusal.message);
}

/* The import failed, or something that only this machine cannot do. id 0: of "create", which has an answer for it. */
static void refuse(struct params *params, struct wl_resource *resource, uint32_t id, const char *why)
{
	params->server->counts.refused++;
	if (id)
		wl_resource_post_error(resource, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_WL_BUFFER, "%s", why);
	else
		zwp_linux_buffer_params_v1_send_failed(resource);
}

/* Checks all; NULL after the client was told. The buffer is the caller's. */
static struct cen_buffer *finish(struct wl_resource *resource, uint32_t id, int32_t width, int32_t height,
				 uint32_t fourcc)
{
	struct params *params = wl_resource_get_user_data(resource);
	struct cen_refusal refusal = {0};
	struct cen_buffer *buffer = NULL;
	int ret;

	ret = cen_params_finish(params->checked, width, height, fourcc, &buffer, &refusal);
	params_discharge(params);
	if (ret == 0)
		return buffer;
	if (ret == -ENOMEM)
		wl_resource_post_no_memory(resource);
	else if (refusal.is_protocol_error)
		wl_resource_post_error(resource, refusal.code, "%s", refusal.message);
	else
		refuse(params, resource, id, refusal.message);
	return NULL;
}

/* id 0: of the server's choice, and announced. */
static void create_buffer(struct wl_client *client, struct wl_resource *resource, uint32_t id, int32_t width,
			  int32_t height, uint32_t fourcc, uint32_t flags)
{
	struct params *params = wl_resource_get_user_data(resource);
	struct cen_buffer *buffer = finish(resource, id, width, height, fourcc);
	struct wl_resource *made = NULL;
	int ret = 0;

	if (!buffer)
		return;
	/* Neither the display nor the drawing turns pictures over or puts fields together. */
	if (flags)
		refuse(params, resource, id, "inverted and interlaced pictures are not shown");
	else
		ret = buffer_create_dmabuf(params->server, client, id, buffer, &made);
	cen_buffer_unref(buffer);
	if (made)
		params->server->counts.imported++;
	if (made && !id)
		zwp_linux_buffer_params_v1_send_created(resource, made);
	if (ret < 0 && ret != -ENOMEM)
		refuse(params, resource, id, "neither the display nor the renderer takes this buffer");
}

static void handle_create(struct wl_client *client, struct wl_resource *resource, int32_t width, int32_t height,
			  uint32_t fourcc, uint32_t flags)
{
	create_buffer(client, resource, 0, width, height, fourcc, flags);
}

static void handle_create_immed(struct wl_client *client, struct wl_resource *resource, uint32_t id, int32_t width,
				int32_t height, uint32_t fourcc, uint32_t flags)
{
	create_buffer(client, resource, id, width, height, fourcc, flags);
}

static const struct zwp_linux_buffer_params_v1_interface params_requests = {
	.destroy = server_destroy_request,
	.add = handle_add,
	.create = handle_create,
	.create_immed = handle_create_immed,
};

static struct params *params_create(struct server *server, struct wl_client *wl_client, uint32_t version)
{
	struct client *client = client_get(wl_client);
	struct params *params;

	if (client_charge(client, CEN_MAX_PLANES, 0) < 0)
		return NULL;
	params = calloc(1, sizeof(*params));
	if (!params || cen_params_create(output_get_offer(server->output), version, 0, &params->checked) < 0) {
		free(params);
		client_discharge(client, CEN_MAX_PLANES, 0);
		return NULL;
	}
	params->server = server;
	params->client = client;
	params->is_charged = true;
	return params;
}

static void handle_create_params(struct wl_client *client, struct wl_resource *dmabuf, uint32_t id)
{
	int version = wl_resource_get_version(dmabuf);
	struct params *params = params_create(wl_resource_get_user_data(dmabuf), client, (uint32_t)version);
	struct wl_resource *resource;

	if (!params) {
		wl_client_post_no_memory(client);
		return;
	}
	resource = wl_resource_create(client, &zwp_linux_buffer_params_v1_interface, version, id);
	if (!resource) {
		cen_params_destroy(params->checked);
		params_discharge(params);
		free(params);
		wl_client_post_no_memory(client);
		return;
	}
	wl_resource_set_implementation(resource, &params_requests, params, params_destroy);
}

static const struct zwp_linux_dmabuf_v1_interface dmabuf_requests = {
	.destroy = server_destroy_request,
	.create_params = handle_create_params,
	.get_default_feedback = dmabuf_create_default_feedback,
	.get_surface_feedback = dmabuf_create_surface_feedback,
};

/* How versions 1 to 3 are told; before 3 there is no word for modifiers. */
static void send_pairs(const struct cen_offer *offer, struct wl_resource *resource, uint32_t version)
{
	uint32_t fourcc, last = 0;
	uint64_t modifier;

	for (size_t i = 0; cen_offer_get_pair(offer, i, &fourcc, &modifier) == 0; i++) {
		if (version >= ZWP_LINUX_DMABUF_V1_MODIFIER_SINCE_VERSION) {
			zwp_linux_dmabuf_v1_send_modifier(resource, fourcc, (uint32_t)(modifier >> 32),
							  (uint32_t)modifier);
		} else if (fourcc != last && (modifier == CEN_MODIFIER_LINEAR || modifier == CEN_MODIFIER_INVALID)) {
			zwp_linux_dmabuf_v1_send_format(resource, fourcc);
			last = fourcc;
		}
	}
}

static void bind_dmabuf(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct server *server = data;
	struct wl_resource *resource =
		server_bind(client, &zwp_linux_dmabuf_v1_interface, version, id, &dmabuf_requests, server);

	if (resource && version < ZWP_LINUX_DMABUF_V1_GET_DEFAULT_FEEDBACK_SINCE_VERSION)
		send_pairs(output_get_offer(server->output), resource, version);
}

int dmabuf_init(struct server *server)
{
	const struct cen_offer *offer = output_get_offer(server->output);
	int version = (int)server->options->dmabuf_version;

	for (size_t i = 0; i < cen_offer_get_tranche_count(offer); i++) {
		struct cen_offer_tranche tranche = {.size = sizeof(tranche)};

		if (cen_offer_get_tranche(offer, i, 5, &tranche) == 0)
			server->scanout_tranches += (tranche.flags & CEN_TRANCHE_SCANOUT) != 0;
	}
	return wl_global_create(server->display, &zwp_linux_dmabuf_v1_interface, version, server, bind_dmabuf)
		       ? 0
		       : -ENOMEM;
}
