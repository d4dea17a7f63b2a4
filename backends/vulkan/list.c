/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The GPUs that a Vulkan driver may be found for, from sysfs and the names of the drivers' manifests alone. */
#include <glob.h>
#include <libudev.h>
#include <limits.h>

#include "device-id.h"
#include "gpus.h"

#define USAGES (CEN_USAGE_BIT(CEN_USAGE_TEXTURE) | CEN_USAGE_BIT(CEN_USAGE_RENDER))

static int add_source(const struct vulkan_state *vulkan, struct cen_call *call, const struct cen_device_desc *device,
		      const char *sysname)
{
	char name[64];
	struct cen_source_desc desc = {
		.size = sizeof(desc),
		.flags = CEN_SOURCE_DRM,
		.exporter = device->devnum,
		.name = name,
		.path = device->path,
		.note = "memory that a Vulkan driver exports; any pages of the system assumed",
		.access = device->access,
		.access_help = device->access_help,
		.provenance = CEN_PROVENANCE_ASSUMED,
		.placement = CEN_PLACEMENT_SYSTEM,
		.is_mappable = 1,
		.fd_mode = CEN_FD_READ_WRITE,
		.cost = 70,
		.max_bytes = read_meminfo("MemTotal"),
		.free_bytes = read_meminfo("MemAvailable"),
	};

	snprintf(name, sizeof(name), "vulkan-%s", sysname);
	return vulkan->host->add_source(call, &desc) == -ENOMEM ? -ENOMEM : 0;
}

static int add_node(const struct vulkan_state *vulkan, struct cen_call *call, struct udev_device *node)
{
	struct udev_device *parent = udev_device_get_parent(node);
	const char *driver = parent ? udev_device_get_driver(parent) : NULL;
	struct cen_device_desc desc = {
		.size = sizeof(desc),
		.devnum = udev_device_get_devnum(node),
		.path = udev_device_get_devnode(node),
		.usages = USAGES,
	};
	char help[512], id[DEVICE_ID_SIZE];

	/* Virtual devices have no driver or share one, and none of them is a GPU. */
	if (!desc.path || desc.devnum == 0 || !driver || strcmp(driver, "faux_driver") == 0)
		return 0;
	desc.driver = desc.name = driver;
	desc.id = _cen_device_id_read(desc.devnum, id);
	desc.access = check_access(desc.path, "a udev rule giving group render mode 0660 would help (systemd has one)",
				   help, sizeof(help));
	desc.access_help = desc.access < 0 ? help : NULL;
	/* One that the host does not like must not hide the others. */
	if (vulkan->host->add_device(call, &desc) == -ENOMEM)
		return -ENOMEM;
	return add_source(vulkan, call, &desc, udev_device_get_sysname(node));
}

static int add_nodes(const struct vulkan_state *vulkan, struct cen_call *call, struct udev *udev,
		     struct udev_enumerate *enumerate)
{
	struct udev_list_entry *entry;
	int ret = 0;

	if (udev_enumerate_add_match_subsystem(enumerate, "drm") < 0 ||
	    udev_enumerate_add_match_sysname(enumerate, "renderD[0-9]*") < 0)
		return -ENOMEM;
	if (udev_enumerate_scan_devices(enumerate) < 0)
		return fail(vulkan->host, call, NULL, EIO, "sysfs cannot be read for render nodes");
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(enumerate))
	{
		struct udev_device *node = udev_device_new_from_syspath(udev, udev_list_entry_get_name(entry));

		if (node)
			ret = add_node(vulkan, call, node);
		udev_device_unref(node);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Whether the driver that draws by CPU is installed. */
static bool has_software(void)
{
	static const char *const patterns[] = {
		"/usr/share/vulkan/icd.d/lvp_icd*.json",
		"/usr/local/share/vulkan/icd.d/lvp_icd*.json",
		"/etc/vulkan/icd.d/lvp_icd*.json",
	};
	bool has = false;

	for (size_t i = 0; i < ARRAY_LENGTH(patterns) && !has; i++) {
		glob_t found = {0};

		has = glob(patterns[i], GLOB_NOSORT, NULL, &found) == 0;
		globfree(&found);
	}
	return has;
}

static int add_software(const struct vulkan_state *vulkan, struct cen_call *call)
{
	struct cen_device_desc desc = {
		.size = sizeof(desc),
		.path = VULKAN_SOFTWARE_PATH,
		.name = "software rendering",
		.driver = "lavapipe",
		.usages = USAGES,
	};
	char help[512];

	if (vulkan->host->add_device(call, &desc) == -ENOMEM)
		return -ENOMEM;
	/* It exports through udmabuf. */
	desc.path = "/dev/udmabuf";
	desc.access = check_access(desc.path, "a udev rule giving group kvm mode 0660 would help (systemd has one)",
				   help, sizeof(help));
	desc.access_help = desc.access < 0 ? help : NULL;
	return desc.access == -ENOENT ? 0 : add_source(vulkan, call, &desc, VULKAN_SOFTWARE_PATH);
}

int _cen_vulkan_list(void *state, struct cen_call *call)
{
	const struct vulkan_state *vulkan = state;
	struct probe_program program = _cen_vulkan_get_program(vulkan, call);
	struct udev_enumerate *enumerate;
	char path[PATH_MAX];
	struct udev *udev;
	int ret = -ENOMEM;

	/* Without the program nothing could be learned. */
	if (_cen_probe_find(&program, path, sizeof(path)) < 0)
		return 0;
	udev = udev_new();
	if (!udev)
		return ret;
	enumerate = udev_enumerate_new(udev);
	if (enumerate) {
		ret = add_nodes(vulkan, call, udev, enumerate);
		udev_enumerate_unref(enumerate);
	}
	udev_unref(udev);
	return ret == 0 && has_software() ? add_software(vulkan, call) : ret;
}
