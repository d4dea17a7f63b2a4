/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The matrix of "cenalloc explain" for the pipelines that a reader wants to see: those with a failure, those without a
 * plan, and the one that was asked for. Drawn in the worker, shown in the page.
 */
#include <inttypes.h>
#include <string.h>

#include "board.h"
#include "explain-matrix.h"

/* A picture of a few usages and formats has some 20 KiB. */
#define PICTURE_MAX (256 * 1024)

static void write_path(const struct board *board, uint32_t number, char *path, size_t size)
{
	snprintf(path, size, "%s/matrix-%" PRIu32 ".svg", board->folder, number + 1);
}

static bool has_same_roles(const struct board_job *a, const struct board_job *b)
{
	return a->role_count == b->role_count && memcmp(a->roles, b->roles, a->role_count * sizeof(a->roles[0])) == 0;
}

static void choose(struct board *board, const struct board_job *job)
{
	for (uint32_t i = 0; i < board->picture_count; i++) {
		if (has_same_roles(&board->pictures[i], job))
			return;
	}
	if (board->picture_count == BOARD_PICTURES_MAX)
		return;
	board->pictures[board->picture_count] = *job;
	board->pictures[board->picture_count].kind = BOARD_JOB_PICTURE;
	board->pictures[board->picture_count].number = board->picture_count;
	board->picture_count++;
}

void board_choose_pictures(struct board *board)
{
	for (size_t i = 0; i < board->chosen; i++) {
		if (board->cases[i].has_failed)
			choose(board, &board->cases[i]);
	}
	for (size_t i = 0; i < board->chosen; i++) {
		if (board->cases[i].has_no_plan || board->options.usage_count)
			choose(board, &board->cases[i]);
	}
}

/* In the worker. Without a picture the page has none: what kept it from being drawn is among the results already. */
void board_draw(struct board *board, const struct board_job *job)
{
	struct solve_options options = {.width = job->width, .height = job->height};
	_cleanup_(matrix_cleanup) struct matrix *matrix = NULL;
	_cleanup_free_ uint32_t *fourccs = calloc(board->options.fourcc_count + 1, sizeof(*fourccs));
	char path[4200];
	FILE *out;

	if (!fourccs)
		return;
	/* The format of the case, which may be none of the usual ones, comes first. */
	options.fourccs = fourccs;
	fourccs[options.fourcc_count++] = job->fourcc;
	for (size_t i = 0; i < board->options.fourcc_count; i++) {
		if (board->options.fourccs[i] != job->fourcc)
			fourccs[options.fourcc_count++] = board->options.fourccs[i];
	}
	for (uint32_t i = 0; i < job->role_count; i++) {
		options.usages[i].usage = board->roles[job->roles[i]].usage;
		options.usages[i].device = board->roles[job->roles[i]].name;
	}
	options.usage_count = job->role_count;
	if (matrix_create(board->tool, &options, &matrix) != TOOL_DONE)
		return;
	write_path(board, job->number, path, sizeof(path));
	out = fopen(path, "we");
	if (!out)
		return;
	matrix_write_svg(matrix, out);
	if (ferror(out) | fclose(out))
		unlink(path);
}

static void write_base64(FILE *out, const unsigned char *data, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < size; i += 3) {
		uint32_t bits = (uint32_t)data[i] << 16;

		bits |= i + 1 < size ? (uint32_t)data[i + 1] << 8 : 0;
		bits |= i + 2 < size ? data[i + 2] : 0;
		fputc(digits[bits >> 18], out);
		fputc(digits[bits >> 12 & 63], out);
		fputc(i + 1 < size ? digits[bits >> 6 & 63] : '=', out);
		fputc(i + 2 < size ? digits[bits & 63] : '=', out);
	}
}

/* As data of the page, and as an image: its style stays its own. */
static void write_picture(const struct board *board, const struct board_job *job, FILE *out)
{
	_cleanup_free_ unsigned char *data = malloc(PICTURE_MAX);
	char path[4200], name[BOARD_NAME_SIZE];
	size_t size;
	FILE *file;

	write_path(board, job->number, path, sizeof(path));
	file = fopen(path, "re");
	if (!file)
		return;
	size = data ? fread(data, 1, PICTURE_MAX, file) : 0;
	fclose(file);
	/* What fills the room is not all of it. */
	if (size == 0 || size == PICTURE_MAX)
		return;
	fputs("<figure><img alt=\"Formats of the devices of ", out);
	board_markup_text(out, board_case_name(board, job, name));
	fputs("\" src=\"data:image/svg+xml;base64,", out);
	write_base64(out, data, size);
	fputs("\"></figure>\n", out);
}

void board_write_pictures(const struct board *board, FILE *out)
{
	if (!board->picture_count)
		return;
	fputs("<section><h2>Who takes what</h2>\n", out);
	for (uint32_t i = 0; i < board->picture_count; i++)
		write_picture(board, &board->pictures[i], out);
	fputs("</section>\n", out);
}
