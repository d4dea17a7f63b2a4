/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Formats against devices: who takes what, where they meet, and what rules out the rest. */
#pragma once

#include <stdio.h>

#include "solve-options.h"

#define MATRIX_HINT_SIZE 96

enum matrix_state {
	MATRIX_NO, /* the device does not take the format */
	MATRIX_SIZE, /* not at this size */
	MATRIX_TAKES,
};

/* What one usage says to one format. */
struct matrix_cell {
	enum matrix_state state;
	bool has_linear;
	bool has_implicit; /* CEN_MODIFIER_INVALID is among them */
	size_t vendor_count; /* modifiers beside these two */
	char hint[MATRIX_HINT_SIZE]; /* what it asks for, in few words: "stride by 64, contiguous"; may be empty */
};

/* One format. */
struct matrix_row {
	uint32_t fourcc;
	struct matrix_cell *cells; /* one per usage */
	size_t takers; /* usages that take it at this size */
	uint64_t *shared; /* modifiers that all usages have for it, those that the request does not want left out */
	size_t shared_count;
	bool has_plan;
	uint64_t modifier; /* of the best plan */
	char *allocator; /* of the best plan; NULL without one */
	uint32_t dimension; /* enum cen_dimension, without a plan */
	uint64_t culprits; /* without a plan: bit n: usage n is one of the smallest set that cannot hold together */
	char *reason; /* without a plan: who requires what, in words; NULL with one */
};

struct matrix {
	uint32_t width, height, count;
	size_t usage_count;
	char **devices; /* per usage: its path, as the machine has it */
	uint32_t *usages;
	struct matrix_row *rows; /* in the request's order; without one those with a plan first, then by takers */
	size_t row_count;
};

/*
 * What the device of one usage accepts, in all formats. The device is of the machine, the caller owns *caps. Returns a
 * tool_status.
 */
int matrix_ask(const struct tool *tool, const struct solve_options *options, size_t usage,
	       const struct cen_device **device, struct cen_capabilities **caps);

/*
 * Asks each device once for all formats, and solves once for each: the request's, or all that any of the devices has.
 * The machine of the tool is open, and the map of the options in force. The caller owns *out. Returns a tool_status;
 * a format without a plan is no failure.
 */
int matrix_create(struct tool *tool, const struct solve_options *options, struct matrix **out);
/* NULL is allowed. */
void matrix_destroy(struct matrix *matrix);
void matrix_cleanup(struct matrix **matrix);

/* "no", "LINEAR", "LINEAR +3", "4 modifiers", "not this size". Returns buf. */
#define MATRIX_CELL_SIZE 48
char *matrix_cell_text(const struct matrix_cell *cell, char buf[MATRIX_CELL_SIZE]);
/* What all usages have in common: "LINEAR +1", "none". Returns buf. */
char *matrix_shared_text(const struct matrix_row *row, char buf[MATRIX_CELL_SIZE]);
/* "LINEAR from cma", or the dimension, and the reason behind it. Returns buf. */
char *matrix_result_text(const struct matrix_row *row, char *buf, size_t size);

/* The table on standard output. Returns a tool_status. */
int matrix_print_text(const struct matrix *matrix, const struct tool *tool);
/* A whole SVG document. Failures of the stream are left in it: ferror(). */
void matrix_write_svg(const struct matrix *matrix, FILE *out);
struct json_object;
struct json_object *matrix_json(const struct matrix *matrix);
