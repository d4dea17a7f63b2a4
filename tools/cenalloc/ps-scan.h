/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Fills a snapshot from /proc and debugfs. Nothing is opened but their files: no buffer gets another reference. */
#pragma once

#include "ps-model.h"

/*
 * Look at the machine once. Processes that end and descriptors that are closed meanwhile are left out; what may not be
 * read is counted. Returns 0, or a negative errno with *out NULL when /proc cannot be read or there is no memory.
 */
int ps_scan(struct ps_snapshot **out);

/* The parts: descriptors and mappings of all processes; what debugfs knows. The second comes after the first: what is
 * not in it any more has been freed, and is taken out. */
int ps_scan_processes(struct ps_snapshot *snapshot);
int ps_scan_bufinfo(struct ps_snapshot *snapshot);

/* Why bufinfo was not read, and what would help; for an errno that ps_scan() left in bufinfo_error. */
const char *ps_bufinfo_help(int error);

/* The small files of /proc: up to size - 1 bytes, NUL behind them. Returns the bytes or a negative errno. */
ssize_t ps_read_file(int folder, const char *name, char *buf, size_t size);
