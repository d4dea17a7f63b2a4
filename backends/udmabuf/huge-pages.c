/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Reads /sys/kernel/mm/hugepages. */
#include <dirent.h>
#include <limits.h>
#include <sys/utsname.h>

#include "backend-util.h"
#include "huge-pages.h"

#define POOL_DIR "/sys/kernel/mm/hugepages"

static uint64_t read_pool_number(const char *pool, const char *file)
{
	char path[NAME_MAX + 64];
	uint64_t value;

	if ((size_t)snprintf(path, sizeof(path), POOL_DIR "/%s/%s", pool, file) >= sizeof(path))
		return 0;
	return read_number(path, &value) ? value : 0;
}

static struct huge_pool read_pool(const char *name)
{
	uint64_t free_pages, promised, kib;
	struct huge_pool pool = {0};

	if (sscanf(name, "hugepages-%" SCNu64 "kB", &kib) != 1 || __builtin_mul_overflow(kib, 1024, &pool.page_bytes))
		return (struct huge_pool){0};
	/* The kernel takes the size as a power of two. */
	if (pool.page_bytes == 0 || (pool.page_bytes & (pool.page_bytes - 1)))
		return (struct huge_pool){0};
	free_pages = read_pool_number(name, "free_hugepages");
	promised = read_pool_number(name, "resv_hugepages");
	pool.free_pages = free_pages > promised ? free_pages - promised : 0;
	return pool;
}

/*
 * Before 7.0 the CPU mapping that udmabuf gives to other drivers repeats the first 4 KiB of every huge page, so that
 * an importer which writes by CPU (vivid, vkms, UVC cameras) reaches 4 KiB of the buffer only. 6.12 has that.
 */
static bool is_kernel_sound(void)
{
	unsigned int major;
	struct utsname uts;

	return uname(&uts) == 0 && sscanf(uts.release, "%u.", &major) == 1 && major >= 7;
}

struct huge_pool _cen_udmabuf_find_huge_pool(void)
{
	struct huge_pool best = {0}, pool;
	struct dirent *entry;
	DIR *dir;

	if (!is_kernel_sound())
		return best;
	dir = opendir(POOL_DIR);
	while (dir && (entry = readdir(dir))) {
		pool = read_pool(entry->d_name);
		if (pool.free_pages && (!best.page_bytes || pool.page_bytes < best.page_bytes))
			best = pool;
	}
	if (dir)
		closedir(dir);
	return best;
}
