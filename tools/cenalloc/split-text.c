/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A split as text and as JSON. */
#include "split-text.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "plan-text.h"
#include "table.h"

#define INDENT 8

/* "group 1: /dev/video0 (capture), /dev/video1 (encode)" */
static void print_usages(const struct tool *tool, const struct cen_request *request,
			 const struct cen_split_group *group, size_t number)
{
	printf("%sgroup %zu%s:", text_style_on(tool, TABLE_BOLD), number, text_style_off(tool, TABLE_BOLD));
	for (uint32_t i = 0; i < group->count; i++) {
		const char *name = NULL;
		uint32_t usage = 0;

		if (cen_request_get_usage(request, group->first + i, &usage, &name) == 0)
			printf("%s %s (%s)", i ? "," : "", name, cen_usage_get_name(usage));
	}
	putchar('\n');
}

static int print_plans(const struct tool *tool, const struct cen_solution *solution, uint32_t plans)
{
	int status = TOOL_DONE;

	for (uint32_t i = 0; i < (plans ? plans : 1) && status == TOOL_DONE; i++) {
		const struct cen_plan *plan = cen_solution_get_plan(solution, i);

		if (!plan)
			break;
		status = plan_text_print_buffer(tool, plan, i + 1);
	}
	return status;
}

/* "not /dev/video5 (v4l2): cannot read it: ..." */
static void print_rejections(const struct tool *tool, const struct cen_split *split, size_t copy, const char *word)
{
	bool is_copy = cen_split_get_group_count(split) > 0;
	const struct cen_device *device;
	const char *why;

	for (size_t i = 0; cen_split_get_rejection(split, copy, i, &device, &why) == 0; i++) {
		char *line = NULL;

		/* The device itself, known by another backend, is told apart by that. */
		if (asprintf(&line, "%s%s (%s): %s", word, cen_device_get_path(device), cen_device_get_backend(device),
			     why) < 0)
			return;
		text_print(tool, is_copy ? INDENT : 2, is_copy ? TABLE_DIM : TABLE_PLAIN, line);
		free(line);
	}
}

static void print_copy(const struct tool *tool, const struct cen_split *split, size_t n)
{
	struct cen_split_copy copy = {.size = sizeof(copy)};
	char read[TEXT_NUMBER_SIZE], written[TEXT_NUMBER_SIZE];

	if (cen_split_get_copy(split, n, &copy) < 0)
		return;
	printf("%scopy by %s (%s)%s: %s + %s bytes per frame\n", text_style_on(tool, TABLE_BOLD),
	       cen_device_get_path(copy.device), cen_copier_get_name(copy.copier), text_style_off(tool, TABLE_BOLD),
	       text_number(copy.bytes_read, read), text_number(copy.bytes_written, written));
	text_print(tool, INDENT, TABLE_PLAIN, copy.reason);
	print_rejections(tool, split, n, "not ");
}

static int print_none(const struct tool *tool, const struct cen_split *split)
{
	const char *text = cen_split_get_text(split);
	size_t length = strcspn(text, "\n");

	if (cen_split_get_conflict(split)) {
		printf("%.*s\n", (int)length, text);
		return plan_text_print_conflict(tool, cen_split_get_conflict(split));
	}
	printf("%sno split%s: %.*s\n", text_style_on(tool, TABLE_BAD), text_style_off(tool, TABLE_BAD), (int)length,
	       text);
	print_rejections(tool, split, 0, "");
	return TOOL_NO_PLAN;
}

int split_text_print(const struct tool *tool, const struct cen_request *request, const struct cen_split *split,
		     uint32_t plans)
{
	size_t count = cen_split_get_group_count(split);
	struct cen_split_group group = {.size = sizeof(group)};
	char bytes[TEXT_NUMBER_SIZE];
	int status = TOOL_DONE;

	if (!count)
		return print_none(tool, split);
	if (count == 1)
		puts("1 buffer, zero copy");
	else
		printf("%zu buffers, %zu %s: %s bytes per frame\n", count, count - 1, count == 2 ? "copy" : "copies",
		       text_number(cen_split_get_bytes(split), bytes));
	for (size_t n = 0; status == TOOL_DONE && cen_split_get_group(split, n, &group) == 0; n++) {
		print_usages(tool, request, &group, n + 1);
		status = print_plans(tool, group.solution, plans);
		print_copy(tool, split, n);
	}
	return status;
}

static struct json_object *json_of_rejections(const struct cen_split *split, size_t copy)
{
	struct json_object *list = json_object_new_array();
	const struct cen_device *device;
	const char *why;

	for (size_t i = 0; cen_split_get_rejection(split, copy, i, &device, &why) == 0; i++) {
		struct json_object *object = json_object_new_object();

		json_add_text(object, "device", cen_device_get_path(device));
		json_add_text(object, "backend", cen_device_get_backend(device));
		json_add_text(object, "why", why);
		json_object_array_add(list, object);
	}
	return list;
}

static struct json_object *json_of_copy(const struct cen_split *split, size_t n, const struct cen_split_copy *copy)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "copier", cen_copier_get_name(copy->copier));
	json_add_text(object, "device", cen_device_get_path(copy->device));
	json_add_text(object, "backend", cen_device_get_backend(copy->device));
	json_add_text(object, "reads_as", cen_usage_get_name(copy->read_usage));
	json_add_text(object, "writes_as", cen_usage_get_name(copy->write_usage));
	json_add_number(object, "bytes_read", copy->bytes_read);
	json_add_number(object, "bytes_written", copy->bytes_written);
	json_add_text(object, "reason", copy->reason);
	json_add(object, "rejected", json_of_rejections(split, n));
	return object;
}

static struct json_object *json_of_group(const struct cen_split_group *group, uint32_t limit)
{
	struct json_object *object = json_object_new_object();
	struct json_object *usages = json_add(object, "usages", json_object_new_array());
	struct json_object *plans = json_add(object, "plans", json_object_new_array());
	const struct cen_plan *plan;

	for (uint32_t i = 0; i < group->count; i++)
		json_object_array_add(usages, json_object_new_uint64(group->first + i));
	for (uint32_t i = 0; (!limit || i < limit) && (plan = cen_solution_get_plan(group->solution, i)); i++)
		json_object_array_add(plans, json_from_plan(plan));
	return object;
}

int split_text_print_json(const struct tool *tool, const struct solve_options *options, const struct cen_split *split)
{
	const struct cen_conflict *conflict = cen_split_get_conflict(split);
	size_t count = cen_split_get_group_count(split), failed = cen_split_get_failed_usage(split);
	struct json_object *document = json_object_new_object();
	struct json_object *groups, *copies;
	struct cen_split_group group = {.size = sizeof(group)};
	struct cen_split_copy copy = {.size = sizeof(copy)};
	int status;

	json_add(document, "request", solve_options_json(options));
	json_add_text(document, "text", cen_split_get_text(split));
	groups = json_add(document, "groups", json_object_new_array());
	for (size_t n = 0; cen_split_get_group(split, n, &group) == 0; n++)
		json_object_array_add(groups, json_of_group(&group, options->plans));
	copies = json_add(document, "copies", json_object_new_array());
	for (size_t n = 0; cen_split_get_copy(split, n, &copy) == 0; n++)
		json_object_array_add(copies, json_of_copy(split, n, &copy));
	json_add_number(document, "bytes_per_frame", cen_split_get_bytes(split));
	json_add(document, "failed_usage", count ? NULL : json_object_new_uint64(failed));
	json_add(document, "rejected", count ? json_object_new_array() : json_of_rejections(split, 0));
	json_add(document, "conflict", conflict ? json_from_conflict(conflict) : NULL);
	status = json_finish(tool, document);
	return status == TOOL_DONE && !count ? TOOL_NO_PLAN : status;
}
