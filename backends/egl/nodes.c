/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The DRM nodes that a driver may be found for, without EGL. */
#include <libudev.h>
#include <limits.h>
#include <sys/sysmacros.h>

#include "device-id.h"
#include "egl.h"

#define NODE_USAGES (CEN_USAGE_BIT(CEN_USAGE_TEXTURE) | CEN_USAGE_BIT(CEN_USAGE_RENDER))

bool _cen_egl_is_render_node(uint64_t devnum)
{
	char link[64], path[PATH_MAX];

	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u", major(devnum), minor(devnum));
	return realpath(link, path) && strncmp(strrchr(path, '/'), "/renderD", 8) == 0;
}

/* Whether the card's hardware has a render node, which is then the one that is listed. */
static bool has_render_node(struct udev_device *card)
{
	struct udev_device *parent = udev_device_get_parent(card);
	struct udev_enumerate *enumerate;
	bool has = false;

	if (!parent)
		return false;
	enumerate = udev_enumerate_new(udev_device_get_udev(card));
	if (!enumerate)
		return false;
	if (udev_enumerate_add_match_parent(enumerate, parent) >= 0 &&
	    udev_enumerate_add_match_subsystem(enumerate, "drm") >= 0 &&
	    udev_enumerate_add_match_sysname(enumerate, "renderD[0-9]*") >= 0 &&
	    udev_enumerate_scan_devices(enumerate) >= 0)
		has = udev_enumerate_get_list_entry(enumerate) != NULL;
	udev_enumerate_unref(enumerate);
	return has;
}

static int add_node(const struct egl_state *egl, struct cen_call *call, struct udev_device *node)
{
	struct udev_device *parent = udev_device_get_parent(node);
	const char *parent_name = parent ? udev_device_get_sysname(parent) : udev_device_get_sysname(node);
	const char *driver = parent ? udev_device_get_driver(parent) : NULL;
	struct cen_device_desc desc = {
		.size = sizeof(desc),
		.devnum = udev_device_get_devnum(node),
		.path = udev_device_get_devnode(node),
		.usages = NODE_USAGES,
	};
	char help[512], id[DEVICE_ID_SIZE];

	if (!desc.path || desc.devnum == 0)
		return 0;
	desc.id = _cen_device_id_read(desc.devnum, id);
	/* Virtual devices have no driver or share one, and have the name of the real one. */
	desc.driver = !driver || strcmp(driver, "faux_driver") == 0 ? parent_name : driver;
	desc.name = desc.driver;
	desc.access = check_access(desc.path, "a udev rule giving group render mode 0660 would help (systemd has one)",
				   help, sizeof(help));
	desc.access_help = desc.access < 0 ? help : NULL;
	return egl->host->add_device(call, &desc);
}

/* Nodes of one kind. One that the host does not like must not hide the others. */
static int add_nodes(const struct egl_state *egl, struct cen_call *call, struct udev *udev, const char *pattern,
		     bool is_card)
{
	struct udev_enumerate *enumerate = udev_enumerate_new(udev);
	struct udev_list_entry *entry;
	int ret = 0;

	if (!enumerate)
		return -ENOMEM;
	if (udev_enumerate_add_match_subsystem(enumerate, "drm") < 0 ||
	    udev_enumerate_add_match_sysname(enumerate, pattern) < 0)
		ret = -ENOMEM;
	else if (udev_enumerate_scan_devices(enumerate) < 0)
		ret = fail(egl->host, call, NULL, EIO, "sysfs cannot be read for %s", pattern);
	udev_list_entry_foreach(entry, ret == 0 ? udev_enumerate_get_list_entry(enumerate) : NULL)
	{
		struct udev_device *node = udev_device_new_from_syspath(udev, udev_list_entry_get_name(entry));

		if (node && (!is_card || !has_render_node(node)) && add_node(egl, call, node) == -ENOMEM)
			ret = -ENOMEM;
		udev_device_unref(node);
	}
	udev_enumerate_unref(enumerate);
	return ret;
}

static int add_software(const struct egl_state *egl, struct cen_call *call)
{
	static const struct cen_device_desc desc = {
		.size = sizeof(desc),
		.path = EGL_SOFTWARE_PATH,
		.name = "software rendering",
		.driver = "swrast",
		.usages = NODE_USAGES,
	};
	struct probe_program program = _cen_egl_get_program(egl, call);
	char path[PATH_MAX];

	if (_cen_probe_find(&program, path, sizeof(path)) < 0)
		return 0;
	return egl->host->add_device(call, &desc) == -ENOMEM ? -ENOMEM : 0;
}

int _cen_egl_list(void *state, struct cen_call *call)
{
	const struct egl_state *egl = state;
	struct udev *udev = udev_new();
	int ret;

	if (!udev)
		return -ENOMEM;
	ret = add_nodes(egl, call, udev, "renderD[0-9]*", false);
	if (ret == 0)
		ret = add_nodes(egl, call, udev, "card[0-9]*", true);
	udev_unref(udev);
	return ret < 0 ? ret : add_software(egl, call);
}
