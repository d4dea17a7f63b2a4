/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The backends of a context, in the order in which they are asked. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <cenalloc/backend.h>
#include <cenalloc/error.h>

struct cen_context;

/* Letters, digits and '-': the longest name of a backend. */
#define BACKEND_NAME_MAX 31

/* Where a backend comes from; of two with one name the lower origin wins. */
enum backend_origin {
	BACKEND_ADDED,
	BACKEND_LOADED,
	BACKEND_BUILT_IN,
};

/* A backend with its state in one context. */
struct backend_instance {
	const struct cen_backend *table;
	void *state;
	struct cen_context *ctx; /* which owns the instance */
	enum backend_origin origin;
	bool is_open;
	bool is_failed; /* open() failed: not asked again */
};

struct registry {
	bool is_complete; /* the first machine was made: nothing is added any more */
	struct backend_instance **items;
	size_t count, capacity;
};

/* An operation of a table, or NULL: not there in the generation that the backend was compiled with, or left out. */
#define BACKEND_OPERATION(backend_table, member)                                                                       \
	((backend_table)->size >= offsetof(struct cen_backend, member) + sizeof((backend_table)->member)               \
		 ? (backend_table)->member                                                                             \
		 : NULL)

/* Letters, digits and '-', at most BACKEND_NAME_MAX: the name of a backend or an algorithm. */
bool _cen_is_name(const char *name);

/* Whether a table may be used at all. Returns NULL when it may, otherwise the reason in words. */
const char *_cen_backend_check(const struct cen_backend *table);

struct backend_instance *_cen_registry_find(const struct registry *registry, const char *name);

/* Returns 0, -EEXIST (the name is taken) or -ENOMEM. The table was checked. */
int _cen_registry_add(struct cen_context *ctx, const struct cen_backend *table, enum backend_origin origin);

/*
 * Load the plug-ins, add the built-in backends, sort. Idempotent. Returns 0 or -ENOMEM; everything else that goes
 * wrong is logged and skipped.
 */
int _cen_registry_complete(struct cen_context *ctx);

/* Closes every backend. */
void _cen_registry_clear(struct registry *registry);
