/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* cenalloc-probe-egl: asks EGL, in a process that may crash. */
#include "probe-egl.h"

#include "backend-util.h"

static int handle(struct probe_call *call, const struct probe_request *request)
{
	struct egl_session session = {.call = call};
	int ret;

	if (request->operation != PROBE_DESCRIBE && request->operation != PROBE_IMPORT)
		return _cen_probe_fail(call, NULL, EOPNOTSUPP, "operation %u", request->operation);
	ret = _cen_egl_session_open(&session, request);
	if (ret < 0)
		return ret;
	if (request->operation == PROBE_DESCRIBE)
		return _cen_egl_send_formats(&session);
	return _cen_egl_try(&session, request);
}

int main(int argc, char **argv)
{
	static const struct probe_server server = {.name = "cenalloc-probe-egl", .handle = handle};

	return _cen_probe_serve(&server, argc, argv);
}
