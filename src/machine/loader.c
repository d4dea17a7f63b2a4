/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Plug-ins: every *.so of the backend directories, in lexical order. One that is bad is reported and skipped. */
#include "loader.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "context.h"
#include "options.h"
#include "util.h"

#define SUFFIX ".so"
#define TOPIC "loader"

typedef int (*entry_function)(uint32_t host_abi, const struct cen_backend **out);

bool _cen_loader_is_masked(const struct masked_names *masked, const char *name)
{
	for (size_t n = 0; n < masked->count; n++) {
		if (strcmp(masked->items[n], name) == 0)
			return true;
	}
	return false;
}

void _cen_loader_free_masked(struct masked_names *masked)
{
	for (size_t n = 0; n < masked->count; n++)
		free(masked->items[n]);
	free(masked->items);
	*masked = (struct masked_names){0};
}

static int mask(struct masked_names *masked, const char *name)
{
	if (_cen_loader_is_masked(masked, name))
		return 0;
	if (_cen_grow(&masked->items, &masked->capacity, masked->count, sizeof(*masked->items)) < 0)
		return -ENOMEM;
	masked->items[masked->count] = strdup(name);
	if (!masked->items[masked->count])
		return -ENOMEM;
	masked->count++;
	return 0;
}

static bool is_plugin_name(const char *name)
{
	size_t length = strlen(name);

	return length > strlen(SUFFIX) && strcmp(name + length - strlen(SUFFIX), SUFFIX) == 0;
}

static int filter(const struct dirent *entry)
{
	return is_plugin_name(entry->d_name);
}

/* alphasort() follows the locale: the same directory would load in another order elsewhere. */
static int compare_entries(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void skip(struct cen_context *ctx, const char *path, const char *reason)
{
	_cen_log(ctx, CEN_LOG_WARNING, TOPIC, "%s: plug-in skipped: %s", path, reason);
}

/* The table of a plug-in; NULL when it cannot be had, with the reason logged. */
static const struct cen_backend *open_plugin(struct cen_context *ctx, const char *path)
{
	const struct cen_backend *table = NULL;
	entry_function entry;
	char text[192];
	void *handle;
	int ret;

	/* Never closed again: a backend may have threads, and its table must outlive every buffer it made. */
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		const char *error = dlerror();

		skip(ctx, path, error ? error : "dlopen() failed");
		return NULL;
	}
	entry = (entry_function)dlsym(handle, "cen_backend_entry_v1");
	if (!entry) {
		skip(ctx, path, "it has no symbol cen_backend_entry_v1");
		return NULL;
	}
	ret = entry(CEN_BACKEND_ABI, &table);
	if (ret == -EPROTONOSUPPORT) {
		snprintf(text, sizeof(text), "it needs a newer library: this one speaks ABI %u", CEN_BACKEND_ABI);
		skip(ctx, path, text);
		return NULL;
	}
	if (ret < 0) {
		snprintf(text, sizeof(text), "its entry point failed with %d", ret);
		skip(ctx, path, text);
		return NULL;
	}
	if (_cen_backend_check(table)) {
		skip(ctx, path, _cen_backend_check(table));
		return NULL;
	}
	return table;
}

static int load(struct cen_context *ctx, const struct masked_names *masked, const char *path)
{
	const struct cen_backend *table = open_plugin(ctx, path);
	int ret;

	if (!table)
		return 0;
	if (_cen_loader_is_masked(masked, table->name)) {
		skip(ctx, path, "its name is masked by an empty file");
		return 0;
	}
	ret = _cen_registry_add(ctx, table, BACKEND_LOADED);
	if (ret == -EEXIST)
		skip(ctx, path, "a backend of the same name came first");
	else if (ret == 0)
		_cen_log(ctx, CEN_LOG_DEBUG, TOPIC, "%s: loaded backend \"%s\", ABI %u", path, table->name, table->abi);
	return ret == -EEXIST ? 0 : ret;
}

/* One file of a directory. Its name without suffix stands for the backend, so that a file need not be opened. */
static int consider(struct cen_context *ctx, struct masked_names *masked, const char *dir, const char *file)
{
	_cleanup_free_ char *path = NULL;
	char name[NAME_MAX + 1];
	struct stat st;

	snprintf(name, sizeof(name), "%.*s", (int)(strlen(file) - strlen(SUFFIX)), file);
	if (asprintf(&path, "%s/%s", dir, file) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (stat(path, &st) < 0) {
		skip(ctx, path, strerror(errno));
		return 0;
	}
	/* dlopen() of a fifo would wait for a writer. */
	if (!S_ISREG(st.st_mode)) {
		skip(ctx, path, "it is not a regular file");
		return 0;
	}
	if (_cen_registry_find(&ctx->registry, name)) {
		skip(ctx, path, "a backend of the same name came first");
		return 0;
	}
	if (_cen_loader_is_masked(masked, name)) {
		skip(ctx, path, "its name is masked by an empty file");
		return 0;
	}
	if (st.st_size == 0)
		return mask(masked, name);
	return load(ctx, masked, path);
}

static int run_dir(struct cen_context *ctx, struct masked_names *masked, const char *dir)
{
	struct dirent **entries = NULL;
	int count, ret = 0;

	if (dir[0] != '/') {
		_cen_log(ctx, CEN_LOG_WARNING, TOPIC, "backend directory \"%s\" is not absolute: not searched", dir);
		return 0;
	}
	count = scandir(dir, &entries, filter, compare_entries);
	if (count < 0) {
		if (errno == ENOMEM)
			return -ENOMEM;
		_cen_log(ctx, errno == ENOENT ? CEN_LOG_DEBUG : CEN_LOG_WARNING, TOPIC, "%s: not searched: %s", dir,
			 strerror(errno));
		return 0;
	}
	for (int n = 0; n < count; n++) {
		if (ret == 0)
			ret = consider(ctx, masked, dir, entries[n]->d_name);
		free(entries[n]);
	}
	free(entries);
	return ret;
}

/* Directories of a colon list. An empty element is no directory. */
static int run_list(struct cen_context *ctx, struct masked_names *masked, const char *list)
{
	int ret = 0;

	while (ret == 0 && *list) {
		size_t bytes = strcspn(list, ":");
		char dir[PATH_MAX];

		if (bytes < sizeof(dir)) {
			snprintf(dir, sizeof(dir), "%.*s", (int)bytes, list);
			ret = bytes > 0 ? run_dir(ctx, masked, dir) : 0;
		} else {
			_cen_log(ctx, CEN_LOG_WARNING, TOPIC, "a backend directory is longer than %d: not searched",
				 PATH_MAX - 1);
		}
		list += bytes + (list[bytes] == ':');
	}
	return ret;
}

int _cen_loader_run(struct cen_context *ctx, struct masked_names *masked)
{
	const char *list = _cen_option_backend_path(ctx);
	int ret = 0;

	for (size_t n = ctx->dirs.count; ret == 0 && n > 0; n--)
		ret = run_dir(ctx, masked, ctx->dirs.items[n - 1]);
	if (ret == 0 && list)
		ret = run_list(ctx, masked, list);
	return ret < 0 ? ret : run_dir(ctx, masked, CEN_BACKEND_DIR);
}
