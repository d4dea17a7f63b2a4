/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Which formats and modifiers the driver imports. */
#include <drm_fourcc.h>

#include "probe-egl.h"

#include "backend-util.h"

#define MAX_FORMATS 512
#define MAX_MODIFIERS 512

struct modifiers {
	EGLuint64KHR values[MAX_MODIFIERS];
	EGLBoolean external[MAX_MODIFIERS];
	EGLint count;
};

static int send_format(struct egl_session *session, EGLint format, const struct modifiers *modifiers)
{
	struct probe_pair pairs[MAX_MODIFIERS + 1] = {0};
	uint32_t all_external = modifiers->count ? PROBE_PAIR_EXTERNAL : 0;
	size_t count = 0;

	for (EGLint i = 0; i < modifiers->count && i < MAX_MODIFIERS; i++) {
		if (!modifiers->external[i])
			all_external = 0;
		pairs[count++] = (struct probe_pair){
			.fourcc = (uint32_t)format,
			.modifier = modifiers->values[i],
			.flags =
				PROBE_PAIR_TEXTURE | (modifiers->external[i] ? PROBE_PAIR_EXTERNAL : PROBE_PAIR_RENDER),
		};
	}
	/* Never told by the driver: it takes what comes without a modifier for its own layout. */
	pairs[count++] = (struct probe_pair){
		.fourcc = (uint32_t)format,
		.modifier = DRM_FORMAT_MOD_INVALID,
		.flags = PROBE_PAIR_TEXTURE | (all_external ? all_external : PROBE_PAIR_RENDER),
	};
	return _cen_probe_send_pairs(session->call, pairs, count);
}

int _cen_egl_send_formats(struct egl_session *session)
{
	const struct egl_api *api = &session->api;
	struct modifiers modifiers;
	EGLint formats[MAX_FORMATS], count = 0;
	int ret = _cen_probe_send_info(session->call, &session->info);

	if (ret < 0)
		return ret;
	if (!session->has_modifiers)
		return _cen_probe_fail(
			session->call, NULL, EOPNOTSUPP,
			"the driver does not tell its formats: no EGL_EXT_image_dma_buf_import_modifiers");
	if (!api->eglQueryDmaBufFormatsEXT(session->display, MAX_FORMATS, formats, &count))
		return _cen_probe_fail(session->call, "eglQueryDmaBufFormatsEXT", EIO, "%s", _cen_egl_error(session));
	for (EGLint i = 0; ret == 0 && i < count && i < MAX_FORMATS; i++) {
		/* Some drivers fill in the modifiers only. */
		modifiers = (struct modifiers){0};
		if (!api->eglQueryDmaBufModifiersEXT(session->display, formats[i], MAX_MODIFIERS, modifiers.values,
						     modifiers.external, &modifiers.count))
			continue;
		ret = send_format(session, formats[i], &modifiers);
	}
	return ret;
}
