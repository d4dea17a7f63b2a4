/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What "cenalloc ps" knows of the machine at one time: dma-bufs, who holds them, which devices are attached. */
#pragma once

#include <sys/types.h>

#include "ps-text.h"
#include "tool.h"

/* More descriptors of one dma-buf than this in one process are a sign of a leak. */
#define PS_FDS_MAX 8

enum ps_mark {
	/* The kernel knows it, and no process has a descriptor or a mapping. */
	PS_MARK_ORPHAN = 1 << 0,
	/* A process has more than PS_FDS_MAX descriptors of it. */
	PS_MARK_LEAK = 1 << 1,
	/* Nothing but descriptors: no mapping, no attached device, no other reference. */
	PS_MARK_IDLE = 1 << 2,
};

/* A process that has a buffer open or mapped. */
struct ps_holder {
	pid_t pid;
	uint64_t start; /* clock ticks after the boot: pids are used again */
	char command[PS_TEXT_SIZE];
	int *fds; /* in the order in which they were found */
	size_t fd_count, fd_capacity;
	size_t mapping_count;
	uint64_t mapped_bytes;
};

struct ps_buffer {
	uint64_t inode;
	uint64_t size; /* 0: not known */
	uint64_t references; /* 0: not known */
	char exporter[PS_TEXT_SIZE]; /* "": not known */
	char name[PS_TEXT_SIZE]; /* "": none */
	struct ps_holder *holders; /* by pid */
	size_t holder_count, holder_capacity;
	bool is_listed; /* in bufinfo: the attached devices are known */
	char (*devices)[PS_TEXT_SIZE];
	size_t device_count, device_capacity;
	uint32_t marks; /* enum ps_mark */
};

struct ps_snapshot {
	struct ps_buffer **buffers; /* by inode */
	size_t count, capacity;
	dev_t dev; /* of the file system of dma-bufs; 0: not known yet */
	size_t process_count; /* that were read */
	size_t denied_count; /* that could not be read; threads of the kernel do not count */
	bool has_all_processes; /* every process of the machine was seen and read */
	int bufinfo_error; /* 0: bufinfo was read; a negative errno */
};

/* A process that holds buffers, with their sum. */
struct ps_process {
	pid_t pid;
	uint64_t start;
	const char *command; /* of a holder */
	size_t buffer_count;
	uint64_t bytes;
};

struct ps_snapshot *ps_snapshot_create(void);
/* NULL is allowed. */
void ps_snapshot_destroy(struct ps_snapshot *snapshot);
void ps_snapshot_cleanup(struct ps_snapshot **snapshot);

/* The buffer of this inode, or NULL. */
struct ps_buffer *ps_snapshot_find(const struct ps_snapshot *snapshot, uint64_t inode);
/* The same, made when it is not there. NULL when there is no memory. */
struct ps_buffer *ps_snapshot_get(struct ps_snapshot *snapshot, uint64_t inode);
/* Take a buffer out and free it. */
void ps_snapshot_remove(struct ps_snapshot *snapshot, size_t index);

/* The holder of this pid, which is the last one or made anew. NULL when there is no memory. */
struct ps_holder *ps_buffer_get_holder(struct ps_buffer *buffer, pid_t pid, uint64_t start, const char *command);
/* 0 or -ENOMEM. */
int ps_holder_add_fd(struct ps_holder *holder, int fd);
int ps_buffer_add_device(struct ps_buffer *buffer, const char *name);

/* Does a process with this pid hold it? */
bool ps_buffer_is_held_by(const struct ps_buffer *buffer, pid_t pid);
bool ps_buffer_is_mapped(const struct ps_buffer *buffer);
/* References beyond the descriptors and mappings that were seen: users in the kernel, processes that could not be
 * read, descriptors under way in a socket. */
uint64_t ps_buffer_count_unseen(const struct ps_buffer *buffer);

/* Listed by the kernel without a holder, while all processes were read: an orphan if it stays so. */
bool ps_snapshot_suspects(const struct ps_snapshot *snapshot, const struct ps_buffer *buffer);
/*
 * Set the marks. earlier: a snapshot taken before this one; what is a suspect in both is an orphan. One look is not
 * enough: a descriptor that went to a process already looked at, from one not yet looked at, was missed.
 */
void ps_snapshot_mark(struct ps_snapshot *snapshot, const struct ps_snapshot *earlier);
/* Is there a suspect that earlier does not have as one? Then another look is needed. earlier may be NULL. */
bool ps_snapshot_has_new_suspect(const struct ps_snapshot *snapshot, const struct ps_snapshot *earlier);

/* The processes that hold buffers, by pid. Returns 0 with a malloc'ed array in *out, or -ENOMEM. */
int ps_snapshot_list_processes(const struct ps_snapshot *snapshot, struct ps_process **out, size_t *count);
