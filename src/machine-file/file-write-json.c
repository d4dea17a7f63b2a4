/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* JSON that people read: lists and small objects on as few lines as they fit. */
#include "file-write.h"

#include <inttypes.h>
#include <stdio.h>

#include <json-c/printbuf.h>

#include "util.h"

#define LINE_WIDTH 118
#define INDENT 2

/* The column behind the last line feed of what is printed so far. */
static size_t get_column(const struct printbuf *out)
{
	int at = out->bpos;

	while (at > 0 && out->buf[at - 1] != '\n')
		at--;
	return (size_t)(out->bpos - at);
}

static int print(struct printbuf *out, const char *text)
{
	return printbuf_memappend(out, text, (int)strlen(text)) < 0 ? -1 : 0;
}

static int print_break(struct printbuf *out, int level)
{
	return print(out, "\n") < 0 ? -1 : printbuf_memset(out, -1, ' ', level * INDENT);
}

/* An element, with what separates it from the one before, on this line or a new one. */
static int print_element(struct printbuf *out, int level, const char *key, struct json_object *value, bool is_first)
{
	const char *text = json_object_to_json_string_ext(value, JSON_C_TO_STRING_NOSLASHESCAPE);
	size_t length = (text ? strlen(text) : 0) + (key ? strlen(key) + 4 : 0);

	if (!text || (!is_first && print(out, ",") < 0))
		return -1;
	if (get_column(out) + length + 2 > LINE_WIDTH) {
		if (print_break(out, level + 1) < 0)
			return -1;
	} else if (!is_first && print(out, " ") < 0) {
		return -1;
	}
	if (key && (print(out, "\"") < 0 || print(out, key) < 0 || print(out, "\": ") < 0))
		return -1;
	return print(out, text);
}

static int print_array(struct json_object *array, struct printbuf *out, int level, int flags)
{
	size_t count = json_object_array_length(array);
	int ret = print(out, "[");

	(void)flags;
	for (size_t i = 0; ret >= 0 && i < count; i++)
		ret = print_element(out, level, NULL, json_object_array_get_idx(array, i), i == 0);
	return ret < 0 ? ret : print(out, "]");
}

static int print_row(struct json_object *row, struct printbuf *out, int level, int flags)
{
	bool is_first = true;
	int ret = print(out, "{");

	(void)flags;
	json_object_object_foreach(row, key, value)
	{
		if (ret >= 0)
			ret = print_element(out, level, key, value, is_first);
		is_first = false;
	}
	return ret < 0 ? ret : print(out, "}");
}

struct json_object *_cen_write_add(struct file_writer *writer, struct json_object *to, const char *key,
				   struct json_object *value)
{
	int ret = -1;

	if (to && value)
		ret = key ? json_object_object_add(to, key, value) : json_object_array_add(to, value);
	if (ret == 0)
		return value;
	json_object_put(value);
	writer->has_no_memory = true;
	return NULL;
}

void _cen_write_word(struct file_writer *writer, struct json_object *to, const char *key, const char *word)
{
	_cen_write_add(writer, to, key, json_object_new_string(word));
}

void _cen_write_text(struct file_writer *writer, struct json_object *to, const char *key, const char *text)
{
	const char *clean;

	if (!text || !text[0])
		return;
	clean = _cen_file_secrets_clean(&writer->secrets, text);
	_cen_write_add(writer, to, key, clean ? json_object_new_string(clean) : NULL);
}

void _cen_write_number(struct file_writer *writer, struct json_object *to, const char *key, uint64_t number)
{
	_cen_write_add(writer, to, key, json_object_new_uint64(number));
}

void _cen_write_hex(struct file_writer *writer, struct json_object *to, const char *key, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, number);
	_cen_write_word(writer, to, key, text);
}

void _cen_write_bool(struct file_writer *writer, struct json_object *to, const char *key, bool value)
{
	_cen_write_add(writer, to, key, json_object_new_boolean(value));
}

struct json_object *_cen_write_array(struct file_writer *writer, struct json_object *to, const char *key)
{
	struct json_object *array = _cen_write_list(writer, to, key);

	if (array)
		json_object_set_serializer(array, print_array, NULL, NULL);
	return array;
}

struct json_object *_cen_write_row(struct file_writer *writer, struct json_object *to, const char *key)
{
	struct json_object *row = _cen_write_object(writer, to, key);

	if (row)
		json_object_set_serializer(row, print_row, NULL, NULL);
	return row;
}

struct json_object *_cen_write_object(struct file_writer *writer, struct json_object *to, const char *key)
{
	return _cen_write_add(writer, to, key, json_object_new_object());
}

struct json_object *_cen_write_list(struct file_writer *writer, struct json_object *to, const char *key)
{
	return _cen_write_add(writer, to, key, json_object_new_array());
}

void _cen_write_usages(struct file_writer *writer, struct json_object *to, uint32_t usages)
{
	struct json_object *array;
	const char *name;

	if (!usages)
		return;
	array = _cen_write_array(writer, to, "usages");
	for (uint32_t u = 0; (name = cen_usage_get_name(u)); u++) {
		if (usages & CEN_USAGE_BIT(u))
			_cen_write_word(writer, array, NULL, name);
	}
}

void _cen_write_formats(struct file_writer *writer, struct json_object *to, const uint32_t *fourccs, size_t count)
{
	struct json_object *array = _cen_write_array(writer, to, "formats");
	char name[8];

	for (size_t i = 0; i < count; i++)
		_cen_write_word(writer, array, NULL, cen_format_to_string(fourccs[i], name));
}

void _cen_write_modifiers(struct file_writer *writer, struct json_object *to, const struct file_modifier *modifiers,
			  size_t count)
{
	struct json_object *array = _cen_write_array(writer, to, "modifiers");
	char text[24];

	for (size_t i = 0; i < count; i++) {
		uint64_t modifier = modifiers[i].modifier;

		if (modifier == CEN_MODIFIER_LINEAR || modifier == CEN_MODIFIER_INVALID)
			cen_modifier_to_string(modifier, text, sizeof(text));
		else
			snprintf(text, sizeof(text), "0x%016" PRIx64, modifier);
		_cen_write_word(writer, array, NULL, text);
	}
}

void _cen_write_sizes(struct file_writer *writer, struct json_object *to, const struct file_sizes *sizes)
{
	const char *key = sizes->is_except ? "except" : "size";
	bool is_list = sizes->count > 1;
	char text[24];

	if (!sizes->count)
		return;
	if (is_list)
		to = _cen_write_array(writer, to, key);
	for (size_t i = 0; i < sizes->count; i++) {
		snprintf(text, sizeof(text), "%" PRIu32 "x%" PRIu32, sizes->items[i].width, sizes->items[i].height);
		_cen_write_word(writer, to, is_list ? NULL : key, text);
	}
}

void _cen_write_access(struct file_writer *writer, struct json_object *to, int32_t access, const char *help)
{
	const char *name = "EIO";

	if (!access)
		return;
	for (size_t i = 1; _cen_file_access_names[i]; i++) {
		if (_cen_file_access_errnums[i] == -access)
			name = _cen_file_access_names[i];
	}
	_cen_write_word(writer, to, "access", name);
	_cen_write_text(writer, to, "access-help", help);
}
