/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Trial import: the probe program samples the image or draws into it, and looks at the pixels. */
#include "egl.h"

int _cen_egl_try_import(void *state, struct cen_call *call, const struct cen_device_desc *device, uint32_t usage,
			const struct cen_image_desc *image)
{
	const struct egl_state *egl = state;
	struct probe_program program = _cen_egl_get_program(egl, call);
	_cleanup_answer_ struct probe_answer answer = {0};
	struct probe_request request;

	if (!_cen_egl_is_usage(usage))
		return fail(egl->host, call, NULL, EOPNOTSUPP, "EGL has no usage %u", usage);
	_cen_egl_request_init(&request, PROBE_IMPORT, device, usage, EGL_IMPORT_LIMIT_MS);
	request.image = *image;
	if (_cen_probe_run(&program, &request, &answer) < 0)
		return _cen_egl_fail(egl, call, &answer);
	return 0;
}
