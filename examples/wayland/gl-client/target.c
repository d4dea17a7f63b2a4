/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A pool whose buffers are renderbuffers and wl_buffers at once. */
#include "target.h"

#include <err.h>
#include <string.h>
#include <sys/stat.h>

static bool swap_shown(struct target *target, const struct cen_buffer *from, struct cen_buffer *to)
{
	for (uint32_t i = 0; i < MAX_TARGETS; i++) {
		if (target->shown[i] == from) {
			target->shown[i] = to;
			return true;
		}
	}
	return false;
}

void target_put_back(struct target *target, struct client_buffer *buffer)
{
	/* The buffer of an earlier plan is freed by this, and the client_buffer with it. */
	if (swap_shown(target, buffer->buffer, NULL))
		cen_pool_release(target->pool, buffer->buffer);
}

static void handle_released(void *data, struct client_buffer *buffer)
{
	target_put_back(data, buffer);
}

static void destroy_image(void *image)
{
	gl_image_destroy(image);
}

static int allocate(struct target *target, struct cen_plan *plan)
{
	struct cen_error *error = NULL;
	int ret;

	if (target->pool)
		ret = cen_pool_replan(target->pool, plan, 0, 0, &error);
	else
		ret = cen_pool_create(plan, 0, 0, &target->pool, &error);
	if (ret < 0)
		warnx("allocating: %s", error ? cen_error_get_message(error) : strerror(-ret));
	cen_error_destroy(error);
	return ret;
}

int target_set_plan(struct target *target, struct cen_plan *plan, struct gl *gl, struct connection *connection,
		    const struct cen_feedback *feedback)
{
	const struct client_buffer_handler handler = {.released = handle_released, .data = target};
	struct cen_plan_info info = {.size = sizeof(info)};
	struct client_buffer *client;
	struct cen_buffer *buffer;
	struct gl_image *image;
	int ret;

	cen_plan_get_info(plan, &info);
	if (info.count > MAX_BUFFERS) {
		warnx("the plan wants %u buffers, this program handles %u", info.count, MAX_BUFFERS);
		return -E2BIG;
	}
	ret = allocate(target, plan);
	if (ret == 0)
		ret = client_buffer_share(connection, feedback, target->pool, &handler);
	if (ret == -EOPNOTSUPP)
		warnx("the compositor refuses these buffers");
	for (uint32_t i = 0; ret == 0 && (buffer = cen_pool_get_buffer(target->pool, i)); i++) {
		client = client_buffer_get(buffer);
		ret = gl_import_target(gl, buffer, &image);
		client->extra = image;
		client->destroy_extra = destroy_image;
	}
	return ret;
}

void target_destroy(struct target *target)
{
	for (uint32_t i = 0; i < MAX_TARGETS; i++)
		if (target->shown[i])
			cen_pool_release(target->pool, target->shown[i]);
	cen_pool_destroy(target->pool);
	*target = (struct target){0};
}

struct client_buffer *target_take(struct target *target)
{
	struct cen_buffer *buffer;

	if (cen_pool_acquire(target->pool, &buffer) < 0)
		return NULL;
	if (swap_shown(target, NULL, buffer))
		return client_buffer_get(buffer);
	cen_pool_release(target->pool, buffer);
	return NULL;
}

const struct gl_image *target_get_image(const struct client_buffer *buffer)
{
	return buffer->extra;
}

uint32_t target_identify(const struct target *target, struct identity identities[MAX_BUFFERS])
{
	struct cen_buffer_plane plane;
	struct cen_buffer *buffer;
	struct stat status;
	uint32_t count = 0;

	for (; (buffer = cen_pool_get_buffer(target->pool, count)); count++) {
		struct identity *identity = &identities[count];

		*identity = (struct identity){0};
		for (uint32_t p = 0; cen_buffer_get_plane(buffer, p, &plane) == 0; p++) {
			identity->camera[p] = fstat(plane.fd, &status) == 0 ? status.st_ino : 0;
			identity->compositor[p] = client_buffer_get(buffer)->sent[p];
			identity->count = p + 1;
		}
	}
	return count;
}
