/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Readers of what the kernel prints about dma-bufs. They work on text alone and trust none of it: the name of a buffer
 * is chosen by whoever has a descriptor, and may hold line feeds that look like more lines.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Names of buffers have at most 31 bytes, those of exporters, commands and devices hardly more; the rest is cut. */
#define PS_TEXT_SIZE 64

/* What links and mappings of dma-bufs begin with; the name follows. */
#define PS_LINK_PREFIX "/dmabuf:"

/* /proc/PID/fdinfo/FD of a dma-buf. */
struct ps_fdinfo {
	uint64_t inode; /* 0: older kernels do not tell */
	uint64_t size;
	uint64_t references; /* of the whole machine: descriptors, mappings and users inside of the kernel */
	char exporter[PS_TEXT_SIZE];
	char name[PS_TEXT_SIZE];
};

/* False when it is no dma-buf. Of a field that is there twice the first counts: the name comes last. */
bool ps_fdinfo_parse(const char *text, struct ps_fdinfo *out);

/* A line of /proc/PID/maps. */
struct ps_mapping {
	uint64_t start, end;
	dev_t dev;
	uint64_t inode;
	char name[PS_TEXT_SIZE];
};

/* Up to the line feed or the end of text. False when it maps nothing that has the name of a dma-buf. */
bool ps_mapping_parse(const char *line, struct ps_mapping *out);

/* /proc/PID/stat. */
struct ps_stat {
	bool is_kernel_thread;
	bool is_ended; /* its first thread is: others may go on */
	uint64_t thread_count;
	uint64_t start; /* clock ticks after the boot */
};

/* The command in it may hold anything, parentheses and line feeds too. */
bool ps_stat_parse(const char *text, struct ps_stat *out);

/* A buffer of debugfs' dma_buf/bufinfo. */
struct ps_bufinfo_row {
	uint64_t inode;
	uint64_t size;
	uint64_t references;
	char exporter[PS_TEXT_SIZE];
	char name[PS_TEXT_SIZE]; /* "" where there is none */
	const char *devices; /* for ps_bufinfo_next_device() */
};

/*
 * The next buffer at or behind *text, which goes on behind its first line. False when there is none. The kernel pads
 * numbers to eight digits, and a name has less than 32 bytes: no name can hold a line that passes for a buffer.
 */
bool ps_bufinfo_next(const char **text, struct ps_bufinfo_row *out);

/* The next attached device of a row, in the order in which they were attached. False when there is none. */
bool ps_bufinfo_next_device(struct ps_bufinfo_row *row, char out[PS_TEXT_SIZE]);

/* How many buffers the last line of bufinfo counts; false when it does not. */
bool ps_bufinfo_total(const char *text, uint64_t *out);
