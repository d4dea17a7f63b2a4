/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Private to the egl backend. */
#pragma once

#include "backend-util.h"
#include "drivers.h"
#include "egl-info.h"
#include "probe/client.h"

/* What a device's driver said, asked once a context. */
struct egl_device {
	uint64_t devnum; /* 0: the software device */
	struct probe_info info;
	struct probe_pair *pairs;
	size_t pair_count;
};

struct egl_state {
	const struct cen_host *host;
	struct egl_device *devices;
	size_t device_count, device_capacity;
};

/* An emulated machine takes 3 s. A trial import is less than the host's own limit, so that it is told who was late. */
#define EGL_DESCRIBE_LIMIT_MS 20000
#define EGL_IMPORT_LIMIT_MS 14000

static inline bool _cen_egl_is_usage(uint32_t usage)
{
	return usage == CEN_USAGE_TEXTURE || usage == CEN_USAGE_RENDER;
}

/* Which program is asked, with the user's option. */
struct probe_program _cen_egl_get_program(const struct egl_state *egl, struct cen_call *call);

/* A request about a device. */
void _cen_egl_request_init(struct probe_request *request, uint32_t operation, const struct cen_device_desc *device,
			   uint32_t usage, uint32_t time_limit_ms);

/* host->fail() with what the program said. Returns the negative errno. */
int _cen_egl_fail(const struct egl_state *egl, struct cen_call *call, const struct probe_answer *answer);

/* The nodes there are: host->add_device() for each. */
int _cen_egl_list(void *state, struct cen_call *call);
/* Whether a node is one for rendering only: "renderD128". */
bool _cen_egl_is_render_node(uint64_t devnum);

/* What the device's driver says: asked, or remembered. Returns 0 or a negative errno, told to the host. */
int _cen_egl_ask(struct egl_state *egl, struct cen_call *call, const struct cen_device_desc *device,
		 const struct egl_device **out);

int _cen_egl_describe(void *state, struct cen_call *call, const struct cen_device_desc *device,
		      const struct cen_query *query);
int _cen_egl_try_import(void *state, struct cen_call *call, const struct cen_device_desc *device, uint32_t usage,
			const struct cen_image_desc *image);
