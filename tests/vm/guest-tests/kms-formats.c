/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A card as the library describes it, against what libdrm reads of it; and that looking at a card leaves no trace: no
 * fd, no buffer, and no master taken from or kept from a compositor. Prints TAP.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include <cenalloc/cenalloc.h>

#include "balance.h"
#include "tap.h"

#define MAX_PAIRS 1024

struct pairs {
	struct {
		uint32_t fourcc;
		uint64_t modifier;
	} items[MAX_PAIRS];
	size_t count;
};

static bool has_pair(const struct pairs *pairs, uint32_t fourcc, uint64_t modifier)
{
	for (size_t i = 0; i < pairs->count; i++) {
		if (pairs->items[i].fourcc == fourcc && pairs->items[i].modifier == modifier)
			return true;
	}
	return false;
}

static void add_pair(struct pairs *pairs, uint32_t fourcc, uint64_t modifier)
{
	if (pairs->count == MAX_PAIRS || has_pair(pairs, fourcc, modifier))
		return;
	pairs->items[pairs->count].fourcc = fourcc;
	pairs->items[pairs->count++].modifier = modifier;
}

static uint64_t find_property(int fd, uint32_t plane, const char *name)
{
	drmModeObjectProperties *list = drmModeObjectGetProperties(fd, plane, DRM_MODE_OBJECT_PLANE);
	uint64_t value = UINT64_MAX;

	for (uint32_t i = 0; list && i < list->count_props; i++) {
		drmModePropertyRes *property = drmModeGetProperty(fd, list->props[i]);

		if (property && strcmp(property->name, name) == 0)
			value = list->prop_values[i];
		drmModeFreeProperty(property);
	}
	drmModeFreeObjectProperties(list);
	return value;
}

/* libdrm has a reader of IN_FORMATS of its own. */
static void read_plane(int fd, uint32_t plane, struct pairs *pairs)
{
	drmModeFormatModifierIterator iterator = {0};
	drmModePropertyBlobRes *blob = drmModeGetPropertyBlob(fd, (uint32_t)find_property(fd, plane, "IN_FORMATS"));

	while (blob && drmModeFormatModifierBlobIterNext(blob, &iterator))
		add_pair(pairs, iterator.fmt, iterator.mod);
	drmModeFreePropertyBlob(blob);
}

static void read_planes(int fd, bool cursor, struct pairs *pairs)
{
	drmModePlaneRes *list = drmModeGetPlaneResources(fd);

	for (uint32_t i = 0; list && i < list->count_planes; i++) {
		if ((find_property(fd, list->planes[i], "type") == DRM_PLANE_TYPE_CURSOR) == cursor)
			read_plane(fd, list->planes[i], pairs);
	}
	drmModeFreePlaneResources(list);
}

static uint64_t find_constraint(const struct cen_capability *capability, uint32_t kind)
{
	for (size_t i = 0; i < capability->constraint_count; i++) {
		if (capability->constraints[i].kind == kind)
			return capability->constraints[i].value;
	}
	return 0;
}

static bool has_size_limits(const struct cen_capabilities *caps, const drmModeRes *resources)
{
	struct cen_capability capability = {.size = sizeof(capability)};

	return cen_capabilities_get(caps, 0, &capability) == 0 &&
	       find_constraint(&capability, CEN_CONSTRAINT_WIDTH_MIN) == resources->min_width &&
	       find_constraint(&capability, CEN_CONSTRAINT_WIDTH_MAX) == resources->max_width &&
	       find_constraint(&capability, CEN_CONSTRAINT_HEIGHT_MIN) == resources->min_height &&
	       find_constraint(&capability, CEN_CONSTRAINT_HEIGHT_MAX) == resources->max_height;
}

/* Every pair that the library knows is in both sets, and no other is. */
static bool is_same(const struct cen_capabilities *caps, const struct pairs *expected)
{
	struct cen_capability capability = {.size = sizeof(capability)};
	static struct pairs described;
	bool same = true;

	described.count = 0;
	for (size_t i = 0; i < cen_capabilities_get_count(caps); i++) {
		if (cen_capabilities_get(caps, i, &capability) == 0)
			add_pair(&described, capability.fourcc, capability.modifier);
	}
	for (size_t i = 0; i < described.count; i++)
		same = same && has_pair(expected, described.items[i].fourcc, described.items[i].modifier);
	for (size_t i = 0; i < expected->count; i++)
		same = same && (!cen_format_get_info(expected->items[i].fourcc) ||
				has_pair(&described, expected->items[i].fourcc, expected->items[i].modifier));
	printf("# %zu described, %zu read\n", described.count, expected->count);
	return same && described.count;
}

static struct cen_capabilities *describe(struct cen_machine *machine, const struct cen_device *device, uint32_t usage)
{
	struct cen_capabilities *caps = NULL;
	struct cen_error *err = NULL;

	if (cen_machine_describe(machine, device, usage, 0, 0, NULL, 0, &caps, NULL, &err) < 0)
		printf("# describe: %s\n", err ? cen_error_get_message(err) : "no memory");
	cen_error_destroy(err);
	return caps;
}

static void check_usage(struct cen_machine *machine, const struct cen_device *device, int fd, uint32_t usage)
{
	struct cen_capabilities *caps = describe(machine, device, usage);
	drmModeRes *resources = drmModeGetResources(fd);
	static struct pairs expected;

	expected.count = 0;
	read_planes(fd, usage == CEN_USAGE_CURSOR, &expected);
	check(caps && is_same(caps, &expected), "%s: formats and modifiers as libdrm reads them",
	      cen_usage_get_name(usage));
	if (usage == CEN_USAGE_SCANOUT)
		check(caps && resources && has_size_limits(caps, resources), "scanout: size limits of GETRESOURCES");
	drmModeFreeResources(resources);
	cen_capabilities_unref(caps);
}

static const struct cen_device *find_display(const struct cen_machine *machine)
{
	const struct cen_device *device;

	for (size_t i = 0; (device = cen_machine_get_device(machine, i)); i++) {
		if (cen_device_get_usages(device) & CEN_USAGE_BIT(CEN_USAGE_SCANOUT))
			return device;
	}
	return NULL;
}

static bool has_vgem(const struct cen_machine *machine)
{
	const struct cen_device *device;

	for (size_t i = 0; (device = cen_machine_get_device(machine, i)); i++) {
		if (cen_device_get_driver(device) && strcmp(cen_device_get_driver(device), "vgem") == 0 &&
		    cen_device_get_usages(device) & CEN_USAGE_BIT(CEN_USAGE_SCANOUT))
			return true;
	}
	return false;
}

static void check_card(struct cen_machine *machine, const struct cen_device *device)
{
	int fd = open(cen_device_get_path(device), O_RDWR | O_CLOEXEC), other;

	check(fd >= 0 && drmIsMaster(fd), "the card has no master after it was listed");
	drmSetClientCap(fd, DRM_CLIENT_CAP_ATOMIC, 1);
	check_usage(machine, device, fd, CEN_USAGE_SCANOUT);
	check_usage(machine, device, fd, CEN_USAGE_CURSOR);
	check(drmIsMaster(fd), "the master of the card stays master while the card is described");
	drmDropMaster(fd);
	cen_capabilities_unref(describe(machine, device, CEN_USAGE_WRITEBACK));
	other = open(cen_device_get_path(device), O_RDWR | O_CLOEXEC);
	check(other >= 0 && drmIsMaster(other), "the next to open the card becomes its master");
	close(other);
	close(fd);
}

int main(void)
{
	size_t fds = balance_count_fds();
	int buffers = count_buffers();
	struct cen_context *ctx = NULL;
	struct cen_machine *machine = NULL;
	const struct cen_device *device = NULL;

	if (cen_context_create(0, &ctx, NULL) == 0 && cen_machine_create_live(ctx, 0, &machine, NULL) == 0)
		device = find_display(machine);
	check(device, "there is a display");
	if (device) {
		check(!has_vgem(machine), "a render node without KMS is no display");
		check_card(machine, device);
	}
	check(count_buffers() == buffers, "no dma-buf is left");
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
	check(balance_count_fds() == fds, "no fd is left");
	return check_end();
}
