/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* json-c helpers, and the JSON of the objects that several commands show. Keys are documented in cenalloc(1). */
#pragma once

#include <json-c/json.h>

#include "tool.h"

/* A string that is always valid UTF-8; JSON's null for NULL. */
struct json_object *json_text(const char *text);

void json_add_text(struct json_object *object, const char *key, const char *text);
void json_add_number(struct json_object *object, const char *key, uint64_t number);
/* A number, or null for 0, which stands for not known. */
void json_add_known(struct json_object *object, const char *key, uint64_t number);
void json_add_bool(struct json_object *object, const char *key, bool value);
/* Takes value; returns it. */
struct json_object *json_add(struct json_object *object, const char *key, struct json_object *value);

/* "format" as text, "modifier" as text and "modifier_hex". */
void json_add_format(struct json_object *object, uint32_t fourcc);
void json_add_modifier(struct json_object *object, uint64_t modifier);

struct json_object *json_from_constraint(const struct cen_constraint *constraint);
struct json_object *json_from_plan(const struct cen_plan *plan);
struct json_object *json_from_conflict(const struct cen_conflict *conflict);
struct json_object *json_from_buffer(const struct cen_buffer *buffer);
/* 0 and null, or the errno and the help. */
void json_add_access(struct json_object *object, int access, const char *help);

/* Print the document and release it. Returns a tool_status. */
int json_finish(const struct tool *tool, struct json_object *document);
/* The same on one line. */
int json_finish_line(const struct tool *tool, struct json_object *document);
