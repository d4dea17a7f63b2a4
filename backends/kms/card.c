/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Opens a card and reads what is true of all of it. */
#include <limits.h>
#include <sys/sysmacros.h>
#include <xf86drm.h>

#include "kms.h"

/* Newer than the oldest libdrm we build with. */
#ifndef DRM_CLIENT_CAP_CURSOR_PLANE_HOTSPOT
#define DRM_CLIENT_CAP_CURSOR_PLANE_HOTSPOT 6
#endif

/*
 * Every call of ours has a file description of its own: the table of handles belongs to it, and so nothing here can
 * collide with the application's handles. Opening a card that nobody displays on makes us its master; we do not want
 * to be, a compositor that starts now would be refused.
 */
static int open_node(const char *path, uint64_t devnum, struct kms_card *card)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISCHR(st.st_mode) || (devnum && st.st_rdev != devnum))
		return -ENODEV;
	if (drmIsMaster(fd))
		drmDropMaster(fd);
	card->devnum = st.st_rdev;
	card->fd = steal_fd(&fd);
	return 0;
}

static void read_version(struct kms_card *card)
{
	drmVersion *version = drmGetVersion(card->fd);

	if (version) {
		snprintf(card->driver_name, sizeof(card->driver_name), "%s", version->name ? version->name : "");
		snprintf(card->description, sizeof(card->description), "%s", version->desc ? version->desc : "");
		drmFreeVersion(version);
	}
	card->driver = _cen_kms_driver_find(card->driver_name);
}

static uint64_t read_cap(const struct kms_card *card, uint64_t cap)
{
	uint64_t value = 0;

	return drmGetCap(card->fd, cap, &value) == 0 ? value : 0;
}

/* Client capabilities decide which planes and connectors the kernel shows; they belong to our file description. */
static void set_client_caps(struct kms_card *card)
{
	drmSetClientCap(card->fd, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1);
	card->is_atomic = drmSetClientCap(card->fd, DRM_CLIENT_CAP_ATOMIC, 1) == 0;
	if (!card->is_atomic)
		return;
	drmSetClientCap(card->fd, DRM_CLIENT_CAP_WRITEBACK_CONNECTORS, 1);
	/* Virtual machines' displays hide their cursor planes without it. */
	drmSetClientCap(card->fd, DRM_CLIENT_CAP_CURSOR_PLANE_HOTSPOT, 1);
}

int _cen_kms_card_open(const char *path, uint64_t devnum, struct kms_card *card)
{
	int ret;

	*card = (struct kms_card){.fd = -1};
	ret = open_node(path, devnum, card);
	if (ret < 0)
		return ret;
	read_version(card);
	set_client_caps(card);
	errno = 0;
	card->resources = drmModeGetResources(card->fd);
	if (!card->resources || card->resources->count_crtcs == 0) {
		ret = card->resources || errno == 0 || errno == EINVAL ? -EOPNOTSUPP : -errno;
		_cen_kms_card_close(card);
		return ret;
	}
	card->has_modifiers = read_cap(card, DRM_CAP_ADDFB2_MODIFIERS);
	card->prefers_shadow = read_cap(card, DRM_CAP_DUMB_PREFER_SHADOW);
	card->cursor_width = read_cap(card, DRM_CAP_CURSOR_WIDTH);
	card->cursor_height = read_cap(card, DRM_CAP_CURSOR_HEIGHT);
	return 0;
}

void _cen_kms_card_close(struct kms_card *card)
{
	if (card->resources)
		drmModeFreeResources(card->resources);
	card->resources = NULL;
	if (card->fd >= 0)
		close(card->fd);
	card->fd = -1;
}

bool _cen_kms_card_sysfs(const struct kms_card *card, const char *file, char *path, size_t size)
{
	int length =
		snprintf(path, size, "/sys/dev/char/%u:%u/device/%s", major(card->devnum), minor(card->devnum), file);

	return length > 0 && (size_t)length < size;
}

bool _cen_kms_card_is_translated(const struct kms_card *card)
{
	char path[128], type[32];

	return _cen_kms_card_sysfs(card, "iommu_group/type", path, sizeof(path)) &&
	       read_line(path, type, sizeof(type)) && (strcmp(type, "DMA") == 0 || strcmp(type, "DMA-FQ") == 0);
}
