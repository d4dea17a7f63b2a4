/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Displays: finds the cards that have KMS. */
#include <glob.h>
#include <libudev.h>

#include "device-id.h"
#include "kms.h"
#include "syncobj.h"

static int open_state(const struct cen_host *host, struct cen_call *call, void **state)
{
	struct kms_state *kms = calloc(1, sizeof(*kms));

	(void)call;
	if (!kms)
		return -ENOMEM;
	kms->host = host;
	*state = kms;
	return 0;
}

static void close_state(void *state)
{
	struct kms_state *kms = state;

	if (!kms)
		return;
	free(kms->pitches);
	free(kms);
}

/* A card that cannot be opened is a display when sysfs shows connectors below it. */
static bool has_connectors(struct udev_device *udev)
{
	char pattern[512];
	glob_t found = {0};
	bool has;
	int length = snprintf(pattern, sizeof(pattern), "%s/%s-*", udev_device_get_syspath(udev),
			      udev_device_get_sysname(udev));

	if (length < 0 || (size_t)length >= sizeof(pattern))
		return false;
	has = glob(pattern, GLOB_NOSORT, NULL, &found) == 0 && found.gl_pathc;
	globfree(&found);
	return has;
}

static int add_closed_card(struct kms_state *kms, struct cen_call *call, struct udev_device *udev,
			   struct cen_device_desc *desc)
{
	struct udev_device *parent = udev_device_get_parent(udev);
	const char *parent_name = parent ? udev_device_get_sysname(parent) : NULL;
	const char *driver = parent ? udev_device_get_driver(parent) : NULL;
	struct cen_source_desc source = {
		.size = sizeof(source),
		.flags = CEN_SOURCE_DRM,
		.exporter = desc->devnum,
		.name = desc->path,
		.path = desc->path,
		.note = "dumb buffers; the card cannot be opened to ask more",
		.access_help = desc->access_help,
		.access = desc->access,
		.provenance = CEN_PROVENANCE_ASSUMED,
		.placement = CEN_PLACEMENT_SYSTEM,
		.is_mappable = 1,
		.fd_mode = CEN_FD_READ_WRITE,
		.cost = 30,
	};
	int ret;

	if (!has_connectors(udev))
		return 0;
	/* Virtual devices share one driver, and have the name of the real one. */
	desc->driver = driver && strcmp(driver, "faux_driver") == 0 ? parent_name : driver;
	desc->name = parent_name ? parent_name : udev_device_get_sysname(udev);
	ret = kms->host->add_device(call, desc);
	return ret < 0 ? ret : kms->host->add_source(call, &source);
}

static int add_open_card(struct kms_state *kms, struct cen_call *call, struct cen_device_desc *desc,
			 struct kms_card *card)
{
	int ret;

	desc->name = card->description[0] ? card->description : card->driver_name;
	desc->driver = card->driver_name;
	desc->usages = _cen_kms_card_usages(card);
	if (!desc->name[0])
		desc->name = desc->path;
	if (desc->usages == 0)
		return 0;
	ret = kms->host->add_device(call, desc);
	return ret < 0 ? ret : _cen_kms_add_source(kms->host, call, desc, card);
}

static int add_card(struct kms_state *kms, struct cen_call *call, struct udev_device *udev)
{
	_cleanup_card_ struct kms_card card = {.fd = -1};
	struct cen_device_desc desc = {
		.size = sizeof(desc),
		.devnum = udev_device_get_devnum(udev),
		.path = udev_device_get_devnode(udev),
	};
	char help[512], id[DEVICE_ID_SIZE];
	int ret;

	if (!desc.path)
		return 0;
	desc.id = _cen_device_id_read(desc.devnum, id);
	ret = _cen_kms_card_open(desc.path, desc.devnum, &card);
	if (ret == 0)
		return add_open_card(kms, call, &desc, &card);
	/* Gone again, or a GPU without a display. */
	if (ret == -ENOENT || ret == -ENODEV || ret == -ENXIO || ret == -EOPNOTSUPP)
		return 0;
	if (ret != -EACCES && ret != -EPERM) {
		warn(kms->host, call, "%s: left out: %s", desc.path, strerror(-ret));
		return ret == -ENOMEM ? ret : 0;
	}
	desc.access = ret;
	check_access(desc.path, "a udev rule giving group video mode 0660 would help (systemd has one)", help,
		     sizeof(help));
	desc.access_help = help;
	return add_closed_card(kms, call, udev, &desc);
}

static int list_cards(struct kms_state *kms, struct cen_call *call, struct udev *udev, struct udev_enumerate *enumerate)
{
	struct udev_list_entry *entry;
	struct udev_device *device;
	int ret = 0;

	if (udev_enumerate_add_match_subsystem(enumerate, "drm") < 0 ||
	    udev_enumerate_add_match_sysname(enumerate, "card[0-9]*") < 0)
		return -ENOMEM;
	if (udev_enumerate_scan_devices(enumerate) < 0)
		return fail(kms->host, call, NULL, EIO, "sysfs cannot be read for cards");
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(enumerate))
	{
		device = udev_device_new_from_syspath(udev, udev_list_entry_get_name(entry));
		if (!device)
			continue;
		ret = add_card(kms, call, device);
		udev_device_unref(device);
		/* One card that the host does not like must not hide the others. */
		if (ret == -ENOMEM)
			return ret;
	}
	return 0;
}

/* Not drmGetDevices(): it leaves out virtual devices, which sit on a bus that it does not know. */
static int list(void *state, struct cen_call *call)
{
	struct udev_enumerate *enumerate;
	struct udev *udev = udev_new();
	int ret = -ENOMEM;

	if (!udev)
		return ret;
	enumerate = udev_enumerate_new(udev);
	if (enumerate) {
		ret = list_cards(state, call, udev, enumerate);
		udev_enumerate_unref(enumerate);
	}
	udev_unref(udev);
	return ret;
}

static int sync_timeline(void *state, struct cen_call *call, const struct cen_device_desc *device,
			 struct cen_sync_op *op)
{
	return syncobj_run(((const struct kms_state *)state)->host, call, device, op);
}

static const struct cen_backend backend = {
	.size = sizeof(backend),
	.abi = CEN_BACKEND_ABI,
	.priority = 100,
	.name = "kms",
	.description = "displays: planes and writeback of /dev/dri/card*, dumb buffers",
	.open = open_state,
	.close = close_state,
	.list = list,
	.describe = _cen_kms_describe,
	.try_import = _cen_kms_try_import,
	.allocate = _cen_kms_allocate,
	.sync = sync_timeline,
};

CEN_BACKEND_ENTRY(kms);

CEN_BACKEND_ENTRY(kms)
{
	(void)host_abi;
	*out = &backend;
	return 0;
}
