/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The global wp_linux_drm_syncobj_manager_v1, where the display's device has timelines and can wait for them in an
 * event loop. A commit is applied when its acquire point is signalled: the output never waits for a client.
 */
#include "syncobj.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cenalloc/machine.h>
#include <cenalloc/sync.h>

#include "linux-drm-syncobj-v1-server-protocol.h"
#include "surface.h"

struct syncobj {
	struct cen_machine *machine; /* the output's */
	const struct cen_device *device; /* any one with timelines: they are not bound to it */
};

struct timeline {
	struct cen_timeline *points; /* NULL: the fd was no timeline */
	struct client *client;
	unsigned int refs;
};

struct sync_wait {
	struct wl_event_source *source;
	struct client *client;
	int fd;
	void (*done)(void *data);
	void *data;
};

static void timeline_unref(struct timeline *timeline)
{
	if (--timeline->refs > 0)
		return;
	cen_timeline_destroy(timeline->points);
	client_discharge(timeline->client, 1, 0);
	free(timeline);
}

void sync_point_clear(struct sync_point *point)
{
	if (point->timeline)
		timeline_unref(point->timeline);
	*point = (struct sync_point){0};
}

static void sync_point_set(struct sync_point *point, struct timeline *timeline, uint64_t value)
{
	timeline->refs++;
	sync_point_clear(point);
	point->timeline = timeline;
	point->value = value;
}

void sync_point_signal(struct sync_point *point)
{
	if (point->timeline)
		cen_timeline_signal(point->timeline->points, point->value, NULL);
	sync_point_clear(point);
}

static int handle_signalled(int fd, uint32_t mask, void *data)
{
	struct sync_wait *wait = data;

	(void)fd, (void)mask;
	wait->done(wait->data);
	return 0;
}

/* A client may name point 0, where every timeline begins: it is signalled. */
static int notify(const struct sync_point *point, int fd)
{
	if (point->value == 0)
		return eventfd_write(fd, 1) < 0 ? -errno : 0;
	return cen_timeline_notify(point->timeline->points, point->value, fd, NULL);
}

int sync_wait_create(struct server *server, const struct sync_point *point, void (*done)(void *data), void *data,
		     struct sync_wait **out)
{
	struct client *client = point->timeline->client;
	struct sync_wait *wait;
	int ret = -ENOMEM;

	if (client_charge(client, 1, 0) < 0)
		return -ENOMEM;
	wait = calloc(1, sizeof(*wait));
	if (!wait)
		goto discharge;
	*wait = (struct sync_wait){.client = client, .done = done, .data = data};
	wait->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wait->fd < 0) {
		ret = -errno;
		goto free_wait;
	}
	ret = notify(point, wait->fd);
	if (ret < 0)
		goto close_fd;
	ret = -ENOMEM;
	wait->source = wl_event_loop_add_fd(server->loop, wait->fd, WL_EVENT_READABLE, handle_signalled, wait);
	if (!wait->source)
		goto close_fd;
	*out = wait;
	return 0;
close_fd:
	close(wait->fd);
free_wait:
	free(wait);
discharge:
	client_discharge(client, 1, 0);
	return ret;
}

void sync_wait_set_data(struct sync_wait *wait, void *data)
{
	wait->data = data;
}

void sync_wait_destroy(struct sync_wait *wait)
{
	if (!wait)
		return;
	wl_event_source_remove(wait->source);
	close(wait->fd);
	client_discharge(wait->client, 1, 0);
	free(wait);
}

/* A wp_linux_drm_syncobj_surface_v1. */
struct sync_surface {
	struct surface *surface; /* NULL: gone */
	struct wl_listener surface_destroyed;
};

static const char *find_missing(const struct surface *surface, uint32_t *code)
{
	const struct sync_point *acquire = &surface->acquire, *release = &surface->release;

	if (!surface->attached) {
		*code = WP_LINUX_DRM_SYNCOBJ_SURFACE_V1_ERROR_NO_BUFFER;
		return acquire->timeline || release->timeline ? "a point without a buffer" : NULL;
	}
	*code = WP_LINUX_DRM_SYNCOBJ_SURFACE_V1_ERROR_UNSUPPORTED_BUFFER;
	if (!buffer_is_dmabuf(surface->attached))
		return "a buffer that is no dma-buf";
	*code = WP_LINUX_DRM_SYNCOBJ_SURFACE_V1_ERROR_NO_ACQUIRE_POINT;
	if (!acquire->timeline)
		return "a buffer without an acquire point";
	*code = WP_LINUX_DRM_SYNCOBJ_SURFACE_V1_ERROR_NO_RELEASE_POINT;
	if (!release->timeline)
		return "a buffer without a release point";
	*code = WP_LINUX_DRM_SYNCOBJ_SURFACE_V1_ERROR_CONFLICTING_POINTS;
	if (acquire->timeline == release->timeline && acquire->value >= release->value)
		return "the acquire point is not before the release point";
	return NULL;
}

bool syncobj_check_commit(struct surface *surface)
{
	const char *missing;
	uint32_t code;

	if (!surface->sync)
		return true;
	missing = find_missing(surface, &code);
	if (missing)
		wl_resource_post_error(surface->sync, code, "%s", missing);
	return !missing;
}

static void set_point(struct wl_resource *resource, struct wl_resource *timeline, uint32_t hi, uint32_t lo,
		      bool is_acquire)
{
	struct sync_surface *sync = wl_resource_get_user_data(resource);
	struct surface *surface = sync->surface;

	if (!surface) {
		wl_resource_post_error(resource, WP_LINUX_DRM_SYNCOBJ_SURFACE_V1_ERROR_NO_SURFACE,
				       "the surface is gone");
		return;
	}
	sync_point_set(is_acquire ? &surface->acquire : &surface->release, wl_resource_get_user_data(timeline),
		       (uint64_t)hi << 32 | lo);
}

static void handle_set_acquire(struct wl_client *client, struct wl_resource *resource, struct wl_resource *timeline,
			       uint32_t hi, uint32_t lo)
{
	(void)client;
	set_point(resource, timeline, hi, lo, true);
}

static void handle_set_release(struct wl_client *client, struct wl_resource *resource, struct wl_resource *timeline,
			       uint32_t hi, uint32_t lo)
{
	(void)client;
	set_point(resource, timeline, hi, lo, false);
}

static const struct wp_linux_drm_syncobj_surface_v1_interface surface_requests = {
	.destroy = server_destroy_request,
	.set_acquire_point = handle_set_acquire,
	.set_release_point = handle_set_release,
};

static void leave_surface(struct sync_surface *sync)
{
	if (!sync->surface)
		return;
	wl_list_remove(&sync->surface_destroyed.link);
	sync_point_clear(&sync->surface->acquire);
	sync_point_clear(&sync->surface->release);
	sync->surface->sync = NULL;
	sync->surface = NULL;
}

static void handle_surface_destroyed(struct wl_listener *listener, void *data)
{
	struct sync_surface *sync = wl_container_of(listener, sync, surface_destroyed);

	(void)data;
	leave_surface(sync);
}

static void handle_sync_destroyed(struct wl_resource *resource)
{
	struct sync_surface *sync = wl_resource_get_user_data(resource);

	leave_surface(sync);
	free(sync);
}

static void handle_get_surface(struct wl_client *client, struct wl_resource *resource, uint32_t id,
			       struct wl_resource *surface_resource)
{
	struct surface *surface = surface_get(surface_resource);
	struct sync_surface *sync;

	if (surface->sync) {
		wl_resource_post_error(resource, WP_LINUX_DRM_SYNCOBJ_MANAGER_V1_ERROR_SURFACE_EXISTS,
				       "the surface is synchronised already");
		return;
	}
	sync = calloc(1, sizeof(*sync));
	if (sync)
		surface->sync = wl_resource_create(client, &wp_linux_drm_syncobj_surface_v1_interface, 1, id);
	if (!surface->sync) {
		free(sync);
		wl_client_post_no_memory(client);
		return;
	}
	sync->surface = surface;
	sync->surface_destroyed.notify = handle_surface_destroyed;
	wl_signal_add(&surface->destroyed, &sync->surface_destroyed);
	wl_resource_set_implementation(surface->sync, &surface_requests, sync, handle_sync_destroyed);
}

static const struct wp_linux_drm_syncobj_timeline_v1_interface timeline_requests = {
	.destroy = server_destroy_request,
};

static void handle_timeline_destroyed(struct wl_resource *resource)
{
	timeline_unref(wl_resource_get_user_data(resource));
}

/* NULL without memory; not imported: the fd is no timeline. */
static struct timeline *timeline_create(struct server *server, struct wl_client *wl_client, int fd)
{
	struct client *client = client_get(wl_client);
	struct timeline *timeline;

	if (client_charge(client, 1, 0) < 0)
		return NULL;
	timeline = calloc(1, sizeof(*timeline));
	if (!timeline) {
		client_discharge(client, 1, 0);
		return NULL;
	}
	*timeline = (struct timeline){.client = client, .refs = 1};
	cen_timeline_import(server->syncobj->machine, server->syncobj->device, fd, &timeline->points, NULL);
	return timeline;
}

static void handle_import_timeline(struct wl_client *client, struct wl_resource *resource, uint32_t id, int32_t fd)
{
	struct timeline *timeline = timeline_create(wl_resource_get_user_data(resource), client, fd);
	struct wl_resource *made = NULL;

	close(fd);
	if (timeline && timeline->points)
		made = wl_resource_create(client, &wp_linux_drm_syncobj_timeline_v1_interface, 1, id);
	if (made) {
		wl_resource_set_implementation(made, &timeline_requests, timeline, handle_timeline_destroyed);
		return;
	}
	if (timeline && !timeline->points)
		wl_resource_post_error(resource, WP_LINUX_DRM_SYNCOBJ_MANAGER_V1_ERROR_INVALID_TIMELINE,
				       "the fd is no timeline");
	else
		wl_client_post_no_memory(client);
	if (timeline)
		timeline_unref(timeline);
}

static const struct wp_linux_drm_syncobj_manager_v1_interface manager_requests = {
	.destroy = server_destroy_request,
	.get_surface = handle_get_surface,
	.import_timeline = handle_import_timeline,
};

static void bind_manager(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	server_bind(client, &wp_linux_drm_syncobj_manager_v1_interface, version, id, &manager_requests, data);
}

/* Timelines, and a kernel that tells an event loop of them. */
static bool has_timelines(struct cen_machine *machine, const struct cen_device *device)
{
	struct cen_timeline *timeline;
	int fd = eventfd(0, EFD_CLOEXEC);
	bool has = false;

	if (cen_timeline_create(machine, device, &timeline, NULL) == 0)
		has = cen_timeline_notify(timeline, 1, fd, NULL) == 0;
	cen_timeline_destroy(timeline);
	if (fd >= 0)
		close(fd);
	return has;
}

int syncobj_init(struct server *server)
{
	struct cen_machine *machine = output_get_machine(server->output);
	const struct cen_device *device;
	size_t i = 0;

	while ((device = cen_machine_get_device(machine, i)) && !has_timelines(machine, device))
		i++;
	if (!device)
		return 0;
	server->syncobj = calloc(1, sizeof(*server->syncobj));
	if (!server->syncobj)
		return -ENOMEM;
	*server->syncobj = (struct syncobj){.machine = machine, .device = device};
	return wl_global_create(server->display, &wp_linux_drm_syncobj_manager_v1_interface, 1, server, bind_manager)
		       ? 0
		       : -ENOMEM;
}

void syncobj_finish(struct server *server)
{
	free(server->syncobj);
	server->syncobj = NULL;
}
