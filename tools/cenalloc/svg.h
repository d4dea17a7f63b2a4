/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Pictures for a browser, light or dark. Positions and sizes are in pixels. Text is what drivers and plug-ins chose: it
 * is escaped, and cut to the room that it is given, by the widths of a wide font.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum svg_paint {
	SVG_PLAIN,
	SVG_GOOD,
	SVG_BAD,
	SVG_WARN,
	SVG_ACCENT,
	SVG_MUTED,
};

enum svg_font {
	SVG_TITLE,
	SVG_HEAD,
	SVG_BODY,
	SVG_SMALL,
};

struct svg_box {
	int x, y, width, height;
};

/* Title and description are for those who cannot see the picture; neither may be empty. */
void svg_begin(FILE *out, int width, int height, const char *title, const char *description);
void svg_end(FILE *out);

void svg_rect(FILE *out, struct svg_box box, enum svg_paint paint);
/* Only the border, thick. */
void svg_frame(FILE *out, struct svg_box box, enum svg_paint paint);
void svg_line(FILE *out, int x1, int y1, int x2, int y2, enum svg_paint paint);
/* The same with a tip at its end. */
void svg_arrow(FILE *out, int x1, int y1, int x2, int y2, enum svg_paint paint);

/* One line with its base at y, cut to the room with an ellipsis. */
void svg_text(FILE *out, int x, int y, int room, enum svg_font font, enum svg_paint paint, const char *text);
/* Several lines, broken at blanks; what does not fit is cut. Returns how many were written. */
int svg_paragraph(FILE *out, struct svg_box box, enum svg_font font, enum svg_paint paint, const char *text);
/* How many lines a paragraph takes at most. */
int svg_count_lines(int room, enum svg_font font, const char *text);

/*
 * A column of text from top to bottom. With out NULL nothing is written: what y comes to then is the height.
 */
struct svg_column {
	FILE *out;
	int x, y, width;
};

/* A text of at most so many lines. */
void svg_column_add(struct svg_column *column, enum svg_font font, enum svg_paint paint, int lines, const char *text);
/* The same from a format. */
void svg_column_print(struct svg_column *column, enum svg_font font, enum svg_paint paint, int lines,
		      const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Pixels from one line to the next. */
int svg_line_height(enum svg_font font);
/* The pixels that a text takes at most. */
int svg_text_width(enum svg_font font, const char *text);
