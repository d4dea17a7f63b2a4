/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The inside of a pool. The pool holds a reference to each of its buffers, and lends another one: who acquires a buffer
 * has that until the release, and no count changes.
 *
 * Locks: change, around all of a replan or resize, its allocation too; within it lock, for a few instructions at a time.
 * No function of the application is called under either.
 */
#pragma once

#include <pthread.h>

#include <cenalloc/pool.h>

#include "pool-bank.h"
#include "solver.h"

#define POOL_BANKS 2u
_Static_assert(POOL_BANKS *BANK_SLOTS >= MAX_BUFFERS, "a pool holds what one call can allocate");

/* In demand: the next release makes the fd readable. The bits below count the threads that wait. */
#define POOL_ARMED (1u << 31)

/* In turn: both banks have buffers, and take turns. */
#define POOL_SPLIT 2u

struct cen_pool {
	struct bank banks[POOL_BANKS]; /* the second one only for what the first one has no slots for */
	_Atomic uint32_t turn; /* the bank to take from next, and POOL_SPLIT; a hint */
	_Atomic uint32_t demand; /* who wants to hear of a release; 0: nobody. Sequentially consistent, as the banks */
	_Atomic int fd; /* an eventfd; -1: nobody asked for it */
	_Atomic(struct cen_plan *) plan;
	_Atomic uint32_t count, retired_count;

	pthread_mutex_t lock; /* flips of the banks, and the following */
	pthread_cond_t released; /* of CLOCK_MONOTONIC */
	struct cen_buffer *retired; /* of earlier plans, acquired: a list */
	bool is_readable; /* the fd */

	pthread_mutex_t change;
	uint32_t flags; /* of the last allocation; under change */
};

/* A free buffer, the caller's now; NULL: at one moment of the call none was free. Any thread. */
struct cen_buffer *_cen_pool_take(struct cen_pool *pool);
/* As _cen_bank_put(). */
int _cen_pool_put(struct cen_pool *pool, const struct cen_buffer *buffer);

/* The pool lets go of a buffer that nobody has acquired. NULL is allowed. The application's data may end here. */
void _cen_pool_drop(struct cen_buffer *buffer);

/* Under lock. Take a buffer off the list of those that are retired. */
void _cen_pool_remove_retired(struct cen_pool *pool, struct cen_buffer *buffer);

/* pool-wait.c */
/* As _cen_pool_take(), and when none is free, the fd becomes readable with the next release. */
struct cen_buffer *_cen_pool_want(struct cen_pool *pool);
/* A buffer became free, and demand is not 0. */
void _cen_pool_tell(struct cen_pool *pool);

/* After each put: who asked for it hears of it. */
static inline void _cen_pool_wake(struct cen_pool *pool)
{
	/*
	 * No release is missed: who wants one first says so in demand, and then looks for a free buffer. The put before
	 * this load, that look, and both accesses to demand have one order that all threads agree on. Either the look
	 * comes after the put and finds the buffer, or this load comes after the demand and sees it.
	 */
	if (atomic_load(&pool->demand))
		_cen_pool_tell(pool);
}
