/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The members of a quirk that name constraints. Pure. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "constraint.h"
#include "error.h"
#include "quirk-read.h"
#include "util.h"

/* "stride-align=64" of a member "stride-align" with the value 64, or "64". */
static int write_text(const struct quirk_reader *reader, const struct json_place *place, char buf[256])
{
	uint64_t number = 0;
	const char *text;
	int length, ret;

	if (json_object_is_type(place->value, json_type_string)) {
		ret = _cen_quirk_read_text(reader, place, QUIRK_MAX_PATTERN, &text);
		length = ret < 0 ? 0 : snprintf(buf, 256, "%s=%s", place->key, text);
	} else if (place->value) {
		ret = _cen_json_get_number(reader->json, place, 0, UINT64_MAX, &number, reader->err);
		length = snprintf(buf, 256, "%s=%" PRIu64, place->key, number);
	} else {
		return _cen_quirk_refuse(reader, place, "a number or text is wanted");
	}
	if (ret == 0 && (length < 0 || length >= 256))
		return _cen_quirk_refuse(reader, place, "there is no such constraint");
	return ret;
}

/* The name of a heap is the note of its constraint: it points into a buffer and is kept. */
static int finish(const struct quirk_reader *reader, const char *note, struct cen_constraint *constraint)
{
	constraint->provenance = CEN_PROVENANCE_QUIRK;
	if (!constraint->note) {
		constraint->note = note;
		return 0;
	}
	constraint->note = _cen_arena_strdup(reader->arena, constraint->note);
	return constraint->note ? 0 : _cen_error_no_memory(reader->err);
}

static int read_constraint(const struct quirk_reader *reader, const struct json_place *place, const char *note,
			   struct cen_constraint *out)
{
	_cleanup_error_ struct cen_error *failure = NULL;
	char text[256];
	int ret = write_text(reader, place, text);

	if (ret < 0)
		return ret;
	ret = cen_constraint_from_string(text, out, &failure);
	if (ret < 0)
		return failure ? _cen_quirk_refuse(reader, place, "%s", cen_error_get_message(failure))
			       : _cen_error_no_memory(reader->err);
	if (out->provenance)
		return _cen_quirk_refuse(reader, place, "\"%s\": what a quirk says is known by the quirk, not %s", text,
					 cen_provenance_get_name(out->provenance));
	return finish(reader, note, out);
}

/* "stride-align" and "stride-align.0" are one. */
static bool has_constraint(const struct quirk_constraints *list, const struct cen_constraint *item)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].kind == item->kind && list->items[i].plane == item->plane)
			return true;
	}
	return false;
}

static int check_list(const struct quirk_reader *reader, const struct json_place *place)
{
	size_t count;

	if (!json_object_is_type(place->value, json_type_object))
		return _cen_quirk_refuse(reader, place, "an object is wanted");
	count = (size_t)json_object_object_length(place->value);
	if (count == 0 || count > QUIRK_MAX_ITEMS)
		return _cen_quirk_refuse(reader, place, "%zu constraints; 1 to %u are wanted", count, QUIRK_MAX_ITEMS);
	return 0;
}

int _cen_quirk_read_constraints(const struct quirk_reader *reader, const struct json_place *place, const char *note,
				struct quirk_constraints *out)
{
	struct cen_constraint *items;
	int ret = place->value ? check_list(reader, place) : 0;

	if (ret < 0 || !place->value)
		return ret;
	out->items = items = _cen_arena_alloc(reader->arena, QUIRK_MAX_ITEMS, sizeof(*items));
	if (!items)
		return _cen_error_no_memory(reader->err);
	json_object_object_foreach(place->value, key, value)
	{
		const struct json_place member = {.up = place, .key = key, .value = value};

		ret = read_constraint(reader, &member, note, &items[out->count]);
		if (ret < 0)
			return ret;
		if (has_constraint(out, &items[out->count]))
			return _cen_quirk_refuse(reader, &member, "this constraint is there already");
		out->count++;
	}
	return 0;
}

/* The slots of "stride-exact", of all planes, or of "stride-exact.1". 0 where there is no such constraint. */
static uint64_t find_slots(const char *name)
{
	const struct cen_constraint_info *info;
	uint64_t slots = 0;

	for (uint32_t kind = 1; (info = cen_constraint_kind_get_info(kind)); kind++) {
		size_t length = strlen(info->name);
		bool is_all = strcmp(info->name, name) == 0;

		for (uint32_t plane = 0; plane < (info->per_plane ? 4u : 1u); plane++) {
			bool is_one = info->per_plane && strncmp(info->name, name, length) == 0 &&
				      name[length] == '.' && name[length + 1] == (char)('0' + plane) &&
				      name[length + 2] == '\0';

			if (is_all || is_one)
				slots |= 1ull << _cen_constraint_slot(kind, plane);
		}
	}
	return slots;
}

int _cen_quirk_read_slots(const struct quirk_reader *reader, const struct json_place *place, uint64_t *out)
{
	size_t count = 0;
	int ret = _cen_quirk_read_count(reader, place, QUIRK_MAX_ITEMS, &count);

	for (size_t i = 0; ret == 0 && i < count; i++) {
		const struct json_place item = _cen_json_element(place, i);
		const char *name;
		uint64_t slots;

		ret = _cen_quirk_read_text(reader, &item, QUIRK_MAX_NAME, &name);
		if (ret < 0)
			return ret;
		slots = find_slots(name);
		if (!slots)
			return _cen_quirk_refuse(reader, &item, "there is no constraint \"%s\"", name);
		*out |= slots;
	}
	return ret;
}
