/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The GPUs there are, from sysfs alone: opening a node wakes a sleeping card, and making a GBM device loads a driver.
 */
#include <dirent.h>
#include <glob.h>
#include <libudev.h>

#include "device-id.h"
#include "gpu.h"

#define RENDER_ADVICE "a udev rule giving group render mode 0660 would help (systemd has one)"
#define VIDEO_ADVICE "a udev rule giving group video mode 0660 would help (systemd has one)"

/* A node and what sysfs tells of it. Strings are those of udev. */
struct node {
	const char *path;
	const char *sysname; /* renderD128 */
	const char *driver;
	struct udev_device *parent;
	uint64_t devnum;
	size_t row; /* of the table of drivers */
	bool is_render;
	bool has_connectors;
};

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* The other node of the same GPU: its sysname begins with start. Returns false when there is none. */
static bool find_sibling(struct udev_device *udev, const char *start, char name[32])
{
	_cleanup_free_ char *folder = NULL;
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	if (asprintf(&folder, "%s/device/drm", udev_device_get_syspath(udev)) < 0) {
		folder = NULL;
		return false;
	}
	dir = opendir(folder);
	while (dir && !found && (entry = readdir(dir))) {
		found = starts_with(entry->d_name, start) && strlen(entry->d_name) < 32;
		if (found)
			snprintf(name, 32, "%.31s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

static bool has_connectors(struct udev_device *card)
{
	_cleanup_free_ char *pattern = NULL;
	glob_t found = {0};
	bool has;

	if (asprintf(&pattern, "%s/%s-*", udev_device_get_syspath(card), udev_device_get_sysname(card)) < 0) {
		pattern = NULL;
		return false;
	}
	has = glob(pattern, GLOB_NOSORT, NULL, &found) == 0 && found.gl_pathc;
	globfree(&found);
	return has;
}

/* Virtual devices have no driver, or share one, and have the name of the real one. */
static const char *find_driver(struct udev_device *parent)
{
	const char *driver = parent ? udev_device_get_driver(parent) : NULL;

	if (parent && (!driver || strcmp(driver, "faux_driver") == 0))
		driver = udev_device_get_sysname(parent);
	return driver ? driver : "";
}

static bool read_node(struct udev_device *udev, struct node *node)
{
	*node = (struct node){
		.path = udev_device_get_devnode(udev),
		.sysname = udev_device_get_sysname(udev),
		.parent = udev_device_get_parent(udev),
		.devnum = udev_device_get_devnum(udev),
	};
	if (!node->path || !node->sysname)
		return false;
	node->is_render = starts_with(node->sysname, "renderD");
	node->driver = find_driver(node->parent);
	node->row = _cen_gbm_driver_find(node->driver);
	node->has_connectors = !node->is_render && has_connectors(udev);
	return true;
}

/* A number in sysfs in the folder of the GPU. */
static uint64_t read_fact(const struct node *node, const char *name)
{
	const char *text = node->parent ? udev_device_get_sysattr_value(node->parent, name) : NULL;

	return text ? strtoull(text, NULL, 10) : 0;
}

/* The graphics of the processor are on the first PCI bus, behind no bridge. */
static bool has_own_memory(const struct node *node)
{
	uint32_t flags = _cen_gbm_driver_get(node->row)->flags;
	const char *name = node->parent ? udev_device_get_sysname(node->parent) : "";

	return flags & GBM_DRIVER_OWN_MEMORY || (flags & GBM_DRIVER_CARD_MEMORY && !starts_with(name, "0000:00:"));
}

static void set_memory_class(struct cen_source_desc *desc, const struct node *node)
{
	uint32_t flags = _cen_gbm_driver_get(node->row)->flags;

	desc->provenance = CEN_PROVENANCE_ASSUMED;
	desc->fd_mode = CEN_FD_READ_WRITE;
	desc->is_mappable = 1;
	if (has_own_memory(node)) {
		desc->placement = CEN_PLACEMENT_DEVICE;
		desc->cost = 60;
		desc->max_bytes = read_fact(node, "mem_info_vram_total");
		desc->note = "the GPU's allocator; memory of its own assumed, as its driver has some";
		return;
	}
	desc->placement = CEN_PLACEMENT_SYSTEM;
	desc->cost = 35;
	desc->max_bytes = read_meminfo("MemTotal");
	desc->free_bytes = read_meminfo("MemAvailable");
	if (flags & GBM_DRIVER_SOFTWARE)
		desc->note = "no GPU: the driver's dumb buffers";
	else
		desc->note = "the GPU's allocator; any pages of the system assumed";
}

/* What may be made; whether this GPU has the layout is seen when it is asked for. */
static struct cen_source_format *make_formats(const struct gbm_driver *driver, size_t *count)
{
	struct cen_source_format *formats;
	size_t fourcc_count = 0;

	*count = 0;
	while (_cen_gbm_nth_fourcc(fourcc_count))
		fourcc_count++;
	if (!driver->modifier_count || !fourcc_count)
		return NULL;
	formats = calloc(fourcc_count * driver->modifier_count, sizeof(*formats));
	for (size_t f = 0; formats && f < fourcc_count; f++) {
		for (size_t m = 0; m < driver->modifier_count; m++)
			formats[(*count)++] = (struct cen_source_format){
				.fourcc = _cen_gbm_nth_fourcc(f),
				.modifier = driver->modifiers[m],
			};
	}
	return formats;
}

/* Dumb buffers are all there is without a GPU, and the kernel makes them on a card's own node only. */
static bool makes_nothing(const struct node *node)
{
	return node->is_render && _cen_gbm_driver_get(node->row)->flags & GBM_DRIVER_SOFTWARE;
}

static int add_source(struct gbm_state *state, struct cen_call *call, const struct node *node,
		      const struct cen_device_desc *device)
{
	_cleanup_free_ struct cen_source_format *formats = NULL;
	struct cen_source_desc desc = {
		.size = sizeof(desc),
		.cookie = node->row,
		.flags = CEN_SOURCE_DRM,
		.exporter = node->devnum,
		.path = node->path,
		.access = device->access,
		.access_help = device->access_help,
	};
	char name[64];
	int ret;

	if (makes_nothing(node)) {
		desc.access = -EACCES;
		desc.access_help = GBM_NO_DUMB_HERE;
	}
	/* Not the path: as a source that is the display's dumb buffers. */
	snprintf(name, sizeof(name), "gbm-%s", node->sysname);
	desc.name = name;
	set_memory_class(&desc, node);
	formats = make_formats(_cen_gbm_driver_get(node->row), &desc.format_count);
	desc.formats = formats;
	ret = state->host->add_source(call, &desc);
	return ret == -ENOMEM ? ret : 0;
}

static int add_node(struct gbm_state *state, struct cen_call *call, struct udev_device *udev, const struct node *node)
{
	char other[32], help[512], id[DEVICE_ID_SIZE];
	/* A GPU with both nodes draws through its render node and shows through its card. */
	bool is_gpu = node->is_render || !find_sibling(udev, "renderD", other);
	struct cen_device_desc desc = {
		.size = sizeof(desc),
		.cookie = node->row,
		.devnum = node->devnum,
		.path = node->path,
		.name = node->driver[0] ? node->driver : node->sysname,
		.driver = node->driver[0] ? node->driver : NULL,
		.id = _cen_device_id_read(node->devnum, id),
	};

	/* No GPU at all: the kernel lets nobody map there what Mesa draws in. */
	if (is_gpu && !makes_nothing(node))
		desc.usages = CEN_USAGE_BIT(CEN_USAGE_TEXTURE) | CEN_USAGE_BIT(CEN_USAGE_RENDER);
	if (node->has_connectors)
		desc.usages |= CEN_USAGE_BIT(CEN_USAGE_SCANOUT) | CEN_USAGE_BIT(CEN_USAGE_CURSOR);
	desc.access = check_access(node->path, node->is_render ? RENDER_ADVICE : VIDEO_ADVICE, help, sizeof(help));
	desc.access_help = help[0] ? help : NULL;
	/* One that the host does not like must not hide the others. */
	if (desc.usages && state->host->add_device(call, &desc) == -ENOMEM)
		return -ENOMEM;
	return is_gpu ? add_source(state, call, node, &desc) : 0;
}

static int list_nodes(struct gbm_state *state, struct cen_call *call, struct udev *udev,
		      struct udev_enumerate *enumerate)
{
	struct udev_list_entry *entry;
	int ret = 0;

	if (udev_enumerate_add_match_subsystem(enumerate, "drm") < 0 ||
	    udev_enumerate_add_match_sysname(enumerate, "card[0-9]*") < 0 ||
	    udev_enumerate_add_match_sysname(enumerate, "renderD[0-9]*") < 0)
		return -ENOMEM;
	if (udev_enumerate_scan_devices(enumerate) < 0)
		return fail(state->host, call, NULL, EIO, "sysfs cannot be read for GPUs");
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(enumerate))
	{
		struct udev_device *device = udev_device_new_from_syspath(udev, udev_list_entry_get_name(entry));
		struct node node;

		/* Connectors are below their card and have names like its own: they have no node. */
		if (device && read_node(device, &node))
			ret = add_node(state, call, device, &node);
		udev_device_unref(device);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int _cen_gbm_list(void *state, struct cen_call *call)
{
	struct udev_enumerate *enumerate;
	struct udev *udev = udev_new();
	int ret = -ENOMEM;

	if (!udev)
		return ret;
	enumerate = udev_enumerate_new(udev);
	if (enumerate) {
		ret = list_nodes(state, call, udev, enumerate);
		udev_enumerate_unref(enumerate);
	}
	udev_unref(udev);
	return ret;
}
