/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Writing JSON: commas, quotes, nothing else. Errors show at the end, by ferror(). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *file;
	bool needs_comma;
};

/* name NULL: an element of a list. */
void json_open(struct json *json, const char *name, char bracket); /* '{' or '[' */
void json_close(struct json *json, char bracket); /* '}' or ']' */
void json_string(struct json *json, const char *name, const char *text); /* NULL: null */
void json_number(struct json *json, const char *name, uint64_t number);
void json_decimal(struct json *json, const char *name, double number); /* 3 places */
void json_bool(struct json *json, const char *name, bool value);
