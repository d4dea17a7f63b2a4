/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the tests of pools share: a machine with plans, and looking at a pool. */
#pragma once

#include "balance.h"
#include "flow.h"

/* A machine and two plans of different sizes. */
struct world {
	struct flow flow;
	struct cen_solution *small, *large;
	struct cen_plan *plan, *other; /* of small, of large */
	size_t fds;
};

static inline void world_start_on(struct world *world, const char *script)
{
	world->fds = balance_count_fds();
	flow_start(&world->flow, script);
	world->small = flow_solve(&world->flow, 640, 360, 3, NV12, CEN_USAGE_CAPTURE, "/dev/fake-camera",
				  CEN_USAGE_SCANOUT, "/dev/fake-display");
	world->large = flow_solve(&world->flow, 1280, 720, 2, NV12, CEN_USAGE_CAPTURE, "/dev/fake-camera",
				  CEN_USAGE_SCANOUT, "/dev/fake-display");
	world->plan = cen_solution_get_plan(world->small, 0);
	world->other = cen_solution_get_plan(world->large, 0);
	assert_true(world->plan && world->other);
}

static inline void world_start(struct world *world)
{
	world_start_on(world, flow_camera_script);
}

static inline void world_stop(struct world *world)
{
	cen_solution_unref(world->small);
	cen_solution_unref(world->large);
	flow_stop(&world->flow);
	assert_true(balance_check_fds(world->fds));
}

static inline struct cen_pool *make_pool(struct cen_plan *plan, uint32_t count)
{
	struct cen_pool *pool;

	assert_int_equal(cen_pool_create(plan, count, 0, &pool, NULL), 0);
	return pool;
}

static inline struct cen_buffer *acquire(struct cen_pool *pool)
{
	struct cen_buffer *buffer;

	assert_int_equal(cen_pool_acquire(pool, &buffer), 0);
	assert_non_null(buffer);
	return buffer;
}

static inline void check_counts(const struct cen_pool *pool, uint32_t count, uint32_t free_count, uint32_t retired)
{
	assert_int_equal(cen_pool_get_count(pool), count);
	assert_int_equal(cen_pool_get_free_count(pool), free_count);
	assert_int_equal(cen_pool_get_retired_count(pool), retired);
}

static inline uint32_t get_width(const struct cen_buffer *buffer)
{
	struct cen_buffer_info info = {.size = sizeof(info)};

	assert_int_equal(cen_buffer_get_info(buffer, &info), 0);
	return info.width;
}

static inline void count_up(void *data)
{
	(*(int *)data)++;
}
