/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Formats against devices: what each said when it was columns, at the size that it has. */
#include <string.h>

#include "board.h"
#include "words.h"

/* Beyond these the page would be formats and little else. */
#define ROWS_OPEN 16

struct row {
	uint32_t fourcc;
	uint32_t takers;
};

/* The CPU takes every format: a column of it tells nothing. */
static bool is_column(const struct board_role *role)
{
	return role->is_known && role->usage != CEN_USAGE_CPU_READ && role->usage != CEN_USAGE_CPU_WRITE;
}

static size_t count_columns(const struct board *board)
{
	size_t count = 0;

	for (size_t i = 0; i < board->role_count; i++)
		count += is_column(&board->roles[i]);
	return count;
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->takers != y->takers)
		return x->takers < y->takers ? 1 : -1;
	return (x->fourcc > y->fourcc) - (x->fourcc < y->fourcc);
}

/* Each format that any of them has, the most widely taken first. */
static size_t collect(const struct board *board, struct row *rows, size_t max)
{
	const struct cen_format_info *info;
	size_t count = 0;

	for (size_t n = 0; (info = cen_format_get_nth(n)) && count < max; n++) {
		struct row row = {.fourcc = info->fourcc};

		for (size_t i = 0; i < board->role_count; i++)
			row.takers += is_column(&board->roles[i]) && board_role_has(&board->roles[i], info->fourcc);
		if (row.takers)
			rows[count++] = row;
	}
	qsort(rows, count, sizeof(*rows), compare_rows);
	return count;
}

static void write_headings(const struct board *board, FILE *out)
{
	fputs("<thead><tr><th>format", out);
	for (size_t i = 0; i < board->role_count; i++) {
		if (!is_column(&board->roles[i]))
			continue;
		fputs("<th><span>", out);
		board_markup_text(out, cen_usage_get_name(board->roles[i].usage));
		fputc(' ', out);
		board_markup_text(out, board->roles[i].name);
		fputs("</span>", out);
	}
	fputs("<th class=\"right\">devices</tr></thead>\n", out);
}

static void write_row(const struct board *board, const struct row *row, size_t columns, FILE *out)
{
	char name[8];

	fprintf(out, "<tr%s><th>", row->takers == columns ? " class=\"shared\"" : "");
	board_markup_text(out, words_format(row->fourcc, name));
	fputs("</th>", out);
	for (size_t i = 0; i < board->role_count; i++) {
		if (!is_column(&board->roles[i]))
			continue;
		fputs(board_role_has(&board->roles[i], row->fourcc) ? "<td class=\"takes\">&#10003;</td>"
								    : "<td class=\"no\">&middot;</td>",
		      out);
	}
	fprintf(out, "<td class=\"right\">%u</td></tr>\n", row->takers);
}

static void write_table(const struct board *board, const struct row *rows, size_t count, size_t columns, FILE *out)
{
	fputs("<div class=\"wide\"><table>\n", out);
	write_headings(board, out);
	fputs("<tbody>\n", out);
	for (size_t i = 0; i < count; i++)
		write_row(board, &rows[i], columns, out);
	fputs("</tbody></table></div>\n", out);
}

void board_write_matrix(const struct board *board, FILE *out)
{
	struct row rows[256];
	size_t columns = count_columns(board), count = collect(board, rows, ARRAY_LENGTH(rows));
	size_t open = count < ROWS_OPEN ? count : ROWS_OPEN;

	if (!columns)
		return;
	fputs("<section class=\"matrix\"><h2>Formats and devices</h2>\n", out);
	write_table(board, rows, open, columns, out);
	if (count > open) {
		fprintf(out, "<details><summary>%zu more formats</summary>\n", count - open);
		write_table(board, rows + open, count - open, columns, out);
		fputs("</details>\n", out);
	}
	fputs("</section>\n", out);
}
