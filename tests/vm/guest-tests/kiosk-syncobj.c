/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Explicit synchronisation against examples/wayland/kiosk: a picture is shown when its acquire point is signalled and
 * not before, its release point is signalled when it is gone from the screen, and every mistake has its error. Needs a
 * display whose device has timelines, such as virtio-gpu. Prints TAP.
 */
#include <sys/mman.h>

#include <xf86drm.h>

#include "kiosk-client.h"

#define SIZE 64

static int device = -1;

/* A timeline of ours, and the compositor's view of it. */
struct timeline {
	uint32_t handle;
	struct wp_linux_drm_syncobj_timeline_v1 *proxy;
};

static bool timeline_create(struct session *session, struct timeline *out)
{
	int fd;

	if (drmSyncobjCreate(device, 0, &out->handle) < 0 || drmSyncobjHandleToFD(device, out->handle, &fd) < 0)
		return false;
	out->proxy = wp_linux_drm_syncobj_manager_v1_import_timeline(session->syncobj, fd);
	close(fd);
	return true;
}

/* A surface with explicit synchronisation, and a timeline. */
struct scene {
	struct wl_surface *surface;
	struct wp_linux_drm_syncobj_surface_v1 *sync;
	struct timeline timeline;
};

static bool scene_create(struct session *session, struct wl_surface *surface, struct scene *out)
{
	out->surface = surface;
	out->sync = wp_linux_drm_syncobj_manager_v1_get_surface(session->syncobj, surface);
	return timeline_create(session, &out->timeline);
}

static void set_acquire(const struct scene *scene, const struct timeline *timeline, uint32_t point)
{
	wp_linux_drm_syncobj_surface_v1_set_acquire_point(scene->sync, timeline->proxy, 0, point);
}

static void set_release(const struct scene *scene, const struct timeline *timeline, uint32_t point)
{
	wp_linux_drm_syncobj_surface_v1_set_release_point(scene->sync, timeline->proxy, 0, point);
}

static bool attach(struct session *session, const struct scene *scene)
{
	struct wl_buffer *buffer = create_buffer(session, SIZE, SIZE);

	wl_surface_attach(scene->surface, buffer, 0, 0);
	return true;
}

static bool is_refused(struct session *session, const struct scene *scene, uint32_t code)
{
	wl_surface_commit(scene->surface);
	wl_display_roundtrip(session->display);
	return has_error(session, &wp_linux_drm_syncobj_surface_v1_interface, code);
}

static bool send_no_acquire(struct session *session, const struct scene *scene)
{
	attach(session, scene);
	set_release(scene, &scene->timeline, 2);
	return is_refused(session, scene, WP_LINUX_DRM_SYNCOBJ_SURFACE_V1_ERROR_NO_ACQUIRE_POINT);
}

static bool send_no_release(struct session *session, const struct scene *scene)
{
	attach(session, scene);
	set_acquire(scene, &scene->timeline, 2);
	return is_refused(session, scene, WP_LINUX_DRM_SYNCOBJ_SURFACE_V1_ERROR_NO_RELEASE_POINT);
}

static bool send_no_buffer(struct session *session, const struct scene *scene)
{
	set_acquire(scene, &scene->timeline, 1);
	set_release(scene, &scene->timeline, 2);
	return is_refused(session, scene, WP_LINUX_DRM_SYNCOBJ_SURFACE_V1_ERROR_NO_BUFFER);
}

static bool send_conflict(struct session *session, const struct scene *scene)
{
	attach(session, scene);
	set_acquire(scene, &scene->timeline, 2);
	set_release(scene, &scene->timeline, 2);
	return is_refused(session, scene, WP_LINUX_DRM_SYNCOBJ_SURFACE_V1_ERROR_CONFLICTING_POINTS);
}

static bool send_shm(struct session *session, const struct scene *scene)
{
	int fd = memfd_create("kiosk-syncobj", MFD_CLOEXEC);
	bool is_good = fd >= 0 && ftruncate(fd, SIZE * SIZE * 4) == 0;
	struct wl_shm_pool *pool = wl_shm_create_pool(session->shm, fd, SIZE * SIZE * 4);

	wl_surface_attach(scene->surface,
			  wl_shm_pool_create_buffer(pool, 0, SIZE, SIZE, SIZE * 4, WL_SHM_FORMAT_XRGB8888), 0, 0);
	close(fd);
	set_acquire(scene, &scene->timeline, 1);
	set_release(scene, &scene->timeline, 2);
	return is_good && is_refused(session, scene, WP_LINUX_DRM_SYNCOBJ_SURFACE_V1_ERROR_UNSUPPORTED_BUFFER);
}

static bool send_orphan(struct session *session, const struct scene *scene)
{
	wl_surface_destroy(scene->surface);
	set_acquire(scene, &scene->timeline, 1);
	wl_display_roundtrip(session->display);
	return has_error(session, &wp_linux_drm_syncobj_surface_v1_interface,
			 WP_LINUX_DRM_SYNCOBJ_SURFACE_V1_ERROR_NO_SURFACE);
}

static bool send_second(struct session *session, const struct scene *scene)
{
	wp_linux_drm_syncobj_manager_v1_get_surface(session->syncobj, scene->surface);
	wl_display_roundtrip(session->display);
	return has_error(session, &wp_linux_drm_syncobj_manager_v1_interface,
			 WP_LINUX_DRM_SYNCOBJ_MANAGER_V1_ERROR_SURFACE_EXISTS);
}

static bool send_no_timeline(struct session *session, const struct scene *scene)
{
	int fd = memfd_create("kiosk-syncobj", MFD_CLOEXEC);

	(void)scene;
	wp_linux_drm_syncobj_manager_v1_import_timeline(session->syncobj, fd);
	close(fd);
	wl_display_roundtrip(session->display);
	return has_error(session, &wp_linux_drm_syncobj_manager_v1_interface,
			 WP_LINUX_DRM_SYNCOBJ_MANAGER_V1_ERROR_INVALID_TIMELINE);
}

static void handle_done(void *data, struct wl_callback *callback, uint32_t time)
{
	(void)callback, (void)time;
	*(bool *)data = true;
}

static const struct wl_callback_listener callback_listener = {handle_done};

static bool waits_for(struct session *session, const bool *flag, int tenths)
{
	for (int i = 0; i < tenths && !*flag; i++) {
		sleep_tenth();
		if (wl_display_roundtrip(session->display) < 0)
			return false;
	}
	return *flag;
}

static void commit(struct session *session, const struct scene *scene, uint32_t acquire, const struct timeline *release,
		   bool *is_shown)
{
	*is_shown = false;
	wl_callback_add_listener(wl_surface_frame(scene->surface), &callback_listener, is_shown);
	attach(session, scene);
	set_acquire(scene, &scene->timeline, acquire);
	set_release(scene, release, 1);
	wl_surface_commit(scene->surface);
}

static bool is_signalled(const struct timeline *timeline, uint64_t point)
{
	uint32_t handle = timeline->handle;

	return drmSyncobjTimelineWait(device, &handle, &point, 1, 0, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT, NULL) == 0;
}

static void signal_point(const struct timeline *timeline, uint64_t point)
{
	drmSyncobjTimelineSignal(device, &timeline->handle, &point, 1);
}

static void check_order(size_t fds, int buffers)
{
	struct session session;
	struct scene scene = {0};
	struct timeline releases[2] = {0};
	bool is_shown = false, is_good = session_open(&session, 3) && session.syncobj;
	struct wl_surface *surface = is_good ? create_window(&session) : NULL;

	if (surface)
		wl_surface_commit(surface);
	while (is_good && !session.is_configured)
		is_good = wl_display_dispatch(session.display) >= 0;
	is_good = is_good && scene_create(&session, surface, &scene) && timeline_create(&session, &releases[0]) &&
		  timeline_create(&session, &releases[1]);
	if (!check(is_good, "a synchronised window"))
		return;
	commit(&session, &scene, 1, &releases[0], &is_shown);
	check(!waits_for(&session, &is_shown, 10), "a picture is not shown before its acquire point");
	signal_point(&scene.timeline, 1);
	check(waits_for(&session, &is_shown, SETTLE_TENTHS), "it is shown after its acquire point");
	check(!is_signalled(&releases[0], 1), "it is not released while it is shown");
	signal_point(&scene.timeline, 2);
	commit(&session, &scene, 2, &releases[1], &is_shown);
	check(waits_for(&session, &is_shown, SETTLE_TENTHS), "a picture whose acquire point is signalled is shown");
	for (int i = 0; i < SETTLE_TENTHS && !is_signalled(&releases[0], 1); i++)
		sleep_tenth();
	check(is_signalled(&releases[0], 1), "the one before is released");
	commit(&session, &scene, 100, &releases[0], &is_shown);
	wl_display_roundtrip(session.display);
	session_close(&session);
	check(is_alive() && settles(fds, buffers), "a client ends while its picture waits, and nothing is left");
}

static void check_error(const char *name, bool (*send)(struct session *, const struct scene *), size_t fds, int buffers)
{
	struct session session;
	struct scene scene = {0};
	bool is_good = session_open(&session, 3) && session.syncobj;

	is_good = is_good && scene_create(&session, wl_compositor_create_surface(session.compositor), &scene) &&
		  send(&session, &scene);
	session_close(&session);
	check(is_good && is_alive() && settles(fds, buffers), "%s: the right error, and nothing is left", name);
}

static void check_all(void)
{
	size_t fds = count_fds(kiosk);
	int buffers = count_buffers();

	check_error("no acquire point", send_no_acquire, fds, buffers);
	check_error("no release point", send_no_release, fds, buffers);
	check_error("no buffer", send_no_buffer, fds, buffers);
	check_error("a release before the acquire", send_conflict, fds, buffers);
	check_error("a buffer in shared memory", send_shm, fds, buffers);
	check_error("no surface", send_orphan, fds, buffers);
	check_error("a second synchronisation", send_second, fds, buffers);
	check_error("a timeline that is none", send_no_timeline, fds, buffers);
	check_order(fds, buffers);
}

/* The first display with timelines, which stays open as device. */
static bool find_display(char path[32])
{
	for (int i = 0; i < 8; i++) {
		uint64_t has_timelines = 0;

		snprintf(path, 32, "/dev/dri/card%d", i);
		device = open(path, O_RDWR | O_CLOEXEC);
		if (device >= 0 && drmGetCap(device, DRM_CAP_SYNCOBJ_TIMELINE, &has_timelines) == 0 && has_timelines) {
			drmDropMaster(device);
			return true;
		}
		if (device >= 0)
			close(device);
	}
	return false;
}

int main(void)
{
	int buffers = count_buffers();
	char path[32];

	if (!find_display(path)) {
		printf("1..0 # SKIP no display with timelines: tests/vm/guest --device virtio-gpu-pci has one\n");
		return 0;
	}
	if (start_kiosk(path)) {
		sleep_tenth();
		check_all();
	}
	stop_kiosk(buffers);
	return check_end();
}
