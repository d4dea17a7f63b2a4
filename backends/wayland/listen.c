/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a compositor says about dma-bufs, handed on to the host event by event; who it says it of, for the notes. */
#include "wayland.h"

/* The first refusal is the answer; the host has its message. */
static void hand_on(struct wayland_session *session, struct cen_feedback_event event)
{
	int ret;

	event.size = sizeof(event);
	ret = session->host->add_feedback(session->call, &event);
	if (ret < 0 && session->refused == 0)
		session->refused = ret;
}

static void hand_on_array(struct wayland_session *session, uint32_t kind, const struct wl_array *array)
{
	hand_on(session,
		(struct cen_feedback_event){.kind = kind, .fd = -1, .data = array->data, .data_bytes = array->size});
}

static void handle_format(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t format)
{
	struct wayland_session *session = data;

	/* From version 3 on the same formats come with their modifiers. */
	if (zwp_linux_dmabuf_v1_get_version(dmabuf) >= ZWP_LINUX_DMABUF_V1_MODIFIER_SINCE_VERSION)
		return;
	hand_on(session, (struct cen_feedback_event){.kind = CEN_FEEDBACK_EVENT_MODIFIER,
						     .fd = -1,
						     .value = format,
						     .modifier = CEN_MODIFIER_INVALID});
}

static void handle_modifier(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t format, uint32_t high,
			    uint32_t low)
{
	(void)dmabuf;
	hand_on(data, (struct cen_feedback_event){.kind = CEN_FEEDBACK_EVENT_MODIFIER,
						  .fd = -1,
						  .value = format,
						  .modifier = (uint64_t)high << 32 | low});
}

static const struct zwp_linux_dmabuf_v1_listener dmabuf_listener = {
	.format = handle_format,
	.modifier = handle_modifier,
};

static void handle_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback)
{
	struct wayland_session *session = data;

	hand_on(session, (struct cen_feedback_event){.kind = CEN_FEEDBACK_EVENT_DONE, .fd = -1});
	session->has_feedback = true;
	/* More rounds may follow at any time, already in the same read: they would be added to this one. */
	zwp_linux_dmabuf_feedback_v1_destroy(feedback);
	session->feedback = NULL;
}

static void handle_format_table(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, int32_t fd, uint32_t size)
{
	(void)feedback;
	hand_on(data, (struct cen_feedback_event){.kind = CEN_FEEDBACK_EVENT_FORMAT_TABLE, .fd = fd, .value = size});
	close(fd);
}

/* The host says what is wrong with an array of another size. */
static uint64_t read_device(const struct wl_array *device)
{
	dev_t number = 0;

	if (device->size == sizeof(number))
		memcpy(&number, device->data, sizeof(number));
	return number;
}

static void handle_main_device(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, struct wl_array *device)
{
	struct wayland_session *session = data;

	(void)feedback;
	session->main_device = read_device(device);
	hand_on_array(session, CEN_FEEDBACK_EVENT_MAIN_DEVICE, device);
}

static void handle_tranche_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback)
{
	struct wayland_session *session = data;

	(void)feedback;
	if (session->tranche_count < WAYLAND_TOLD_TRANCHES)
		session->tranches[session->tranche_count++] = session->open;
	session->open = (struct wayland_tranche){0};
	hand_on(session, (struct cen_feedback_event){.kind = CEN_FEEDBACK_EVENT_TRANCHE_DONE, .fd = -1});
}

static void handle_target_device(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, struct wl_array *device)
{
	struct wayland_session *session = data;

	(void)feedback;
	session->open.device = read_device(device);
	hand_on_array(session, CEN_FEEDBACK_EVENT_TARGET_DEVICE, device);
}

static void handle_formats(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, struct wl_array *indices)
{
	struct wayland_session *session = data;

	(void)feedback;
	session->open.pair_count += indices->size / sizeof(uint16_t);
	hand_on_array(session, CEN_FEEDBACK_EVENT_FORMATS, indices);
}

static void handle_flags(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, uint32_t flags)
{
	struct wayland_session *session = data;

	(void)feedback;
	session->open.flags = flags;
	hand_on(session, (struct cen_feedback_event){.kind = CEN_FEEDBACK_EVENT_FLAGS, .fd = -1, .value = flags});
}

static const struct zwp_linux_dmabuf_feedback_v1_listener feedback_listener = {
	.done = handle_done,
	.format_table = handle_format_table,
	.main_device = handle_main_device,
	.tranche_done = handle_tranche_done,
	.tranche_target_device = handle_target_device,
	.tranche_formats = handle_formats,
	.tranche_flags = handle_flags,
};

/* Since version 4: an object that says it all, and when that is complete. */
static int listen_to_feedback(struct wayland_session *session)
{
	session->feedback = zwp_linux_dmabuf_v1_get_default_feedback(session->dmabuf);
	if (!session->feedback)
		return session->host->fail(session->call, NULL, ENOMEM, NULL);
	zwp_linux_dmabuf_feedback_v1_add_listener(session->feedback, &feedback_listener, session);
	return _cen_wayland_wait(session, &session->has_feedback);
}

/* Before: a list that comes unasked, and nothing that says when it is complete. */
static int listen_to_list(struct wayland_session *session)
{
	int ret = _cen_wayland_roundtrip(session);

	if (ret == 0)
		hand_on(session, (struct cen_feedback_event){.kind = CEN_FEEDBACK_EVENT_DONE, .fd = -1});
	return ret;
}

int _cen_wayland_listen(struct wayland_session *session)
{
	uint32_t version =
		session->dmabuf_version < WAYLAND_DMABUF_VERSION ? session->dmabuf_version : WAYLAND_DMABUF_VERSION;
	int ret;

	if (version == 0)
		return session->host->fail(session->call, NULL, EOPNOTSUPP, "the compositor offers no linux-dmabuf");
	session->dmabuf =
		wl_registry_bind(session->registry, session->dmabuf_name, &zwp_linux_dmabuf_v1_interface, version);
	if (!session->dmabuf)
		return session->host->fail(session->call, NULL, ENOMEM, NULL);
	zwp_linux_dmabuf_v1_add_listener(session->dmabuf, &dmabuf_listener, session);
	if (version >= ZWP_LINUX_DMABUF_V1_GET_DEFAULT_FEEDBACK_SINCE_VERSION)
		ret = listen_to_feedback(session);
	else
		ret = listen_to_list(session);
	if (ret < 0)
		return _cen_wayland_fail(session, ret);
	return session->refused;
}
