/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Messages to the handler of a context. */
#pragma once

#include <cenalloc/log.h>

struct cen_context;

/* Where the messages of a context go. Nothing goes anywhere until a handler is set. */
struct log_sink {
	uint32_t level;
	cen_log_handler handler;
	void *user_data;
};

/* Keeps errno. Messages over 1 KiB are cut. */
void _cen_log(const struct cen_context *ctx, uint32_t level, const char *topic, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
