/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A buffer that gets its memory late: who is attached, and what became of it. One thread at a time works on it (solves,
 * allocates, migrates): it holds is_busy, not the lock, so that everybody else can still look.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <cenalloc/attachment.h>

#include "order.h"
#include "request.h"

struct cen_plan;
struct cen_solution;

struct cen_attachment {
	struct cen_buffer *buffer; /* a reference */
	uint32_t usage;
	char *name;
	const struct cen_device *device; /* NULL for one that the application describes */
	struct cen_capabilities *caps; /* of that one */
	/* Under the lock: */
	uint32_t maps, direction;
	void (*moved)(struct cen_attachment *attachment, uint32_t generation, void *data);
	void *moved_data;
};

struct buffer_life {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* is_busy, is_frozen or the attachments */
	struct cen_request *request; /* the wishes, without usages; keeps the machine */
	uint32_t flags; /* CEN_BUFFER_* */
	atomic_uint violations;
	/* Changed under the lock by whoever is busy, so whoever is busy may read it without: */
	struct cen_attachment *attachments[CEN_MAX_USAGES];
	uint32_t attachment_count;
	struct cen_solution *solution; /* for those attached; NULL: not known, or no longer needed */
	struct cen_buffer *storage; /* NULL until allocated */
	struct cen_plan *plan; /* of the storage */
	uint32_t generation;
	/* Under the lock: */
	uint32_t expected;
	bool is_frozen, is_busy;
	pthread_t busy_thread;
};

/* NULL when there is no memory. */
struct buffer_life *_cen_life_create(const struct cen_request *request, uint32_t flags);
/* Nobody is attached any more. */
void _cen_life_destroy(struct buffer_life *life);

/* How long to wait: not at all, for ever, or until a time. */
struct life_wait {
	bool is_try, is_forever;
	struct timespec end; /* CLOCK_MONOTONIC */
};

extern const struct life_wait _cen_life_forever;
extern const struct life_wait _cen_life_try;
struct life_wait _cen_life_wait_ms(int timeout_ms);

/* Wait for a change, with the lock held. Returns 0, -EBUSY where waiting is not wanted, or -ETIMEDOUT. */
int _cen_life_wait(struct buffer_life *life, const struct life_wait *wait);

/*
 * Become the one who works on the buffer, waiting for others. Returns 0 with is_busy set; otherwise -EBUSY, -ETIMEDOUT,
 * or -EDEADLK when this thread is at it already.
 */
int _cen_life_begin(struct buffer_life *life, const struct life_wait *wait);
/* The same with the lock held before and after. */
int _cen_life_begin_locked(struct buffer_life *life, const struct life_wait *wait);
void _cen_life_end(struct buffer_life *life);

/*
 * The buffer that has the planes, held still until _cen_life_release(): the buffer itself, its storage, or for one
 * without storage an empty one.
 */
const struct cen_buffer *_cen_life_hold(const struct cen_buffer *buffer);
void _cen_life_release(const struct cen_buffer *buffer);

/*
 * The same for longer: a reference to the buffer that has the planes, which does not change any more. Returns 0, or
 * -EINVAL (CEN_ERROR_ARGUMENT) where there is no memory yet, which is reported as a call that came too early.
 */
int _cen_life_ref_storage(const struct cen_buffer *buffer, const struct order_call *call, struct cen_buffer **out,
			  struct cen_error **err);
