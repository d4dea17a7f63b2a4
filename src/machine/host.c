/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The services that a backend calls, and what becomes of its failures. Everything it says is checked. */
#include "host.h"

#include <errno.h>
#include <stdio.h>

#include "context.h"
#include "descriptor.h"
#include "error.h"
#include "machine.h"
#include "options.h"
#include "util.h"

#define CAPABILITY_SIZE_V1 (offsetof(struct cen_capability, constraint_count) + sizeof(size_t))
#define CONSTRAINTS_MAX 1024

const char *_cen_call_get_backend(const struct cen_call *call)
{
	return call->backend ? call->backend->table->name : "core";
}

static int refuse(const struct cen_call *call, int errnum, const char *what, const char *name, const char *reason)
{
	if (!call->is_child)
		_cen_log(call->ctx, CEN_LOG_WARNING, _cen_call_get_backend(call), "%s %s: not taken: %s", what, name,
			 reason);
	return -errnum;
}

/* Several backends may know one node, each for usages of its own; one backend names it once. */
static bool has_device(const struct cen_machine *machine, const struct backend_instance *backend, const char *path)
{
	for (size_t n = 0; n < machine->device_count; n++) {
		const struct cen_device *device = machine->devices[n];

		if (device->backend == backend && strcmp(device->desc.path, path) == 0)
			return true;
	}
	return false;
}

static bool has_source(const struct cen_machine *machine, const char *name)
{
	for (size_t n = 0; n < machine->source_count; n++) {
		if (strcmp(machine->sources[n]->desc.name, name) == 0)
			return true;
	}
	return false;
}

static int no_memory(struct cen_call *call)
{
	call->has_no_memory = true;
	return -ENOMEM;
}

static int add_device(struct cen_call *call, const struct cen_device_desc *desc)
{
	const char *reason = _cen_device_desc_check(desc);
	struct cen_machine *machine = call->machine;
	struct cen_device *device;

	if (reason)
		return refuse(call, EINVAL, "device", desc && desc->path ? desc->path : "?", reason);
	if (call->operation != OPERATION_LIST)
		return refuse(call, EINVAL, "device", desc->path, "it did not come from list()");
	if (call->backend && !BACKEND_OPERATION(call->backend->table, describe))
		return refuse(call, EINVAL, "device", desc->path, "the backend has no describe()");
	if (has_device(machine, call->backend, desc->path))
		return refuse(call, EEXIST, "device", desc->path, "another list entry came first");
	if (_cen_grow(&machine->devices, &machine->device_capacity, machine->device_count,
		      sizeof(struct cen_device *)) < 0)
		return no_memory(call);
	device = _cen_device_create(desc);
	if (!device)
		return no_memory(call);
	device->backend = call->backend;
	machine->devices[machine->device_count++] = device;
	return 0;
}

static int add_source(struct cen_call *call, const struct cen_source_desc *desc)
{
	const char *reason = _cen_source_desc_check(desc);
	struct cen_machine *machine = call->machine;
	struct cen_source *source;

	if (reason)
		return refuse(call, EINVAL, "source", desc && desc->name ? desc->name : "?", reason);
	if (call->operation != OPERATION_LIST)
		return refuse(call, EINVAL, "source", desc->name, "it did not come from list()");
	if (!BACKEND_OPERATION(call->backend->table, allocate))
		return refuse(call, EINVAL, "source", desc->name, "the backend has no allocate()");
	if (has_source(machine, desc->name))
		return refuse(call, EEXIST, "source", desc->name, "another backend or list entry came first");
	if (_cen_grow(&machine->sources, &machine->source_capacity, machine->source_count,
		      sizeof(struct cen_source *)) < 0)
		return no_memory(call);
	source = _cen_source_create(desc);
	if (!source)
		return no_memory(call);
	source->backend = call->backend;
	machine->sources[machine->source_count++] = source;
	return 0;
}

static bool is_asked_for(const struct cen_call *call, uint32_t fourcc)
{
	for (size_t n = 0; n < call->fourcc_count; n++) {
		if (call->fourccs[n] == fourcc)
			return true;
	}
	return call->fourcc_count == 0;
}

static const char *check_capability(const struct cen_call *call, const struct cen_capability *capability)
{
	if (call->operation != OPERATION_DESCRIBE)
		return "it did not come from describe()";
	if (!capability || capability->size < CAPABILITY_SIZE_V1)
		return "the struct is too small";
	if (capability->constraint_count > CONSTRAINTS_MAX)
		return "constraint_count is more than 1024";
	if (capability->constraint_count && !capability->constraints)
		return "constraints is NULL though constraint_count is not 0";
	return NULL;
}

static int add_capability(struct cen_call *call, const struct cen_capability *capability)
{
	const char *reason = check_capability(call, capability);
	struct cen_error *error = NULL;
	char fourcc[8];
	int ret;

	if (reason)
		return refuse(call, EINVAL, "capability", "?", reason);
	if (!is_asked_for(call, capability->fourcc))
		return 0;
	ret = cen_capabilities_add(call->caps, capability, &error);
	if (ret == -ENOMEM)
		no_memory(call);
	else if (ret < 0)
		refuse(call, -ret, "capability", cen_format_to_string(capability->fourcc, fourcc),
		       error ? cen_error_get_message(error) : strerror(-ret));
	cen_error_destroy(error);
	return ret;
}

static void add_note(struct cen_call *call, const char *text)
{
	char *notes;

	if (call->operation != OPERATION_DESCRIBE || !text || !text[0])
		return;
	if (asprintf(&notes, "%s%s%s", call->notes ? call->notes : "", call->notes ? "\n" : "", text) < 0) {
		no_memory(call);
		return;
	}
	free(call->notes);
	call->notes = notes;
}

static int fail(struct cen_call *call, const char *syscall, int errnum, const char *message)
{
	struct call_failure *failure = &call->failure;

	failure->errnum = errnum > 0 && errnum < 4096 ? errnum : EIO;
	snprintf(failure->call, sizeof(failure->call), "%s", syscall ? syscall : "");
	snprintf(failure->message, sizeof(failure->message), "%s", message ? message : "");
	return -failure->errnum;
}

static void log_message(struct cen_call *call, uint32_t level, const char *message)
{
	if (call->is_child || !message || level < CEN_LOG_ERROR)
		return;
	_cen_log(call->ctx, level, _cen_call_get_backend(call), "%s", message);
}

static const char *get_option(struct cen_call *call, const char *name)
{
	return name ? _cen_option_get(call->ctx, _cen_call_get_backend(call), name) : NULL;
}

const struct cen_host _cen_host = {
	.size = sizeof(struct cen_host),
	.abi = CEN_BACKEND_ABI,
	.add_device = add_device,
	.add_source = add_source,
	.add_capability = add_capability,
	.add_note = add_note,
	.fail = fail,
	.log = log_message,
	.get_option = get_option,
	.get_format_info = cen_format_get_info,
	.add_feedback = _cen_host_add_feedback,
	.get_wire_modifier = _cen_host_get_wire_modifier,
};

int _cen_call_finish(struct cen_call *call, int ret)
{
	if (ret > 0 || ret < -4095) {
		call->is_contract_broken = true;
		snprintf(call->failure.message, sizeof(call->failure.message),
			 "backend %s returned %d, neither 0 nor a negative errno", _cen_call_get_backend(call), ret);
		return -EPROTO;
	}
	return ret == 0 && call->has_no_memory ? -ENOMEM : ret;
}

static enum cen_error_code choose_code(const struct cen_call *call, int errnum)
{
	if (call->is_contract_broken)
		return CEN_ERROR_BACKEND;
	if (call->operation == OPERATION_TRY_IMPORT)
		return CEN_ERROR_IMPORT;
	switch (errnum) {
	case EACCES:
	case EPERM:
		return CEN_ERROR_PERMISSION;
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return CEN_ERROR_DEVICE_LOST;
	case EBUSY:
		return CEN_ERROR_BUSY;
	case ENOMEM:
		if (call->operation == OPERATION_ALLOCATE)
			return CEN_ERROR_ALLOCATION;
		return call->failure.call[0] ? CEN_ERROR_SYSTEM : CEN_ERROR_NO_MEMORY;
	case EOPNOTSUPP:
		return call->operation == OPERATION_DESCRIBE || call->operation == OPERATION_SYNC ? CEN_ERROR_USAGE
												  : CEN_ERROR_SYSTEM;
	case EAGAIN:
		return call->operation == OPERATION_SYNC ? CEN_ERROR_BUSY : CEN_ERROR_SYSTEM;
	case EINVAL:
		return call->operation == OPERATION_SYNC ? CEN_ERROR_ARGUMENT : CEN_ERROR_SYSTEM;
	default:
		return CEN_ERROR_SYSTEM;
	}
}

/* "/dev/video0: ..." */
static bool begins_with_device(const char *message, const char *device)
{
	size_t length = strlen(device);

	return strncmp(message, device, length) == 0 && message[length] == ':';
}

int _cen_call_set_error(const struct cen_call *call, int ret, const struct failure_facts *facts, struct cen_error **err)
{
	const struct call_failure *failure = &call->failure;
	struct error_facts error_facts = {
		.device = facts->device,
		.call = failure->call[0] ? failure->call : NULL,
		.wanted = facts->wanted,
		.held = facts->held,
		.fitted = facts->fitted,
	};
	enum cen_error_code code = choose_code(call, -ret);
	const char *help = code == CEN_ERROR_PERMISSION ? facts->access_help : NULL;
	const char *message = failure->message[0] ? failure->message : NULL;
	const char *colon = error_facts.call ? ": " : "", *suffix = facts->suffix;
	bool is_named = message && begins_with_device(message, facts->device);

	/* A backend that knows its trade names the device and the file itself: once is enough. */
	if (message && help && strstr(message, help))
		help = NULL;
	return _cen_error_set(err, code, -ret, &error_facts, "%s%s%s%s%s%s%s%s%s%s%s%s", is_named ? "" : facts->device,
			      is_named ? "" : ": ", message ? message : "", message ? " (" : "", failure->call, colon,
			      strerror(-ret), message ? ")" : "", help ? "; " : "", help ? help : "",
			      suffix ? "; " : "", suffix ? suffix : "");
}

bool _cen_backend_open(struct backend_instance *backend)
{
	struct cen_call call = {.ctx = backend->ctx, .backend = backend, .operation = OPERATION_OPEN};
	int ret = 0;

	if (backend->is_open || backend->is_failed)
		return backend->is_open;
	if (BACKEND_OPERATION(backend->table, open))
		ret = _cen_call_finish(&call, backend->table->open(&_cen_host, &call, &backend->state));
	if (ret < 0) {
		backend->is_failed = true;
		_cen_log(backend->ctx, CEN_LOG_WARNING, "machine", "backend %s left out: open: %s%s%s",
			 backend->table->name, call.failure.message, call.failure.message[0] ? ": " : "",
			 strerror(-ret));
		return false;
	}
	backend->is_open = true;
	return true;
}
