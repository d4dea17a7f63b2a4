/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Counts /proc/self/fd. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "balance.h"

static size_t walk(bool is_verbose)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	size_t count = 0;

	if (!dir) {
		fprintf(stderr, "balance: /proc/self/fd cannot be read\n");
		abort();
	}
	while ((entry = readdir(dir))) {
		char target[256];
		ssize_t length;

		if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(dir))
			continue;
		count++;
		if (!is_verbose)
			continue;
		length = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target));
		fprintf(stderr, "# fd %s: %.*s\n", entry->d_name, length > 0 ? (int)length : 0, target);
	}
	closedir(dir);
	return count;
}

size_t balance_count_fds(void)
{
	return walk(false);
}

bool balance_check_fds(size_t before)
{
	size_t after = walk(false);

	if (after == before)
		return true;
	fprintf(stderr, "# %zu file descriptors before, %zu after\n", before, after);
	walk(true);
	return false;
}
