/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* json-c helpers, and the JSON of the objects that several commands show. */
#include "json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "clean.h"
#include "words.h"

struct json_object *json_text(const char *text)
{
	char *copy = text ? strdup(text) : NULL;
	struct json_object *object;

	if (!copy)
		return NULL;
	for (char *c = copy; *c;) {
		size_t length = clean_sequence_length(c);

		/* json-c escapes the control characters of ASCII only. */
		if (length == 0 || (length > 1 && clean_is_control(c)))
			memset(c, '?', length ? length : 1);
		c += length ? length : 1;
	}
	object = json_object_new_string(copy);
	free(copy);
	return object;
}

struct json_object *json_add(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
	return value;
}

void json_add_text(struct json_object *object, const char *key, const char *text)
{
	json_add(object, key, json_text(text));
}

void json_add_number(struct json_object *object, const char *key, uint64_t number)
{
	json_add(object, key, json_object_new_uint64(number));
}

void json_add_known(struct json_object *object, const char *key, uint64_t number)
{
	json_add(object, key, number ? json_object_new_uint64(number) : NULL);
}

void json_add_bool(struct json_object *object, const char *key, bool value)
{
	json_add(object, key, json_object_new_boolean(value));
}

void json_add_format(struct json_object *object, uint32_t fourcc)
{
	char name[8];

	json_add_text(object, "format", fourcc ? words_format(fourcc, name) : NULL);
}

void json_add_modifier(struct json_object *object, uint64_t modifier)
{
	char name[WORDS_MODIFIER_SIZE];
	char hex[24];

	snprintf(hex, sizeof(hex), "0x%016" PRIx64, modifier);
	json_add_text(object, "modifier", words_modifier(modifier, name));
	json_add_text(object, "modifier_hex", hex);
}

void json_add_access(struct json_object *object, int access, const char *help)
{
	json_add_bool(object, "accessible", access == 0);
	json_add_number(object, "access_errno", (uint64_t)llabs(access));
	json_add_text(object, "access_help", help);
}

struct json_object *json_from_constraint(const struct cen_constraint *constraint)
{
	const struct cen_constraint_info *info = cen_constraint_kind_get_info(constraint->kind);
	struct json_object *object = json_object_new_object();
	struct cen_constraint bare = *constraint;
	char text[WORDS_VALUE_SIZE];

	bare.provenance = 0;
	cen_constraint_to_string(&bare, text, sizeof(text));
	json_add_text(object, "kind", info ? info->name : NULL);
	json_add_number(object, "plane", constraint->plane);
	json_add_number(object, "value", constraint->value);
	json_add_text(object, "unit", info && info->unit[0] ? info->unit : NULL);
	json_add_text(object, "text", text);
	json_add_text(object, "provenance", cen_provenance_get_name(constraint->provenance));
	json_add_text(object, "note", constraint->note);
	return object;
}

static struct json_object *planes_of_plan(const struct cen_plan *plan, const struct cen_plan_info *info)
{
	struct json_object *planes = json_object_new_array();
	struct cen_plane_layout layout;

	for (uint32_t i = 0; i < info->plane_count && cen_plan_get_plane(plan, i, &layout) == 0; i++) {
		struct json_object *plane = json_object_new_object();

		json_add_number(plane, "object", layout.object);
		json_add_number(plane, "offset", layout.offset);
		json_add_number(plane, "stride", layout.stride);
		json_add_number(plane, "rows", layout.rows);
		json_add_number(plane, "size", layout.size);
		json_object_array_add(planes, plane);
	}
	return planes;
}

static struct json_object *objects_of_plan(const struct cen_plan *plan, const struct cen_plan_info *info)
{
	struct json_object *objects = json_object_new_array();

	for (uint32_t i = 0; i < info->object_count; i++) {
		struct json_object *object = json_object_new_object();

		json_add_number(object, "size", cen_plan_get_object_size(plan, i));
		json_object_array_add(objects, object);
	}
	return objects;
}

static struct json_object *constraints_of_plan(const struct cen_plan *plan)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < cen_plan_get_constraint_count(plan); i++) {
		struct cen_plan_constraint row = {.size = sizeof(row)};
		struct json_object *usages = json_object_new_array();
		struct json_object *object;

		if (cen_plan_get_constraint(plan, i, &row) < 0) {
			json_object_put(usages);
			break;
		}
		for (unsigned int bit = 0; bit < CEN_MAX_USAGES; bit++) {
			if (row.usages >> bit & 1)
				json_object_array_add(usages, json_object_new_uint64(bit));
		}
		object = json_from_constraint(&row.constraint);
		json_add_text(object, "decided_by", row.decided_by);
		json_add(object, "usages", usages);
		json_object_array_add(list, object);
	}
	return list;
}

static struct json_object *rejections_of_plan(const struct cen_plan *plan)
{
	struct json_object *list = json_object_new_array();
	const char *source;
	const char *text;

	for (size_t i = 0; cen_plan_get_rejection(plan, i, &source, &text) == 0; i++) {
		struct json_object *object = json_object_new_object();

		json_add_text(object, "allocator", source);
		json_add_text(object, "why", text);
		json_object_array_add(list, object);
	}
	return list;
}

static struct json_object *contract_of_usage(uint32_t contract)
{
	static const char *const names[] = {"none", "implicit", "explicit"};
	struct json_object *list = json_object_new_array();

	for (size_t bit = 0; bit < ARRAY_LENGTH(names); bit++) {
		if (contract >> bit & 1)
			json_object_array_add(list, json_text(names[bit]));
	}
	return list;
}

static struct json_object *sync_of_plan(const struct cen_plan *plan)
{
	struct json_object *list = json_object_new_array();
	struct cen_plan_sync sync = {.size = sizeof(sync)};

	for (size_t i = 0; cen_plan_get_sync(plan, i, &sync) == 0; i++) {
		struct json_object *object = json_object_new_object();

		json_add_text(object, "usage", cen_usage_get_name(sync.usage));
		json_add_text(object, "device", sync.device);
		json_add(object, "contract", contract_of_usage(sync.contract));
		json_add_text(object, "provenance", sync.contract ? cen_provenance_get_name(sync.provenance) : NULL);
		json_add_text(object, "text", sync.text);
		json_object_array_add(list, object);
	}
	return list;
}

static struct json_object *handovers_of_plan(const struct cen_plan *plan)
{
	static const char *const actions[] = {
		[CEN_HANDOVER_NOTHING] = "nothing", [CEN_HANDOVER_FINISH] = "finish", [CEN_HANDOVER_WAIT] = "wait",
		[CEN_HANDOVER_PASS] = "pass",       [CEN_HANDOVER_EXPORT] = "export", [CEN_HANDOVER_IMPORT] = "import",
	};
	struct cen_plan_handover handover = {.size = sizeof(handover)};
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; cen_plan_get_handover(plan, i, &handover) == 0; i++) {
		struct json_object *object = json_object_new_object();

		json_add_number(object, "from", handover.from);
		json_add_number(object, "to", handover.to);
		json_add_text(object, "action",
			      handover.action < ARRAY_LENGTH(actions) ? actions[handover.action] : NULL);
		json_add_text(object, "text", handover.text);
		json_object_array_add(list, object);
	}
	return list;
}

struct json_object *json_from_plan(const struct cen_plan *plan)
{
	struct json_object *object = json_object_new_object();
	struct cen_plan_info info = {.size = sizeof(info)};
	struct json_object *memory;
	struct json_object *reasons;
	const char *reason;

	cen_plan_get_info(plan, &info);
	json_add_format(object, info.fourcc);
	json_add_modifier(object, info.modifier);
	json_add_number(object, "width", info.width);
	json_add_number(object, "height", info.height);
	json_add_number(object, "count", info.count);
	json_add(object, "planes", planes_of_plan(plan, &info));
	json_add(object, "objects", objects_of_plan(plan, &info));
	json_add_bool(object, "layout_final", info.is_layout_final);
	json_add_number(object, "size", info.total_bytes);
	json_add_number(object, "padding", info.padding_bytes);
	memory = json_add(object, "memory", json_object_new_object());
	json_add_bool(memory, "contiguous", info.segments == 1);
	json_add_known(memory, "address_bits", info.address_bits);
	json_add_text(memory, "placement", words_placement(info.placement));
	json_add_text(object, "backend", info.backend);
	json_add_text(object, "allocator", info.source);
	json_add_number(object, "copies", info.copies);
	json_add_number(object, "cost", info.cost);
	reasons = json_add(object, "reasons", json_object_new_array());
	for (size_t i = 0; (reason = cen_plan_get_reason(plan, i)); i++)
		json_object_array_add(reasons, json_text(reason));
	json_add(object, "constraints", constraints_of_plan(plan));
	json_add(object, "rejected", rejections_of_plan(plan));
	json_add(object, "sync", sync_of_plan(plan));
	json_add(object, "handovers", handovers_of_plan(plan));
	return object;
}

static struct json_object *members_of_conflict(const struct cen_conflict *conflict)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < cen_conflict_get_member_count(conflict); i++) {
		struct cen_conflict_member member = {.size = sizeof(member)};
		struct json_object *object;

		if (cen_conflict_get_member(conflict, i, &member) < 0)
			break;
		object = json_object_new_object();
		json_add_text(object, "who", member.who);
		json_add(object, "usage", member.usage >= 0 ? json_object_new_int(member.usage) : NULL);
		json_add_text(object, "dimension", cen_dimension_get_name(member.dimension));
		json_add_format(object, member.fourcc);
		json_add_text(object, "text", member.text);
		json_add(object, "constraint",
			 member.constraint.kind ? json_from_constraint(&member.constraint) : NULL);
		json_object_array_add(list, object);
	}
	return list;
}

static struct json_object *rejections_of_conflict(const struct cen_conflict *conflict)
{
	struct cen_conflict_rejection rejection = {.size = sizeof(rejection)};
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; cen_conflict_get_rejection(conflict, i, &rejection) == 0; i++) {
		struct json_object *object = json_object_new_object();

		json_add_text(object, "allocator", rejection.source);
		json_add_format(object, rejection.fourcc);
		json_add_modifier(object, rejection.modifier);
		json_add_text(object, "dimension", cen_dimension_get_name(rejection.dimension));
		json_add_text(object, "why", rejection.text);
		json_object_array_add(list, object);
	}
	return list;
}

static void add_lists_of_change(struct json_object *object, const struct cen_relaxation *change)
{
	struct json_object *list = json_add(object, "formats", json_object_new_array());
	char name[8];

	for (size_t i = 0; i < change->fourcc_count; i++)
		json_object_array_add(list, json_text(words_format(change->fourccs[i], name)));
	list = json_add(object, "allocators", json_object_new_array());
	for (size_t i = 0; i < change->source_count; i++)
		json_object_array_add(list, json_text(change->sources[i]));
	list = json_add(object, "constraints", json_object_new_array());
	for (size_t i = 0; i < change->constraint_count; i++)
		json_object_array_add(list, json_from_constraint(&change->constraints[i]));
}

static struct json_object *changes_of_conflict(const struct cen_conflict *conflict)
{
	struct cen_relaxation change = {.size = sizeof(change)};
	struct json_object *list = json_object_new_array();
	char name[WORDS_MODIFIER_SIZE];

	for (size_t i = 0; cen_conflict_get_relaxation_info(conflict, i, &change) == 0; i++) {
		struct json_object *object = json_object_new_object();
		bool is_modifier = change.kind == CEN_RELAXATION_MODIFIER;

		json_add_text(object, "kind", cen_relaxation_get_name(change.kind));
		json_add_text(object, "text", change.text);
		add_lists_of_change(object, &change);
		json_add_text(object, "modifier", is_modifier ? words_modifier(change.modifier, name) : NULL);
		json_add_known(object, "width", change.width);
		json_add_known(object, "height", change.height);
		json_add_known(object, "count", change.count);
		json_add_known(object, "bytes", change.bytes);
		json_add_text(object, "option", change.option);
		json_add_text(object, "parameter", change.parameter);
		json_object_array_add(list, object);
	}
	return list;
}

struct json_object *json_from_conflict(const struct cen_conflict *conflict)
{
	struct json_object *object = json_object_new_object();
	struct json_object *list;
	const char *relaxation;

	json_add_text(object, "dimension", cen_dimension_get_name(cen_conflict_get_dimension(conflict)));
	json_add_text(object, "text", cen_conflict_get_text(conflict));
	list = json_add(object, "usages", json_object_new_array());
	for (size_t i = 0; i < cen_conflict_get_usage_count(conflict); i++)
		json_object_array_add(list, json_object_new_uint64(cen_conflict_get_usage(conflict, i)));
	json_add(object, "members", members_of_conflict(conflict));
	json_add(object, "rejected", rejections_of_conflict(conflict));
	list = json_add(object, "relaxations", json_object_new_array());
	for (size_t i = 0; (relaxation = cen_conflict_get_relaxation(conflict, i)); i++)
		json_object_array_add(list, json_text(relaxation));
	json_add(object, "changes", changes_of_conflict(conflict));
	return object;
}

struct json_object *json_from_buffer(const struct cen_buffer *buffer)
{
	struct json_object *object = json_object_new_object();
	struct json_object *planes = json_add(object, "planes", json_object_new_array());
	struct json_object *objects = json_add(object, "objects", json_object_new_array());
	struct cen_buffer_object dmabuf;
	struct cen_buffer_plane plane;

	for (uint32_t i = 0; cen_buffer_get_plane(buffer, i, &plane) == 0; i++) {
		struct json_object *row = json_object_new_object();

		json_add_number(row, "object", plane.object);
		json_add_number(row, "offset", plane.offset);
		json_add_number(row, "stride", plane.stride);
		json_add_number(row, "size", plane.size);
		json_object_array_add(planes, row);
	}
	for (uint32_t i = 0; cen_buffer_get_object(buffer, i, &dmabuf) == 0; i++) {
		struct json_object *row = json_object_new_object();

		json_add_number(row, "fd", (uint64_t)dmabuf.fd);
		json_add_number(row, "inode", dmabuf.ino);
		json_add_number(row, "size", dmabuf.size);
		json_object_array_add(objects, row);
	}
	return object;
}

static int finish(const struct tool *tool, struct json_object *document, int flags)
{
	const char *text = json_object_to_json_string_ext(document, flags | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (text)
		puts(text);
	json_object_put(document);
	return text ? TOOL_DONE : args_report(tool, -ENOMEM, NULL);
}

int json_finish(const struct tool *tool, struct json_object *document)
{
	return finish(tool, document, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED);
}

int json_finish_line(const struct tool *tool, struct json_object *document)
{
	return finish(tool, document, JSON_C_TO_STRING_PLAIN);
}
