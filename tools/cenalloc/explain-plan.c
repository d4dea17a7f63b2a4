/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Why a plan is as it is: each part of it with who decided it, and every source that there is. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "explain-hint.h"
#include "explain-text.h"
#include "table.h"
#include "words.h"

#define LINE_SIZE 512

/* The parts of a plan, in the order in which they are told. */
static const char *const parts[] = {"size",  "stride", "rows",      "chroma", "offset",  "dma-bufs",
				    "bytes", "memory", "addresses", "CPU",    "buffers", "allocator"};

/* What a part came to. */
static char *part_value(const struct cen_plan *plan, const char *part, char *buf, size_t size)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	struct cen_plane_layout first = {0}, second = {0};
	char number[TEXT_NUMBER_SIZE];

	cen_plan_get_info(plan, &info);
	cen_plan_get_plane(plan, 0, &first);
	cen_plan_get_plane(plan, 1, &second);
	buf[0] = '\0';
	if (strcmp(part, "size") == 0)
		snprintf(buf, size, "%" PRIu32 "x%" PRIu32, info.width, info.height);
	else if (strcmp(part, "memory") == 0)
		snprintf(buf, size, "%s, %s", info.segments ? "contiguous" : "any pages",
			 words_placement(info.placement));
	else if (strcmp(part, "buffers") == 0)
		snprintf(buf, size, "%" PRIu32, info.count);
	else if (strcmp(part, "allocator") == 0)
		snprintf(buf, size, "%s", info.source);
	else if (strcmp(part, "addresses") == 0 && info.address_bits)
		snprintf(buf, size, "%" PRIu32 " bits", info.address_bits);
	else if (!info.is_layout_final)
		return buf;
	else if (strcmp(part, "stride") == 0)
		snprintf(buf, size, "%s bytes", text_number(first.stride, number));
	else if (strcmp(part, "rows") == 0)
		snprintf(buf, size, "%" PRIu32, first.rows);
	else if (strcmp(part, "chroma") == 0 && info.plane_count > 1)
		snprintf(buf, size, "at byte %s", text_number(second.offset, number));
	else if (strcmp(part, "dma-bufs") == 0)
		snprintf(buf, size, "%" PRIu32, info.object_count);
	else if (strcmp(part, "bytes") == 0)
		snprintf(buf, size, "%s", text_number(info.total_bytes, number));
	return buf;
}

static void add_demand(struct table *table, const struct cen_plan_constraint *row, const char *part, const char *value)
{
	char demand[LINE_SIZE], known[LINE_SIZE], name[48];
	bool other_plane = row->constraint.plane > 0;

	snprintf(name, sizeof(name), other_plane ? "%s.%" PRIu32 : "%s", part, row->constraint.plane);
	table_add(table, (const char *const[]){
				 name,
				 other_plane ? "" : value,
				 hint_demand(&row->constraint, demand, sizeof(demand)),
				 row->decided_by,
				 words_provenance(&row->constraint, known, sizeof(known)),
			 });
}

/* Rows of one part; where nobody asks for anything the image alone decides, which needs no row. */
static void add_part(struct table *table, const struct cen_plan *plan, const char *part)
{
	struct cen_plan_constraint row = {.size = sizeof(row)};
	char value[LINE_SIZE];
	bool told = false;

	part_value(plan, part, value, sizeof(value));
	for (size_t i = 0; cen_plan_get_constraint(plan, i, &row) == 0; i++) {
		const char *own = hint_part(row.constraint.kind);

		if (!own || strcmp(own, part) != 0)
			continue;
		add_demand(table, &row, told ? "" : part, told ? "" : value);
		told = true;
	}
}

static bool is_listed(const char *part)
{
	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
		if (strcmp(parts[i], part) == 0)
			return true;
	}
	return false;
}

static int print_decisions(const struct tool *tool, const struct cen_plan *plan)
{
	static const char *const headings[] = {"PART", "IS", "ASKED FOR", "BY", "KNOWN BY"};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);
	struct cen_plan_constraint row = {.size = sizeof(row)};
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
		add_part(table, plan, parts[i]);
	/* Kinds that this program knows by their names only. */
	for (size_t i = 0; cen_plan_get_constraint(plan, i, &row) == 0; i++) {
		const char *part = hint_part(row.constraint.kind);

		count += part != NULL;
		if (part && !is_listed(part))
			add_demand(table, &row, part, "");
	}
	if (count)
		return table_print(table, tool, 2);
	text_print(tool, 2, TABLE_PLAIN, "No device asks for anything: the image alone decides.");
	return TOOL_DONE;
}

/* The first plan of a solution that is made of a source, from 1; 0: none is. */
static size_t find_plan(const struct cen_solution *solution, const char *source)
{
	struct cen_plan_info info = {.size = sizeof(info)};

	for (size_t i = 0; i < cen_solution_get_plan_count(solution); i++) {
		if (cen_plan_get_info(cen_solution_get_plan(solution, i), &info) == 0 &&
		    strcmp(info.source, source) == 0)
			return i + 1;
	}
	return 0;
}

/* Why a plan is not made of a source; NULL: it could be. */
static const char *find_rejection(const struct cen_plan *plan, const char *source)
{
	const char *name, *text;

	for (size_t i = 0; cen_plan_get_rejection(plan, i, &name, &text) == 0; i++) {
		if (strcmp(name, source) == 0)
			return text;
	}
	return NULL;
}

bool explain_get_source(const struct tool *tool, const struct cen_solution *solution, size_t index,
			struct explain_source *out)
{
	const struct cen_source *source = cen_machine_get_source(tool->machine, index);
	struct cen_source_info info = {.size = sizeof(info)};
	const char *rejection;

	if (!source || cen_source_get_info(source, &info) < 0)
		return false;
	rejection = find_rejection(cen_solution_get_plan(solution, 0), info.name);
	*out = (struct explain_source){.name = info.name, .plan = find_plan(solution, info.name)};
	if (out->plan == 1)
		out->fate = EXPLAIN_CHOSEN;
	else
		out->fate = out->plan || !rejection ? EXPLAIN_POSSIBLE : EXPLAIN_REJECTED;
	out->text = out->plan == 1 ? "makes the best plan" : "would do too, and ranks lower";
	if (out->plan != 1 && rejection)
		out->text = rejection;
	return true;
}

static int print_sources(const struct tool *tool, const struct cen_solution *solution)
{
	static const char *const headings[] = {"ALLOCATOR", "PLAN", "WHY"};
	static const enum table_style styles[] = {
		[EXPLAIN_CHOSEN] = TABLE_GOOD,
		[EXPLAIN_POSSIBLE] = TABLE_PLAIN,
		[EXPLAIN_REJECTED] = TABLE_BAD,
	};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);
	struct explain_source source;

	for (size_t i = 0; explain_get_source(tool, solution, i, &source); i++) {
		char plan[TEXT_NUMBER_SIZE];

		table_add(table, (const char *const[]){
					 source.name,
					 source.plan ? text_number(source.plan, plan) : "no",
					 source.text,
				 });
		table_set_style(table, 0, styles[source.fate]);
		/* A reason is never cut. */
		table_set_style(table, 2, source.fate == EXPLAIN_REJECTED ? TABLE_BAD : TABLE_PLAIN);
	}
	return table_print(table, tool, 2);
}

int explain_print_plan(const struct tool *tool, const struct cen_solution *solution)
{
	const struct cen_plan *plan = cen_solution_get_plan(solution, 0);
	struct cen_plan_info info = {.size = sizeof(info)};
	char format[8], modifier[WORDS_MODIFIER_SIZE];
	const char *reason;
	int status;

	cen_plan_get_info(plan, &info);
	printf("%sThe plan is %s %s from %s.%s\n", text_style_on(tool, TABLE_BOLD), words_format(info.fourcc, format),
	       words_modifier(info.modifier, modifier), info.source, text_style_off(tool, TABLE_BOLD));
	puts("\nWho decided what:");
	status = print_decisions(tool, plan);
	puts("\nEvery allocator:");
	if (status == TOOL_DONE)
		status = print_sources(tool, solution);
	puts("\nWhy it comes first:");
	for (size_t i = 0; (reason = cen_plan_get_reason(plan, i)); i++)
		text_print(tool, 2, TABLE_PLAIN, reason);
	return status;
}
