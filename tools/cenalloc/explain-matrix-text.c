/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The matrix in words: for a terminal, and as JSON. */
#include <inttypes.h>
#include <string.h>

#include "explain-matrix.h"
#include "json.h"
#include "table.h"
#include "words.h"

/* With more devices what each asks for makes lines too long. */
#define HINTED_USAGES 2
#define DEVICE_SHOWN 24
#define RESULT_SIZE 1200

static char *modifiers_text(bool has_linear, size_t more, const char *none, char buf[MATRIX_CELL_SIZE])
{
	if (has_linear && more)
		snprintf(buf, MATRIX_CELL_SIZE, "LINEAR +%zu", more);
	else if (has_linear)
		snprintf(buf, MATRIX_CELL_SIZE, "LINEAR");
	else if (more)
		snprintf(buf, MATRIX_CELL_SIZE, "%zu modifier%s", more, more == 1 ? "" : "s");
	else
		snprintf(buf, MATRIX_CELL_SIZE, "%s", none);
	return buf;
}

char *matrix_cell_text(const struct matrix_cell *cell, char buf[MATRIX_CELL_SIZE])
{
	if (cell->state == MATRIX_TAKES)
		return modifiers_text(cell->has_linear, cell->vendor_count, "implicit", buf);
	snprintf(buf, MATRIX_CELL_SIZE, "%s", cell->state == MATRIX_SIZE ? "not this size" : "no");
	return buf;
}

char *matrix_shared_text(const struct matrix_row *row, char buf[MATRIX_CELL_SIZE])
{
	size_t linear = 0;

	for (size_t i = 0; i < row->shared_count; i++)
		linear += row->shared[i] == CEN_MODIFIER_LINEAR;
	return modifiers_text(linear, row->shared_count - linear, "none", buf);
}

char *matrix_result_text(const struct matrix_row *row, char *buf, size_t size)
{
	char modifier[WORDS_MODIFIER_SIZE];

	if (row->has_plan)
		snprintf(buf, size, "%s from %s", words_modifier(row->modifier, modifier), row->allocator);
	else
		snprintf(buf, size, "%s: %s", cen_dimension_get_name(row->dimension), row->reason);
	return buf;
}

/* Heading and cells of one line: format, a column per usage, what is shared, the result. */
struct line {
	const char **cells;
	size_t count;
};

/* Of a long path the end tells more. */
static char *usage_heading(const struct matrix *matrix, size_t usage)
{
	const char *device = matrix->devices[usage];
	size_t length = strlen(device);
	bool is_long = length > DEVICE_SHOWN;
	char *text = NULL;

	if (asprintf(&text, "%s %s%s", cen_usage_get_name(matrix->usages[usage]), is_long ? "..." : "",
		     device + (is_long ? length - DEVICE_SHOWN + 3 : 0)) < 0)
		return NULL;
	return text;
}

static char *cell_words(const struct matrix_cell *cell, bool hinted)
{
	char text[MATRIX_CELL_SIZE], *words = NULL;
	bool has_hint = hinted && cell->state == MATRIX_TAKES && cell->hint[0];

	matrix_cell_text(cell, text);
	if (asprintf(&words, "%s%s%s", text, has_hint ? ", " : "", has_hint ? cell->hint : "") < 0)
		return NULL;
	return words;
}

static void add_table_row(struct table *table, const struct matrix *matrix, const struct matrix_row *row, bool hinted)
{
	char format[8], shared[MATRIX_CELL_SIZE], result[RESULT_SIZE];
	const char *cells[CEN_MAX_USAGES + 3] = {words_format(row->fourcc, format)};
	size_t n = matrix->usage_count;

	for (size_t u = 0; u < n; u++)
		cells[u + 1] = cell_words(&row->cells[u], hinted);
	cells[n + 1] = matrix_shared_text(row, shared);
	cells[n + 2] = matrix_result_text(row, result, sizeof(result));
	table_add(table, cells);
	table_set_style(table, 0, TABLE_BOLD);
	for (size_t u = 0; u < n; u++) {
		bool is_culprit = !row->has_plan && row->culprits >> u & 1;

		table_set_style(table, u + 1,
				row->cells[u].state != MATRIX_TAKES ? TABLE_BAD
				: is_culprit                        ? TABLE_BOLD
								    : TABLE_PLAIN);
		free((char *)(uintptr_t)cells[u + 1]);
	}
	table_set_style(table, n + 1, row->shared_count ? TABLE_PLAIN : TABLE_BAD);
	table_set_style(table, n + 2, row->has_plan ? TABLE_GOOD : TABLE_PLAIN);
}

int matrix_print_text(const struct matrix *matrix, const struct tool *tool)
{
	const char *headings[CEN_MAX_USAGES + 3] = {"FORMAT"};
	char *own[CEN_MAX_USAGES] = {0};
	bool hinted = matrix->usage_count <= HINTED_USAGES || tool->verbose;
	size_t plans = 0;
	struct table *table;
	int status;

	for (size_t u = 0; u < matrix->usage_count; u++) {
		own[u] = usage_heading(matrix, u);
		headings[u + 1] = own[u] ? own[u] : "?";
	}
	headings[matrix->usage_count + 1] = "SHARED";
	headings[matrix->usage_count + 2] = "RESULT";
	table = table_create(headings, matrix->usage_count + 3, true);
	for (size_t r = 0; r < matrix->row_count; r++) {
		add_table_row(table, matrix, &matrix->rows[r], hinted);
		plans += matrix->rows[r].has_plan;
	}
	status = table_print(table, tool, 0);
	if (status == TOOL_DONE)
		printf("%zu of %zu format%s a plan at %" PRIu32 "x%" PRIu32 "%s\n", plans, matrix->row_count,
		       matrix->row_count == 1 ? " has" : "s have", matrix->width, matrix->height,
		       hinted ? "" : "; --verbose shows what each device asks for");
	table_destroy(table);
	for (size_t u = 0; u < matrix->usage_count; u++)
		free(own[u]);
	return status;
}

static struct json_object *cells_json(const struct matrix *matrix, const struct matrix_row *row)
{
	static const char *const states[] = {"no", "size", "takes"};
	struct json_object *list = json_object_new_array();

	for (size_t u = 0; u < matrix->usage_count; u++) {
		const struct matrix_cell *cell = &row->cells[u];
		struct json_object *object = json_object_new_object();

		json_add_text(object, "state", states[cell->state]);
		json_add_bool(object, "linear", cell->has_linear);
		json_add_bool(object, "implicit", cell->has_implicit);
		json_add_number(object, "vendor_modifiers", cell->vendor_count);
		json_add_text(object, "asks", cell->hint[0] ? cell->hint : NULL);
		json_object_array_add(list, object);
	}
	return list;
}

static struct json_object *row_json(const struct matrix *matrix, const struct matrix_row *row)
{
	struct json_object *object = json_object_new_object();
	struct json_object *list;

	json_add_format(object, row->fourcc);
	json_add(object, "cells", cells_json(matrix, row));
	list = json_add(object, "shared", json_object_new_array());
	for (size_t i = 0; i < row->shared_count; i++) {
		struct json_object *modifier = json_object_new_object();

		json_add_modifier(modifier, row->shared[i]);
		json_object_array_add(list, modifier);
	}
	json_add_text(object, "allocator", row->allocator);
	json_add_text(object, "dimension", row->has_plan ? NULL : cen_dimension_get_name(row->dimension));
	list = json_add(object, "culprits", json_object_new_array());
	for (size_t u = 0; u < matrix->usage_count; u++) {
		if (row->culprits >> u & 1)
			json_object_array_add(list, json_object_new_uint64(u));
	}
	json_add_text(object, "why", row->reason);
	return object;
}

struct json_object *matrix_json(const struct matrix *matrix)
{
	struct json_object *rows = json_object_new_array();

	for (size_t r = 0; r < matrix->row_count; r++)
		json_object_array_add(rows, row_json(matrix, &matrix->rows[r]));
	return rows;
}
