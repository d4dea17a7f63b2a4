/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The members of a quirk that say which devices it is about. Pure. */
#include <cenalloc/format.h>
#include <cenalloc/machine.h>

#include "error.h"
#include "quirk-read.h"
#include "util.h"

/* *out stays NULL where there is no such member. */
static int read_pattern(const struct quirk_reader *reader, const struct json_place *up, const char *key,
			const char **out)
{
	const struct json_place place = _cen_json_member(up, key);

	return place.value ? _cen_quirk_read_text(reader, &place, QUIRK_MAX_PATTERN, out) : 0;
}

static int read_version(const struct quirk_reader *reader, const struct json_place *up, const char *key, bool *has,
			struct kernel_version *out)
{
	const struct json_place place = _cen_json_member(up, key);
	const char *text;
	int ret;

	*has = place.value;
	if (!*has)
		return 0;
	ret = _cen_quirk_read_text(reader, &place, QUIRK_MAX_NAME, &text);
	if (ret == 0 && !_cen_kernel_version_parse(text, false, out))
		return _cen_quirk_refuse(reader, &place, "\"%s\" is no version, as in 6.9, 6.12.3 or 6.9-rc2", text);
	return ret;
}

static int read_kernel(const struct quirk_reader *reader, const struct json_place *up, struct quirk_match *out)
{
	static const char *const keys[] = {"from", "before", NULL};
	const struct json_place place = _cen_json_member(up, "kernel");
	int ret;

	if (!place.value)
		return 0;
	ret = _cen_json_check_object(reader->json, &place, keys, reader->err);
	if (ret == 0)
		ret = read_version(reader, &place, "from", &out->has_from, &out->from);
	if (ret == 0)
		ret = read_version(reader, &place, "before", &out->has_before, &out->before);
	if (ret < 0)
		return ret;
	if (!out->has_from && !out->has_before)
		return _cen_quirk_refuse(reader, &place, "\"from\" or \"before\" is needed");
	if (out->has_from && out->has_before && !_cen_kernel_version_is_before(&out->from, &out->before))
		return _cen_quirk_refuse(reader, &place, "no kernel is both \"from\" and \"before\"");
	return 0;
}

static int read_usages(const struct quirk_reader *reader, const struct json_place *up, struct quirk_match *out)
{
	const struct json_place list = _cen_json_member(up, "usages");
	size_t count = 0;
	int ret = _cen_quirk_read_count(reader, &list, QUIRK_MAX_ITEMS, &count);

	for (size_t i = 0; ret == 0 && i < count; i++) {
		const struct json_place place = _cen_json_element(&list, i);
		const char *name;
		uint32_t usage;

		ret = _cen_quirk_read_text(reader, &place, QUIRK_MAX_NAME, &name);
		if (ret < 0)
			return ret;
		if (cen_usage_from_string(name, &usage) < 0)
			return _cen_quirk_refuse(reader, &place, "\"%s\" is no usage", name);
		out->usages |= CEN_USAGE_BIT(usage);
	}
	return ret;
}

static int read_formats(const struct quirk_reader *reader, const struct json_place *up, struct quirk_match *out)
{
	const struct json_place list = _cen_json_member(up, "formats");
	uint32_t *fourccs;
	int ret = _cen_quirk_read_count(reader, &list, QUIRK_MAX_ITEMS, &out->fourcc_count);

	if (ret < 0 || !out->fourcc_count)
		return ret;
	out->fourccs = fourccs = _cen_arena_alloc(reader->arena, out->fourcc_count, sizeof(*fourccs));
	if (!fourccs)
		return _cen_error_no_memory(reader->err);
	for (size_t i = 0; i < out->fourcc_count; i++) {
		const struct json_place place = _cen_json_element(&list, i);
		const char *name;

		ret = _cen_quirk_read_text(reader, &place, QUIRK_MAX_NAME, &name);
		if (ret < 0)
			return ret;
		fourccs[i] = cen_format_from_string(name);
		if (!fourccs[i])
			return _cen_quirk_refuse(reader, &place, "\"%s\" is no format", name);
	}
	return 0;
}

static int read_modifiers(const struct quirk_reader *reader, const struct json_place *up, struct quirk_match *out)
{
	const struct json_place list = _cen_json_member(up, "modifiers");
	uint64_t *modifiers;
	int ret = _cen_quirk_read_count(reader, &list, QUIRK_MAX_ITEMS, &out->modifier_count);

	if (ret < 0 || !out->modifier_count)
		return ret;
	out->modifiers = modifiers = _cen_arena_alloc(reader->arena, out->modifier_count, sizeof(*modifiers));
	if (!modifiers)
		return _cen_error_no_memory(reader->err);
	for (size_t i = 0; i < out->modifier_count; i++) {
		const struct json_place place = _cen_json_element(&list, i);
		const char *name;

		ret = _cen_quirk_read_text(reader, &place, QUIRK_MAX_NAME, &name);
		if (ret < 0)
			return ret;
		if (!cen_modifier_from_string(name, &modifiers[i]))
			return _cen_quirk_refuse(reader, &place,
						 "\"%s\" is no modifier, as in LINEAR or 0x0300000000000001", name);
	}
	return 0;
}

int _cen_quirk_read_match(const struct quirk_reader *reader, const struct json_place *place, struct quirk_match *out)
{
	static const char *const keys[] = {"driver", "id", "backend", "kernel", "usages", "formats", "modifiers", NULL};
	int ret;

	if (!place->value)
		return _cen_quirk_refuse(reader, place, "this is missing");
	ret = _cen_json_check_object(reader->json, place, keys, reader->err);
	if (ret == 0)
		ret = read_pattern(reader, place, "driver", &out->driver);
	if (ret == 0)
		ret = read_pattern(reader, place, "id", &out->id);
	if (ret == 0)
		ret = read_pattern(reader, place, "backend", &out->backend);
	if (ret == 0)
		ret = read_kernel(reader, place, out);
	if (ret == 0)
		ret = read_usages(reader, place, out);
	if (ret == 0)
		ret = read_formats(reader, place, out);
	if (ret == 0)
		ret = read_modifiers(reader, place, out);
	/* What is said of every device is no quirk of one. */
	if (ret == 0 && !out->driver && !out->id && !out->backend)
		return _cen_quirk_refuse(reader, place, "\"driver\", \"id\" or \"backend\" is needed");
	return ret;
}
