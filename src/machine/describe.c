/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a device accepts: cen_machine_describe(). */
#include <errno.h>
#include <stdio.h>

#include <cenalloc/feedback.h>

#include "capability.h"
#include "context.h"
#include "cpu-device.h"
#include "error.h"
#include "host.h"
#include "machine.h"
#include "quirk-context.h"
#include "util.h"

#define SIZE_MAX_PIXELS 65536u
#define FOURCCS_MAX 4096u

static bool is_known_device(const struct cen_machine *machine, const struct cen_device *device)
{
	for (size_t n = 0; n < machine->device_count; n++) {
		if (machine->devices[n] == device)
			return true;
	}
	return false;
}

static int check_fourccs(const uint32_t *fourccs, size_t count, struct cen_error **err)
{
	char text[8];

	if (count > FOURCCS_MAX || (count && !fourccs))
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "%zu formats: NULL, or more than the bound of %u", count, FOURCCS_MAX);
	for (size_t n = 0; n < count; n++) {
		if (!cen_format_get_info(fourccs[n]))
			return _cen_error_set(err, CEN_ERROR_UNKNOWN_FORMAT, EINVAL, NULL,
					      "format %s (0x%08x) is not known", cen_format_to_string(fourccs[n], text),
					      fourccs[n]);
	}
	return 0;
}

static int check_query(const struct cen_machine *machine, const struct cen_device *device,
		       const struct cen_query *query, struct cen_error **err)
{
	if (!is_known_device(machine, device))
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_DEVICE, ENODEV, NULL,
				      "the device is not one of this machine");
	if (!cen_usage_get_name(query->usage))
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL, "%u is no usage", query->usage);
	if (query->width > SIZE_MAX_PIXELS || query->height > SIZE_MAX_PIXELS || !query->width != !query->height)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "size %ux%u: 1 to %u each, or 0x0 for the size the device has", query->width,
				      query->height, SIZE_MAX_PIXELS);
	return check_fourccs(query->fourccs, query->fourcc_count, err);
}

static bool is_denied(const struct cen_device *device)
{
	return device->desc.access == -EACCES || device->desc.access == -EPERM;
}

/* The device lacks the usage: because it cannot, or because nobody may look. */
static int refuse_usage(const struct cen_machine *machine, const struct cen_device *device, uint32_t usage,
			struct cen_error **err)
{
	const struct cen_device_desc *desc = &device->desc;
	const struct error_facts facts = {.device = desc->path};
	char usages[256];

	if (is_denied(device))
		return _cen_error_set(err, CEN_ERROR_PERMISSION, -desc->access, &facts, "%s: %s%s%s", desc->path,
				      strerror(-desc->access), desc->access_help ? "; " : "",
				      desc->access_help ? desc->access_help : "");
	_cen_usages_to_string(_cen_machine_get_node_usages(machine, device), usages, sizeof(usages));
	return _cen_error_set(err, CEN_ERROR_USAGE, EOPNOTSUPP, &facts, "%s cannot do %s; it can do %s", desc->path,
			      cen_usage_get_name(usage), usages);
}

static int ask(struct cen_call *call, const struct cen_device *device, const struct cen_query *query,
	       struct cen_error **err)
{
	const struct failure_facts facts = {.device = device->desc.path, .access_help = device->desc.access_help};
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(call->ctx);
	int ret;

	if (!device->backend)
		ret = _cen_cpu_describe(call, query);
	else
		ret = device->backend->table->describe(device->backend->state, call, &device->desc, query);
	ret = _cen_call_finish(call, ret);
	return ret < 0 ? _cen_call_set_error(call, ret, &facts, err) : 0;
}

/* Behind what the backend noted. Takes report, which may be NULL. */
static int add_report(struct cen_call *call, char *report, struct cen_error **err)
{
	_cleanup_free_ char *lines = report;
	char *notes;

	if (!lines)
		return 0;
	if (!call->notes) {
		call->notes = STEAL(lines);
		return 0;
	}
	if (asprintf(&notes, "%s\n%s", call->notes, lines) < 0)
		return _cen_error_no_memory(err);
	free(call->notes);
	call->notes = notes;
	return 0;
}

/* The quirks of the context, then those of the machine; NULL when there is no memory. */
static const struct quirk **gather_quirks(const struct cen_machine *machine, size_t *count)
{
	const struct quirks *shared = &machine->ctx->quirks;
	size_t own = machine->quirks ? machine->quirks->count : 0;
	const struct quirk **list = calloc(shared->count + own + 1, sizeof(*list));

	*count = 0;
	for (size_t i = 0; list && i < shared->count; i++)
		list[(*count)++] = shared->items[i];
	for (size_t i = 0; list && i < own; i++)
		list[(*count)++] = &machine->quirks->quirks[i];
	return list;
}

/* What quirks make of the answer. They are immutable since the machine was made. */
static int apply_quirks(struct cen_call *call, const struct cen_machine *machine, const struct cen_device *device,
			struct cen_error **err)
{
	const struct quirk_facts facts = {
		.driver = device->desc.driver,
		.id = device->desc.id,
		.backend = cen_device_get_backend(device),
		.kernel = machine->kernel,
		.usage = call->usage,
	};
	size_t count;
	_cleanup_free_ const struct quirk **list = gather_quirks(machine, &count);
	struct cen_capabilities *changed;
	char *report;
	int ret;

	if (!list)
		return _cen_error_no_memory(err);
	ret = _cen_quirks_apply(list, count, &facts, call->caps, &changed, &report, err);
	if (ret < 0 || !changed)
		return ret;
	cen_capabilities_unref(call->caps);
	call->caps = changed;
	return add_report(call, report, err);
}

int cen_machine_describe(struct cen_machine *machine, const struct cen_device *device, uint32_t usage, uint32_t width,
			 uint32_t height, const uint32_t *fourccs, size_t fourcc_count, struct cen_capabilities **out,
			 char **notes, struct cen_error **err)
{
	const struct cen_query query = {
		.size = sizeof(query),
		.usage = usage,
		.flags = machine->flags & CEN_MACHINE_PASSIVE ? CEN_QUERY_PASSIVE : 0,
		.width = width,
		.height = height,
		.fourccs = fourccs,
		.fourcc_count = fourcc_count,
	};
	struct cen_call call = {
		.ctx = machine->ctx,
		.operation = OPERATION_DESCRIBE,
		.usage = usage,
		.fourccs = fourccs,
		.fourcc_count = fourcc_count,
	};
	const struct cen_device *able;
	int ret;

	*out = NULL;
	if (notes)
		*notes = NULL;
	ret = check_query(machine, device, &query, err);
	if (ret < 0)
		return ret;
	able = _cen_machine_find_sibling(machine, device, usage);
	if (!able || is_denied(able))
		return refuse_usage(machine, able ? able : device, usage, err);
	if (cen_capabilities_create(&call.caps) < 0)
		return _cen_error_no_memory(err);
	call.backend = able->backend;
	ret = ask(&call, able, &query, err);
	if (ret == 0)
		ret = apply_quirks(&call, machine, able, err);
	cen_feedback_destroy(call.feedback);
	if (ret < 0) {
		cen_capabilities_unref(call.caps);
		free(call.notes);
		return ret;
	}
	_cen_capabilities_freeze(call.caps);
	*out = call.caps;
	if (notes)
		*notes = call.notes;
	else
		free(call.notes);
	return 0;
}
