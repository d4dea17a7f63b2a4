/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_CONTEXT_H
#define CENALLOC_CONTEXT_H

#include <stdint.h>

#include <cenalloc/error.h>
#include <cenalloc/log.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A context owns the backends, the log handler and the options.
 *
 * Thread rules for the whole library:
 * - Contexts are independent of each other.
 * - A context is set up (log handler, backends, options) by one thread, before others use it.
 * - A machine is immutable once made: any thread may read it and ask its devices. Backends are called by one thread of
 *   a context at a time: a call that needs one waits for the other threads, but for those on timelines (sync.h).
 * - A request is changed and solved by one thread at a time; different requests are independent.
 * - Solutions, conflicts, plans, capabilities and errors are immutable: any thread may read them, and allocate plans.
 * - Buffers: reading and ref/unref on any thread; what else is for any thread says so.
 *
 * What is made from a context keeps alive what it needs of it, so the order of destruction does not matter.
 */
struct cen_context;
struct cen_backend;

/**
 * Ignore all environment variables (docs/env-vars.md) and the configuration files (docs/map.md) and quirks
 * (docs/quirks.md) of user and system. Set-user-id programs ignore the variables and the user's files in any case.
 */
#define CEN_CONTEXT_NO_ENVIRONMENT (1u << 0)
/** Load no plug-in: only the built-in backends and those added with cen_context_add_backend(). */
#define CEN_CONTEXT_NO_PLUGINS (1u << 1)

/**
 * Create a context with the built-in backends. No device is opened, no plug-in loaded: the first machine does that.
 * flags: CEN_CONTEXT_*.
 * Returns 0, or -EINVAL (CEN_ERROR_UNKNOWN_FLAG), -ENOMEM (CEN_ERROR_NO_MEMORY).
 */
int cen_context_create(uint32_t flags, struct cen_context **out, struct cen_error **err);

/** Release the caller's hold. NULL is allowed. */
void cen_context_destroy(struct cen_context *ctx);

/**
 * Send messages of level and below to handler; the library is silent until then. handler NULL: silent again.
 * Returns 0, or -EINVAL for a level that is none.
 */
int cen_context_set_log_handler(struct cen_context *ctx, uint32_t level, cen_log_handler handler, void *user_data);

/**
 * Look for plug-ins in dir, an absolute path, before the directories known so far. Within a directory files are taken
 * in lexical order; of two backends with one name the first wins, and an empty file masks the name.
 * Returns 0, or -EINVAL (relative path), -EBUSY (a machine was made already), -ENOMEM.
 */
int cen_context_add_backend_dir(struct cen_context *ctx, const char *dir, struct cen_error **err);

/**
 * Look for quirks (docs/quirks.md) in dir, an absolute path: its *.json weigh more than those of the installation, the
 * system, the user and the directories added before. They are read when the first machine is made.
 * Returns 0, or -EINVAL (relative path), -EBUSY (a machine was made already), -ENOMEM.
 */
int cen_context_add_quirk_dir(struct cen_context *ctx, const char *dir, struct cen_error **err);

/**
 * Add a backend that lives in the program itself, before all others. The table must outlive the context.
 * Returns 0, or -EINVAL (CEN_ERROR_BACKEND: the table is not acceptable, the message says why), -EEXIST (the name is
 * taken by another added backend), -EBUSY (a machine was made already), -ENOMEM.
 */
int cen_context_add_backend(struct cen_context *ctx, const struct cen_backend *backend, struct cen_error **err);

#ifdef __cplusplus
}
#endif

#endif
