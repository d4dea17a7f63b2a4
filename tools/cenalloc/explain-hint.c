/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Constraints in plain words. */
#include "explain-hint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "words.h"

/* How a kind is told, the most telling first: the part of a plan that it bounds, a phrase around its value, and a hint (NULL: too much). */
static const struct phrase {
	uint32_t kind;
	const char *part;
	const char *before, *after; /* of the value; NULL before: the phrase alone, without a value */
	const char *hint; /* NULL: none */
	uint64_t free_value; /* a value that asks for nothing */
} phrases[] = {
	{CEN_CONSTRAINT_EXPORTER, "memory", NULL, "made by the device itself", "its own memory", 0},
	{CEN_CONSTRAINT_SEGMENTS, "memory", "at most ", " pieces", "contiguous", 0},
	{CEN_CONSTRAINT_PLACEMENT, "memory", "of kind ", "", "memory ", 0},
	{CEN_CONSTRAINT_HEAP, "allocator", "", " and no other", NULL, 0},
	{CEN_CONSTRAINT_EXPORTERS, "allocator", "one of ", "", NULL, 0},
	{CEN_CONSTRAINT_ADDRESS_BITS, "addresses", "", "", "addresses ", 64},
	{CEN_CONSTRAINT_ADDRESS_MAX, "addresses", "none above ", "", NULL, 0},
	{CEN_CONSTRAINT_STRIDE_EXACT, "stride", "exactly ", "", "stride ", 0},
	{CEN_CONSTRAINT_STRIDE_ALIGN, "stride", "a multiple of ", "", "stride by ", 1},
	{CEN_CONSTRAINT_CHROMA_ROWS, "chroma", "right behind ", " of luma", "chroma at row ", 0},
	{CEN_CONSTRAINT_HEIGHT_ALIGN, "rows", "padded to a multiple of ", "", "rows by ", 1},
	{CEN_CONSTRAINT_OFFSET_ALIGN, "offset", "a multiple of ", "", "offset by ", 1},
	{CEN_CONSTRAINT_OBJECTS, "dma-bufs", "", "", NULL, 0},
	{CEN_CONSTRAINT_GRANULARITY, "memory", "pieces in multiples of ", "", NULL, 1},
	{CEN_CONSTRAINT_COUNT_MIN, "buffers", "at least ", "", NULL, 0},
	{CEN_CONSTRAINT_CPU_MAPPABLE, "CPU", NULL, "memory that it can map", "mappable", 0},
	{CEN_CONSTRAINT_CACHE, "CPU", NULL, "cached mappings", NULL, 0},
	{CEN_CONSTRAINT_FD_MODE, "CPU", "a file descriptor that is ", "", NULL, 0},
	{CEN_CONSTRAINT_CPU_ACCESS, "CPU", "access: ", "", NULL, 0},
	{CEN_CONSTRAINT_STRIDE_MIN, "stride", "at least ", "", NULL, 0},
	{CEN_CONSTRAINT_SIZE_MIN, "bytes", "at least ", "", NULL, 0},
	{CEN_CONSTRAINT_SIZE_ALIGN, "bytes", "a multiple of ", "", NULL, 1},
	{CEN_CONSTRAINT_SIZE_TAIL, "bytes", "", " more behind the last row", NULL, 0},
	{CEN_CONSTRAINT_TAIL_ROWS, "bytes", "", " more behind the last one", NULL, 0},
	{CEN_CONSTRAINT_IOVA_MAX, "addresses", "none above ", " behind its IOMMU", NULL, 0},
	{CEN_CONSTRAINT_IOVA_SEGMENTS, "memory", "at most ", " pieces behind its IOMMU", NULL, 0},
	{CEN_CONSTRAINT_STRIDE_MAX, "stride", "at most ", "", NULL, 0},
	{CEN_CONSTRAINT_OFFSET_MAX, "offset", "at most ", "", NULL, 0},
	{CEN_CONSTRAINT_COUNT_MAX, "buffers", "at most ", "", NULL, 0},
	{CEN_CONSTRAINT_WIDTH_MIN, "size", "width at least ", "", NULL, 0},
	{CEN_CONSTRAINT_WIDTH_MAX, "size", "width at most ", "", NULL, 0},
	{CEN_CONSTRAINT_WIDTH_STEP, "size", "width a multiple of ", "", NULL, 1},
	{CEN_CONSTRAINT_HEIGHT_MIN, "size", "height at least ", "", NULL, 0},
	{CEN_CONSTRAINT_HEIGHT_MAX, "size", "height at most ", "", NULL, 0},
	{CEN_CONSTRAINT_HEIGHT_STEP, "size", "height a multiple of ", "", NULL, 1},
};

/* A kind of a later library has its own words. */
static const struct phrase *find_phrase(uint32_t kind)
{
	for (size_t i = 0; i < ARRAY_LENGTH(phrases); i++) {
		if (phrases[i].kind == kind)
			return &phrases[i];
	}
	return NULL;
}

static bool is_contiguous(const struct cen_constraint *constraint)
{
	return constraint->kind == CEN_CONSTRAINT_SEGMENTS && constraint->value == 1;
}

static const struct cen_constraint *find_constraint(const struct cen_capability *capability, uint32_t kind)
{
	for (size_t i = 0; i < capability->constraint_count; i++) {
		if (capability->constraints[i].kind == kind && capability->constraints[i].plane == 0)
			return &capability->constraints[i];
	}
	return NULL;
}

/* Few words have no units: those of a stride are known. */
static void hint_value(const struct cen_constraint *constraint, char buf[WORDS_VALUE_SIZE])
{
	if (constraint->kind == CEN_CONSTRAINT_PLACEMENT || constraint->kind == CEN_CONSTRAINT_ADDRESS_BITS)
		words_value(constraint, buf);
	else
		snprintf(buf, WORDS_VALUE_SIZE, "%" PRIu64, constraint->value);
}

void hint_write(const struct cen_capability *capability, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < ARRAY_LENGTH(phrases) && used < size; i++) {
		const struct phrase *phrase = &phrases[i];
		const struct cen_constraint *constraint = find_constraint(capability, phrase->kind);
		char value[WORDS_VALUE_SIZE] = "";
		int length;

		if (!phrase->hint || !constraint || constraint->value == phrase->free_value)
			continue;
		if (phrase->kind == CEN_CONSTRAINT_SEGMENTS && constraint->value != 1)
			continue;
		if (phrase->before && !is_contiguous(constraint))
			hint_value(constraint, value);
		length = snprintf(buf + used, size - used, "%s%s%s", used ? ", " : "", phrase->hint, value);
		used += length > 0 ? (size_t)length : 0;
	}
}

uint32_t hint_kind(size_t index)
{
	return index < ARRAY_LENGTH(phrases) ? phrases[index].kind : 0;
}

const char *hint_part(uint32_t kind)
{
	const struct phrase *phrase = find_phrase(kind);
	const struct cen_constraint_info *info = cen_constraint_kind_get_info(kind);

	if (phrase)
		return phrase->part;
	return info && kind != CEN_CONSTRAINT_SYNC ? info->name : NULL;
}

char *hint_demand(const struct cen_constraint *constraint, char *buf, size_t size)
{
	const struct phrase *phrase = find_phrase(constraint->kind);
	char value[WORDS_VALUE_SIZE];

	words_value(constraint, value);
	if (is_contiguous(constraint))
		snprintf(buf, size, "contiguous");
	else if (phrase && !phrase->before)
		snprintf(buf, size, "%s", phrase->after);
	else
		snprintf(buf, size, "%s%s%s", phrase ? phrase->before : "", value, phrase ? phrase->after : "");
	return buf;
}
