/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "life.h"

#include <errno.h>

#include <cenalloc/solution.h>

#include "buffer.h"
#include "clock.h"
#include "context.h"
#include "error.h"
#include "machine.h"
#include "util.h"

#define ATTACHMENT_INFO_SIZE_V1                                                                                        \
	(offsetof(struct cen_attachment_info, name) + sizeof(((struct cen_attachment_info *)0)->name))

const struct life_wait _cen_life_forever = {.is_forever = true};
const struct life_wait _cen_life_try = {.is_try = true};

struct buffer_life *_cen_life_create(const struct cen_request *request, uint32_t flags)
{
	_cleanup_free_ struct buffer_life *life = calloc(1, sizeof(*life));

	if (!life)
		return NULL;
	life->flags = flags;
	life->request = _cen_request_dup_wishes(request);
	if (!life->request)
		return NULL;
	if (pthread_mutex_init(&life->lock, NULL) != 0) {
		cen_request_destroy(life->request);
		return NULL;
	}
	if (_cen_clock_init_condition(&life->changed) != 0) {
		pthread_mutex_destroy(&life->lock);
		cen_request_destroy(life->request);
		return NULL;
	}
	return STEAL(life);
}

void _cen_life_destroy(struct buffer_life *life)
{
	if (!life)
		return;
	cen_buffer_unref(life->storage);
	cen_plan_unref(life->plan);
	cen_solution_unref(life->solution);
	cen_request_destroy(life->request);
	pthread_cond_destroy(&life->changed);
	pthread_mutex_destroy(&life->lock);
	free(life);
}

struct life_wait _cen_life_wait_ms(int timeout_ms)
{
	return (struct life_wait){.is_forever = timeout_ms < 0, .end = _cen_clock_after(timeout_ms)};
}

int _cen_life_wait(struct buffer_life *life, const struct life_wait *wait)
{
	if (wait->is_try)
		return -EBUSY;
	if (wait->is_forever)
		return -pthread_cond_wait(&life->changed, &life->lock);
	return -pthread_cond_timedwait(&life->changed, &life->lock, &wait->end);
}

int _cen_life_begin_locked(struct buffer_life *life, const struct life_wait *wait)
{
	while (life->is_busy) {
		int ret;

		if (pthread_equal(life->busy_thread, pthread_self()))
			return -EDEADLK;
		ret = _cen_life_wait(life, wait);
		if (ret < 0)
			return ret;
	}
	life->is_busy = true;
	life->busy_thread = pthread_self();
	return 0;
}

int _cen_life_begin(struct buffer_life *life, const struct life_wait *wait)
{
	int ret;

	pthread_mutex_lock(&life->lock);
	ret = _cen_life_begin_locked(life, wait);
	pthread_mutex_unlock(&life->lock);
	return ret;
}

void _cen_life_end(struct buffer_life *life)
{
	pthread_mutex_lock(&life->lock);
	life->is_busy = false;
	pthread_cond_broadcast(&life->changed);
	pthread_mutex_unlock(&life->lock);
}

const struct cen_buffer *_cen_life_hold(const struct cen_buffer *buffer)
{
	if (!buffer->life)
		return buffer;
	pthread_mutex_lock(&buffer->life->lock);
	return buffer->life->storage ? buffer->life->storage : buffer;
}

void _cen_life_release(const struct cen_buffer *buffer)
{
	if (buffer->life)
		pthread_mutex_unlock(&buffer->life->lock);
}

static void fill_info(const struct cen_attachment *attachment, struct cen_attachment_info *info)
{
	*info = (struct cen_attachment_info){
		.size = sizeof(*info),
		.usage = attachment->usage,
		.direction = attachment->direction,
		.maps = attachment->maps,
	};
	memcpy(info->name, attachment->name, strnlen(attachment->name, sizeof(info->name) - 1));
}

/* Memory is asked for before anybody mapped. */
static void report_early(struct buffer_life *life, const struct order_call *call)
{
	struct cen_attachment_info first = {.usage = CEN_USAGE_CPU_READ, .name = "cpu"};
	bool is_attached;

	pthread_mutex_lock(&life->lock);
	is_attached = life->attachment_count > 0;
	if (is_attached)
		fill_info(life->attachments[0], &first);
	pthread_mutex_unlock(&life->lock);
	_cen_order_report(life->request->machine->ctx, &life->violations, first.name, first.usage, call,
			  is_attached ? "it comes before the first map" : "it comes before anybody has attached");
}

int _cen_life_ref_storage(const struct cen_buffer *buffer, const struct order_call *call, struct cen_buffer **out,
			  struct cen_error **err)
{
	/* Only the count of references changes. */
	if (!buffer->life) {
		*out = cen_buffer_ref((struct cen_buffer *)(uintptr_t)buffer);
		return 0;
	}
	pthread_mutex_lock(&buffer->life->lock);
	*out = buffer->life->storage ? cen_buffer_ref(buffer->life->storage) : NULL;
	pthread_mutex_unlock(&buffer->life->lock);
	if (*out)
		return 0;
	report_early(buffer->life, call);
	return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
			      "the buffer has no memory yet: a device that is attached has to map it first");
}

static int check_create(const struct cen_request *request, uint32_t flags, struct cen_error **err)
{
	const uint32_t known = CEN_BUFFER_MIGRATE | CEN_BUFFER_VERIFY;

	if (flags & ~known)
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL,
				      "buffer flags 0x%x: the bits 0x%x are not known", flags, flags & ~known);
	if (!request->width)
		return _cen_error_set(err, CEN_ERROR_INCOMPLETE, EINVAL, NULL, "the request has no size");
	if (request->usage_count)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "the request has %zu usages: devices attach to the buffer instead",
				      request->usage_count);
	if (request->count != 1)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "the request is for %u buffers, not 1",
				      request->count);
	return 0;
}

int cen_buffer_create(const struct cen_request *request, uint32_t flags, struct cen_buffer **out,
		      struct cen_error **err)
{
	struct cen_buffer *buffer;
	int ret = check_create(request, flags, err);

	*out = NULL;
	if (ret < 0)
		return ret;
	buffer = _cen_buffer_create();
	if (!buffer)
		return _cen_error_no_memory(err);
	buffer->info = (struct cen_buffer_info){
		.size = sizeof(buffer->info), .width = request->width, .height = request->height};
	buffer->life = _cen_life_create(request, flags);
	if (!buffer->life) {
		cen_buffer_unref(buffer);
		return _cen_error_no_memory(err);
	}
	*out = buffer;
	return 0;
}

static int refuse_eager(const struct cen_buffer *buffer, struct cen_error **err)
{
	if (buffer->life)
		return 0;
	return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
			      "the buffer was allocated with its plan: nobody is waited for");
}

int cen_buffer_expect(struct cen_buffer *buffer, uint32_t count, struct cen_error **err)
{
	int ret = refuse_eager(buffer, err);

	if (ret < 0)
		return ret;
	if (count > CEN_MAX_USAGES)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "%u devices expected: at most %d attach",
				      count, CEN_MAX_USAGES);
	pthread_mutex_lock(&buffer->life->lock);
	buffer->life->expected = count;
	pthread_cond_broadcast(&buffer->life->changed);
	pthread_mutex_unlock(&buffer->life->lock);
	return 0;
}

int cen_buffer_freeze(struct cen_buffer *buffer, struct cen_error **err)
{
	int ret = refuse_eager(buffer, err);

	if (ret < 0)
		return ret;
	pthread_mutex_lock(&buffer->life->lock);
	buffer->life->is_frozen = true;
	pthread_cond_broadcast(&buffer->life->changed);
	pthread_mutex_unlock(&buffer->life->lock);
	return 0;
}

int cen_buffer_get_attachment_info(struct cen_buffer *buffer, uint32_t index, struct cen_attachment_info *out)
{
	struct buffer_life *life = buffer->life;
	struct cen_attachment_info info;
	bool is_there;

	if (!life)
		return -EINVAL;
	pthread_mutex_lock(&life->lock);
	is_there = index < life->attachment_count;
	if (is_there)
		fill_info(life->attachments[index], &info);
	pthread_mutex_unlock(&life->lock);
	if (!is_there)
		return -EINVAL;
	return _cen_copy_sized(out, out->size, &info, sizeof(info), ATTACHMENT_INFO_SIZE_V1) < 0 ? -EINVAL : 0;
}

uint32_t cen_buffer_get_generation(struct cen_buffer *buffer)
{
	uint32_t generation = 1;

	if (!buffer->life)
		return generation;
	pthread_mutex_lock(&buffer->life->lock);
	generation = buffer->life->generation;
	pthread_mutex_unlock(&buffer->life->lock);
	return generation;
}

uint32_t cen_buffer_get_violation_count(struct cen_buffer *buffer)
{
	return buffer->life ? atomic_load_explicit(&buffer->life->violations, memory_order_relaxed) : 0;
}

uint32_t cen_context_get_violation_count(struct cen_context *ctx)
{
	return atomic_load_explicit(&ctx->violations, memory_order_relaxed);
}
