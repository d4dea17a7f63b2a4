/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Cameras keep what they are set to when the process that set it is gone: the command itself looks after each job that
 * has to do with one, and puts back what a process that was ended could not. What changes between two jobs is somebody
 * else's doing, and is left alone.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "board.h"
#include "camera-state.h"

/* A driver may take a moment to let go of what a process had that is gone. */
#define TRIES 20
#define PAUSE_NS (100 * 1000 * 1000)

struct board_camera {
	const char *path; /* of the role */
	struct camera_state before;
	uint32_t lost; /* processes that were ended and left it changed */
	uint32_t leaks; /* jobs that ended well and left it changed */
	uint32_t others; /* changes between two jobs */
	char *words; /* about the first that we left */
	int ret; /* of the last look or attempt to put back; 0: it is as it was */
};

static bool is_known(const struct board *board, const char *path)
{
	for (size_t i = 0; i < board->camera_count; i++) {
		if (strcmp(board->cameras[i].path, path) == 0)
			return true;
	}
	return false;
}

int board_state_save(struct board *board)
{
	for (size_t i = 0; i < board->role_count; i++) {
		const struct cen_device *device = board->roles[i].device;
		const char *path = cen_device_get_path(device);
		struct board_camera camera = {.path = path}, *grown;

		if (strcmp(cen_device_get_backend(device), "v4l2") != 0 || is_known(board, path) ||
		    camera_state_load(&camera.before, path) < 0)
			continue;
		grown = reallocarray(board->cameras, board->camera_count + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		board->cameras = grown;
		grown[board->camera_count++] = camera;
	}
	return 0;
}

static void put_back(struct board_camera *camera)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	struct camera_state now;
	char text[512];

	for (int i = 0; i < TRIES; i++) {
		camera->ret = camera_state_store(&camera->before, camera->path);
		if (camera->ret == 0)
			camera->ret = camera_state_load(&now, camera->path);
		if (camera->ret == 0 && !camera_state_is_equal(&camera->before, &now, text, sizeof(text)))
			camera->ret = -EAGAIN;
		if (camera->ret != -EBUSY && camera->ret != -EAGAIN)
			return;
		nanosleep(&pause, NULL);
	}
}

static bool has_part(const struct board *board, const struct board_job *job, const struct board_camera *camera)
{
	for (uint32_t i = 0; i < job->role_count; i++) {
		if (strcmp(cen_device_get_path(board->roles[job->roles[i]].device), camera->path) == 0)
			return true;
	}
	return false;
}

/* Whether it is not as before; then how, in words. */
static bool has_changed(struct board_camera *camera, struct camera_state *now, char *text, size_t size)
{
	camera->ret = camera_state_load(now, camera->path);
	return camera->ret == 0 && !camera_state_is_equal(&camera->before, now, text, size);
}

void board_state_begin(struct board *board, const struct board_job *job)
{
	for (size_t i = 0; i < board->camera_count; i++) {
		struct board_camera *camera = &board->cameras[i];
		struct camera_state now;
		char text[512];

		/* After a failure of our own it is still the first state that is owed. */
		if (camera->ret < 0 || !has_part(board, job, camera) || !has_changed(camera, &now, text, sizeof(text)))
			continue;
		camera->others++;
		camera->before = now;
	}
}

void board_state_check(struct board *board, const struct board_job *job, bool is_lost)
{
	char name[BOARD_NAME_SIZE];

	for (size_t i = 0; i < board->camera_count; i++) {
		struct board_camera *camera = &board->cameras[i];
		struct camera_state now;
		char text[512];

		if (!has_part(board, job, camera) || !has_changed(camera, &now, text, sizeof(text)))
			continue;
		*(is_lost ? &camera->lost : &camera->leaks) += 1;
		if (!camera->words &&
		    asprintf(&camera->words, "after %s: %s", board_case_name(board, job, name), text) < 0)
			camera->words = NULL;
		put_back(camera);
	}
}

static void summarize(const struct board_camera *camera, struct board_result *result)
{
	if (camera->ret < 0) {
		result->outcome = BOARD_FAILED;
		result->errnum = -camera->ret;
		board_result_set(result, BOARD_SUMMARY, "it is not known to be as it was: %s", strerror(-camera->ret));
	} else if (camera->leaks) {
		result->outcome = BOARD_FAILED;
		board_result_set(result, BOARD_SUMMARY, "put back after %u tests that should have done so themselves",
				 camera->leaks);
	} else if (camera->lost) {
		board_result_set(result, BOARD_SUMMARY, "put back after %u processes that were ended", camera->lost);
	} else {
		board_result_set(result, BOARD_SUMMARY, "format, rate, crop and compose are as before");
	}
}

void board_state_report(struct board *board)
{
	for (size_t i = 0; i < board->camera_count; i++) {
		const struct board_camera *camera = &board->cameras[i];
		struct board_result result = {.outcome = BOARD_PASSED};

		board_result_set(&result, BOARD_NAME, "%s: state restored", camera->path);
		board_result_set(&result, BOARD_DEVICE, "%s", camera->path);
		summarize(camera, &result);
		if (camera->words)
			board_result_add(&result, "%s", camera->words);
		if (camera->others)
			board_result_add(&result, "between tests another program changed it %u times", camera->others);
		board_add_result(board, &result);
	}
}

void board_state_release(struct board *board)
{
	for (size_t i = 0; i < board->camera_count; i++)
		free(board->cameras[i].words);
	free(board->cameras);
}
