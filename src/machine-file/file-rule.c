/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Constraints of a machine file: a value each, or a rule by which it follows from the size. */
#include "machine-file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "constraint.h"
#include "error.h"
#include "layout.h"
#include "util.h"

#define STEP_MAX 65536u

/* The keys of an object that is a rule; their order is that of enum file_rule_form. */
static const char *const forms[] = {"value", "row", "pixels", "height", "image"};
static const char *const keys[] = {"value", "row",  "pixels",     "height", "image", "width",
				   "align", "more", "provenance", "from",   NULL};

int _cen_file_add_rule(struct file_reader *reader, struct file_rules *rules, const struct cen_constraint *constraint)
{
	if (rules->count == FILE_MAX_CONSTRAINTS)
		return _cen_error_set(reader->err, CEN_ERROR_SYNTAX, EINVAL, NULL,
				      "%s: more than %u constraints in one place", reader->json.name,
				      FILE_MAX_CONSTRAINTS);
	/* A file has thousands of places with a constraint or two: room for the most would be hundreds of megabytes. */
	if (_cen_arena_grow(reader->file->arena, &rules->items, &rules->capacity, rules->count, sizeof(*rules->items)) <
	    0)
		return _cen_error_no_memory(reader->err);
	rules->items[rules->count++] = (struct file_rule){.constraint = *constraint, .width_step = 1, .align = 1};
	return 0;
}

/* "stride-align.1": the kind and the plane. */
static int read_kind(struct file_reader *reader, const struct json_place *place, struct cen_constraint *constraint)
{
	const struct cen_constraint_info *info;
	size_t length = strcspn(place->key, ".");
	const char *plane = place->key + length;

	for (uint32_t kind = 1; (info = cen_constraint_kind_get_info(kind)); kind++) {
		if (strlen(info->name) == length && strncmp(info->name, place->key, length) == 0)
			break;
	}
	if (!info)
		return _cen_json_fail(&reader->json, place, reader->err, "no constraint has this name");
	if (*plane && (!info->per_plane || plane[1] < '1' || plane[1] > '3' || plane[2]))
		return _cen_json_fail(&reader->json, place, reader->err,
				      info->per_plane ? "planes are .1, .2 and .3" : "%s is not said of a plane",
				      info->name);
	constraint->kind = info->kind;
	constraint->plane = *plane ? (uint32_t)(plane[1] - '0') : 0;
	return 0;
}

/* The device is looked up when all are known. */
static int read_exporter(struct file_reader *reader, const char *text, struct file_rule *rule)
{
	rule->constraint.value = UINT64_MAX;
	return _cen_file_keep(reader, text, &rule->exporter);
}

/* A number, or the words of the text form: "one|per-plane"; a heap and an exporter by name. */
static int read_value(struct file_reader *reader, const struct json_place *place, struct file_rule *rule)
{
	struct cen_constraint *constraint = &rule->constraint;
	const struct cen_constraint_info *info = cen_constraint_kind_get_info(constraint->kind);
	struct cen_error *error = NULL;
	struct cen_constraint read;
	const char *text = NULL;
	char line[160];
	int ret;

	if (!place->value || json_object_is_type(place->value, json_type_int)) {
		ret = _cen_json_get_number(&reader->json, place, 0, UINT64_MAX, &constraint->value, reader->err);
		return ret < 0 || place->value
			       ? ret
			       : _cen_json_fail(&reader->json, place, reader->err, "a value is missing");
	}
	ret = _cen_json_get_string(&reader->json, place, &text, reader->err);
	if (ret < 0)
		return ret;
	if (constraint->kind == CEN_CONSTRAINT_EXPORTER && strncmp(text, "0x", 2) != 0)
		return read_exporter(reader, text, rule);
	if (constraint->kind == CEN_CONSTRAINT_HEAP && text[0] != '#') {
		constraint->value = cen_heap_hash(text);
		return _cen_file_keep(reader, text, &constraint->note);
	}
	snprintf(line, sizeof(line), "%s=%.100s", info->name, text);
	ret = cen_constraint_from_string(line, &read, &error);
	if (ret < 0)
		ret = _cen_json_fail(&reader->json, place, reader->err, "%s", cen_error_get_message(error));
	cen_error_destroy(error);
	constraint->value = read.value;
	return ret;
}

/* Which rule goes with which kind. */
static bool suits(enum file_rule_form form, uint32_t kind)
{
	switch (form) {
	case FILE_RULE_VALUE:
		return true;
	case FILE_RULE_ROW:
		return kind == CEN_CONSTRAINT_STRIDE_EXACT || kind == CEN_CONSTRAINT_STRIDE_MIN ||
		       kind == CEN_CONSTRAINT_SIZE_TAIL;
	case FILE_RULE_PIXELS:
		return kind == CEN_CONSTRAINT_STRIDE_ALIGN || kind == CEN_CONSTRAINT_STRIDE_MAX;
	case FILE_RULE_HEIGHT:
		return kind == CEN_CONSTRAINT_CHROMA_ROWS;
	case FILE_RULE_IMAGE:
		return kind == CEN_CONSTRAINT_SIZE_MIN;
	}
	return false;
}

static int read_width(struct file_reader *reader, const struct json_place *object, struct file_rule *rule)
{
	struct json_place width = _cen_json_member(object, "width");

	if (width.value && rule->form != FILE_RULE_IMAGE)
		return _cen_json_fail(&reader->json, &width, reader->err, "a width goes with \"image\" only");
	return _cen_json_get_number(&reader->json, &width, 1, STEP_MAX, &rule->width_step, reader->err);
}

static int read_form(struct file_reader *reader, const struct json_place *object, struct file_rule *rule)
{
	int ret = 0, found = 0;

	for (size_t i = 1; ret == 0 && i < ARRAY_LENGTH(forms); i++) {
		struct json_place place = _cen_json_member(object, forms[i]);

		if (!place.value)
			continue;
		found++;
		rule->form = (enum file_rule_form)i;
		ret = _cen_json_get_number(&reader->json, &place, 1, STEP_MAX, &rule->step, reader->err);
		if (ret == 0 && !suits(rule->form, rule->constraint.kind))
			return _cen_json_fail(&reader->json, &place, reader->err, "no rule for this constraint");
	}
	if (ret == 0 && found > 1)
		return _cen_json_fail(&reader->json, object, reader->err, "more than one rule");
	return ret < 0 ? ret : read_width(reader, object, rule);
}

/* {"row": 16, "align": 64, "from": "..."} */
static int read_object(struct file_reader *reader, const struct json_place *object, struct file_origin origin,
		       struct file_rule *rule)
{
	struct json_place value = _cen_json_member(object, "value");
	struct json_place align = _cen_json_member(object, "align");
	struct json_place more = _cen_json_member(object, "more");
	int ret = _cen_json_check_object(&reader->json, object, keys, reader->err);

	if (ret == 0)
		ret = _cen_file_read_origin(reader, object, &origin);
	rule->constraint.provenance = origin.provenance;
	rule->constraint.note = origin.from;
	if (ret == 0)
		ret = read_form(reader, object, rule);
	if (ret == 0)
		ret = _cen_json_get_number(&reader->json, &align, 1, UINT32_MAX, &rule->align, reader->err);
	if (ret == 0)
		ret = _cen_json_get_number(&reader->json, &more, 0, UINT32_MAX, &rule->more, reader->err);
	if (ret < 0 || rule->form != FILE_RULE_VALUE)
		return ret;
	return read_value(reader, &value, rule);
}

static int check_rule(struct file_reader *reader, const struct json_place *place, const struct file_rule *rule)
{
	struct cen_error *error = NULL;
	int ret;

	if (rule->form != FILE_RULE_VALUE)
		return 0;
	ret = _cen_constraint_check(&rule->constraint, &error);
	if (ret < 0)
		ret = _cen_json_fail(&reader->json, place, reader->err, "%s",
				     error ? cen_error_get_message(error) : "no value of this constraint");
	cen_error_destroy(error);
	return ret;
}

int _cen_file_read_rules(struct file_reader *reader, const struct json_place *object, struct file_origin origin,
			 struct file_rules *rules)
{
	if (!object->value)
		return 0;
	if (!json_object_is_type(object->value, json_type_object))
		return _cen_json_fail(&reader->json, object, reader->err, "an object is wanted");
	json_object_object_foreach(object->value, key, value)
	{
		const struct json_place place = {.up = object, .key = key, .value = value};
		struct cen_constraint constraint = {.provenance = origin.provenance, .note = origin.from};
		struct file_rule *rule;
		int ret = read_kind(reader, &place, &constraint);

		if (ret == 0)
			ret = _cen_file_add_rule(reader, rules, &constraint);
		if (ret < 0)
			return ret;
		rule = &rules->items[rules->count - 1];
		if (json_object_is_type(value, json_type_object))
			ret = read_object(reader, &place, origin, rule);
		else
			ret = read_value(reader, &place, rule);
		if (ret == 0)
			ret = check_rule(reader, &place, rule);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Bytes of a row of the plane when the image is so wide. */
static bool row_bytes(const struct file_rule *rule, const struct cen_format_info *format, uint64_t width, uint64_t *out)
{
	uint32_t plane = rule->constraint.plane;

	if (plane >= format->plane_count || width > UINT32_MAX)
		return false;
	*out = _cen_layout_natural_stride(&format->planes[plane], (uint32_t)width);
	return true;
}

static bool image_bytes(const struct cen_format_info *format, uint64_t width, uint64_t rows, uint64_t *out)
{
	*out = 0;
	if (width > UINT32_MAX)
		return false;
	for (uint32_t p = 0; p < format->plane_count; p++) {
		uint64_t stride = _cen_layout_natural_stride(&format->planes[p], (uint32_t)width), bytes;
		uint64_t own_rows = (rows + format->planes[p].vsub - 1) / format->planes[p].vsub;

		if (__builtin_mul_overflow(stride, own_rows, &bytes) || __builtin_add_overflow(*out, bytes, out))
			return false;
	}
	return true;
}

static bool evaluate(const struct file_rule *rule, const struct cen_format_info *format, uint32_t width,
		     uint32_t height, uint64_t *out)
{
	uint64_t rounded, across;

	switch (rule->form) {
	case FILE_RULE_VALUE:
		*out = rule->constraint.value;
		return true;
	case FILE_RULE_ROW:
		return width && _cen_round_up(width, rule->step, &rounded) && row_bytes(rule, format, rounded, out);
	case FILE_RULE_PIXELS:
		return row_bytes(rule, format, rule->step, out);
	case FILE_RULE_HEIGHT:
		return height && _cen_round_up(height, rule->step, out);
	case FILE_RULE_IMAGE:
		return width && _cen_round_up(height, rule->step, &rounded) &&
		       _cen_round_up(width, rule->width_step, &across) && image_bytes(format, across, rounded, out);
	}
	return false;
}

bool _cen_file_rule_evaluate(const struct file_rule *rule, const struct cen_format_info *format, uint32_t width,
			     uint32_t height, struct cen_constraint *out)
{
	*out = rule->constraint;
	return evaluate(rule, format, width, height, &out->value) &&
	       !__builtin_add_overflow(out->value, rule->more, &out->value) &&
	       _cen_round_up(out->value, rule->align, &out->value);
}
