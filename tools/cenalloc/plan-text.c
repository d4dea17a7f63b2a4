/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A solution as text. */
#include "plan-text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sync-text.h"
#include "table.h"
#include "words.h"

#define DETAIL_SIZE 512
#define INDENT 8

/* Constraints that are worth a word below the best plan, in this order: they rule memory or layouts out. */
static const uint32_t decisive_kinds[] = {
	CEN_CONSTRAINT_SEGMENTS,    CEN_CONSTRAINT_ADDRESS_BITS, CEN_CONSTRAINT_ADDRESS_MAX,
	CEN_CONSTRAINT_PLACEMENT,   CEN_CONSTRAINT_STRIDE_EXACT, CEN_CONSTRAINT_STRIDE_ALIGN,
	CEN_CONSTRAINT_CHROMA_ROWS, CEN_CONSTRAINT_HEIGHT_ALIGN, CEN_CONSTRAINT_COUNT_MIN,
};

static bool has_exact_stride(const struct cen_plan *plan, uint32_t plane)
{
	for (size_t i = 0; i < cen_plan_get_constraint_count(plan); i++) {
		struct cen_plan_constraint row = {.size = sizeof(row)};

		if (cen_plan_get_constraint(plan, i, &row) == 0 && row.constraint.kind == CEN_CONSTRAINT_STRIDE_EXACT &&
		    row.constraint.plane == plane)
			return true;
	}
	return false;
}

/* What would have been so in any case is left out. */
static bool is_decisive(const struct cen_plan *plan, const struct cen_constraint *constraint)
{
	struct cen_plan_info info = {.size = sizeof(info)};

	cen_plan_get_info(plan, &info);
	switch (constraint->kind) {
	case CEN_CONSTRAINT_STRIDE_ALIGN:
		return constraint->value > 1 && !has_exact_stride(plan, constraint->plane);
	case CEN_CONSTRAINT_CHROMA_ROWS:
		return constraint->value != info.height;
	case CEN_CONSTRAINT_HEIGHT_ALIGN:
		return constraint->value > 1;
	case CEN_CONSTRAINT_COUNT_MIN:
		return constraint->value > 1 && constraint->value == info.count;
	default:
		return true;
	}
}

/* "contiguous: required by /dev/video0 (probed: vb2 dma-contig)" */
static void detail_text(const struct cen_plan_constraint *row, char *buf, size_t size)
{
	const struct cen_constraint *constraint = &row->constraint;
	bool contiguous = constraint->kind == CEN_CONSTRAINT_SEGMENTS && constraint->value == 1;
	char provenance[DETAIL_SIZE / 2];
	char value[WORDS_VALUE_SIZE];
	char kind[WORDS_VALUE_SIZE];

	words_provenance(constraint, provenance, sizeof(provenance));
	words_value(constraint, value);
	words_kind(constraint, kind);
	if (contiguous)
		snprintf(buf, size, "contiguous: required by %s (%s)", row->decided_by, provenance);
	else if (constraint->kind == CEN_CONSTRAINT_STRIDE_EXACT)
		snprintf(buf, size, "stride%s: fixed by %s (%s)", strchr(kind, '.') ? strchr(kind, '.') : "",
			 row->decided_by, provenance);
	else
		snprintf(buf, size, "%s %s: %s (%s)", kind, value, row->decided_by, provenance);
}

__attribute__((format(printf, 3, 4))) static void append(char *buf, size_t size, const char *format, ...)
{
	size_t used = strlen(buf);
	va_list args;

	va_start(args, format);
	vsnprintf(buf + used, size - used, format, args);
	va_end(args);
}

/* All decisive constraints in one paragraph. */
static void add_decisive(struct table *table, const struct cen_plan *plan)
{
	char line[DETAIL_SIZE * 2] = "";
	char detail[DETAIL_SIZE];

	for (size_t k = 0; k < ARRAY_LENGTH(decisive_kinds); k++) {
		for (size_t i = 0; i < cen_plan_get_constraint_count(plan); i++) {
			struct cen_plan_constraint row = {.size = sizeof(row)};

			if (cen_plan_get_constraint(plan, i, &row) < 0 || row.constraint.kind != decisive_kinds[k] ||
			    !is_decisive(plan, &row.constraint))
				continue;
			detail_text(&row, detail, sizeof(detail));
			append(line, sizeof(line), "%s%s", line[0] ? "; " : "", detail);
		}
	}
	if (line[0])
		table_add_note(table, TABLE_PLAIN, line);
}

static void add_rejections(struct table *table, const struct cen_plan *plan)
{
	char line[DETAIL_SIZE];
	const char *source;
	const char *text;

	for (size_t i = 0; cen_plan_get_rejection(plan, i, &source, &text) == 0; i++) {
		/* The text may name its source already. */
		bool named = strncmp(text, source, strlen(source)) == 0 && text[strlen(source)] == ':';

		snprintf(line, sizeof(line), "ruled out: %s%s%s", named ? "" : source, named ? "" : ": ", text);
		table_add_note(table, TABLE_DIM, line);
	}
}

/* word: "plan", which says how often a frame is copied, or another for a part of an answer, which does not. */
static void headline(struct table *table, const struct cen_plan *plan, const char *word, size_t number)
{
	bool is_plan = strcmp(word, "plan") == 0;
	struct cen_plan_info info = {.size = sizeof(info)};
	struct cen_plane_layout plane = {0};
	char bytes[TEXT_NUMBER_SIZE];
	char modifier[WORDS_MODIFIER_SIZE];
	char fourcc[8];
	char name[24], layout[96], stride[48], size[96] = "", from[160], copies[32];

	cen_plan_get_info(plan, &info);
	cen_plan_get_plane(plan, 0, &plane);
	snprintf(name, sizeof(name), "%s %zu", word, number);
	snprintf(layout, sizeof(layout), "%s %s", words_format(info.fourcc, fourcc),
		 words_modifier(info.modifier, modifier));
	if (info.is_layout_final)
		snprintf(stride, sizeof(stride), "stride %" PRIu64, plane.stride);
	else
		snprintf(stride, sizeof(stride), "stride decided when allocated");
	if (info.total_bytes)
		append(size, sizeof(size), "%s bytes", text_number(info.total_bytes, bytes));
	if (info.object_count > 1)
		append(size, sizeof(size), " in %" PRIu32 " dma-bufs", info.object_count);
	if (info.count > 1)
		append(size, sizeof(size), " x %" PRIu32, info.count);
	snprintf(from, sizeof(from), "%s %s", strcmp(info.backend, "heap") == 0 ? "heap" : "from", info.source);
	snprintf(copies, sizeof(copies), info.copies == 1 ? "%" PRIu32 " copy a frame" : "%" PRIu32 " copies a frame",
		 info.copies);
	if (!info.copies)
		snprintf(copies, sizeof(copies), is_plan ? "zero copy" : "");
	table_add(table, (const char *const[]){name, layout, stride, size, from, copies});
	table_set_style(table, 0, TABLE_BOLD);
	table_set_style(table, 5, info.copies ? TABLE_PLAIN : TABLE_GOOD);
}

static const char *const headline_headings[] = {"", "", "", "", "", ""};

static int print_planes(const struct tool *tool, const struct cen_plan *plan)
{
	static const char *const headings[] = {"PLANE", ">OBJECT", ">OFFSET", ">STRIDE", ">ROWS", ">BYTES"};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);
	struct cen_plan_info info = {.size = sizeof(info)};
	struct cen_plane_layout plane;

	cen_plan_get_info(plan, &info);
	for (uint32_t i = 0; i < info.plane_count && cen_plan_get_plane(plan, i, &plane) == 0; i++) {
		char index[TEXT_NUMBER_SIZE], object[TEXT_NUMBER_SIZE], offset[TEXT_NUMBER_SIZE];
		char stride[TEXT_NUMBER_SIZE], rows[TEXT_NUMBER_SIZE], size[TEXT_NUMBER_SIZE];

		table_add(table, (const char *const[]){
					 text_number(i, index),
					 text_number(plane.object, object),
					 text_number(plane.offset, offset),
					 text_number(plane.stride, stride),
					 text_number(plane.rows, rows),
					 text_number(plane.size, size),
				 });
	}
	return info.is_layout_final ? table_print(table, tool, INDENT) : TOOL_DONE;
}

static int print_constraints(const struct tool *tool, const struct cen_plan *plan)
{
	static const char *const headings[] = {"CONSTRAINT", "VALUE", "DECIDED BY", "KNOWN BY"};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);

	if (cen_plan_get_constraint_count(plan) == 0)
		return TOOL_DONE;
	for (size_t i = 0; i < cen_plan_get_constraint_count(plan); i++) {
		struct cen_plan_constraint row = {.size = sizeof(row)};
		char provenance[DETAIL_SIZE / 2];
		char value[WORDS_VALUE_SIZE];
		char kind[WORDS_VALUE_SIZE];

		if (cen_plan_get_constraint(plan, i, &row) < 0)
			break;
		table_add(table, (const char *const[]){
					 words_kind(&row.constraint, kind),
					 words_value(&row.constraint, value),
					 row.decided_by,
					 words_provenance(&row.constraint, provenance, sizeof(provenance)),
				 });
	}
	return table_print(table, tool, INDENT);
}

static void print_reasons(const struct tool *tool, const struct cen_plan *plan)
{
	char line[DETAIL_SIZE];
	const char *reason;

	for (size_t i = 0; (reason = cen_plan_get_reason(plan, i)); i++) {
		snprintf(line, sizeof(line), "rank: %s", reason);
		text_print(tool, INDENT, TABLE_DIM, line);
	}
}

static int print_plan(const struct tool *tool, const struct cen_plan *plan, const char *word, size_t number)
{
	_cleanup_(table_cleanup) struct table *table =
		table_create(headline_headings, ARRAY_LENGTH(headline_headings), false);
	int status;

	headline(table, plan, word, number);
	/* The tables of constraints and contracts say the same in full. */
	if (!tool->verbose) {
		add_decisive(table, plan);
		sync_text_add_note(table, plan);
	}
	add_rejections(table, plan);
	status = table_print(table, tool, 0);
	if (!tool->verbose)
		return status;
	print_reasons(tool, plan);
	if (status == TOOL_DONE)
		status = print_planes(tool, plan);
	if (status == TOOL_DONE)
		status = print_constraints(tool, plan);
	return status == TOOL_DONE ? sync_text_print(tool, plan) : status;
}

int plan_text_print_plan(const struct tool *tool, const struct cen_plan *plan, size_t number)
{
	return print_plan(tool, plan, "plan", number);
}

int plan_text_print_buffer(const struct tool *tool, const struct cen_plan *plan, size_t number)
{
	return print_plan(tool, plan, "buffer", number);
}

int plan_text_print_plans(const struct tool *tool, const struct cen_solution *solution, size_t limit)
{
	_cleanup_(table_cleanup) struct table *table =
		table_create(headline_headings, ARRAY_LENGTH(headline_headings), false);
	size_t count = cen_solution_get_plan_count(solution);
	size_t shown = limit < count ? limit : count;
	int status = TOOL_DONE;

	for (size_t i = 0; i < shown && status == TOOL_DONE; i++) {
		const struct cen_plan *plan = cen_solution_get_plan(solution, i);

		if (tool->verbose) {
			if (i)
				putchar('\n');
			status = plan_text_print_plan(tool, plan, i + 1);
			continue;
		}
		headline(table, plan, "plan", i + 1);
		if (i == 0) {
			add_decisive(table, plan);
			sync_text_add_note(table, plan);
			add_rejections(table, plan);
		}
	}
	if (!tool->verbose)
		status = table_print(table, tool, 0);
	if (shown < count)
		printf("%zu more: --plans %zu\n", count - shown, count);
	return status;
}

/* The text of a member says how it is known in most cases; otherwise the provenance goes behind it. */
static void member_text(const struct cen_conflict_member *member, char *buf, size_t size)
{
	const char *provenance = cen_provenance_get_name(member->constraint.provenance);

	if (member->constraint.kind && !strstr(member->text, provenance))
		snprintf(buf, size, "%s (%s)", member->text, provenance);
	else
		snprintf(buf, size, "%s", member->text);
}

static int print_members(const struct tool *tool, const struct cen_conflict *conflict)
{
	static const char *const headings[] = {"WHO", "ABOUT", "FORMAT", "WHAT"};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);

	for (size_t i = 0; i < cen_conflict_get_member_count(conflict); i++) {
		struct cen_conflict_member member = {.size = sizeof(member)};
		char text[DETAIL_SIZE];
		char fourcc[8];

		if (cen_conflict_get_member(conflict, i, &member) < 0)
			break;
		member_text(&member, text, sizeof(text));
		table_add(table, (const char *const[]){
					 member.who,
					 cen_dimension_get_name(member.dimension),
					 member.fourcc ? words_format(member.fourcc, fourcc) : "any",
					 text,
				 });
		table_set_style(table, 0, TABLE_BOLD);
	}
	return table_print(table, tool, 2);
}

int plan_text_print_conflict(const struct tool *tool, const struct cen_conflict *conflict)
{
	int status = TOOL_DONE;

	printf("%sno plan%s\n", text_style_on(tool, TABLE_BAD), text_style_off(tool, TABLE_BAD));
	text_print(tool, 2, TABLE_PLAIN, cen_conflict_get_text(conflict));
	if (cen_conflict_get_member_count(conflict)) {
		putchar('\n');
		status = print_members(tool, conflict);
	}
	if (cen_conflict_get_relaxation_count(conflict)) {
		puts("\nWhat would help:");
		for (size_t i = 0; i < cen_conflict_get_relaxation_count(conflict); i++)
			text_print(tool, 2, TABLE_PLAIN, cen_conflict_get_relaxation(conflict, i));
	}
	return status == TOOL_DONE ? TOOL_NO_PLAN : status;
}
