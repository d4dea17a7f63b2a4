/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Results of the board test: texts, facts, and their way through the pipe of the worker. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "board.h"
#include "clean.h"
#include "json.h"

static const char *const outcome_names[BOARD_OUTCOMES] = {"passed", "failed", "skipped", "no plan", "todo"};
static const char *const text_keys[BOARD_TEXTS] = {"name", "summary", "detail", "device", "call"};

const char *board_outcome_get_name(enum board_outcome outcome)
{
	return outcome_names[outcome];
}

/* Takes text. What drivers say goes into reports that others open: no control characters, valid UTF-8. */
static void keep(struct board_result *result, enum board_text which, char *text)
{
	free(result->texts[which]);
	result->texts[which] = text;
	if (which != BOARD_DETAIL) {
		clean_text(text);
		return;
	}
	for (char *line = text, *end; line; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end = '\0';
		clean_text(line);
		if (end)
			*end++ = '\n';
	}
}

void board_result_set(struct board_result *result, enum board_text which, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	keep(result, which, text);
}

void board_result_add(struct board_result *result, const char *format, ...)
{
	const char *before = result->texts[BOARD_DETAIL];
	char *line = NULL, *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&line, format, args) < 0)
		line = NULL;
	va_end(args);
	if (line && asprintf(&text, "%s%s%s", before ? before : "", before ? "\n" : "", line) < 0)
		text = NULL;
	free(line);
	if (text)
		keep(result, BOARD_DETAIL, text);
}

void board_result_blame(struct board_result *result, int ret, const struct cen_error *err)
{
	const char *device = err ? cen_error_get_device(err) : NULL;
	const char *call = err ? cen_error_get_call(err) : NULL;
	const char *message = err ? cen_error_get_message(err) : strerror(-ret);

	result->errnum = -ret;
	result->wanted = err ? cen_error_get_wanted(err) : 0;
	result->held = err ? cen_error_get_held(err) : 0;
	if (device)
		board_result_set(result, BOARD_DEVICE, "%s", device);
	if (call)
		board_result_set(result, BOARD_CALL, "%s", call);
	if (result->texts[BOARD_SUMMARY])
		board_result_add(result, "%s", message);
	else
		board_result_set(result, BOARD_SUMMARY, "%s", message);
}

void board_result_clear(struct board_result *result)
{
	for (size_t i = 0; i < BOARD_TEXTS; i++)
		free(result->texts[i]);
	*result = (struct board_result){0};
}

struct json_object *board_result_json(const struct board_result *result)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "outcome", outcome_names[result->outcome]);
	for (size_t i = 0; i < BOARD_TEXTS; i++)
		json_add_text(object, text_keys[i], result->texts[i]);
	json_add_known(object, "errno", (uint64_t)(result->errnum > 0 ? result->errnum : 0));
	json_add_known(object, "wanted_bytes", result->wanted);
	json_add_known(object, "held_bytes", result->held);
	json_add_number(object, "milliseconds", result->ms);
	return object;
}

static uint64_t get_number(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) ? json_object_get_uint64(value) : 0;
}

bool board_result_from_json(struct json_object *object, struct board_result *out)
{
	struct json_object *value;
	const char *outcome;

	*out = (struct board_result){.outcome = BOARD_OUTCOMES};
	if (!json_object_object_get_ex(object, "outcome", &value))
		return false;
	outcome = json_object_get_string(value);
	for (enum board_outcome i = 0; outcome && i < BOARD_OUTCOMES; i++) {
		if (strcmp(outcome, outcome_names[i]) == 0)
			out->outcome = i;
	}
	if (out->outcome == BOARD_OUTCOMES)
		return false;
	for (enum board_text i = 0; i < BOARD_TEXTS; i++) {
		if (json_object_object_get_ex(object, text_keys[i], &value) && value)
			keep(out, i, strdup(json_object_get_string(value)));
	}
	out->errnum = (int)get_number(object, "errno");
	out->wanted = get_number(object, "wanted_bytes");
	out->held = get_number(object, "held_bytes");
	out->ms = (uint32_t)get_number(object, "milliseconds");
	return true;
}

int board_add_result(struct board *board, struct board_result *result)
{
	struct board_result *grown = reallocarray(board->results, board->result_count + 1, sizeof(*grown));

	if (!grown) {
		board_result_clear(result);
		return -ENOMEM;
	}
	board->results = grown;
	if (!result->texts[BOARD_NAME])
		board_result_set(result, BOARD_NAME, "a test without a name");
	board->counts[result->outcome]++;
	grown[board->result_count++] = *result;
	*result = (struct board_result){0};
	return 0;
}
