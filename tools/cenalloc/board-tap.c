/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The report as TAP, and as one JSON document. */
#include <json-c/json.h>
#include <string.h>

#include "board.h"
#include "json.h"

/* '#' begins a directive, and '\' escapes it. */
static void write_description(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '#' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void write_comment(FILE *out, const char *label, const char *text)
{
	while (text && *text) {
		size_t length = strcspn(text, "\n");

		fprintf(out, "#   %s%.*s\n", label, (int)length, text);
		text += length + (text[length] == '\n');
	}
}

static void write_facts(FILE *out, const struct board_result *result)
{
	if (result->texts[BOARD_DEVICE])
		write_comment(out, "device: ", result->texts[BOARD_DEVICE]);
	if (result->texts[BOARD_CALL])
		write_comment(out, "call: ", result->texts[BOARD_CALL]);
	if (result->errnum)
		fprintf(out, "#   errno: %d (%s)\n", result->errnum, strerror(result->errnum));
	if (result->wanted || result->held)
		fprintf(out, "#   bytes: wanted %llu, held %llu\n", (unsigned long long)result->wanted,
			(unsigned long long)result->held);
}

static void write_result(FILE *out, size_t number, const struct board_result *result)
{
	static const char *const directives[BOARD_OUTCOMES] = {
		[BOARD_SKIPPED] = "SKIP", [BOARD_NO_PLAN] = "SKIP", [BOARD_TODO] = "TODO"};
	/* A TODO that is "not ok" is what is known not to work. */
	bool is_ok = result->outcome != BOARD_FAILED && result->outcome != BOARD_TODO;
	const char *summary = result->texts[BOARD_SUMMARY];

	fprintf(out, "%s %zu - ", is_ok ? "ok" : "not ok", number);
	write_description(out, result->texts[BOARD_NAME]);
	if (directives[result->outcome])
		fprintf(out, " # %s %s", directives[result->outcome], summary ? summary : "");
	fputc('\n', out);
	if (!directives[result->outcome])
		write_comment(out, "", summary);
	if (result->outcome == BOARD_FAILED)
		write_facts(out, result);
	if (result->outcome != BOARD_PASSED)
		write_comment(out, "", result->texts[BOARD_DETAIL]);
}

void board_write_tap(const struct board *board, FILE *out)
{
	struct board_facts facts;

	board_facts_read(board, &facts);
	fputs("TAP version 13\n", out);
	fprintf(out, "1..%zu\n", board->result_count);
	fprintf(out, "# cenalloc %s board-test, %s\n", cen_version(), facts.date);
	fprintf(out, "# machine: %s\n# kernel: %s %s\n", facts.model[0] ? facts.model : "not known", facts.kernel,
		facts.architecture);
	fprintf(out, "# %zu combinations, %zu tried\n", board->case_count, board->chosen);
	for (size_t i = 0; i < board->result_count; i++)
		write_result(out, i + 1, &board->results[i]);
}

static void add_left_out(const struct board *board, struct json_object *list)
{
	char name[BOARD_NAME_SIZE];

	for (size_t i = board->chosen; i < board->case_count; i++)
		json_object_array_add(list, json_text(board_case_name(board, &board->cases[i], name)));
}

struct json_object *board_json(const struct board *board)
{
	struct json_object *object = json_object_new_object(), *list;
	struct board_facts facts;

	board_facts_read(board, &facts);
	json_add_text(object, "version", cen_version());
	json_add_text(object, "date", facts.date);
	json_add_text(object, "model", facts.model);
	json_add_text(object, "kernel", facts.kernel);
	json_add_text(object, "architecture", facts.architecture);
	json_add_number(object, "combinations", board->case_count);
	json_add_number(object, "tried", board->chosen);
	json_add_bool(object, "stopped", board->stopped != 0);
	for (enum board_outcome i = 0; i < BOARD_OUTCOMES; i++)
		json_add_number(object, i == BOARD_NO_PLAN ? "no_plan" : board_outcome_get_name(i), board->counts[i]);
	list = json_add(object, "tests", json_object_new_array());
	for (size_t i = 0; i < board->result_count; i++)
		json_object_array_add(list, board_result_json(&board->results[i]));
	list = json_add(object, "left_out", json_object_new_array());
	add_left_out(board, list);
	return object;
}
