/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A few frames from a camera into the buffers of a plan, and a look at whether they got there. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "board.h"
#include "camera.h"

#define FRAME_TIMEOUT_MS 10000
/* No camera sees this by chance. */
static const unsigned char mark[] = {0x9e, 0x37, 0x79, 0xb9, 0x7f, 0x4a, 0x7c, 0x15, 0xf3, 0x9c, 0xc0, 0x60};

struct streaming {
	struct camera *camera;
	struct cen_buffer *const *buffers;
	uint32_t count;
	bool is_marked[CAMERA_BUFFERS_MAX];
	uint32_t frames, damaged, looked_at;
	uint32_t untouched[CEN_MAX_PLANES][2]; /* frames whose first or last row was left as it was */
	uint32_t plane_count;
};

static void streaming_cleanup(struct streaming *streaming)
{
	camera_close(streaming->camera);
}

/* The beginnings of the first and the last row of a plane; false where there is none. */
static bool get_row(const struct cen_cpu_map *map, uint32_t plane, int which, unsigned char **row)
{
	struct cen_cpu_map_plane info = {.size = sizeof(info)};
	uint64_t offset;

	if (cen_cpu_map_get_plane(map, plane, &info) < 0 || info.rows == 0)
		return false;
	offset = which ? info.stride * (info.rows - 1) : 0;
	*row = (unsigned char *)info.data + offset;
	return offset + sizeof(mark) <= info.bytes;
}

static bool mark_buffer(struct streaming *streaming, uint32_t index)
{
	CEN_CPU_MAP_SCOPE(map, streaming->buffers[index], CEN_CPU_MAP_WRITE, NULL);
	unsigned char *row;

	if (!map)
		return false;
	for (uint32_t plane = 0; plane < CEN_MAX_PLANES; plane++) {
		for (int which = 0; which < 2; which++) {
			if (!get_row(map, plane, which, &row))
				break;
			memcpy(row, mark, sizeof(mark));
			streaming->plane_count = plane + 1;
		}
	}
	return true;
}

static void look_at(struct streaming *streaming, uint32_t index)
{
	CEN_CPU_MAP_SCOPE(map, streaming->buffers[index], CEN_CPU_MAP_READ, NULL);
	unsigned char *row;

	if (!map)
		return;
	streaming->looked_at++;
	for (uint32_t plane = 0; plane < streaming->plane_count; plane++) {
		for (int which = 0; which < 2; which++) {
			if (get_row(map, plane, which, &row) && memcmp(row, mark, sizeof(mark)) == 0)
				streaming->untouched[plane][which]++;
		}
	}
}

static int take_frame(struct streaming *streaming)
{
	struct pollfd fd = {.fd = camera_get_fd(streaming->camera), .events = POLLIN};
	struct camera_frame frame;
	int ret = poll(&fd, 1, FRAME_TIMEOUT_MS);

	if (ret < 0)
		return errno == EINTR ? 0 : -errno;
	if (ret == 0)
		return -ETIMEDOUT;
	ret = camera_dequeue(streaming->camera, &frame);
	if (ret == -EAGAIN)
		return 0;
	if (ret < 0)
		return ret;
	if (frame.index >= streaming->count)
		return -EPROTO;
	streaming->frames++;
	if (frame.is_damaged)
		streaming->damaged++;
	else if (streaming->is_marked[frame.index])
		look_at(streaming, frame.index);
	streaming->is_marked[frame.index] = mark_buffer(streaming, frame.index);
	return camera_queue(streaming->camera, frame.index);
}

static int run(struct streaming *streaming, const struct cen_plan *plan, uint32_t wanted)
{
	int ret = camera_set_plan(streaming->camera, plan, 0);

	if (ret == 0)
		ret = camera_set_buffers(streaming->camera, streaming->buffers, streaming->count);
	for (uint32_t i = 0; i < streaming->count && ret == 0; i++) {
		streaming->is_marked[i] = mark_buffer(streaming, i);
		ret = camera_queue(streaming->camera, i);
	}
	if (ret == 0)
		ret = camera_start(streaming->camera);
	while (ret == 0 && streaming->frames < wanted)
		ret = take_frame(streaming);
	return ret;
}

static void conclude(const struct streaming *streaming, struct board_result *result)
{
	board_result_set(result, BOARD_SUMMARY, "%u frames", streaming->frames);
	if (streaming->damaged == streaming->frames) {
		result->outcome = BOARD_FAILED;
		board_result_set(result, BOARD_SUMMARY, "all %u frames are damaged", streaming->frames);
	}
	if (!streaming->looked_at)
		board_result_add(result, "the frames were not looked at: damaged, or memory that the CPU cannot map");
	for (uint32_t plane = 0; plane < streaming->plane_count; plane++) {
		for (int which = 0; which < 2; which++) {
			if (!streaming->looked_at || streaming->untouched[plane][which] < streaming->looked_at)
				continue;
			result->outcome = BOARD_FAILED;
			board_result_set(result, BOARD_SUMMARY,
					 "the camera delivers frames and leaves the %s row of plane %u as it was",
					 which ? "last" : "first", plane);
		}
	}
}

static void fail(const struct streaming *streaming, int ret, struct board_result *result)
{
	const char *call = camera_get_failed_call(streaming->camera);
	const char *trouble = camera_get_trouble(streaming->camera);

	result->errnum = -ret;
	if (call)
		board_result_set(result, BOARD_CALL, "%s", call);
	if (ret == -EBUSY) {
		result->outcome = BOARD_SKIPPED;
		board_result_set(result, BOARD_SUMMARY, "another program has the camera");
	} else if (trouble) {
		result->outcome = BOARD_SKIPPED;
		board_result_set(result, BOARD_SUMMARY, "the camera has %s", trouble);
	} else if (ret == -EPIPE || ret == -ENOLINK) {
		result->outcome = BOARD_SKIPPED;
		board_result_set(result, BOARD_SUMMARY,
				 "%s: %s: the links or formats of its media graph are not set up",
				 call ? call : "streaming", strerror(-ret));
	} else if (ret == -ETIMEDOUT) {
		result->outcome = BOARD_FAILED;
		board_result_set(result, BOARD_CALL, "poll");
		board_result_set(result, BOARD_SUMMARY, "%u frames, then none for %d s", streaming->frames,
				 FRAME_TIMEOUT_MS / 1000);
	} else {
		result->outcome = BOARD_FAILED;
		board_result_set(result, BOARD_SUMMARY, "%s: %s", call ? call : "streaming", strerror(-ret));
	}
}

void board_stream(const struct board *board, const char *path, const struct cen_plan *plan,
		  struct cen_buffer *const *buffers, uint32_t count, struct board_result *result)
{
	_cleanup_(streaming_cleanup) struct streaming streaming = {
		.buffers = buffers,
		.count = count < CAMERA_BUFFERS_MAX ? count : CAMERA_BUFFERS_MAX,
	};
	int ret;

	if (!camera_knows(plan)) {
		result->outcome = BOARD_SKIPPED;
		board_result_set(result, BOARD_SUMMARY, "this program does not stream this format");
		return;
	}
	ret = camera_open(path, &streaming.camera);
	if (ret < 0) {
		/* A decoder is no camera, nor is a queue without streaming. */
		result->outcome = ret == -ENOTSUP ? BOARD_SKIPPED : BOARD_FAILED;
		result->errnum = -ret;
		board_result_set(result, BOARD_SUMMARY, "%s", strerror(-ret));
		return;
	}
	ret = run(&streaming, plan, board->options.frames);
	if (ret < 0)
		fail(&streaming, ret, result);
	else
		conclude(&streaming, result);
}
