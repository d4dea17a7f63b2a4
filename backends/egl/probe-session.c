/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The EGL display of one device, found by its node, and a context on it. */
#include <dlfcn.h>
#include <limits.h>
#include <sys/sysmacros.h>

#include "probe-egl.h"

#include "backend-util.h"

#define MAX_DEVICES 32

const char *_cen_egl_error(const struct egl_session *session)
{
	static const char *const names[] = {
		"no error",          "EGL_NOT_INITIALIZED", "EGL_BAD_ACCESS",        "EGL_BAD_ALLOC",
		"EGL_BAD_ATTRIBUTE", "EGL_BAD_CONFIG",      "EGL_BAD_CONTEXT",       "EGL_BAD_CURRENT_SURFACE",
		"EGL_BAD_DISPLAY",   "EGL_BAD_MATCH",       "EGL_BAD_NATIVE_PIXMAP", "EGL_BAD_NATIVE_WINDOW",
		"EGL_BAD_PARAMETER", "EGL_BAD_SURFACE",
	};
	EGLint error = session->api.eglGetError() - EGL_SUCCESS;

	return error >= 0 && (size_t)error < ARRAY_LENGTH(names) ? names[error] : "unknown error";
}

/* Whether a list of words, as EGL and GL give them, has one. */
static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; at && (at = strstr(at, word)); at += length) {
		if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	}
	return false;
}

/* The folder in sysfs of the hardware behind a node: its card and its render node have the same. */
static bool find_hardware(uint64_t devnum, char path[PATH_MAX])
{
	char link[64];

	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u/device", major(devnum), minor(devnum));
	return realpath(link, path) != NULL;
}

static bool is_node(const char *path, uint64_t devnum)
{
	char theirs[PATH_MAX], ours[PATH_MAX];
	struct stat st;

	if (!path || stat(path, &st) < 0)
		return false;
	return st.st_rdev == devnum ||
	       (find_hardware(st.st_rdev, theirs) && find_hardware(devnum, ours) && strcmp(theirs, ours) == 0);
}

static bool is_device(const struct egl_api *api, EGLDeviceEXT device, const struct probe_request *request)
{
	const char *extensions = api->eglQueryDeviceStringEXT(device, EGL_EXTENSIONS);

	if (request->flags & PROBE_FLAG_SOFTWARE)
		return has_word(extensions, "EGL_MESA_device_software");
	if (has_word(extensions, "EGL_EXT_device_drm") &&
	    is_node(api->eglQueryDeviceStringEXT(device, EGL_DRM_DEVICE_FILE_EXT), request->devnum))
		return true;
	return has_word(extensions, "EGL_EXT_device_drm_render_node") &&
	       is_node(api->eglQueryDeviceStringEXT(device, EGL_DRM_RENDER_NODE_FILE_EXT), request->devnum);
}

static bool initialize(struct egl_session *session, EGLenum platform, void *native)
{
	session->display = session->api.eglGetPlatformDisplayEXT(platform, native, NULL);
	return session->display != EGL_NO_DISPLAY && session->api.eglInitialize(session->display, NULL, NULL);
}

static bool open_device(struct egl_session *session, const struct probe_request *request)
{
	EGLDeviceEXT devices[MAX_DEVICES];
	EGLint count = 0;

	if (!session->api.eglQueryDevicesEXT(MAX_DEVICES, devices, &count))
		return false;
	for (EGLint i = 0; i < count; i++) {
		if (is_device(&session->api, devices[i], request))
			return initialize(session, EGL_PLATFORM_DEVICE_EXT, devices[i]);
	}
	return false;
}

/* A display without a render node, and any node that libdrm does not list. */
static bool open_gbm(struct egl_session *session, const struct probe_request *request)
{
	void *library = dlopen("libgbm.so.1", RTLD_NOW | RTLD_LOCAL);
	void *symbol = library ? dlsym(library, "gbm_create_device") : NULL;
	void *(*gbm_create_device)(int fd);
	struct stat st;
	void *gbm;
	int fd;

	if (!symbol)
		return false;
	memcpy(&gbm_create_device, &symbol, sizeof(symbol));
	fd = open(request->path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (fstat(fd, &st) < 0 || st.st_rdev != request->devnum) {
		close(fd);
		return false;
	}
	gbm = gbm_create_device(fd);
	if (!gbm || !initialize(session, EGL_PLATFORM_GBM_KHR, gbm))
		return false;
	session->info.flags |= EGL_INFO_GBM;
	return true;
}

static int open_display(struct egl_session *session, const struct probe_request *request)
{
	if (request->flags & PROBE_FLAG_SOFTWARE) {
		/* Without it a device that has a node could be taken, to be drawn on by the CPU. */
		setenv("LIBGL_ALWAYS_SOFTWARE", "1", 1);
		if (open_device(session, request) || initialize(session, EGL_PLATFORM_SURFACELESS_MESA, NULL))
			return 0;
		return _cen_probe_fail(session->call, "eglInitialize", ENODEV, "EGL has no software device: %s",
				       _cen_egl_error(session));
	}
	if (open_device(session, request) || open_gbm(session, request))
		return 0;
	return _cen_probe_fail(session->call, "eglInitialize", ENODEV,
			       "%s: neither an EGLDevice nor a gbm_device of it can be initialised: %s", request->path,
			       _cen_egl_error(session));
}

static int create_context(struct egl_session *session)
{
	static const EGLint attributes[] = {EGL_CONTEXT_CLIENT_VERSION, 2, EGL_NONE};
	const char *extensions = session->api.eglQueryString(session->display, EGL_EXTENSIONS);
	EGLContext context;

	session->has_modifiers = has_word(extensions, "EGL_EXT_image_dma_buf_import_modifiers");
	if (!has_word(extensions, "EGL_EXT_image_dma_buf_import"))
		return _cen_probe_fail(session->call, NULL, EOPNOTSUPP,
				       "the driver has no EGL_EXT_image_dma_buf_import");
	if (!has_word(extensions, "EGL_KHR_no_config_context") || !has_word(extensions, "EGL_KHR_surfaceless_context"))
		return _cen_probe_fail(session->call, NULL, EOPNOTSUPP, "the driver cannot draw without a window");
	if (!session->api.eglBindAPI(EGL_OPENGL_ES_API))
		return _cen_probe_fail(session->call, "eglBindAPI", EOPNOTSUPP, "%s", _cen_egl_error(session));
	context = session->api.eglCreateContext(session->display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
	if (context == EGL_NO_CONTEXT ||
	    !session->api.eglMakeCurrent(session->display, EGL_NO_SURFACE, EGL_NO_SURFACE, context))
		return _cen_probe_fail(session->call, "eglCreateContext", EIO, "%s", _cen_egl_error(session));
	if (!has_word((const char *)session->api.glGetString(GL_EXTENSIONS), "GL_OES_EGL_image"))
		return _cen_probe_fail(session->call, NULL, EOPNOTSUPP, "the driver has no GL_OES_EGL_image");
	return 0;
}

static void read_info(struct egl_session *session)
{
	const struct egl_api *api = &session->api;
	const char *name = NULL, *renderer = (const char *)api->glGetString(GL_RENDERER);
	const char *version = (const char *)api->glGetString(GL_VERSION);
	struct probe_info *info = &session->info;
	GLint texture = 0, render = 0;

	if (api->eglGetDisplayDriverName &&
	    has_word(api->eglQueryString(session->display, EGL_EXTENSIONS), "EGL_MESA_query_driver"))
		name = api->eglGetDisplayDriverName(session->display);
	api->glGetIntegerv(GL_MAX_TEXTURE_SIZE, &texture);
	api->glGetIntegerv(GL_MAX_RENDERBUFFER_SIZE, &render);
	info->texture_max = texture > 0 ? (uint32_t)texture : 0;
	info->render_max = render > 0 ? (uint32_t)render : 0;
	snprintf(info->driver, sizeof(info->driver), "%s", name ? name : "");
	snprintf(info->device, sizeof(info->device), "%s", renderer ? renderer : "");
	snprintf(info->version, sizeof(info->version), "%s", version ? version : "");
	if (strstr(info->driver, "swrast") || strncmp(info->device, "llvmpipe", 8) == 0 ||
	    strncmp(info->device, "softpipe", 8) == 0)
		info->flags |= EGL_INFO_SOFTWARE;
}

int _cen_egl_session_open(struct egl_session *session, const struct probe_request *request)
{
	int ret = _cen_egl_load(session->call, &session->api);

	if (ret == 0)
		ret = open_display(session, request);
	if (ret == 0)
		ret = create_context(session);
	if (ret == 0)
		read_info(session);
	return ret;
}
