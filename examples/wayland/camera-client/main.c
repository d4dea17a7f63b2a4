/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A camera in a window of any Wayland compositor. cenalloc decides what buffers the camera, the compositor and, where
 * it can be, a plane of the display can all use. The camera fills them and the compositor reads them: this program maps
 * no pixel, except where the compositor takes no dma-buf and frames must be copied into wl_shm.
 */
#include <err.h>
#include <string.h>

#include <wayland-client-core.h>

#include "client-buffer.h"
#include "client.h"
#include "negotiator.h"
#include "plan-report.h"
#include "shm.h"
#include "util.h"

static const char usage[] = "usage: camera-client [OPTION]...\n"
			    "Shows a camera in a window of a Wayland compositor, through buffers that both share.\n"
			    "  --camera NODE      /dev/videoN; the first camera by default\n"
			    "  --format FOURCC    by default the first of NV12, YUYV and XR24 that all can use\n"
			    "  --size WxH         of the camera's picture; 640x360 by default\n"
			    "  --buffers N        1 to 32; 4 by default, and more where a device needs them\n"
			    "  --frames N         end after so many; by default when the window is closed\n"
			    "  --fps N            ask the camera for this rate; 30 by default, 0: leave it\n"
			    "  --renderer DEVICE  what the compositor draws with, if its main device does not tell:\n"
			    "                     a node, or llvmpipe\n"
			    "  --fullscreen       cover the screen\n"
			    "  --force-shm        copy each frame into wl_shm, for comparison\n"
			    "  --stats            a line of figures each second\n"
			    "  --report FILE      what was decided and what happened, as JSON\n"
			    "  --help             this text\n" EXIT_HELP;

struct session {
	struct client client;
	struct negotiator negotiator;
	struct shm shm;
	const char *wish;
	bool is_copying;
};

static void session_cleanup(struct session *session)
{
	client_stop(&session->client);
	shm_destroy(&session->shm);
	negotiator_destroy(&session->negotiator);
	client_close(&session->client);
}

static void handle_released(void *data, struct client_buffer *buffer)
{
	struct session *session = data;
	int ret = capture_release(&session->client.capture, buffer->buffer);

	if (ret < 0)
		session->client.release_error = ret;
}

/* The buffers of the plan in use, as they are at the end. Returns how many. */
static uint32_t identify(const struct session *session, struct identity identities[MAX_BUFFERS])
{
	struct cen_pool *pool = session->client.capture.pool;
	struct cen_buffer *buffer;
	uint32_t i;

	if (!pool)
		return 0;
	for (i = 0; (buffer = cen_pool_get_buffer(pool, i)) && client_buffer_get(buffer); i++) {
		if (client_identify(&session->client, i, &identities[i]) < 0)
			return i;
		memcpy(identities[i].compositor, client_buffer_get(buffer)->sent, sizeof(identities[i].compositor));
	}
	return i;
}

static int prepare_buffers(struct session *session, struct cen_plan *plan, bool is_copying)
{
	const struct client_buffer_handler handler = {.released = handle_released, .data = session};
	struct client *client = &session->client;
	int ret;

	if (!is_copying) {
		ret = client_buffer_share(&client->connection, client->listener.feedback, client->capture.pool,
					  &handler);
		if (ret == -EOPNOTSUPP)
			warnx("the compositor refuses these buffers");
		return ret;
	}
	shm_destroy(&session->shm);
	ret = shm_create(&session->shm, &client->connection, plan);
	return ret < 0 ? ret : client_buffer_map(client->capture.pool);
}

static int use_plan(struct session *session, struct cen_plan *plan, bool is_copying)
{
	struct client *client = &session->client;
	int ret;

	ret = capture_set_plan(&client->capture, plan);
	if (ret == 0)
		ret = prepare_buffers(session, plan, is_copying);
	if (ret == 0)
		ret = capture_feed(&client->capture);
	if (ret < 0)
		return ret;
	session->is_copying = is_copying;
	client->last_frame_ns = stats_get_time();
	client->stats.replans += client->is_running;
	return cen_negotiation_adopt(session->negotiator.negotiation, plan);
}

/*
 * Anything but the loss of camera or compositor is about one plan: there may be another. A camera that is busy is so
 * for every plan; while allocating, it is only one of the sources that is.
 */
static int reject_plan(struct session *session, struct cen_plan *plan, int ret)
{
	struct client *client = &session->client;
	bool is_lost = ret == -ENODEV;

	if (wl_display_get_error(client->connection.display) || ret == -ETIMEDOUT)
		return client_fail(client, EXIT_COMPOSITOR, ret);
	/* Where allocating failed all is as before; otherwise the buffers before have been given up. */
	if (capture_has_plan(&client->capture, plan)) {
		is_lost |= ret == -EBUSY;
		capture_stop(&client->capture);
		cen_negotiation_adopt(session->negotiator.negotiation, NULL);
	}
	if (!is_lost)
		ret = cen_negotiation_reject(session->negotiator.negotiation, plan);
	return client_fail(client, EXIT_CAMERA, ret);
}

/* Go over to the best plan where it is not in use. A plan that fails is not tried again, so this ends. */
static int renegotiate(void *data)
{
	struct session *session = data;
	struct client *client = &session->client;
	struct cen_plan *plan;
	uint32_t change;
	bool is_copying;
	int ret;

	for (;;) {
		ret = negotiator_update(&session->negotiator, &change);
		if (ret < 0)
			return client_fail(client, EXIT_CAMERA, ret);
		if (change == CEN_CHANGE_NONE)
			return 0;
		if (change == CEN_CHANGE_IMPOSSIBLE)
			return client_fail(client, EXIT_NO_PLAN, -ENOENT);
		plan = negotiator_get_plan(&session->negotiator, &is_copying, &session->wish);
		plan_print(cen_change_get_name(change), plan, session->wish, client->options.buffers);
		ret = use_plan(session, plan, is_copying);
		if (ret == 0)
			return 0;
		ret = reject_plan(session, plan, ret);
		if (ret < 0)
			return ret;
	}
}

static int set_feedback(void *data)
{
	struct session *session = data;

	return negotiator_set_feedback(&session->negotiator);
}

static int show_copy(struct session *session, const struct capture_frame *frame)
{
	struct client *client = &session->client;
	struct wl_buffer *wl = NULL;
	int ret;

	ret = shm_copy(&session->shm, client_buffer_get(frame->buffer), &wl);
	if (ret == -EAGAIN)
		return client_drop(client, frame->buffer);
	if (ret < 0)
		return ret;
	client->stats.copied++;
	client_commit(client, wl, frame->time_ns);
	return capture_release(&client->capture, frame->buffer);
}

static int show_next(void *data)
{
	struct session *session = data;
	struct client *client = &session->client;
	struct client_buffer *buffer;
	struct capture_frame frame;

	if (!client_is_ready(client))
		return 0;
	frame = client_take(client);
	buffer = client_buffer_get(frame.buffer);
	/* A frame of the plan before may be of the other kind. */
	if (session->is_copying ? !buffer->map : !buffer->wl)
		return client_drop(client, frame.buffer);
	if (session->is_copying)
		return show_copy(session, &frame);
	buffer->is_shown = true;
	client_commit(client, buffer->wl, frame.time_ns);
	return 0;
}

static int start(struct session *session)
{
	struct client *client = &session->client;
	struct negotiator *negotiator = &session->negotiator;
	int ret;

	negotiator->usages.machine = client->machine;
	negotiator->usages.options = &client->options;
	ret = negotiator_create(negotiator, client->camera, &client->connection, &client->listener);
	if (ret < 0)
		return client_fail(client, ret == -EOPNOTSUPP ? EXIT_NO_PLAN : EXIT_CAMERA, ret);
	return renegotiate(session);
}

static void report(struct session *session)
{
	struct identity identities[MAX_BUFFERS];
	struct report report = {
		.program = "camera-client",
		.path = session->is_copying ? "wl_shm" : "dma-buf",
		.wish = session->wish,
		.plan = session->client.capture.pool ? cen_pool_get_plan(session->client.capture.pool) : NULL,
		.identities = identities,
		.identity_count = identify(session, identities),
	};

	client_report(&session->client, &report, cen_negotiation_get_conflict(session->negotiator.negotiation));
}

int main(int argc, char **argv)
{
	_cleanup_(session_cleanup) struct session session = {.client.signals = -1};
	const struct client_program program = {set_feedback, renegotiate, show_next, &session};
	int ret;

	ret = client_open(&session.client, "camera-client", usage, argc, argv);
	if (ret == 0)
		ret = start(&session);
	/* What fails from here on has set the status. */
	if (ret == 0)
		client_run(&session.client, session.negotiator.negotiation, &program);
	if (session.negotiator.negotiation)
		report(&session);
	return session.client.status;
}
