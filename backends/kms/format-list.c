/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Collects the formats of a card's planes, or of its writeback connectors. */
#include <drm_fourcc.h>
#include <xf86drm.h>

#include "in-formats.h"
#include "kms.h"

/* Above any rank within one plane. */
#define KMS_RANKS_PER_PLANE 4096

/* The properties of a plane or connector: their values, and whether they are there at all. */
struct object_properties {
	uint64_t values[KMS_PROPERTY_COUNT];
	bool has[KMS_PROPERTY_COUNT];
};

static const char *const property_names[KMS_PROPERTY_COUNT] = {
	[KMS_PROPERTY_TYPE] = "type",
	[KMS_PROPERTY_IN_FORMATS] = "IN_FORMATS",
	[KMS_PROPERTY_IN_FORMATS_ASYNC] = "IN_FORMATS_ASYNC",
	[KMS_PROPERTY_SIZE_HINTS] = "SIZE_HINTS",
	[KMS_PROPERTY_WRITEBACK_PIXEL_FORMATS] = "WRITEBACK_PIXEL_FORMATS",
	[KMS_PROPERTY_IN_FENCE_FD] = "IN_FENCE_FD",
	[KMS_PROPERTY_WRITEBACK_OUT_FENCE_PTR] = "WRITEBACK_OUT_FENCE_PTR",
};

static enum kms_property ask_name(const struct kms_card *card, uint32_t id)
{
	drmModePropertyRes *property = drmModeGetProperty(card->fd, id);
	enum kms_property found = 0;

	while (property && found < KMS_PROPERTY_COUNT && strcmp(property->name, property_names[found]) != 0)
		found++;
	drmModeFreeProperty(property);
	return property ? found : KMS_PROPERTY_COUNT;
}

static enum kms_property find_property(struct kms_card *card, uint32_t id)
{
	struct kms_names *names = &card->names;
	enum kms_property found;

	for (size_t i = 0; i < names->count; i++) {
		if (names->items[i].id == id)
			return names->items[i].property;
	}
	found = ask_name(card, id);
	if (names->count < ARRAY_LENGTH(names->items)) {
		names->items[names->count].id = id;
		names->items[names->count++].property = found;
	}
	return found;
}

static struct object_properties read_properties(struct kms_card *card, uint32_t id, uint32_t type)
{
	drmModeObjectProperties *list = drmModeObjectGetProperties(card->fd, id, type);
	struct object_properties props = {0};
	enum kms_property found;

	for (uint32_t i = 0; list && i < list->count_props; i++) {
		found = find_property(card, list->props[i]);
		if (found == KMS_PROPERTY_COUNT)
			continue;
		props.values[found] = list->prop_values[i];
		props.has[found] = true;
	}
	if (list)
		drmModeFreeObjectProperties(list);
	return props;
}

static drmModePropertyBlobRes *read_blob(const struct kms_card *card, uint64_t id)
{
	return id && id <= UINT32_MAX ? drmModeGetPropertyBlob(card->fd, (uint32_t)id) : NULL;
}

static struct kms_format *find_format(const struct kms_formats *formats, uint32_t fourcc, uint64_t modifier)
{
	for (size_t i = 0; i < formats->count; i++) {
		if (formats->items[i].fourcc == fourcc && formats->items[i].modifier == modifier)
			return &formats->items[i];
	}
	return NULL;
}

static int add_format(void *data, uint32_t fourcc, uint64_t modifier, uint32_t rank)
{
	struct kms_formats *formats = data;
	struct kms_format *grown;
	size_t capacity;

	if (modifier == DRM_FORMAT_MOD_INVALID || find_format(formats, fourcc, modifier))
		return 0;
	if (formats->count == formats->capacity) {
		capacity = formats->capacity ? formats->capacity * 2 : 64;
		grown = reallocarray(formats->items, capacity, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		formats->items = grown;
		formats->capacity = capacity;
	}
	formats->items[formats->count++] =
		(struct kms_format){.fourcc = fourcc, .modifier = modifier, .rank = formats->first_rank + rank};
	return 0;
}

static int mark_async(void *data, uint32_t fourcc, uint64_t modifier, uint32_t rank)
{
	struct kms_format *format = find_format(data, fourcc, modifier);

	(void)rank;
	if (format)
		format->is_async = true;
	return 0;
}

static int add_plain_list(struct kms_formats *formats, const uint32_t *fourccs, size_t count)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < count; i++)
		ret = add_format(formats, fourccs[i], DRM_FORMAT_MOD_LINEAR, 0);
	return ret;
}

static void read_async(const struct kms_card *card, uint64_t id, struct kms_formats *formats)
{
	drmModePropertyBlobRes *blob = read_blob(card, id);

	if (!blob)
		return;
	formats->has_async = _cen_kms_in_formats_parse(blob->data, blob->length, mark_async, formats) == 0;
	drmModeFreePropertyBlob(blob);
}

static void read_sizes(const struct kms_card *card, uint64_t id, struct kms_formats *formats)
{
	drmModePropertyBlobRes *blob = read_blob(card, id);
	size_t count;

	if (!blob)
		return;
	count = blob->length / sizeof(struct kms_size);
	formats->size_count = count < KMS_MAX_SIZES ? count : KMS_MAX_SIZES;
	if (formats->size_count)
		memcpy(formats->sizes, blob->data, formats->size_count * sizeof(struct kms_size));
	drmModeFreePropertyBlob(blob);
}

/* Formats of one plane; what an earlier plane takes keeps its rank. */
static int add_plane(const struct kms_card *card, const drmModePlane *plane, const struct object_properties *props,
		     struct kms_formats *formats)
{
	drmModePropertyBlobRes *blob =
		card->has_modifiers ? read_blob(card, props->values[KMS_PROPERTY_IN_FORMATS]) : NULL;
	int ret = -EBADMSG;

	formats->first_rank = formats->plane_count * KMS_RANKS_PER_PLANE;
	formats->plane_count++;
	formats->has_explicit_sync = formats->has_explicit_sync || props->has[KMS_PROPERTY_IN_FENCE_FD];
	if (blob) {
		ret = _cen_kms_in_formats_parse(blob->data, blob->length, add_format, formats);
		formats->is_broken = formats->is_broken || ret == -EBADMSG;
		drmModeFreePropertyBlob(blob);
	} else {
		formats->has_plain_list = true;
	}
	if (ret == -EBADMSG)
		ret = add_plain_list(formats, plane->formats, plane->count_formats);
	if (ret < 0)
		return ret;
	read_async(card, props->values[KMS_PROPERTY_IN_FORMATS_ASYNC], formats);
	if (props->values[KMS_PROPERTY_TYPE] == DRM_PLANE_TYPE_CURSOR)
		read_sizes(card, props->values[KMS_PROPERTY_SIZE_HINTS], formats);
	return 0;
}

static int add_planes_of_type(struct kms_card *card, const drmModePlaneRes *list, uint64_t type,
			      struct kms_formats *formats)
{
	struct object_properties props;
	drmModePlane *plane;
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < list->count_planes; i++) {
		plane = drmModeGetPlane(card->fd, list->planes[i]);
		if (!plane)
			continue;
		props = read_properties(card, plane->plane_id, DRM_MODE_OBJECT_PLANE);
		if (props.values[KMS_PROPERTY_TYPE] == type && plane->possible_crtcs)
			ret = add_plane(card, plane, &props, formats);
		drmModeFreePlane(plane);
	}
	return ret;
}

static int read_planes(struct kms_card *card, uint32_t usage, struct kms_formats *formats)
{
	drmModePlaneRes *list = drmModeGetPlaneResources(card->fd);
	int ret;

	if (!list)
		return errno ? -errno : -EIO;
	if (usage == CEN_USAGE_CURSOR) {
		ret = add_planes_of_type(card, list, DRM_PLANE_TYPE_CURSOR, formats);
	} else {
		ret = add_planes_of_type(card, list, DRM_PLANE_TYPE_PRIMARY, formats);
		if (ret == 0)
			ret = add_planes_of_type(card, list, DRM_PLANE_TYPE_OVERLAY, formats);
	}
	drmModeFreePlaneResources(list);
	/* Drivers from before atomic modesetting have a cursor that is no plane, always in this format. */
	if (ret == 0 && usage == CEN_USAGE_CURSOR && formats->count == 0 && !card->is_atomic && card->cursor_width)
		ret = add_plain_list(formats, &(uint32_t){DRM_FORMAT_ARGB8888}, 1);
	return ret;
}

static int add_writeback(struct kms_card *card, uint32_t id, struct kms_formats *formats)
{
	struct object_properties props = read_properties(card, id, DRM_MODE_OBJECT_CONNECTOR);
	drmModePropertyBlobRes *blob = read_blob(card, props.values[KMS_PROPERTY_WRITEBACK_PIXEL_FORMATS]);
	int ret;

	if (!blob)
		return 0;
	formats->plane_count++;
	formats->has_explicit_sync = formats->has_explicit_sync || props.has[KMS_PROPERTY_WRITEBACK_OUT_FENCE_PTR];
	ret = add_plain_list(formats, blob->data, blob->length / sizeof(uint32_t));
	drmModeFreePropertyBlob(blob);
	return ret;
}

static int read_writeback(struct kms_card *card, struct kms_formats *formats)
{
	drmModeConnector *connector;
	bool is_writeback;
	uint32_t id;
	int ret = 0;

	for (int i = 0; ret == 0 && i < card->resources->count_connectors; i++) {
		id = card->resources->connectors[i];
		/* "Current": without it the kernel would probe the cable. */
		connector = drmModeGetConnectorCurrent(card->fd, id);
		if (!connector)
			continue;
		is_writeback = connector->connector_type == DRM_MODE_CONNECTOR_WRITEBACK;
		drmModeFreeConnector(connector);
		if (is_writeback)
			ret = add_writeback(card, id, formats);
	}
	return ret;
}

int _cen_kms_formats_read(struct kms_card *card, uint32_t usage, struct kms_formats *formats)
{
	*formats = (struct kms_formats){0};
	return usage == CEN_USAGE_WRITEBACK ? read_writeback(card, formats) : read_planes(card, usage, formats);
}

void _cen_kms_formats_free(struct kms_formats *formats)
{
	free(formats->items);
	*formats = (struct kms_formats){0};
}

uint32_t _cen_kms_card_usages(struct kms_card *card)
{
	static const uint32_t known[] = {CEN_USAGE_SCANOUT, CEN_USAGE_CURSOR, CEN_USAGE_WRITEBACK};
	uint32_t usages = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(known); i++) {
		_cleanup_formats_ struct kms_formats formats;

		if (_cen_kms_formats_read(card, known[i], &formats) == 0 && formats.count)
			usages |= CEN_USAGE_BIT(known[i]);
	}
	return usages;
}
