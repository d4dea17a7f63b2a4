/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What json-c leaves to do. */
#include "json.h"

#include <err.h>
#include <math.h>

struct json_object *json_add(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
	return value;
}

void json_add_text(struct json_object *object, const char *key, const char *text)
{
	json_add(object, key, text ? json_object_new_string(text) : NULL);
}

void json_add_number(struct json_object *object, const char *key, uint64_t number)
{
	json_add(object, key, json_object_new_uint64(number));
}

void json_add_decimal(struct json_object *object, const char *key, double number, int places)
{
	char text[64];

	/* JSON has no infinity. */
	if (!isfinite(number) || snprintf(text, sizeof(text), "%.*f", places, number) >= (int)sizeof(text))
		json_add(object, key, NULL);
	else
		json_add(object, key, json_object_new_double_s(number, text));
}

void json_add_bool(struct json_object *object, const char *key, bool value)
{
	json_add(object, key, json_object_new_boolean(value));
}

int json_write(const char *path, struct json_object *document)
{
	const char *text = json_object_to_json_string_ext(document, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
									    JSON_C_TO_STRING_NOSLASHESCAPE);
	_cleanup_fclose_ FILE *file = fopen(path, "we");

	if (!file) {
		warn("%s", path);
		return -EIO;
	}
	if (text && fprintf(file, "%s\n", text) > 0 && fflush(file) == 0)
		return 0;
	warnx("%s: could not be written", path);
	return -EIO;
}
