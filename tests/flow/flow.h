/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the flow tests share: a context on a script, and the log it writes. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cenalloc/backend.h>
#include <cenalloc/cenalloc.h>

#include "fake.h"

#define NV12 0x3231564eu
#define XR24 0x34325258u

/* A camera that needs contiguous memory, a display, a heap of pages and one of contiguous memory. */
extern const char flow_camera_script[];

struct flow {
	struct cen_context *ctx;
	struct cen_machine *machine;
	size_t log_length;
	char log[16384];
};

/* A context and a machine on this script. Fails the test when they cannot be had. */
void flow_start(struct flow *flow, const char *script);
void flow_stop(struct flow *flow);

/* A context with the fake backend and the log, no machine yet. */
void flow_start_context(struct flow *flow, uint32_t flags, const char *script);

/* Solve for one or two devices (second may be NULL); the caller unrefs. */
struct cen_solution *flow_solve(struct flow *flow, uint32_t width, uint32_t height, uint32_t count, uint32_t fourcc,
				uint32_t usage, const char *first, uint32_t second_usage, const char *second);

/* The first plan must fail to allocate with this code; returns the error for a closer look. */
struct cen_error *flow_allocate_fails(struct cen_solution *solution, uint32_t count, uint32_t flags,
				      enum cen_error_code code, int ret);

/* Whether a line of the log has this text. */
bool flow_has_logged(const struct flow *flow, const char *text);

/* Print the log, for a test that is about to fail. */
#define assert_logged(flow, text)                                                                                      \
	do {                                                                                                           \
		if (!flow_has_logged(flow, text))                                                                      \
			fail_msg("not logged: \"%s\" in:\n%s", text, (flow)->log);                                     \
	} while (0)

/* err has this text in its message; err is destroyed. */
#define assert_error_says(err, text)                                                                                   \
	do {                                                                                                           \
		assert_non_null(err);                                                                                  \
		if (!strstr(cen_error_get_message(err), text))                                                         \
			fail_msg("\"%s\" is not in \"%s\"", text, cen_error_get_message(err));                         \
		cen_error_destroy(err);                                                                                \
		(err) = NULL;                                                                                          \
	} while (0)
