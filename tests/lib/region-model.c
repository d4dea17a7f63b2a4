/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The model of a region: see region-model.h. */
#include "region-model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void region_model_init(struct region_model *model, uint64_t bytes, size_t capacity)
{
	*model = (struct region_model){.bytes = bytes, .capacity = capacity};
	model->chunks = calloc(capacity, sizeof(model->chunks[0]));
	if (!model->chunks)
		abort();
}

void region_model_finish(struct region_model *model)
{
	free(model->chunks);
}

/* The hole in front of chunk n, or behind the last one; of 0 bytes where there is none. */
static struct region_chunk get_gap(const struct region_model *model, size_t n)
{
	uint64_t start = n ? model->chunks[n - 1].start + model->chunks[n - 1].bytes : 0;
	uint64_t end = n < model->count ? model->chunks[n].start : model->bytes;

	return (struct region_chunk){start, end - start};
}

/* Division, where the algorithms mask: not the same mistake twice. */
static int is_taken(struct region_chunk gap, uint64_t bytes, uint64_t alignment, uint64_t *first)
{
	uint64_t over = gap.start % alignment, padding = over ? alignment - over : 0;

	*first = gap.start + padding;
	return gap.bytes >= padding && gap.bytes - padding >= bytes;
}

struct region_fit region_model_find(const struct region_model *model, uint64_t bytes, uint64_t alignment)
{
	struct region_fit fit = {0};
	uint64_t first;

	for (size_t n = 0; n <= model->count; n++) {
		struct region_chunk gap = get_gap(model, n);

		if (!gap.bytes || !is_taken(gap, bytes, alignment, &first))
			continue;
		if (!fit.smallest)
			fit.first = first;
		if (!fit.smallest || gap.bytes < fit.smallest)
			fit.smallest = gap.bytes;
	}
	return fit;
}

uint64_t region_model_get_largest(const struct region_model *model)
{
	uint64_t largest = 0;

	for (size_t n = 0; n <= model->count; n++) {
		struct region_chunk gap = get_gap(model, n);

		if (gap.bytes > largest)
			largest = gap.bytes;
	}
	return largest;
}

/* How many chunks begin at or below start. */
static size_t find_place(const struct region_model *model, uint64_t start)
{
	size_t n = 0;

	while (n < model->count && model->chunks[n].start <= start)
		n++;
	return n;
}

static const char *check_chunk(const struct region_model *model, struct region_chunk chunk, uint64_t alignment)
{
	size_t n = find_place(model, chunk.start);
	struct region_chunk gap = get_gap(model, n);

	if (chunk.start >= model->bytes || chunk.bytes > model->bytes - chunk.start)
		return "a chunk beyond the region";
	if (chunk.start % alignment)
		return "a chunk that is not aligned";
	if (chunk.start < gap.start || chunk.start - gap.start + chunk.bytes > gap.bytes)
		return "a chunk over another one";
	return NULL;
}

static void insert(struct region_model *model, struct region_chunk chunk, size_t n)
{
	if (model->count == model->capacity)
		abort();
	memmove(&model->chunks[n + 1], &model->chunks[n], (model->count - n) * sizeof(chunk));
	model->chunks[n] = chunk;
	model->count++;
	model->used += chunk.bytes;
}

static const char *check_largest(const struct region_model *model, const struct cen_region_algorithm *algorithm,
				 const void *state)
{
	return algorithm->get_largest_free(state) == region_model_get_largest(model)
		       ? NULL
		       : "another largest hole than there is";
}

/* What best-fit promises: one of the smallest holes that fit, and not its middle where its end is as good. */
static const char *check_best_fit(struct region_chunk hole, uint64_t smallest, struct region_chunk chunk,
				  uint64_t alignment)
{
	uint64_t before = chunk.start - hole.start, behind = hole.bytes - before - chunk.bytes;

	if (hole.bytes != smallest)
		return "not one of the smallest holes that fit";
	if (before && hole.start % alignment == 0)
		return "not at the front of a hole that is aligned";
	if (before && behind && behind % alignment == 0)
		return "in the middle of a hole whose end is as good";
	return NULL;
}

static const char *check_choice(const struct region_model *model, const char *name, struct region_fit fit,
				struct region_chunk chunk, uint64_t alignment)
{
	const char *wrong = check_chunk(model, chunk, alignment);

	if (wrong)
		return wrong;
	if (strcmp(name, "best-fit") == 0)
		return check_best_fit(get_gap(model, find_place(model, chunk.start)), fit.smallest, chunk, alignment);
	if (strcmp(name, "first-fit") == 0 && chunk.start != fit.first)
		return "not the first hole that fits";
	return NULL;
}

const char *region_model_alloc(struct region_model *model, const struct cen_region_algorithm *algorithm, void *state,
			       uint64_t bytes, uint64_t alignment, bool may_fail, size_t *made)
{
	struct region_fit fit = region_model_find(model, bytes, alignment);
	struct region_chunk chunk = {.bytes = bytes};
	int ret = algorithm->alloc(state, bytes, alignment, &chunk.start);
	const char *wrong;

	*made = SIZE_MAX;
	if (ret != 0 && ret != -ENOMEM)
		return "neither 0 nor -ENOMEM";
	if (ret == 0 && !fit.smallest)
		return "a chunk where no hole fits";
	if (ret < 0)
		return fit.smallest && !may_fail ? "no chunk although a hole fits"
						 : check_largest(model, algorithm, state);
	wrong = check_choice(model, algorithm->name, fit, chunk, alignment);
	if (wrong)
		return wrong;
	*made = find_place(model, chunk.start);
	insert(model, chunk, *made);
	return check_largest(model, algorithm, state);
}

const char *region_model_free(struct region_model *model, const struct cen_region_algorithm *algorithm, void *state,
			      size_t n)
{
	struct region_chunk chunk = model->chunks[n];

	algorithm->free(state, chunk.start, chunk.bytes);
	model->count--;
	memmove(&model->chunks[n], &model->chunks[n + 1], (model->count - n) * sizeof(chunk));
	model->used -= chunk.bytes;
	return check_largest(model, algorithm, state);
}
