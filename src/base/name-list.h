/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* "a, b, c" for a message: what there is, where what was asked for is not. Ends with "..." where it was cut. */
#pragma once

#include <stdio.h>
#include <string.h>

struct name_list {
	char *buf;
	size_t size; /* at least 5 */
	size_t used;
};

static inline void _cen_name_list_add(struct name_list *list, const char *name)
{
	int length;

	if (list->used >= list->size)
		return;
	length = snprintf(list->buf + list->used, list->size - list->used, "%s%s", list->used ? ", " : "", name);
	if (length > 0)
		list->used += (size_t)length;
	if (list->used >= list->size)
		memcpy(list->buf + list->size - 4, "...", 4);
}
