/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Showing buffers to a device, whatever the solver says of the two: cen_machine_try_import(). */
#include <errno.h>

#include "buffer.h"
#include "error.h"
#include "machine.h"
#include "solver.h"
#include "trial.h"
#include "util.h"

static bool is_known_device(const struct cen_machine *machine, const struct cen_device *device)
{
	for (size_t n = 0; n < machine->device_count; n++) {
		if (machine->devices[n] == device)
			return true;
	}
	return false;
}

static int check_arguments(const struct cen_machine *machine, const struct cen_device *device, uint32_t usage,
			   uint32_t count, struct cen_error **err)
{
	if (!is_known_device(machine, device))
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_DEVICE, ENODEV, NULL,
				      "the device is not one of this machine");
	if (!cen_usage_get_name(usage))
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL, "%u is no usage", usage);
	if (count == 0 || count > MAX_BUFFERS)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "%u buffers: 1 to %u at a time", count,
				      MAX_BUFFERS);
	return 0;
}

/* The fds stay the buffer's. wanted grows by the bytes of its planes. */
static int describe_image(const struct cen_buffer *buffer, struct cen_image_desc *image, uint64_t *wanted)
{
	struct cen_buffer_info info = {.size = sizeof(info)};
	struct cen_buffer_plane plane;
	struct cen_buffer_object object;

	if (cen_buffer_get_info(buffer, &info) < 0 || info.object_count == 0)
		return -EINVAL;
	*image = (struct cen_image_desc){
		.size = sizeof(*image),
		.fourcc = info.fourcc,
		.width = info.width,
		.height = info.height,
		.plane_count = info.plane_count,
		.modifier = info.modifier,
		.object_count = info.object_count,
	};
	for (uint32_t n = 0; cen_buffer_get_plane(buffer, n, &plane) == 0; n++) {
		image->planes[n] = (struct cen_image_plane){
			.object = plane.object, .offset = plane.offset, .stride = plane.stride};
		if (__builtin_add_overflow(*wanted, plane.size, wanted))
			*wanted = UINT64_MAX;
	}
	for (uint32_t n = 0; n < CEN_MAX_PLANES; n++) {
		bool is_there = cen_buffer_get_object(buffer, n, &object) == 0;

		image->objects[n] =
			(struct cen_image_object){.fd = is_there ? object.fd : -1, .size = is_there ? object.size : 0};
	}
	return 0;
}

int cen_machine_try_import(struct cen_machine *machine, const struct cen_device *device, uint32_t usage,
			   struct cen_buffer *const *buffers, uint32_t count, struct cen_error **err)
{
	_cleanup_free_ struct cen_image_desc *images = NULL;
	struct trial trial = {.ctx = machine->ctx, .usage = usage, .count = count};
	struct trial_names names = {.source = "the application"};
	struct cen_buffer_memory memory = {.size = sizeof(memory)};
	int ret = check_arguments(machine, device, usage, count, err);

	if (ret < 0)
		return ret;
	trial.device = _cen_machine_find_sibling(machine, device, usage);
	names.device = device->desc.path;
	if (machine->file || !trial.device || !_cen_trial_is_possible(trial.device))
		return _cen_error_set(err, CEN_ERROR_USAGE, EOPNOTSUPP, &(struct error_facts){.device = names.device},
				      "%s: nothing can try %s", names.device, cen_usage_get_name(usage));
	images = calloc(count, sizeof(*images));
	if (!images)
		return _cen_error_no_memory(err);
	for (uint32_t n = 0; n < count; n++) {
		names.wanted = 0;
		if (!buffers[n] || describe_image(buffers[n], &images[n], &names.wanted) < 0)
			return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "buffer %u of %u has no memory", n,
					      count);
	}
	trial.images = images;
	if (cen_buffer_get_memory(buffers[0], &memory) == 0 && memory.source[0])
		names.source = memory.source;
	return _cen_trial_verify(&trial, &names, err);
}
