/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Finds EGL and GLES at run time. */
#include <dlfcn.h>

#include "probe-egl.h"

#include "backend-util.h"

#define EGL_ROW(name) {#name, offsetof(struct egl_api, name)},

static const struct {
	const char *name;
	size_t offset;
} functions[] = {EGL_FUNCTIONS(EGL_ROW)};

static void *find(const struct egl_api *api, void *egl, void *gles, const char *name)
{
	void *function = dlsym(egl, name);

	if (!function)
		function = dlsym(gles, name);
	/* Extensions are no symbols of the libraries. */
	if (!function && api->eglGetProcAddress) {
		__eglMustCastToProperFunctionPointerType address = api->eglGetProcAddress(name);

		memcpy(&function, &address, sizeof(function));
	}
	return function;
}

int _cen_egl_load(struct probe_call *call, struct egl_api *api)
{
	void *egl = dlopen("libEGL.so.1", RTLD_NOW | RTLD_LOCAL), *gles, *function;

	if (!egl)
		return _cen_probe_fail(call, "dlopen", ENOENT, "libEGL.so.1 cannot be loaded: %s", dlerror());
	gles = dlopen("libGLESv2.so.2", RTLD_NOW | RTLD_LOCAL);
	if (!gles)
		return _cen_probe_fail(call, "dlopen", ENOENT, "libGLESv2.so.2 cannot be loaded: %s", dlerror());
	function = dlsym(egl, "eglGetProcAddress");
	memcpy(&api->eglGetProcAddress, &function, sizeof(function));
	for (size_t i = 0; i < ARRAY_LENGTH(functions); i++) {
		function = find(api, egl, gles, functions[i].name);
		if (!function)
			return _cen_probe_fail(call, "dlsym", EOPNOTSUPP, "EGL has no %s", functions[i].name);
		memcpy((char *)api + functions[i].offset, &function, sizeof(function));
	}
	function = find(api, egl, gles, "eglGetDisplayDriverName");
	memcpy(&api->eglGetDisplayDriverName, &function, sizeof(function));
	return 0;
}
