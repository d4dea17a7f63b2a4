/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * How two machines differ, as the JSON document of cenalloc diff; the text is printed from it. What json-c has no memory
 * for is missing from the document, which has_no_memory tells.
 */
#pragma once

#include <json-c/json.h>

#include "tool.h"

#define DIFF_MAX_SIZES 32u

struct diff_side {
	const char *argument; /* as it was given */
	struct cen_machine *machine;
	struct json_object *record; /* its facts, as cen_machine_record() writes them without capabilities */
};

struct diff {
	struct diff_side a, b;
	struct cen_record_size sizes[DIFF_MAX_SIZES];
	size_t size_count;
	struct json_object *document;
	bool has_no_memory;
};

/* A member, or an element where key is NULL; takes value. Returns it, NULL without memory. */
struct json_object *diff_add(struct diff *diff, struct json_object *to, const char *key, struct json_object *value);
/* Without control characters: it came from strangers. A member is JSON's null for NULL. */
void diff_add_text(struct diff *diff, struct json_object *to, const char *key, const char *text);

/* "machine", "pools" and "sources" of the document. */
void diff_facts(struct diff *diff);
/* A "facts" of an object: the members that differ, but for those named in skipped (NULL at the end). */
void diff_members(struct diff *diff, struct json_object *to, struct json_object *a, struct json_object *b,
		  const char *const *skipped);
/* The member of this name; NULL: there is none. */
struct json_object *diff_get(struct json_object *object, const char *key);
const char *diff_get_text(struct json_object *object, const char *key);

/* "devices": which are there, what they are, and what they accept. Returns 0 or a negative errno. */
int diff_devices(struct diff *diff);

/* "usages" of a device that is on both sides, into to. Returns 0 or -ENOMEM. */
int diff_usages(struct diff *diff, struct json_object *to, const struct cen_device *a, const struct cen_device *b);

/* Print the document. verbose: every size of what differs from size to size. */
void diff_print(const struct tool *tool, struct json_object *document);
