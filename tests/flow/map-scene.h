/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the tests of the map in force share: a machine, and what is allocated on it next. */
#pragma once

#include "flow.h"

static const char map_script[] = "device /dev/video0 usages=capture name=vivid-000 driver=vivid\n"
				 "cap /dev/video0 capture NV12 LINEAR objects=one\n"
				 "device /dev/dri/card0 usages=scanout name=vkms driver=vkms\n"
				 "cap /dev/dri/card0 scanout NV12 LINEAR objects=one\n"
				 "source system cost=10\n"
				 "source udmabuf cost=20\n"
				 "source reserved segments=1 placement=cma cost=100 max=67108864\n";

static inline struct cen_map *parse(const char *text)
{
	struct cen_map *map = NULL;

	assert_int_equal(cen_map_parse(text, &map, NULL), 0);
	return map;
}

static inline void set_map(struct cen_context *ctx, const char *text)
{
	struct cen_map *map = text ? parse(text) : NULL;

	assert_int_equal(cen_context_set_map(ctx, map), 0);
	cen_map_unref(map);
}

/* The map in force is this text from this place; NULL: there is none. */
static inline void assert_in_force(struct cen_context *ctx, const char *text, const char *origin)
{
	struct cen_map *map = NULL;

	assert_int_equal(cen_context_get_map(ctx, &map, NULL), 0);
	if (!text) {
		assert_null(map);
		return;
	}
	assert_non_null(map);
	assert_string_equal(cen_map_to_string(map), text);
	assert_string_equal(cen_map_get_origin(map), origin);
	cen_map_unref(map);
}

/* What the next solve would allocate from for camera and display; "" where there is no plan. Returns buf. */
static inline const char *next_source(struct flow *flow, char buf[64])
{
	struct cen_solution *solution = flow_solve(flow, 640, 360, 1, NV12, CEN_USAGE_CAPTURE, "/dev/video0",
						   CEN_USAGE_SCANOUT, "/dev/dri/card0");
	struct cen_plan_info info = {.size = sizeof(info)};
	struct cen_buffer *buffer;

	buf[0] = '\0';
	if (cen_solution_get_plan_count(solution)) {
		cen_plan_get_info(cen_solution_get_plan(solution, 0), &info);
		snprintf(buf, 64, "%s", info.source);
		assert_int_equal(cen_plan_allocate(cen_solution_get_plan(solution, 0), 1, 0, &buffer, NULL), 0);
		cen_buffer_unref(buffer);
	}
	cen_solution_unref(solution);
	return buf;
}

#define assert_next(flow, source)                                                                                      \
	do {                                                                                                           \
		char next_buf[64];                                                                                     \
		assert_string_equal(next_source(flow, next_buf), source);                                              \
	} while (0)
