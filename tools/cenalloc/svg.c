/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Pictures for a browser, light or dark. */
#include "svg.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "clean.h"

/* Widths of ' ' to '~' in hundredths of the font's size, as in DejaVu Sans, which is wider than most. */
static const uint8_t widths[] = {
	32, 41, 46, 84, 64, 96, 78, 28, 39,  39, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
	64, 64, 34, 34, 84, 84, 84, 54, 100, 69, 69, 70, 77, 64, 58, 78, 76, 30, 30, 66, 56, 87, 75, 79,
	61, 79, 70, 64, 62, 74, 69, 99, 69,  62, 69, 39, 34, 39, 84, 50, 50, 62, 64, 55, 64, 62, 36, 64,
	64, 28, 28, 58, 28, 98, 64, 62, 64,  64, 42, 53, 40, 64, 60, 82, 60, 60, 53, 64, 34, 64, 84,
};
/* Of what is no ASCII: a full square. */
#define WIDTH_OTHER 100
#define WIDTH_BOLD 112 /* per cent of plain */

static const struct {
	int size, line;
	bool is_bold;
	const char *name;
} fonts[] = {
	[SVG_TITLE] = {17, 24, true, "title"},
	[SVG_HEAD] = {14, 19, true, "head"},
	[SVG_BODY] = {13, 18, false, "body"},
	[SVG_SMALL] = {11, 15, false, "small"},
};

static const char *const paints[] = {
	[SVG_PLAIN] = "plain", [SVG_GOOD] = "good",     [SVG_BAD] = "bad",
	[SVG_WARN] = "warn",   [SVG_ACCENT] = "accent", [SVG_MUTED] = "muted",
};

/* Fill, line and ink of each paint, by light and by night. */
static const char style[] =
	"\t<style>\n"
	"\t\t.paper { fill: #ffffff; }\n"
	"\t\trect.plain { fill: #f3f5f7; stroke: #8c959f; }\n"
	"\t\trect.good { fill: #e3f2e7; stroke: #2f7d4a; }\n"
	"\t\trect.bad { fill: #fae7e5; stroke: #b3453a; }\n"
	"\t\trect.warn { fill: #fbf1d9; stroke: #9a6b00; }\n"
	"\t\trect.accent { fill: #e6eef8; stroke: #2a64a8; }\n"
	"\t\trect.muted { fill: #fafbfc; stroke: #c3c9cf; }\n"
	"\t\trect.frame { fill: none; stroke-width: 2.5; }\n"
	"\t\tline { stroke: #57606a; stroke-width: 1.5; }\n"
	"\t\tline.good { stroke: #2f7d4a; } line.bad { stroke: #b3453a; stroke-width: 2.5; }\n"
	"\t\tpath { fill: #57606a; } path.good { fill: #2f7d4a; } path.bad { fill: #b3453a; }\n"
	"\t\ttext { fill: #1f2328; } text.muted { fill: #57606a; } text.good { fill: #1f6b3a; }\n"
	"\t\ttext.bad { fill: #9d3127; } text.warn { fill: #7d5700; } text.accent { fill: #1d5394; }\n"
	"\t\t.title { font-size: 17px; font-weight: 600; } .head { font-size: 14px; font-weight: 600; }\n"
	"\t\t.body { font-size: 13px; } .small { font-size: 11px; }\n"
	"\t\t@media (prefers-color-scheme: dark) {\n"
	"\t\t\t.paper { fill: #0d1117; }\n"
	"\t\t\trect.plain { fill: #1c2129; stroke: #8b949e; }\n"
	"\t\t\trect.good { fill: #12261a; stroke: #4cb071; }\n"
	"\t\t\trect.bad { fill: #311a18; stroke: #e5786c; }\n"
	"\t\t\trect.warn { fill: #2d2410; stroke: #d6a437; }\n"
	"\t\t\trect.accent { fill: #12233a; stroke: #6ea8ec; }\n"
	"\t\t\trect.muted { fill: #11161d; stroke: #3d444d; }\n"
	"\t\t\trect.frame { fill: none; }\n"
	"\t\t\tline { stroke: #8b949e; } line.good { stroke: #4cb071; } line.bad { stroke: #e5786c; }\n"
	"\t\t\tpath { fill: #8b949e; } path.good { fill: #4cb071; } path.bad { fill: #e5786c; }\n"
	"\t\t\ttext { fill: #e6edf3; } text.muted { fill: #9aa4af; } text.good { fill: #7fd39b; }\n"
	"\t\t\ttext.bad { fill: #f0a198; } text.warn { fill: #e3bd62; } text.accent { fill: #8fbdf2; }\n"
	"\t\t}\n"
	"\t</style>\n";

/* XML has no way to write U+FFFE and U+FFFF; the other characters that it lacks are control characters. */
static bool is_writable(const char *c, size_t length)
{
	return !(length == 3 && memcmp(c, "\xef\xbf", 2) == 0 && (unsigned char)c[2] >= 0xbe);
}

static void put_escaped(FILE *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length;) {
		size_t bytes = clean_sequence_length(text + i);

		bytes = bytes ? bytes : 1;
		if (!is_writable(text + i, bytes))
			fputc('?', out);
		else if (text[i] == '&')
			fputs("&amp;", out);
		else if (text[i] == '<')
			fputs("&lt;", out);
		else if (text[i] == '>')
			fputs("&gt;", out);
		else
			fwrite(text + i, 1, bytes, out);
		i += bytes;
	}
}

/* A copy with blanks for control characters, which XML cannot hold; NULL where there is no memory. */
static char *copy_clean(const char *text)
{
	return clean_text(strdup(text));
}

/* One character in hundredths of a pixel. */
static int advance(enum svg_font font, const char *c)
{
	unsigned char byte = (unsigned char)*c;
	int width = byte >= ' ' && byte <= '~' ? widths[byte - ' '] : WIDTH_OTHER;

	width *= fonts[font].size;
	return fonts[font].is_bold ? width * WIDTH_BOLD / 100 : width;
}

int svg_text_width(enum svg_font font, const char *text)
{
	int64_t width = 0;

	while (*text) {
		size_t bytes = clean_sequence_length(text);

		width += advance(font, text);
		text += bytes ? bytes : 1;
	}
	return (int)((width + 99) / 100 < INT32_MAX ? (width + 99) / 100 : INT32_MAX);
}

/* The bytes of text that fit into a room. */
static size_t fitting(enum svg_font font, const char *text, int room)
{
	int width = 0;
	size_t used = 0;

	while (text[used]) {
		size_t bytes = clean_sequence_length(text + used);

		width += advance(font, text + used);
		if (width > room * 100)
			break;
		used += bytes ? bytes : 1;
	}
	return used;
}

int svg_line_height(enum svg_font font)
{
	return fonts[font].line;
}

void svg_begin(FILE *out, int width, int height, const char *title, const char *description)
{
	char *clean_title = copy_clean(title), *clean_description = copy_clean(description);

	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
		"role=\"img\"\n"
		"\taria-labelledby=\"title desc\" font-family=\"system-ui, 'DejaVu Sans', sans-serif\">\n"
		"\t<title id=\"title\">",
		width, height, width, height);
	put_escaped(out, clean_title ? clean_title : "", clean_title ? strlen(clean_title) : 0);
	fputs("</title>\n\t<desc id=\"desc\">", out);
	put_escaped(out, clean_description ? clean_description : "", clean_description ? strlen(clean_description) : 0);
	fprintf(out, "</desc>\n%s\t<rect class=\"paper\" width=\"%d\" height=\"%d\"/>\n", style, width, height);
	free(clean_title);
	free(clean_description);
}

void svg_end(FILE *out)
{
	fputs("</svg>\n", out);
}

static void put_rect(FILE *out, struct svg_box box, enum svg_paint paint, const char *more)
{
	fprintf(out, "\t<rect class=\"%s%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"5\"/>\n", paints[paint],
		more, box.x, box.y, box.width, box.height);
}

void svg_rect(FILE *out, struct svg_box box, enum svg_paint paint)
{
	put_rect(out, box, paint, "");
}

void svg_frame(FILE *out, struct svg_box box, enum svg_paint paint)
{
	put_rect(out, box, paint, " frame");
}

void svg_line(FILE *out, int x1, int y1, int x2, int y2, enum svg_paint paint)
{
	fprintf(out, "\t<line class=\"%s\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", paints[paint], x1, y1, x2, y2);
}

/* Along an axis. The tip is drawn, not a marker: a marker does not take the line's paint everywhere. */
void svg_arrow(FILE *out, int x1, int y1, int x2, int y2, enum svg_paint paint)
{
	bool is_level = y1 == y2;
	int back = is_level ? (x2 > x1 ? -9 : 9) : (y2 > y1 ? -9 : 9);
	int x = x2 + (is_level ? back : 0), y = y2 + (is_level ? 0 : back);
	int aside_x = is_level ? 0 : 5, aside_y = is_level ? 5 : 0;

	svg_line(out, x1, y1, x, y, paint);
	fprintf(out, "\t<path class=\"%s\" d=\"M%d %d L%d %d L%d %d Z\"/>\n", paints[paint], x2, y2, x + aside_x,
		y + aside_y, x - aside_x, y - aside_y);
}

static void put_line(FILE *out, int x, int y, enum svg_font font, enum svg_paint paint, const char *text, size_t length,
		     const char *more)
{
	fprintf(out, "\t<text class=\"%s %s\" x=\"%d\" y=\"%d\">", fonts[font].name, paints[paint], x, y);
	put_escaped(out, text, length);
	fprintf(out, "%s</text>\n", more);
}

static void put_cut(FILE *out, int x, int y, int room, enum svg_font font, enum svg_paint paint, const char *text)
{
	/* The ellipsis is one character of an em. */
	size_t length = strlen(text), fits = fitting(font, text, room);

	if (fits < length)
		put_line(out, x, y, font, paint, text, fitting(font, text, room - fonts[font].size), "\xe2\x80\xa6");
	else
		put_line(out, x, y, font, paint, text, length, "");
}

void svg_text(FILE *out, int x, int y, int room, enum svg_font font, enum svg_paint paint, const char *text)
{
	char *copy = copy_clean(text);

	if (copy)
		put_cut(out, x, y, room, font, paint, copy);
	free(copy);
}

/* The bytes of the first line of a paragraph: up to a blank, or where there is none as many as fit, at least one. */
static size_t line_length(enum svg_font font, const char *text, int room)
{
	size_t fits = fitting(font, text, room), cut;

	if (!text[fits])
		return fits;
	for (cut = fits; cut > 0 && text[cut] != ' '; cut--)
		;
	if (cut || fits)
		return cut ? cut : fits;
	cut = clean_sequence_length(text);
	return cut ? cut : 1;
}

int svg_count_lines(int room, enum svg_font font, const char *text)
{
	char *copy = copy_clean(text);
	int lines = 0;

	for (const char *rest = copy; rest && *rest; lines++) {
		rest += line_length(font, rest, room);
		rest += strspn(rest, " ");
	}
	free(copy);
	return lines;
}

int svg_paragraph(FILE *out, struct svg_box box, enum svg_font font, enum svg_paint paint, const char *text)
{
	char *copy = copy_clean(text);
	int most = box.height / fonts[font].line, lines = 0;

	for (const char *rest = copy; rest && *rest && lines < most; lines++) {
		size_t length = line_length(font, rest, box.width);
		int y = box.y + lines * fonts[font].line + fonts[font].size;

		if (lines + 1 == most)
			put_cut(out, box.x, y, box.width, font, paint, rest);
		else
			put_line(out, box.x, y, font, paint, rest, length, "");
		rest += length;
		rest += strspn(rest, " ");
	}
	free(copy);
	return lines;
}

void svg_column_add(struct svg_column *column, enum svg_font font, enum svg_paint paint, int lines, const char *text)
{
	int needed = svg_count_lines(column->width, font, text);
	struct svg_box box = {column->x, column->y, column->width, 0};

	needed = needed < lines ? needed : lines;
	box.height = needed * fonts[font].line;
	if (column->out)
		svg_paragraph(column->out, box, font, paint, text);
	column->y += box.height;
}

void svg_column_print(struct svg_column *column, enum svg_font font, enum svg_paint paint, int lines,
		      const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	svg_column_add(column, font, paint, lines, text);
}
