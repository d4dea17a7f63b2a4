/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The folder of reports. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "board.h"

/* What a reader opens first comes last: when it is there, all are. */
static const struct {
	const char *name;
	void (*write)(const struct board *board, FILE *out);
} reports[] = {
	{"report.tap", board_write_tap},
	{"junit.xml", board_write_junit},
	{"index.html", board_write_html},
};

static int write_report(const struct board *board, const char *path, void (*write)(const struct board *, FILE *))
{
	FILE *out = fopen(path, "we");
	bool is_bad;

	if (!out)
		return -errno;
	write(board, out);
	is_bad = ferror(out);
	if (fclose(out) != 0 || is_bad)
		return errno ? -errno : -EIO;
	return 0;
}

int board_write_reports(const struct board *board)
{
	for (size_t i = 0; i < ARRAY_LENGTH(reports); i++) {
		char path[4200];
		int ret;

		snprintf(path, sizeof(path), "%s/%s", board->folder, reports[i].name);
		ret = write_report(board, path, reports[i].write);
		if (ret < 0) {
			args_complain(board->tool, "%s: %s", path, strerror(-ret));
			return TOOL_MACHINE_FAILED;
		}
	}
	return TOOL_DONE;
}
