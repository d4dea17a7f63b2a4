/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Text for a terminal: aligned tables, wrapped paragraphs, colour, numbers with separators. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tool.h"

enum table_style {
	TABLE_PLAIN,
	TABLE_BOLD,
	TABLE_DIM,
	TABLE_GOOD,
	TABLE_BAD,
};

struct table;

/*
 * headings: one per column; a '>' in front aligns the column to the right. With print_headings false they only give
 * the alignment. NULL when there is no memory, which every function below accepts.
 */
struct table *table_create(const char *const *headings, size_t columns, bool print_headings);
/* NULL is allowed. */
void table_destroy(struct table *table);
void table_cleanup(struct table **table);

/* One row: as many strings as there are columns, copied; NULL is an empty cell. */
void table_add(struct table *table, const char *const *cells);
/* The style of a cell of the row that was added last. */
void table_set_style(struct table *table, size_t column, enum table_style style);
/* A paragraph under the row that was added last, indented. */
void table_add_note(struct table *table, enum table_style style, const char *text);

/*
 * Print to stdout, every line indented. On a terminal the last column is cut where it does not fit (not when verbose,
 * not in TABLE_BAD), and paragraphs are wrapped. Returns a tool_status.
 */
int table_print(const struct table *table, const struct tool *tool, size_t indent);

/* A paragraph on stdout, wrapped when stdout is a terminal; every line of text begins with the indent. */
void text_print(const struct tool *tool, size_t indent, enum table_style style, const char *text);

/* The escape sequences of a style, or "" where colour is off. */
const char *text_style_on(const struct tool *tool, enum table_style style);
const char *text_style_off(const struct tool *tool, enum table_style style);

/* "3,110,400". Returns buf. */
#define TEXT_NUMBER_SIZE 32
char *text_number(uint64_t number, char buf[TEXT_NUMBER_SIZE]);
/* "3,110,400", or "-" for 0, which stands for not known. Returns buf. */
char *text_bytes_or_dash(uint64_t bytes, char buf[TEXT_NUMBER_SIZE]);
