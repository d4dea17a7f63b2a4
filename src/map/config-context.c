/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The map in force in a context: of the program, the environment, the files. */
#include <errno.h>
#include <stdio.h>

#include "cleanup.h"
#include "config.h"
#include "context.h"
#include "error.h"
#include "map.h"
#include "options.h"
#include "util.h"

#define TOPIC "map"
#define CONFIG_NAME "cenalloc.conf"

void _cen_config_init(struct config *config)
{
	config->watch = -1;
}

void _cen_config_finish(struct config *config)
{
	cen_map_unref(config->own);
	cen_map_unref(config->map);
	cen_map_unref(config->noted);
	_cen_path_list_finish(&config->paths);
	_cen_config_regions_finish(&config->regions);
	free(config->watches);
	if (config->watch >= 0)
		close(config->watch);
}

/* The user's file, then the system's. */
static int add_usual_paths(struct cen_context *ctx)
{
	_cleanup_free_ char *folder = NULL;
	char *path;
	int ret = _cen_option_user_folder(ctx, &folder);

	if (ret < 0)
		return ret;
	if (folder) {
		if (asprintf(&path, "%s/" CONFIG_NAME, folder) < 0)
			return -ENOMEM;
		ret = _cen_path_list_add(&ctx->config.paths, path);
	}
	return ret < 0 ? ret : _cen_path_list_add(&ctx->config.paths, strdup(CEN_SYSCONFDIR "/" CONFIG_NAME));
}

/* Where the files are, once. */
static int find_paths(struct cen_context *ctx)
{
	const char *list = _cen_option_config(ctx);
	int ret;

	if (ctx->config.paths.count || ctx->flags & CEN_CONTEXT_NO_ENVIRONMENT)
		return 0;
	ret = list ? _cen_path_list_add_listed(&ctx->config.paths, ctx, TOPIC, "CENALLOC_CONFIG", list)
		   : add_usual_paths(ctx);
	if (ret < 0)
		_cen_path_list_finish(&ctx->config.paths);
	return ret;
}

/* One that does not exist says nothing: no error, no map. */
static int read_file(const char *path, struct config_regions *regions, struct cen_map **map, struct cen_error **err)
{
	_cleanup_error_ struct cen_error *failure = NULL;
	int ret = _cen_config_read(path, regions, map, &failure);

	if (ret == -ENOENT || ret == -ENOTDIR)
		return 0;
	if (ret < 0 && err)
		*err = STEAL(failure);
	return ret;
}

static int read_variable(const struct cen_context *ctx, struct cen_map **map, struct cen_error **err)
{
	static const struct map_place start = {.file = "CENALLOC_MAP", .line = 1, .column = 1};
	const char *text = _cen_option_map(ctx);
	int ret;

	*map = NULL;
	if (!text)
		return 0;
	*map = _cen_map_create(start.file);
	if (!*map)
		return _cen_error_no_memory(err);
	/* Set and empty: no map, whatever the files say. */
	ret = *text ? _cen_map_append(*map, text, strlen(text), &start, err) : 0;
	if (ret == 0)
		ret = _cen_map_finish(*map, err);
	if (ret < 0) {
		cen_map_unref(*map);
		*map = NULL;
	}
	return ret;
}

/* A part that could not be read: strict ends the reading with the error, otherwise it is logged and passed over. */
static int pass_over(const struct cen_context *ctx, bool is_strict, int ret, struct cen_error **failure,
		     struct cen_error **err)
{
	if (ret == 0)
		return 0;
	_cen_log(ctx, CEN_LOG_ERROR, TOPIC, "%s: %s", is_strict ? "the map stays as it was" : "passed over",
		 *failure ? cen_error_get_message(*failure) : strerror(-ret));
	if (ret != -ENOMEM && !is_strict) {
		cen_error_destroy(*failure);
		*failure = NULL;
		return 0;
	}
	if (err && !*err)
		*err = STEAL(*failure);
	return ret;
}

/* Environment and files: the first map there is. regions NULL: they are not wanted. */
static int read_layers(struct cen_context *ctx, bool is_strict, struct config_regions *regions, struct cen_map **out,
		       struct cen_error **err)
{
	_cleanup_error_ struct cen_error *failure = NULL;
	_cleanup_(_cen_map_cleanup) struct cen_map *first = NULL;
	int ret = find_paths(ctx);

	if (ret < 0)
		return _cen_error_no_memory(err);
	ret = pass_over(ctx, is_strict, read_variable(ctx, &first, &failure), &failure, err);
	for (size_t i = 0; ret == 0 && i < ctx->config.paths.count; i++) {
		_cleanup_(_cen_map_cleanup) struct cen_map *map = NULL;

		ret = read_file(ctx->config.paths.items[i], regions, &map, &failure);
		ret = pass_over(ctx, is_strict, ret, &failure, err);
		if (!first)
			first = STEAL(map);
	}
	if (ret == 0)
		*out = STEAL(first);
	return ret;
}

static int read_once(struct cen_context *ctx, struct cen_error **err)
{
	struct config *config = &ctx->config;
	int ret;

	if (config->is_read)
		return 0;
	ret = read_layers(ctx, false, &config->regions, &config->map, err);
	if (ret < 0)
		_cen_config_regions_finish(&config->regions);
	config->is_read = ret == 0;
	return ret;
}

/* A map without rules is that of an empty variable: it says that there is none. */
static struct cen_map *get_in_force(const struct config *config)
{
	struct cen_map *map = config->own ? config->own : config->map;

	return map && map->rule_count ? map : NULL;
}

int cen_context_set_map(struct cen_context *ctx, struct cen_map *map)
{
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(ctx);

	if (map)
		cen_map_ref(map);
	cen_map_unref(ctx->config.own);
	ctx->config.own = map;
	return 0;
}

int cen_context_get_map(struct cen_context *ctx, struct cen_map **out, struct cen_error **err)
{
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(ctx);
	struct cen_map *map;
	int ret = ctx->config.own ? 0 : read_once(ctx, err);

	*out = NULL;
	if (ret < 0)
		return ret;
	map = get_in_force(&ctx->config);
	*out = map ? cen_map_ref(map) : NULL;
	return 0;
}

const struct config_region *_cen_config_get_region(struct cen_context *ctx, size_t index)
{
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(ctx);

	if (read_once(ctx, NULL) < 0)
		return NULL;
	return index < ctx->config.regions.count ? &ctx->config.regions.items[index] : NULL;
}

int cen_context_reload_map(struct cen_context *ctx, struct cen_error **err)
{
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(ctx);
	_cleanup_(_cen_map_cleanup) struct cen_map *before = NULL, *map = NULL;
	struct config *config = &ctx->config;
	int ret;

	if (get_in_force(config))
		before = cen_map_ref(get_in_force(config));
	/* Regions are read once, by whoever comes first. */
	ret = read_layers(ctx, true, config->is_read ? NULL : &config->regions, &map, err);
	if (ret < 0) {
		if (!config->is_read)
			_cen_config_regions_finish(&config->regions);
		return ret;
	}
	config->is_read = true;
	cen_map_unref(config->map);
	config->map = STEAL(map);
	return !_cen_map_equal(before, get_in_force(config));
}

/* The file alone in place of all others. */
static int take_path(struct config *config, const char *path, struct cen_error **err)
{
	struct path_list paths = {0};

	if (_cen_path_list_add(&paths, strdup(path)) < 0)
		return _cen_error_no_memory(err);
	_cen_path_list_finish(&config->paths);
	config->paths = paths;
	return 0;
}

int cen_context_load_config(struct cen_context *ctx, const char *path, struct cen_error **err)
{
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(ctx);
	_cleanup_(_cen_config_regions_finish) struct config_regions regions = {0};
	_cleanup_(_cen_map_cleanup) struct cen_map *map = NULL, *variable = NULL;
	struct config *config = &ctx->config;
	int ret;

	if (!path || path[0] != '/')
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "configuration file \"%s\": an absolute path is needed", path ? path : "");
	ret = _cen_config_read(path, &regions, &map, err);
	if (ret == 0)
		ret = pass_over(ctx, false, read_variable(ctx, &variable, NULL), &(struct cen_error *){NULL}, err);
	if (ret == 0)
		ret = take_path(config, path, err);
	if (ret < 0)
		return ret;
	_cen_config_regions_finish(&config->regions);
	config->regions = regions;
	regions = (struct config_regions){0};
	cen_map_unref(config->map);
	config->map = variable ? STEAL(variable) : STEAL(map);
	config->is_read = true;
	if (config->watch >= 0 && _cen_config_arm_watches(ctx, NULL) < 0)
		_cen_log(ctx, CEN_LOG_WARNING, TOPIC, "%s: cannot be watched", path);
	return 0;
}
