/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A snapshot as JSON. The keys are documented in cenalloc(1). */
#include <time.h>

#include "ps-print.h"
#include "ps-scan.h"

static struct json_object *holder_json(const struct ps_holder *holder)
{
	struct json_object *object = json_object_new_object();
	struct json_object *fds;

	json_add_number(object, "pid", (uint64_t)holder->pid);
	json_add_number(object, "start_ticks", holder->start);
	json_add_text(object, "command", holder->command);
	fds = json_add(object, "fds", json_object_new_array());
	for (size_t i = 0; i < holder->fd_count; i++)
		json_object_array_add(fds, json_object_new_int(holder->fds[i]));
	json_add_number(object, "mappings", holder->mapping_count);
	json_add_number(object, "mapped_bytes", holder->mapped_bytes);
	return object;
}

static struct json_object *marks_json(uint32_t marks)
{
	struct json_object *list = json_object_new_array();
	const char *name;
	uint32_t mark;

	for (size_t i = 0; (name = ps_mark_get_name(i, &mark)); i++) {
		if (marks & mark)
			json_object_array_add(list, json_text(name));
	}
	return list;
}

static void add_text_or_null(struct json_object *object, const char *key, const char *text)
{
	json_add_text(object, key, text[0] ? text : NULL);
}

static struct json_object *buffer_json(const struct ps_buffer *buffer)
{
	struct json_object *object = json_object_new_object();
	struct json_object *list;

	json_add_number(object, "inode", buffer->inode);
	json_add_known(object, "size", buffer->size);
	add_text_or_null(object, "exporter", buffer->exporter);
	add_text_or_null(object, "name", buffer->name);
	json_add_known(object, "references", buffer->references);
	json_add(object, "references_not_seen",
		 buffer->references ? json_object_new_uint64(ps_buffer_count_unseen(buffer)) : NULL);
	list = json_add(object, "holders", json_object_new_array());
	for (size_t i = 0; i < buffer->holder_count; i++)
		json_object_array_add(list, holder_json(&buffer->holders[i]));
	list = json_add(object, "attached", buffer->is_listed ? json_object_new_array() : NULL);
	for (size_t i = 0; i < buffer->device_count; i++)
		json_object_array_add(list, json_text(buffer->devices[i]));
	json_add(object, "marks", marks_json(buffer->marks));
	return object;
}

static struct json_object *totals_json(struct ps_buffer *const *buffers, size_t count)
{
	struct json_object *object = json_object_new_object();
	const struct ps_total sum = ps_sum(buffers, count);
	_cleanup_free_ struct ps_total *rows = NULL;
	struct json_object *list;
	size_t row_count = 0;

	json_add_number(object, "buffers", sum.buffer_count);
	json_add_number(object, "bytes", sum.bytes);
	list = json_add(object, "exporters", json_object_new_array());
	if (ps_sum_by_exporter(buffers, count, &rows, &row_count) < 0)
		return object;
	for (size_t i = 0; i < row_count; i++) {
		struct json_object *row = json_object_new_object();

		add_text_or_null(row, "exporter", rows[i].exporter);
		json_add_number(row, "buffers", rows[i].buffer_count);
		json_add_number(row, "bytes", rows[i].bytes);
		json_object_array_add(list, row);
	}
	return object;
}

static bool is_growing(const struct ps_process *process, const struct ps_growth *growths, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (growths[i].pid == process->pid && growths[i].start == process->start)
			return growths[i].streak >= PS_GROWTH_MIN;
	}
	return false;
}

static struct json_object *processes_json(const struct ps_snapshot *snapshot, const struct ps_growth *growths,
					  size_t growth_count)
{
	struct json_object *list = json_object_new_array();
	_cleanup_free_ struct ps_process *processes = NULL;
	size_t count = 0;

	if (ps_snapshot_list_processes(snapshot, &processes, &count) < 0)
		return list;
	for (size_t i = 0; i < count; i++) {
		struct json_object *object = json_object_new_object();
		bool growing = is_growing(&processes[i], growths, growth_count);

		json_add_number(object, "pid", (uint64_t)processes[i].pid);
		json_add_number(object, "start_ticks", processes[i].start);
		json_add_text(object, "command", processes[i].command);
		json_add_number(object, "buffers", processes[i].buffer_count);
		json_add_number(object, "bytes", processes[i].bytes);
		json_add(object, "marks", marks_json(growing ? PS_MARK_LEAK : 0));
		json_object_array_add(list, object);
	}
	return list;
}

struct json_object *ps_to_json(const struct ps_view *view, const struct ps_snapshot *snapshot,
			       const struct ps_growth *growths, size_t growth_count)
{
	struct json_object *document = json_object_new_object();
	_cleanup_free_ struct ps_buffer **buffers = NULL;
	struct json_object *list;
	size_t count = 0;

	buffers = ps_view_select(view, snapshot, &count);
	json_add_number(document, "time", (uint64_t)time(NULL));
	list = json_add(document, "buffers", json_object_new_array());
	for (size_t i = 0; buffers && i < count; i++)
		json_object_array_add(list, buffer_json(buffers[i]));
	json_add(document, "totals", totals_json(buffers, buffers ? count : 0));
	json_add(document, "processes", processes_json(snapshot, growths, growth_count));
	json_add_number(document, "processes_read", snapshot->process_count);
	json_add_number(document, "processes_denied", snapshot->denied_count);
	json_add_bool(document, "all_processes", snapshot->has_all_processes);
	json_add_text(document, "attached_unknown_because",
		      snapshot->bufinfo_error ? ps_bufinfo_help(snapshot->bufinfo_error) : NULL);
	return document;
}
