/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* TAP for the compiled guest tests, and how many dma-bufs there are. One program is one test. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int test_count, failed_count;

/* One line of TAP. Returns is_good. */
__attribute__((format(printf, 2, 3))) static inline bool check(bool is_good, const char *format, ...)
{
	va_list args;

	failed_count += !is_good;
	printf("%s %d - ", is_good ? "ok" : "not ok", ++test_count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	return is_good;
}

/* The plan, at the end. Returns the exit status. */
static inline int check_end(void)
{
	printf("1..%d\n", test_count);
	return failed_count != 0;
}

/* How many dma-bufs the whole machine has; -1 when debugfs does not tell. */
static inline int count_buffers(void)
{
	FILE *file = fopen("/sys/kernel/debug/dma_buf/bufinfo", "re");
	char line[256];
	int count = -1;

	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "Total %d objects", &count);
	if (file)
		fclose(file);
	return count;
}
