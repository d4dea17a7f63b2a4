/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Who can serve a trace: see competitor.h. */
#include "competitor.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cenalloc/backend.h>

int cen_backend_entry_v1_region(uint32_t host_abi, const struct cen_backend **out);
int cen_backend_entry_v1_first_fit(uint32_t host_abi, const struct cen_backend **out);

static struct {
	const struct cen_region_algorithm *algorithm;
	void *state;
} region;

/* jemalloc, in a name space of its own: nobody else's malloc() is replaced. */
static struct {
	int (*posix_memalign)(void **out, size_t alignment, size_t bytes);
	void (*free)(void *ptr);
	int (*mallctl)(const char *name, void *old, size_t *old_size, void *new, size_t new_size);
} jemalloc;

void drop_region(void)
{
	if (region.algorithm)
		region.algorithm->cleanup(region.state);
	region.algorithm = NULL;
}

void set_region(const struct cen_region_algorithm *algorithm, uint64_t bytes)
{
	drop_region();
	if (algorithm->init(bytes, TRACE_PAGE, &region.state) < 0) {
		fprintf(stderr, "bench-region: %s: no region\n", algorithm->name);
		exit(2);
	}
	region.algorithm = algorithm;
}

uint64_t get_largest_free(void)
{
	return region.algorithm->get_largest_free(region.state);
}

static const char *open_nothing(void)
{
	return NULL;
}

static uint64_t nothing_alloc(const struct trace_op *op)
{
	return op->id;
}

static void nothing_free(const struct trace_op *op, uint64_t chunk)
{
	(void)op;
	(void)chunk;
}

static const char *open_region(void)
{
	const struct cen_backend *table;

	if (cen_backend_entry_v1_region(CEN_BACKEND_ABI, &table) < 0)
		return "the backend has no table";
	competitors[BEST_FIT].algorithm = table->algorithms[0];
	competitors[TLSF].algorithm = table->algorithms[1];
	return NULL;
}

static const char *open_first_fit(void)
{
	const struct cen_backend *table;

	if (cen_backend_entry_v1_first_fit(CEN_BACKEND_ABI, &table) < 0)
		return "the plug-in has no table";
	competitors[FIRST_FIT].algorithm = table->algorithms[0];
	return NULL;
}

static uint64_t region_alloc(const struct trace_op *op)
{
	uint64_t alignment = op->alignment < TRACE_PAGE ? TRACE_PAGE : op->alignment, start;

	if (region.algorithm->alloc(region.state, trace_get_pages(op->bytes), alignment, &start) < 0)
		return NO_CHUNK;
	return start;
}

static void region_free(const struct trace_op *op, uint64_t chunk)
{
	region.algorithm->free(region.state, chunk, trace_get_pages(op->bytes));
}

static uint64_t malloc_alloc(const struct trace_op *op)
{
	void *chunk;

	return posix_memalign(&chunk, op->alignment < 16 ? 16 : op->alignment, op->bytes) == 0 ? (uintptr_t)chunk
											       : NO_CHUNK;
}

static void malloc_free(const struct trace_op *op, uint64_t chunk)
{
	(void)op;
	free((void *)(uintptr_t)chunk);
}

/* What it took from the system by brk() and mmap() and has not given back. */
static uint64_t malloc_get_footprint(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.arena + info.hblkhd;
}

static const char *open_jemalloc(void)
{
	void *library = dlopen("libjemalloc.so.2", RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return dlerror();
	jemalloc.posix_memalign = dlsym(library, "posix_memalign");
	jemalloc.free = dlsym(library, "free");
	jemalloc.mallctl = dlsym(library, "mallctl");
	return jemalloc.posix_memalign && jemalloc.free && jemalloc.mallctl ? NULL
									    : "libjemalloc.so.2 lacks a function";
}

static uint64_t jemalloc_alloc(const struct trace_op *op)
{
	void *chunk;

	return jemalloc.posix_memalign(&chunk, op->alignment < 16 ? 16 : op->alignment, op->bytes) == 0
		       ? (uintptr_t)chunk
		       : NO_CHUNK;
}

static void jemalloc_free(const struct trace_op *op, uint64_t chunk)
{
	(void)op;
	jemalloc.free((void *)(uintptr_t)chunk);
}

/* Its figures are as old as the epoch. */
static uint64_t ask_jemalloc(const char *name)
{
	uint64_t epoch = 1;
	size_t value = 0, size = sizeof(value);

	jemalloc.mallctl("epoch", NULL, NULL, &epoch, sizeof(epoch));
	jemalloc.mallctl(name, &value, &size, NULL, 0);
	return value;
}

static uint64_t jemalloc_get_footprint(void)
{
	return ask_jemalloc("stats.active");
}

uint64_t get_jemalloc_resident(void)
{
	return ask_jemalloc("stats.resident");
}

/* A mapping is aligned to a page: for more it has to be larger. */
static size_t get_mapping_bytes(const struct trace_op *op)
{
	return op->bytes + (op->alignment > TRACE_PAGE ? op->alignment - TRACE_PAGE : 0);
}

static uint64_t mmap_alloc(const struct trace_op *op)
{
	void *chunk = mmap(NULL, get_mapping_bytes(op), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return chunk == MAP_FAILED ? NO_CHUNK : (uintptr_t)chunk;
}

static void mmap_free(const struct trace_op *op, uint64_t chunk)
{
	munmap((void *)(uintptr_t)chunk, get_mapping_bytes(op));
}

struct competitor competitors[COMPETITOR_COUNT] = {
	[NOTHING] = {"nothing", NULL, open_nothing, nothing_alloc, nothing_free, NULL},
	[BEST_FIT] = {"best-fit", NULL, open_region, region_alloc, region_free, NULL},
	[TLSF] = {"tlsf", NULL, open_region, region_alloc, region_free, NULL},
	[FIRST_FIT] = {"first-fit", NULL, open_first_fit, region_alloc, region_free, NULL},
	[MALLOC] = {"malloc", NULL, open_nothing, malloc_alloc, malloc_free, malloc_get_footprint},
	[JEMALLOC] = {"jemalloc", NULL, open_jemalloc, jemalloc_alloc, jemalloc_free, jemalloc_get_footprint},
	[MMAP] = {"mmap", NULL, open_nothing, mmap_alloc, mmap_free, NULL},
};
