/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "file-machine.h"

#include <errno.h>
#include <stdio.h>

#include "cpu-device.h"
#include "descriptor.h"
#include "error.h"
#include "host.h"
#include "machine-file.h"
#include "machine.h"
#include "util.h"

/* More than the table of formats has; a device that lists still more has no order among the rest. */
#define FORMATS_KNOWN 256u

struct file_backend {
	struct cen_backend table; /* its name is that of the file */
	struct backend_instance instance;
};

struct file_machine {
	struct machine_file *file;
	struct file_backend **backends;
	size_t backend_count, backend_capacity;
};

/* How many modifiers of a format came before: alternatives, too, stand in the order in which they are liked. */
struct liked {
	uint32_t fourccs[FORMATS_KNOWN], counts[FORMATS_KNOWN];
	size_t count;
};

/* The place of the next of so many modifiers of a format. */
static uint32_t rank_next(struct liked *liked, uint32_t fourcc, size_t modifiers)
{
	size_t i = 0;
	uint32_t rank;

	while (i < liked->count && liked->fourccs[i] != fourcc)
		i++;
	if (i == FORMATS_KNOWN)
		return 0;
	if (i == liked->count) {
		liked->fourccs[liked->count++] = fourcc;
		liked->counts[i] = 0;
	}
	rank = liked->counts[i];
	liked->counts[i] += (uint32_t)modifiers;
	return rank;
}

/* One alternative, format by format. */
static int describe_format(struct cen_call *call, const struct file_device *device,
			   const struct file_alternative *alternative, uint32_t fourcc, const struct cen_query *query,
			   uint32_t rank)
{
	const struct file_rules *parts[] = {&device->rules, &alternative->rules};
	const struct cen_format_info *format = cen_format_get_info(fourcc);
	struct cen_constraint constraints[2 * FILE_MAX_CONSTRAINTS];
	size_t count = 0;
	int ret = 0;

	for (size_t p = 0; p < ARRAY_LENGTH(parts); p++) {
		for (size_t i = 0; i < parts[p]->count; i++)
			count += _cen_file_rule_evaluate(&parts[p]->items[i], format, query->width, query->height,
							 &constraints[count]);
	}
	for (size_t m = 0; ret == 0 && m < alternative->modifier_count; m++) {
		struct cen_capability capability = {
			.size = sizeof(capability),
			.fourcc = fourcc,
			.preference = alternative->preferences ? alternative->preferences[m] : rank + (uint32_t)m,
			.constraints = constraints,
			.constraint_count = count,
		};

		if (_cen_file_modifier_evaluate(&alternative->modifiers[m], query->height, &capability.modifier))
			ret = _cen_host.add_capability(call, &capability);
	}
	return ret;
}

static bool has_size(const struct file_sizes *sizes, const struct cen_query *query)
{
	for (size_t i = 0; i < sizes->count; i++) {
		if (sizes->items[i].width == query->width && sizes->items[i].height == query->height)
			return !sizes->is_except;
	}
	return !sizes->count || sizes->is_except;
}

static bool holds(const struct file_alternative *alternative, const struct cen_query *query)
{
	return alternative->usages & CEN_USAGE_BIT(query->usage) && has_size(&alternative->sizes, query);
}

static bool needs_size(const struct file_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		if (rules->items[i].form != FILE_RULE_VALUE && rules->items[i].form != FILE_RULE_PIXELS)
			return true;
	}
	return false;
}

static bool has_columns(const struct file_alternative *alternative)
{
	for (size_t m = 0; m < alternative->modifier_count; m++) {
		if (alternative->modifiers[m].column_rows)
			return true;
	}
	return false;
}

static void tell(struct cen_call *call, const struct file_device *device, const struct cen_query *query)
{
	bool is_incomplete = !query->width && needs_size(&device->rules);

	for (size_t i = 0; i < device->alternative_count; i++) {
		const struct file_alternative *alternative = &device->alternatives[i];

		if (alternative->usages & CEN_USAGE_BIT(query->usage) && !query->width)
			is_incomplete = is_incomplete || alternative->sizes.count || needs_size(&alternative->rules) ||
					has_columns(alternative);
	}
	for (size_t i = 0; i < device->note_count; i++) {
		const struct file_note *note = &device->notes[i];

		if (note->usages & CEN_USAGE_BIT(query->usage) && has_size(&note->sizes, query))
			_cen_host.add_note(call, note->text);
	}
	if (is_incomplete)
		_cen_host.add_note(call,
				   "some constraints of this device follow from the size of the image: none is given");
}

static int file_describe(void *state, struct cen_call *call, const struct cen_device_desc *desc,
			 const struct cen_query *query)
{
	const struct machine_file *file = state;
	const struct file_device *device = &file->devices[desc->cookie];
	struct liked liked = {.count = 0};
	int ret = 0;

	if (!(device->desc.usages & CEN_USAGE_BIT(query->usage)))
		return -EOPNOTSUPP;
	for (size_t i = 0; ret == 0 && i < device->alternative_count; i++) {
		const struct file_alternative *alternative = &device->alternatives[i];

		if (!holds(alternative, query))
			continue;
		for (size_t f = 0; ret == 0 && f < alternative->fourcc_count; f++) {
			uint32_t rank = rank_next(&liked, alternative->fourccs[f], alternative->modifier_count);

			ret = describe_format(call, device, alternative, alternative->fourccs[f], query, rank);
			/* What does not merge for a format at this size, such as two exact strides, is none there. */
			if (ret == -ERANGE)
				ret = 0;
		}
	}
	tell(call, device, query);
	return ret;
}

static int file_list(void *state, struct cen_call *call)
{
	(void)state;
	(void)call;
	return 0;
}

static int file_allocate(void *state, struct cen_call *call, const struct cen_source_desc *source,
			 const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out, uint32_t *made)
{
	char message[192];

	(void)state;
	(void)wish;
	(void)count;
	(void)out;
	*made = 0;
	snprintf(message, sizeof(message), "%.100s is a source of a machine file: nothing is allocated from it",
		 source->name);
	return _cen_host.fail(call, NULL, EOPNOTSUPP, message);
}

/* The backend of this name; NULL without memory. */
static struct backend_instance *get_backend(struct cen_machine *machine, const char *name)
{
	struct file_machine *own = machine->file;
	struct file_backend *backend;

	for (size_t i = 0; i < own->backend_count; i++) {
		if (strcmp(own->backends[i]->table.name, name) == 0)
			return &own->backends[i]->instance;
	}
	if (_cen_grow(&own->backends, &own->backend_capacity, own->backend_count, sizeof(struct file_backend *)) < 0)
		return NULL;
	backend = calloc(1, sizeof(*backend));
	if (!backend)
		return NULL;
	backend->table = (struct cen_backend){
		.size = sizeof(backend->table),
		.abi = CEN_BACKEND_ABI,
		.name = name,
		.description = "as a machine file has it",
		.list = file_list,
		.describe = file_describe,
		.allocate = file_allocate,
	};
	backend->instance = (struct backend_instance){
		.table = &backend->table, .state = own->file, .ctx = machine->ctx, .is_open = true};
	own->backends[own->backend_count++] = backend;
	return &backend->instance;
}

static int refuse(const struct machine_file *file, const char *what, const char *name, const char *reason,
		  struct cen_error **err)
{
	return _cen_error_set(err, CEN_ERROR_SYNTAX, EINVAL, NULL, "machine file of %s: %s %s: %s", file->name, what,
			      name, reason);
}

static int add_device(struct cen_call *call, const struct file_device *device, struct cen_error **err)
{
	const char *reason = _cen_device_desc_check(&device->desc);

	if (!reason && !_cen_is_name(device->backend))
		reason = "its backend is not a name of letters, digits and '-'";
	if (reason)
		return refuse(call->machine->file->file, "device", device->desc.path, reason, err);
	call->backend = get_backend(call->machine, device->backend);
	if (!call->backend || _cen_host.add_device(call, &device->desc) < 0)
		return _cen_error_no_memory(err);
	return 0;
}

static int add_source(struct cen_call *call, const struct file_source *source, struct cen_error **err)
{
	const char *reason = _cen_source_desc_check(&source->desc);

	if (!reason && !_cen_is_name(source->backend))
		reason = "its backend is not a name of letters, digits and '-'";
	if (reason)
		return refuse(call->machine->file->file, "source", source->desc.name, reason, err);
	call->backend = get_backend(call->machine, source->backend);
	if (!call->backend || _cen_host.add_source(call, &source->desc) < 0)
		return _cen_error_no_memory(err);
	return 0;
}

int _cen_file_machine_fill(struct cen_machine *machine, struct machine_file *file, struct cen_error **err)
{
	struct cen_call call = {.ctx = machine->ctx, .operation = OPERATION_LIST, .machine = machine};
	int ret = 0;

	machine->file = calloc(1, sizeof(*machine->file));
	if (!machine->file) {
		_cen_machine_file_free(file);
		return _cen_error_no_memory(err);
	}
	machine->file->file = file;
	machine->quirks = &file->quirks;
	if (!_cen_dup_string(file->kernel, &machine->kernel))
		return _cen_error_no_memory(err);
	for (size_t i = 0; ret == 0 && i < file->device_count; i++)
		ret = add_device(&call, &file->devices[i], err);
	for (size_t i = 0; ret == 0 && i < file->source_count; i++)
		ret = add_source(&call, &file->sources[i], err);
	call.backend = NULL;
	if (ret == 0 && _cen_host.add_device(&call, &_cen_cpu_desc) < 0)
		ret = _cen_error_no_memory(err);
	return ret;
}

const struct machine_file *_cen_file_machine_get(const struct file_machine *file)
{
	return file ? file->file : NULL;
}

void _cen_file_machine_free(struct file_machine *file)
{
	if (!file)
		return;
	for (size_t i = 0; i < file->backend_count; i++)
		free(file->backends[i]);
	free(file->backends);
	_cen_machine_file_free(file->file);
	free(file);
}
