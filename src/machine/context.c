/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The context: owner of backends, log handler and directories. */
#include "context.h"

#include <errno.h>

#include "error.h"
#include "util.h"

#define ALL_FLAGS (CEN_CONTEXT_NO_ENVIRONMENT | CEN_CONTEXT_NO_PLUGINS)

/* Recursive: an operation of a backend may lead to another one. */
static bool init_lock(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attributes;
	bool is_done;

	if (pthread_mutexattr_init(&attributes) != 0)
		return false;
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	is_done = pthread_mutex_init(lock, &attributes) == 0;
	pthread_mutexattr_destroy(&attributes);
	return is_done;
}

int cen_context_create(uint32_t flags, struct cen_context **out, struct cen_error **err)
{
	struct cen_context *ctx;

	*out = NULL;
	if (flags & ~ALL_FLAGS)
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL,
				      "context flags 0x%x: the bits 0x%x are not known", flags, flags & ~ALL_FLAGS);
	ctx = calloc(1, sizeof(*ctx));
	if (!ctx)
		return _cen_error_no_memory(err);
	if (!init_lock(&ctx->lock)) {
		free(ctx);
		return _cen_error_no_memory(err);
	}
	atomic_init(&ctx->refs, 1);
	ctx->flags = flags;
	_cen_config_init(&ctx->config);
	*out = ctx;
	return 0;
}

struct cen_context *_cen_context_ref(struct cen_context *ctx)
{
	atomic_fetch_add_explicit(&ctx->refs, 1, memory_order_relaxed);
	return ctx;
}

void _cen_context_unref(struct cen_context *ctx)
{
	if (!ctx || atomic_fetch_sub_explicit(&ctx->refs, 1, memory_order_acq_rel) != 1)
		return;
	_cen_registry_clear(&ctx->registry);
	_cen_path_list_finish(&ctx->dirs);
	_cen_config_finish(&ctx->config);
	_cen_quirks_finish(&ctx->quirks);
	free(ctx->algorithms);
	free(ctx->regions);
	pthread_mutex_destroy(&ctx->lock);
	free(ctx);
}

struct cen_context *_cen_context_lock(struct cen_context *ctx)
{
	pthread_mutex_lock(&ctx->lock);
	return ctx;
}

struct cen_context *_cen_context_try_lock(struct cen_context *ctx)
{
	return pthread_mutex_trylock(&ctx->lock) == 0 ? ctx : NULL;
}

void _cen_context_unlock_cleanup(struct cen_context **ctx)
{
	if (*ctx)
		pthread_mutex_unlock(&(*ctx)->lock);
}

void cen_context_destroy(struct cen_context *ctx)
{
	_cen_context_unref(ctx);
}

int cen_context_set_log_handler(struct cen_context *ctx, uint32_t level, cen_log_handler handler, void *user_data)
{
	if (level < CEN_LOG_ERROR || level > CEN_LOG_DEBUG)
		return -EINVAL;
	ctx->log = (struct log_sink){.level = level, .handler = handler, .user_data = user_data};
	return 0;
}

static int check_open_for_backends(const struct cen_context *ctx, struct cen_error **err)
{
	if (!ctx->registry.is_complete)
		return 0;
	return _cen_error_set(err, CEN_ERROR_BUSY, EBUSY, NULL,
			      "a machine was made from this context already: backends come before the first machine");
}

int cen_context_add_backend_dir(struct cen_context *ctx, const char *dir, struct cen_error **err)
{
	int ret;

	if (!dir || dir[0] != '/')
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "backend directory \"%s\": an absolute path is needed", dir ? dir : "");
	ret = check_open_for_backends(ctx, err);
	if (ret < 0)
		return ret;
	return _cen_path_list_add(&ctx->dirs, strdup(dir)) < 0 ? _cen_error_no_memory(err) : 0;
}

int cen_context_add_backend(struct cen_context *ctx, const struct cen_backend *backend, struct cen_error **err)
{
	const char *reason = _cen_backend_check(backend);
	int ret;

	if (reason)
		return _cen_error_set(err, CEN_ERROR_BACKEND, EINVAL, NULL, "the backend is not acceptable: %s",
				      reason);
	ret = check_open_for_backends(ctx, err);
	if (ret < 0)
		return ret;
	ret = _cen_registry_add(ctx, backend, BACKEND_ADDED);
	if (ret == -EEXIST)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EEXIST, NULL,
				      "a backend with the name \"%s\" was added already", backend->name);
	return ret < 0 ? _cen_error_no_memory(err) : 0;
}
