/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The machine as a machine file, in the worker: with it others can solve for this board, and see whether the failure is
 * one of the solver or of the driver.
 */
#include <string.h>

#include "board.h"
#include "save.h"

/* Who gets the report reads the file with the same library: then it must be readable. */
static int read_back(const struct board *board, const char *json, struct cen_error **err)
{
	struct cen_machine *machine = NULL;
	int ret = cen_machine_create_text(board->tool->ctx, BOARD_MACHINE_FILE, json, strlen(json), 0, &machine, err);

	cen_machine_destroy(machine);
	return ret;
}

static int record(const struct board *board, bool is_bare, char **json, struct cen_error **err)
{
	struct cen_record_size sizes[ARRAY_LENGTH(board->options.sizes)];
	struct cen_record_options options = {.size = sizeof(options), .sizes = sizes};
	struct board_facts facts;
	int ret;

	board_facts_read(board, &facts);
	options.flags = is_bare ? CEN_RECORD_NO_CAPABILITIES : 0;
	options.title = facts.model[0] ? facts.model : NULL;
	for (size_t i = 0; i < board->options.size_count; i++) {
		bool is_new = true;

		for (size_t n = 0; n < options.size_count; n++)
			is_new &= sizes[n].width != board->options.sizes[i].width ||
				  sizes[n].height != board->options.sizes[i].height;
		sizes[options.size_count].width = board->options.sizes[i].width;
		sizes[options.size_count].height = board->options.sizes[i].height;
		options.size_count += is_new;
	}
	ret = cen_machine_record(board->tool->machine, &options, json, err);
	return ret < 0 ? ret : read_back(board, *json, err);
}

void board_record(const struct board *board, bool is_bare, struct board_result *result)
{
	_cleanup_error_ struct cen_error *err = NULL;
	_cleanup_free_ char *json = NULL;
	char path[4200];
	int ret = record(board, is_bare, &json, &err);

	board_result_set(result, BOARD_NAME, BOARD_MACHINE_FILE ": %s",
			 is_bare ? "recorded without what devices accept" : "recorded");
	snprintf(path, sizeof(path), "%s/%s", board->folder, BOARD_MACHINE_FILE);
	if (ret < 0) {
		result->outcome = BOARD_FAILED;
		board_result_blame(result, ret, err);
	} else if (save_text(board->tool, path, json) != TOOL_DONE) {
		result->outcome = BOARD_FAILED;
		board_result_set(result, BOARD_SUMMARY, "it could not be written");
	} else {
		result->outcome = BOARD_PASSED;
		board_result_set(result, BOARD_SUMMARY, "%zu bytes", strlen(json));
	}
}
