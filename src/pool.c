/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A fixed number of buffers that go round. The pool holds a reference to each, who acquired one holds another. */
#include <errno.h>

#include <cenalloc/pool.h>

#include "buffer.h"
#include "error.h"
#include "plan.h"
#include "solver.h"
#include "util.h"

struct cen_pool {
	struct cen_plan *plan;
	uint32_t count;
	struct cen_buffer *buffers[MAX_BUFFERS]; /* of the present plan */
	/* The free ones as a ring of slots: what was released first is acquired first, so that readers have time. */
	uint32_t free_slots[MAX_BUFFERS];
	uint32_t first_free, free_count;
	struct cen_buffer *retired; /* of earlier plans, acquired: a list */
	uint32_t retired_count;
};

static void push_free(struct cen_pool *pool, uint32_t slot)
{
	pool->free_slots[(pool->first_free + pool->free_count++) % MAX_BUFFERS] = slot;
}

/* Take over what was allocated for a plan. Cannot fail. */
static void install(struct cen_pool *pool, struct cen_plan *plan, struct cen_buffer *const *buffers, uint32_t count)
{
	pool->plan = cen_plan_ref(plan);
	pool->count = count;
	pool->first_free = 0;
	pool->free_count = 0;
	for (uint32_t n = 0; n < count; n++) {
		pool->buffers[n] = buffers[n];
		buffers[n]->link = (struct buffer_pool_link){.pool = pool, .slot = n};
		push_free(pool, n);
	}
}

/* The pool lets go of a buffer: it ends here, or with the reference of who acquired it. */
static void drop(struct cen_buffer *buffer)
{
	buffer->link = (struct buffer_pool_link){0};
	cen_buffer_unref(buffer);
}

static void add_retired(struct cen_pool *pool, struct cen_buffer *buffer)
{
	buffer->link.is_retired = true;
	buffer->link.previous = NULL;
	buffer->link.next = pool->retired;
	if (pool->retired)
		pool->retired->link.previous = buffer;
	pool->retired = buffer;
	pool->retired_count++;
}

static void remove_retired(struct cen_pool *pool, struct cen_buffer *buffer)
{
	struct buffer_pool_link *link = &buffer->link;

	if (link->previous)
		link->previous->link.next = link->next;
	else
		pool->retired = link->next;
	if (link->next)
		link->next->link.previous = link->previous;
	pool->retired_count--;
}

int cen_pool_create(struct cen_plan *plan, uint32_t count, uint32_t flags, struct cen_pool **out,
		    struct cen_error **err)
{
	_cleanup_free_ struct cen_pool *pool = calloc(1, sizeof(*pool));
	int ret;

	*out = NULL;
	if (!pool)
		return _cen_error_no_memory(err);
	ret = cen_pool_replan(pool, plan, count, flags, err);
	if (ret < 0)
		return ret;
	*out = STEAL(pool);
	return 0;
}

void cen_pool_destroy(struct cen_pool *pool)
{
	if (!pool)
		return;
	for (uint32_t n = 0; n < pool->count; n++)
		drop(pool->buffers[n]);
	while (pool->retired) {
		struct cen_buffer *buffer = pool->retired;

		remove_retired(pool, buffer);
		drop(buffer);
	}
	cen_plan_unref(pool->plan);
	free(pool);
}

int cen_pool_acquire(struct cen_pool *pool, struct cen_buffer **out)
{
	struct cen_buffer *buffer;

	*out = NULL;
	if (!pool->free_count)
		return -EAGAIN;
	buffer = pool->buffers[pool->free_slots[pool->first_free]];
	pool->first_free = (pool->first_free + 1) % MAX_BUFFERS;
	pool->free_count--;
	buffer->link.is_acquired = true;
	*out = cen_buffer_ref(buffer);
	return 0;
}

int cen_pool_release(struct cen_pool *pool, struct cen_buffer *buffer)
{
	if (!buffer || buffer->link.pool != pool || !buffer->link.is_acquired)
		return -EINVAL;
	buffer->link.is_acquired = false;
	if (buffer->link.is_retired) {
		remove_retired(pool, buffer);
		drop(buffer);
	} else {
		push_free(pool, buffer->link.slot);
	}
	cen_buffer_unref(buffer);
	return 0;
}

int cen_pool_replan(struct cen_pool *pool, struct cen_plan *plan, uint32_t count, uint32_t flags,
		    struct cen_error **err)
{
	struct cen_buffer *buffers[MAX_BUFFERS], *old[MAX_BUFFERS];
	struct cen_plan *old_plan = pool->plan;
	uint32_t old_count = pool->count;
	int ret;

	ret = cen_plan_allocate(plan, count, flags, buffers, err);
	if (ret < 0)
		return ret;
	memcpy(old, pool->buffers, sizeof(old));
	install(pool, plan, buffers, count ? count : plan->info.count);
	for (uint32_t n = 0; n < old_count; n++) {
		if (!old[n]->link.is_acquired)
			continue;
		add_retired(pool, old[n]);
		old[n] = NULL;
	}
	/* Last: the end of a buffer ends the application's data with it, which may look at the pool. */
	for (uint32_t n = 0; n < old_count; n++) {
		if (old[n])
			drop(old[n]);
	}
	cen_plan_unref(old_plan);
	return 0;
}

struct cen_plan *cen_pool_get_plan(const struct cen_pool *pool)
{
	return pool->plan;
}

uint32_t cen_pool_get_count(const struct cen_pool *pool)
{
	return pool->count;
}

uint32_t cen_pool_get_free_count(const struct cen_pool *pool)
{
	return pool->free_count;
}

uint32_t cen_pool_get_retired_count(const struct cen_pool *pool)
{
	return pool->retired_count;
}

struct cen_buffer *cen_pool_get_buffer(const struct cen_pool *pool, uint32_t index)
{
	return index < pool->count ? pool->buffers[index] : NULL;
}
