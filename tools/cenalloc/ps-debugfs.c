/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The kernel's own list of dma-bufs: the only place that names attached devices and buffers that no process holds. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "ps-scan.h"

#define DEBUGFS "/sys/kernel/debug"
#define BUFINFO DEBUGFS "/dma_buf/bufinfo"
#define FIRST_SIZE 65536

/* The kernel makes the whole text at the first read, so all of it is of one time. */
static int read_all(int fd, char **out)
{
	size_t size = FIRST_SIZE, used = 0;
	char *text = malloc(size);

	while (text) {
		ssize_t got = read(fd, text + used, size - used - 1);
		char *grown;

		if (got < 0 && errno != EINTR) {
			int error = errno;

			free(text);
			return -error;
		}
		if (got == 0) {
			text[used] = '\0';
			*out = text;
			return 0;
		}
		used += got > 0 ? (size_t)got : 0;
		if (size - used > 1)
			continue;
		size *= 2;
		grown = realloc(text, size);
		if (!grown)
			free(text);
		text = grown;
	}
	return -ENOMEM;
}

static int add_row(struct ps_snapshot *snapshot, struct ps_bufinfo_row *row)
{
	struct ps_buffer *buffer = ps_snapshot_get(snapshot, row->inode);
	char device[PS_TEXT_SIZE];
	int ret = 0;

	if (!buffer)
		return -ENOMEM;
	/* Older kernels may give an inode twice: the first stands for both. */
	if (buffer->is_listed)
		return 0;
	buffer->is_listed = true;
	buffer->size = row->size;
	buffer->references = row->references;
	memcpy(buffer->exporter, row->exporter, sizeof(buffer->exporter));
	if (row->name[0])
		memcpy(buffer->name, row->name, sizeof(buffer->name));
	while (ret == 0 && ps_bufinfo_next_device(row, device))
		ret = ps_buffer_add_device(buffer, device);
	return ret;
}

/* What is not listed was freed since the processes were looked at. */
static void drop_freed(struct ps_snapshot *snapshot)
{
	for (size_t i = snapshot->count; i-- > 0;) {
		if (!snapshot->buffers[i]->is_listed)
			ps_snapshot_remove(snapshot, i);
	}
}

static int add_text(struct ps_snapshot *snapshot, const char *text)
{
	const char *at = text;
	struct ps_bufinfo_row row;
	uint64_t total, rows = 0;
	int ret = 0;

	/* Counted first: of a text that is not understood nothing is used. */
	while (ps_bufinfo_next(&at, &row))
		rows++;
	if (!ps_bufinfo_total(text, &total) || total != rows) {
		snapshot->bufinfo_error = -EBADMSG;
		return 0;
	}
	at = text;
	while (ret == 0 && ps_bufinfo_next(&at, &row))
		ret = add_row(snapshot, &row);
	if (ret == 0)
		drop_freed(snapshot);
	return ret;
}

int ps_scan_bufinfo(struct ps_snapshot *snapshot)
{
	_cleanup_close_ int fd = open(BUFINFO, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	int ret = fd < 0 ? -errno : read_all(fd, &text);

	if (ret == -ENOMEM || ret == -EMFILE || ret == -ENFILE)
		return ret;
	snapshot->bufinfo_error = ret;
	return ret < 0 ? 0 : add_text(snapshot, text);
}

const char *ps_bufinfo_help(int error)
{
	struct statfs fs;

	switch (error) {
	case -EACCES:
		return BUFINFO " is for root";
	case -EPERM:
		return "the kernel is locked down, and " BUFINFO " with it";
	case -ENOENT:
		if (statfs(DEBUGFS, &fs) == 0 && fs.f_type == DEBUGFS_MAGIC)
			return "the debugfs of this kernel has no dma_buf/bufinfo";
		return "debugfs is not mounted: 'mount -t debugfs debugfs " DEBUGFS
		       "' as root, on a kernel with CONFIG_DEBUG_FS";
	case -EBADMSG:
		return BUFINFO " of this kernel has a form that is not known";
	default:
		return strerror(-error);
	}
}
