/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A snapshot for a person: a row per buffer, its holders below it, and what is not known and why at the end. */
#include "ps-print.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "args.h"
#include "clean.h"
#include "ps-scan.h"
#include "table.h"

/* So many descriptors are named; of more the number is told. */
#define FDS_SHOWN 8

void ps_write_use(FILE *out, const struct ps_holder *holder, bool is_verbose)
{
	size_t shown = is_verbose || holder->fd_count <= FDS_SHOWN ? holder->fd_count : FDS_SHOWN;
	char number[TEXT_NUMBER_SIZE];

	for (size_t i = 0; i < shown; i++)
		fprintf(out, "%s%d", i ? ", " : "fd ", holder->fds[i]);
	if (shown < holder->fd_count)
		fprintf(out, ", ... (%zu)", holder->fd_count);
	if (holder->mapping_count)
		fprintf(out, "%smapped %s bytes", holder->fd_count ? "; " : "",
			text_number(holder->mapped_bytes, number));
	if (holder->mapping_count > 1)
		fprintf(out, " in %zu", holder->mapping_count);
}

/* Ends the stream and gives its text, cleaned; NULL when there was no memory. */
static char *finish_line(FILE *out, char **text)
{
	bool failed = ferror(out) != 0;

	if (fclose(out) != 0 || failed) {
		free(*text);
		return NULL;
	}
	return clean_text(*text);
}

static void write_devices(FILE *out, const struct ps_snapshot *snapshot, const struct ps_buffer *buffer)
{
	if (!buffer->is_listed)
		fprintf(out, "%s", snapshot->bufinfo_error ? "not known" : "-");
	else if (buffer->device_count == 0)
		fputc('-', out);
	for (size_t i = 0; i < buffer->device_count; i++)
		fprintf(out, "%s%s", i ? ", " : "", buffer->devices[i]);
}

char *ps_buffer_to_line(const struct ps_snapshot *snapshot, const struct ps_buffer *buffer)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	char number[TEXT_NUMBER_SIZE], marks[PS_MARKS_SIZE];

	if (!out)
		return NULL;
	fprintf(out, "%s bytes  %s", text_bytes_or_dash(buffer->size, number),
		buffer->exporter[0] ? buffer->exporter : "-");
	if (buffer->name[0])
		fprintf(out, " \"%s\"", buffer->name);
	for (size_t i = 0; i < buffer->holder_count; i++) {
		fprintf(out, "%s%d %s: ", i ? "; " : "  ", buffer->holders[i].pid, buffer->holders[i].command);
		ps_write_use(out, &buffer->holders[i], false);
	}
	if (buffer->device_count) {
		fputs("  attached: ", out);
		write_devices(out, snapshot, buffer);
	}
	if (buffer->marks)
		fprintf(out, "  [%s]", ps_marks_to_text(buffer->marks, marks));
	return finish_line(out, &text);
}

char *ps_growth_to_line(const struct ps_growth *growth)
{
	char *text = NULL;

	if (asprintf(&text,
		     "leak?: process %d (%s) has had more dma-bufs at each of the last %zu refreshes: %zu, now %zu",
		     growth->pid, growth->command, growth->streak, growth->first, growth->count) < 0)
		return NULL;
	return clean_text(text);
}

static char *devices_to_text(const struct ps_snapshot *snapshot, const struct ps_buffer *buffer)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	write_devices(out, snapshot, buffer);
	return finish_line(out, &text);
}

/* How wide the columns of the notes are: the same for all buffers. */
struct widths {
	int pid, command;
};

static struct widths measure(const struct ps_snapshot *snapshot)
{
	struct widths widths = {0};

	for (size_t i = 0; i < snapshot->count; i++) {
		const struct ps_buffer *buffer = snapshot->buffers[i];

		for (size_t n = 0; n < buffer->holder_count; n++) {
			int pid = snprintf(NULL, 0, "%d", buffer->holders[n].pid);
			int command = (int)strlen(buffer->holders[n].command);

			widths.pid = pid > widths.pid ? pid : widths.pid;
			widths.command = command > widths.command ? command : widths.command;
		}
	}
	return widths;
}

static void add_note(struct table *table, enum table_style style, FILE *out, char **text)
{
	char *line = finish_line(out, text);

	table_add_note(table, style, line ? line : "out of memory");
	free(line);
}

static void add_holder(struct table *table, const struct tool *tool, const struct ps_holder *holder,
		       const struct widths *widths)
{
	bool is_leak = holder->fd_count > PS_FDS_MAX;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return;
	fprintf(out, "%*d  %-*s  ", widths->pid, holder->pid, widths->command, holder->command);
	ps_write_use(out, holder, tool->verbose);
	if (is_leak)
		fprintf(out, "; more than %d descriptors", PS_FDS_MAX);
	add_note(table, is_leak ? TABLE_BAD : TABLE_PLAIN, out, &text);
}

/* What the marks and the counts say in words. */
static void add_remarks(struct table *table, const struct ps_snapshot *snapshot, const struct ps_buffer *buffer)
{
	uint64_t unseen = ps_buffer_count_unseen(buffer);
	char text[160];

	if (buffer->marks & PS_MARK_ORPHAN) {
		table_add_note(table, TABLE_BAD,
			       buffer->device_count
				       ? "no process has it open or mapped: drivers of attached devices hold it"
				       : "no process has it open or mapped, no device is attached: a driver "
					 "that maps it for the CPU or a socket holds it");
	} else if (buffer->is_listed && buffer->holder_count == 0) {
		table_add_note(table, TABLE_DIM,
			       snapshot->has_all_processes ? "no holder seen, in one look"
							   : "no holder among the processes that could be read");
	} else if (unseen > buffer->device_count) {
		snprintf(text, sizeof(text), "%" PRIu64 " reference%s not seen: %s", unseen, unseen == 1 ? "" : "s",
			 snapshot->has_all_processes ? "drivers that import it, or sockets it was sent through"
						     : "drivers, sockets, or processes that could not be read");
		table_add_note(table, TABLE_DIM, text);
	}
}

static enum table_style mark_style(uint32_t marks)
{
	return marks & (PS_MARK_ORPHAN | PS_MARK_LEAK) ? TABLE_BAD : TABLE_DIM;
}

static void add_buffer(struct table *table, const struct tool *tool, const struct ps_snapshot *snapshot,
		       const struct ps_buffer *buffer, const struct widths *widths)
{
	char inode[TEXT_NUMBER_SIZE], size[TEXT_NUMBER_SIZE], holders[TEXT_NUMBER_SIZE], marks[PS_MARKS_SIZE];
	_cleanup_free_ char *devices = devices_to_text(snapshot, buffer);

	snprintf(inode, sizeof(inode), "%" PRIu64, buffer->inode);
	snprintf(holders, sizeof(holders), "%zu", buffer->holder_count);
	table_add(table, (const char *const[]){
				 inode,
				 text_bytes_or_dash(buffer->size, size),
				 buffer->exporter[0] ? buffer->exporter : "-",
				 buffer->name[0] ? buffer->name : "-",
				 holders,
				 devices ? devices : "-",
				 ps_marks_to_text(buffer->marks, marks),
			 });
	table_set_style(table, 0, TABLE_BOLD);
	table_set_style(table, 6, mark_style(buffer->marks));
	for (size_t i = 0; i < buffer->holder_count; i++)
		add_holder(table, tool, &buffer->holders[i], widths);
	add_remarks(table, snapshot, buffer);
}

static int print_totals(const struct tool *tool, struct ps_buffer *const *buffers, size_t count)
{
	_cleanup_free_ struct ps_total *rows = NULL;
	const struct ps_total sum = ps_sum(buffers, count);
	char number[TEXT_NUMBER_SIZE];
	size_t row_count;

	printf("\n%zu dma-buf%s, %s bytes\n", count, count == 1 ? "" : "s", text_number(sum.bytes, number));
	if (!tool->verbose)
		return TOOL_DONE;
	if (ps_sum_by_exporter(buffers, count, &rows, &row_count) < 0)
		return args_report(tool, -ENOMEM, NULL);
	for (size_t i = 0; i < row_count; i++) {
		char line[PS_TEXT_SIZE + 96];

		snprintf(line, sizeof(line), "%s: %zu, %s bytes",
			 rows[i].exporter[0] ? rows[i].exporter : "exporter not known", rows[i].buffer_count,
			 text_number(rows[i].bytes, number));
		text_print(tool, 2, TABLE_PLAIN, clean_text(line));
	}
	return TOOL_DONE;
}

void ps_print_limits(const struct tool *tool, const struct ps_snapshot *snapshot)
{
	char line[320];

	if (snapshot->denied_count) {
		snprintf(line, sizeof(line), "%zu process%s could not be read: %s", snapshot->denied_count,
			 snapshot->denied_count == 1 ? "" : "es",
			 geteuid() == 0 ? "CAP_SYS_PTRACE is missing" : "root sees what they hold");
		text_print(tool, 0, TABLE_DIM, line);
	} else if (!snapshot->has_all_processes) {
		text_print(tool, 0, TABLE_DIM, "not every process of the machine can be seen from here");
	}
	if (snapshot->bufinfo_error) {
		snprintf(line, sizeof(line), "attached devices are not known: %s",
			 ps_bufinfo_help(snapshot->bufinfo_error));
		text_print(tool, 0, TABLE_DIM, line);
	}
}

static void print_growths(const struct tool *tool, const struct ps_growth *growths, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		_cleanup_free_ char *line = NULL;

		if (growths[i].streak < PS_GROWTH_MIN)
			continue;
		line = ps_growth_to_line(&growths[i]);
		text_print(tool, 0, TABLE_BAD, line ? line : "out of memory");
	}
}

int ps_print_text(const struct tool *tool, const struct ps_view *view, const struct ps_snapshot *snapshot,
		  const struct ps_growth *growths, size_t growth_count)
{
	static const char *const headings[] = {">INODE", ">BYTES", "EXPORTER", "NAME", ">HOLDERS", "ATTACHED", "MARK"};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);
	const struct widths widths = measure(snapshot);
	_cleanup_free_ struct ps_buffer **buffers = NULL;
	int status = TOOL_DONE;
	size_t count;

	buffers = ps_view_select(view, snapshot, &count);
	if (!buffers)
		return args_report(tool, -ENOMEM, NULL);
	for (size_t i = 0; i < count; i++)
		add_buffer(table, tool, snapshot, buffers[i], &widths);
	if (count == 0)
		puts(view->pid || view->exporter ? "no dma-buf of this selection" : "no dma-buf");
	else
		status = table_print(table, tool, 0);
	if (count && status == TOOL_DONE)
		status = print_totals(tool, buffers, count);
	print_growths(tool, growths, growth_count);
	ps_print_limits(tool, snapshot);
	return status;
}
