/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Declaring a region: everything that can be said of it before it has memory is checked here. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "context.h"
#include "descriptor.h"
#include "error.h"
#include "layout.h"
#include "machine.h"
#include "region.h"
#include "util.h"

#define NAME_MAX_LENGTH 63u
#define ALL_FLAGS CEN_REGION_NATURAL

/* What every caller knows: the struct as it was first. */
#define DESC_SIZE_V1 (offsetof(struct cen_region_desc, flags) + sizeof(uint32_t))

static bool is_region_name(const char *name)
{
	size_t length = strnlen(name, NAME_MAX_LENGTH + 1);

	return length > 0 && length <= NAME_MAX_LENGTH &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == length;
}

static int check_range(const struct cen_region_desc *desc, const char *label, struct cen_error **err)
{
	uint64_t page = _cen_page_bytes(), bytes, end;
	uint64_t alignment = desc->alignment < page ? page : desc->alignment;

	if (!desc->bytes)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "%s: it has no bytes", label);
	if (!_cen_round_up(desc->bytes, page, &bytes) || bytes > INT64_MAX)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "%s: %" PRIu64 " bytes are more than any memory has", label, desc->bytes);
	if (desc->alignment & (desc->alignment - 1))
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "%s: its alignment %" PRIu64 " is neither 0 nor a power of two", label,
				      desc->alignment);
	if (desc->start == CEN_REGION_ANYWHERE)
		return 0;
	if (desc->start % alignment)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "%s: its start %" PRIu64 " is not a multiple of %" PRIu64, label, desc->start,
				      alignment);
	if (__builtin_add_overflow(desc->start, bytes, &end) || end > INT64_MAX)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "%s: %" PRIu64 " bytes from %" PRIu64 " on wrap around", label, bytes,
				      desc->start);
	return 0;
}

static int check_desc(const struct cen_region_desc *desc, struct cen_error **err)
{
	char label[REGION_LABEL_SIZE] = "a private region";

	if (!desc || desc->size < DESC_SIZE_V1)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "region: the descriptor is too small");
	if (desc->name && !is_region_name(desc->name))
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "region \"%.63s\": a name has 1 to %u letters, digits, '-', '_' and '.'",
				      desc->name, NAME_MAX_LENGTH);
	if (desc->name)
		snprintf(label, sizeof(label), "region %s", desc->name);
	if (desc->flags & ~ALL_FLAGS)
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL,
				      "%s: flags 0x%x: the bits 0x%x are not known", label, desc->flags,
				      desc->flags & ~ALL_FLAGS);
	if (!desc->source && desc->fd < 0)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "%s: neither a source nor an fd is given",
				      label);
	/* New memory is its own from the first byte on. */
	if (desc->fd < 0 && desc->start != CEN_REGION_ANYWHERE && desc->start != 0)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "%s: memory of source %s begins at 0, not at %" PRIu64, label, desc->source,
				      desc->start);
	return check_range(desc, label, err);
}

/* The carver of a source's backend; NULL where there is none, or a bad one. */
static const struct cen_carver *find_carver(const struct cen_source *source)
{
	const struct cen_carver *carver = BACKEND_OPERATION(source->backend->table, carver);
	const uint32_t flags = CEN_SOURCE_BYTES | CEN_SOURCE_CARVED;

	if (!carver || (source->desc.flags & flags) != flags)
		return NULL;
	if (carver->size >= sizeof(struct cen_carver) && carver->reserve && carver->carve)
		return carver;
	_cen_log(source->backend->ctx, CEN_LOG_WARNING, REGION_TOPIC, "%s: its carver is not complete: not used",
		 source->desc.name);
	return NULL;
}

static int set_source(struct cen_region *region, const struct cen_machine *machine, const char *name,
		      struct cen_error **err)
{
	const struct cen_source *source;
	int ret = cen_machine_find_source(machine, name, &source, err);

	if (ret < 0)
		return ret;
	if (!(source->desc.flags & CEN_SOURCE_BYTES))
		return _cen_error_set(err, CEN_ERROR_USAGE, EOPNOTSUPP, &(struct error_facts){.device = name},
				      "%s makes images only, not memory by the byte", name);
	region->memory.source = _cen_source_create(&source->desc);
	if (!region->memory.source)
		return _cen_error_no_memory(err);
	region->memory.source->backend = source->backend;
	region->memory.carver = find_carver(source);
	return 0;
}

static bool copy_strings(struct cen_region *region, const struct cen_region_desc *desc)
{
	if (asprintf(&region->note, "region of %s", desc->source ? desc->source : "the application's memory") < 0) {
		region->note = NULL;
		return false;
	}
	return _cen_dup_string(desc->name, &region->name) && _cen_dup_string(desc->algorithm, &region->algorithm_name);
}

static struct cen_region *create(struct cen_machine *machine)
{
	struct cen_region *region = calloc(1, sizeof(*region));

	if (!region)
		return NULL;
	if (pthread_mutex_init(&region->lock, NULL) != 0) {
		free(region);
		return NULL;
	}
	atomic_init(&region->refs, 1);
	region->ctx = _cen_context_ref(machine->ctx);
	region->machine = machine;
	region->memory.object.fd = -1;
	region->state = CEN_REGION_DECLARED;
	return region;
}

int _cen_region_make(struct cen_machine *machine, const struct cen_region_desc *desc, struct cen_region **out,
		     struct cen_error **err)
{
	_cleanup_region_ struct cen_region *region = NULL;
	int ret = check_desc(desc, err);

	if (ret < 0)
		return ret;
	region = create(machine);
	if (!region || !copy_strings(region, desc))
		return _cen_error_no_memory(err);
	region->flags = desc->flags;
	region->start = desc->fd < 0 ? 0 : desc->start;
	region->alignment = desc->alignment < _cen_page_bytes() ? _cen_page_bytes() : desc->alignment;
	if (!_cen_round_up(desc->bytes, _cen_page_bytes(), &region->bytes))
		return -EOVERFLOW; /* check_range() was there before */
	if (desc->source)
		ret = set_source(region, machine, desc->source, err);
	if (ret == 0 && desc->fd >= 0)
		ret = _cen_region_memory_give(&region->memory, desc->fd, err);
	if (ret < 0)
		return ret;
	*out = STEAL(region);
	return 0;
}
