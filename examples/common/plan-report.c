/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A plan as text, a plan or a conflict as JSON. */
#include "plan-report.h"

#include <inttypes.h>
#include <stdio.h>

#include <cenalloc/format.h>

#include "json.h"

static void print_head(const char *title, const struct cen_plan_info *info, const char *wish)
{
	char format[8], modifier[64];

	cen_format_to_string(info->fourcc, format);
	cen_modifier_to_string(info->modifier, modifier, sizeof(modifier));
	printf("%s: %u buffers of %ux%u %s %s, %" PRIu64 " bytes each in %u dma-buf%s, from %s (%s)%s%s.\n", title,
	       info->count, info->width, info->height, format, modifier, info->total_bytes, info->object_count,
	       info->object_count == 1 ? "" : "s", info->source, info->backend, wish ? ", for " : "", wish ? wish : "");
}

/* More buffers than were asked for, and who needs them. */
static void print_count(const struct cen_plan *plan, uint32_t count, uint32_t asked)
{
	struct cen_plan_constraint item = {.size = sizeof(item)};

	for (size_t i = 0; count > asked && cen_plan_get_constraint(plan, i, &item) == 0; i++)
		if (item.constraint.kind == CEN_CONSTRAINT_COUNT_MIN)
			printf("  because: %u buffers, not %u: required by %s (%s: %s)\n", count, asked,
			       item.decided_by, cen_provenance_get_name(item.constraint.provenance),
			       item.constraint.note ? item.constraint.note : "no note");
}

void plan_print(const char *title, const struct cen_plan *plan, const char *wish, uint32_t asked)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	struct cen_plane_layout layout;
	const char *source, *text;

	cen_plan_get_info(plan, &info);
	print_head(title, &info, wish);
	for (uint32_t i = 0; cen_plan_get_plane(plan, i, &layout) == 0; i++)
		printf("  plane %u: object %u, offset %" PRIu64 ", stride %" PRIu64 "\n", i, layout.object,
		       layout.offset, layout.stride);
	for (size_t i = 0; i < cen_plan_get_reason_count(plan); i++)
		printf("  because: %s\n", cen_plan_get_reason(plan, i));
	if (asked)
		print_count(plan, info.count, asked);
	for (size_t i = 0; cen_plan_get_rejection(plan, i, &source, &text) == 0; i++)
		printf("  ruled out: %s: %s\n", source, text);
	fflush(stdout);
}

static struct json_object *planes_to_json(const struct cen_plan *plan)
{
	struct json_object *list = json_object_new_array(), *item;
	struct cen_plane_layout layout;

	for (uint32_t i = 0; cen_plan_get_plane(plan, i, &layout) == 0; i++) {
		item = json_object_new_object();
		json_add_number(item, "object", layout.object);
		json_add_number(item, "offset", layout.offset);
		json_add_number(item, "stride", layout.stride);
		json_object_array_add(list, item);
	}
	return list;
}

static struct json_object *rejections_to_json(const struct cen_plan *plan)
{
	struct json_object *list = json_object_new_array(), *item;
	const char *source, *text;

	for (size_t i = 0; cen_plan_get_rejection(plan, i, &source, &text) == 0; i++) {
		item = json_object_new_object();
		json_add_text(item, "source", source);
		json_add_text(item, "text", text);
		json_object_array_add(list, item);
	}
	return list;
}

struct json_object *plan_to_json(const struct cen_plan *plan)
{
	struct json_object *object = json_object_new_object(), *reasons;
	struct cen_plan_info info = {.size = sizeof(info)};
	char format[8], modifier[64];

	cen_plan_get_info(plan, &info);
	cen_modifier_to_string(info.modifier, modifier, sizeof(modifier));
	json_add_text(object, "format", cen_format_to_string(info.fourcc, format));
	json_add_text(object, "modifier", modifier);
	json_add_text(object, "source", info.source);
	json_add_text(object, "backend", info.backend);
	json_add_number(object, "width", info.width);
	json_add_number(object, "height", info.height);
	json_add_number(object, "count", info.count);
	json_add_number(object, "objects", info.object_count);
	json_add_number(object, "bytes", info.total_bytes);
	json_add_bool(object, "contiguous", info.segments == 1);
	json_add_number(object, "copies", info.copies);
	json_add(object, "planes", planes_to_json(plan));
	reasons = json_add(object, "reasons", json_object_new_array());
	for (size_t i = 0; i < cen_plan_get_reason_count(plan); i++)
		json_object_array_add(reasons, json_object_new_string(cen_plan_get_reason(plan, i)));
	json_add(object, "rejections", rejections_to_json(plan));
	return object;
}

struct json_object *conflict_to_json(const struct cen_conflict *conflict)
{
	struct json_object *object = json_object_new_object(), *list;

	json_add_text(object, "dimension",
		      conflict ? cen_dimension_get_name(cen_conflict_get_dimension(conflict)) : NULL);
	json_add_text(object, "text", conflict ? cen_conflict_get_text(conflict) : NULL);
	list = json_add(object, "relaxations", json_object_new_array());
	for (size_t i = 0; conflict && i < cen_conflict_get_relaxation_count(conflict); i++)
		json_object_array_add(list, json_object_new_string(cen_conflict_get_relaxation(conflict, i)));
	return object;
}
