/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A camera's frames on a display. cenalloc decides what buffers both can use and makes them; the camera fills them and
 * the display scans them out. Nothing here copies or maps a pixel.
 */
#include <err.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cenalloc/cenalloc.h>
#include <drm_fourcc.h>

#include "camera.h"
#include "display.h"
#include "options.h"
#include "plan-report.h"
#include "report.h"
#include "setup.h"
#include "util.h"

#define EXIT_NO_PLAN 1
#define EXIT_USAGE 2
#define EXIT_DEVICE 3
#define EXIT_DIFFERENT 4

#define FRAME_TIMEOUT_MS 10000
#define NO_BUFFER UINT32_MAX

struct session {
	struct options options;
	struct cen_context *context;
	struct cen_machine *machine;
	struct cen_request *request;
	struct cen_solution *solution;
	struct cen_plan *plan; /* borrowed from the solution */
	struct cen_plan_info info;
	uint32_t buffer_count;
	struct cen_buffer *buffers[MAX_BUFFERS];
	struct camera *camera;
	struct display display;
	struct camera_colour colour;
	uint32_t framebuffers[MAX_BUFFERS];
	struct outcome outcome;
	/* Buffers that are not with the camera: on the screen, committed, and waiting for the commit. */
	uint32_t showing, pending, next;
	uint32_t next_sequence;
	bool is_ending;
};

static void session_cleanup(struct session *session)
{
	camera_close(session->camera);
	display_close(&session->display);
	for (uint32_t i = 0; i < session->buffer_count; i++)
		cen_buffer_unref(session->buffers[i]);
	cen_solution_unref(session->solution);
	cen_request_destroy(session->request);
	cen_machine_destroy(session->machine);
	cen_context_destroy(session->context);
}

static int find_usage(struct session *session, const char *path, uint32_t usage, const struct cen_device **out,
		      struct cen_error **error)
{
	int ret = find_device(session->machine, path, usage, out, error);

	if (ret == -ENODEV && !path)
		warnx("no device here has the usage %s", cen_usage_get_name(usage));
	return ret;
}

static int fill_request(struct session *session, const struct cen_device *camera, const struct cen_device *display,
			struct cen_error **error)
{
	const struct options *options = &session->options;
	struct cen_request *request = session->request;
	int ret;

	ret = cen_request_set_size(request, options->width, options->height, error);
	if (ret == 0)
		ret = cen_request_set_count(request, options->buffers, error);
	if (ret == 0 && options->fourcc != DRM_FORMAT_XRGB8888)
		ret = cen_request_add_format(request, DRM_FORMAT_NV12, error);
	if (ret == 0 && options->fourcc != DRM_FORMAT_NV12)
		ret = cen_request_add_format(request, DRM_FORMAT_XRGB8888, error);
	if (ret == 0)
		ret = cen_request_add_usage(request, CEN_USAGE_CAPTURE, camera, error);
	if (ret == 0)
		ret = cen_request_add_usage(request, CEN_USAGE_SCANOUT, display, error);
	return ret;
}

static int solve(struct session *session, struct cen_error **error)
{
	const struct cen_device *camera = NULL, *display = NULL;
	int ret;

	ret = cen_context_create(0, &session->context, error);
	if (ret == 0)
		ret = cen_machine_create_live(session->context, 0, &session->machine, error);
	if (ret == 0)
		ret = find_usage(session, session->options.camera, CEN_USAGE_CAPTURE, &camera, error);
	if (ret == 0)
		ret = find_usage(session, session->options.display, CEN_USAGE_SCANOUT, &display, error);
	if (ret == 0)
		ret = cen_request_create(session->machine, &session->request);
	if (ret == 0)
		ret = fill_request(session, camera, display, error);
	if (ret == 0)
		ret = cen_solve(session->request, 0, &session->solution, error);
	if (ret < 0)
		return ret;
	session->outcome.camera = cen_device_get_path(camera);
	session->outcome.display = cen_device_get_path(display);
	return 0;
}

/* Returns 0 with session->plan set, 0 without a plan where nothing suits both, or a negative errno. */
static int decide(struct session *session)
{
	const struct cen_conflict *conflict;
	struct cen_error *error = NULL;
	int ret;

	ret = solve(session, &error);
	if (ret < 0)
		return explain(error, ret);
	session->plan = cen_solution_get_plan(session->solution, 0);
	if (session->plan) {
		session->info.size = sizeof(session->info);
		cen_plan_get_info(session->plan, &session->info);
		plan_print("Plan", session->plan, NULL, 0);
		return 0;
	}
	conflict = cen_solution_get_conflict(session->solution);
	printf("%s\n", cen_conflict_get_text(conflict));
	return session->options.report ? report_write_conflict(session->options.report, conflict) : 0;
}

static int allocate(struct session *session)
{
	struct cen_error *error = NULL;
	uint32_t count = session->info.count;
	int ret;

	if (count > MAX_BUFFERS) {
		warnx("the plan wants %u buffers, this program handles %u", count, MAX_BUFFERS);
		return -E2BIG;
	}
	ret = cen_plan_allocate(session->plan, count, 0, session->buffers, &error);
	if (ret < 0)
		return explain(error, ret);
	session->buffer_count = count;
	return 0;
}

static int add_framebuffers(struct session *session)
{
	int ret;

	for (uint32_t i = 0; i < session->buffer_count; i++) {
		ret = framebuffer_add(&session->display, session->buffers[i], &session->framebuffers[i]);
		if (ret < 0) {
			warnx("%s: no framebuffer of buffer %u: %s", session->display.path, i, strerror(-ret));
			return ret;
		}
	}
	return 0;
}

static int open_devices(struct session *session)
{
	struct display_wish wish = {session->info.fourcc, session->info.width, session->info.height};
	int ret;

	ret = camera_open(session->outcome.camera, &session->camera);
	if (ret == 0)
		ret = camera_set_plan(session->camera, session->plan, session->options.fps);
	if (ret == 0)
		ret = camera_set_buffers(session->camera, session->buffers, session->buffer_count);
	if (ret == 0)
		ret = display_open(&session->display, session->outcome.display);
	if (ret < 0)
		return ret;
	camera_get_colour(session->camera, &session->colour);
	ret = display_choose(&session->display, &wish);
	session->outcome.mode = session->display.mode.name;
	session->outcome.is_user_mode = session->display.is_user_mode;
	return ret == 0 ? add_framebuffers(session) : ret;
}

/* Ask the kernel, on both sides, what memory is behind each buffer. */
static int identify(struct session *session)
{
	struct outcome *outcome = &session->outcome;
	struct stat status;
	int ret = 0;

	outcome->buffer_count = session->buffer_count;
	outcome->plane_count = session->info.plane_count;
	for (uint32_t i = 0; i < outcome->buffer_count && ret == 0; i++) {
		for (uint32_t p = 0; p < outcome->plane_count && ret == 0; p++) {
			/* With one object the camera is given one fd for all planes. */
			int fd = camera_get_buffer_fd(session->camera, i, session->info.object_count > 1 ? p : 0);

			if (fstat(fd, &status) < 0)
				return -errno;
			outcome->identities[i][p].queued = status.st_ino;
			ret = framebuffer_get_inode(&session->display, session->framebuffers[i], p,
						    &outcome->identities[i][p].shown);
		}
	}
	return ret;
}

static bool has_enough(const struct session *session)
{
	return session->is_ending || (session->options.frames && session->outcome.shown >= session->options.frames);
}

static int show_next(struct session *session)
{
	struct display_layer layer;
	int ret;

	if (session->pending != NO_BUFFER || session->next == NO_BUFFER || has_enough(session))
		return 0;
	display_layer_init(&session->display, session->framebuffers[session->next], session->info.fourcc, &layer);
	layer.colour = session->colour;
	ret = display_show(&session->display, &layer);
	if (ret < 0)
		return ret;
	session->pending = session->next;
	session->next = NO_BUFFER;
	return 0;
}

/* A frame that waits for its commit gives way to a newer one. */
static int handle_frame(struct session *session)
{
	struct camera_frame frame;
	int ret;

	ret = camera_dequeue(session->camera, &frame);
	if (ret == -EAGAIN)
		return 0;
	if (ret < 0)
		return ret;
	session->outcome.captured++;
	/* Some cameras give the first frames the same number. */
	if (session->outcome.captured > 1 && frame.sequence > session->next_sequence)
		session->outcome.missed += frame.sequence - session->next_sequence;
	session->next_sequence = frame.sequence + 1;
	if (frame.is_damaged || session->next != NO_BUFFER) {
		uint32_t unwanted = frame.is_damaged ? frame.index : session->next;

		session->outcome.dropped++;
		ret = camera_queue(session->camera, unwanted);
		if (ret < 0)
			return ret;
	}
	if (!frame.is_damaged)
		session->next = frame.index;
	return show_next(session);
}

/* The frame before is off the screen: its buffer goes back to the camera. */
static int handle_flip(struct session *session)
{
	int ret;

	ret = display_handle_event(&session->display, NULL);
	if (ret <= 0)
		return ret;
	session->outcome.shown++;
	if (session->showing != NO_BUFFER) {
		ret = camera_queue(session->camera, session->showing);
		if (ret < 0)
			return ret;
	}
	session->showing = session->pending;
	session->pending = NO_BUFFER;
	return show_next(session);
}

static int wait_for_events(struct session *session, int signals)
{
	struct pollfd fds[] = {
		{.fd = camera_get_fd(session->camera), .events = POLLIN},
		{.fd = session->display.fd, .events = POLLIN},
		{.fd = signals, .events = POLLIN},
	};
	int ret;

	ret = poll(fds, 3, FRAME_TIMEOUT_MS);
	if (ret < 0)
		return errno == EINTR ? 0 : -errno;
	if (ret == 0) {
		warnx("%s: no frame for %d s", session->outcome.camera, FRAME_TIMEOUT_MS / 1000);
		return -ETIMEDOUT;
	}
	session->is_ending |= fds[2].revents != 0;
	if (fds[0].revents & (POLLERR | POLLHUP) || fds[1].revents & (POLLERR | POLLHUP)) {
		warnx("%s: gone",
		      fds[0].revents & (POLLERR | POLLHUP) ? session->outcome.camera : session->outcome.display);
		return -EIO;
	}
	ret = fds[1].revents ? handle_flip(session) : 0;
	if (ret == 0 && fds[0].revents)
		ret = handle_frame(session);
	return ret;
}

static int stream(struct session *session, int signals)
{
	struct timespec start, end;
	int ret = 0;

	session->showing = session->pending = session->next = NO_BUFFER;
	for (uint32_t i = 0; i < session->buffer_count && ret == 0; i++)
		ret = camera_queue(session->camera, i);
	if (ret == 0)
		ret = camera_start(session->camera);
	clock_gettime(CLOCK_MONOTONIC, &start);
	while (ret == 0 && !has_enough(session))
		ret = wait_for_events(session, signals);
	clock_gettime(CLOCK_MONOTONIC, &end);
	/* A commit under way must end before the next one: the writeback, or giving the display back. */
	while (ret == 0 && session->pending != NO_BUFFER)
		ret = wait_for_events(session, -1);
	session->outcome.seconds =
		(double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1000000000.0;
	return ret;
}

static int read_back(struct session *session)
{
	struct outcome *outcome = &session->outcome;
	const struct options *options = &session->options;
	struct readback *readback;
	int ret;

	if ((!options->png && !options->reference) || outcome->shown == 0)
		return options->reference ? -ENODEV : 0;
	/* Without writeback there is no PNG; a comparison that was asked for cannot be left out. */
	ret = readback_create(&session->display, &readback);
	if (ret < 0)
		return ret == -ENODEV && !options->reference ? 0 : ret;
	if (options->png)
		ret = picture_write_png(options->png, readback_get_picture(readback));
	if (ret == 0 && options->reference) {
		ret = picture_compare(readback_get_picture(readback), options->reference, session->info.fourcc,
				      &session->colour, &outcome->comparison);
		outcome->is_compared = ret == 0;
	}
	readback_destroy(readback);
	return ret;
}

static int run(struct session *session, int signals)
{
	int ret;

	ret = allocate(session);
	if (ret == 0)
		ret = open_devices(session);
	if (ret == 0)
		ret = identify(session);
	if (ret == 0)
		ret = stream(session, signals);
	if (ret == 0)
		ret = read_back(session);
	if (ret < 0)
		return EXIT_DEVICE;
	report_print_outcome(&session->outcome);
	if (session->options.report && report_write(session->options.report, session->plan, &session->outcome) < 0)
		return EXIT_DEVICE;
	if (!report_is_zero_copy(&session->outcome))
		return EXIT_DIFFERENT;
	return session->outcome.is_compared && !session->outcome.comparison.is_match ? EXIT_DIFFERENT : 0;
}

int main(int argc, char **argv)
{
	_cleanup_(session_cleanup) struct session session = {.display.fd = -1};
	_cleanup_close_ int signals = -1;
	int ret;

	ret = options_parse(&session.options, argc, argv);
	if (ret != 0)
		return ret < 0 ? EXIT_USAGE : 0;
	signals = open_signals();
	if (signals < 0)
		return EXIT_DEVICE;
	if (decide(&session) < 0)
		return EXIT_DEVICE;
	return session.plan ? run(&session, signals) : EXIT_NO_PLAN;
}
