/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Which EGL device draws. Software is asked for as a device of its own: Mesa has a second software path that goes
 * through a KMS device, and before version 25.3 it crashes when it samples a buffer that it did not allocate.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "renderer-private.h"
#include "util.h"

#define MAX_DEVICES 16
#define SOFTWARE "llvmpipe"

struct candidate {
	EGLDeviceEXT device;
	char path[PATH_MAX]; /* render node where there is one */
	uint64_t devnum;
	bool is_software;
};

bool renderer_has_extension(const char *list, const char *name)
{
	size_t length = strlen(name);

	while (list && (list = strstr(list, name))) {
		if (list[length] == '\0' || list[length] == ' ')
			return true;
		list += length;
	}
	return false;
}

static uint64_t get_devnum(const char *path)
{
	struct stat status;

	return path && stat(path, &status) == 0 && S_ISCHR(status.st_mode) ? status.st_rdev : 0;
}

/* Primary and render node of one device have one folder in sysfs. */
static bool is_same_hardware(uint64_t a, uint64_t b)
{
	char link_a[64], link_b[64], device_a[PATH_MAX], device_b[PATH_MAX];

	if (a == 0 || b == 0)
		return false;
	snprintf(link_a, sizeof(link_a), "/sys/dev/char/%u:%u/device", major(a), minor(a));
	snprintf(link_b, sizeof(link_b), "/sys/dev/char/%u:%u/device", major(b), minor(b));
	return a == b || (realpath(link_a, device_a) && realpath(link_b, device_b) && strcmp(device_a, device_b) == 0);
}

static size_t list_devices(struct candidate *candidates)
{
	PFNEGLQUERYDEVICESEXTPROC query = (PFNEGLQUERYDEVICESEXTPROC)eglGetProcAddress("eglQueryDevicesEXT");
	PFNEGLQUERYDEVICESTRINGEXTPROC get_string =
		(PFNEGLQUERYDEVICESTRINGEXTPROC)eglGetProcAddress("eglQueryDeviceStringEXT");
	EGLDeviceEXT devices[MAX_DEVICES];
	EGLint count = 0;
	size_t found = 0;

	if (!query || !get_string || !query(MAX_DEVICES, devices, &count))
		return 0;
	for (EGLint i = 0; i < count; i++) {
		struct candidate *candidate = &candidates[found];
		const char *extensions = get_string(devices[i], EGL_EXTENSIONS);
		const char *path = NULL;

		*candidate = (struct candidate){.device = devices[i]};
		candidate->is_software = renderer_has_extension(extensions, "EGL_MESA_device_software");
		if (!candidate->is_software && renderer_has_extension(extensions, "EGL_EXT_device_drm_render_node"))
			path = get_string(devices[i], EGL_DRM_RENDER_NODE_FILE_EXT);
		if (!candidate->is_software && !path && renderer_has_extension(extensions, "EGL_EXT_device_drm"))
			path = get_string(devices[i], EGL_DRM_DEVICE_FILE_EXT);
		if (!candidate->is_software && !path)
			continue;
		snprintf(candidate->path, sizeof(candidate->path), "%s", path ? path : SOFTWARE);
		candidate->devnum = get_devnum(path);
		found++;
	}
	return found;
}

static int make_current(struct renderer *renderer)
{
	static const EGLint attributes[] = {EGL_CONTEXT_MAJOR_VERSION, 2, EGL_NONE};
	const char *extensions;

	if (renderer->display == EGL_NO_DISPLAY || !eglInitialize(renderer->display, NULL, NULL))
		return -ENODEV;
	extensions = eglQueryString(renderer->display, EGL_EXTENSIONS);
	if (!renderer_has_extension(extensions, "EGL_KHR_no_config_context") ||
	    !renderer_has_extension(extensions, "EGL_KHR_surfaceless_context") || !eglBindAPI(EGL_OPENGL_ES_API))
		return -ENOTSUP;
	renderer->context = eglCreateContext(renderer->display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
	if (renderer->context == EGL_NO_CONTEXT ||
	    !eglMakeCurrent(renderer->display, EGL_NO_SURFACE, EGL_NO_SURFACE, renderer->context))
		return -ENOTSUP;
	return 0;
}

void renderer_close(struct renderer *renderer)
{
	if (renderer->display == EGL_NO_DISPLAY)
		return;
	eglMakeCurrent(renderer->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	if (renderer->context != EGL_NO_CONTEXT)
		eglDestroyContext(renderer->display, renderer->context);
	eglTerminate(renderer->display);
	renderer->display = EGL_NO_DISPLAY;
	renderer->context = EGL_NO_CONTEXT;
}

/* A device whose driver turns out to draw with the CPU is no GPU. */
static bool is_drawn_by_cpu(void)
{
	const char *name = (const char *)glGetString(GL_RENDERER);

	return !name || strstr(name, "llvmpipe") || strstr(name, "softpipe") || strstr(name, "Software");
}

static int try_device(struct renderer *renderer, const struct candidate *candidate)
{
	PFNEGLGETPLATFORMDISPLAYEXTPROC get_display =
		(PFNEGLGETPLATFORMDISPLAYEXTPROC)eglGetProcAddress("eglGetPlatformDisplayEXT");
	int ret;

	if (!get_display)
		return -ENOTSUP;
	renderer->display = get_display(EGL_PLATFORM_DEVICE_EXT, candidate->device, NULL);
	ret = make_current(renderer);
	if (ret == 0 && !candidate->is_software && is_drawn_by_cpu())
		ret = -ENODEV;
	if (ret < 0) {
		renderer_close(renderer);
		return ret;
	}
	snprintf(renderer->path, sizeof(renderer->path), "%s", candidate->path);
	renderer->devnum = candidate->devnum;
	renderer->is_software = candidate->is_software;
	return 0;
}

/* 0: not wanted; the higher, the better. */
static int get_rank(const struct candidate *candidate, const char *wish, uint64_t display_devnum)
{
	if (wish && strcmp(wish, SOFTWARE) == 0)
		return candidate->is_software;
	if (wish)
		return is_same_hardware(candidate->devnum, get_devnum(wish));
	if (candidate->is_software)
		return 1;
	return is_same_hardware(candidate->devnum, display_devnum) ? 3 : 2;
}

int renderer_open(struct renderer *renderer, const char *wish, uint64_t display_devnum)
{
	_cleanup_free_ struct candidate *candidates = calloc(MAX_DEVICES, sizeof(*candidates));
	size_t count;

	if (!candidates)
		return -ENOMEM;
	count = list_devices(candidates);
	for (int rank = 3; rank > 0; rank--)
		for (size_t i = 0; i < count; i++)
			if (get_rank(&candidates[i], wish, display_devnum) == rank &&
			    try_device(renderer, &candidates[i]) == 0)
				return 0;
	if (wish)
		warnx("%s: EGL has no GPU there that draws without a window (of %zu devices); \"" SOFTWARE
		      "\" draws with the CPU",
		      wish, count);
	else
		warnx("EGL has no device that draws without a window (of %zu)", count);
	return -ENODEV;
}
