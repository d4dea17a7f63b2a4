/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Algorithms of regions: checked, listed by name, and begun for the regions that wait for them. */
#include "region-algorithm.h"

#include <errno.h>

#include "context.h"
#include "error.h"
#include "region.h"
#include "registry.h"
#include "util.h"

/* More than any backend has: a number that was never set is seldom small. */
#define ALGORITHMS_MAX 64u

#define ALGORITHM_SIZE_V3                                                                                              \
	(offsetof(struct cen_region_algorithm, get_largest_free) +                                                     \
	 sizeof(((struct cen_region_algorithm *)0)->get_largest_free))

/* What is wrong with a table, in words; NULL when nothing is. One without all of its operations is not added. */
static const char *check_algorithm(const struct cen_region_algorithm *algorithm)
{
	if (!algorithm)
		return "its table is NULL";
	if (algorithm->size < ALGORITHM_SIZE_V3)
		return "its table is smaller than that of ABI 3";
	if (!algorithm->name)
		return "its table has no name";
	if (!_cen_is_name(algorithm->name))
		return "its name is not 1 to 31 letters, digits and '-'";
	if (!algorithm->description)
		return "its table has no description";
	if (!algorithm->init || !algorithm->cleanup)
		return "its table has no init() or cleanup()";
	if (!algorithm->alloc || !algorithm->free || !algorithm->get_largest_free)
		return "its table has no alloc(), free() or get_largest_free()";
	return NULL;
}

const struct cen_region_algorithm *_cen_algorithm_find(const struct cen_context *ctx, const char *name)
{
	for (size_t n = 0; n < ctx->algorithm_count; n++) {
		if (!name || strcmp(ctx->algorithms[n]->name, name) == 0)
			return ctx->algorithms[n];
	}
	return NULL;
}

/* Returns 0, -EEXIST or -ENOMEM. */
static int add_algorithm(struct cen_context *ctx, const struct cen_region_algorithm *algorithm)
{
	if (_cen_algorithm_find(ctx, algorithm->name))
		return -EEXIST;
	if (_cen_grow(&ctx->algorithms, &ctx->algorithm_capacity, ctx->algorithm_count,
		      sizeof(const struct cen_region_algorithm *)) < 0)
		return -ENOMEM;
	ctx->algorithms[ctx->algorithm_count++] = algorithm;
	return 0;
}

static bool has_algorithms(const struct cen_backend *table)
{
	return BACKEND_OPERATION(table, algorithms) &&
	       table->size >= offsetof(struct cen_backend, algorithm_count) + sizeof(table->algorithm_count);
}

int _cen_algorithms_add_backend(struct cen_context *ctx, const struct cen_backend *table)
{
	if (!has_algorithms(table))
		return 0;
	if (table->algorithm_count > ALGORITHMS_MAX) {
		_cen_log(ctx, CEN_LOG_WARNING, REGION_TOPIC,
			 "backend %s: it has %zu algorithms, more than %u: none taken", table->name,
			 table->algorithm_count, ALGORITHMS_MAX);
		return 0;
	}
	for (size_t n = 0; n < table->algorithm_count; n++) {
		const struct cen_region_algorithm *algorithm = table->algorithms[n];
		const char *reason = check_algorithm(algorithm);
		int ret = reason ? -EINVAL : add_algorithm(ctx, algorithm);

		if (ret == -ENOMEM)
			return ret;
		if (ret == -EEXIST && _cen_algorithm_find(ctx, algorithm->name) != algorithm)
			reason = "another algorithm of this name came first";
		if (reason)
			_cen_log(ctx, CEN_LOG_WARNING, REGION_TOPIC, "backend %s: algorithm %s not taken: %s",
				 table->name, algorithm && algorithm->name ? algorithm->name : "?", reason);
	}
	_cen_regions_begin_waiting(ctx);
	return 0;
}

int cen_context_add_region_algorithm(struct cen_context *ctx, const struct cen_region_algorithm *algorithm,
				     struct cen_error **err)
{
	const char *reason = check_algorithm(algorithm);
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(ctx);
	int ret;

	if (reason)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "the algorithm is not acceptable: %s",
				      reason);
	ret = add_algorithm(ctx, algorithm);
	if (ret == -EEXIST)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EEXIST, NULL,
				      "an algorithm with the name \"%s\" was registered already", algorithm->name);
	if (ret < 0)
		return _cen_error_no_memory(err);
	_cen_regions_begin_waiting(ctx);
	return 0;
}

static void begin_with(struct cen_region *region, const struct cen_region_algorithm *algorithm)
{
	_cleanup_region_lock_ struct cen_region *lock = _cen_region_lock(region);
	char label[REGION_LABEL_SIZE];
	int ret = algorithm->init(region->bytes, _cen_page_bytes(), &region->algorithm_state);

	if (ret == 0) {
		region->algorithm = algorithm;
		region->state = CEN_REGION_USABLE;
		return;
	}
	region->state = CEN_REGION_FAILED;
	region->algorithm_error = ret < 0 && ret >= -4095 ? ret : -EPROTO;
	_cen_log(region->ctx, CEN_LOG_ERROR, REGION_TOPIC, "%s: not usable: algorithm %s: %s",
		 _cen_region_label(region, label), algorithm->name, strerror(-region->algorithm_error));
}

void _cen_region_begin(struct cen_region *region)
{
	const struct cen_region_algorithm *algorithm = _cen_algorithm_find(region->ctx, region->algorithm_name);
	char label[REGION_LABEL_SIZE];

	if (algorithm) {
		begin_with(region, algorithm);
		return;
	}
	pthread_mutex_lock(&region->lock);
	region->state = CEN_REGION_WAITING;
	pthread_mutex_unlock(&region->lock);
	_cen_log(region->ctx, CEN_LOG_INFO, REGION_TOPIC, "%s: waits for algorithm %s",
		 _cen_region_label(region, label), region->algorithm_name ? region->algorithm_name : "(any)");
}

void _cen_regions_begin_waiting(struct cen_context *ctx)
{
	for (size_t n = 0; n < ctx->region_count; n++) {
		struct cen_region *region = ctx->regions[n];

		if (region->state == CEN_REGION_WAITING && _cen_algorithm_find(ctx, region->algorithm_name))
			_cen_region_begin(region);
	}
}
