/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The life of a region: declared, reserved, registered, unregistered. */
#include "region.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "context.h"
#include "descriptor.h"
#include "error.h"
#include "machine.h"
#include "util.h"

#define INFO_SIZE_V1 (offsetof(struct cen_region_info, chunk_count) + sizeof(uint64_t))

static const char *const state_names[] = {
	[CEN_REGION_DECLARED] = "declared", [CEN_REGION_RESERVED] = "reserved",
	[CEN_REGION_USABLE] = "usable",     [CEN_REGION_WAITING] = "waiting",
	[CEN_REGION_FAILED] = "failed",     [CEN_REGION_UNREGISTERED] = "unregistered",
};

const char *cen_region_state_get_name(uint32_t state)
{
	return state < ARRAY_LENGTH(state_names) && state_names[state] ? state_names[state] : "unknown";
}

char *_cen_region_label(const struct cen_region *region, char buf[REGION_LABEL_SIZE])
{
	if (region->name)
		snprintf(buf, REGION_LABEL_SIZE, "region %s", region->name);
	else
		snprintf(buf, REGION_LABEL_SIZE, "a private region");
	return buf;
}

struct cen_region *_cen_region_lock(struct cen_region *region)
{
	pthread_mutex_lock(&region->lock);
	return region;
}

void _cen_region_unlock_cleanup(struct cen_region **region)
{
	pthread_mutex_unlock(&(*region)->lock);
}

struct cen_region *cen_region_ref(struct cen_region *region)
{
	atomic_fetch_add_explicit(&region->refs, 1, memory_order_relaxed);
	return region;
}

/* Nobody has it any more, or nobody may use it: the algorithm ends and the memory goes. */
static void drop_memory(struct cen_region *region)
{
	if (region->algorithm)
		region->algorithm->cleanup(region->algorithm_state);
	region->algorithm = NULL;
	region->algorithm_state = NULL;
	if (region->memory.object.fd >= 0)
		close(region->memory.object.fd);
	region->memory.object.fd = -1;
}

static void destroy(struct cen_region *region)
{
	struct cen_context *ctx = _cen_context_lock(region->ctx);

	_cen_region_list_remove(region);
	_cen_context_unlock_cleanup(&ctx);
	drop_memory(region);
	_cen_source_destroy(region->memory.source);
	free(region->chunks);
	free(region->name);
	free(region->note);
	free(region->algorithm_name);
	pthread_mutex_destroy(&region->lock);
	free(region);
	_cen_context_unref(ctx);
}

void cen_region_unref(struct cen_region *region)
{
	if (region && atomic_fetch_sub_explicit(&region->refs, 1, memory_order_acq_rel) == 1)
		destroy(region);
}

static int refuse_name(const struct cen_machine *machine, const char *name, struct cen_error **err)
{
	const struct cen_source *source;

	if (_cen_region_find(machine->ctx, machine, name))
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EEXIST, NULL,
				      "region %s: there is a region of this name already", name);
	if (cen_machine_find_source(machine, name, &source, NULL) == 0)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EEXIST, NULL, "region %s: a source has this name", name);
	return 0;
}

int cen_region_declare(struct cen_machine *machine, const struct cen_region_desc *desc, struct cen_region **out,
		       struct cen_error **err)
{
	_cleanup_region_ struct cen_region *region = NULL;
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(machine->ctx);
	int ret;

	*out = NULL;
	ret = _cen_region_make(machine, desc, &region, err);
	if (ret == 0 && region->name)
		ret = refuse_name(machine, region->name, err);
	if (ret < 0)
		return ret;
	if (_cen_region_list_add(region) < 0)
		return _cen_error_no_memory(err);
	*out = STEAL(region);
	return 0;
}

static int refuse_unregistered(const struct cen_region *region, struct cen_error **err)
{
	char label[REGION_LABEL_SIZE];

	return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "%s: it was unregistered",
			      _cen_region_label(region, label));
}

int cen_region_reserve(struct cen_region *region, struct cen_error **err)
{
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(region->ctx);
	uint64_t start = 0;
	int ret;

	if (region->state == CEN_REGION_UNREGISTERED)
		return refuse_unregistered(region, err);
	if (region->state != CEN_REGION_DECLARED)
		return 0;
	ret = _cen_region_memory_take(region, err);
	if (ret == 0)
		ret = _cen_region_choose_start(region, &start, err);
	if (ret < 0)
		return ret;
	pthread_mutex_lock(&region->lock);
	region->start = start;
	region->state = CEN_REGION_RESERVED;
	pthread_mutex_unlock(&region->lock);
	return 0;
}

int cen_region_register(struct cen_region *region, struct cen_error **err)
{
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(region->ctx);
	int ret = cen_region_reserve(region, err);

	if (ret < 0 || region->state != CEN_REGION_RESERVED)
		return ret;
	ret = _cen_region_check_overlap(region, err);
	if (ret == 0)
		_cen_region_begin(region);
	return ret;
}

int cen_region_create(struct cen_machine *machine, const struct cen_region_desc *desc, struct cen_region **out,
		      struct cen_error **err)
{
	struct cen_region *region = NULL;
	int ret = cen_region_declare(machine, desc, &region, err);

	*out = NULL;
	if (ret < 0 || !region)
		return ret;
	ret = cen_region_register(region, err);
	if (ret == 0) {
		*out = region;
		return 0;
	}
	cen_region_unregister(region, NULL);
	cen_region_unref(region);
	return ret;
}

static int refuse_busy(const struct cen_region *region, struct cen_error **err)
{
	char label[REGION_LABEL_SIZE];

	return _cen_error_set(err, CEN_ERROR_BUSY, EBUSY, &(struct error_facts){.held = region->taken_bytes},
			      "%s: %zu chunk%s of together %" PRIu64 " bytes live", _cen_region_label(region, label),
			      region->chunk_count, region->chunk_count == 1 ? "" : "s", region->taken_bytes);
}

/* Under the context's lock. */
static int end(struct cen_region *region, struct cen_error **err)
{
	_cleanup_region_lock_ struct cen_region *lock = _cen_region_lock(region);

	if (region->state == CEN_REGION_UNREGISTERED)
		return refuse_unregistered(region, err);
	if (region->chunk_count)
		return refuse_busy(region, err);
	region->state = CEN_REGION_UNREGISTERED;
	drop_memory(region);
	return 0;
}

int cen_region_unregister(struct cen_region *region, struct cen_error **err)
{
	_cleanup_region_ struct cen_region *held = NULL;
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(region->ctx);
	int ret = end(region, err);

	if (ret == 0)
		held = _cen_region_list_remove(region);
	return ret;
}

int cen_region_is_reserved(struct cen_region *region)
{
	_cleanup_region_lock_ struct cen_region *lock = _cen_region_lock(region);

	return region->state == CEN_REGION_RESERVED || _cen_region_is_usable(region->state);
}

int cen_region_is_registered(struct cen_region *region)
{
	_cleanup_region_lock_ struct cen_region *lock = _cen_region_lock(region);

	return _cen_region_is_usable(region->state);
}

static void fill_numbers(const struct cen_region *region, struct cen_region_info *info)
{
	bool has_memory = region->state == CEN_REGION_RESERVED || _cen_region_is_usable(region->state);

	info->state = region->state == CEN_REGION_USABLE && region->algorithm_error ? CEN_REGION_FAILED : region->state;
	info->total = region->bytes;
	info->free = region->bytes - region->taken_bytes;
	info->chunk_count = region->chunk_count;
	if (has_memory) {
		info->lower = region->start;
		info->upper = region->start + region->bytes;
	}
	if (info->state == CEN_REGION_USABLE)
		info->largest_free = region->algorithm->get_largest_free(region->algorithm_state);
	if (region->algorithm)
		info->algorithm = region->algorithm->name;
}

int cen_region_get_info(struct cen_region *region, struct cen_region_info *out)
{
	struct cen_region_info info = {
		.size = sizeof(info),
		.name = region->name,
		.algorithm = region->algorithm_name,
		.source = region->memory.source ? region->memory.source->desc.name : NULL,
		.is_private = !region->name,
		.is_carved = region->memory.carver != NULL,
	};

	pthread_mutex_lock(&region->lock);
	fill_numbers(region, &info);
	pthread_mutex_unlock(&region->lock);
	return _cen_copy_sized(out, out->size, &info, sizeof(info), INFO_SIZE_V1) < 0 ? -EINVAL : 0;
}
