/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A running compositor as a device that samples buffers, and may show them on a plane. */
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "wayland.h"

static int open_state(const struct cen_host *host, struct cen_call *call, void **out)
{
	struct wayland_state *state = calloc(1, sizeof(*state));

	if (!state)
		return host->fail(call, NULL, ENOMEM, NULL);
	state->host = host;
	*out = state;
	return 0;
}

static void close_state(void *state)
{
	free(state);
}

__attribute__((format(printf, 3, 4))) static void inform(const struct cen_host *host, struct cen_call *call,
							 const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	host->log(call, CEN_LOG_INFO, text);
}

/* A variable that names a compositor which has ended is no failure: it is what a detached terminal has. */
static bool is_absent(int ret)
{
	return ret == -ENOENT || ret == -ECONNREFUSED || ret == -ENODEV || ret == -EDEADLK || ret == -ENOTDIR;
}

static int add_silent_compositor(struct wayland_session *session, const char *display, int access)
{
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)], help[512];
	const struct cen_device_desc desc = {
		.size = sizeof(desc),
		.path = display,
		.name = "Wayland compositor",
		.access = access,
		.access_help = help,
		.usages = CEN_USAGE_BIT(CEN_USAGE_TEXTURE) | CEN_USAGE_BIT(CEN_USAGE_SCANOUT),
	};

	snprintf(help, sizeof(help), "%s: %s", display, session->message);
	if (access == -EACCES && _cen_wayland_socket_path(session, display, path, sizeof(path)) == 0)
		check_access(path, "being the user who runs the compositor would help", help, sizeof(help));
	return session->host->add_device(session->call, &desc);
}

static int add_compositor(struct wayland_session *session, const char *display)
{
	char name[80];
	const struct cen_device_desc desc = {
		.size = sizeof(desc),
		.path = display,
		.name = name,
		/* Before version 4 nothing is said about planes. */
		.usages = CEN_USAGE_BIT(CEN_USAGE_TEXTURE) |
			  (session->dmabuf_version >= ZWP_LINUX_DMABUF_V1_GET_DEFAULT_FEEDBACK_SINCE_VERSION
				   ? CEN_USAGE_BIT(CEN_USAGE_SCANOUT)
				   : 0),
	};

	snprintf(name, sizeof(name), "Wayland compositor, linux-dmabuf version %u", session->dmabuf_version);
	return session->host->add_device(session->call, &desc);
}

static int list(void *data, struct cen_call *call)
{
	const struct cen_host *host = ((struct wayland_state *)data)->host;
	const char *display = host->get_option(call, "display");
	_cleanup_session_ struct wayland_session session = {0};
	int ret;

	if (!display || !display[0])
		return 0;
	if (host->abi < 2) {
		inform(host, call, "%s: this library is too old to listen to a compositor", display);
		return 0;
	}
	ret = _cen_wayland_session_open(&session, host, call, display);
	if (ret == -ENOMEM)
		return _cen_wayland_fail(&session, ret);
	if (is_absent(ret)) {
		inform(host, call, "%s: %s", display, session.message);
		return 0;
	}
	if (ret < 0)
		ret = add_silent_compositor(&session, display, ret);
	else if (session.dmabuf_version)
		ret = add_compositor(&session, display);
	else
		inform(host, call, "%s: the compositor offers no linux-dmabuf%s", display,
		       session.has_shm ? ": only wl_shm, a copy per frame" : "");
	return ret == -EEXIST ? 0 : ret;
}

/* "/dev/dri/renderD128 (226:128)" */
static void name_device(uint64_t device, char *buf, size_t size)
{
	_cleanup_fclose_ FILE *file = NULL;
	unsigned int major_number = major(device), minor_number = minor(device);
	char path[64], line[256];

	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/uevent", major_number, minor_number);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "DEVNAME=", 8) == 0) {
			snprintf(buf, size, "/dev/%s (%u:%u)", line + 8, major_number, minor_number);
			return;
		}
	}
	snprintf(buf, size, "%u:%u, which is no device here", major_number, minor_number);
}

static void add_notes(const struct wayland_session *session, uint32_t usage)
{
	bool has_scanout = false;
	char device[320];

	if (!session->has_feedback) {
		note(session->host, session->call, "linux-dmabuf version %u names no device and no planes",
		     session->dmabuf_version);
		return;
	}
	if (session->main_device) {
		name_device(session->main_device, device, sizeof(device));
		note(session->host, session->call, "main device: %s", device);
	}
	for (size_t t = 0; t < session->tranche_count; t++) {
		const struct wayland_tranche *tranche = &session->tranches[t];
		bool is_scanout = tranche->flags & ZWP_LINUX_DMABUF_FEEDBACK_V1_TRANCHE_FLAGS_SCANOUT;

		has_scanout = has_scanout || is_scanout;
		name_device(tranche->device, device, sizeof(device));
		note(session->host, session->call, "tranche %zu: %sfor %s, %zu formats and modifiers", t + 1,
		     is_scanout ? "scanout, " : "", device, tranche->pair_count);
	}
	if (usage == CEN_USAGE_SCANOUT && !has_scanout)
		note(session->host, session->call,
		     "scanout: no tranche is for planes; a compositor may tell a surface that is full screen of one");
}

static int describe(void *data, struct cen_call *call, const struct cen_device_desc *device,
		    const struct cen_query *query)
{
	const struct cen_host *host = ((struct wayland_state *)data)->host;
	_cleanup_session_ struct wayland_session session = {0};
	int ret;

	if (query->usage != CEN_USAGE_TEXTURE && query->usage != CEN_USAGE_SCANOUT)
		return fail(host, call, NULL, EOPNOTSUPP, "a compositor has no usage %u", query->usage);
	ret = _cen_wayland_session_open(&session, host, call, device->path);
	if (ret < 0)
		return _cen_wayland_fail(&session, is_absent(ret) ? -ENODEV : ret);
	ret = _cen_wayland_listen(&session);
	if (ret == 0)
		add_notes(&session, query->usage);
	return ret;
}

static const struct cen_backend backend = {
	.size = sizeof(backend),
	.abi = CEN_BACKEND_ABI,
	.priority = 100,
	.name = "wayland",
	.description = "a running Wayland compositor: what its linux-dmabuf takes",
	.open = open_state,
	.close = close_state,
	.list = list,
	.describe = describe,
	.try_import = _cen_wayland_try_import,
};

CEN_BACKEND_ENTRY(wayland);

CEN_BACKEND_ENTRY(wayland)
{
	(void)host_abi;
	*out = &backend;
	return 0;
}
