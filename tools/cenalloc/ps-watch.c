/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "ps-watch.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "ps-scan.h"
#include "table.h"
#include "wait.h"

/* To the first line and column; and from there to the end of the screen nothing. */
#define CLEAR_SCREEN "\033[H\033[J"

struct watch {
	const struct tool *tool;
	const struct ps_watch_options *options;
	struct ps_snapshot *earlier; /* NULL at first */
	struct ps_growth *growths; /* one per process that holds buffers, by pid */
	size_t growth_count;
};

static void watch_cleanup(struct watch *watch)
{
	ps_snapshot_destroy(watch->earlier);
	free(watch->growths);
}

int ps_look(const struct ps_snapshot *earlier, struct ps_snapshot **out)
{
	_cleanup_(ps_snapshot_cleanup) struct ps_snapshot *first = NULL;
	int ret = ps_scan(out);

	if (ret == 0 && ps_snapshot_has_new_suspect(*out, earlier)) {
		first = *out;
		earlier = first;
		ret = ps_scan(out);
	}
	if (ret == 0)
		ps_snapshot_mark(*out, earlier);
	return ret;
}

static const struct ps_growth *find_growth(const struct watch *watch, const struct ps_process *process)
{
	for (size_t i = 0; i < watch->growth_count; i++) {
		if (watch->growths[i].pid == process->pid && watch->growths[i].start == process->start)
			return &watch->growths[i];
	}
	return NULL;
}

/* A process that held nothing before begins at what it holds now. */
static struct ps_growth grow_on(const struct ps_growth *before, const struct ps_process *process)
{
	struct ps_growth growth = {
		.pid = process->pid,
		.start = process->start,
		.count = process->buffer_count,
		.first = process->buffer_count,
	};

	snprintf(growth.command, sizeof(growth.command), "%s", process->command);
	if (before && process->buffer_count > before->count) {
		growth.first = before->first;
		growth.streak = before->streak + 1;
	}
	return growth;
}

static int follow_growth(struct watch *watch, const struct ps_snapshot *snapshot)
{
	_cleanup_free_ struct ps_process *processes = NULL;
	struct ps_growth *growths;
	size_t count;

	if (ps_snapshot_list_processes(snapshot, &processes, &count) < 0)
		return -ENOMEM;
	growths = calloc(count ? count : 1, sizeof(*growths));
	if (!growths)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		growths[i] = grow_on(find_growth(watch, &processes[i]), &processes[i]);
	free(watch->growths);
	watch->growths = growths;
	watch->growth_count = count;
	return 0;
}

static void print_event(char sign, uint64_t inode, const char *text)
{
	char clock[16] = "";
	struct tm local;
	time_t now = time(NULL);

	if (localtime_r(&now, &local))
		strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	printf("%s %c ", clock, sign);
	if (inode)
		printf("%" PRIu64 "  ", inode);
	puts(text ? text : "out of memory");
}

static const struct ps_buffer *find_shown(const struct watch *watch, const struct ps_snapshot *snapshot, uint64_t inode)
{
	const struct ps_buffer *buffer = snapshot ? ps_snapshot_find(snapshot, inode) : NULL;

	return buffer && ps_view_shows(&watch->options->view, buffer) ? buffer : NULL;
}

/* Two texts are the same if and only if nothing that is shown has changed. */
static void log_buffer(const struct watch *watch, const struct ps_snapshot *snapshot, const struct ps_buffer *buffer)
{
	const struct ps_buffer *before = find_shown(watch, watch->earlier, buffer->inode);
	_cleanup_free_ char *now_text = ps_buffer_to_line(snapshot, buffer);
	_cleanup_free_ char *before_text = before ? ps_buffer_to_line(watch->earlier, before) : NULL;

	if (!watch->earlier)
		print_event('=', buffer->inode, now_text);
	else if (!before)
		print_event('+', buffer->inode, now_text);
	else if (!now_text || !before_text || strcmp(now_text, before_text) != 0)
		print_event('~', buffer->inode, now_text);
}

static void log_gone(const struct watch *watch, const struct ps_snapshot *snapshot)
{
	for (size_t i = 0; watch->earlier && i < watch->earlier->count; i++) {
		const struct ps_buffer *buffer = watch->earlier->buffers[i];
		_cleanup_free_ char *text = NULL;

		if (!ps_view_shows(&watch->options->view, buffer) || find_shown(watch, snapshot, buffer->inode))
			continue;
		text = ps_buffer_to_line(watch->earlier, buffer);
		print_event('-', buffer->inode, text);
	}
}

/* Once, when it has lasted long enough; again only after it had stopped. */
static void log_growth(const struct watch *watch)
{
	for (size_t i = 0; i < watch->growth_count; i++) {
		_cleanup_free_ char *text = NULL;

		if (watch->growths[i].streak != PS_GROWTH_MIN)
			continue;
		text = ps_growth_to_line(&watch->growths[i]);
		print_event('!', 0, text);
	}
}

/* Before the list of what is there already. */
static void log_beginning(const struct watch *watch, const struct ps_snapshot *snapshot, size_t count)
{
	char text[64];

	snprintf(text, sizeof(text), "%zu dma-buf%s", count, count == 1 ? "" : "s");
	ps_print_limits(watch->tool, snapshot);
	print_event('=', 0, text);
}

static int print_log(const struct watch *watch, const struct ps_snapshot *snapshot)
{
	size_t count;
	_cleanup_free_ struct ps_buffer **shown = ps_view_select(&watch->options->view, snapshot, &count);

	if (!shown)
		return args_report(watch->tool, -ENOMEM, NULL);
	if (!watch->earlier)
		log_beginning(watch, snapshot, count);
	log_gone(watch, snapshot);
	for (size_t i = 0; i < count; i++)
		log_buffer(watch, snapshot, shown[i]);
	log_growth(watch);
	return TOOL_DONE;
}

static int print_refresh(const struct watch *watch, const struct ps_snapshot *snapshot)
{
	const struct ps_view *view = &watch->options->view;

	if (watch->tool->json)
		return json_finish_line(watch->tool, ps_to_json(view, snapshot, watch->growths, watch->growth_count));
	if (!isatty(STDOUT_FILENO))
		return print_log(watch, snapshot);
	fputs(CLEAR_SCREEN, stdout);
	return ps_print_text(watch->tool, view, snapshot, watch->growths, watch->growth_count);
}

static int refresh(struct watch *watch)
{
	struct ps_snapshot *snapshot;
	int ret = ps_look(watch->earlier, &snapshot);
	int status;

	if (ret == 0)
		ret = follow_growth(watch, snapshot);
	if (ret < 0) {
		ps_snapshot_destroy(snapshot);
		return args_report(watch->tool, ret, NULL);
	}
	status = print_refresh(watch, snapshot);
	ps_snapshot_destroy(watch->earlier);
	watch->earlier = snapshot;
	return status;
}

int ps_watch_run(const struct tool *tool, const struct ps_watch_options *options, int signals)
{
	_cleanup_(watch_cleanup) struct watch watch = {.tool = tool, .options = options};
	int status = TOOL_DONE;

	for (uint32_t n = 0; status == TOOL_DONE && (options->count == 0 || n < options->count); n++) {
		if (n && wait_for_end(signals, options->seconds * 1000))
			break;
		status = refresh(&watch);
		/* Who reads the log sees each refresh at once; when nobody can, main() tells why. */
		if (fflush(stdout) != 0)
			break;
	}
	return status;
}
