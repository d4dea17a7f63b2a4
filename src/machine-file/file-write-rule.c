/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Constraints of a machine file being written. */
#include "file-write.h"

#include <inttypes.h>
#include <stdio.h>

#include "constraint-table.h"
#include "util.h"

/* A number stays one; sets, levels and heaps are the words of the text form. */
static void write_value(struct file_writer *writer, struct json_object *to, const char *key,
			const struct cen_constraint *constraint)
{
	struct cen_constraint bare = *constraint;
	char text[192], *words;

	if (_cen_constraint_row(constraint->kind)->form == FORM_NUMBER) {
		_cen_write_number(writer, to, key, constraint->value);
		return;
	}
	if (constraint->kind == CEN_CONSTRAINT_EXPORTER) {
		const char *exporter = _cen_write_get_exporter(writer, constraint->value);

		if (exporter)
			_cen_write_word(writer, to, key, exporter);
		else
			_cen_write_hex(writer, to, key, constraint->value);
		return;
	}
	bare.provenance = bare.plane = 0;
	cen_constraint_to_string(&bare, text, sizeof(text));
	words = strchr(text, '=');
	_cen_write_text(writer, to, key, words ? words + 1 : NULL);
}

static void write_rule(struct file_writer *writer, struct json_object *row, const struct file_rule *rule)
{
	static const char *const forms[] = {
		[FILE_RULE_ROW] = "row",
		[FILE_RULE_PIXELS] = "pixels",
		[FILE_RULE_HEIGHT] = "height",
		[FILE_RULE_IMAGE] = "image",
	};

	if (rule->form == FILE_RULE_VALUE) {
		write_value(writer, row, "value", &rule->constraint);
		return;
	}
	_cen_write_number(writer, row, forms[rule->form], rule->step);
	if (rule->width_step != 1)
		_cen_write_number(writer, row, "width", rule->width_step);
	if (rule->more)
		_cen_write_number(writer, row, "more", rule->more);
	if (rule->align != 1)
		_cen_write_number(writer, row, "align", rule->align);
}

/* Nobody said how it is known: then nobody said it. */
static uint32_t provenance_of(const struct cen_constraint *constraint)
{
	return constraint->provenance ? constraint->provenance : (uint32_t)CEN_PROVENANCE_ASSUMED;
}

static void write_constraint(struct file_writer *writer, struct json_object *to, const struct file_rule *rule,
			     uint32_t provenance)
{
	const struct cen_constraint *constraint = &rule->constraint;
	const char *name = cen_constraint_kind_get_info(constraint->kind)->name;
	/* The note of a heap is its name, which is the value. */
	const char *from = constraint->kind == CEN_CONSTRAINT_HEAP ? NULL : constraint->note;
	struct json_object *row;
	char key[48];

	snprintf(key, sizeof(key), constraint->plane ? "%s.%" PRIu32 : "%s", name, constraint->plane);
	if (rule->form == FILE_RULE_VALUE && provenance_of(constraint) == provenance && !(from && from[0])) {
		write_value(writer, to, key, constraint);
		return;
	}
	row = _cen_write_row(writer, to, key);
	write_rule(writer, row, rule);
	if (provenance_of(constraint) != provenance)
		_cen_write_word(writer, row, "provenance", cen_provenance_get_name(provenance_of(constraint)));
	_cen_write_text(writer, row, "from", from);
}

void _cen_write_rules(struct file_writer *writer, struct json_object *to, const struct file_rules *rules,
		      uint32_t provenance)
{
	struct json_object *object;

	if (!rules->count)
		return;
	object = _cen_write_object(writer, to, "constraints");
	for (size_t i = 0; i < rules->count; i++)
		write_constraint(writer, object, &rules->items[i], provenance);
}
