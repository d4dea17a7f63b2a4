/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The alternatives of a device, and the lists of formats, modifiers and usages that they are made of. */
#include "machine-file.h"

#include <errno.h>
#include <stdio.h>

#include <drm_fourcc.h>

#include "error.h"
#include "layout.h"
#include "util.h"

#define SIZE_MAX_PIXELS 65536u
#define ALL_USAGES 11u
#define COLUMN_ROWS_MAX 65536u

int _cen_file_read_usages(struct file_reader *reader, const struct json_place *array, uint32_t *usages)
{
	size_t count;
	int ret = _cen_json_get_count(&reader->json, array, ALL_USAGES, &count, reader->err);

	for (size_t i = 0; ret == 0 && i < count; i++) {
		struct json_place element = _cen_json_element(array, i);
		const char *text = NULL;
		uint32_t usage;

		ret = _cen_json_get_string(&reader->json, &element, &text, reader->err);
		if (ret == 0 && cen_usage_from_string(text, &usage) < 0)
			return _cen_json_fail(&reader->json, &element, reader->err, "\"%.32s\" is no usage", text);
		if (ret == 0)
			*usages |= CEN_USAGE_BIT(usage);
	}
	if (ret == 0 && !*usages)
		return _cen_json_fail(&reader->json, array, reader->err, "at least one usage is wanted");
	return ret;
}

int _cen_file_read_fourccs(struct file_reader *reader, const struct json_place *array, uint32_t **list, size_t *count)
{
	size_t wanted;
	int ret = _cen_json_get_count(&reader->json, array, FILE_MAX_FORMATS, &wanted, reader->err);

	if (ret == 0 && !wanted)
		return _cen_json_fail(&reader->json, array, reader->err, "at least one format is wanted");
	if (ret == 0)
		*list = _cen_file_alloc(reader, wanted, sizeof(**list));
	if (ret == 0 && !*list)
		return -ENOMEM;
	for (*count = 0; ret == 0 && *count < wanted; ++*count) {
		struct json_place element = _cen_json_element(array, *count);
		const char *text = NULL;

		ret = _cen_json_get_string(&reader->json, &element, &text, reader->err);
		if (ret < 0)
			return ret;
		(*list)[*count] = cen_format_from_string(text);
		if (!(*list)[*count])
			return _cen_json_fail(&reader->json, &element, reader->err, "\"%.32s\" is no format", text);
	}
	return ret;
}

static int read_number(struct file_reader *reader, const struct json_place *place, uint64_t *modifier)
{
	const char *text = NULL;
	int ret = _cen_json_get_string(&reader->json, place, &text, reader->err);

	if (ret == 0 && !cen_modifier_from_string(text, modifier))
		return _cen_json_fail(&reader->json, place, reader->err,
				      "\"%.32s\" is no modifier: LINEAR, INVALID or \"0x...\"", text);
	return ret;
}

/* A number, or {"modifier": "0x0700000000000004", "column-rows": 16}. */
static int read_modifier(struct file_reader *reader, const struct json_place *place, struct file_modifier *modifier)
{
	static const char *const keys[] = {"modifier", "column-rows", NULL};
	struct json_place number = _cen_json_member(place, "modifier");
	struct json_place rows = _cen_json_member(place, "column-rows");
	int ret;

	if (!json_object_is_type(place->value, json_type_object))
		return read_number(reader, place, &modifier->modifier);
	ret = _cen_json_check_object(&reader->json, place, keys, reader->err);
	if (ret == 0)
		ret = read_number(reader, &number, &modifier->modifier);
	if (ret == 0 && !rows.value)
		return _cen_json_fail(&reader->json, place, reader->err, "\"column-rows\" is missing");
	if (ret == 0 && (modifier->modifier >> 56 != DRM_FORMAT_MOD_VENDOR_BROADCOM ||
			 fourcc_mod_broadcom_param(modifier->modifier)))
		return _cen_json_fail(&reader->json, &number, reader->err,
				      "columns are Broadcom's, and their height is 0 here");
	return ret < 0 ? ret
		       : _cen_json_get_small(&reader->json, &rows, 1, COLUMN_ROWS_MAX, &modifier->column_rows,
					     reader->err);
}

int _cen_file_read_modifiers(struct file_reader *reader, const struct json_place *array, struct file_modifier **list,
			     size_t *count)
{
	size_t wanted;
	int ret = _cen_json_get_count(&reader->json, array, FILE_MAX_MODIFIERS, &wanted, reader->err);

	if (ret < 0)
		return ret;
	/* Nothing said is linear: the zero that the memory has. */
	*list = _cen_file_alloc(reader, wanted ? wanted : 1, sizeof(**list));
	if (!*list)
		return -ENOMEM;
	*count = wanted ? wanted : 1;
	for (size_t i = 0; ret == 0 && i < wanted; i++) {
		struct json_place element = _cen_json_element(array, i);

		ret = read_modifier(reader, &element, &(*list)[i]);
	}
	return ret;
}

/* The luma and, below it in the same columns, chroma of half as many rows. */
bool _cen_file_modifier_evaluate(const struct file_modifier *modifier, uint32_t height, uint64_t *out)
{
	uint64_t rows;

	*out = modifier->modifier;
	if (!modifier->column_rows)
		return true;
	if (!height || !_cen_round_up(height, modifier->column_rows, &rows))
		return false;
	*out |= (rows + rows / 2) << 8;
	return true;
}

/* "1920x1080" */
static int read_size(struct file_reader *reader, const struct json_place *place, struct file_size *size)
{
	const char *text = NULL;
	int ret = _cen_json_get_string(&reader->json, place, &text, reader->err), end = 0;

	if (ret < 0)
		return ret;
	if (sscanf(text, "%5ux%5u%n", &size->width, &size->height, &end) != 2 || text[end] || !size->width ||
	    size->width > SIZE_MAX_PIXELS || !size->height || size->height > SIZE_MAX_PIXELS)
		return _cen_json_fail(&reader->json, place, reader->err,
				      "\"%.32s\" is no size such as 1920x1080, of 1 to %u pixels each way", text,
				      SIZE_MAX_PIXELS);
	return 0;
}

int _cen_file_read_sizes(struct file_reader *reader, const struct json_place *object, struct file_sizes *sizes)
{
	struct json_place size = _cen_json_member(object, "size"), except = _cen_json_member(object, "except");
	const struct json_place *place = except.value ? &except : &size;
	bool is_list = json_object_is_type(place->value, json_type_array);
	size_t count = 1;
	int ret = 0;

	if (!place->value)
		return 0;
	if (size.value && except.value)
		return _cen_json_fail(&reader->json, &except, reader->err, "beside a \"size\"");
	if (is_list)
		ret = _cen_json_get_count(&reader->json, place, FILE_MAX_SIZES, &count, reader->err);
	if (ret == 0 && !count)
		return _cen_json_fail(&reader->json, place, reader->err, "at least one size is wanted");
	if (ret == 0)
		sizes->items = _cen_file_alloc(reader, count, sizeof(*sizes->items));
	if (ret == 0 && !sizes->items)
		return -ENOMEM;
	for (sizes->is_except = except.value != NULL; ret == 0 && sizes->count < count; sizes->count++) {
		struct json_place element = is_list ? _cen_json_element(place, sizes->count) : *place;

		ret = read_size(reader, &element, &sizes->items[sizes->count]);
	}
	return ret;
}

/* One number for each modifier: how much it is liked among those of all alternatives. */
static int read_preferences(struct file_reader *reader, const struct json_place *object,
			    struct file_alternative *alternative)
{
	struct json_place array = _cen_json_member(object, "preferences");
	size_t count;
	int ret = _cen_json_get_count(&reader->json, &array, FILE_MAX_MODIFIERS, &count, reader->err);

	if (ret < 0 || !array.value)
		return ret;
	if (count != alternative->modifier_count)
		return _cen_json_fail(&reader->json, &array, reader->err, "%zu numbers for %zu modifiers", count,
				      alternative->modifier_count);
	alternative->preferences = _cen_file_alloc(reader, count, sizeof(*alternative->preferences));
	if (!alternative->preferences)
		return -ENOMEM;
	for (size_t i = 0; ret == 0 && i < count; i++) {
		struct json_place element = _cen_json_element(&array, i);

		if (!element.value)
			return _cen_json_fail(&reader->json, &element, reader->err, "a whole number is wanted");
		ret = _cen_json_get_small(&reader->json, &element, 0, UINT32_MAX, &alternative->preferences[i],
					  reader->err);
	}
	return ret;
}

int _cen_file_read_alternative(struct file_reader *reader, const struct json_place *object,
			       const struct file_device *device, struct file_origin origin,
			       struct file_alternative *alternative)
{
	static const char *const keys[] = {"usages", "formats",     "modifiers",  "preferences", "size",
					   "except", "constraints", "provenance", "from",        NULL};
	struct json_place usages = _cen_json_member(object, "usages");
	struct json_place formats = _cen_json_member(object, "formats");
	struct json_place modifiers = _cen_json_member(object, "modifiers");
	struct json_place constraints = _cen_json_member(object, "constraints");
	int ret = _cen_json_check_object(&reader->json, object, keys, reader->err);

	if (ret == 0 && usages.value)
		ret = _cen_file_read_usages(reader, &usages, &alternative->usages);
	if (ret == 0 && alternative->usages & ~device->desc.usages)
		return _cen_json_fail(&reader->json, &usages, reader->err, "a usage that the device does not have");
	if (ret == 0 && !usages.value)
		alternative->usages = device->desc.usages;
	if (ret == 0)
		ret = _cen_file_read_fourccs(reader, &formats, &alternative->fourccs, &alternative->fourcc_count);
	if (ret == 0)
		ret = _cen_file_read_modifiers(reader, &modifiers, &alternative->modifiers,
					       &alternative->modifier_count);
	if (ret == 0)
		ret = read_preferences(reader, object, alternative);
	if (ret == 0)
		ret = _cen_file_read_sizes(reader, object, &alternative->sizes);
	if (ret == 0)
		ret = _cen_file_read_origin(reader, object, &origin);
	return ret < 0 ? ret : _cen_file_read_rules(reader, &constraints, origin, &alternative->rules);
}
