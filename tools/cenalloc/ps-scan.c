/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The walk through /proc. Each process is looked at below one descriptor of its folder, which stays with that process:
 * when it ends, and its pid is used again, the lookups fail.
 */
#include "ps-scan.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

/* PROC_PID_INIT_INO of the kernel: the namespace in which all processes have a pid. */
#define INITIAL_PID_NAMESPACE "pid:[4026531836]"
/* DMA_BUF_MAGIC of linux/magic.h, which older headers lack. */
#define DMA_BUF_FILE_SYSTEM 0x444d4142
#define MAPS_SIZE 65536
/* Groups of threads of one process that have descriptors of their own; hardly any process has one. */
#define TABLES_MAX 16
/* A descriptor may be another file by the time its fdinfo is read; then it is looked at again, so often. */
#define TRIES 3

struct walk {
	struct ps_snapshot *snapshot;
	char *maps; /* MAPS_SIZE bytes */
	/* The process that is looked at. */
	pid_t pid;
	int folder;
	bool is_denied, is_known; /* is_known: start and command were read */
	bool has_mappings; /* its list of mappings was not empty */
	uint64_t start;
	char command[PS_TEXT_SIZE];
};

static void dir_cleanup(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

ssize_t ps_read_file(int folder, const char *name, char *buf, size_t size)
{
	_cleanup_close_ int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	size_t used = 0;

	if (fd < 0)
		return -errno;
	while (used < size - 1) {
		ssize_t got = read(fd, buf + used, size - 1 - used);

		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			break;
		used += got > 0 ? (size_t)got : 0;
	}
	buf[used] = '\0';
	return (ssize_t)used;
}

/* What hits the whole walk, as opposed to one process that went away or is closed to us. */
static bool is_fatal(int error)
{
	return error == -ENOMEM || error == -EMFILE || error == -ENFILE;
}

/* Nothing, for a process or a descriptor that is not there any more. */
static int pass_over(struct walk *walk, int error)
{
	if (error == -EACCES || error == -EPERM)
		walk->is_denied = true;
	return is_fatal(error) ? error : 0;
}

static DIR *open_folder(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int error = errno;

	if (fd >= 0 && !dir)
		close(fd);
	errno = error;
	return dir;
}

/* The next entry that is a number. False at the end. */
static bool next_number(DIR *dir, int *out)
{
	struct dirent *entry;

	while ((entry = readdir(dir))) {
		char *end;
		long number;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		number = strtol(entry->d_name, &end, 10);
		if (*end || number > INT32_MAX)
			continue;
		*out = (int)number;
		return true;
	}
	return false;
}

/* Start and command, for the first buffer of a process. False when it has gone. */
static bool learn_process(struct walk *walk)
{
	struct ps_stat stat;
	char text[1024];

	if (walk->is_known)
		return true;
	if (ps_read_file(walk->folder, "stat", text, sizeof(text)) <= 0 || !ps_stat_parse(text, &stat) ||
	    ps_read_file(walk->folder, "comm", text, sizeof(text)) <= 0)
		return false;
	if (text[strlen(text) - 1] == '\n')
		text[strlen(text) - 1] = '\0';
	snprintf(walk->command, sizeof(walk->command), "%.*s", PS_TEXT_SIZE - 1, text);
	walk->start = stat.start;
	walk->is_known = true;
	return true;
}

/* The entry of this process with this buffer. 0 with NULL when the process has gone. */
static int get_holder(struct walk *walk, uint64_t inode, struct ps_buffer **buffer, struct ps_holder **holder)
{
	*holder = NULL;
	if (!learn_process(walk))
		return 0;
	*buffer = ps_snapshot_get(walk->snapshot, inode);
	*holder = *buffer ? ps_buffer_get_holder(*buffer, walk->pid, walk->start, walk->command) : NULL;
	return *holder ? 0 : -ENOMEM;
}

static void set_text(char to[PS_TEXT_SIZE], const char *from)
{
	if (!to[0])
		memcpy(to, from, PS_TEXT_SIZE);
}

static int add_fd(struct walk *walk, int fd, const struct ps_fdinfo *info)
{
	struct ps_buffer *buffer;
	struct ps_holder *holder;
	int ret = get_holder(walk, info->inode, &buffer, &holder);

	if (ret < 0 || !holder)
		return ret;
	buffer->size = info->size;
	buffer->references = info->references;
	set_text(buffer->exporter, info->exporter);
	set_text(buffer->name, info->name);
	return ps_holder_add_fd(holder, fd);
}

/*
 * Does this descriptor say of itself that it is a dma-buf? 1, or 0, or -EAGAIN when it changed meanwhile. base, here
 * and below: "" for the process, or "task/TID/" for a thread with descriptors of its own.
 */
static int ask_fd(const struct walk *walk, const char *base, int fd, struct ps_fdinfo *info, struct stat *stat)
{
	char name[64], link[PS_TEXT_SIZE], text[1024];
	ssize_t length;

	snprintf(name, sizeof(name), "%sfd/%d", base, fd);
	length = readlinkat(walk->folder, name, link, sizeof(link));
	if (length < 0)
		return -errno;
	if ((size_t)length < strlen(PS_LINK_PREFIX) || memcmp(link, PS_LINK_PREFIX, strlen(PS_LINK_PREFIX)) != 0)
		return 0;
	if (fstatat(walk->folder, name, stat, 0) < 0)
		return -errno;
	snprintf(name, sizeof(name), "%sfdinfo/%d", base, fd);
	length = ps_read_file(walk->folder, name, text, sizeof(text));
	if (length < 0)
		return (int)length;
	/* A file that is called like one is none. */
	if (!ps_fdinfo_parse(text, info))
		return 0;
	if (info->inode && info->inode != stat->st_ino)
		return -EAGAIN;
	info->inode = stat->st_ino;
	return 1;
}

static int scan_fd(struct walk *walk, const char *base, int fd)
{
	struct ps_fdinfo info;
	struct stat stat;
	int ret = -EAGAIN;

	for (int n = 0; ret == -EAGAIN && n < TRIES; n++)
		ret = ask_fd(walk, base, fd, &info, &stat);
	if (ret <= 0)
		return pass_over(walk, ret);
	walk->snapshot->dev = stat.st_dev;
	return add_fd(walk, fd, &info);
}

static int scan_fds(struct walk *walk, const char *base)
{
	_cleanup_(dir_cleanup) DIR *dir = NULL;
	char name[32];
	int fd, ret = 0;

	snprintf(name, sizeof(name), "%sfd", base);
	dir = open_folder(walk->folder, name);
	if (!dir)
		return pass_over(walk, -errno);
	while (ret == 0 && next_number(dir, &fd))
		ret = scan_fd(walk, base, fd);
	return ret;
}

/*
 * Is it a mapping of a dma-buf, and not of a file that is called like one? Once the file system of dma-bufs is known
 * its number tells. Who may not ask about the file sees only processes of its own; and a thread whose process has lost
 * its first thread cannot be asked.
 */
static bool is_dma_buf(const struct walk *walk, const char *base, const struct ps_mapping *mapping)
{
	char name[80];
	struct statfs fs;

	if (walk->snapshot->dev)
		return mapping->dev == walk->snapshot->dev;
	snprintf(name, sizeof(name), "/proc/%d/map_files/%jx-%jx", walk->pid, (uintmax_t)mapping->start,
		 (uintmax_t)mapping->end);
	if (statfs(name, &fs) < 0)
		return errno == EPERM || errno == EACCES || base[0];
	if (fs.f_type != DMA_BUF_FILE_SYSTEM)
		return false;
	walk->snapshot->dev = mapping->dev;
	return true;
}

static int add_mapping(struct walk *walk, const char *base, const struct ps_mapping *mapping)
{
	struct ps_buffer *buffer;
	struct ps_holder *holder;
	int ret;

	if (!is_dma_buf(walk, base, mapping))
		return 0;
	ret = get_holder(walk, mapping->inode, &buffer, &holder);
	if (ret < 0 || !holder)
		return ret;
	set_text(buffer->name, mapping->name);
	holder->mapping_count++;
	if (__builtin_add_overflow(holder->mapped_bytes, mapping->end - mapping->start, &holder->mapped_bytes))
		holder->mapped_bytes = UINT64_MAX;
	return 0;
}

/* Whole lines, the last one ended by a NUL. Hardly any process maps a dma-buf: that is seen before lines are read. */
static int scan_lines(struct walk *walk, const char *base, const char *lines)
{
	const char *found = lines;
	struct ps_mapping mapping;
	int ret = 0;

	while (ret == 0 && (found = strstr(found, PS_LINK_PREFIX))) {
		const char *line = found;

		while (line > lines && line[-1] != '\n')
			line--;
		if (ps_mapping_parse(line, &mapping))
			ret = add_mapping(walk, base, &mapping);
		found += strcspn(found, "\n");
	}
	return ret;
}

/* Read in pieces; a line that is not complete waits for the next one. */
static int scan_mappings(struct walk *walk, const char *base)
{
	_cleanup_close_ int fd = -1;
	char name[32], *maps = walk->maps;
	size_t used = 0;
	int ret = 0;

	snprintf(name, sizeof(name), "%smaps", base);
	fd = openat(walk->folder, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return pass_over(walk, -errno);
	while (ret == 0) {
		ssize_t got = read(fd, maps + used, MAPS_SIZE - 1 - used);
		char *end;

		if (got < 0)
			return pass_over(walk, -errno);
		if (got == 0)
			break;
		walk->has_mappings = true;
		used += (size_t)got;
		maps[used] = '\0';
		end = memrchr(maps, '\n', used);
		/* No line of the kernel is that long. */
		if (!end)
			return 0;
		*end = '\0';
		ret = scan_lines(walk, base, maps);
		used -= (size_t)(end + 1 - maps);
		memmove(maps, end + 1, used);
	}
	return ret;
}

/* Have two threads the same descriptors? Where the kernel does not compare, they have, as nearly all do. */
static bool has_same_fds(pid_t one, pid_t other)
{
	return syscall(SYS_kcmp, one, other, KCMP_FILES, 0, 0) <= 0;
}

/* A thread may have left the others' descriptors. And when the first thread has ended, /proc/PID shows nothing. */
static int scan_thread(struct walk *walk, pid_t tid, pid_t *tables, size_t *table_count)
{
	char base[32];
	int ret = 0;

	snprintf(base, sizeof(base), "task/%d/", tid);
	if (!walk->has_mappings)
		ret = scan_mappings(walk, base);
	for (size_t i = 0; i < *table_count; i++) {
		if (has_same_fds(tables[i], tid))
			return ret;
	}
	if (ret < 0 || *table_count == TABLES_MAX)
		return ret;
	tables[(*table_count)++] = tid;
	return scan_fds(walk, base);
}

static int scan_threads(struct walk *walk)
{
	_cleanup_(dir_cleanup) DIR *dir = NULL;
	pid_t tables[TABLES_MAX] = {walk->pid};
	size_t table_count = 1;
	struct stat stat;
	int tid, ret = 0;

	/* A folder has a link for itself, its name and each of its folders: with one thread there are three. */
	if (fstatat(walk->folder, "task", &stat, 0) < 0 || stat.st_nlink == 3)
		return 0;
	dir = open_folder(walk->folder, "task");
	if (!dir)
		return pass_over(walk, -errno);
	while (ret == 0 && next_number(dir, &tid)) {
		if (tid != walk->pid)
			ret = scan_thread(walk, tid, tables, &table_count);
	}
	return ret;
}

/* Threads of the kernel, and processes that have ended. */
static bool has_nothing(int folder)
{
	struct ps_stat stat;
	char text[1024];

	return ps_read_file(folder, "stat", text, sizeof(text)) <= 0 || !ps_stat_parse(text, &stat) ||
	       stat.is_kernel_thread || (stat.is_ended && stat.thread_count <= 1);
}

static int scan_process(struct walk *walk, int proc)
{
	_cleanup_close_ int folder = -1;
	char name[16];
	int ret;

	snprintf(name, sizeof(name), "%d", walk->pid);
	folder = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return pass_over(walk, -errno);
	walk->folder = folder;
	ret = scan_fds(walk, "");
	/* Who may not see the descriptors may not see the rest. */
	if (ret == 0 && !walk->is_denied)
		ret = scan_mappings(walk, "");
	if (ret == 0 && !walk->is_denied)
		ret = scan_threads(walk);
	if (walk->is_denied && !has_nothing(folder))
		walk->snapshot->denied_count++;
	else if (!walk->is_denied)
		walk->snapshot->process_count++;
	return ret;
}

/* Only there are all processes in /proc. A kernel without these namespaces has one for all. */
static bool is_in_initial_namespace(int proc)
{
	char link[64];
	ssize_t length = readlinkat(proc, "self/ns/pid", link, sizeof(link) - 1);

	if (length < 0)
		return errno == ENOENT;
	link[length] = '\0';
	return strcmp(link, INITIAL_PID_NAMESPACE) == 0;
}

int ps_scan_processes(struct ps_snapshot *snapshot)
{
	_cleanup_(dir_cleanup) DIR *dir = open_folder(AT_FDCWD, "/proc");
	_cleanup_free_ char *maps = malloc(MAPS_SIZE);
	bool has_first = false;
	int pid, ret = 0;

	if (!dir)
		return -errno;
	if (!maps)
		return -ENOMEM;
	while (ret == 0 && next_number(dir, &pid)) {
		struct walk walk = {.snapshot = snapshot, .maps = maps, .pid = pid};

		ret = scan_process(&walk, dirfd(dir));
		/* /proc can be mounted so that it hides what may not be read. Who can read the first process can read all. */
		has_first |= pid == 1 && !walk.is_denied;
	}
	snapshot->has_all_processes = has_first && snapshot->denied_count == 0 && is_in_initial_namespace(dirfd(dir));
	return ret;
}

int ps_scan(struct ps_snapshot **out)
{
	_cleanup_(ps_snapshot_cleanup) struct ps_snapshot *snapshot = ps_snapshot_create();
	int ret = snapshot ? ps_scan_processes(snapshot) : -ENOMEM;

	if (ret == 0)
		ret = ps_scan_bufinfo(snapshot);
	*out = NULL;
	if (ret < 0)
		return ret;
	*out = snapshot;
	snapshot = NULL;
	return 0;
}
