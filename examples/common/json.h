/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Reports as JSON, with json-c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "util.h"

static inline void json_cleanup(struct json_object **object)
{
	json_object_put(*object);
}
#define _cleanup_json_ __attribute__((cleanup(json_cleanup)))

/* Takes value; returns it. */
struct json_object *json_add(struct json_object *object, const char *key, struct json_object *value);
void json_add_text(struct json_object *object, const char *key, const char *text); /* NULL: null */
void json_add_number(struct json_object *object, const char *key, uint64_t number);
void json_add_decimal(struct json_object *object, const char *key, double number, int places); /* infinite: null */
void json_add_bool(struct json_object *object, const char *key, bool value);

/* Returns 0 or -EIO, explained on stderr. */
int json_write(const char *path, struct json_object *document);
