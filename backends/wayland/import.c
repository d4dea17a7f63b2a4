/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Whether a compositor makes a wl_buffer of an image: asked as a client would, on a connection of its own. */
#include "wayland.h"

struct trial_answer {
	bool is_there;
	struct wl_buffer *buffer; /* NULL: failed */
};

static void handle_created(void *data, struct zwp_linux_buffer_params_v1 *params, struct wl_buffer *buffer)
{
	struct trial_answer *answer = data;

	(void)params;
	answer->is_there = true;
	answer->buffer = buffer;
}

static void handle_failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
	struct trial_answer *answer = data;

	(void)params;
	answer->is_there = true;
}

static const struct zwp_linux_buffer_params_v1_listener params_listener = {
	.created = handle_created,
	.failed = handle_failed,
};

/* The protocol has 32 bits for what is 64 bits here. */
static int check_image(const struct wayland_session *session, const struct cen_image_desc *image)
{
	if (image->width > INT32_MAX || image->height > INT32_MAX)
		return fail(session->host, session->call, NULL, EINVAL,
			    "the protocol has sizes up to %d, this one is %ux%u", INT32_MAX, image->width,
			    image->height);
	for (uint32_t p = 0; p < image->plane_count; p++) {
		const struct cen_image_plane *plane = &image->planes[p];

		if (plane->offset > UINT32_MAX || plane->stride > UINT32_MAX)
			return fail(session->host, session->call, NULL, EINVAL,
				    "plane %u: offset %" PRIu64 ", stride %" PRIu64 "; the protocol has up to %u", p,
				    plane->offset, plane->stride, UINT32_MAX);
	}
	return 0;
}

static void add_planes(const struct wayland_session *session, struct zwp_linux_buffer_params_v1 *params,
		       const struct cen_image_desc *image)
{
	uint64_t modifier = session->host->get_wire_modifier(session->call, image->fourcc, image->modifier);

	for (uint32_t p = 0; p < image->plane_count; p++) {
		const struct cen_image_plane *plane = &image->planes[p];

		zwp_linux_buffer_params_v1_add(params, image->objects[plane->object].fd, p, (uint32_t)plane->offset,
					       (uint32_t)plane->stride, (uint32_t)(modifier >> 32),
					       (uint32_t)(modifier & UINT32_MAX));
	}
}

static int create_buffer(struct wayland_session *session, struct zwp_linux_buffer_params_v1 *params,
			 const struct cen_image_desc *image)
{
	struct trial_answer answer = {0};
	int ret;

	zwp_linux_buffer_params_v1_add_listener(params, &params_listener, &answer);
	add_planes(session, params, image);
	zwp_linux_buffer_params_v1_create(params, (int32_t)image->width, (int32_t)image->height, image->fourcc, 0);
	ret = _cen_wayland_wait(session, &answer.is_there);
	if (ret < 0)
		return _cen_wayland_fail(session, ret);
	if (!answer.buffer)
		return fail(session->host, session->call, "zwp_linux_buffer_params_v1.create", EINVAL,
			    "the compositor could not import it");
	wl_buffer_destroy(answer.buffer);
	return 0;
}

int _cen_wayland_try_import(void *state, struct cen_call *call, const struct cen_device_desc *device, uint32_t usage,
			    const struct cen_image_desc *image)
{
	_cleanup_session_ struct wayland_session session = {0};
	struct zwp_linux_buffer_params_v1 *params;
	int ret = _cen_wayland_session_open(&session, ((struct wayland_state *)state)->host, call, device->path);

	(void)usage;
	if (ret < 0)
		return _cen_wayland_fail(&session, ret);
	ret = check_image(&session, image);
	if (ret < 0)
		return ret;
	ret = _cen_wayland_listen(&session);
	if (ret < 0)
		return ret;
	params = zwp_linux_dmabuf_v1_create_params(session.dmabuf);
	if (!params)
		return session.host->fail(call, NULL, ENOMEM, NULL);
	ret = create_buffer(&session, params, image);
	zwp_linux_buffer_params_v1_destroy(params);
	return ret;
}
