/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The round: what the camera has filled is shown, what has been shown goes to the pool, and the camera takes the next. */
#include "soak-stream.h"

#include <err.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#define FRAME_TIMEOUT_MS 20000

/* The framebuffer of a buffer: made when it is shown first, removed with its last reference. */
struct frame {
	const struct display *display;
	uint32_t id;
};

static void destroy_frame(void *data)
{
	struct frame *frame = data;

	framebuffer_remove(frame->display, frame->id);
	free(frame);
}

/* Import once, and ask the kernel that it is this dma-buf. */
static int get_frame(struct stream *stream, struct cen_buffer *buffer, uint32_t *id)
{
	struct frame *frame = cen_buffer_get_user_data(buffer);
	struct cen_buffer_object object = {0};
	ino_t shown = 0;
	int ret;

	if (frame) {
		*id = frame->id;
		return 0;
	}
	frame = calloc(1, sizeof(*frame));
	if (!frame)
		return -ENOMEM;
	frame->display = &stream->display;
	ret = framebuffer_add(&stream->display, buffer, &frame->id);
	if (ret < 0) {
		warnx("no framebuffer: %s", strerror(-ret));
		free(frame);
		return ret;
	}
	cen_buffer_set_user_data(buffer, frame, destroy_frame);
	*id = frame->id;
	ret = framebuffer_get_inode(&stream->display, *id, 0, &shown);
	if (ret == 0)
		ret = cen_buffer_get_object(buffer, 0, &object);
	if (ret == 0 && shown != object.ino) {
		warnx("the display shows another dma-buf than the camera filled");
		return -EXDEV;
	}
	return ret;
}

/* To the pool, or, when that pool is gone, to nobody. */
static void give_back(const struct stream *stream, struct cen_buffer **buffer)
{
	if (*buffer && (!stream->pool || cen_pool_release(stream->pool, *buffer) < 0))
		cen_buffer_unref(*buffer);
	*buffer = NULL;
}

/* Every free index of the camera gets a buffer, as far as the pool has some. */
static int feed_camera(struct stream *stream)
{
	struct cen_buffer *buffer;
	int ret = 0;

	for (uint32_t i = 0; i < stream->slot_count && ret == 0; i++) {
		if (stream->slots[i])
			continue;
		if (cen_pool_acquire(stream->pool, &buffer) < 0)
			return 0;
		stream->slots[i] = buffer;
		ret = camera_set_buffer(stream->camera, i, buffer);
		if (ret == 0)
			ret = camera_queue(stream->camera, i);
	}
	return ret;
}

static int show_next(struct stream *stream)
{
	struct display_layer layer;
	uint32_t id;
	int ret;

	if (stream->pending || !stream->next)
		return 0;
	ret = get_frame(stream, stream->next, &id);
	if (ret < 0)
		return ret;
	display_layer_init(&stream->display, id, stream->fourcc, &layer);
	layer.colour = stream->colour;
	ret = display_show(&stream->display, &layer);
	if (ret < 0)
		return ret;
	stream->pending = stream->next;
	stream->next = NULL;
	return 0;
}

static int handle_frame(struct stream *stream)
{
	struct camera_frame frame;
	struct cen_buffer *buffer;
	int ret;

	ret = camera_dequeue(stream->camera, &frame);
	if (ret < 0)
		return ret == -EAGAIN ? 0 : ret;
	buffer = stream->slots[frame.index];
	stream->slots[frame.index] = NULL;
	stream->captured++;
	if (frame.is_damaged || stream->next) {
		stream->dropped++;
		give_back(stream, frame.is_damaged ? &buffer : &stream->next);
	}
	if (buffer)
		stream->next = buffer;
	ret = show_next(stream);
	return ret == 0 ? feed_camera(stream) : ret;
}

static int handle_flip(struct stream *stream)
{
	int ret = display_handle_event(&stream->display, NULL);

	if (ret <= 0)
		return ret;
	stream->shown++;
	give_back(stream, &stream->showing);
	stream->showing = stream->pending;
	stream->pending = NULL;
	ret = show_next(stream);
	return ret == 0 ? feed_camera(stream) : ret;
}

static int wait_for_events(struct stream *stream, int milliseconds)
{
	struct pollfd fds[] = {
		{.fd = camera_get_fd(stream->camera), .events = POLLIN},
		{.fd = stream->display.fd, .events = POLLIN},
	};
	int ret = poll(fds, 2, milliseconds);

	if (ret < 0)
		return errno == EINTR ? 0 : -errno;
	if ((fds[0].revents | fds[1].revents) & (POLLERR | POLLHUP)) {
		warnx("the %s is gone", fds[0].revents & (POLLERR | POLLHUP) ? "camera" : "display");
		return -EIO;
	}
	ret = fds[1].revents ? handle_flip(stream) : 0;
	return ret == 0 && fds[0].revents ? handle_frame(stream) : ret;
}

static int64_t now_ms(void)
{
	struct timespec clock;

	clock_gettime(CLOCK_MONOTONIC, &clock);
	return (int64_t)clock.tv_sec * 1000 + clock.tv_nsec / 1000000;
}

int stream_run(struct stream *stream, uint32_t milliseconds)
{
	int64_t start = now_ms(), now = start, end = start + milliseconds;
	uint64_t before = stream->shown;
	int ret = feed_camera(stream);

	while (ret == 0 && (now < end || stream->shown == before)) {
		if (now > end + FRAME_TIMEOUT_MS) {
			warnx("no frame was shown for %d s", FRAME_TIMEOUT_MS / 1000);
			return -ETIMEDOUT;
		}
		ret = wait_for_events(stream, 100);
		now = now_ms();
	}
	return ret;
}

int stream_open(struct stream *stream, const char *camera, const char *display, struct cen_plan *plan,
		struct cen_pool *pool, uint32_t fps)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	int ret;

	ret = cen_plan_get_info(plan, &info);
	stream->pool = pool;
	stream->fourcc = info.fourcc;
	stream->slot_count = cen_pool_get_count(pool);
	if (ret == 0)
		ret = camera_open(camera, &stream->camera);
	if (ret == 0)
		ret = camera_set_plan(stream->camera, plan, fps);
	if (ret == 0)
		ret = camera_request(stream->camera, stream->slot_count);
	if (ret == 0)
		ret = display_open(&stream->display, display);
	if (ret == 0)
		ret = display_choose(&stream->display, &(struct display_wish){info.fourcc, info.width, info.height});
	if (ret == 0)
		ret = feed_camera(stream);
	if (ret < 0)
		return ret;
	camera_get_colour(stream->camera, &stream->colour);
	return camera_start(stream->camera);
}

void stream_stop(struct stream *stream)
{
	camera_close(stream->camera);
	stream->camera = NULL;
	display_restore(&stream->display);
	for (uint32_t i = 0; i < MAX_BUFFERS; i++)
		give_back(stream, &stream->slots[i]);
	give_back(stream, &stream->next);
	give_back(stream, &stream->pending);
	give_back(stream, &stream->showing);
}

void stream_close(struct stream *stream)
{
	display_close(&stream->display);
	*stream = (struct stream){.display.fd = -1};
}
