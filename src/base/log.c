/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The log: formats only when somebody listens. */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "context.h"
#include "util.h"

static const char *const level_names[] = {
	[CEN_LOG_ERROR] = "error",
	[CEN_LOG_WARNING] = "warning",
	[CEN_LOG_INFO] = "info",
	[CEN_LOG_DEBUG] = "debug",
};

void _cen_log(const struct cen_context *ctx, uint32_t level, const char *topic, const char *format, ...)
{
	struct cen_log_record record = {.size = sizeof(record), .level = level, .topic = topic};
	int saved = errno;
	char text[1024];
	va_list args;

	if (!ctx->log.handler || level > ctx->log.level)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	record.message = text;
	ctx->log.handler(&record, ctx->log.user_data);
	errno = saved;
}

const char *cen_log_level_get_name(uint32_t level)
{
	if (level >= ARRAY_LENGTH(level_names) || !level_names[level])
		return "unknown";
	return level_names[level];
}
