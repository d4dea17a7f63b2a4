/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Files or folders in an order that matters, each its own memory. */
#pragma once

#include <stddef.h>

struct cen_context;

struct path_list {
	char **items;
	size_t count, capacity;
};

/* Takes path, which is NULL when there is no memory. Returns 0 or -ENOMEM. */
int _cen_path_list_add(struct path_list *list, char *path);
/*
 * "/a:/b" of a variable of the environment; what is not an absolute path is logged under the topic and passed over.
 * Returns 0 or -ENOMEM.
 */
int _cen_path_list_add_listed(struct path_list *list, struct cen_context *ctx, const char *topic, const char *variable,
			      const char *text);
/* Leaves it empty. */
void _cen_path_list_finish(struct path_list *list);
