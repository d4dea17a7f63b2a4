/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A buffer always has the same index in the camera's queue: then the kernel keeps it mapped for the camera. An index
 * takes the buffer of a new plan as soon as the one of the old plan has come back from the camera.
 */
#include "capture.h"

#include <err.h>
#include <string.h>

int capture_open(struct capture *capture, const char *path, uint32_t fps)
{
	*capture = (struct capture){.fps = fps};
	return camera_open(path, &capture->camera);
}

static void give_back(struct capture *capture, struct cen_buffer **buffers)
{
	for (uint32_t i = 0; i < MAX_BUFFERS; i++) {
		if (buffers[i])
			cen_pool_release(capture->pool, buffers[i]);
		buffers[i] = NULL;
	}
}

void capture_stop(struct capture *capture)
{
	camera_stop(capture->camera);
	give_back(capture, capture->queued);
	give_back(capture, capture->idle);
	capture->queued_count = 0;
	capture->is_running = false;
	capture->index_count = 0;
}

void capture_close(struct capture *capture)
{
	if (capture->camera && capture->pool) {
		capture_stop(capture);
	}
	for (uint32_t i = 0; i < MAX_LENT; i++)
		if (capture->lent[i])
			cen_pool_release(capture->pool, capture->lent[i]);
	camera_close(capture->camera);
	cen_pool_destroy(capture->pool);
	*capture = (struct capture){0};
}

static bool is_same_layout(const struct cen_plan *a, const struct cen_plan *b)
{
	struct cen_plan_info x = {.size = sizeof(x)}, y = {.size = sizeof(y)};
	struct cen_plane_layout p, q;

	cen_plan_get_info(a, &x);
	cen_plan_get_info(b, &y);
	if (x.fourcc != y.fourcc || x.modifier != y.modifier || x.width != y.width || x.height != y.height ||
	    x.plane_count != y.plane_count || x.object_count != y.object_count)
		return false;
	for (uint32_t i = 0; i < x.plane_count; i++) {
		if (cen_plan_get_plane(a, i, &p) < 0 || cen_plan_get_plane(b, i, &q) < 0 || p.object != q.object ||
		    p.offset != q.offset || p.stride != q.stride)
			return false;
	}
	return true;
}

static int allocate(struct capture *capture, struct cen_plan *plan, uint32_t count)
{
	struct cen_error *error = NULL;
	int ret;

	if (capture->pool)
		ret = cen_pool_replan(capture->pool, plan, count, 0, &error);
	else
		ret = cen_pool_create(plan, count, 0, &capture->pool, &error);
	if (ret < 0)
		warnx("allocating: %s", error ? cen_error_get_message(error) : strerror(-ret));
	cen_error_destroy(error);
	return ret;
}

int capture_set_plan(struct capture *capture, struct cen_plan *plan)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	bool is_same;
	int ret;

	cen_plan_get_info(plan, &info);
	if (info.count > MAX_BUFFERS) {
		warnx("the plan wants %u buffers, this program handles %u", info.count, MAX_BUFFERS);
		return -E2BIG;
	}
	is_same = capture->index_count >= info.count && is_same_layout(cen_pool_get_plan(capture->pool), plan);
	ret = allocate(capture, plan, info.count);
	if (ret < 0)
		return ret;
	memset(capture->given, 0, sizeof(capture->given));
	if (is_same) {
		give_back(capture, capture->idle);
		return 0;
	}
	if (capture->index_count)
		capture->restarts++;
	capture_stop(capture);
	ret = camera_set_plan(capture->camera, plan, capture->fps);
	if (ret == 0)
		ret = camera_request(capture->camera, info.count);
	if (ret == 0)
		capture->index_count = info.count;
	return ret;
}

bool capture_has_plan(const struct capture *capture, const struct cen_plan *plan)
{
	return capture->pool && cen_pool_get_plan(capture->pool) == plan;
}

static int queue(struct capture *capture, uint32_t index)
{
	int ret;

	ret = camera_set_buffer(capture->camera, index, capture->idle[index]);
	if (ret == 0)
		ret = camera_queue(capture->camera, index);
	if (ret < 0)
		return ret;
	capture->given[index] = capture->idle[index];
	capture->queued[index] = capture->idle[index];
	capture->idle[index] = NULL;
	capture->queued_count++;
	return 0;
}

static void take_free(struct capture *capture)
{
	struct cen_buffer *buffer;

	while (cen_pool_acquire(capture->pool, &buffer) == 0)
		for (uint32_t i = 0; i < MAX_BUFFERS; i++)
			if (cen_pool_get_buffer(capture->pool, i) == buffer)
				capture->idle[i] = buffer;
}

int capture_feed(struct capture *capture)
{
	int ret = 0;

	take_free(capture);
	for (uint32_t i = 0; i < capture->index_count && ret == 0; i++)
		if (capture->idle[i] && !capture->queued[i])
			ret = queue(capture, i);
	if (ret < 0 || capture->is_running)
		return ret;
	ret = camera_start(capture->camera);
	capture->is_running = ret == 0;
	capture->has_sequence = false;
	return ret;
}

/* Puts to where from is. */
static bool swap_lent(struct capture *capture, const struct cen_buffer *from, struct cen_buffer *to)
{
	for (uint32_t i = 0; i < MAX_LENT; i++) {
		if (capture->lent[i] == from) {
			capture->lent[i] = to;
			return true;
		}
	}
	return false;
}

int capture_dequeue(struct capture *capture, struct capture_frame *out)
{
	struct camera_frame frame;
	int ret;

	ret = camera_dequeue(capture->camera, &frame);
	if (ret < 0)
		return ret;
	if (frame.index >= capture->index_count || !capture->queued[frame.index])
		return -EPROTO;
	*out = (struct capture_frame){
		.buffer = capture->queued[frame.index], .time_ns = frame.time_ns, .is_damaged = frame.is_damaged};
	/* Some cameras give the first frames the same number. */
	if (capture->has_sequence && frame.sequence > capture->next_sequence)
		out->missed = frame.sequence - capture->next_sequence;
	capture->has_sequence = true;
	capture->next_sequence = frame.sequence + 1;
	if (!swap_lent(capture, NULL, out->buffer))
		return -ENOBUFS;
	capture->queued[frame.index] = NULL;
	capture->queued_count--;
	/* A buffer of a new plan may have waited for this index. */
	return capture->idle[frame.index] ? queue(capture, frame.index) : 0;
}

int capture_release(struct capture *capture, struct cen_buffer *buffer)
{
	int ret;

	if (!swap_lent(capture, buffer, NULL))
		return -EINVAL;
	ret = cen_pool_release(capture->pool, buffer);
	return ret < 0 || !capture->is_running ? ret : capture_feed(capture);
}

int capture_get_fd(const struct capture *capture)
{
	return capture->queued_count ? camera_get_fd(capture->camera) : -1;
}
