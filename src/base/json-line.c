/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A walk over text that json-c has found to be valid JSON: what it may meet is known, so that it only skips. */
#include "json-line.h"

#include <string.h>

struct walk {
	const char *at, *end;
};

unsigned int _cen_json_line_at(const char *text, size_t at)
{
	unsigned int line = 1;

	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

static void skip_blanks(struct walk *walk)
{
	while (walk->at < walk->end && strchr(" \t\r\n", *walk->at) && *walk->at)
		walk->at++;
}

/* From the opening quote to behind the closing one. */
static void skip_string(struct walk *walk)
{
	for (walk->at++; walk->at < walk->end && *walk->at != '"'; walk->at++)
		walk->at += *walk->at == '\\';
	walk->at++;
}

/* From the first character of a value to behind its last one. */
static void skip_value(struct walk *walk)
{
	int depth = 0;

	do {
		char c = '\0';

		skip_blanks(walk);
		if (walk->at < walk->end)
			c = *walk->at;
		if (c == '"') {
			skip_string(walk);
			continue;
		}
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
		walk->at++;
		/* A number or a word goes on until something else begins. */
		while (depth == 0 && !strchr("{}[]", c) && walk->at < walk->end && !strchr(",]} \t\r\n", *walk->at))
			walk->at++;
	} while (depth > 0 && walk->at < walk->end);
}

/* Whether the string at the walk is this key. One with an escape in it is none that we look for. */
static bool is_key(const struct walk *walk, const char *key)
{
	size_t length = strlen(key);

	return (size_t)(walk->end - walk->at) > length + 1 && strncmp(walk->at + 1, key, length) == 0 &&
	       walk->at[length + 1] == '"';
}

/*
 * From the start of an object or array to its child: the member of this key, or else the element of this number. Returns
 * false when there is none; *count is then how many children there are.
 */
static bool enter(struct walk *walk, const char *key, size_t index, size_t *count)
{
	bool is_object;

	skip_blanks(walk);
	is_object = walk->at < walk->end && *walk->at == '{';
	walk->at++;
	for (*count = 0; walk->at < walk->end; ++*count) {
		bool is_wanted;

		skip_blanks(walk);
		if (walk->at >= walk->end || *walk->at == '}' || *walk->at == ']')
			return false;
		is_wanted = is_object ? key && is_key(walk, key) : *count == index;
		if (is_wanted)
			return true;
		if (is_object) {
			skip_string(walk);
			skip_blanks(walk);
			walk->at++; /* the colon */
		}
		skip_value(walk);
		skip_blanks(walk);
		walk->at += walk->at < walk->end && *walk->at == ',';
	}
	return false;
}

/* To the start of a place: of its key, in the case of a member. Returns false when it is not there. */
static bool seek(struct walk *walk, const struct json_place *place)
{
	struct walk child;
	size_t count;

	if (!place->up)
		return true;
	if (!seek(walk, place->up))
		return false;
	if (place->up->key) {
		skip_string(walk);
		skip_blanks(walk);
		walk->at++;
	}
	skip_blanks(walk);
	child = *walk;
	if (!enter(&child, place->key, place->index, &count))
		return false;
	*walk = child;
	return true;
}

unsigned int _cen_json_line_of(const struct json_text *json, const struct json_place *place)
{
	struct walk walk = {json->text, json->text + json->bytes};

	skip_blanks(&walk);
	seek(&walk, place);
	return _cen_json_line_at(json->text, (size_t)(walk.at - json->text));
}

/* Members of the object that begins at the walk, as they are written: each time one is. */
static size_t count_members(struct walk walk)
{
	size_t count;

	enter(&walk, NULL, SIZE_MAX, &count);
	return count;
}

static int check_value(const struct json_text *json, struct walk walk, const struct json_place *place,
		       struct cen_error **err);

/* Without a key that stands twice json-c has the members in the order of the text. */
static int check_object(const struct json_text *json, struct walk walk, const struct json_place *place,
			struct cen_error **err)
{
	int ret = 0;

	/* json-c keeps the last of two: what a reader of the file sees first would not count. */
	if (count_members(walk) != (size_t)json_object_object_length(place->value))
		return _cen_json_fail(json, place, err, "a key is there twice");
	walk.at++;
	json_object_object_foreach(place->value, key, value)
	{
		const struct json_place member = {.up = place, .key = key, .value = value};

		skip_blanks(&walk);
		skip_string(&walk);
		skip_blanks(&walk);
		walk.at++; /* the colon */
		ret = check_value(json, walk, &member, err);
		if (ret < 0)
			return ret;
		skip_value(&walk);
		skip_blanks(&walk);
		walk.at++; /* the comma, or the end */
	}
	return ret;
}

static int check_array(const struct json_text *json, struct walk walk, const struct json_place *place,
		       struct cen_error **err)
{
	walk.at++;
	for (size_t i = 0; i < json_object_array_length(place->value); i++) {
		const struct json_place element = _cen_json_element(place, i);
		int ret = check_value(json, walk, &element, err);

		if (ret < 0)
			return ret;
		skip_value(&walk);
		skip_blanks(&walk);
		walk.at++; /* the comma, or the end */
	}
	return 0;
}

/* As deep as the parser allows. */
static int check_value(const struct json_text *json, struct walk walk, const struct json_place *place,
		       struct cen_error **err)
{
	skip_blanks(&walk);
	if (json_object_is_type(place->value, json_type_object))
		return check_object(json, walk, place, err);
	return json_object_is_type(place->value, json_type_array) ? check_array(json, walk, place, err) : 0;
}

int _cen_json_check_keys(const struct json_text *json, struct cen_error **err)
{
	const struct json_place root = _cen_json_root(json);

	return check_value(json, (struct walk){json->text, json->text + json->bytes}, &root, err);
}
