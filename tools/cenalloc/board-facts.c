/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a reader of a report must know of the machine: nothing that says whose it is. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "board.h"
#include "clean.h"

static void file_cleanup(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* One line of /proc or /sys. Device trees end it with a zero. */
static bool read_first_line(const char *path, char *buf, size_t size)
{
	_cleanup_(file_cleanup) FILE *file = fopen(path, "re");

	buf[0] = '\0';
	if (!file || !fgets(buf, (int)size, file))
		return false;
	buf[strcspn(buf, "\n")] = '\0';
	clean_text(buf);
	return buf[0] != '\0';
}

static void read_model(char *buf, size_t size)
{
	char vendor[64], product[64];

	if (read_first_line("/proc/device-tree/model", buf, size))
		return;
	read_first_line("/sys/class/dmi/id/sys_vendor", vendor, sizeof(vendor));
	read_first_line("/sys/class/dmi/id/product_name", product, sizeof(product));
	snprintf(buf, size, "%s%s%s", vendor, vendor[0] && product[0] ? " " : "", product);
}

static uint64_t read_memory(const char *key)
{
	_cleanup_(file_cleanup) FILE *file = fopen("/proc/meminfo", "re");
	size_t length = strlen(key);
	char line[128];

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, length) == 0 && line[length] == ':')
			return strtoull(line + length + 1, NULL, 10) * 1024;
	}
	return 0;
}

void board_facts_read(const struct board *board, struct board_facts *facts)
{
	time_t started = (time_t)board->started;
	struct utsname name;
	struct tm date;

	*facts = (struct board_facts){0};
	read_model(facts->model, sizeof(facts->model));
	/* Not the node's name. */
	if (uname(&name) == 0) {
		snprintf(facts->kernel, sizeof(facts->kernel), "%s %s", name.sysname, name.release);
		snprintf(facts->architecture, sizeof(facts->architecture), "%s", name.machine);
	}
	facts->memory_bytes = read_memory("MemTotal");
	facts->cma_bytes = read_memory("CmaTotal");
	if (gmtime_r(&started, &date))
		strftime(facts->date, sizeof(facts->date), "%Y-%m-%dT%H:%M:%SZ", &date);
}
