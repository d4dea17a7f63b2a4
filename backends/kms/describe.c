/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a card accepts for scanout, as a cursor and for writeback. */
#include <drm_fourcc.h>

#include "kms.h"

static void add_size_limits(struct bounds *bounds, const struct kms_card *card)
{
	const struct {
		uint32_t kind;
		uint32_t value;
	} limits[] = {
		{CEN_CONSTRAINT_WIDTH_MIN, card->resources->min_width},
		{CEN_CONSTRAINT_WIDTH_MAX, card->resources->max_width},
		{CEN_CONSTRAINT_HEIGHT_MIN, card->resources->min_height},
		{CEN_CONSTRAINT_HEIGHT_MAX, card->resources->max_height},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(limits); i++) {
		if (limits[i].value)
			add_bound(bounds, limits[i].kind, 0, limits[i].value, CEN_PROVENANCE_QUERIED, "GETRESOURCES");
	}
}

static void add_cursor_limits(struct bounds *bounds, const struct kms_card *card)
{
	if (card->cursor_width)
		add_bound(bounds, CEN_CONSTRAINT_WIDTH_MAX, 0, card->cursor_width, CEN_PROVENANCE_QUERIED,
			  "DRM_CAP_CURSOR_WIDTH");
	if (card->cursor_height)
		add_bound(bounds, CEN_CONSTRAINT_HEIGHT_MAX, 0, card->cursor_height, CEN_PROVENANCE_QUERIED,
			  "DRM_CAP_CURSOR_HEIGHT");
}

/* Contiguous means: as the device sees it. Behind an IOMMU that translates any pages do. */
static void add_contiguous(struct bounds *bounds, const struct kms_card *card, uint32_t provenance, const char *text)
{
	if (_cen_kms_card_is_translated(card))
		add_bound(bounds, CEN_CONSTRAINT_IOVA_SEGMENTS, 0, 1, provenance, text);
	else
		add_bound(bounds, CEN_CONSTRAINT_SEGMENTS, 0, 1, provenance, text);
}

static void add_memory_class(struct bounds *bounds, const struct cen_host *host, struct cen_call *call,
			     const struct kms_card *card)
{
	switch (card->driver->memory) {
	case KMS_MEMORY_CONTIGUOUS:
		add_contiguous(bounds, card, CEN_PROVENANCE_DERIVED, "the driver imports one piece only");
		break;
	case KMS_MEMORY_UNLESS_IOMMU:
		add_contiguous(bounds, card, CEN_PROVENANCE_ASSUMED, "one piece, unless the driver has its own IOMMU");
		note(host, call,
		     "memory: %s takes scattered memory where it runs an IOMMU of its own, which cannot be "
		     "read; contiguous assumed",
		     card->driver_name);
		break;
	case KMS_MEMORY_NO_IMPORT:
		add_bound(bounds, CEN_CONSTRAINT_EXPORTER, 0, card->devnum, CEN_PROVENANCE_DERIVED,
			  "the driver imports nothing");
		break;
	case KMS_MEMORY_ANY_PAGES:
		if (card->driver->flags & KMS_DRIVER_OWN_MEMORY)
			note(host, call,
			     "memory: whether %s shows memory that is not its own is seen only when it is "
			     "tried",
			     card->driver_name);
		break;
	case KMS_MEMORY_COPIES:
		break;
	case KMS_MEMORY_UNKNOWN:
		add_contiguous(bounds, card, CEN_PROVENANCE_ASSUMED, "a driver that is not known");
		note(host, call, "memory: driver %s is not known; contiguous assumed", card->driver_name);
		break;
	}
}

/* Only PCI devices tell how many address bits they have. No bound where the CPU or an IOMMU is in between. */
static void add_address_bits(struct bounds *bounds, const struct cen_host *host, struct cen_call *call,
			     const struct kms_card *card)
{
	char path[128];
	uint64_t bits;

	if (card->driver->memory == KMS_MEMORY_COPIES || card->driver->memory == KMS_MEMORY_NO_IMPORT ||
	    _cen_kms_card_is_translated(card))
		return;
	if (!_cen_kms_card_sysfs(card, "dma_mask_bits", path, sizeof(path)) || !read_number(path, &bits)) {
		note(host, call, "address: only PCI devices say how much they can reach; not known here");
		return;
	}
	if (bits > 0 && bits < 64)
		add_bound(bounds, CEN_CONSTRAINT_ADDRESS_BITS, 0, bits, CEN_PROVENANCE_QUERIED, "dma_mask_bits");
}

static void add_objects(struct bounds *bounds, const struct kms_card *card)
{
	if (card->driver->flags & KMS_DRIVER_ONE_OBJECT)
		add_bound(bounds, CEN_CONSTRAINT_OBJECTS, 0, CEN_OBJECTS_ONE, CEN_PROVENANCE_DERIVED,
			  "the driver refuses planes in several objects");
	else
		add_bound(bounds, CEN_CONSTRAINT_OBJECTS, 0, CEN_OBJECTS_ONE | CEN_OBJECTS_PER_PLANE,
			  CEN_PROVENANCE_DERIVED, "ADDFB2 has a handle per plane");
}

static void add_sync(struct bounds *bounds, uint32_t usage, const struct kms_formats *formats)
{
	uint64_t sync = usage == CEN_USAGE_WRITEBACK ? 0 : CEN_SYNC_IMPLICIT;

	if (formats->has_explicit_sync)
		sync |= CEN_SYNC_EXPLICIT;
	if (sync)
		add_bound(bounds, CEN_CONSTRAINT_SYNC, 0, sync, CEN_PROVENANCE_DERIVED,
			  usage == CEN_USAGE_WRITEBACK ? "WRITEBACK_OUT_FENCE_PTR" : "fence properties of the planes");
}

/* Returns the alignment that linear strides need; 1: none. */
static uint32_t find_pitch_align(struct kms_state *state, struct cen_call *call, const struct kms_card *card,
				 const struct cen_query *query)
{
	uint32_t align;

	if (query->flags & CEN_QUERY_PASSIVE) {
		note(state->host, call,
		     "stride: its alignment is found by making a dumb buffer, which was not allowed");
		return 1;
	}
	align = _cen_kms_pitch_measure(state, card);
	if (align == 0)
		note(state->host, call, "stride: %s makes no dumb buffer to measure the alignment by",
		     card->driver_name);
	return align ? align : 1;
}

/* One format, once for every size that a cursor may have; no sizes: any within the bounds. */
static int add_format(const struct cen_host *host, struct cen_call *call, const struct kms_format *format,
		      const struct kms_formats *formats, const struct bounds *base)
{
	struct cen_capability capability = {
		.size = sizeof(capability),
		.fourcc = format->fourcc,
		.modifier = format->modifier,
		.preference = format->rank,
	};
	int ret, refused = 0;
	size_t i = 0;

	do {
		struct bounds bounds = *base;
		struct kms_size size = formats->sizes[i];

		if (formats->size_count) {
			add_bound(&bounds, CEN_CONSTRAINT_WIDTH_MIN, 0, size.width, CEN_PROVENANCE_QUERIED,
				  "SIZE_HINTS");
			add_bound(&bounds, CEN_CONSTRAINT_WIDTH_MAX, 0, size.width, CEN_PROVENANCE_QUERIED,
				  "SIZE_HINTS");
			add_bound(&bounds, CEN_CONSTRAINT_HEIGHT_MIN, 0, size.height, CEN_PROVENANCE_QUERIED,
				  "SIZE_HINTS");
			add_bound(&bounds, CEN_CONSTRAINT_HEIGHT_MAX, 0, size.height, CEN_PROVENANCE_QUERIED,
				  "SIZE_HINTS");
		}
		capability.constraints = bounds.items;
		capability.constraint_count = bounds.count;
		ret = host->add_capability(call, &capability);
		if (ret < 0)
			refused = ret;
	} while (ret != -ENOMEM && ++i < formats->size_count);
	return refused;
}

static int add_formats(const struct cen_host *host, struct cen_call *call, const struct cen_query *query,
		       const struct kms_formats *formats, const struct bounds *base, uint32_t pitch_align)
{
	const struct cen_format_info *info;
	size_t unknown = 0, refused = 0;
	int ret = 0;

	for (size_t i = 0; ret != -ENOMEM && i < formats->count; i++) {
		const struct kms_format *format = &formats->items[i];
		struct bounds bounds = *base;

		info = host->get_format_info(format->fourcc);
		unknown += !info;
		if (!info || !is_wanted(query, format->fourcc))
			continue;
		for (uint32_t p = 0;
		     format->modifier == DRM_FORMAT_MOD_LINEAR && pitch_align > 1 && p < info->plane_count; p++)
			add_bound(&bounds, CEN_CONSTRAINT_STRIDE_ALIGN, p, pitch_align, CEN_PROVENANCE_PROBED,
				  "CREATE_DUMB pitch");
		ret = add_format(host, call, format, formats, &bounds);
		refused += ret < 0;
	}
	if (unknown)
		note(host, call, "formats: %zu of %zu are not known to cenalloc and left out", unknown, formats->count);
	/* One that the host does not take, which it logs, hides no other. */
	if (refused)
		note(host, call, "formats: %zu of %zu have a constraint that is not valid", refused, formats->count);
	return ret == -ENOMEM ? ret : 0;
}

static void add_notes(const struct cen_host *host, struct cen_call *call, const struct kms_card *card, uint32_t usage,
		      const struct kms_formats *formats)
{
	size_t async = 0;

	for (size_t i = 0; i < formats->count; i++)
		async += formats->items[i].is_async;
	if (formats->has_async)
		note(host, call, "async flips: %zu of %zu formats and modifiers (IN_FORMATS_ASYNC)", async,
		     formats->count);
	if (formats->is_broken)
		note(host, call, "modifiers: a plane's IN_FORMATS contradicts itself; linear assumed");
	if (formats->has_plain_list && usage != CEN_USAGE_WRITEBACK)
		note(host, call, "modifiers: %s; linear assumed",
		     card->has_modifiers ? "a plane has no IN_FORMATS" : "the driver takes none");
	if (usage == CEN_USAGE_CURSOR && formats->size_count == 0)
		note(host, call, "cursor: sizes up to %" PRIu64 "x%" PRIu64 "; which of them work is not known",
		     card->cursor_width, card->cursor_height);
	if (formats->plane_count > 1 && usage == CEN_USAGE_SCANOUT)
		note(host, call, "formats: what any of %u planes takes, the primary one first", formats->plane_count);
}

static int open_card(const struct cen_host *host, struct cen_call *call, const struct cen_device_desc *device,
		     struct kms_card *card)
{
	int ret = _cen_kms_card_open(device->path, device->devnum, card);

	if (ret == -ENODEV || ret == -ENOENT || ret == -ENXIO)
		return fail(host, call, "open", ENODEV, "%s is gone, or another device now", device->path);
	if (ret < 0)
		return fail(host, call, "open", -ret, "%s: %s", device->path, strerror(-ret));
	return 0;
}

int _cen_kms_describe(void *state, struct cen_call *call, const struct cen_device_desc *device,
		      const struct cen_query *query)
{
	const struct cen_host *host = ((struct kms_state *)state)->host;
	_cleanup_card_ struct kms_card card = {.fd = -1};
	_cleanup_formats_ struct kms_formats formats = {0};
	struct bounds bounds = {.count = 0};
	uint32_t pitch_align;
	int ret;

	if (!_cen_kms_is_usage(query->usage))
		return fail(host, call, NULL, EOPNOTSUPP, "%s: a display has no usage %u", device->path, query->usage);
	ret = open_card(host, call, device, &card);
	if (ret < 0)
		return ret;
	ret = _cen_kms_formats_read(&card, query->usage, &formats);
	if (ret < 0)
		return fail(host, call, "DRM_IOCTL_MODE_GETPLANERESOURCES", -ret, "%s: its planes cannot be read: %s",
			    device->path, strerror(-ret));
	add_size_limits(&bounds, &card);
	if (query->usage == CEN_USAGE_CURSOR && formats.size_count == 0)
		add_cursor_limits(&bounds, &card);
	add_objects(&bounds, &card);
	add_memory_class(&bounds, host, call, &card);
	add_address_bits(&bounds, host, call, &card);
	add_sync(&bounds, query->usage, &formats);
	pitch_align = find_pitch_align(state, call, &card, query);
	add_notes(host, call, &card, query->usage, &formats);
	return add_formats(host, call, query, &formats, &bounds, pitch_align);
}
