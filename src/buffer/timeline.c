/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Timelines: file descriptors here, and the backends of DRM devices to work on them. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

#include <cenalloc/sync.h>

#include "clock.h"
#include "error.h"
#include "host.h"
#include "machine.h"
#include "sync.h"
#include "util.h"

struct cen_timeline {
	struct cen_machine *machine; /* kept alive */
	const struct cen_device *device; /* one whose backend knows timelines */
	int fd;
};

static bool has_sync(const struct cen_device *device)
{
	return device->backend && BACKEND_OPERATION(device->backend->table, sync);
}

/*
 * Without the context's lock: a wait that kept it would keep out the thread that signals. The interface of plug-ins
 * says so.
 */
static int ask_backend(const struct cen_device *device, struct cen_sync_op *op, struct cen_error **err)
{
	const struct failure_facts facts = {.device = device->desc.path, .access_help = device->desc.access_help};
	struct backend_instance *backend = device->backend;
	struct cen_call call = {.ctx = backend->ctx, .backend = backend, .operation = OPERATION_SYNC};
	int ret;

	op->size = sizeof(*op);
	op->out_fd = -1;
	ret = _cen_call_finish(&call, backend->table->sync(backend->state, &call, &device->desc, op));
	return ret < 0 ? _cen_call_set_error(&call, ret, &facts, err) : 0;
}

static int break_contract(const struct cen_device *device, const char *what, struct cen_error **err)
{
	return _cen_error_set(
		err, CEN_ERROR_BACKEND, EPROTO, &(struct error_facts){.device = device->desc.path, .call = "sync"},
		"%s: backend %s broke its contract: %s", device->desc.path, device->backend->table->name, what);
}

/* The fd of an answer, made the caller's. The standard streams are spared, as in allocation. */
static int take_fd(const struct cen_device *device, const struct cen_sync_op *op, int *out, struct cen_error **err)
{
	if (op->out_fd <= STDERR_FILENO || op->out_fd == op->timeline || fcntl(op->out_fd, F_SETFD, FD_CLOEXEC) < 0)
		return break_contract(device, "it says success and returned no file descriptor of its own", err);
	*out = op->out_fd;
	return 0;
}

static bool is_known_device(const struct cen_machine *machine, const struct cen_device *device)
{
	for (size_t n = 0; n < machine->device_count; n++) {
		if (machine->devices[n] == device)
			return true;
	}
	return false;
}

/* The device, or another backend's of the same node, that has timelines to offer. */
static int find_provider(const struct cen_machine *machine, const struct cen_device *device,
			 const struct cen_device **out, struct cen_error **err)
{
	if (!is_known_device(machine, device))
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_DEVICE, ENODEV, NULL,
				      "the device is not one of this machine");
	*out = has_sync(device) ? device : NULL;
	for (size_t n = 0; !*out && n < machine->device_count; n++) {
		const struct cen_device *sibling = machine->devices[n];

		if (has_sync(sibling) && strcmp(sibling->desc.path, device->desc.path) == 0)
			*out = sibling;
	}
	if (*out)
		return 0;
	return _cen_error_set(err, CEN_ERROR_USAGE, EOPNOTSUPP, &(struct error_facts){.device = device->desc.path},
			      "%s has no timelines: only DRM devices have some", device->desc.path);
}

/* The first device that does it. The refusal of one that has timelines says more than that of one that has none. */
static int ask_everybody(const struct cen_machine *machine, struct cen_sync_op *op, const struct cen_device **out,
			 struct cen_error **err)
{
	struct cen_error *failure = NULL;
	int ret = -EOPNOTSUPP;

	for (size_t n = 0; ret == -EOPNOTSUPP && n < machine->device_count; n++) {
		*out = machine->devices[n];
		if (!has_sync(*out) || (*out)->desc.access < 0)
			continue;
		cen_error_destroy(STEAL(failure));
		ret = ask_backend(*out, op, err ? &failure : NULL);
	}
	if (ret < 0 && failure && !*err)
		*err = STEAL(failure);
	cen_error_destroy(failure);
	if (ret < 0)
		_cen_error_set(err, CEN_ERROR_USAGE, -ret, NULL, "no device of this machine has timelines");
	return ret;
}

/* The first operation on a timeline: whoever does it will do the others. */
static int start(struct cen_machine *machine, const struct cen_device *device, struct cen_sync_op *op,
		 const struct cen_device **provider, struct cen_error **err)
{
	int ret;

	if (!device)
		return ask_everybody(machine, op, provider, err);
	ret = find_provider(machine, device, provider, err);
	return ret < 0 || !*provider ? ret : ask_backend(*provider, op, err);
}

static int make_timeline(struct cen_machine *machine, const struct cen_device *device, int *fd,
			 struct cen_timeline **out, struct cen_error **err)
{
	struct cen_timeline *timeline = malloc(sizeof(*timeline));

	if (!timeline)
		return _cen_error_no_memory(err);
	*timeline = (struct cen_timeline){
		.machine = _cen_machine_ref(machine),
		.device = device,
		.fd = _cen_steal_fd(fd),
	};
	*out = timeline;
	return 0;
}

int cen_timeline_create(struct cen_machine *machine, const struct cen_device *device, struct cen_timeline **out,
			struct cen_error **err)
{
	struct cen_sync_op op = {.action = CEN_SYNC_CREATE, .timeline = -1, .fence = -1};
	const struct cen_device *provider = NULL;
	_cleanup_close_ int fd = -1;
	int ret;

	*out = NULL;
	ret = start(machine, device, &op, &provider, err);
	if (ret == 0)
		ret = take_fd(provider, &op, &fd, err);
	return ret < 0 ? ret : make_timeline(machine, provider, &fd, out, err);
}

/* What can be queried is a timeline. */
int cen_timeline_import(struct cen_machine *machine, const struct cen_device *device, int fd, struct cen_timeline **out,
			struct cen_error **err)
{
	_cleanup_close_ int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	struct cen_sync_op op = {.action = CEN_SYNC_QUERY, .timeline = copy, .fence = -1};
	const struct cen_device *provider = NULL;
	int errnum = errno, ret;

	*out = NULL;
	if (copy < 0)
		return _cen_error_set(err, errnum == EBADF ? CEN_ERROR_ARGUMENT : CEN_ERROR_SYSTEM,
				      errnum == EBADF ? EINVAL : errnum, &(struct error_facts){.call = "fcntl"},
				      "timeline fd %d: %s", fd, strerror(errnum));
	ret = start(machine, device, &op, &provider, err);
	return ret < 0 ? ret : make_timeline(machine, provider, &copy, out, err);
}

void cen_timeline_destroy(struct cen_timeline *timeline)
{
	if (!timeline)
		return;
	close(timeline->fd);
	_cen_machine_unref(timeline->machine);
	free(timeline);
}

int cen_timeline_get_fd(const struct cen_timeline *timeline)
{
	return timeline->fd;
}

/* Point 0 is where every timeline begins: nothing can be submitted there. */
static int work(struct cen_timeline *timeline, struct cen_sync_op *op, struct cen_error **err)
{
	if (op->action != CEN_SYNC_QUERY && op->point == 0)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "point 0 of a timeline: points begin with 1");
	op->timeline = timeline->fd;
	return ask_backend(timeline->device, op, err);
}

int cen_timeline_import_fence(struct cen_timeline *timeline, uint64_t point, int fence, struct cen_error **err)
{
	struct cen_sync_op op = {.action = CEN_SYNC_IMPORT_FENCE, .point = point, .fence = fence};
	int ret = _cen_fence_check(fence, err);

	return ret < 0 ? ret : work(timeline, &op, err);
}

int cen_timeline_export_fence(struct cen_timeline *timeline, uint64_t point, int *fence, struct cen_error **err)
{
	struct cen_sync_op op = {.action = CEN_SYNC_EXPORT_FENCE, .point = point, .fence = -1};
	_cleanup_close_ int fd = -1;
	int ret;

	*fence = -1;
	ret = work(timeline, &op, err);
	if (ret == 0)
		ret = take_fd(timeline->device, &op, &fd, err);
	if (ret < 0)
		return ret;
	if (_cen_fence_check(fd, NULL) < 0)
		return break_contract(timeline->device, "what it returned is no sync_file", err);
	*fence = _cen_steal_fd(&fd);
	return 0;
}

int cen_timeline_signal(struct cen_timeline *timeline, uint64_t point, struct cen_error **err)
{
	struct cen_sync_op op = {.action = CEN_SYNC_SIGNAL, .point = point, .fence = -1};

	return work(timeline, &op, err);
}

int cen_timeline_wait(struct cen_timeline *timeline, uint64_t point, int timeout_ms, struct cen_error **err)
{
	struct cen_sync_op op = {.action = CEN_SYNC_WAIT, .point = point, .fence = -1};
	struct cen_error *failure = NULL;
	int ret;

	op.deadline_ns = _cen_deadline(timeout_ms);
	ret = work(timeline, &op, err && !*err ? &failure : NULL);
	if (ret == -ETIME) {
		cen_error_destroy(failure);
		return _cen_error_set(err, CEN_ERROR_BUSY, ETIMEDOUT,
				      &(struct error_facts){.device = timeline->device->desc.path},
				      "point %" PRIu64 " was not signalled within %d ms", point, timeout_ms);
	}
	if (failure)
		*err = failure;
	return ret;
}

int cen_timeline_notify(struct cen_timeline *timeline, uint64_t point, int eventfd, struct cen_error **err)
{
	struct cen_sync_op op = {.action = CEN_SYNC_NOTIFY, .point = point, .fence = eventfd};

	if (fcntl(eventfd, F_GETFD) < 0)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, &(struct error_facts){.call = "fcntl"},
				      "eventfd %d: %s", eventfd, strerror(errno));
	return work(timeline, &op, err);
}

int cen_timeline_query(struct cen_timeline *timeline, uint64_t *point, struct cen_error **err)
{
	struct cen_sync_op op = {.action = CEN_SYNC_QUERY, .fence = -1};
	int ret = work(timeline, &op, err);

	*point = ret == 0 ? op.point : 0;
	return ret;
}
