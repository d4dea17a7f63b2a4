/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "path-list.h"

#include <errno.h>

#include "log.h"
#include "util.h"

/* Of what is logged, no more than this. */
#define SHOWN 256

int _cen_path_list_add(struct path_list *list, char *path)
{
	if (!path || _cen_grow(&list->items, &list->capacity, list->count, sizeof(*list->items)) < 0) {
		free(path);
		return -ENOMEM;
	}
	list->items[list->count++] = path;
	return 0;
}

int _cen_path_list_add_listed(struct path_list *list, struct cen_context *ctx, const char *topic, const char *variable,
			      const char *text)
{
	while (*text) {
		size_t bytes = strcspn(text, ":");

		if (bytes && text[0] != '/')
			_cen_log(ctx, CEN_LOG_WARNING, topic, "%s: \"%.*s\" is not an absolute path", variable,
				 (int)(bytes < SHOWN ? bytes : SHOWN), text);
		else if (bytes && _cen_path_list_add(list, strndup(text, bytes)) < 0)
			return -ENOMEM;
		text += bytes + (text[bytes] == ':');
	}
	return 0;
}

void _cen_path_list_finish(struct path_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct path_list){0};
}
