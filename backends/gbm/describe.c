/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a GPU takes as libgbm tells it: formats by usage, modifiers and strides by trying. */
#include "gpu.h"

/* One describe() under way. */
struct description {
	struct gbm_state *state;
	struct cen_call *call;
	const struct gbm_gpu *gpu;
	const struct cen_query *query;
	uint32_t flags;
	size_t supported, untried; /* formats */
};

/* A driver without a GPU reads and writes buffers by CPU, and maps them for that. */
static void add_software_bounds(struct bounds *bounds, const struct description *description)
{
	if (!(description->gpu->driver->flags & GBM_DRIVER_SOFTWARE))
		return;
	if (description->query->usage != CEN_USAGE_TEXTURE && description->query->usage != CEN_USAGE_RENDER)
		return;
	add_bound(bounds, CEN_CONSTRAINT_FD_MODE, 0, CEN_FD_READ_WRITE, CEN_PROVENANCE_QUIRK,
		  "Mesa's software driver maps for writing");
	add_bound(bounds, CEN_CONSTRAINT_CPU_MAPPABLE, 0, 1, CEN_PROVENANCE_QUIRK, "Mesa's software driver maps it");
	if (!_cen_gbm_maps_foreign_buffers())
		add_bound(bounds, CEN_CONSTRAINT_EXPORTER, 0, description->gpu->devnum, CEN_PROVENANCE_QUIRK,
			  "Mesa's software driver before 25.3 crashes on memory of another device");
}

static void add_common_bounds(struct bounds *bounds, const struct description *description, uint64_t modifier)
{
	if (modifier == CEN_MODIFIER_LINEAR)
		add_bound(bounds, CEN_CONSTRAINT_OBJECTS, 0, CEN_OBJECTS_ONE | CEN_OBJECTS_PER_PLANE,
			  CEN_PROVENANCE_DERIVED, "an import has an fd per plane");
	else
		add_bound(bounds, CEN_CONSTRAINT_OBJECTS, 0, CEN_OBJECTS_ONE, CEN_PROVENANCE_ASSUMED,
			  "planes of a vendor layout belong together");
	add_bound(bounds, CEN_CONSTRAINT_SYNC, 0, CEN_SYNC_IMPLICIT, CEN_PROVENANCE_DERIVED, "a GEM driver");
	add_software_bounds(bounds, description);
}

static int add_capability(struct description *description, const struct gbm_answer *answer, uint64_t modifier,
			  uint32_t preference)
{
	struct bounds bounds = {.count = 0};
	struct cen_capability capability = {
		.size = sizeof(capability),
		.fourcc = answer->fourcc,
		.modifier = modifier,
		.preference = preference,
		.constraints = bounds.items,
	};

	for (uint32_t p = 0; modifier == CEN_MODIFIER_LINEAR && p < answer->plane_count; p++) {
		if (answer->stride_aligns[p] > 1)
			add_bound(&bounds, CEN_CONSTRAINT_STRIDE_ALIGN, p, answer->stride_aligns[p],
				  CEN_PROVENANCE_PROBED,
				  answer->is_import_measured ? "the least that it imports"
							     : "strides of its own linear buffers");
	}
	add_common_bounds(&bounds, description, modifier);
	capability.constraint_count = bounds.count;
	return description->state->host->add_capability(description->call, &capability);
}

static int add_format(struct description *description, uint32_t fourcc)
{
	bool is_passive = description->query->flags & CEN_QUERY_PASSIVE;
	const struct gbm_answer *answer;
	uint32_t rank = 0;
	int ret = _cen_gbm_ask(description->state, description->gpu, fourcc, description->flags, is_passive, &answer);

	if (ret < 0)
		return ret;
	if (!answer->is_supported)
		return 0;
	description->supported++;
	description->untried += !answer->can_allocate;
	for (size_t i = 0; i < answer->modifier_count && ret != -ENOMEM; i++)
		ret = add_capability(description, answer, answer->modifiers[i], rank++);
	if (answer->is_linear && ret != -ENOMEM)
		ret = add_capability(description, answer, CEN_MODIFIER_LINEAR, rank);
	return ret == -ENOMEM ? ret : 0;
}

static void add_notes(const struct description *description)
{
	const struct cen_host *host = description->state->host;
	const struct gbm_gpu *gpu = description->gpu;

	note(host, description->call, "sizes: libgbm does not tell the largest; a trial does");
	if (description->query->flags & CEN_QUERY_PASSIVE)
		note(host, description->call,
		     "strides, and layouts of the driver's own choice: found by allocating, which was not allowed");
	else if (description->untried)
		note(host, description->call, "strides: %zu of %zu formats cannot be allocated on %s to measure them",
		     description->untried, description->supported, gpu->path);
	if (gpu->driver->flags & GBM_DRIVER_UNKNOWN)
		note(host, description->call,
		     "modifiers: the driver is not known; only linear and the layout that it chooses were tried");
	if (gpu->driver->flags & GBM_DRIVER_SOFTWARE)
		note(host, description->call, "%s has no GPU: Mesa draws by CPU", gpu->path);
}

static int add_formats(struct description *description)
{
	const struct cen_query *query = description->query;
	uint32_t fourcc;
	int ret = 0;

	for (size_t i = 0; i < query->fourcc_count && ret == 0; i++)
		ret = add_format(description, query->fourccs[i]);
	for (size_t i = 0; query->fourcc_count == 0 && ret == 0 && (fourcc = _cen_gbm_nth_fourcc(i)); i++)
		ret = add_format(description, fourcc);
	return ret;
}

int _cen_gbm_describe(void *state, struct cen_call *call, const struct cen_device_desc *device,
		      const struct cen_query *query)
{
	struct gbm_state *gbm = state;
	_cleanup_gpu_ struct gbm_gpu gpu = {.fd = -1};
	struct description description = {.state = gbm, .call = call, .gpu = &gpu, .query = query};
	int ret;

	if (!_cen_gbm_find_flags(query->usage, &description.flags) || !(device->usages & CEN_USAGE_BIT(query->usage)))
		return fail(gbm->host, call, NULL, EOPNOTSUPP, "%s: not a usage of this node: %u", device->path,
			    query->usage);
	ret = _cen_gbm_gpu_open(gbm->host, call, device->path, device->devnum, device->cookie, &gpu);
	if (ret < 0)
		return ret;
	ret = add_formats(&description);
	if (ret < 0)
		return ret;
	add_notes(&description);
	return 0;
}
