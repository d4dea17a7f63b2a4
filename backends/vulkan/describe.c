/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a GPU samples and what it draws into. */
#include "gpus.h"

/* One describe() under way. */
struct description {
	const struct vulkan_state *vulkan;
	struct cen_call *call;
	const struct vulkan_device *known;
	const struct cen_query *query;
	size_t dedicated, unknown; /* formats and modifiers */
};

static void add_memory(struct bounds *bounds, const struct probe_info *info)
{
	if (!(info->flags & VULKAN_INFO_CPU)) {
		add_bound(bounds, CEN_CONSTRAINT_SYNC, 0, CEN_SYNC_EXPLICIT, CEN_PROVENANCE_DERIVED,
			  "Vulkan waits only for what it is told to");
		return;
	}
	add_bound(bounds, CEN_CONSTRAINT_FD_MODE, 0, CEN_FD_READ_WRITE, CEN_PROVENANCE_QUIRK,
		  "lavapipe maps for reading and writing");
	add_bound(bounds, CEN_CONSTRAINT_CPU_MAPPABLE, 0, 1, CEN_PROVENANCE_QUIRK, "lavapipe maps");
	add_bound(bounds, CEN_CONSTRAINT_SYNC, 0, CEN_SYNC_NONE, CEN_PROVENANCE_DERIVED,
		  "the CPU draws and waits for no fence");
}

static void add_sizes(struct bounds *bounds, const struct probe_pair *pair)
{
	static const char text[] = "vkGetPhysicalDeviceImageFormatProperties2";

	if (pair->width_max)
		add_bound(bounds, CEN_CONSTRAINT_WIDTH_MAX, 0, pair->width_max, CEN_PROVENANCE_QUERIED, text);
	if (pair->height_max)
		add_bound(bounds, CEN_CONSTRAINT_HEIGHT_MAX, 0, pair->height_max, CEN_PROVENANCE_QUERIED, text);
}

static void add_rows(struct bounds *bounds, const struct description *description, uint32_t plane_count)
{
	bool is_render = description->query->usage == CEN_USAGE_RENDER;
	uint32_t align =
		description->known->info.values[is_render ? VULKAN_VALUE_RENDER_ALIGN : VULKAN_VALUE_TEXTURE_ALIGN];

	uint32_t rows = description->known->info.values[VULKAN_VALUE_ROWS];

	if (rows > 1)
		add_bound(bounds, CEN_CONSTRAINT_HEIGHT_ALIGN, 0, rows, CEN_PROVENANCE_PROBED,
			  "memory that an image of one row needs");
	for (uint32_t p = 0; align > 1 && p < plane_count; p++)
		add_bound(bounds, CEN_CONSTRAINT_STRIDE_ALIGN, p, align, CEN_PROVENANCE_PROBED,
			  "the least stride that an image was made with");
}

static int add_pair(struct description *description, size_t index, const struct cen_format_info *info)
{
	const struct probe_pair *pair = &description->known->pairs[index];
	bool is_disjoint = info->plane_count > 1 && pair->flags & VULKAN_PAIR_DISJOINT;
	struct bounds bounds = {.count = 0};
	struct cen_capability capability = {
		.size = sizeof(capability),
		.fourcc = pair->fourcc,
		.modifier = pair->modifier,
		.preference = _cen_probe_pair_place(description->known->pairs, description->known->pair_count, index),
		.constraints = bounds.items,
	};

	add_sizes(&bounds, pair);
	add_memory(&bounds, &description->known->info);
	if (pair->modifier == CEN_MODIFIER_LINEAR)
		add_rows(&bounds, description, info->plane_count);
	add_bound(&bounds, CEN_CONSTRAINT_OBJECTS, 0, CEN_OBJECTS_ONE | (is_disjoint ? CEN_OBJECTS_PER_PLANE : 0),
		  CEN_PROVENANCE_QUERIED,
		  is_disjoint ? "has VK_FORMAT_FEATURE_DISJOINT_BIT" : "no VK_FORMAT_FEATURE_DISJOINT_BIT");
	capability.constraint_count = bounds.count;
	return description->vulkan->host->add_capability(description->call, &capability);
}

static int add_pairs(struct description *description)
{
	uint32_t wanted = description->query->usage == CEN_USAGE_RENDER ? PROBE_PAIR_RENDER : PROBE_PAIR_TEXTURE;
	int ret = 0;

	for (size_t i = 0; ret != -ENOMEM && i < description->known->pair_count; i++) {
		const struct probe_pair *pair = &description->known->pairs[i];
		const struct cen_format_info *info = description->vulkan->host->get_format_info(pair->fourcc);

		description->unknown += !info;
		if (!info || !(pair->flags & wanted) || pair->modifier == CEN_MODIFIER_INVALID ||
		    !is_wanted(description->query, pair->fourcc))
			continue;
		description->dedicated += (pair->flags & VULKAN_PAIR_DEDICATED) != 0;
		ret = add_pair(description, i, info);
	}
	return ret == -ENOMEM ? ret : 0;
}

static void add_notes(const struct description *description)
{
	const struct cen_host *host = description->vulkan->host;
	const struct probe_info *info = &description->known->info;
	bool is_render = description->query->usage == CEN_USAGE_RENDER;

	note(host, description->call, "driver: %s, %s, %s", info->driver, info->device, info->version);
	if (info->values[is_render ? VULKAN_VALUE_RENDER_ALIGN : VULKAN_VALUE_TEXTURE_ALIGN] == 0)
		note(host, description->call, "stride: no linear image could be made to find its alignment by");
	if (description->dedicated)
		note(host, description->call,
		     "dedicated: of %zu formats and modifiers the driver imports only memory that was made for one "
		     "image",
		     description->dedicated);
	if (description->unknown)
		note(host, description->call, "formats: %zu are not known to cenalloc and left out",
		     description->unknown);
}

int _cen_vulkan_describe(void *state, struct cen_call *call, const struct cen_device_desc *device,
			 const struct cen_query *query)
{
	struct vulkan_state *vulkan = state;
	struct description description = {.vulkan = vulkan, .call = call, .query = query};
	int ret;

	if (!_cen_vulkan_is_usage(query->usage))
		return fail(vulkan->host, call, NULL, EOPNOTSUPP, "%s: not a usage of a GPU in Vulkan: %u",
			    device->path, query->usage);
	if (query->flags & CEN_QUERY_PASSIVE && device->devnum)
		return fail(vulkan->host, call, NULL, EOPNOTSUPP,
			    "%s: a GPU is described by starting its driver, which was not allowed", device->path);
	ret = _cen_vulkan_ask(vulkan, call, device, &description.known);
	if (ret < 0)
		return ret;
	ret = add_pairs(&description);
	if (ret < 0)
		return ret;
	add_notes(&description);
	return 0;
}
