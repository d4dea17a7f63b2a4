/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Why there is no plan: who cannot hold together, why each format fails, what each source says, what would help. */
#include <stdio.h>
#include <string.h>

#include "explain-text.h"
#include "table.h"
#include "words.h"

#define LINE_SIZE 1200

static void print_usages(const struct tool *tool, const struct cen_request *request,
			 const struct cen_conflict *conflict)
{
	size_t count = cen_conflict_get_usage_count(conflict);

	if (!count) {
		puts("\nNo device is to blame: the request alone has no such buffer.");
		return;
	}
	puts(count == 1 ? "\nThis one has none, whatever the others say:"
			: "\nThese cannot hold together. Without any one of them there is a plan:");
	for (size_t i = 0; i < count; i++) {
		char line[LINE_SIZE];
		const char *name;
		uint32_t usage;

		if (cen_request_get_usage(request, cen_conflict_get_usage(conflict, i), &usage, &name) < 0)
			continue;
		snprintf(line, sizeof(line), "%s as %s", name, cen_usage_get_name(usage));
		text_print(tool, 2, TABLE_BOLD, line);
	}
}

/* The members that are about one format: a constraint each, with how it is known and where that is from. */
static int print_members(const struct tool *tool, const struct cen_conflict *conflict, uint32_t fourcc)
{
	static const char *const headings[] = {"WHO", "ABOUT", "CONSTRAINT", "KNOWN BY", "WHAT"};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);
	struct cen_conflict_member member = {.size = sizeof(member)};

	for (size_t i = 0; cen_conflict_get_member(conflict, i, &member) == 0; i++) {
		struct cen_constraint bare = member.constraint;
		char constraint[WORDS_VALUE_SIZE] = "", known[LINE_SIZE] = "";

		if (member.fourcc != fourcc)
			continue;
		bare.provenance = 0;
		if (bare.kind) {
			cen_constraint_to_string(&bare, constraint, sizeof(constraint));
			words_provenance(&member.constraint, known, sizeof(known));
		}
		table_add(table, (const char *const[]){
					 member.who,
					 cen_dimension_get_name(member.dimension),
					 constraint,
					 known,
					 member.text,
				 });
		table_set_style(table, 0, TABLE_BOLD);
		table_set_style(table, 4, TABLE_BAD);
	}
	return table_print(table, tool, 2);
}

char *explain_format_line(const struct cen_conflict *conflict, uint32_t fourcc, char *buf, size_t size)
{
	struct cen_conflict_member member = {.size = sizeof(member)};
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; used < size && cen_conflict_get_member(conflict, i, &member) == 0; i++) {
		if (member.fourcc == fourcc)
			used += (size_t)snprintf(buf + used, size - used, "%s%s%s %s", used ? "; " : "", member.who,
						 member.usage == CEN_MEMBER_SOURCE ? ":" : "", member.text);
	}
	return buf;
}

/* Whether a format was told by a member before this one. */
static bool was_told(const struct cen_conflict *conflict, size_t index, uint32_t fourcc)
{
	struct cen_conflict_member member = {.size = sizeof(member)};

	for (size_t i = 0; i < index && cen_conflict_get_member(conflict, i, &member) == 0; i++) {
		if (member.fourcc == fourcc)
			return true;
	}
	return false;
}

bool explain_next_format(const struct cen_conflict *conflict, size_t *index, struct cen_conflict_member *out)
{
	out->size = sizeof(*out);
	for (; cen_conflict_get_member(conflict, *index, out) == 0; (*index)++) {
		if (!was_told(conflict, *index, out->fourcc)) {
			(*index)++;
			return true;
		}
	}
	return false;
}

static int print_formats(const struct tool *tool, const struct cen_conflict *conflict)
{
	static const char *const headings[] = {"FORMAT", "FAILS AT", "BECAUSE"};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);
	struct cen_conflict_member member;
	size_t index = 0;

	while (explain_next_format(conflict, &index, &member)) {
		char line[LINE_SIZE], name[8];

		table_add(table, (const char *const[]){
					 member.fourcc ? words_format(member.fourcc, name) : "any",
					 cen_dimension_get_name(member.dimension),
					 explain_format_line(conflict, member.fourcc, line, sizeof(line)),
				 });
		table_set_style(table, 0, TABLE_BOLD);
		table_set_style(table, 2, TABLE_BAD);
	}
	return table_print(table, tool, 2);
}

static int print_rejections(const struct tool *tool, const struct cen_conflict *conflict)
{
	static const char *const headings[] = {"FORMAT", "ALLOCATOR", "ABOUT", "BECAUSE"};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);
	struct cen_conflict_rejection row = {.size = sizeof(row)};
	char name[8];

	if (!cen_conflict_get_rejection_count(conflict)) {
		text_print(tool, 2, TABLE_PLAIN, "None was asked: every format fails before.");
		return TOOL_DONE;
	}
	for (size_t i = 0; cen_conflict_get_rejection(conflict, i, &row) == 0; i++) {
		table_add(table, (const char *const[]){
					 words_format(row.fourcc, name),
					 row.source,
					 cen_dimension_get_name(row.dimension),
					 row.text,
				 });
		table_set_style(table, 1, TABLE_BOLD);
		table_set_style(table, 3, TABLE_BAD);
	}
	return table_print(table, tool, 2);
}

static void print_relaxations(const struct tool *tool, const struct cen_conflict *conflict)
{
	const char *text;

	if (!cen_conflict_get_relaxation_count(conflict)) {
		puts("\nNothing that was tried would help by itself.");
		return;
	}
	puts("\nWhat would help, each tried by solving again:");
	for (size_t i = 0; (text = cen_conflict_get_relaxation(conflict, i)); i++)
		text_print(tool, 2, TABLE_GOOD, text);
}

int explain_print_conflict(const struct tool *tool, const struct cen_request *request,
			   const struct cen_conflict *conflict)
{
	struct cen_conflict_member nearest = {.size = sizeof(nearest)};
	char name[8];
	int status = TOOL_DONE;

	printf("%sThere is no plan.%s\n", text_style_on(tool, TABLE_BAD), text_style_off(tool, TABLE_BAD));
	print_usages(tool, request, conflict);
	if (cen_conflict_get_member(conflict, 0, &nearest) == 0) {
		printf("\nWhat %s%s%s:\n",
		       cen_conflict_get_usage_count(conflict) > 1 ? "keeps them apart" : "is in the way",
		       nearest.fourcc ? " in the format that comes nearest, " : "",
		       nearest.fourcc ? words_format(nearest.fourcc, name) : "");
		status = print_members(tool, conflict, nearest.fourcc);
	}
	puts("\nEach format:");
	if (status == TOOL_DONE)
		status = print_formats(tool, conflict);
	puts("\nEach allocator:");
	if (status == TOOL_DONE)
		status = print_rejections(tool, conflict);
	print_relaxations(tool, conflict);
	return status == TOOL_DONE ? TOOL_NO_PLAN : status;
}
