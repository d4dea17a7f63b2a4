/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Who can copy: devices of the machine that read one buffer and write another, and parts of a pipeline with them. */
#include <errno.h>

#include "capability.h"
#include "cleanup.h"
#include "error.h"
#include "layout.h"
#include "machine.h"
#include "solve.h"
#include "split.h"
#include "util.h"

/* In the order of enum cen_copier. */
static const struct {
	uint32_t kind, reads, writes;
} kinds[] = {
	{CEN_COPIER_ENGINE, CEN_USAGE_OUTPUT, CEN_USAGE_CAPTURE},
	{CEN_COPIER_GPU, CEN_USAGE_TEXTURE, CEN_USAGE_RENDER},
	{CEN_COPIER_CPU, CEN_USAGE_CPU_READ, CEN_USAGE_CPU_WRITE},
};

static const uint64_t linear_modifier = CEN_MODIFIER_LINEAR;

static int ask_device(const struct cen_request *request, const struct cen_device *device, uint32_t usage,
		      struct cen_capabilities **out, struct cen_error **err)
{
	return cen_machine_describe(request->machine, device, usage, request->width, request->height, request->fourccs,
				    request->fourcc_count, out, NULL, err);
}

int _cen_split_ask_usages(struct split_search *search, struct cen_error **err)
{
	const struct cen_request *request = search->request;

	for (size_t i = 0; i < request->usage_count; i++) {
		struct request_usage *usage = &search->usages[i];
		int ret = 0;

		*usage = request->usages[i];
		if (usage->caps)
			cen_capabilities_ref(usage->caps);
		else
			ret = ask_device(request, usage->device, usage->usage, &usage->caps, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* A device that cannot be asked is no failure of the split: it is told why it does not copy. */
static int ask_copier(const struct cen_request *request, struct split_copier *copier, struct cen_error **err)
{
	_cleanup_error_ struct cen_error *own = NULL;
	int ret = ask_device(request, copier->device, copier->reads, &copier->read_caps, &own);

	if (ret == 0)
		ret = ask_device(request, copier->device, copier->writes, &copier->write_caps, &own);
	if (ret == -ENOMEM)
		return _cen_error_no_memory(err);
	if (ret < 0 && !_cen_dup_string(own ? cen_error_get_message(own) : strerror(-ret), &copier->refusal))
		return _cen_error_no_memory(err);
	return 0;
}

int _cen_split_ask_copiers(struct split_search *search, struct cen_error **err)
{
	const struct cen_machine *machine = search->request->machine;

	for (size_t i = 0; i < ARRAY_LENGTH(kinds) * machine->device_count; i++) {
		size_t kind = i / machine->device_count;
		const struct cen_device *device = machine->devices[i % machine->device_count];
		uint32_t needed = CEN_USAGE_BIT(kinds[kind].reads) | CEN_USAGE_BIT(kinds[kind].writes);
		struct split_copier *copier;
		int ret;

		if ((device->desc.usages & needed) != needed)
			continue;
		if (_cen_grow(&search->copiers, &search->copier_capacity, search->copier_count,
			      sizeof(*search->copiers)))
			return _cen_error_no_memory(err);
		copier = &search->copiers[search->copier_count++];
		*copier = (struct split_copier){
			.device = device,
			.kind = kinds[kind].kind,
			.reads = kinds[kind].reads,
			.writes = kinds[kind].writes,
		};
		ret = ask_copier(search->request, copier, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

void _cen_split_search_finish(struct split_search *search)
{
	for (size_t i = 0; i < search->request->usage_count; i++)
		cen_capabilities_unref(search->usages[i].caps);
	for (size_t i = 0; i < search->copier_count; i++) {
		cen_capabilities_unref(search->copiers[i].read_caps);
		cen_capabilities_unref(search->copiers[i].write_caps);
		free(search->copiers[i].refusal);
	}
	for (size_t i = 0; i < search->state_count; i++)
		cen_solution_unref(search->states[i].solution);
	free(search->copiers);
	free(search->states);
}

static bool is_wanted(const struct cen_request *request, uint32_t fourcc)
{
	bool is_linear = !request->modifier_count, is_format = !request->fourcc_count;

	for (size_t i = 0; i < request->modifier_count && !is_linear; i++)
		is_linear = request->modifiers[i] == CEN_MODIFIER_LINEAR;
	for (size_t i = 0; i < request->fourcc_count && !is_format; i++)
		is_format = request->fourccs[i] == fourcc;
	return is_linear && is_format;
}

static bool takes_linear(const struct cen_capabilities *caps, uint32_t fourcc)
{
	size_t first, end;

	_cen_capabilities_find(caps, fourcc, &first, &end);
	for (; first < end; first++) {
		if (caps->entries[first].modifier == CEN_MODIFIER_LINEAR)
			return true;
	}
	return false;
}

uint32_t _cen_split_next_linear(const struct split_search *search, size_t at, size_t *index)
{
	const struct cen_capabilities *caps = search->usages[at - 1].caps;

	while (*index < caps->count) {
		const struct capability_entry *entry = &caps->entries[(*index)++];
		/* Entries of one fourcc lie together, and linear is the lowest modifier: each is met once. */
		bool is_again =
			*index > 1 && entry[-1].fourcc == entry->fourcc && entry[-1].modifier == entry->modifier;

		if (entry->modifier == CEN_MODIFIER_LINEAR && !is_again && is_wanted(search->request, entry->fourcc) &&
		    takes_linear(search->usages[at].caps, entry->fourcc))
			return entry->fourcc;
	}
	return 0;
}

/* Text and capabilities are the search's, and the view never gives them back. */
static void add_end(struct cen_request *view, const struct split_end *end, bool is_front)
{
	const struct split_copier *copier = end->copier;

	if (!copier)
		return;
	view->usages[view->usage_count++] = (struct request_usage){
		.usage = is_front ? copier->writes : copier->reads,
		.name = (char *)(uintptr_t)cen_device_get_path(copier->device),
		.device = copier->device,
		.caps = is_front ? copier->write_caps : copier->read_caps,
	};
	if (copier->kind == CEN_COPIER_CPU) {
		view->modifiers = (uint64_t *)(uintptr_t)&linear_modifier;
		view->modifier_count = 1;
	}
}

void _cen_split_view_part(const struct split_search *search, const struct split_part *part, struct cen_request *view)
{
	const uint32_t *fourcc = part->front.fourcc ? &part->front.fourcc : &part->back.fourcc;

	*view = *search->request;
	view->usage_count = 0;
	add_end(view, &part->front, true);
	for (size_t i = part->first; i < part->end; i++)
		view->usages[view->usage_count++] = search->usages[i];
	add_end(view, &part->back, false);
	if (!*fourcc)
		return;
	view->fourccs = (uint32_t *)(uintptr_t)fourcc;
	view->fourcc_count = 1;
}

int _cen_split_solve_part(const struct split_search *search, const struct split_part *part, struct cen_solution **out,
			  struct cen_error **err)
{
	struct cen_request view;
	int ret;

	*out = NULL;
	/* Two copies by the CPU, in two formats: one buffer has one. */
	if (part->front.fourcc && part->back.fourcc && part->front.fourcc != part->back.fourcc)
		return 0;
	_cen_split_view_part(search, part, &view);
	ret = _cen_solve_plans(&view, out, err);
	if (ret < 0)
		return ret;
	if (cen_solution_get_plan(*out, 0))
		return 1;
	cen_solution_unref(STEAL(*out));
	return 0;
}

/* A plane has less than 2^40 bytes (65536 pixels across and down, 255 bytes a block): no sum of a split overflows. */
uint64_t _cen_split_picture_bytes(const struct cen_request *request, const struct cen_solution *solution)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	const struct cen_format_info *format;
	uint64_t bytes = 0;

	cen_plan_get_info(cen_solution_get_plan(solution, 0), &info);
	format = cen_format_get_info(info.fourcc);
	for (uint32_t p = 0; p < format->plane_count; p++) {
		uint64_t rows = ((uint64_t)request->height + format->planes[p].vsub - 1) / format->planes[p].vsub;

		bytes += _cen_layout_natural_stride(&format->planes[p], request->width) * rows;
	}
	return bytes;
}

uint64_t _cen_split_moved_bytes(const struct cen_request *request, const struct split_part *part,
				const struct cen_solution *solution)
{
	uint64_t bytes = _cen_split_picture_bytes(request, solution);

	return (part->front.copier ? bytes : 0) + (part->back.copier ? bytes : 0);
}
