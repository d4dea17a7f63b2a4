/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "ps-model.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Room for one more element; items points to the array's pointer. False when there is no memory. */
static bool grow(void *items, size_t *capacity, size_t count, size_t element)
{
	void **array = items;
	size_t wanted = *capacity ? *capacity * 2 : 4;
	void *grown;

	if (count < *capacity)
		return true;
	grown = reallocarray(*array, wanted, element);
	if (!grown)
		return false;
	*array = grown;
	*capacity = wanted;
	return true;
}

struct ps_snapshot *ps_snapshot_create(void)
{
	return calloc(1, sizeof(struct ps_snapshot));
}

static void buffer_destroy(struct ps_buffer *buffer)
{
	for (size_t i = 0; i < buffer->holder_count; i++)
		free(buffer->holders[i].fds);
	free(buffer->holders);
	free(buffer->devices);
	free(buffer);
}

void ps_snapshot_destroy(struct ps_snapshot *snapshot)
{
	if (!snapshot)
		return;
	for (size_t i = 0; i < snapshot->count; i++)
		buffer_destroy(snapshot->buffers[i]);
	free(snapshot->buffers);
	free(snapshot);
}

void ps_snapshot_cleanup(struct ps_snapshot **snapshot)
{
	ps_snapshot_destroy(*snapshot);
}

/* The index of the first buffer whose inode is not smaller. */
static size_t find_place(const struct ps_snapshot *snapshot, uint64_t inode)
{
	size_t low = 0, high = snapshot->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (snapshot->buffers[middle]->inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct ps_buffer *ps_snapshot_find(const struct ps_snapshot *snapshot, uint64_t inode)
{
	size_t place = find_place(snapshot, inode);

	if (place == snapshot->count || snapshot->buffers[place]->inode != inode)
		return NULL;
	return snapshot->buffers[place];
}

struct ps_buffer *ps_snapshot_get(struct ps_snapshot *snapshot, uint64_t inode)
{
	size_t place = find_place(snapshot, inode);
	struct ps_buffer *buffer = ps_snapshot_find(snapshot, inode);

	if (buffer || !grow(&snapshot->buffers, &snapshot->capacity, snapshot->count, sizeof(struct ps_buffer *)))
		return buffer;
	buffer = calloc(1, sizeof(*buffer));
	if (!buffer)
		return NULL;
	buffer->inode = inode;
	memmove(snapshot->buffers + place + 1, snapshot->buffers + place,
		(snapshot->count - place) * sizeof(struct ps_buffer *));
	snapshot->buffers[place] = buffer;
	snapshot->count++;
	return buffer;
}

void ps_snapshot_remove(struct ps_snapshot *snapshot, size_t index)
{
	buffer_destroy(snapshot->buffers[index]);
	snapshot->count--;
	memmove(snapshot->buffers + index, snapshot->buffers + index + 1,
		(snapshot->count - index) * sizeof(struct ps_buffer *));
}

struct ps_holder *ps_buffer_get_holder(struct ps_buffer *buffer, pid_t pid, uint64_t start, const char *command)
{
	struct ps_holder *holder = buffer->holder_count ? &buffer->holders[buffer->holder_count - 1] : NULL;

	if (holder && holder->pid == pid && holder->start == start)
		return holder;
	if (!grow(&buffer->holders, &buffer->holder_capacity, buffer->holder_count, sizeof(*buffer->holders)) ||
	    !buffer->holders)
		return NULL;
	holder = &buffer->holders[buffer->holder_count++];
	*holder = (struct ps_holder){.pid = pid, .start = start};
	snprintf(holder->command, sizeof(holder->command), "%s", command);
	return holder;
}

int ps_holder_add_fd(struct ps_holder *holder, int fd)
{
	if (!grow(&holder->fds, &holder->fd_capacity, holder->fd_count, sizeof(*holder->fds)))
		return -ENOMEM;
	holder->fds[holder->fd_count++] = fd;
	return 0;
}

int ps_buffer_add_device(struct ps_buffer *buffer, const char *name)
{
	if (!grow(&buffer->devices, &buffer->device_capacity, buffer->device_count, sizeof(*buffer->devices)))
		return -ENOMEM;
	snprintf(buffer->devices[buffer->device_count++], PS_TEXT_SIZE, "%s", name);
	return 0;
}

bool ps_buffer_is_held_by(const struct ps_buffer *buffer, pid_t pid)
{
	for (size_t i = 0; i < buffer->holder_count; i++) {
		if (buffer->holders[i].pid == pid)
			return true;
	}
	return false;
}

bool ps_buffer_is_mapped(const struct ps_buffer *buffer)
{
	for (size_t i = 0; i < buffer->holder_count; i++) {
		if (buffer->holders[i].mapping_count)
			return true;
	}
	return false;
}

static uint64_t count_seen(const struct ps_buffer *buffer)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < buffer->holder_count; i++)
		seen += buffer->holders[i].fd_count + buffer->holders[i].mapping_count;
	return seen;
}

uint64_t ps_buffer_count_unseen(const struct ps_buffer *buffer)
{
	uint64_t seen = count_seen(buffer);

	return buffer->references > seen ? buffer->references - seen : 0;
}

bool ps_snapshot_suspects(const struct ps_snapshot *snapshot, const struct ps_buffer *buffer)
{
	return snapshot->has_all_processes && buffer->is_listed && buffer->holder_count == 0;
}

static bool was_suspect(const struct ps_snapshot *earlier, uint64_t inode)
{
	const struct ps_buffer *buffer = earlier ? ps_snapshot_find(earlier, inode) : NULL;

	return buffer && ps_snapshot_suspects(earlier, buffer);
}

bool ps_snapshot_has_new_suspect(const struct ps_snapshot *snapshot, const struct ps_snapshot *earlier)
{
	for (size_t i = 0; i < snapshot->count; i++) {
		const struct ps_buffer *buffer = snapshot->buffers[i];

		if (ps_snapshot_suspects(snapshot, buffer) && !was_suspect(earlier, buffer->inode))
			return true;
	}
	return false;
}

static bool has_too_many_fds(const struct ps_buffer *buffer)
{
	for (size_t i = 0; i < buffer->holder_count; i++) {
		if (buffer->holders[i].fd_count > PS_FDS_MAX)
			return true;
	}
	return false;
}

/* The number of references must be that of the descriptors: importers without an attachment hold one, too. */
static bool is_idle(const struct ps_snapshot *snapshot, const struct ps_buffer *buffer)
{
	return snapshot->has_all_processes && buffer->is_listed && buffer->holder_count && !buffer->device_count &&
	       !ps_buffer_is_mapped(buffer) && count_seen(buffer) == buffer->references;
}

void ps_snapshot_mark(struct ps_snapshot *snapshot, const struct ps_snapshot *earlier)
{
	for (size_t i = 0; i < snapshot->count; i++) {
		struct ps_buffer *buffer = snapshot->buffers[i];

		buffer->marks = 0;
		if (ps_snapshot_suspects(snapshot, buffer) && was_suspect(earlier, buffer->inode))
			buffer->marks |= PS_MARK_ORPHAN;
		if (has_too_many_fds(buffer))
			buffer->marks |= PS_MARK_LEAK;
		if (is_idle(snapshot, buffer))
			buffer->marks |= PS_MARK_IDLE;
	}
}

static int compare_processes(const void *a, const void *b)
{
	const struct ps_process *one = a, *other = b;

	if (one->pid != other->pid)
		return one->pid < other->pid ? -1 : 1;
	return one->start < other->start ? -1 : one->start > other->start;
}

/* One row per holder, sorted, becomes one row per process. */
static size_t merge_processes(struct ps_process *rows, size_t count)
{
	size_t kept = 0;

	qsort(rows, count, sizeof(*rows), compare_processes);
	for (size_t i = 0; i < count; i++) {
		if (kept && compare_processes(&rows[kept - 1], &rows[i]) == 0) {
			rows[kept - 1].buffer_count++;
			if (__builtin_add_overflow(rows[kept - 1].bytes, rows[i].bytes, &rows[kept - 1].bytes))
				rows[kept - 1].bytes = UINT64_MAX;
		} else {
			rows[kept++] = rows[i];
		}
	}
	return kept;
}

int ps_snapshot_list_processes(const struct ps_snapshot *snapshot, struct ps_process **out, size_t *count)
{
	size_t holders = 0, at = 0;
	struct ps_process *rows;

	for (size_t i = 0; i < snapshot->count; i++)
		holders += snapshot->buffers[i]->holder_count;
	rows = calloc(holders ? holders : 1, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->count; i++) {
		const struct ps_buffer *buffer = snapshot->buffers[i];

		for (size_t n = 0; n < buffer->holder_count; n++) {
			rows[at++] = (struct ps_process){
				.pid = buffer->holders[n].pid,
				.start = buffer->holders[n].start,
				.command = buffer->holders[n].command,
				.buffer_count = 1,
				.bytes = buffer->size,
			};
		}
	}
	*count = merge_processes(rows, holders);
	*out = rows;
	return 0;
}
