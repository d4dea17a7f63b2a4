/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The list of backends: added ones first, then plug-ins and built-in ones by their priority. */
#include "registry.h"

#include <errno.h>

#include "builtin-backends.h"
#include "context.h"
#include "loader.h"
#include "options.h"
#include "region-algorithm.h"
#include "util.h"

/* What generation 1 has. A later generation only adds behind it. */
#define TABLE_SIZE_V1 (offsetof(struct cen_backend, allocate) + sizeof(((struct cen_backend *)0)->allocate))

#define X(name) int cen_backend_entry_v1_##name(uint32_t host_abi, const struct cen_backend **out);
CEN_BUILTIN_BACKENDS(X)
#undef X

struct builtin_backend {
	const char *name;
	int (*entry)(uint32_t host_abi, const struct cen_backend **out);
};

static const struct builtin_backend builtin_backends[] = {
#define X(backend) {#backend, cen_backend_entry_v1_##backend},
	CEN_BUILTIN_BACKENDS(X)
#undef X
		{NULL, NULL},
};

bool _cen_is_name(const char *name)
{
	size_t length = strnlen(name, BACKEND_NAME_MAX + 1);

	if (length == 0 || length > BACKEND_NAME_MAX)
		return false;
	for (size_t n = 0; n < length; n++) {
		char c = name[n];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return true;
}

const char *_cen_backend_check(const struct cen_backend *table)
{
	if (!table)
		return "its table is NULL";
	if (table->size < TABLE_SIZE_V1)
		return "its table is smaller than that of ABI 1";
	if (table->abi == 0)
		return "its table says ABI 0, which does not exist";
	if (!table->name)
		return "its table has no name";
	if (!_cen_is_name(table->name))
		return "its name is not 1 to 31 letters, digits and '-'";
	if (!table->description)
		return "its table has no description";
	if (!BACKEND_OPERATION(table, list))
		return "its table has no list()";
	return NULL;
}

struct backend_instance *_cen_registry_find(const struct registry *registry, const char *name)
{
	for (size_t n = 0; n < registry->count; n++) {
		if (strcmp(registry->items[n]->table->name, name) == 0)
			return registry->items[n];
	}
	return NULL;
}

int _cen_registry_add(struct cen_context *ctx, const struct cen_backend *table, enum backend_origin origin)
{
	struct registry *registry = &ctx->registry;
	struct backend_instance *instance;

	if (_cen_registry_find(registry, table->name))
		return -EEXIST;
	if (_cen_grow(&registry->items, &registry->capacity, registry->count, sizeof(struct backend_instance *)) < 0)
		return -ENOMEM;
	instance = calloc(1, sizeof(*instance));
	if (!instance)
		return -ENOMEM;
	instance->table = table;
	instance->ctx = ctx;
	instance->origin = origin;
	registry->items[registry->count++] = instance;
	return 0;
}

static int add_builtin(struct cen_context *ctx, const struct builtin_backend *builtin,
		       const struct masked_names *masked)
{
	const struct cen_backend *table = NULL;
	const char *reason = NULL;
	int ret;

	if (_cen_loader_is_masked(masked, builtin->name)) {
		_cen_log(ctx, CEN_LOG_INFO, "loader", "%s: built in, masked by an empty file", builtin->name);
		return 0;
	}
	ret = builtin->entry(CEN_BACKEND_ABI, &table);
	reason = ret < 0 ? strerror(-ret) : _cen_backend_check(table);
	if (reason) {
		_cen_log(ctx, CEN_LOG_WARNING, "loader", "%s: built in, not used: %s", builtin->name, reason);
		return 0;
	}
	ret = _cen_registry_add(ctx, table, BACKEND_BUILT_IN);
	if (ret != -EEXIST)
		return ret;
	_cen_log(ctx, CEN_LOG_INFO, "loader", "%s: built in, replaced by one of the same name", builtin->name);
	return 0;
}

static int compare_instances(const void *a, const void *b)
{
	const struct backend_instance *left = *(struct backend_instance *const *)a;
	const struct backend_instance *right = *(struct backend_instance *const *)b;
	bool left_added = left->origin == BACKEND_ADDED, right_added = right->origin == BACKEND_ADDED;

	if (left_added != right_added)
		return left_added ? -1 : 1;
	if (left->table->priority != right->table->priority)
		return left->table->priority < right->table->priority ? -1 : 1;
	/* The order must not depend on the file system: names are unique. */
	return strcmp(left->table->name, right->table->name);
}

static void drop_disabled(struct cen_context *ctx)
{
	struct registry *registry = &ctx->registry;
	size_t kept = 0;

	for (size_t n = 0; n < registry->count; n++) {
		struct backend_instance *instance = registry->items[n];

		if (!_cen_option_is_disabled(ctx, instance->table->name)) {
			registry->items[kept++] = instance;
			continue;
		}
		_cen_log(ctx, CEN_LOG_INFO, "loader", "%s: disabled by CENALLOC_DISABLE_BACKENDS",
			 instance->table->name);
		free(instance);
	}
	registry->count = kept;
}

int _cen_registry_complete(struct cen_context *ctx)
{
	struct registry *registry = &ctx->registry;
	struct masked_names masked = {0};
	int ret = 0;

	if (registry->is_complete)
		return 0;
	if (!(ctx->flags & CEN_CONTEXT_NO_PLUGINS))
		ret = _cen_loader_run(ctx, &masked);
	for (const struct builtin_backend *builtin = builtin_backends; ret == 0 && builtin->name; builtin++)
		ret = add_builtin(ctx, builtin, &masked);
	_cen_loader_free_masked(&masked);
	if (ret < 0)
		return ret;
	drop_disabled(ctx);
	if (registry->count > 1)
		qsort(registry->items, registry->count, sizeof(struct backend_instance *), compare_instances);
	for (size_t n = 0; n < registry->count; n++) {
		ret = _cen_algorithms_add_backend(ctx, registry->items[n]->table);
		if (ret < 0)
			return ret;
	}
	registry->is_complete = true;
	return 0;
}

void _cen_registry_clear(struct registry *registry)
{
	for (size_t n = 0; n < registry->count; n++) {
		struct backend_instance *instance = registry->items[n];

		if (instance->is_open && BACKEND_OPERATION(instance->table, close))
			instance->table->close(instance->state);
		free(instance);
	}
	free(registry->items);
	*registry = (struct registry){0};
}
