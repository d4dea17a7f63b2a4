/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "json-text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "json-line.h"
#include "util.h"

#define PATH_SIZE 256

static int fail_parse(const struct json_text *json, size_t at, struct cen_error **err, const char *what)
{
	return _cen_error_set(err, CEN_ERROR_SYNTAX, EINVAL, NULL, "%s:%u: %s", json->name,
			      _cen_json_line_at(json->text, at < json->bytes ? at : json->bytes), what);
}

static bool is_rest_blank(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (!isspace((unsigned char)text[i]))
			return false;
	}
	return true;
}

static void tokener_cleanup(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

/* One pass of json-c: the value into json->root, where it ends into *end. */
static int tokenize(struct json_text *json, const char *text, int flags, size_t *end, struct cen_error **err)
{
	_cleanup_(tokener_cleanup) struct json_tokener *tokener = json_tokener_new_ex(JSON_MAX_DEPTH);
	enum json_tokener_error error;

	if (!tokener)
		return _cen_error_no_memory(err);
	json_tokener_set_flags(tokener, flags | JSON_TOKENER_ALLOW_TRAILING_CHARS);
	json->root = json_tokener_parse_ex(tokener, text, (int)json->bytes);
	error = json_tokener_get_error(tokener);
	*end = json_tokener_get_parse_end(tokener);
	if (error == json_tokener_continue)
		return fail_parse(json, json->bytes, err, "the text ends too early");
	if (error != json_tokener_success)
		return fail_parse(json, *end, err, json_tokener_error_desc(error));
	/* json-c 0.16 has no error of its own for this; the one text that gives no object is "null". */
	if (!json->root && !memmem(text, *end, "null", 4))
		return _cen_error_no_memory(err);
	return 0;
}

/*
 * Where json-c 0.18 is strict it refuses all bytes from 0x80 on (its issue 892). So with such bytes the grammar is that
 * of the same text with letters in their place, and the value is then read without being strict.
 */
static int check_grammar(struct json_text *json, struct cen_error **err)
{
	_cleanup_free_ char *letters = malloc(json->bytes + 1);
	size_t end;
	int ret;

	if (!letters)
		return _cen_error_no_memory(err);
	for (size_t i = 0; i < json->bytes; i++)
		letters[i] = isascii((unsigned char)json->text[i]) ? json->text[i] : 'x';
	ret = tokenize(json, letters, JSON_TOKENER_STRICT, &end, err);
	_cen_json_finish(json);
	return ret;
}

static bool has_only_ascii(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (!isascii((unsigned char)text[i]))
			return false;
	}
	return true;
}

/* json-c takes apostrophes around a key, even where it is strict. Returns where the first one is, or bytes. */
static size_t find_apostrophe(const char *text, size_t bytes)
{
	bool is_string = false;

	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == '\'' && !is_string)
			return i;
		if (text[i] == '\\')
			i++;
		else if (text[i] == '"')
			is_string = !is_string;
	}
	return bytes;
}

int _cen_json_parse(struct json_text *json, const char *name, const char *text, size_t bytes, struct cen_error **err)
{
	size_t end = 0, apostrophe;
	bool is_ascii;
	int ret = 0;

	*json = (struct json_text){.name = name, .text = text, .bytes = bytes};
	if (bytes > JSON_MAX_BYTES)
		return _cen_error_set(err, CEN_ERROR_SYNTAX, EINVAL, NULL, "%s: %zu bytes; the bound is %u", name,
				      bytes, JSON_MAX_BYTES);
	apostrophe = find_apostrophe(text, bytes);
	if (apostrophe < bytes)
		return fail_parse(json, apostrophe, err, "an apostrophe; quotation marks are wanted");
	is_ascii = has_only_ascii(text, bytes);
	if (!is_ascii)
		ret = check_grammar(json, err);
	if (ret == 0)
		ret = tokenize(json, text, is_ascii ? JSON_TOKENER_STRICT : JSON_TOKENER_VALIDATE_UTF8, &end, err);
	if (ret < 0)
		return ret;
	ret = json_object_is_type(json->root, json_type_object) && is_rest_blank(text + end, bytes - end)
		      ? _cen_json_check_keys(json, err)
		      : fail_parse(json, end, err, "the document is one object, and nothing behind it");
	if (ret < 0)
		_cen_json_finish(json);
	return ret;
}

void _cen_json_finish(struct json_text *json)
{
	json_object_put(json->root);
	json->root = NULL;
}

struct json_place _cen_json_root(const struct json_text *json)
{
	return (struct json_place){.value = json->root};
}

struct json_place _cen_json_member(const struct json_place *up, const char *key)
{
	return (struct json_place){.up = up, .key = key, .value = json_object_object_get(up->value, key)};
}

struct json_place _cen_json_element(const struct json_place *up, size_t index)
{
	return (struct json_place){.up = up, .index = index, .value = json_object_array_get_idx(up->value, index)};
}

/* Writes from the end of buf to its front. Returns where the path begins. */
static char *write_path(const struct json_place *place, char buf[PATH_SIZE])
{
	char *out = buf + PATH_SIZE - 1, part[96];

	*out = '\0';
	for (; place && place->up; place = place->up) {
		int length = place->key ? snprintf(part, sizeof(part), "%s%.80s", place->up->up ? "." : "", place->key)
					: snprintf(part, sizeof(part), "[%zu]", place->index);

		if (length < 0 || length > out - buf)
			break;
		out -= length;
		memcpy(out, part, (size_t)length);
		for (int i = 0; i < length; i++) {
			if ((unsigned char)out[i] < ' ' || out[i] == 0x7f)
				out[i] = '?';
		}
	}
	return out;
}

int _cen_json_fail(const struct json_text *json, const struct json_place *place, struct cen_error **err,
		   const char *format, ...)
{
	char message[512], path[PATH_SIZE];
	const char *where = write_path(place, path);
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return _cen_error_set(err, CEN_ERROR_SYNTAX, EINVAL, NULL, "%s:%u: %s%s%s", json->name,
			      _cen_json_line_of(json, place), where, *where ? ": " : "", message);
}

static bool is_known(const char *const *keys, const char *key)
{
	for (; *keys; keys++) {
		if (strcmp(*keys, key) == 0)
			return true;
	}
	return false;
}

int _cen_json_check_object(const struct json_text *json, const struct json_place *place, const char *const *keys,
			   struct cen_error **err)
{
	if (!json_object_is_type(place->value, json_type_object))
		return _cen_json_fail(json, place, err, "an object is wanted");
	json_object_object_foreach(place->value, key, value)
	{
		const struct json_place member = {.up = place, .key = key, .value = value};

		if (!is_known(keys, key))
			return _cen_json_fail(json, &member, err, "this key is not known");
	}
	return 0;
}

int _cen_json_get_count(const struct json_text *json, const struct json_place *place, size_t max, size_t *count,
			struct cen_error **err)
{
	*count = 0;
	if (!place->value)
		return 0;
	if (!json_object_is_type(place->value, json_type_array))
		return _cen_json_fail(json, place, err, "an array is wanted");
	*count = json_object_array_length(place->value);
	if (*count > max)
		return _cen_json_fail(json, place, err, "%zu elements; the bound is %zu", *count, max);
	return 0;
}

int _cen_json_get_string(const struct json_text *json, const struct json_place *place, const char **out,
			 struct cen_error **err)
{
	const char *text;
	size_t length;

	if (!place->value)
		return _cen_json_fail(json, place, err, "this is missing");
	if (!json_object_is_type(place->value, json_type_string))
		return _cen_json_fail(json, place, err, "a string is wanted");
	text = json_object_get_string(place->value);
	length = (size_t)json_object_get_string_len(place->value);
	if (!length || length > JSON_MAX_STRING)
		return _cen_json_fail(json, place, err, "a string of %zu bytes; it has 1 to %u", length,
				      JSON_MAX_STRING);
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return _cen_json_fail(json, place, err, "a string with the control character 0x%02x",
					      (unsigned char)text[i]);
	}
	*out = text;
	return 0;
}

int _cen_json_get_optional_string(const struct json_text *json, const struct json_place *place, const char **out,
				  struct cen_error **err)
{
	return place->value ? _cen_json_get_string(json, place, out, err) : 0;
}

/* json-c turns numbers with a fraction into doubles, and those beyond 64 bits into the nearest that it has. */
static bool read_number(struct json_object *value, uint64_t *out)
{
	const char *text = json_object_get_string(value);
	bool is_hex = json_object_is_type(value, json_type_string);
	char *end;

	if (!text || (is_hex ? strncmp(text, "0x", 2) != 0 || !isxdigit((unsigned char)text[2])
			     : !json_object_is_type(value, json_type_int) || text[0] == '-'))
		return false;
	errno = 0;
	*out = strtoull(text, &end, is_hex ? 16 : 10);
	return errno == 0 && *end == '\0';
}

int _cen_json_get_number(const struct json_text *json, const struct json_place *place, uint64_t low, uint64_t high,
			 uint64_t *out, struct cen_error **err)
{
	uint64_t number;

	if (!place->value)
		return 0;
	if (!read_number(place->value, &number))
		return _cen_json_fail(json, place, err, "a whole number is wanted, or \"0x...\"");
	if (number < low || number > high)
		return _cen_json_fail(json, place, err, "%" PRIu64 " is not within %" PRIu64 " and %" PRIu64, number,
				      low, high);
	*out = number;
	return 0;
}

int _cen_json_get_small(const struct json_text *json, const struct json_place *place, uint32_t low, uint32_t high,
			uint32_t *out, struct cen_error **err)
{
	uint64_t number = *out;
	int ret = _cen_json_get_number(json, place, low, high, &number, err);

	*out = (uint32_t)number;
	return ret;
}

int _cen_json_get_bool(const struct json_text *json, const struct json_place *place, bool *out, struct cen_error **err)
{
	if (!place->value)
		return 0;
	if (!json_object_is_type(place->value, json_type_boolean))
		return _cen_json_fail(json, place, err, "true or false is wanted");
	*out = json_object_get_boolean(place->value);
	return 0;
}

int _cen_json_get_choice(const struct json_text *json, const struct json_place *place, const char *const *names,
			 uint32_t *out, struct cen_error **err)
{
	const char *text = NULL;
	int ret = _cen_json_get_optional_string(json, place, &text, err);

	if (ret < 0 || !text)
		return ret;
	for (uint32_t n = 0; names[n]; n++) {
		if (strcmp(names[n], text) == 0) {
			*out = n;
			return 0;
		}
	}
	return _cen_json_fail(json, place, err, "\"%.64s\" is none of the words that can stand here, such as \"%s\"",
			      text, names[0]);
}
