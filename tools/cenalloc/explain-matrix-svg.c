/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The matrix as a picture. */
#include <inttypes.h>
#include <string.h>

#include "explain-matrix.h"
#include "svg.h"
#include "words.h"

#define MARGIN 20
#define GAP 4
#define PAD 8
#define TOP 84 /* of the headings */
#define HEAD_HEIGHT 44
#define ROW_HEIGHT 44
#define FORMAT_WIDTH 70
#define USAGE_WIDTH 220
#define SHARED_WIDTH 110
#define RESULT_WIDTH 430
#define LEGEND_HEIGHT 34
#define TEXT_SIZE 1200

static int usage_x(size_t usage)
{
	return MARGIN + FORMAT_WIDTH + GAP + (int)usage * (USAGE_WIDTH + GAP);
}

static int shared_x(const struct matrix *matrix)
{
	return usage_x(matrix->usage_count);
}

static int result_x(const struct matrix *matrix)
{
	return shared_x(matrix) + SHARED_WIDTH + GAP;
}

static int row_y(size_t row)
{
	return TOP + HEAD_HEIGHT + (int)row * (ROW_HEIGHT + GAP);
}

/* Two lines in a box: the second may be empty. */
static void put_cell(FILE *out, struct svg_box box, enum svg_paint paint, const char *first, const char *second)
{
	int y = box.y + (second[0] ? 18 : box.height / 2 + 5);

	svg_rect(out, box, paint);
	svg_text(out, box.x + PAD, y, box.width - 2 * PAD, SVG_BODY, paint, first);
	if (second[0])
		svg_text(out, box.x + PAD, box.y + 35, box.width - 2 * PAD, SVG_SMALL, SVG_MUTED, second);
}

static void put_headings(FILE *out, const struct matrix *matrix)
{
	int y = TOP + 18;

	svg_text(out, MARGIN, y, FORMAT_WIDTH, SVG_HEAD, SVG_PLAIN, "Format");
	for (size_t u = 0; u < matrix->usage_count; u++) {
		svg_text(out, usage_x(u) + PAD, y, USAGE_WIDTH - 2 * PAD, SVG_HEAD, SVG_PLAIN,
			 cen_usage_get_name(matrix->usages[u]));
		svg_text(out, usage_x(u) + PAD, y + 16, USAGE_WIDTH - 2 * PAD, SVG_SMALL, SVG_MUTED,
			 matrix->devices[u]);
	}
	svg_text(out, shared_x(matrix) + PAD, y, SHARED_WIDTH - 2 * PAD, SVG_HEAD, SVG_PLAIN, "Shared");
	svg_text(out, shared_x(matrix) + PAD, y + 16, SHARED_WIDTH - 2 * PAD, SVG_SMALL, SVG_MUTED, "by all devices");
	svg_text(out, result_x(matrix) + PAD, y, RESULT_WIDTH - 2 * PAD, SVG_HEAD, SVG_PLAIN, "Result");
	svg_text(out, result_x(matrix) + PAD, y + 16, RESULT_WIDTH - 2 * PAD, SVG_SMALL, SVG_MUTED,
		 "the best plan, or what rules the format out");
}

static void put_result(FILE *out, const struct matrix *matrix, const struct matrix_row *row, int y)
{
	struct svg_box box = {result_x(matrix), y, RESULT_WIDTH, ROW_HEIGHT};
	struct svg_box inside = {box.x + PAD, y + 6, RESULT_WIDTH - 2 * PAD, ROW_HEIGHT - 8};
	char text[TEXT_SIZE];

	matrix_result_text(row, text, sizeof(text));
	if (row->has_plan) {
		put_cell(out, box, SVG_GOOD, text, "");
		return;
	}
	svg_rect(out, box, SVG_MUTED);
	svg_paragraph(out, inside, SVG_SMALL, SVG_BAD, text);
}

static void put_row(FILE *out, const struct matrix *matrix, const struct matrix_row *row, int y)
{
	static const enum svg_paint paints[] = {
		[MATRIX_NO] = SVG_BAD, [MATRIX_SIZE] = SVG_WARN, [MATRIX_TAKES] = SVG_ACCENT};
	struct svg_box shared = {shared_x(matrix), y, SHARED_WIDTH, ROW_HEIGHT};
	char text[MATRIX_CELL_SIZE], name[8];

	svg_text(out, MARGIN, y + ROW_HEIGHT / 2 + 5, FORMAT_WIDTH - PAD, SVG_HEAD,
		 row->has_plan ? SVG_GOOD : SVG_PLAIN, words_format(row->fourcc, name));
	for (size_t u = 0; u < matrix->usage_count; u++) {
		const struct matrix_cell *cell = &row->cells[u];
		struct svg_box box = {usage_x(u), y, USAGE_WIDTH, ROW_HEIGHT};

		put_cell(out, box, paints[cell->state], matrix_cell_text(cell, text), cell->hint);
		if (!row->has_plan && row->culprits >> u & 1)
			svg_frame(out, box, SVG_BAD);
	}
	put_cell(out, shared, row->shared_count ? SVG_ACCENT : SVG_BAD, matrix_shared_text(row, text), "");
	put_result(out, matrix, row, y);
}

static void put_legend(FILE *out, int y)
{
	static const struct {
		enum svg_paint paint;
		bool framed;
		const char *text;
	} rows[] = {
		{SVG_ACCENT, false, "takes it"},
		{SVG_WARN, false, "not at this size"},
		{SVG_BAD, false, "does not take it"},
		{SVG_MUTED, true, "one of the smallest set that cannot hold together"},
		{SVG_GOOD, false, "has a plan"},
	};
	int x = MARGIN;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int width = svg_text_width(SVG_SMALL, rows[i].text);
		struct svg_box box = {x, y, 14, 14};

		svg_rect(out, box, rows[i].paint);
		if (rows[i].framed)
			svg_frame(out, box, SVG_BAD);
		svg_text(out, x + 20, y + 11, width + 2, SVG_SMALL, SVG_MUTED, rows[i].text);
		x += width + 42;
	}
}

static void write_title(const struct matrix *matrix, char *buf, size_t size)
{
	size_t plans = 0;

	for (size_t r = 0; r < matrix->row_count; r++)
		plans += matrix->rows[r].has_plan;
	snprintf(buf, size, "%zu of %zu formats suit all devices", plans, matrix->row_count);
}

void matrix_write_svg(const struct matrix *matrix, FILE *out)
{
	int width = result_x(matrix) + RESULT_WIDTH + MARGIN;
	int bottom = row_y(matrix->row_count) + GAP;
	char title[80], request[80], description[TEXT_SIZE];
	size_t used;

	write_title(matrix, title, sizeof(title));
	snprintf(request, sizeof(request), "%" PRIu32 "x%" PRIu32 ", %" PRIu32 " buffer%s", matrix->width,
		 matrix->height, matrix->count, matrix->count == 1 ? "" : "s");
	used = (size_t)snprintf(description, sizeof(description), "A table of formats and devices for %s:", request);
	for (size_t u = 0; u < matrix->usage_count && used < sizeof(description); u++)
		used += (size_t)snprintf(description + used, sizeof(description) - used, "%s %s (%s)", u ? "," : "",
					 matrix->devices[u], cen_usage_get_name(matrix->usages[u]));
	svg_begin(out, width, bottom + LEGEND_HEIGHT, title, description);
	svg_text(out, MARGIN, 36, width - 2 * MARGIN, SVG_TITLE, SVG_PLAIN, title);
	svg_text(out, MARGIN, 58, width - 2 * MARGIN, SVG_BODY, SVG_MUTED, request);
	put_headings(out, matrix);
	for (size_t r = 0; r < matrix->row_count; r++)
		put_row(out, matrix, &matrix->rows[r], row_y(r));
	put_legend(out, bottom + 6);
	svg_end(out);
}
