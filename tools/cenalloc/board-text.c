/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The board test on a terminal: progress on stderr, the table on stdout. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "board.h"
#include "table.h"

/* Where stderr is a file, so often at most. */
#define QUIET_SECONDS 10

static void print_left(double seconds)
{
	if (seconds >= 90)
		fprintf(stderr, ", about %.0f min left", (seconds + 30) / 60);
	else
		fprintf(stderr, ", about %.0f s left", seconds < 1 ? 1 : seconds);
}

void board_progress(const struct board *board, size_t done, size_t total, const char *what)
{
	static time_t begun, last;
	bool is_terminal = isatty(STDERR_FILENO);
	time_t now = time(NULL);

	if (done == 0 || !begun)
		begun = now;
	if (!is_terminal && done && now - last < QUIET_SECONDS)
		return;
	last = now;
	fprintf(stderr, "%s%s: %zu of %zu", is_terminal ? "\r\x1b[K" : "", board->tool->command, done, total);
	if (done && now > begun)
		print_left((double)(now - begun) * (double)(total - done) / (double)done);
	if (board->counts[BOARD_FAILED])
		fprintf(stderr, ", %u failed", board->counts[BOARD_FAILED]);
	/* A terminal's line is the end: what is longer would not be overwritten. */
	fprintf(stderr, is_terminal ? ": %.60s" : ": %s\n", what);
	fflush(stderr);
}

void board_progress_end(const struct board *board)
{
	(void)board;
	if (isatty(STDERR_FILENO))
		fputs("\r\x1b[K", stderr);
}

static enum table_style style_of(enum board_outcome outcome)
{
	switch (outcome) {
	case BOARD_PASSED:
		return TABLE_GOOD;
	case BOARD_FAILED:
		return TABLE_BAD;
	default:
		return TABLE_DIM;
	}
}

static void add_failure(struct table *table, const struct board_result *result)
{
	char line[256];

	if (result->texts[BOARD_DEVICE])
		table_add_note(table, TABLE_PLAIN, result->texts[BOARD_DEVICE]);
	snprintf(line, sizeof(line), "%s%s%s", result->texts[BOARD_CALL] ? result->texts[BOARD_CALL] : "",
		 result->texts[BOARD_CALL] && result->errnum ? ": " : "",
		 result->errnum ? strerror(result->errnum) : "");
	if (line[0])
		table_add_note(table, TABLE_PLAIN, line);
	if (result->wanted || result->held) {
		char wanted[TEXT_NUMBER_SIZE], held[TEXT_NUMBER_SIZE];

		snprintf(line, sizeof(line), "wanted %s bytes, held %s", text_number(result->wanted, wanted),
			 text_number(result->held, held));
		table_add_note(table, TABLE_PLAIN, line);
	}
}

static void add_detail(struct table *table, const char *text)
{
	_cleanup_free_ char *copy = text ? strdup(text) : NULL;
	char *save = NULL;

	for (char *line = copy ? strtok_r(copy, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save))
		table_add_note(table, TABLE_DIM, line);
}

static void add_row(struct table *table, const struct board_result *result, bool is_verbose)
{
	table_add(table, (const char *const[]){
				 board_outcome_get_name(result->outcome),
				 result->texts[BOARD_NAME],
				 result->texts[BOARD_SUMMARY],
			 });
	table_set_style(table, 0, style_of(result->outcome));
	if (result->outcome == BOARD_FAILED)
		add_failure(table, result);
	if (is_verbose || result->outcome == BOARD_FAILED || result->outcome == BOARD_TODO ||
	    result->outcome == BOARD_NO_PLAN)
		add_detail(table, result->texts[BOARD_DETAIL]);
}

/* "capture=... NV12: plan 1, from system": the bytes of the combination. */
static size_t group_length(const struct board_result *result)
{
	const char *end = strrchr(result->texts[BOARD_NAME], ':');

	return end && end[1] == ' ' ? (size_t)(end - result->texts[BOARD_NAME]) : 0;
}

/* What passed of one combination is one row: "plan 1, from system; stream from /dev/video0". Returns how many it were. */
static size_t add_group(struct table *table, const struct board *board, size_t first)
{
	const struct board_result *result = &board->results[first];
	size_t length = group_length(result), count = 0, used = 0;
	char group[BOARD_NAME_SIZE], what[BOARD_NAME_SIZE];

	snprintf(group, sizeof(group), "%.*s", (int)length, result->texts[BOARD_NAME]);
	for (; first + count < board->result_count; count++, result++) {
		if (result->outcome != BOARD_PASSED || group_length(result) != length ||
		    strncmp(result->texts[BOARD_NAME], group, length) != 0)
			break;
		if (used < sizeof(what))
			used += (size_t)snprintf(what + used, sizeof(what) - used, "%s%s", count ? "; " : "",
						 result->texts[BOARD_NAME] + length + 2);
	}
	table_add(table, (const char *const[]){board_outcome_get_name(BOARD_PASSED), group, what});
	table_set_style(table, 0, TABLE_GOOD);
	return count;
}

/* Not verbose: what there is to do something about, and what was tried. */
static int print_results(const struct board *board)
{
	static const char *const headings[] = {"RESULT", "TEST", "WHAT"};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);
	bool is_verbose = board->tool->verbose, is_pipeline = board->options.usage_count > 0;

	for (size_t i = 0; i < board->result_count; i++) {
		const struct board_result *result = &board->results[i];

		if (!is_verbose && result->outcome == BOARD_PASSED && group_length(result))
			i += add_group(table, board, i) - 1;
		else if (is_verbose || result->outcome == BOARD_FAILED || result->outcome == BOARD_TODO ||
			 (is_pipeline && result->outcome != BOARD_PASSED))
			add_row(table, result, is_verbose);
	}
	return table_print(table, board->tool, 0);
}

int board_print_table(const struct board *board)
{
	const uint32_t *counts = board->counts;
	int status = print_results(board);

	printf("\n%u passed, %u failed, %u without a plan, %u skipped", counts[BOARD_PASSED], counts[BOARD_FAILED],
	       counts[BOARD_NO_PLAN], counts[BOARD_SKIPPED]);
	if (counts[BOARD_TODO])
		printf(", %u where the solver is too careful", counts[BOARD_TODO]);
	putchar('\n');
	if (board->case_count > board->chosen)
		printf("%zu of %zu combinations were tried; the report lists the others, --full tries all\n",
		       board->chosen, board->case_count);
	return status;
}
