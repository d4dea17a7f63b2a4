/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The regions of a machine: by number, by name, and as sources of a solve. */
#include <errno.h>
#include <stdio.h>

#include "context.h"
#include "error.h"
#include "machine.h"
#include "match.h"
#include "name-list.h"
#include "region.h"
#include "util.h"

struct cen_region *_cen_region_find(const struct cen_context *ctx, const struct cen_machine *machine, const char *name)
{
	for (size_t n = 0; n < ctx->region_count; n++) {
		struct cen_region *region = ctx->regions[n];

		if (region->machine == machine && region->name && strcmp(region->name, name) == 0)
			return region;
	}
	return NULL;
}

int _cen_region_list_add(struct cen_region *region)
{
	struct cen_context *ctx = region->ctx;

	if (_cen_grow(&ctx->regions, &ctx->region_capacity, ctx->region_count, sizeof(struct cen_region *)) < 0)
		return -ENOMEM;
	ctx->regions[ctx->region_count++] = region;
	region->is_held = region->name != NULL;
	if (region->is_held)
		cen_region_ref(region);
	return 0;
}

/* The machine's reference, taken from it. */
static struct cen_region *let_go(struct cen_region *region)
{
	bool was_held = region->is_held;

	region->machine = NULL;
	region->is_held = false;
	return was_held ? region : NULL;
}

struct cen_region *_cen_region_list_remove(struct cen_region *region)
{
	struct cen_context *ctx = region->ctx;
	size_t kept = 0;

	for (size_t n = 0; n < ctx->region_count; n++) {
		if (ctx->regions[n] != region)
			ctx->regions[kept++] = ctx->regions[n];
	}
	ctx->region_count = kept;
	return let_go(region);
}

static bool leave_one(struct cen_machine *machine)
{
	_cleanup_region_ struct cen_region *held = NULL;
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(machine->ctx);

	for (size_t n = 0; n < machine->ctx->region_count; n++) {
		struct cen_region *region = machine->ctx->regions[n];

		if (region->machine == machine) {
			held = let_go(region);
			return true;
		}
	}
	return false;
}

void _cen_regions_leave(struct cen_machine *machine)
{
	while (leave_one(machine))
		;
}

struct cen_region *cen_machine_get_region(struct cen_machine *machine, size_t index)
{
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(machine->ctx);

	for (size_t n = 0; n < machine->ctx->region_count; n++) {
		struct cen_region *region = machine->ctx->regions[n];

		if (region->machine == machine && region->name && index-- == 0)
			return region;
	}
	return NULL;
}

static void list_names(struct cen_machine *machine, char *buf, size_t size)
{
	struct name_list list = {.buf = buf, .size = size};
	const struct cen_region *region;

	snprintf(buf, size, "none");
	for (size_t n = 0; (region = cen_machine_get_region(machine, n)); n++)
		_cen_name_list_add(&list, region->name);
}

int cen_machine_find_region(struct cen_machine *machine, const char *name, struct cen_region **out,
			    struct cen_error **err)
{
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(machine->ctx);
	char known[1024];

	*out = NULL;
	if (!name || !name[0])
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "the name of a region is empty");
	*out = _cen_region_find(machine->ctx, machine, name);
	if (*out)
		return 0;
	list_names(machine, known, sizeof(known));
	return _cen_error_set(err, CEN_ERROR_UNKNOWN_DEVICE, ENOENT, &(struct error_facts){.device = name},
			      "%s: no such region; there are %s", name, known);
}

/* What the application's own memory is, nobody said: what is not known is not promised. */
static void describe_given(struct cen_source_desc *desc)
{
	desc->provenance = CEN_PROVENANCE_ASSUMED;
	desc->placement = CEN_PLACEMENT_SYSTEM;
	desc->cost = 100;
}

/* The highest start of a chunk: the last page of the region, wherever that may come to lie. */
static uint64_t get_base_max(const struct cen_region *region)
{
	uint64_t end =
		region->start == CEN_REGION_ANYWHERE ? region->memory.object.size : region->start + region->bytes;

	return region->memory.carver || end < _cen_page_bytes() ? 0 : end - _cen_page_bytes();
}

/* Under the context's lock. */
static void describe(struct cen_region *region, struct named_source *out)
{
	_cleanup_region_lock_ struct cen_region *lock = _cen_region_lock(region);
	struct cen_source_desc *desc = &out->desc;

	if (region->memory.source)
		*desc = region->memory.source->desc;
	else
		describe_given(desc);
	desc->size = sizeof(*desc);
	desc->name = region->name;
	desc->note = region->note;
	desc->formats = NULL;
	desc->format_count = 0;
	/* Once it has its memory, nobody needs the source's permission; but for a chunk of its own. */
	if (region->memory.object.fd >= 0 && !region->memory.carver)
		desc->access = 0;
	desc->flags |= SOURCE_NAMED_ONLY;
	if (!desc->max_bytes || desc->max_bytes > region->bytes)
		desc->max_bytes = region->bytes;
	/* 0 would say that it is not known. */
	desc->free_bytes = region->bytes - region->taken_bytes;
	if (!desc->free_bytes)
		desc->free_bytes = 1;
	out->base_max = get_base_max(region);
}

int _cen_region_sources_get(struct cen_machine *machine, struct region_sources *out)
{
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(machine->ctx);
	size_t most = machine->ctx->region_count;

	*out = (struct region_sources){0};
	if (!most)
		return 0;
	out->named = calloc(most, sizeof(*out->named));
	out->regions = calloc(most, sizeof(struct cen_region *));
	for (size_t n = 0; n < most && out->named && out->regions; n++) {
		struct cen_region *region = machine->ctx->regions[n];

		if (region->machine != machine || !region->name)
			continue;
		describe(region, &out->named[out->count]);
		out->regions[out->count++] = cen_region_ref(region);
	}
	return out->named && out->regions ? 0 : -ENOMEM;
}

void _cen_region_sources_free(struct region_sources *sources)
{
	for (size_t n = 0; n < sources->count; n++)
		cen_region_unref(sources->regions[n]);
	free(sources->regions);
	free(sources->named);
	*sources = (struct region_sources){0};
}
