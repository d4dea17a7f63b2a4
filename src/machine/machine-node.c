/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Which devices of a machine are one node, or nodes of one piece of hardware. Only sysfs is read, no device opened. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/sysmacros.h>

#include "error.h"
#include "machine.h"
#include "util.h"

#define SYSFS_PATH_SIZE 64

static bool has_usage(const struct cen_device *device, uint32_t usage)
{
	return cen_usage_get_name(usage) && (device->desc.usages & CEN_USAGE_BIT(usage));
}

const struct cen_device *_cen_machine_find_sibling(const struct cen_machine *machine, const struct cen_device *device,
						   uint32_t usage)
{
	if (has_usage(device, usage))
		return device;
	for (size_t n = 0; n < machine->device_count; n++) {
		const struct cen_device *other = machine->devices[n];

		if (strcmp(other->desc.path, device->desc.path) == 0 && has_usage(other, usage))
			return other;
	}
	return NULL;
}

uint32_t _cen_machine_get_node_usages(const struct cen_machine *machine, const struct cen_device *device)
{
	uint32_t usages = device->desc.usages;

	for (size_t n = 0; n < machine->device_count; n++) {
		if (strcmp(machine->devices[n]->desc.path, device->desc.path) == 0)
			usages |= machine->devices[n]->desc.usages;
	}
	return usages;
}

void _cen_usages_to_string(uint32_t usages, char *buf, size_t size)
{
	size_t used = 0;

	snprintf(buf, size, "nothing");
	for (uint32_t u = 0; cen_usage_get_name(u) && used < size; u++) {
		if (usages & CEN_USAGE_BIT(u))
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
						 cen_usage_get_name(u));
	}
}

/* The directory of the hardware behind a node. NULL: there is no such node, it has no hardware, or no memory is left. */
static char *find_hardware(uint64_t devnum)
{
	char link[SYSFS_PATH_SIZE];

	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u/device", major((dev_t)devnum), minor((dev_t)devnum));
	return realpath(link, NULL);
}

static const struct cen_device *find_by_devnum(const struct cen_machine *machine, uint64_t devnum, uint32_t usage)
{
	for (size_t n = 0; devnum && n < machine->device_count; n++) {
		if (machine->devices[n]->desc.devnum == devnum && has_usage(machine->devices[n], usage))
			return machine->devices[n];
	}
	return NULL;
}

static bool is_same_hardware(const struct cen_device *device, const char *hardware)
{
	_cleanup_free_ char *own = device->desc.devnum ? find_hardware(device->desc.devnum) : NULL;

	return own && strcmp(own, hardware) == 0;
}

static const struct cen_device *find_by_hardware(const struct cen_machine *machine, uint64_t devnum, uint32_t usage)
{
	_cleanup_free_ char *hardware = devnum ? find_hardware(devnum) : NULL;

	for (size_t n = 0; hardware && n < machine->device_count; n++) {
		if (has_usage(machine->devices[n], usage) && is_same_hardware(machine->devices[n], hardware))
			return machine->devices[n];
	}
	return NULL;
}

/* What the kernel has at this number: "/dev/dri/card1", or an empty string. */
static void read_node_name(uint64_t devnum, char *buf, size_t size)
{
	char path[SYSFS_PATH_SIZE], line[256];
	FILE *file;

	buf[0] = '\0';
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/uevent", major((dev_t)devnum), minor((dev_t)devnum));
	file = fopen(path, "re");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, "DEVNAME=", 8) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(buf, size, "/dev/%s", line + 8);
	}
	fclose(file);
}

/* A device of this number that is known, for whatever it is. */
static const struct cen_device *find_any(const struct cen_machine *machine, uint64_t devnum)
{
	for (size_t n = 0; devnum && n < machine->device_count; n++) {
		if (machine->devices[n]->desc.devnum == devnum)
			return machine->devices[n];
	}
	return NULL;
}

static int refuse_devnum(const struct cen_machine *machine, uint64_t devnum, uint32_t usage, struct cen_error **err)
{
	const struct cen_device *known = find_any(machine, devnum);
	const char *usage_name = cen_usage_get_name(usage);
	unsigned int high = major((dev_t)devnum), low = minor((dev_t)devnum);
	char node[300], can[256];

	read_node_name(devnum, node, sizeof(node));
	if (known) {
		const struct cen_device_desc *desc = &known->desc;

		_cen_usages_to_string(_cen_machine_get_node_usages(machine, known), can, sizeof(can));
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_DEVICE, ENODEV,
				      &(struct error_facts){.device = desc->path},
				      "device %u:%u is %s, which can be used for %s, not for %s%s%s", high, low,
				      desc->path, can, usage_name, desc->access && desc->access_help ? "; " : "",
				      desc->access && desc->access_help ? desc->access_help : "");
	}
	if (node[0])
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_DEVICE, ENODEV, &(struct error_facts){.device = node},
				      "device %u:%u is %s, and no backend knows it, or hardware of it, for %s", high,
				      low, node, usage_name);
	return _cen_error_set(err, CEN_ERROR_UNKNOWN_DEVICE, ENODEV, NULL,
			      "device %u:%u: there is no such device on this machine", high, low);
}

int cen_machine_find_devnum(const struct cen_machine *machine, uint64_t devnum, uint32_t usage,
			    const struct cen_device **out, struct cen_error **err)
{
	*out = NULL;
	if (!cen_usage_get_name(usage))
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL, "usage %" PRIu32 " does not exist",
				      usage);
	*out = find_by_devnum(machine, devnum, usage);
	if (!*out)
		*out = find_by_hardware(machine, devnum, usage);
	return *out ? 0 : refuse_devnum(machine, devnum, usage, err);
}
