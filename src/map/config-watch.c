/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Noticing that a configuration file changed. Folders are watched, not files: an editor writes a new file and renames
 * it into place, and a file may be made later. Where a folder is missing, the nearest one above it that is there.
 */
#include <errno.h>
#include <limits.h>
#include <sys/inotify.h>

#include "config.h"
#include "context.h"
#include "error.h"
#include "util.h"

#define TOPIC "map"
#define WATCHED                                                                                                        \
	(IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_ATTRIB | IN_DELETE_SELF |           \
	 IN_MOVE_SELF | IN_ONLYDIR)

struct watch_list {
	int *items;
	size_t count, capacity;
};

static void list_finish(struct watch_list *list)
{
	free(list->items);
}

static bool list_has(const int *items, size_t count, int watch)
{
	for (size_t i = 0; i < count; i++) {
		if (items[i] == watch)
			return true;
	}
	return false;
}

static int list_add(struct watch_list *list, int watch, struct cen_error **err)
{
	if (list_has(list->items, list->count, watch))
		return 0;
	if (_cen_grow(&list->items, &list->capacity, list->count, sizeof(*list->items)))
		return _cen_error_no_memory(err);
	list->items[list->count++] = watch;
	return 0;
}

static int refuse_system(struct cen_error **err, const char *file, const char *call)
{
	int errnum = errno;

	return _cen_error_set(err, CEN_ERROR_SYSTEM, errnum, &(struct error_facts){.device = file, .call = call},
			      "%s: %s: %s", file, call, strerror(errnum));
}

/* The folder that a file is in, or the nearest one above it that can be watched. */
static int watch_above(int fd, const char *file, struct watch_list *list, struct cen_error **err)
{
	_cleanup_free_ char *path = strdup(file);
	char *slash;
	int watch;

	if (!path)
		return _cen_error_no_memory(err);
	do {
		slash = strrchr(path, '/');
		if (!slash)
			return 0;
		slash[slash == path] = '\0';
		watch = inotify_add_watch(fd, path, WATCHED);
		if (watch >= 0)
			return list_add(list, watch, err);
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			return refuse_system(err, path, "inotify_add_watch");
	} while (slash != path);
	return 0;
}

static int watch_file(int fd, const char *file, struct watch_list *list, struct cen_error **err)
{
	_cleanup_free_ char *target = realpath(file, NULL);
	int ret = watch_above(fd, file, list, err);

	/* A symbolic link: what it leads to lies in another folder. */
	if (ret == 0 && target && strcmp(target, file) != 0)
		ret = watch_above(fd, target, list, err);
	return ret;
}

int _cen_config_arm_watches(struct cen_context *ctx, struct cen_error **err)
{
	_cleanup_(list_finish) struct watch_list list = {0};
	struct config *config = &ctx->config;
	struct watch_list old;

	for (size_t i = 0; i < config->paths.count; i++) {
		int ret = watch_file(config->watch, config->paths.items[i], &list, err);

		if (ret < 0)
			return ret;
	}
	old = (struct watch_list){config->watches, config->watch_count, config->watch_capacity};
	config->watches = list.items;
	config->watch_count = list.count;
	config->watch_capacity = list.capacity;
	/* One whose folder is gone went with it. */
	for (size_t i = 0; i < old.count; i++) {
		if (!list_has(config->watches, config->watch_count, old.items[i]))
			inotify_rm_watch(config->watch, old.items[i]);
	}
	list = old;
	return 0;
}

int cen_context_watch_map(struct cen_context *ctx, int *fd, struct cen_error **err)
{
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(ctx);
	struct config *config = &ctx->config;
	struct cen_map *map;
	int ret;

	*fd = -1;
	if (config->watch < 0) {
		/* Where the files are, is known from here on. */
		ret = cen_context_get_map(ctx, &map, err);
		if (ret < 0)
			return ret;
		cen_map_unref(map);
		config->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
		if (config->watch < 0)
			return refuse_system(err, "configuration files", "inotify_init1");
		ret = _cen_config_arm_watches(ctx, err);
		if (ret < 0) {
			close(config->watch);
			config->watch = -1;
			return ret;
		}
	}
	*fd = config->watch;
	return 0;
}

/* Whether anything was there to be read. */
static bool drain(int fd)
{
	char events[sizeof(struct inotify_event) + NAME_MAX + 1];
	bool any = false;
	ssize_t got;

	do {
		got = read(fd, events, sizeof(events));
		any = any || got > 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return any;
}

int cen_context_dispatch_map(struct cen_context *ctx, struct cen_error **err)
{
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(ctx);
	int ret;

	if (ctx->config.watch < 0)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "cen_context_watch_map() was not called: there is nothing to dispatch");
	if (!drain(ctx->config.watch))
		return 0;
	/* First the watches, then the files: what changes between the two is read, or told again. */
	ret = _cen_config_arm_watches(ctx, err);
	return ret < 0 ? ret : cen_context_reload_map(ctx, err);
}
