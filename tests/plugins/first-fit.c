/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A plug-in that brings an algorithm for regions and nothing else: first-fit, the lowest hole that holds the chunk. The
 * chunks are a list in the order of their starts; the holes are what lies between. Every call walks the list, which is
 * fair for a few chunks.
 */
#include <errno.h>
#include <stdlib.h>

#include <cenalloc/backend.h>

struct chunk {
	struct chunk *next;
	uint64_t start, bytes;
};

struct region {
	uint64_t bytes;
	struct chunk *chunks;
};

static int first_fit_init(uint64_t bytes, uint64_t granularity, void **state)
{
	struct region *region;

	/* The host has seen to both; that they are meant to be so is checked here all the same. */
	if (!bytes || !granularity || bytes % granularity)
		return -EINVAL;
	region = calloc(1, sizeof(*region));
	if (!region)
		return -ENOMEM;
	region->bytes = bytes;
	*state = region;
	return 0;
}

static void first_fit_cleanup(void *state)
{
	struct region *region = state;
	struct chunk *chunk;

	while ((chunk = region->chunks)) {
		region->chunks = chunk->next;
		free(chunk);
	}
	free(region);
}

/* The link to the first chunk behind a hole that is large enough; NULL when there is none. */
static struct chunk **find_hole(struct region *region, uint64_t bytes, uint64_t alignment, uint64_t *start)
{
	uint64_t hole = 0;

	for (struct chunk **link = &region->chunks;; link = &(*link)->next) {
		uint64_t end = *link ? (*link)->start : region->bytes;
		uint64_t padding = (0 - hole) & (alignment - 1);

		if (padding <= end - hole && bytes <= end - hole - padding) {
			*start = hole + padding;
			return link;
		}
		if (!*link)
			return NULL;
		hole = (*link)->start + (*link)->bytes;
	}
}

static int first_fit_alloc(void *state, uint64_t bytes, uint64_t alignment, uint64_t *start)
{
	struct chunk **link = find_hole(state, bytes, alignment, start), *chunk;

	if (!link)
		return -ENOMEM;
	chunk = malloc(sizeof(*chunk));
	if (!chunk)
		return -ENOMEM;
	*chunk = (struct chunk){.next = *link, .start = *start, .bytes = bytes};
	*link = chunk;
	return 0;
}

static void first_fit_free(void *state, uint64_t start, uint64_t bytes)
{
	struct region *region = state;

	(void)bytes;
	for (struct chunk **link = &region->chunks; *link; link = &(*link)->next) {
		struct chunk *chunk = *link;

		if (chunk->start != start)
			continue;
		*link = chunk->next;
		free(chunk);
		return;
	}
}

static uint64_t first_fit_get_largest_free(const void *state)
{
	const struct region *region = state;
	uint64_t hole = 0, largest = 0;

	for (const struct chunk *chunk = region->chunks; chunk; chunk = chunk->next) {
		if (chunk->start - hole > largest)
			largest = chunk->start - hole;
		hole = chunk->start + chunk->bytes;
	}
	return region->bytes - hole > largest ? region->bytes - hole : largest;
}

static const struct cen_region_algorithm first_fit = {
	.size = sizeof(first_fit),
	.name = "first-fit",
	.description = "the lowest hole that fits",
	.init = first_fit_init,
	.cleanup = first_fit_cleanup,
	.alloc = first_fit_alloc,
	.free = first_fit_free,
	.get_largest_free = first_fit_get_largest_free,
};

static const struct cen_region_algorithm *const algorithms[] = {&first_fit};

/* No device and no source: algorithms are found in the table. */
static int list_nothing(void *state, struct cen_call *call)
{
	(void)state;
	(void)call;
	return 0;
}

static const struct cen_backend first_fit_backend = {
	.size = sizeof(first_fit_backend),
	.abi = CEN_BACKEND_ABI,
	.priority = 100,
	.name = "first-fit",
	.description = "an example: an algorithm for regions",
	.list = list_nothing,
	.algorithms = algorithms,
	.algorithm_count = 1,
};

/* Declared for the tests that link this file instead of loading it. */
CEN_BACKEND_ENTRY(first_fit);

/* Algorithms came with ABI 3. An earlier host does not read that far and finds a backend with nothing to list. */
CEN_BACKEND_ENTRY(first_fit)
{
	if (host_abi < 1)
		return -EPROTONOSUPPORT;
	*out = &first_fit_backend;
	return 0;
}
