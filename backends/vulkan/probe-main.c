/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The program that runs a Vulkan driver, so that no application has to. */
#include "probe-vulkan.h"

static int handle(struct probe_call *call, const struct probe_request *request)
{
	struct vulkan_session session = {.call = call, .path = request->path};
	int ret = _cen_vulkan_session_open(&session, request);

	if (ret == 0)
		ret = _cen_vulkan_session_start(&session);
	if (ret < 0)
		return ret;
	switch (request->operation) {
	case PROBE_DESCRIBE:
		return _cen_vulkan_send_formats(&session);
	case PROBE_IMPORT:
		return _cen_vulkan_try(&session, request);
	case PROBE_ALLOCATE:
		return _cen_vulkan_make(&session, request);
	default:
		return _cen_probe_fail(call, NULL, EPROTO, "operation %u is not known", request->operation);
	}
}

int main(int argc, char **argv)
{
	static const struct probe_server server = {.name = "cenalloc-probe-vulkan", .handle = handle};

	return _cen_probe_serve(&server, argc, argv);
}
