/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Machine files being written. What fails for want of memory is remembered, and told at the end: nothing in between needs
 * to check. Objects and arrays belong to what they were added to.
 */
#pragma once

#include <json-c/json.h>

#include "file-record.h"
#include "file-secrets.h"

struct cen_machine;
struct cen_device;
struct cen_source;

struct file_writer {
	struct arena *arena;
	struct file_secrets secrets;
	const struct cen_machine *machine;
	const struct machine_file *file; /* of the machine; NULL: it is live */
	uint32_t flags; /* CEN_RECORD_* */
	const char **paths; /* of the devices in the file: unique among those of a backend */
	const char **source_names; /* of the sources in the file: unique */
	bool has_no_memory;
};

/* A member of an object, or an element of an array where key is NULL. Takes value; NULL is a lack of memory. */
struct json_object *_cen_write_add(struct file_writer *writer, struct json_object *to, const char *key,
				   struct json_object *value);
/* Without secrets; nothing for NULL and "". */
void _cen_write_text(struct file_writer *writer, struct json_object *to, const char *key, const char *text);
/* As it is: a word of the form. */
void _cen_write_word(struct file_writer *writer, struct json_object *to, const char *key, const char *word);
void _cen_write_number(struct file_writer *writer, struct json_object *to, const char *key, uint64_t number);
/* Addresses and the like: "0x3fffffff". */
void _cen_write_hex(struct file_writer *writer, struct json_object *to, const char *key, uint64_t number);
void _cen_write_bool(struct file_writer *writer, struct json_object *to, const char *key, bool value);
/* A list, or an object, that is printed on as few lines as it fits. */
struct json_object *_cen_write_array(struct file_writer *writer, struct json_object *to, const char *key);
struct json_object *_cen_write_row(struct file_writer *writer, struct json_object *to, const char *key);
/* One that has a line for each member. */
struct json_object *_cen_write_object(struct file_writer *writer, struct json_object *to, const char *key);
struct json_object *_cen_write_list(struct file_writer *writer, struct json_object *to, const char *key);

void _cen_write_usages(struct file_writer *writer, struct json_object *to, uint32_t usages);
void _cen_write_formats(struct file_writer *writer, struct json_object *to, const uint32_t *fourccs, size_t count);
void _cen_write_modifiers(struct file_writer *writer, struct json_object *to, const struct file_modifier *modifiers,
			  size_t count);
/* "size" or "except"; nothing where it is all. */
void _cen_write_sizes(struct file_writer *writer, struct json_object *to, const struct file_sizes *sizes);
void _cen_write_access(struct file_writer *writer, struct json_object *to, int32_t access, const char *help);

/* "constraints" of rules; provenance: what is said once for all of them. Nothing where there are none. */
void _cen_write_rules(struct file_writer *writer, struct json_object *to, const struct file_rules *rules,
		      uint32_t provenance);

/* The parts of a document. gathering is NULL where the device was not asked. */
void _cen_write_sources(struct file_writer *writer, struct json_object *root, uint64_t page_bytes);
void _cen_write_device(struct file_writer *writer, struct json_object *list, size_t index,
		       struct file_gathering *gathering);
/* Paths and names, when all secrets are known; before any part is written. */
void _cen_write_prepare_names(struct file_writer *writer);
/* The device that allocates with this number, by which sources and rules name it; NULL: it is none of the file. */
const char *_cen_write_get_exporter(const struct file_writer *writer, uint64_t devnum);
/* The CPU is in no file. */
bool _cen_write_is_left_out(const struct cen_device *device);
