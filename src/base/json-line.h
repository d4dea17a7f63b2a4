/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Where in the text of a document a value stands: json-c does not keep it. */
#pragma once

#include "json-text.h"

/* The line, from 1, of a byte. */
unsigned int _cen_json_line_at(const char *text, size_t at);
/* The line of a place; for a member that is not there, that of the object that lacks it. json was parsed. */
unsigned int _cen_json_line_of(const struct json_text *json, const struct json_place *place);
/* Refuse a key that stands twice in an object, wherever it is: one pass over the text. Returns 0 or -EINVAL. */
int _cen_json_check_keys(const struct json_text *json, struct cen_error **err);
