/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Tables and paragraphs for a terminal. What is printed came from drivers and plug-ins: control characters go out. */
#include "table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "clean.h"

#define COLUMN_GAP 2
#define NOTE_INDENT 8

struct row {
	char **cells; /* one per column */
	enum table_style *styles;
	char **notes;
	enum table_style *note_styles;
	size_t note_count;
};

struct table {
	size_t columns;
	const char *const *headings;
	bool print_headings;
	bool failed; /* a row was lost for want of memory */
	struct row *rows;
	size_t row_count;
};

static char *dup_clean(const char *text)
{
	return clean_text(strdup(text ? text : ""));
}

/* Characters, not bytes: continuation bytes of UTF-8 do not count. */
static size_t text_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/* The bytes of the first so many characters. */
static size_t text_prefix(const char *text, size_t width)
{
	size_t bytes = 0;

	while (text[bytes]) {
		if (((unsigned char)text[bytes] & 0xc0) != 0x80 && width-- == 0)
			break;
		bytes++;
	}
	return bytes;
}

/* 0 when stdout is no terminal. */
static size_t terminal_width(void)
{
	struct winsize ws;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) < 0)
		return 0;
	return ws.ws_col;
}

static bool use_color(const struct tool *tool)
{
	const char *no_color;
	const char *term;

	if (tool->color != TOOL_COLOR_AUTO)
		return tool->color == TOOL_COLOR_ALWAYS;
	no_color = getenv("NO_COLOR");
	term = getenv("TERM");
	return isatty(STDOUT_FILENO) && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
}

const char *text_style_on(const struct tool *tool, enum table_style style)
{
	static const char *const sequences[] = {
		[TABLE_PLAIN] = "",        [TABLE_BOLD] = "\033[1m", [TABLE_DIM] = "\033[2m",
		[TABLE_GOOD] = "\033[32m", [TABLE_BAD] = "\033[31m",
	};

	return use_color(tool) ? sequences[style] : "";
}

const char *text_style_off(const struct tool *tool, enum table_style style)
{
	return style != TABLE_PLAIN && use_color(tool) ? "\033[0m" : "";
}

struct table *table_create(const char *const *headings, size_t columns, bool print_headings)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->columns = columns;
	table->headings = headings;
	table->print_headings = print_headings;
	return table;
}

static void row_finish(struct row *row, size_t columns)
{
	for (size_t i = 0; row->cells && i < columns; i++)
		free(row->cells[i]);
	for (size_t i = 0; i < row->note_count; i++)
		free(row->notes[i]);
	free(row->cells);
	free(row->styles);
	free(row->notes);
	free(row->note_styles);
}

void table_destroy(struct table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->row_count; i++)
		row_finish(&table->rows[i], table->columns);
	free(table->rows);
	free(table);
}

void table_cleanup(struct table **table)
{
	table_destroy(*table);
}

static bool row_init(struct row *row, size_t columns, const char *const *cells)
{
	*row = (struct row){
		.cells = calloc(columns, sizeof(*row->cells)),
		.styles = calloc(columns, sizeof(*row->styles)),
	};
	if (!row->cells || !row->styles)
		return false;
	for (size_t i = 0; i < columns; i++) {
		row->cells[i] = dup_clean(cells[i]);
		if (!row->cells[i])
			return false;
	}
	return true;
}

void table_add(struct table *table, const char *const *cells)
{
	struct row *rows;
	struct row row;

	if (!table || table->failed)
		return;
	rows = reallocarray(table->rows, table->row_count + 1, sizeof(*rows));
	if (rows)
		table->rows = rows;
	table->failed = !rows;
	if (!rows)
		return;
	if (row_init(&row, table->columns, cells)) {
		table->rows[table->row_count++] = row;
	} else {
		row_finish(&row, table->columns);
		table->failed = true;
	}
}

void table_set_style(struct table *table, size_t column, enum table_style style)
{
	if (table && table->row_count && !table->failed)
		table->rows[table->row_count - 1].styles[column] = style;
}

void table_add_note(struct table *table, enum table_style style, const char *text)
{
	enum table_style *styles;
	struct row *row;
	char **notes;

	if (!table || table->failed || table->row_count == 0)
		return;
	row = &table->rows[table->row_count - 1];
	notes = reallocarray(row->notes, row->note_count + 1, sizeof(*notes));
	if (notes)
		row->notes = notes;
	styles = reallocarray(row->note_styles, row->note_count + 1, sizeof(*styles));
	if (styles)
		row->note_styles = styles;
	if (notes && styles)
		notes[row->note_count] = strdup(text);
	if (!notes || !styles || !notes[row->note_count]) {
		table->failed = true;
		return;
	}
	styles[row->note_count++] = style;
}

static bool is_right_aligned(const struct table *table, size_t column)
{
	return table->headings[column][0] == '>';
}

static const char *heading_text(const struct table *table, size_t column)
{
	return table->headings[column] + (is_right_aligned(table, column) ? 1 : 0);
}

/* Trailing spaces are left out, so that the output can be compared and copied. */
static bool is_rest_empty(const struct table *table, char *const *cells, size_t column)
{
	for (size_t i = column; i < table->columns; i++) {
		if (cells ? cells[i][0] != '\0' : heading_text(table, i)[0] != '\0')
			return false;
	}
	return true;
}

struct line {
	const struct table *table;
	const struct tool *tool;
	const size_t *widths;
	size_t indent;
	size_t terminal; /* columns; 0: no bound */
};

static void print_cell(const struct line *line, const char *text, size_t column, size_t at, enum table_style style,
		       bool pad)
{
	size_t width = text_width(text);
	size_t shown = width;
	bool right = is_right_aligned(line->table, column);
	size_t space = line->widths[column] > width ? line->widths[column] - width : 0;

	/* What went wrong is never cut. */
	if (column + 1 == line->table->columns && style != TABLE_BAD && line->terminal > at + 8 &&
	    at + width > line->terminal)
		shown = line->terminal - at - 3;
	if (right)
		printf("%*s", (int)space, "");
	printf("%s%.*s%s%s", text_style_on(line->tool, style), (int)text_prefix(text, shown), text,
	       shown < width ? "..." : "", text_style_off(line->tool, style));
	if (!right && pad)
		printf("%*s", (int)space, "");
}

static void print_line(const struct line *line, const struct row *row)
{
	const struct table *table = line->table;
	char *const *cells = row ? row->cells : NULL;
	size_t at = line->indent;

	printf("%*s", (int)line->indent, "");
	for (size_t i = 0; i < table->columns && !is_rest_empty(table, cells, i); i++) {
		bool more = i + 1 < table->columns && !is_rest_empty(table, cells, i + 1);
		const char *text = cells ? cells[i] : heading_text(table, i);

		print_cell(line, text, i, at, row ? row->styles[i] : TABLE_DIM, more);
		at += line->widths[i] + COLUMN_GAP;
		if (more)
			printf("%*s", COLUMN_GAP, "");
	}
	putchar('\n');
}

static void measure(const struct table *table, size_t *widths)
{
	for (size_t c = 0; c < table->columns; c++) {
		widths[c] = table->print_headings ? text_width(heading_text(table, c)) : 0;
		for (size_t r = 0; r < table->row_count; r++) {
			size_t width = text_width(table->rows[r].cells[c]);

			widths[c] = width > widths[c] ? width : widths[c];
		}
	}
}

static void print_rows(const struct line *line)
{
	const struct table *table = line->table;

	if (table->print_headings)
		print_line(line, NULL);
	for (size_t r = 0; r < table->row_count; r++) {
		const struct row *row = &table->rows[r];

		print_line(line, row);
		for (size_t i = 0; i < row->note_count; i++)
			text_print(line->tool, line->indent + NOTE_INDENT, row->note_styles[i], row->notes[i]);
	}
}

int table_print(const struct table *table, const struct tool *tool, size_t indent)
{
	size_t *widths = table && !table->failed ? calloc(table->columns, sizeof(*widths)) : NULL;
	const struct line line = {
		.table = table,
		.tool = tool,
		.widths = widths,
		.indent = indent,
		.terminal = tool->verbose ? 0 : terminal_width(),
	};

	if (!widths) {
		fprintf(stderr, "%s: out of memory\n", tool->command);
		return TOOL_MACHINE_FAILED;
	}
	measure(table, widths);
	print_rows(&line);
	free(widths);
	return TOOL_DONE;
}

/* How many bytes of text go on a line of so many characters: up to the last space that fits. */
static size_t line_length(const char *text, size_t length, size_t width)
{
	size_t fits = width ? text_prefix(text, width) : length;
	size_t cut;

	if (fits >= length)
		return length;
	for (cut = fits; cut > 0 && text[cut] != ' '; cut--)
		continue;
	return cut ? cut : fits;
}

static void print_clean(const char *text, size_t length)
{
	char *copy = clean_text(strndup(text, length));

	fputs(copy ? copy : "", stdout);
	free(copy);
}

void text_print(const struct tool *tool, size_t indent, enum table_style style, const char *text)
{
	size_t terminal = terminal_width();
	size_t hanging = 0;
	bool is_continued = false;

	while (*text) {
		size_t left = indent + (is_continued ? hanging : 0);
		size_t width = terminal > left + 20 ? terminal - left : 0;
		size_t length = line_length(text, strcspn(text, "\n"), width);

		/* The rest of a line that is wrapped stands below its own first word, a little to the right. */
		if (!is_continued)
			hanging = strspn(text, " ") + 2;
		printf("%*s%s", (int)left, "", text_style_on(tool, style));
		print_clean(text, length);
		printf("%s\n", text_style_off(tool, style));
		is_continued = text[length] == ' ';
		text += length;
		if (*text == '\n' || *text == ' ')
			text++;
	}
}

char *text_number(uint64_t number, char buf[TEXT_NUMBER_SIZE])
{
	char digits[TEXT_NUMBER_SIZE];
	size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, number);
	char *out = buf;

	for (size_t i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return buf;
}

char *text_bytes_or_dash(uint64_t bytes, char buf[TEXT_NUMBER_SIZE])
{
	if (bytes)
		return text_number(bytes, buf);
	buf[0] = '-';
	buf[1] = '\0';
	return buf;
}
