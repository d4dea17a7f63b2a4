/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Telling who calls at the wrong time: what was asked of deferred allocation before anything else. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

struct cen_context;

/* A call of the public interface that may come at the wrong time. */
struct order_call {
	const char *name; /* "cen_buffer_attach" */
	const void *caller; /* where it returns to */
};

#define ORDER_CALL(function) (&(const struct order_call){function, __builtin_return_address(0)})

/* Count a violation in both counters (the buffer's may be NULL) and log who did what, from where. Any thread. */
void _cen_order_report(struct cen_context *ctx, atomic_uint *counter, const char *device, uint32_t usage,
		       const struct order_call *call, const char *what);
