/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "ps-view.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	uint32_t mark;
	const char *name;
} mark_names[] = {
	{PS_MARK_ORPHAN, "orphan"},
	{PS_MARK_LEAK, "leak?"},
	{PS_MARK_IDLE, "idle"},
};

bool ps_view_shows(const struct ps_view *view, const struct ps_buffer *buffer)
{
	if (view->pid && !ps_buffer_is_held_by(buffer, view->pid))
		return false;
	return !view->exporter || strcmp(view->exporter, buffer->exporter) == 0;
}

const char *ps_mark_get_name(size_t index, uint32_t *mark)
{
	if (index >= ARRAY_LENGTH(mark_names))
		return NULL;
	*mark = mark_names[index].mark;
	return mark_names[index].name;
}

char *ps_marks_to_text(uint32_t marks, char buf[PS_MARKS_SIZE])
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < ARRAY_LENGTH(mark_names) && used < PS_MARKS_SIZE; i++) {
		if (marks & mark_names[i].mark)
			used += (size_t)snprintf(buf + used, PS_MARKS_SIZE - used, "%s%s", used ? ", " : "",
						 mark_names[i].name);
	}
	return buf;
}

static int compare_sizes(const void *a, const void *b)
{
	const struct ps_buffer *one = *(struct ps_buffer *const *)a, *other = *(struct ps_buffer *const *)b;

	if (one->size != other->size)
		return one->size < other->size ? 1 : -1;
	return one->inode < other->inode ? -1 : 1;
}

static int compare_holders(const void *a, const void *b)
{
	const struct ps_buffer *one = *(struct ps_buffer *const *)a, *other = *(struct ps_buffer *const *)b;

	if (one->holder_count != other->holder_count)
		return one->holder_count < other->holder_count ? 1 : -1;
	return one->inode < other->inode ? -1 : 1;
}

struct ps_buffer **ps_view_select(const struct ps_view *view, const struct ps_snapshot *snapshot, size_t *count)
{
	struct ps_buffer **shown = calloc(snapshot->count ? snapshot->count : 1, sizeof(struct ps_buffer *));

	*count = 0;
	for (size_t i = 0; shown && i < snapshot->count; i++) {
		if (ps_view_shows(view, snapshot->buffers[i]))
			shown[(*count)++] = snapshot->buffers[i];
	}
	if (shown && view->sort != PS_SORT_INODE)
		qsort(shown, *count, sizeof(struct ps_buffer *),
		      view->sort == PS_SORT_SIZE ? compare_sizes : compare_holders);
	return shown;
}

static int compare_exporters(const void *a, const void *b)
{
	const struct ps_total *one = a, *other = b;

	return strcmp(one->exporter, other->exporter);
}

static void add_bytes(struct ps_total *total, uint64_t bytes)
{
	if (__builtin_add_overflow(total->bytes, bytes, &total->bytes))
		total->bytes = UINT64_MAX;
}

struct ps_total ps_sum(struct ps_buffer *const *buffers, size_t count)
{
	struct ps_total sum = {.exporter = "", .buffer_count = count};

	for (size_t i = 0; i < count; i++)
		add_bytes(&sum, buffers[i]->size);
	return sum;
}

int ps_sum_by_exporter(struct ps_buffer *const *buffers, size_t count, struct ps_total **out, size_t *out_count)
{
	struct ps_total *rows = calloc(count ? count : 1, sizeof(*rows));
	size_t kept = 0;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		rows[i] = (struct ps_total){buffers[i]->exporter, 1, buffers[i]->size};
	qsort(rows, count, sizeof(*rows), compare_exporters);
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || strcmp(rows[kept - 1].exporter, rows[i].exporter) != 0) {
			rows[kept++] = rows[i];
			continue;
		}
		rows[kept - 1].buffer_count++;
		add_bytes(&rows[kept - 1], rows[i].bytes);
	}
	*out = rows;
	*out_count = kept;
	return 0;
}
