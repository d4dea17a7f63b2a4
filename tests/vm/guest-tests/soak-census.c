/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Counting, from /proc and debugfs. */
#include "soak-census.h"

#include <dirent.h>
#include <err.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "balance.h"

#define BUFINFO "/sys/kernel/debug/dma_buf/bufinfo"
#define CMA_DIR "/sys/kernel/debug/cma"
#define KIB 1024u

/* The one or two numbers of the last line that begins with key: bufinfo has a total of its own for each dma-buf. */
static void read_numbers(const char *path, const char *key, uint64_t *one, uint64_t *two)
{
	FILE *file = fopen(path, "re");
	size_t length = strlen(key);
	bool has_found = false;
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, length) == 0 &&
		    sscanf(line + length, "%" SCNu64 "%*[^0-9]%" SCNu64, one, two) >= 1)
			has_found = true;
	}
	if (file)
		fclose(file);
	if (!has_found)
		errx(2, "%s: has no line \"%s NUMBER\"", path, key);
}

static uint64_t read_number(const char *path, const char *key)
{
	uint64_t one = 0, none;

	read_numbers(path, key, &one, &none);
	return one;
}

/* meminfo's CmaFree is no measure: pages of files lie there as long as nobody wants them. */
static uint64_t count_cma_pages(void)
{
	DIR *dir = opendir(CMA_DIR);
	struct dirent *entry;
	char path[512];
	uint64_t pages = 0;

	if (!dir)
		err(2, CMA_DIR);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), CMA_DIR "/%s/used", entry->d_name);
		pages += read_number(path, "");
	}
	closedir(dir);
	return pages;
}

void census_take(struct census *census)
{
	*census = (struct census){
		.fds = balance_count_fds(),
		.cma_pages = count_cma_pages(),
		.heap_bytes = mallinfo2().uordblks,
		.rss_bytes = read_number("/proc/self/status", "VmRSS:") * KIB,
		.available_bytes = read_number("/proc/meminfo", "MemAvailable:") * KIB,
		.slab_bytes = read_number("/proc/meminfo", "SUnreclaim:") * KIB,
	};
	read_numbers(BUFINFO, "Total", &census->dma_bufs, &census->dma_buf_bytes);
}

void census_settle(struct census *census, const struct census *rest)
{
	for (int n = 0; n < 100; n++) {
		census_take(census);
		if (census->dma_bufs == rest->dma_bufs && census->cma_pages == rest->cma_pages)
			return;
		nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	}
}

void census_print_heading(void)
{
	printf("# %8s %9s %5s %9s %13s %10s %10s %9s %14s %9s\n", "seconds", "frames", "fds", "dma-bufs",
	       "dma-buf bytes", "CMA pages", "malloc", "RSS KiB", "MemAvail. KiB", "slab KiB");
}

void census_print(double seconds, uint64_t frames, const struct census *census)
{
	printf("# %8.1f %9" PRIu64 " %5" PRIu64 " %9" PRIu64 " %13" PRIu64 " %10" PRIu64 " %10" PRIu64 " %9" PRIu64
	       " %14" PRIu64 " %9" PRIu64 "\n",
	       seconds, frames, census->fds, census->dma_bufs, census->dma_buf_bytes, census->cma_pages,
	       census->heap_bytes, census->rss_bytes / KIB, census->available_bytes / KIB, census->slab_bytes / KIB);
	fflush(stdout);
}
