/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "sync-text.h"

#include <stdio.h>
#include <string.h>

#define LINE_SIZE 2048
#define INDENT 8

void sync_text_add_note(struct table *table, const struct cen_plan *plan)
{
	char line[LINE_SIZE] = "sync: ";
	const size_t start = strlen(line);

	for (size_t i = 0; i < cen_plan_get_handover_count(plan); i++) {
		struct cen_plan_handover handover = {.size = sizeof(handover)};
		size_t used = strlen(line);

		if (cen_plan_get_handover(plan, i, &handover) < 0 || handover.action == CEN_HANDOVER_NOTHING)
			continue;
		snprintf(line + used, sizeof(line) - used, "%s%s", used > start ? "; " : "", handover.text);
	}
	if (line[start])
		table_add_note(table, TABLE_PLAIN, line);
}

int sync_text_print(const struct tool *tool, const struct cen_plan *plan)
{
	static const char *const headings[] = {"USAGE", "DEVICE", "SYNCHRONISES BY"};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);
	struct cen_plan_handover handover = {.size = sizeof(handover)};
	struct cen_plan_sync sync = {.size = sizeof(sync)};
	int status;

	if (cen_plan_get_sync_count(plan) == 0)
		return TOOL_DONE;
	for (size_t i = 0; cen_plan_get_sync(plan, i, &sync) == 0; i++)
		table_add(table, (const char *const[]){cen_usage_get_name(sync.usage), sync.device, sync.text});
	status = table_print(table, tool, INDENT);
	for (size_t i = 0; status == TOOL_DONE && cen_plan_get_handover(plan, i, &handover) == 0; i++) {
		char line[LINE_SIZE];

		snprintf(line, sizeof(line), "sync: %s", handover.text);
		text_print(tool, INDENT, TABLE_DIM, line);
	}
	return status;
}
