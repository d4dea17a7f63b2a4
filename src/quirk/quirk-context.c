/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Which files of quirks there are: *.json of some folders. Names are what counts: a file of a later folder stands in
 * place of one of the same name, and whatever folder they are in, files apply in the order of their names.
 */
#include "quirk-context.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "cleanup.h"
#include "context.h"
#include "error.h"
#include "options.h"
#include "read-file.h"
#include "util.h"

#define SUFFIX ".json"
#define FOLDER "/cenalloc/quirks.d"
#define TOPIC "quirks"

void _cen_quirks_finish(struct quirks *quirks)
{
	_cen_path_list_finish(&quirks->dirs);
	for (size_t i = 0; i < quirks->file_count; i++)
		_cen_quirk_file_finish(&quirks->files[i]);
	free(quirks->files);
	free(quirks->items);
	*quirks = (struct quirks){0};
}

/* Those of the installation, the system and the user. */
static int add_usual_dirs(struct cen_context *ctx, struct path_list *dirs)
{
	_cleanup_free_ char *folder = NULL;
	char *dir;

	if (_cen_path_list_add(dirs, strdup(CEN_DATADIR FOLDER)) < 0)
		return -ENOMEM;
	if (ctx->flags & CEN_CONTEXT_NO_ENVIRONMENT)
		return 0;
	if (_cen_path_list_add(dirs, strdup(CEN_SYSCONFDIR FOLDER)) < 0 || _cen_option_user_folder(ctx, &folder) < 0)
		return -ENOMEM;
	if (!folder)
		return 0;
	return _cen_path_list_add(dirs, asprintf(&dir, "%s" FOLDER, folder) < 0 ? NULL : dir);
}

/* The folders, the one that weighs most last. */
static int find_dirs(struct cen_context *ctx, struct path_list *dirs)
{
	const char *list = _cen_option_quirks_path(ctx);
	int ret = list ? _cen_path_list_add_listed(dirs, ctx, TOPIC, "CENALLOC_QUIRKS_PATH", list)
		       : add_usual_dirs(ctx, dirs);

	for (size_t i = 0; ret == 0 && i < ctx->quirks.dirs.count; i++)
		ret = _cen_path_list_add(dirs, strdup(ctx->quirks.dirs.items[i]));
	return ret;
}

/* Hidden files are those of editors. */
static int is_quirk_file(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > strlen(SUFFIX) &&
	       strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX) == 0;
}

/* alphasort() follows the locale: the same files would apply in another order elsewhere. */
static int compare_entries(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_files(struct cen_context *ctx, const char *dir, struct path_list *paths)
{
	struct dirent **entries = NULL;
	int count = scandir(dir, &entries, is_quirk_file, compare_entries), ret = 0;

	if (count < 0) {
		if (errno == ENOMEM)
			return -ENOMEM;
		_cen_log(ctx, errno == ENOENT || errno == ENOTDIR ? CEN_LOG_DEBUG : CEN_LOG_WARNING, TOPIC,
			 "%s: not searched: %s", dir, strerror(errno));
		return 0;
	}
	for (int i = 0; i < count; i++) {
		char *path;

		if (ret == 0 && paths->count == QUIRK_MAX_FILES)
			_cen_log(ctx, CEN_LOG_WARNING, TOPIC, "%s/%s: passed over: more than %u files", dir,
				 entries[i]->d_name, QUIRK_MAX_FILES);
		else if (ret == 0)
			ret = _cen_path_list_add(paths,
						 asprintf(&path, "%s/%s", dir, entries[i]->d_name) < 0 ? NULL : path);
		free(entries[i]);
	}
	free(entries);
	return ret;
}

static const char *name_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* By name, those of one name by the weight of their folders: they come in that order, so the sort must be stable. */
static void sort_by_name(struct path_list *paths)
{
	for (size_t i = 1; i < paths->count; i++) {
		char *path = paths->items[i];
		size_t at = i;

		for (; at > 0 && strcmp(name_of(paths->items[at - 1]), name_of(path)) > 0; at--)
			paths->items[at] = paths->items[at - 1];
		paths->items[at] = path;
	}
}

/*
 * Returns 1 and the file, which may be empty; 0 for one that is bad, which is logged; -ENOMEM. A bad file must not hide
 * what another folder has of its name.
 */
static int read_file(struct cen_context *ctx, const char *path, struct quirk_file *file)
{
	_cleanup_error_ struct cen_error *err = NULL;
	_cleanup_free_ char *text = NULL;
	size_t bytes = 0;
	int ret = _cen_read_file(path, QUIRK_MAX_BYTES, &text, &bytes, &err);

	*file = (struct quirk_file){0};
	if (ret == 0)
		ret = _cen_quirk_file_parse(path, text, bytes, file, &err);
	if (ret == 0) {
		_cen_log(ctx, CEN_LOG_DEBUG, TOPIC, "%s: %zu quirks", path, file->count);
		return 1;
	}
	_cen_quirk_file_finish(file);
	if (ret == -ENOMEM)
		return ret;
	_cen_log(ctx, CEN_LOG_ERROR, TOPIC, "passed over: %s", err ? cen_error_get_message(err) : strerror(-ret));
	return 0;
}

/* Of the files of one name, paths[0..count-1], the last that is good. */
static int read_name(struct cen_context *ctx, char **paths, size_t count)
{
	struct quirks *quirks = &ctx->quirks;

	if (_cen_grow(&quirks->files, &quirks->file_capacity, quirks->file_count, sizeof(*quirks->files)) < 0)
		return -ENOMEM;
	while (count-- > 0) {
		int ret = read_file(ctx, paths[count], &quirks->files[quirks->file_count]);

		if (ret < 0)
			return ret;
		if (ret == 1) {
			quirks->file_count++;
			return 0;
		}
	}
	return 0;
}

static int read_files(struct cen_context *ctx, const struct path_list *paths)
{
	int ret = 0;

	for (size_t first = 0, end; ret == 0 && first < paths->count; first = end) {
		for (end = first + 1; end < paths->count; end++) {
			if (strcmp(name_of(paths->items[first]), name_of(paths->items[end])) != 0)
				break;
		}
		ret = read_name(ctx, &paths->items[first], end - first);
	}
	return ret;
}

/* Whether a file behind this one has a quirk of this name. */
static bool is_replaced(const struct quirks *quirks, size_t file, const char *name)
{
	for (size_t i = file + 1; i < quirks->file_count; i++) {
		for (size_t q = 0; q < quirks->files[i].count; q++) {
			if (strcmp(quirks->files[i].quirks[q].name, name) == 0)
				return true;
		}
	}
	return false;
}

/* All quirks in their order, those left out in whose place a later file has one. */
static int line_up(struct cen_context *ctx)
{
	struct quirks *quirks = &ctx->quirks;
	size_t total = 0;

	for (size_t i = 0; i < quirks->file_count; i++)
		total += quirks->files[i].count;
	quirks->items = calloc(total + 1, sizeof(*quirks->items));
	if (!quirks->items)
		return -ENOMEM;
	for (size_t i = 0; i < quirks->file_count; i++) {
		for (size_t q = 0; q < quirks->files[i].count; q++) {
			const struct quirk *quirk = &quirks->files[i].quirks[q];

			if (is_replaced(quirks, i, quirk->name))
				_cen_log(ctx, CEN_LOG_DEBUG, TOPIC, "%s: a later file has another quirk %s",
					 quirk->place, quirk->name);
			else
				quirks->items[quirks->count++] = quirk;
		}
	}
	return 0;
}

/* What was read before there was no memory; the folders stay. */
static void drop_files(struct quirks *quirks)
{
	while (quirks->file_count > 0)
		_cen_quirk_file_finish(&quirks->files[--quirks->file_count]);
}

int _cen_quirks_read(struct cen_context *ctx, struct cen_error **err)
{
	_cleanup_(_cen_path_list_finish) struct path_list dirs = {0}, paths = {0};
	int ret;

	if (ctx->quirks.is_read)
		return 0;
	ret = find_dirs(ctx, &dirs);
	for (size_t i = 0; ret == 0 && i < dirs.count; i++)
		ret = add_files(ctx, dirs.items[i], &paths);
	sort_by_name(&paths);
	if (ret == 0)
		ret = read_files(ctx, &paths);
	if (ret == 0)
		ret = line_up(ctx);
	if (ret < 0) {
		drop_files(&ctx->quirks);
		return _cen_error_no_memory(err);
	}
	ctx->quirks.is_read = true;
	return 0;
}

int cen_context_add_quirk_dir(struct cen_context *ctx, const char *dir, struct cen_error **err)
{
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(ctx);
	struct quirks *quirks = &ctx->quirks;

	if (!dir || dir[0] != '/')
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "quirk directory \"%s\": an absolute path is needed", dir ? dir : "");
	if (quirks->is_read)
		return _cen_error_set(err, CEN_ERROR_BUSY, EBUSY, NULL,
				      "a machine was made from this context already: quirks come before the first");
	return _cen_path_list_add(&quirks->dirs, strdup(dir)) < 0 ? _cen_error_no_memory(err) : 0;
}
