/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * JSON of strangers: parsed within bounds, read with checks that name the line and the path of what is wrong. Every
 * reader returns 0, or -EINVAL (CEN_ERROR_SYNTAX), -ENOMEM with err set.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include <cenalloc/error.h>

#define JSON_MAX_BYTES (4u << 20)
#define JSON_MAX_DEPTH 16
/* The longest string that is taken anywhere. */
#define JSON_MAX_STRING 1024u

struct json_text {
	const char *name; /* of the file, for messages; borrowed */
	const char *text; /* borrowed */
	size_t bytes;
	struct json_object *root; /* an object */
};

/* A value in the document: a chain from the value up to the root, kept on the stack of whoever reads. */
struct json_place {
	const struct json_place *up; /* NULL: the root */
	const char *key; /* NULL: an element of an array */
	size_t index;
	struct json_object *value; /* NULL: a member that is not there, or JSON's null */
};

/* text and name outlive json. A key that stands twice in an object is an error. On failure json is empty. */
int _cen_json_parse(struct json_text *json, const char *name, const char *text, size_t bytes, struct cen_error **err);
void _cen_json_finish(struct json_text *json);

struct json_place _cen_json_root(const struct json_text *json);
/* The member of an object, with value NULL where there is none. up is an object and outlives the place. */
struct json_place _cen_json_member(const struct json_place *up, const char *key);
struct json_place _cen_json_element(const struct json_place *up, size_t index);

/* "FILE:12: devices[3].memory.class: ..." Returns -EINVAL. */
int _cen_json_fail(const struct json_text *json, const struct json_place *place, struct cen_error **err,
		   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The value is an object, and has no other keys than these (NULL at the end). */
int _cen_json_check_object(const struct json_text *json, const struct json_place *place, const char *const *keys,
			   struct cen_error **err);
/* The value is an array of at most so many elements; *count is 0 where there is no value. */
int _cen_json_get_count(const struct json_text *json, const struct json_place *place, size_t max, size_t *count,
			struct cen_error **err);
/* A string without control characters, not empty and not too long. Borrowed from json. */
int _cen_json_get_string(const struct json_text *json, const struct json_place *place, const char **out,
			 struct cen_error **err);
/* The same, or *out stays as it is where there is no value. */
int _cen_json_get_optional_string(const struct json_text *json, const struct json_place *place, const char **out,
				  struct cen_error **err);
/* A whole number within bounds, also as a string "0x...". *out stays as it is where there is no value. */
int _cen_json_get_number(const struct json_text *json, const struct json_place *place, uint64_t low, uint64_t high,
			 uint64_t *out, struct cen_error **err);
int _cen_json_get_small(const struct json_text *json, const struct json_place *place, uint32_t low, uint32_t high,
			uint32_t *out, struct cen_error **err);
int _cen_json_get_bool(const struct json_text *json, const struct json_place *place, bool *out, struct cen_error **err);
/* One of the names (NULL at the end); its index. *out stays as it is where there is no value. */
int _cen_json_get_choice(const struct json_text *json, const struct json_place *place, const char *const *names,
			 uint32_t *out, struct cen_error **err);

static inline void _cen_json_cleanup(struct json_text *json)
{
	_cen_json_finish(json);
}
#define _cleanup_json_ __attribute__((cleanup(_cen_json_cleanup)))
