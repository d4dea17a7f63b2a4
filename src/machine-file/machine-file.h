/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a machine file says, checked; docs/machine-file.md has its form. Everything is owned by the file's arena. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cenalloc/backend.h>

#include "arena.h"
#include "json-text.h"
#include "quirk.h"

#define FILE_MAX_POOLS 64u
#define FILE_MAX_SOURCES 256u
#define FILE_MAX_DEVICES 256u
#define FILE_MAX_ALTERNATIVES 1024u
#define FILE_MAX_FORMATS 256u
#define FILE_MAX_MODIFIERS 256u
#define FILE_MAX_CONSTRAINTS 64u
#define FILE_MAX_NOTES 256u
#define FILE_MAX_SIZES 64u

/* How the value of a constraint follows from the size that is asked about. */
enum file_rule_form {
	FILE_RULE_VALUE, /* it does not */
	FILE_RULE_ROW, /* bytes of a row of the plane, its width rounded up to so many pixels */
	FILE_RULE_PIXELS, /* bytes of so many pixels of the plane */
	FILE_RULE_HEIGHT, /* the height rounded up to so many rows */
	FILE_RULE_IMAGE, /* bytes of all planes, the height rounded up to so many rows and the width to width_step */
};

struct file_rule {
	struct cen_constraint constraint; /* value: only with FILE_RULE_VALUE */
	const char *exporter; /* of an EXPORTER: the device whose number is the value; NULL: it is a number */
	enum file_rule_form form;
	uint64_t step; /* pixels or rows */
	uint64_t width_step; /* FILE_RULE_IMAGE: pixels that the width is rounded up to */
	uint64_t align; /* the result is rounded up to it */
	uint64_t more; /* and this comes on top, before rounding */
};

struct file_rules {
	struct file_rule *items;
	size_t count;
	size_t capacity; /* while it is read */
};

struct file_modifier {
	uint64_t modifier;
	uint32_t
		column_rows; /* a column's height follows from the image's, rounded up to so many rows; 0: it does not */
};

struct file_size {
	uint32_t width, height;
};

/* At which sizes something holds. */
struct file_sizes {
	struct file_size *items;
	size_t count; /* 0: at all */
	bool is_except; /* at all but these */
};

struct file_alternative {
	uint32_t usages; /* CEN_USAGE_BIT()s */
	struct file_sizes sizes;
	uint32_t *fourccs;
	size_t fourcc_count;
	struct file_modifier *modifiers; /* the first is liked best */
	uint32_t *preferences; /* one for each; NULL: 0, 1, ... */
	size_t modifier_count;
	struct file_rules rules;
};

/* A line on what is not known. */
struct file_note {
	const char *text;
	uint32_t usages; /* CEN_USAGE_BIT()s */
	struct file_sizes sizes;
};

struct file_device {
	struct cen_device_desc desc; /* cookie: its index; devnum: a number that its hardware has in this file */
	const char *backend;
	const char *hardware;
	struct file_rules rules; /* of all alternatives */
	struct file_alternative *alternatives;
	size_t alternative_count;
	struct file_note *notes;
	size_t note_count;
};

struct file_pool {
	const char *name;
	uint32_t placement;
	uint64_t bytes, free_bytes, address_max; /* 0: not known */
	const char *note;
};

struct file_source {
	struct cen_source_desc desc;
	const char *backend;
	const char *layouts_of; /* it makes the vendor layouts of this device; may be NULL */
	const struct file_pool *pool;
};

struct machine_file {
	struct arena *arena;
	const char *name, *kernel, *title; /* kernel and title may be NULL */
	const char *coherent; /* "yes", "no", "mixed"; NULL: not known */
	uint64_t page_bytes;
	struct file_pool *pools;
	size_t pool_count;
	struct file_device *devices;
	size_t device_count;
	struct file_source *sources;
	size_t source_count;
	struct quirk_file quirks; /* in the arena of the file */
};

/*
 * Read and check a document. name is that of the file, for messages. Returns 0, or a negative errno with err set:
 * CEN_ERROR_SYNTAX (file, line, path), CEN_ERROR_NO_MEMORY.
 */
int _cen_machine_file_read(const char *name, const char *text, size_t bytes, struct machine_file **out,
			   struct cen_error **err);
/* NULL is allowed. */
void _cen_machine_file_free(struct machine_file *file);

/* The parts of it that have files of their own; each returns as above. */
struct file_reader {
	struct machine_file *file;
	struct json_text json;
	struct cen_error **err;
};

int _cen_file_read_pools(struct file_reader *reader, const struct json_place *root);
int _cen_file_read_devices(struct file_reader *reader, const struct json_place *root);
/* After the pools and the devices, which it names. */
int _cen_file_read_sources(struct file_reader *reader, const struct json_place *root);

/* Provenance and origin of facts: those given here, or what was known before. */
struct file_origin {
	uint32_t provenance;
	const char *from; /* may be NULL */
};

int _cen_file_read_origin(struct file_reader *reader, const struct json_place *object, struct file_origin *origin);
/* Appends to rules; object may have no value. */
int _cen_file_read_rules(struct file_reader *reader, const struct json_place *object, struct file_origin origin,
			 struct file_rules *rules);
int _cen_file_add_rule(struct file_reader *reader, struct file_rules *rules, const struct cen_constraint *constraint);
int _cen_file_read_alternative(struct file_reader *reader, const struct json_place *object,
			       const struct file_device *device, struct file_origin origin,
			       struct file_alternative *alternative);
/* "size" or "except" of an object. */
int _cen_file_read_sizes(struct file_reader *reader, const struct json_place *object, struct file_sizes *sizes);
int _cen_file_read_usages(struct file_reader *reader, const struct json_place *array, uint32_t *usages);
int _cen_file_read_fourccs(struct file_reader *reader, const struct json_place *array, uint32_t **list, size_t *count);
int _cen_file_read_modifiers(struct file_reader *reader, const struct json_place *array, struct file_modifier **list,
			     size_t *count);
/* By name or path; NULL: there is none. */
const struct file_device *_cen_file_find_device(const struct machine_file *file, const char *name);
/* CEN_SOURCE_HEAP and its like, for the backends of this library; 0 for others. */
uint32_t _cen_file_get_exporter_flag(const char *backend);
/* The names of errnos that access may have, NULL at the end, and their numbers; the first stands for 0. */
extern const char *const _cen_file_access_names[];
extern const int32_t _cen_file_access_errnums[];
/* 0, or the negative errno of a name such as "EACCES". */
int _cen_file_read_access(struct file_reader *reader, const struct json_place *object, int32_t *access,
			  const char **help);

/* A copy that lives as long as the file; NULL for NULL. Returns 0 or -ENOMEM. */
int _cen_file_keep(struct file_reader *reader, const char *text, const char **out);
void *_cen_file_alloc(struct file_reader *reader, size_t count, size_t size);

/*
 * The value of a rule for a format and size. Returns false where the size is needed and 0x0, or where the result does
 * not fit 64 bits.
 */
bool _cen_file_rule_evaluate(const struct file_rule *rule, const struct cen_format_info *format, uint32_t width,
			     uint32_t height, struct cen_constraint *out);

/* The modifier for an image so high. Returns false where the height is needed and 0, or does not fit. */
bool _cen_file_modifier_evaluate(const struct file_modifier *modifier, uint32_t height, uint64_t *out);
