/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Reading a file of quirks. It is not trusted: every error names file, line and path. Pure. */
#include <errno.h>
#include <string.h>

#include "error.h"
#include "json-line.h"
#include "quirk-read.h"
#include "util.h"

#define VERSION 1

int _cen_quirk_read_text(const struct quirk_reader *reader, const struct json_place *place, size_t max,
			 const char **out)
{
	const char *text;
	int ret = _cen_json_get_string(reader->json, place, &text, reader->err);

	if (ret < 0)
		return ret;
	if (strlen(text) > max)
		return _cen_quirk_refuse(reader, place, "%zu bytes; the bound is %zu", strlen(text), max);
	*out = _cen_arena_strdup(reader->arena, text);
	if (*out)
		return 0;
	_cen_error_no_memory(reader->err);
	return -ENOMEM;
}

int _cen_quirk_read_count(const struct quirk_reader *reader, const struct json_place *place, size_t max, size_t *count)
{
	int ret = _cen_json_get_count(reader->json, place, max, count, reader->err);

	if (ret == 0 && place->value && !*count)
		return _cen_quirk_refuse(reader, place, "an empty list says nothing");
	return ret;
}

static bool is_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	return name[strspn(name, letters)] == '\0';
}

/* file: what stands before this quirk. */
static int read_name(const struct quirk_reader *reader, const struct json_place *up, const struct quirk_file *file,
		     const char **out)
{
	const struct json_place place = _cen_json_member(up, "name");
	int ret = _cen_quirk_read_text(reader, &place, QUIRK_MAX_NAME, out);

	if (ret < 0)
		return ret;
	if (!is_name(*out))
		return _cen_quirk_refuse(reader, &place, "a name has letters, digits, '-', '_' and '.' only");
	for (size_t i = 0; i < file->count; i++) {
		if (strcmp(file->quirks[i].name, *out) == 0)
			return _cen_quirk_refuse(reader, &place, "quirks[%zu] has the name %s", i, *out);
	}
	return 0;
}

static int read_about(const struct quirk_reader *reader, const struct json_place *up, struct quirk *quirk)
{
	const struct json_place text = _cen_json_member(up, "text"), source = _cen_json_member(up, "source");
	int ret = _cen_quirk_read_text(reader, &text, QUIRK_MAX_TEXT, &quirk->text);

	return ret < 0 ? ret : _cen_quirk_read_text(reader, &source, QUIRK_MAX_SOURCE, &quirk->source);
}

static int read_refuse(const struct quirk_reader *reader, const struct json_place *up, bool *out)
{
	const struct json_place place = _cen_json_member(up, "refuse");
	int ret = _cen_json_get_bool(reader->json, &place, out, reader->err);

	if (ret == 0 && place.value && !*out)
		return _cen_quirk_refuse(reader, &place, "only true says something here");
	return ret;
}

/* What the quirk changes. The constraints carry its name and text. */
static int read_change(const struct quirk_reader *reader, const struct json_place *up, struct quirk *quirk)
{
	const struct json_place remove = _cen_json_member(up, "remove"), set = _cen_json_member(up, "set");
	const struct json_place add = _cen_json_member(up, "add");
	const char *note = _cen_arena_printf(reader->arena, "quirk %s: %s", quirk->name, quirk->text);
	bool has_changes;
	int ret;

	if (!note)
		return _cen_error_no_memory(reader->err);
	ret = _cen_quirk_read_slots(reader, &remove, &quirk->remove);
	if (ret == 0)
		ret = _cen_quirk_read_constraints(reader, &set, note, &quirk->set);
	if (ret == 0)
		ret = _cen_quirk_read_constraints(reader, &add, note, &quirk->add);
	if (ret == 0)
		ret = read_refuse(reader, up, &quirk->is_refusal);
	if (ret < 0)
		return ret;
	has_changes = quirk->add.count || quirk->set.count || quirk->remove;
	if (has_changes && quirk->is_refusal)
		return _cen_quirk_refuse(reader, up, "\"refuse\" leaves nothing to \"add\", \"remove\" or \"set\"");
	if (!has_changes && !quirk->is_refusal)
		return _cen_quirk_refuse(reader, up, "one of \"add\", \"remove\", \"set\" and \"refuse\" is needed");
	return 0;
}

static int read_quirk(const struct quirk_reader *reader, const struct json_place *place, const struct quirk_file *file,
		      struct quirk *quirk)
{
	static const char *const keys[] = {"name", "text", "source", "match", "add", "remove", "set", "refuse", NULL};
	struct json_place match;
	int ret = _cen_json_check_object(reader->json, place, keys, reader->err);

	if (ret == 0)
		ret = read_name(reader, place, file, &quirk->name);
	if (ret == 0)
		ret = read_about(reader, place, quirk);
	if (ret < 0)
		return ret;
	match = _cen_json_member(place, "match");
	ret = _cen_quirk_read_match(reader, &match, &quirk->match);
	if (ret == 0)
		ret = read_change(reader, place, quirk);
	if (ret < 0)
		return ret;
	quirk->place =
		_cen_arena_printf(reader->arena, "%s:%u", reader->json->name, _cen_json_line_of(reader->json, place));
	return quirk->place ? 0 : _cen_error_no_memory(reader->err);
}

static int read_version(const struct quirk_reader *reader, const struct json_place *root)
{
	const struct json_place place = _cen_json_member(root, "cenalloc-quirks");

	if (!json_object_is_type(place.value, json_type_int) || json_object_get_int64(place.value) != VERSION)
		return _cen_quirk_refuse(reader, &place, "the version is %d; no other is known here", VERSION);
	return 0;
}

int _cen_quirk_read_list(const struct quirk_reader *reader, const struct json_place *list, struct quirk_file *out)
{
	struct quirk *quirks;
	size_t count = 0;
	int ret = _cen_quirk_read_count(reader, list, QUIRK_MAX_COUNT, &count);

	if (ret < 0 || !count)
		return ret;
	quirks = _cen_arena_alloc(reader->arena, count, sizeof(*quirks));
	if (!quirks)
		return _cen_error_no_memory(reader->err);
	out->quirks = quirks;
	for (; ret == 0 && out->count < count; out->count += ret == 0) {
		const struct json_place place = _cen_json_element(list, out->count);

		ret = read_quirk(reader, &place, out, &quirks[out->count]);
	}
	if (ret < 0)
		out->count = 0;
	return ret;
}

static int read_document(const struct quirk_reader *reader, struct quirk_file *out)
{
	static const char *const keys[] = {"cenalloc-quirks", "quirks", NULL};
	const struct json_place root = _cen_json_root(reader->json), list = _cen_json_member(&root, "quirks");
	int ret = _cen_json_check_object(reader->json, &root, keys, reader->err);

	if (ret == 0)
		ret = read_version(reader, &root);
	if (ret == 0)
		ret = _cen_quirk_read_list(reader, &list, out);
	if (ret == 0 && !out->count)
		return _cen_quirk_refuse(reader, &list, "this is missing");
	return ret;
}

int _cen_quirk_file_parse(const char *file, const char *text, size_t bytes, struct quirk_file *out,
			  struct cen_error **err)
{
	_cleanup_json_ struct json_text json = {0};
	struct quirk_reader reader = {.json = &json, .err = err};
	int ret;

	*out = (struct quirk_file){0};
	/* An empty file masks its name. */
	if (!bytes)
		return 0;
	ret = _cen_json_parse(&json, file, text, bytes, err);
	if (ret < 0)
		return ret;
	out->arena = reader.arena = _cen_arena_create();
	if (!out->arena)
		return _cen_error_no_memory(err);
	return read_document(&reader, out);
}

void _cen_quirk_file_finish(struct quirk_file *file)
{
	_cen_arena_destroy(file->arena);
	*file = (struct quirk_file){0};
}
