/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "capability.h"
#include "error.h"
#include "machine.h"
#include "solver.h"
#include "util.h"

int cen_request_create(struct cen_machine *machine, struct cen_request **out)
{
	struct cen_request *request = calloc(1, sizeof(*request));

	*out = NULL;
	if (!request)
		return -ENOMEM;
	request->machine = _cen_machine_ref(machine);
	request->count = 1;
	*out = request;
	return 0;
}

void cen_request_destroy(struct cen_request *request)
{
	if (!request)
		return;
	for (size_t i = 0; i < request->usage_count; i++) {
		free(request->usages[i].name);
		cen_capabilities_unref(request->usages[i].caps);
	}
	free(request->fourccs);
	free(request->modifiers);
	free(request->policy);
	free(request->copies_note);
	_cen_machine_unref(request->machine);
	free(request);
}

static bool dup_array(const void *from, size_t bytes, void *to)
{
	void **array = to;

	if (!bytes)
		return true;
	*array = malloc(bytes);
	if (!*array)
		return false;
	memcpy(*array, from, bytes);
	return true;
}

static bool dup_policy(const struct constraint_set *from, struct constraint_set **to)
{
	return !from || _cen_constraint_set_create(from->items, from->count, to, NULL) == 0;
}

struct cen_request *_cen_request_dup_wishes(const struct cen_request *request)
{
	struct cen_request *copy;

	if (cen_request_create(request->machine, &copy) < 0)
		return NULL;
	copy->width = request->width;
	copy->height = request->height;
	copy->count = request->count;
	copy->copies = request->copies;
	if (!_cen_dup_string(request->copies_note, &copy->copies_note) ||
	    !dup_array(request->fourccs, request->fourcc_count * sizeof(*request->fourccs), &copy->fourccs) ||
	    !dup_array(request->modifiers, request->modifier_count * sizeof(*request->modifiers), &copy->modifiers) ||
	    !dup_policy(request->policy, &copy->policy)) {
		cen_request_destroy(copy);
		return NULL;
	}
	copy->fourcc_count = copy->fourcc_capacity = request->fourcc_count;
	copy->modifier_count = copy->modifier_capacity = request->modifier_count;
	return copy;
}

int cen_request_set_size(struct cen_request *request, uint32_t width, uint32_t height, struct cen_error **err)
{
	if (width < 1 || width > MAX_SIZE || height < 1 || height > MAX_SIZE)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "size %" PRIu32 "x%" PRIu32 ": width and height are 1 to %u pixels", width,
				      height, MAX_SIZE);
	request->width = width;
	request->height = height;
	return 0;
}

int cen_request_set_count(struct cen_request *request, uint32_t count, struct cen_error **err)
{
	if (count < 1 || count > MAX_BUFFERS)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "count %" PRIu32 ": a request is for 1 to %u buffers", count, MAX_BUFFERS);
	request->count = count;
	return 0;
}

int cen_request_add_format(struct cen_request *request, uint32_t fourcc, struct cen_error **err)
{
	char name[8];

	if (!cen_format_get_info(fourcc))
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FORMAT, EINVAL, NULL,
				      "format 0x%08" PRIx32 " (%s) is not in the table of formats", fourcc,
				      cen_format_to_string(fourcc, name));
	for (size_t i = 0; i < request->fourcc_count; i++) {
		if (request->fourccs[i] == fourcc)
			return _cen_error_set(err, CEN_ERROR_ARGUMENT, EEXIST, NULL,
					      "format %s is in the request already",
					      cen_format_to_string(fourcc, name));
	}
	if (_cen_grow(&request->fourccs, &request->fourcc_capacity, request->fourcc_count, sizeof(*request->fourccs)))
		return _cen_error_no_memory(err);
	request->fourccs[request->fourcc_count++] = fourcc;
	return 0;
}

int cen_request_add_modifier(struct cen_request *request, uint64_t modifier, struct cen_error **err)
{
	for (size_t i = 0; i < request->modifier_count; i++) {
		if (request->modifiers[i] == modifier)
			return _cen_error_set(err, CEN_ERROR_ARGUMENT, EEXIST, NULL,
					      "modifier 0x%" PRIx64 " is in the request already", modifier);
	}
	if (_cen_grow(&request->modifiers, &request->modifier_capacity, request->modifier_count,
		      sizeof(*request->modifiers)))
		return _cen_error_no_memory(err);
	request->modifiers[request->modifier_count++] = modifier;
	return 0;
}

static int check_usage(const struct cen_request *request, uint32_t usage, const char *name, struct cen_error **err)
{
	if (!cen_usage_get_name(usage))
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL, "usage %" PRIu32 " does not exist",
				      usage);
	if (request->usage_count == CEN_MAX_USAGES)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, E2BIG, NULL, "a request holds at most %d usages",
				      CEN_MAX_USAGES);
	for (size_t i = 0; i < request->usage_count; i++) {
		if (request->usages[i].usage == usage && strcmp(request->usages[i].name, name) == 0)
			return _cen_error_set(err, CEN_ERROR_ARGUMENT, EEXIST, &(struct error_facts){.device = name},
					      "%s: %s is in the request already", name, cen_usage_get_name(usage));
	}
	return 0;
}

static int append_usage(struct cen_request *request, struct request_usage usage, const char *name,
			struct cen_error **err)
{
	usage.name = strdup(name);
	if (!usage.name)
		return _cen_error_no_memory(err);
	request->usages[request->usage_count++] = usage;
	return 0;
}

int cen_request_add_usage(struct cen_request *request, uint32_t usage, const struct cen_device *device,
			  struct cen_error **err)
{
	const char *path = device->desc.path;
	const struct cen_device *able;
	char can[256];
	int ret = check_usage(request, usage, path, err);

	if (ret < 0)
		return ret;
	able = _cen_machine_find_sibling(request->machine, device, usage);
	/* What a device that may not be opened can do is often not known: describing it will say so. */
	if (!able && !device->desc.access) {
		_cen_usages_to_string(_cen_machine_get_node_usages(request->machine, device), can, sizeof(can));
		return _cen_error_set(err, CEN_ERROR_USAGE, EOPNOTSUPP, &(struct error_facts){.device = path},
				      "%s: cannot be used for %s; it can be used for %s", path,
				      cen_usage_get_name(usage), can);
	}
	return append_usage(request, (struct request_usage){.usage = usage, .device = able ? able : device}, path, err);
}

int cen_request_add_described(struct cen_request *request, uint32_t usage, const char *name,
			      struct cen_capabilities *caps, struct cen_error **err)
{
	int ret = check_usage(request, usage, name, err);

	if (ret < 0)
		return ret;
	ret = append_usage(request, (struct request_usage){.usage = usage, .caps = caps}, name, err);
	if (ret < 0)
		return ret;
	_cen_capabilities_freeze(caps);
	cen_capabilities_ref(caps);
	return 0;
}

int cen_request_add_constraint(struct cen_request *request, const struct cen_constraint *constraint,
			       struct cen_error **err)
{
	size_t before = request->policy ? request->policy->count : 0;
	struct cen_constraint all[CEN_SLOT_COUNT + 1];
	struct constraint_set *policy = NULL;
	int ret;

	for (size_t i = 0; i < before; i++)
		all[i] = request->policy->items[i];
	all[before] = *constraint;
	all[before].provenance = CEN_PROVENANCE_POLICY;
	ret = _cen_constraint_set_create(all, before + 1, &policy, err);
	if (ret < 0)
		return ret;
	free(request->policy);
	request->policy = policy;
	return 0;
}

int cen_request_set_copies(struct cen_request *request, uint32_t copies, const char *note, struct cen_error **err)
{
	char *own;

	if (copies > MAX_COPIES)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "copies %" PRIu32 ": a frame is copied 0 to %u times", copies, MAX_COPIES);
	if (!_cen_dup_string(copies ? note : NULL, &own))
		return _cen_error_no_memory(err);
	free(request->copies_note);
	request->copies_note = own;
	request->copies = copies;
	return 0;
}

int cen_request_replace_described(struct cen_request *request, uint32_t usage, const char *name,
				  struct cen_capabilities *caps, struct cen_error **err)
{
	const char *usage_name = cen_usage_get_name(usage);

	for (size_t i = 0; i < request->usage_count; i++) {
		struct request_usage *own = &request->usages[i];

		if (own->device || own->usage != usage || strcmp(own->name, name) != 0)
			continue;
		_cen_capabilities_freeze(caps);
		cen_capabilities_ref(caps);
		cen_capabilities_unref(own->caps);
		own->caps = caps;
		return 0;
	}
	return _cen_error_set(err, CEN_ERROR_UNKNOWN_DEVICE, ENODEV, &(struct error_facts){.device = name},
			      "%s: no device of this name is described in the request for %s", name,
			      usage_name ? usage_name : "a usage that does not exist");
}

size_t cen_request_get_usage_count(const struct cen_request *request)
{
	return request->usage_count;
}

int cen_request_get_usage(const struct cen_request *request, size_t index, uint32_t *usage, const char **name)
{
	if (index >= request->usage_count)
		return -EINVAL;
	*usage = request->usages[index].usage;
	*name = request->usages[index].name;
	return 0;
}
