/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_LOG_H
#define CENALLOC_LOG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum cen_log_level {
	CEN_LOG_ERROR = 1,
	CEN_LOG_WARNING = 2,
	CEN_LOG_INFO = 3,
	CEN_LOG_DEBUG = 4,
};

/** One message, already formatted. Valid during the handler call only. */
struct cen_log_record {
	size_t size; /* of the struct the library filled */
	uint32_t level; /* enum cen_log_level */
	uint32_t reserved;
	const char *topic; /* "loader", "machine", "solver", "alloc" or the name of a backend; never NULL */
	const char *message; /* without a newline; never NULL */
};

/**
 * Receives the messages of one context. Called on the thread that caused the message, while other threads may have to
 * wait for it; it must not call back into the same context. The library keeps errno as it was.
 */
typedef void (*cen_log_handler)(const struct cen_log_record *record, void *user_data);

/** "error", "warning", "info" or "debug"; "unknown" for any other number. */
const char *cen_log_level_get_name(uint32_t level);

#ifdef __cplusplus
}
#endif

#endif
