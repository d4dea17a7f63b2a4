/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A machine: what the backends list, plus the CPU; and the questions that are put to its devices. */
#include "machine.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/utsname.h>

#include "context.h"
#include "cpu-device.h"
#include "descriptor.h"
#include "error.h"
#include "file-machine.h"
#include "host.h"
#include "machine-file.h"
#include "name-list.h"
#include "read-file.h"
#include "region.h"
#include "util.h"

#define TOPIC "machine"
#define SOURCE_INFO_SIZE_V1 (offsetof(struct cen_source_info, has_bytes) + sizeof(uint32_t))

/* Take back what a backend listed before it failed. */
static void truncate_lists(struct cen_machine *machine, size_t device_count, size_t source_count)
{
	while (machine->device_count > device_count)
		_cen_device_destroy(machine->devices[--machine->device_count]);
	while (machine->source_count > source_count)
		_cen_source_destroy(machine->sources[--machine->source_count]);
}

/* Returns 0 or -ENOMEM. A backend that fails is logged and left out. */
static int list_backend(struct cen_machine *machine, struct backend_instance *backend)
{
	struct cen_call call = {
		.ctx = machine->ctx, .backend = backend, .operation = OPERATION_LIST, .machine = machine};
	size_t device_count = machine->device_count, source_count = machine->source_count;
	int ret;

	if (!_cen_backend_open(backend))
		return 0;
	ret = _cen_call_finish(&call, backend->table->list(backend->state, &call));
	if (call.has_no_memory)
		return -ENOMEM;
	if (ret < 0) {
		truncate_lists(machine, device_count, source_count);
		_cen_log(machine->ctx, CEN_LOG_WARNING, TOPIC, "backend %s left out: list: %s%s%s%s%s",
			 backend->table->name, call.failure.message, call.failure.message[0] ? ": " : "",
			 call.failure.call, call.failure.call[0] ? ": " : "", strerror(-ret));
	}
	return 0;
}

static int list_all(struct cen_machine *machine)
{
	const struct registry *registry = &machine->ctx->registry;
	struct cen_call call = {.ctx = machine->ctx, .operation = OPERATION_LIST, .machine = machine};
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(machine->ctx);
	int ret = _cen_registry_complete(machine->ctx);

	for (size_t n = 0; ret == 0 && n < registry->count; n++)
		ret = list_backend(machine, registry->items[n]);
	if (ret == 0)
		ret = _cen_host.add_device(&call, &_cen_cpu_desc);
	return ret;
}

/* The release of the running kernel. Returns 0 or -ENOMEM. */
static int set_kernel(struct cen_machine *machine)
{
	struct utsname name;

	if (uname(&name) < 0)
		return 0;
	machine->kernel = strdup(name.release);
	return machine->kernel ? 0 : -ENOMEM;
}

/* The first machine of a context reads them. Returns 0 or -ENOMEM. */
static int read_quirks(struct cen_context *ctx)
{
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(ctx);

	return _cen_quirks_read(ctx, NULL);
}

/* An empty one. Returns 0, or a negative errno with err set. */
static int create(struct cen_context *ctx, uint32_t flags, struct cen_machine **out, struct cen_error **err)
{
	struct cen_machine *machine;

	*out = NULL;
	if (flags & ~CEN_MACHINE_PASSIVE)
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL,
				      "machine flags 0x%x: the bits 0x%x are not known", flags,
				      flags & ~CEN_MACHINE_PASSIVE);
	machine = calloc(1, sizeof(*machine));
	if (!machine)
		return _cen_error_no_memory(err);
	atomic_init(&machine->refs, 1);
	machine->flags = flags;
	machine->ctx = _cen_context_ref(ctx);
	if (read_quirks(ctx) < 0) {
		_cen_machine_unref(machine);
		return _cen_error_no_memory(err);
	}
	*out = machine;
	return 0;
}

int cen_machine_create_file(struct cen_context *ctx, const char *path, uint32_t flags, struct cen_machine **out,
			    struct cen_error **err)
{
	_cleanup_free_ char *text = NULL;
	size_t bytes;
	int ret;

	*out = NULL;
	ret = _cen_read_file(path, JSON_MAX_BYTES, &text, &bytes, err);
	return ret < 0 ? ret : cen_machine_create_text(ctx, path, text, bytes, flags, out, err);
}

int cen_machine_create_text(struct cen_context *ctx, const char *name, const char *text, size_t bytes, uint32_t flags,
			    struct cen_machine **out, struct cen_error **err)
{
	struct cen_machine *machine;
	struct machine_file *file;
	int ret = create(ctx, flags, out, err);

	if (ret < 0)
		return ret;
	machine = STEAL(*out);
	ret = _cen_machine_file_read(name, text, bytes, &file, err);
	if (ret == 0)
		ret = _cen_file_machine_fill(machine, file, err);
	if (ret < 0)
		_cen_machine_unref(machine);
	else
		*out = machine;
	return ret;
}

int cen_machine_create_live(struct cen_context *ctx, uint32_t flags, struct cen_machine **out, struct cen_error **err)
{
	struct cen_machine *machine;
	int ret = create(ctx, flags, out, err);

	if (ret < 0)
		return ret;
	machine = STEAL(*out);
	if (set_kernel(machine) < 0 || list_all(machine) < 0) {
		_cen_machine_unref(machine);
		return _cen_error_no_memory(err);
	}
	ret = _cen_region_declare_configured(machine, err);
	if (ret < 0) {
		_cen_machine_unref(machine);
		return ret;
	}
	*out = machine;
	return 0;
}

struct cen_machine *_cen_machine_ref(struct cen_machine *machine)
{
	atomic_fetch_add_explicit(&machine->refs, 1, memory_order_relaxed);
	return machine;
}

void _cen_machine_unref(struct cen_machine *machine)
{
	if (!machine || atomic_fetch_sub_explicit(&machine->refs, 1, memory_order_acq_rel) != 1)
		return;
	_cen_regions_leave(machine);
	truncate_lists(machine, 0, 0);
	free(machine->devices);
	free(machine->sources);
	free(machine->kernel);
	_cen_file_machine_free(machine->file);
	_cen_context_unref(machine->ctx);
	free(machine);
}

void cen_machine_destroy(struct cen_machine *machine)
{
	_cen_machine_unref(machine);
}

size_t cen_machine_get_device_count(const struct cen_machine *machine)
{
	return machine->device_count;
}

const struct cen_device *cen_machine_get_device(const struct cen_machine *machine, size_t index)
{
	return index < machine->device_count ? machine->devices[index] : NULL;
}

size_t cen_machine_get_source_count(const struct cen_machine *machine)
{
	return machine->source_count;
}

const struct cen_source *cen_machine_get_source(const struct cen_machine *machine, size_t index)
{
	return index < machine->source_count ? machine->sources[index] : NULL;
}

/* backend: only devices of the backend of this name; length 0: of all. */
struct backend_name {
	const char *text;
	size_t length;
};

static bool is_of_backend(const struct cen_device *device, struct backend_name backend)
{
	const char *name = cen_device_get_backend(device);

	return !backend.length || (strlen(name) == backend.length && strncmp(name, backend.text, backend.length) == 0);
}

static const struct cen_device *find_by_path(const struct cen_machine *machine, const char *path,
					     struct backend_name backend)
{
	for (size_t n = 0; n < machine->device_count; n++) {
		if (strcmp(machine->devices[n]->desc.path, path) == 0 && is_of_backend(machine->devices[n], backend))
			return machine->devices[n];
	}
	return NULL;
}

/* A symbolic link or another node of the same device. stat() opens nothing. */
static const struct cen_device *find_by_node(const struct cen_machine *machine, const char *path,
					     struct backend_name backend)
{
	struct stat st;

	if (stat(path, &st) < 0 || !(S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) || !st.st_rdev)
		return NULL;
	for (size_t n = 0; n < machine->device_count; n++) {
		if (machine->devices[n]->desc.devnum == st.st_rdev && is_of_backend(machine->devices[n], backend))
			return machine->devices[n];
	}
	return NULL;
}

/* A device of any backend, or with "vulkan:" in front of that one. A path may have a ':' itself. */
static const struct cen_device *find_device(const struct cen_machine *machine, const char *path)
{
	const char *colon = strchr(path, ':');
	const struct cen_device *found = find_by_path(machine, path, (struct backend_name){0});
	struct backend_name backend;

	if (!found)
		found = find_by_node(machine, path, (struct backend_name){0});
	if (found || !colon || colon == path)
		return found;
	backend = (struct backend_name){path, (size_t)(colon - path)};
	found = find_by_path(machine, colon + 1, backend);
	return found ? found : find_by_node(machine, colon + 1, backend);
}

/* Whether a device of the same path comes before this one. */
static bool is_listed(const struct cen_machine *machine, size_t index)
{
	const struct cen_device *first =
		find_by_path(machine, machine->devices[index]->desc.path, (struct backend_name){0});

	return first != machine->devices[index];
}

static void list_paths(const struct cen_machine *machine, char *buf, size_t size)
{
	struct name_list list = {.buf = buf, .size = size};

	buf[0] = '\0';
	for (size_t n = 0; n < machine->device_count; n++) {
		if (!is_listed(machine, n))
			_cen_name_list_add(&list, machine->devices[n]->desc.path);
	}
}

int cen_machine_find_device(const struct cen_machine *machine, const char *path, const struct cen_device **out,
			    struct cen_error **err)
{
	char known[1024];

	*out = NULL;
	if (!path || !path[0])
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "the path of a device is empty");
	*out = find_device(machine, path);
	if (*out)
		return 0;
	list_paths(machine, known, sizeof(known));
	return _cen_error_set(err, CEN_ERROR_UNKNOWN_DEVICE, ENODEV, &(struct error_facts){.device = path},
			      "%s: no such device on this machine; there are %s", path, known);
}

static void list_sources(const struct cen_machine *machine, char *buf, size_t size)
{
	struct name_list list = {.buf = buf, .size = size};

	snprintf(buf, size, "none");
	for (size_t n = 0; n < machine->source_count; n++)
		_cen_name_list_add(&list, machine->sources[n]->desc.name);
}

int cen_machine_find_source(const struct cen_machine *machine, const char *name, const struct cen_source **out,
			    struct cen_error **err)
{
	char known[1024];

	*out = NULL;
	if (!name || !name[0])
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "the name of a source is empty");
	for (size_t n = 0; n < machine->source_count; n++) {
		if (strcmp(machine->sources[n]->desc.name, name) == 0) {
			*out = machine->sources[n];
			return 0;
		}
	}
	list_sources(machine, known, sizeof(known));
	return _cen_error_set(err, CEN_ERROR_UNKNOWN_DEVICE, ENODEV, &(struct error_facts){.device = name},
			      "%s: no such source of buffers on this machine; there are %s", name, known);
}

const char *cen_device_get_path(const struct cen_device *device)
{
	return device->desc.path;
}

const char *cen_device_get_name(const struct cen_device *device)
{
	return device->desc.name;
}

const char *cen_device_get_driver(const struct cen_device *device)
{
	return device->desc.driver;
}

const char *cen_device_get_id(const struct cen_device *device)
{
	return device->desc.id;
}

const char *cen_device_get_backend(const struct cen_device *device)
{
	return device->backend ? device->backend->table->name : "core";
}

uint32_t cen_device_get_usages(const struct cen_device *device)
{
	return device->desc.usages;
}

int cen_device_get_access(const struct cen_device *device)
{
	return device->desc.access;
}

const char *cen_device_get_access_help(const struct cen_device *device)
{
	return device->desc.access_help;
}

int cen_source_get_info(const struct cen_source *source, struct cen_source_info *out)
{
	const struct cen_source_desc *desc = &source->desc;
	const struct cen_source_info info = {
		.size = sizeof(info),
		.name = desc->name,
		.path = desc->path,
		.backend = source->backend->table->name,
		.access = desc->access,
		.segments = desc->segments,
		.placement = desc->placement,
		.is_mappable = desc->is_mappable,
		.max_bytes = desc->max_bytes,
		.free_bytes = desc->free_bytes,
		.access_help = desc->access_help,
		.note = desc->note,
		.provenance = desc->provenance,
		.has_bytes = desc->flags & CEN_SOURCE_BYTES ? 1 : 0,
	};

	return _cen_copy_sized(out, out->size, &info, sizeof(info), SOURCE_INFO_SIZE_V1) < 0 ? -EINVAL : 0;
}
