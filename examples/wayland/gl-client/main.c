/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A camera's frames as textures: drawn mirrored and in green into buffers of the compositor. Two requests: buffers that
 * the camera fills and the GPU samples, and buffers that the GPU draws and the compositor shows. The CPU touches no
 * pixel, unless it is the GPU.
 */
#include <wayland-client-core.h>

#include "client-buffer.h"
#include "client.h"
#include "gl.h"
#include "plan-report.h"
#include "plans.h"
#include "target.h"
#include "util.h"

static const char usage[] =
	"usage: gl-client [OPTION]...\n"
	"Shows a camera in a window of a Wayland compositor, mirrored and in green, as a GPU draws it.\n"
	"  --camera NODE      /dev/videoN; the first camera by default\n"
	"  --device NODE      the GPU, or llvmpipe; by default the compositor's where it is known, or llvmpipe\n"
	"  --format FOURCC    of the camera; by default the first of NV12, YUYV and XR24 that both can use\n"
	"  --size WxH         640x360 by default\n"
	"  --buffers N        from camera to GPU: 1 to 32; 4 by default, and more where a device needs them\n"
	"  --frames N         end after so many; by default when the window is closed\n"
	"  --fps N            ask the camera for this rate; 30 by default, 0: leave it\n"
	"  --fullscreen       cover the screen\n"
	"  --stats            a line of figures each second\n"
	"  --report FILE      what was decided and what happened, as JSON\n"
	"  --help             this text\n" EXIT_HELP;

struct session {
	struct client client;
	struct plans plans;
	struct gl *gl;
	struct target target;
	struct cen_plan *input; /* borrowed from the plans */
	struct identity identities[MAX_BUFFERS];
	uint32_t identity_count;
	const char *wish;
};

/* What GL has of the buffers is freed with them, so it goes last. */
static void session_cleanup(struct session *session)
{
	client_stop(&session->client);
	target_destroy(&session->target);
	plans_destroy(&session->plans);
	gl_destroy(session->gl);
	client_close(&session->client);
}

static void destroy_image(void *image)
{
	gl_image_destroy(image);
}

static int import_textures(struct session *session)
{
	struct cen_pool *pool = session->client.capture.pool;
	struct camera_colour colour;
	struct cen_buffer *buffer;
	struct gl_image *image;
	int ret;

	camera_get_colour(session->client.capture.camera, &colour);
	for (uint32_t i = 0; (buffer = cen_pool_get_buffer(pool, i)); i++) {
		ret = gl_import_texture(session->gl, buffer, &colour, &image);
		if (ret < 0)
			return ret;
		cen_buffer_set_user_data(buffer, image, destroy_image);
	}
	return 0;
}

/* The first plan that camera and GL take; it is kept. */
static int start_camera(struct session *session)
{
	struct capture *capture = &session->client.capture;
	struct cen_plan *plan;
	bool is_lost = false;
	int ret = -ENOENT;

	for (size_t i = 0; ret < 0 && !is_lost && (plan = plans_get_input(&session->plans, i)); i++) {
		plan_print("needed", plan, "camera and GPU", session->client.options.buffers);
		ret = capture_set_plan(capture, plan);
		if (ret == 0)
			ret = import_textures(session);
		if (ret == 0)
			ret = capture_feed(capture);
		is_lost = ret == -ENODEV || (ret == -EBUSY && capture_has_plan(capture, plan));
		if (ret < 0)
			capture_stop(capture);
		session->input = plan;
	}
	return ret;
}

static int reject_output(struct session *session, struct cen_plan *plan, int ret)
{
	struct client *client = &session->client;

	if (wl_display_get_error(client->connection.display) || ret == -ETIMEDOUT)
		return client_fail(client, EXIT_COMPOSITOR, ret);
	/* Where allocating failed all is as before; otherwise the buffers before have been given up. */
	if (session->target.pool && cen_pool_get_plan(session->target.pool) == plan)
		cen_negotiation_adopt(session->plans.negotiation, NULL);
	return client_fail(client, EXIT_CAMERA, cen_negotiation_reject(session->plans.negotiation, plan));
}

static int use_output(struct session *session, struct cen_plan *plan)
{
	struct client *client = &session->client;
	int ret;

	ret = target_set_plan(&session->target, plan, session->gl, &client->connection, client->listener.feedback);
	if (ret < 0)
		return ret;
	session->identity_count = target_identify(&session->target, session->identities);
	client->stats.replans += client->is_running;
	return cen_negotiation_adopt(session->plans.negotiation, plan);
}

/* Go over to the best plan where it is not in use. A plan that fails is not tried again, so this ends. */
static int renegotiate(void *data)
{
	struct session *session = data;
	struct client *client = &session->client;
	struct cen_plan *plan;
	uint32_t change;
	int ret;

	for (;;) {
		ret = plans_update(&session->plans, &change);
		if (ret < 0)
			return client_fail(client, EXIT_CAMERA, ret);
		if (change == CEN_CHANGE_NONE)
			return 0;
		if (change == CEN_CHANGE_IMPOSSIBLE)
			return client_fail(client, EXIT_NO_PLAN, -ENOENT);
		plan = plans_get_output(&session->plans, &session->wish);
		plan_print(cen_change_get_name(change), plan, session->wish, session->plans.output_options.buffers);
		ret = use_output(session, plan);
		if (ret == 0)
			return 0;
		ret = reject_output(session, plan, ret);
		if (ret < 0)
			return ret;
	}
}

static int set_feedback(void *data)
{
	struct session *session = data;

	return plans_set_feedback(&session->plans);
}

/* A frame that finds no buffer to be drawn into waits, until a newer one comes. */
static int show_next(void *data)
{
	struct session *session = data;
	struct client *client = &session->client;
	struct client_buffer *buffer;
	struct capture_frame frame;
	int ret;

	if (!client_is_ready(client))
		return 0;
	buffer = target_take(&session->target);
	if (!buffer)
		return 0;
	frame = client_take(client);
	ret = gl_draw(session->gl, cen_buffer_get_user_data(frame.buffer), target_get_image(buffer));
	if (ret < 0) {
		target_put_back(&session->target, buffer);
		return ret;
	}
	buffer->is_shown = true;
	client_commit(client, buffer->wl, frame.time_ns);
	return capture_release(&client->capture, frame.buffer);
}

static int start(struct session *session)
{
	struct client *client = &session->client;
	int ret;

	ret = plans_create(&session->plans, client);
	while (ret == 0 && !session->gl) {
		ret = plans_choose(&session->plans, client);
		/* A display without a render node cannot be had this way: the next may do. */
		if (ret == 0)
			gl_create(session->plans.gpu, &session->gl);
	}
	if (ret < 0)
		return client_fail(client, ret == -ENOENT || ret == -EOPNOTSUPP ? EXIT_NO_PLAN : EXIT_CAMERA, ret);
	printf("Drawing with %s, %s.\n", cen_device_get_path(session->plans.gpu), gl_get_renderer(session->gl));
	ret = start_camera(session);
	if (ret < 0)
		return client_fail(client, EXIT_CAMERA, ret);
	return renegotiate(session);
}

static void report(struct session *session)
{
	struct report report = {
		.program = "gl-client",
		.path = "dma-buf",
		.wish = session->wish,
		.device = session->plans.gpu ? cen_device_get_path(session->plans.gpu) : NULL,
		.input = session->input,
		.plan = session->target.pool ? cen_pool_get_plan(session->target.pool) : NULL,
		.identities = session->identities,
		.identity_count = session->identity_count,
	};

	client_report(&session->client, &report, plans_get_conflict(&session->plans));
}

int main(int argc, char **argv)
{
	_cleanup_(session_cleanup) struct session session = {.client.signals = -1};
	const struct client_program program = {set_feedback, renegotiate, show_next, &session};
	int ret;

	ret = client_open(&session.client, "gl-client", usage, argc, argv);
	if (ret == 0)
		ret = start(&session);
	/* What fails from here on has set the status. */
	if (ret == 0)
		client_run(&session.client, session.plans.negotiation, &program);
	if (session.client.listener.feedback || session.client.is_running)
		report(&session);
	return session.client.status;
}
