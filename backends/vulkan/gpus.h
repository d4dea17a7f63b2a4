/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Private to the vulkan backend: its side in the application. */
#pragma once

#include "backend-util.h"
#include "probe/client.h"
#include "vulkan-info.h"

/* The path of the device that needs no node. */
#define VULKAN_SOFTWARE_PATH "llvmpipe"

/* An emulated machine takes 3 s. A trial import is less than the host's own limit, so that it is told who was late. */
#define VULKAN_DESCRIBE_LIMIT_MS 20000
#define VULKAN_IMPORT_LIMIT_MS 9000
#define VULKAN_ALLOCATE_LIMIT_MS 20000

/* What a device's driver said, asked once a context. */
struct vulkan_device {
	uint64_t devnum; /* 0: the software device */
	struct probe_info info;
	struct probe_pair *pairs;
	size_t pair_count;
};

struct vulkan_state {
	const struct cen_host *host;
	struct vulkan_device *devices;
	size_t device_count, device_capacity;
};

static inline bool _cen_vulkan_is_usage(uint32_t usage)
{
	return usage == CEN_USAGE_TEXTURE || usage == CEN_USAGE_RENDER;
}

/* Which program is asked, with the user's option. */
struct probe_program _cen_vulkan_get_program(const struct vulkan_state *vulkan, struct cen_call *call);

/* A request about a device. */
void _cen_vulkan_request_init(struct probe_request *request, uint32_t operation, const struct cen_device_desc *device,
			      uint32_t usage, uint32_t time_limit_ms);

/* host->fail() with what the program said of a device or source. Returns the negative errno. */
int _cen_vulkan_fail(const struct vulkan_state *vulkan, struct cen_call *call, const char *name,
		     const struct probe_answer *answer);

/* What the device's driver says: asked, or remembered. Returns 0 or a negative errno, told to the host. */
int _cen_vulkan_ask(struct vulkan_state *vulkan, struct cen_call *call, const struct cen_device_desc *device,
		    const struct vulkan_device **out);

int _cen_vulkan_list(void *state, struct cen_call *call);
int _cen_vulkan_describe(void *state, struct cen_call *call, const struct cen_device_desc *device,
			 const struct cen_query *query);
int _cen_vulkan_try_import(void *state, struct cen_call *call, const struct cen_device_desc *device, uint32_t usage,
			   const struct cen_image_desc *image);
int _cen_vulkan_allocate(void *state, struct cen_call *call, const struct cen_source_desc *source,
			 const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out, uint32_t *made);
