/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Attach, map, unmap, detach: the order of calls, and what each may do to the buffer's memory. */
#include <errno.h>
#include <stdio.h>

#include <cenalloc/solution.h>

#include "buffer.h"
#include "capability.h"
#include "cleanup.h"
#include "context.h"
#include "error.h"
#include "machine.h"
#include "storage.h"
#include "util.h"

static void attachment_destroy(struct cen_attachment *attachment)
{
	if (!attachment)
		return;
	cen_capabilities_unref(attachment->caps);
	cen_buffer_unref(attachment->buffer);
	free(attachment->name);
	free(attachment);
}

static void attachment_cleanup(struct cen_attachment **attachment)
{
	attachment_destroy(*attachment);
}

static int attachment_create(struct cen_buffer *buffer, uint32_t usage, const char *name, struct cen_attachment **out)
{
	struct cen_attachment *attachment = calloc(1, sizeof(*attachment));

	if (!attachment)
		return -ENOMEM;
	attachment->buffer = cen_buffer_ref(buffer);
	attachment->usage = usage;
	attachment->name = strdup(name);
	if (!attachment->name) {
		attachment_destroy(attachment);
		return -ENOMEM;
	}
	*out = attachment;
	return 0;
}

static void report(const struct cen_attachment *attachment, const struct order_call *call, const char *what)
{
	struct buffer_life *life = attachment->buffer->life;

	_cen_order_report(life->request->machine->ctx, &life->violations, attachment->name, attachment->usage, call,
			  what);
}

static int refuse_handler(const struct cen_attachment *attachment, struct cen_error **err)
{
	return _cen_error_set(err, CEN_ERROR_BUSY, EDEADLK, &(struct error_facts){.device = attachment->name},
			      "%s (%s): not from a moved handler: the buffer is still moving", attachment->name,
			      cen_usage_get_name(attachment->usage));
}

/* "/dev/video0 (capture)" of somebody who maps the buffer. Returns false when nobody does. */
static bool name_mapper(struct buffer_life *life, char *buf, size_t size)
{
	bool is_mapped = false;

	pthread_mutex_lock(&life->lock);
	for (uint32_t n = 0; n < life->attachment_count && !is_mapped; n++) {
		const struct cen_attachment *attachment = life->attachments[n];

		is_mapped = attachment->maps > 0;
		snprintf(buf, size, "%s (%s)", attachment->name, cen_usage_get_name(attachment->usage));
	}
	pthread_mutex_unlock(&life->lock);
	return is_mapped;
}

/* Everybody who was attached before hears of it; the old memory is there until all have. */
static void tell_moved(struct buffer_life *life)
{
	for (uint32_t n = 0; n < life->attachment_count; n++) {
		struct cen_attachment *attachment = life->attachments[n];
		void (*moved)(struct cen_attachment *, uint32_t, void *);
		void *data;

		pthread_mutex_lock(&life->lock);
		moved = attachment->moved;
		data = attachment->moved_data;
		pthread_mutex_unlock(&life->lock);
		if (moved)
			moved(attachment, life->generation, data);
	}
}

/* Put new memory in the place of the old one, which *storage holds afterwards. */
static void install(struct buffer_life *life, struct storage *storage)
{
	struct storage old = {.buffer = life->storage, .plan = life->plan};

	pthread_mutex_lock(&life->lock);
	life->storage = storage->buffer;
	life->plan = storage->plan;
	life->generation++;
	pthread_mutex_unlock(&life->lock);
	*storage = old;
	cen_solution_unref(life->solution);
	life->solution = NULL;
}

static int migrate(struct buffer_life *life, const struct cen_attachment *newcomer, struct cen_error **err)
{
	_cleanup_(_cen_storage_cleanup) struct storage storage = {0};
	char mapper[128];
	int ret;

	if (name_mapper(life, mapper, sizeof(mapper)))
		return _cen_error_set(err, CEN_ERROR_BUSY, EBUSY, &(struct error_facts){.device = newcomer->name},
				      "%s (%s): the buffer would have to move, and %s maps it", newcomer->name,
				      cen_usage_get_name(newcomer->usage), mapper);
	ret = _cen_storage_migrate(life, newcomer, &storage, err);
	if (ret < 0)
		return ret;
	install(life, &storage);
	tell_moved(life);
	return 0;
}

/* There is memory: it suits the newcomer, or it moves, or the newcomer stays out. */
static int join_late(struct buffer_life *life, const struct cen_attachment *newcomer, struct cen_error **err)
{
	_cleanup_error_ struct cen_error *misfit = NULL;
	struct cen_solution *solution = NULL;
	int ret = _cen_storage_check(life, newcomer, &misfit), other;

	if (ret == -EBUSY) {
		/* What could never be is another answer than what is too late. */
		other = _cen_storage_solve(life, newcomer, life->storage->info.fourcc, &solution, err);
		cen_solution_unref(solution);
		if (other < 0)
			return other;
		if (life->flags & CEN_BUFFER_MIGRATE)
			return migrate(life, newcomer, err);
	}
	if (ret < 0 && err && !*err)
		*err = STEAL(misfit);
	return ret;
}

static int join(struct buffer_life *life, const struct cen_attachment *newcomer, struct cen_error **err)
{
	struct cen_solution *solution;
	int ret;

	if (life->attachment_count == CEN_MAX_USAGES)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, E2BIG, &(struct error_facts){.device = newcomer->name},
				      "%s: %d devices are attached, and more are not possible", newcomer->name,
				      CEN_MAX_USAGES);
	if (life->storage)
		return join_late(life, newcomer, err);
	ret = _cen_storage_solve(life, newcomer, 0, &solution, err);
	if (ret < 0)
		return ret;
	cen_solution_unref(life->solution);
	life->solution = solution;
	return 0;
}

static bool is_late(struct buffer_life *life)
{
	bool late;

	pthread_mutex_lock(&life->lock);
	late = life->storage || life->is_frozen;
	pthread_mutex_unlock(&life->lock);
	return late;
}

static int attach(struct cen_attachment *attachment, const struct order_call *call, struct cen_error **err)
{
	struct buffer_life *life = attachment->buffer->life;
	int ret = _cen_life_begin(life, &_cen_life_forever);

	if (ret < 0)
		return refuse_handler(attachment, err);
	if (is_late(life))
		report(attachment, call,
		       life->storage ? "it comes after the memory was made" : "it comes after the buffer was frozen");
	ret = join(life, attachment, err);
	if (ret == 0) {
		pthread_mutex_lock(&life->lock);
		life->attachments[life->attachment_count++] = attachment;
		pthread_mutex_unlock(&life->lock);
	}
	_cen_life_end(life);
	return ret;
}

/* device, or caps of one that the application describes. */
static int attach_as(struct cen_buffer *buffer, uint32_t usage, const char *name, const struct cen_device *device,
		     struct cen_capabilities *caps, const struct order_call *call, struct cen_attachment **out,
		     struct cen_error **err)
{
	_cleanup_(attachment_cleanup) struct cen_attachment *attachment = NULL;
	int ret;

	*out = NULL;
	if (!buffer->life)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "the buffer was allocated with its plan: nobody attaches to it");
	if (!cen_usage_get_name(usage))
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL, "usage %u does not exist", usage);
	if (attachment_create(buffer, usage, name, &attachment) < 0)
		return _cen_error_no_memory(err);
	attachment->device = device;
	if (caps) {
		_cen_capabilities_freeze(caps);
		attachment->caps = cen_capabilities_ref(caps);
	}
	ret = attach(attachment, call, err);
	if (ret == 0)
		*out = STEAL(attachment);
	return ret;
}

int cen_buffer_attach(struct cen_buffer *buffer, uint32_t usage, const struct cen_device *device,
		      struct cen_attachment **out, struct cen_error **err)
{
	return attach_as(buffer, usage, device->desc.path, device, NULL, ORDER_CALL("cen_buffer_attach"), out, err);
}

int cen_buffer_attach_described(struct cen_buffer *buffer, uint32_t usage, const char *name,
				struct cen_capabilities *caps, struct cen_attachment **out, struct cen_error **err)
{
	return attach_as(buffer, usage, name, NULL, caps, ORDER_CALL("cen_buffer_attach_described"), out, err);
}

static void remove_attachment(struct buffer_life *life, const struct cen_attachment *attachment)
{
	uint32_t n = 0;

	while (life->attachments[n] != attachment)
		n++;
	life->attachment_count--;
	memmove(&life->attachments[n], &life->attachments[n + 1],
		(life->attachment_count - n) * sizeof(life->attachments[0]));
}

int cen_attachment_detach(struct cen_attachment *attachment, struct cen_error **err)
{
	struct buffer_life *life = attachment->buffer->life;
	bool is_mapped;

	if (_cen_life_begin(life, &_cen_life_forever) < 0)
		return refuse_handler(attachment, err);
	pthread_mutex_lock(&life->lock);
	is_mapped = attachment->maps > 0;
	if (!is_mapped)
		remove_attachment(life, attachment);
	pthread_mutex_unlock(&life->lock);
	if (!is_mapped) {
		/* Fewer devices may allow better memory. */
		cen_solution_unref(life->solution);
		life->solution = NULL;
	}
	_cen_life_end(life);
	if (is_mapped) {
		report(attachment, ORDER_CALL("cen_attachment_detach"), "it is still mapped");
		return _cen_error_set(err, CEN_ERROR_BUSY, EBUSY, &(struct error_facts){.device = attachment->name},
				      "%s (%s) is still mapped", attachment->name,
				      cen_usage_get_name(attachment->usage));
	}
	attachment_destroy(attachment);
	return 0;
}

static bool is_waited_for(const struct buffer_life *life)
{
	return !life->storage && !life->is_frozen && life->attachment_count < life->expected;
}

/* "3 devices are expected, attached: /dev/video0 (capture), cpu (cpu-read)"; with the lock held. */
static void list_attached(const struct buffer_life *life, char *buf, size_t size)
{
	int used = snprintf(buf, size, "%u devices are expected, attached: ", life->expected);

	for (uint32_t n = 0; n < life->attachment_count && used >= 0 && (size_t)used < size; n++)
		used += snprintf(buf + used, size - (size_t)used, "%s%s (%s)", n ? ", " : "",
				 life->attachments[n]->name, cen_usage_get_name(life->attachments[n]->usage));
}

/* With the lock held: wait for the devices that are expected, and for other threads. Returns 0 busy with the buffer. */
static int wait_for_all(struct cen_attachment *attachment, const struct life_wait *wait, const struct order_call *call)
{
	struct buffer_life *life = attachment->buffer->life;
	bool is_reported = false;
	int ret = _cen_life_begin_locked(life, wait);

	while (ret == 0 && is_waited_for(life)) {
		life->is_busy = false;
		pthread_cond_broadcast(&life->changed);
		if (!is_reported) {
			/* Not under the lock: who listens to the log may look at the buffer. */
			pthread_mutex_unlock(&life->lock);
			report(attachment, call, "it comes before everybody who is expected has attached");
			pthread_mutex_lock(&life->lock);
			is_reported = true;
		} else {
			ret = _cen_life_wait(life, wait);
		}
		if (ret == 0)
			ret = _cen_life_begin_locked(life, wait);
	}
	return ret;
}

static int refuse_wait(const struct cen_attachment *attachment, int ret, const char *waited_for, struct cen_error **err)
{
	if (ret == -EDEADLK)
		return refuse_handler(attachment, err);
	return _cen_error_set(err, CEN_ERROR_BUSY, -ret, &(struct error_facts){.device = attachment->name},
			      "%s (%s): %s", attachment->name, cen_usage_get_name(attachment->usage), waited_for);
}

/* The first map: what everybody needs is known now. */
static int allocate(struct buffer_life *life, struct cen_error **err)
{
	_cleanup_(_cen_storage_cleanup) struct storage storage = {0};
	int ret = 0;

	if (!life->solution)
		ret = _cen_storage_solve(life, NULL, 0, &life->solution, err);
	if (ret == 0)
		ret = _cen_storage_allocate(life, life->solution, &storage, err);
	if (ret == 0)
		install(life, &storage);
	return ret;
}

static int provide(struct cen_attachment *attachment, const struct life_wait *wait, struct cen_error **err)
{
	struct buffer_life *life = attachment->buffer->life;
	struct cen_context *ctx = life->request->machine->ctx;
	_cleanup_context_lock_ struct cen_context *lock = NULL;

	if (life->storage)
		return 0;
	lock = wait->is_try ? _cen_context_try_lock(ctx) : _cen_context_lock(ctx);
	if (!lock)
		return refuse_wait(attachment, -EBUSY, "another thread uses a backend", err);
	return allocate(life, err);
}

/* With the lock held. */
static int count_map(struct cen_attachment *attachment, uint32_t direction, struct cen_error **err)
{
	if (attachment->maps == INT32_MAX)
		return _cen_error_set(err, CEN_ERROR_OVERFLOW, EOVERFLOW,
				      &(struct error_facts){.device = attachment->name},
				      "%s is mapped %d times already", attachment->name, INT32_MAX);
	attachment->maps++;
	attachment->direction = direction;
	return 0;
}

static int check_map(const struct cen_attachment *attachment, uint32_t direction, struct cen_error **err)
{
	if (!attachment)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "no attachment: nobody said that a device will use the buffer");
	if (direction < CEN_DIRECTION_TO_DEVICE || direction > CEN_DIRECTION_BOTH)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "direction %u: 1 to the device, 2 from the device, 3 both", direction);
	return 0;
}

/* With the lock held: there is no memory yet, or somebody works on it. Lets go of the lock for a while. */
static int map_first(struct cen_attachment *attachment, const struct life_wait *wait, const struct order_call *call,
		     struct cen_error **err)
{
	struct buffer_life *life = attachment->buffer->life;
	char waited_for[512] = "another thread works on the buffer";
	int ret = wait_for_all(attachment, wait, call);

	if (ret < 0) {
		if (is_waited_for(life))
			list_attached(life, waited_for, sizeof(waited_for));
		return refuse_wait(attachment, ret, waited_for, err);
	}
	pthread_mutex_unlock(&life->lock);
	ret = provide(attachment, wait, err);
	pthread_mutex_lock(&life->lock);
	life->is_busy = false;
	pthread_cond_broadcast(&life->changed);
	return ret;
}

static int map(struct cen_attachment *attachment, uint32_t direction, const struct life_wait *wait,
	       const struct order_call *call, struct cen_error **err)
{
	int ret = check_map(attachment, direction, err);
	struct buffer_life *life;

	if (ret < 0)
		return ret;
	life = attachment->buffer->life;
	pthread_mutex_lock(&life->lock);
	if (!life->storage || life->is_busy)
		ret = map_first(attachment, wait, call, err);
	if (ret == 0)
		ret = count_map(attachment, direction, err);
	pthread_mutex_unlock(&life->lock);
	return ret;
}

int cen_attachment_map(struct cen_attachment *attachment, uint32_t direction, int timeout_ms, struct cen_error **err)
{
	const struct life_wait wait = _cen_life_wait_ms(timeout_ms);

	return map(attachment, direction, &wait, ORDER_CALL("cen_attachment_map"), err);
}

int cen_attachment_try_map(struct cen_attachment *attachment, uint32_t direction, struct cen_error **err)
{
	return map(attachment, direction, &_cen_life_try, ORDER_CALL("cen_attachment_try_map"), err);
}

int cen_attachment_unmap(struct cen_attachment *attachment, struct cen_error **err)
{
	struct buffer_life *life = attachment->buffer->life;
	bool was_mapped;

	pthread_mutex_lock(&life->lock);
	was_mapped = attachment->maps > 0;
	attachment->maps -= was_mapped;
	pthread_cond_broadcast(&life->changed);
	pthread_mutex_unlock(&life->lock);
	if (was_mapped)
		return 0;
	report(attachment, ORDER_CALL("cen_attachment_unmap"), "it is not mapped");
	return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, &(struct error_facts){.device = attachment->name},
			      "%s (%s) is not mapped", attachment->name, cen_usage_get_name(attachment->usage));
}

struct cen_buffer *cen_attachment_get_buffer(const struct cen_attachment *attachment)
{
	return attachment->buffer;
}

void cen_attachment_set_moved_handler(struct cen_attachment *attachment,
				      void (*handler)(struct cen_attachment *attachment, uint32_t generation,
						      void *data),
				      void *data)
{
	struct buffer_life *life = attachment->buffer->life;

	pthread_mutex_lock(&life->lock);
	attachment->moved = handler;
	attachment->moved_data = data;
	pthread_mutex_unlock(&life->lock);
}
