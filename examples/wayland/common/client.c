/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Opening, the loop, closing. */
#include "client.h"

#include <err.h>
#include <poll.h>
#include <sys/stat.h>

#include <wayland-client-core.h>

#include "setup.h"
#include "util.h"

#define SECOND_NS 1000000000ull
#define FRAME_TIMEOUT_NS (10 * SECOND_NS)

int client_fail(struct client *client, int status, int ret)
{
	if (ret < 0 && client->status == 0)
		client->status = status;
	return ret;
}

static int open_camera(struct client *client)
{
	struct cen_error *error = NULL;
	int ret;

	ret = cen_context_create(0, &client->context, &error);
	if (ret == 0)
		ret = cen_machine_create_live(client->context, 0, &client->machine, &error);
	if (ret == 0)
		ret = find_device(client->machine, client->options.camera, CEN_USAGE_CAPTURE, &client->camera, &error);
	if (ret == -ENODEV && !error)
		warnx("no camera here");
	else
		explain(error, ret);
	if (ret == 0)
		ret = capture_open(&client->capture, cen_device_get_path(client->camera), client->options.fps);
	return client_fail(client, EXIT_CAMERA, ret);
}

static void handle_presented(void *data, const struct surface_seen *seen)
{
	struct client *client = data;

	stats_add_seen(&client->stats, seen);
}

static void handle_discarded(void *data)
{
	struct client *client = data;

	client->stats.discarded++;
}

static int open_window(struct client *client, const char *name)
{
	const struct surface_handler handler = {
		.presented = handle_presented, .discarded = handle_discarded, .data = client};
	int ret;

	ret = connection_open(&client->connection);
	if (ret == 0)
		ret = surface_open(&client->surface, &client->connection, name, client->options.is_fullscreen,
				   &handler);
	if (ret == 0)
		ret = listener_start(&client->listener, &client->connection, client->surface.wl);
	/* What was said so far is there to be read; a change is what comes later. */
	client->listener.is_changed = false;
	return client_fail(client, EXIT_COMPOSITOR, ret);
}

int client_open(struct client *client, const char *name, const char *usage, int argc, char **argv)
{
	int ret;

	*client = (struct client){.signals = -1};
	ret = options_parse(&client->options, usage, argc, argv);
	if (ret != 0)
		return client_fail(client, EXIT_USAGE, ret);
	client->signals = open_signals();
	ret = client->signals < 0 ? client_fail(client, EXIT_CAMERA, -EMFILE) : open_camera(client);
	return ret < 0 ? ret : open_window(client, name);
}

void client_stop(struct client *client)
{
	/* The window goes first, so that nothing reads the buffers. */
	listener_stop(&client->listener);
	surface_close(&client->surface);
	capture_close(&client->capture);
}

void client_close(struct client *client)
{
	connection_close(&client->connection);
	cen_machine_destroy(client->machine);
	cen_context_destroy(client->context);
	close_cleanup(&client->signals);
}

int client_drop(struct client *client, struct cen_buffer *buffer)
{
	client->stats.dropped++;
	return capture_release(&client->capture, buffer);
}

/* A frame that waits for the compositor gives way to a newer one. */
static int handle_frame(struct client *client)
{
	struct capture_frame frame;
	int ret;

	ret = capture_dequeue(&client->capture, &frame);
	if (ret < 0)
		return ret == -EAGAIN ? 0 : ret;
	client->last_frame_ns = stats_get_time();
	stats_add_frame(&client->stats, &frame);
	if (frame.is_damaged)
		return client_drop(client, frame.buffer);
	if (client->next.buffer)
		ret = client_drop(client, client->next.buffer);
	client->next = frame;
	return ret;
}

static int check_camera(struct client *client, short revents)
{
	const char *path = cen_device_get_path(client->camera);
	int ret = 0;

	if (revents)
		ret = handle_frame(client);
	if (ret == 0 && revents & (POLLERR | POLLHUP))
		ret = -ENODEV;
	if (ret == -ENODEV)
		warnx("%s: unplugged", path);
	if (ret < 0 || capture_get_fd(&client->capture) < 0)
		return ret;
	if (stats_get_time() <= client->last_frame_ns + FRAME_TIMEOUT_NS)
		return 0;
	warnx("%s: no frame for %llu s", path, FRAME_TIMEOUT_NS / SECOND_NS);
	return -ETIMEDOUT;
}

static bool has_committed_all(const struct client *client)
{
	return client->options.frames && client->stats.committed >= client->options.frames;
}

static bool is_done(const struct client *client)
{
	const struct stats *stats = &client->stats;

	if (client->is_ending || client->surface.is_closed)
		return true;
	/* The last frames are on their way to the screen; a hidden window never gets there. */
	return has_committed_all(client) && (stats->shown + stats->discarded >= stats->committed ||
					     stats_get_time() > client->last_commit_ns + SECOND_NS);
}

/* Milliseconds, rounded up: a deadline is never waited for in a busy loop. */
static int get_timeout(const struct client *client, uint64_t deadline)
{
	uint64_t now = stats_get_time(), next = now + SECOND_NS;

	if (deadline && deadline < next)
		next = deadline;
	if (client->options.has_stats && client->stats.next_line_ns < next)
		next = client->stats.next_line_ns;
	return next > now ? (int)((next - now + 999999) / 1000000) : 0;
}

static int wait_for_events(struct client *client, uint64_t deadline)
{
	struct pollfd fds[] = {
		{.fd = wl_display_get_fd(client->connection.display)},
		{.fd = capture_get_fd(&client->capture), .events = POLLIN},
		{.fd = client->signals, .events = POLLIN},
	};
	int ret;

	ret = connection_prepare(&client->connection, &fds[0].events);
	if (ret < 0)
		return client_fail(client, EXIT_COMPOSITOR, ret);
	if (poll(fds, 3, get_timeout(client, deadline)) <= 0)
		fds[0].revents = fds[1].revents = fds[2].revents = 0;
	ret = connection_read(&client->connection, fds[0].revents);
	if (ret < 0)
		return client_fail(client, EXIT_COMPOSITOR, ret);
	client->is_ending |= fds[2].revents != 0;
	/* Reading may have given the camera buffers, or taken the last one: what poll() said of it is still true. */
	ret = client->release_error;
	if (ret == 0)
		ret = check_camera(client, fds[1].revents);
	return client_fail(client, EXIT_CAMERA, ret);
}

static int handle_feedback(struct client *client, const struct client_program *program)
{
	int ret;

	client->listener.is_changed = false;
	client->stats.rounds++;
	ret = program->set_feedback(program->data);
	return ret < 0 ? client_fail(client, EXIT_COMPOSITOR, ret) : program->renegotiate(program->data);
}

static int handle_events(struct client *client, const struct cen_negotiation *negotiation,
			 const struct client_program *program, uint64_t now)
{
	uint64_t deadline = cen_negotiation_get_deadline(negotiation);
	int ret = 0;

	if (client->listener.is_changed)
		ret = handle_feedback(client, program);
	else if (deadline && now >= deadline)
		ret = program->renegotiate(program->data);
	return ret < 0 ? ret : client_fail(client, EXIT_CAMERA, program->show_next(program->data));
}

int client_run(struct client *client, const struct cen_negotiation *negotiation, const struct client_program *program)
{
	uint64_t now;
	int ret = 0;

	stats_start(&client->stats);
	client->is_running = true;
	client->last_frame_ns = client->stats.start_ns;
	while (ret == 0 && !is_done(client)) {
		ret = wait_for_events(client, cen_negotiation_get_deadline(negotiation));
		now = stats_get_time();
		if (ret == 0)
			ret = handle_events(client, negotiation, program, now);
		surface_resize(&client->surface);
		client->stats.resizes = client->surface.resizes;
		client->stats.restarts = client->capture.restarts;
		if (client->options.has_stats)
			stats_print_line(&client->stats, now);
	}
	stats_end(&client->stats);
	return ret;
}

bool client_is_ready(const struct client *client)
{
	return client->next.buffer && surface_is_ready(&client->surface) && !has_committed_all(client);
}

struct capture_frame client_take(struct client *client)
{
	struct capture_frame frame = client->next;

	client->next.buffer = NULL;
	return frame;
}

void client_commit(struct client *client, struct wl_buffer *wl, uint64_t captured_ns)
{
	surface_show(&client->surface, wl, client->options.width, client->options.height, captured_ns);
	client->stats.committed++;
	client->last_commit_ns = stats_get_time();
	/* A compositor without wp_presentation does not tell: what was given to it counts. */
	client->stats.shown += !client->connection.presentation;
}

/* Asks the kernel what memory is behind each fd. */
int client_identify(const struct client *client, uint32_t index, struct identity *out)
{
	struct cen_buffer *buffer = cen_pool_get_buffer(client->capture.pool, index);
	struct cen_buffer_info info = {.size = sizeof(info)};
	struct stat status;

	cen_buffer_get_info(buffer, &info);
	*out = (struct identity){.count = info.plane_count};
	for (uint32_t p = 0; p < info.plane_count; p++) {
		/* With one object the camera is given one fd for all planes. */
		int fd = camera_get_buffer_fd(client->capture.camera, index, info.object_count > 1 ? p : 0);

		if (client->capture.given[index] != buffer)
			continue;
		if (fstat(fd, &status) < 0)
			return -errno;
		out->camera[p] = status.st_ino;
	}
	return 0;
}

void client_report(struct client *client, struct report *report, const struct cen_conflict *conflict)
{
	const char *path = client->options.report;

	report->camera = cen_device_get_path(client->camera);
	report->dmabuf_version = client->connection.dmabuf_version;
	report->buffers_asked = client->options.buffers;
	report->feedback = client->listener.feedback;
	report->stats = &client->stats;
	report->status = client->status;
	if (client->status == EXIT_NO_PLAN)
		report_print_conflict("camera and compositor", conflict);
	else if (client->is_running)
		report_print(report);
	if (!path)
		return;
	if (client->status == EXIT_NO_PLAN)
		report_write_conflict(path, report->program, conflict);
	else if (client->is_running)
		report_write(path, report);
}
