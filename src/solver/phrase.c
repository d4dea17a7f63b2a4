/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "phrase.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "map-view.h"
#include "util.h"

struct phrase {
	uint32_t kind;
	uint32_t dimension;
	const char *format; /* %s: the value in words, unit included */
};

static const struct phrase phrases[] = {
	{CEN_CONSTRAINT_WIDTH_MIN, CEN_DIMENSION_SIZE, "width at least %s"},
	{CEN_CONSTRAINT_WIDTH_MAX, CEN_DIMENSION_SIZE, "width at most %s"},
	{CEN_CONSTRAINT_WIDTH_STEP, CEN_DIMENSION_SIZE, "width a multiple of %s"},
	{CEN_CONSTRAINT_HEIGHT_MIN, CEN_DIMENSION_SIZE, "height at least %s"},
	{CEN_CONSTRAINT_HEIGHT_MAX, CEN_DIMENSION_SIZE, "height at most %s"},
	{CEN_CONSTRAINT_HEIGHT_STEP, CEN_DIMENSION_SIZE, "height a multiple of %s"},
	{CEN_CONSTRAINT_STRIDE_ALIGN, CEN_DIMENSION_STRIDE, "stride a multiple of %s"},
	{CEN_CONSTRAINT_STRIDE_MIN, CEN_DIMENSION_STRIDE, "stride at least %s"},
	{CEN_CONSTRAINT_STRIDE_MAX, CEN_DIMENSION_STRIDE, "stride at most %s"},
	{CEN_CONSTRAINT_STRIDE_EXACT, CEN_DIMENSION_STRIDE, "stride exactly %s"},
	{CEN_CONSTRAINT_OFFSET_ALIGN, CEN_DIMENSION_OFFSET, "offset a multiple of %s"},
	{CEN_CONSTRAINT_OFFSET_MAX, CEN_DIMENSION_OFFSET, "offset at most %s"},
	{CEN_CONSTRAINT_SIZE_ALIGN, CEN_DIMENSION_CAPACITY, "size a multiple of %s"},
	{CEN_CONSTRAINT_SIZE_MIN, CEN_DIMENSION_CAPACITY, "size at least %s"},
	{CEN_CONSTRAINT_SIZE_TAIL, CEN_DIMENSION_CAPACITY, "%s more behind the last row"},
	{CEN_CONSTRAINT_HEIGHT_ALIGN, CEN_DIMENSION_CHROMA, "memory for a multiple of %s"},
	{CEN_CONSTRAINT_CHROMA_ROWS, CEN_DIMENSION_CHROMA, "chroma right after %s"},
	{CEN_CONSTRAINT_OBJECTS, CEN_DIMENSION_OBJECTS, "planes in dma-bufs: %s"},
	{CEN_CONSTRAINT_SEGMENTS, CEN_DIMENSION_CONTIGUITY, "at most %s physical pieces"},
	{CEN_CONSTRAINT_IOVA_SEGMENTS, CEN_DIMENSION_CONTIGUITY, "at most %s pieces behind its IOMMU"},
	{CEN_CONSTRAINT_ADDRESS_BITS, CEN_DIMENSION_ADDRESS, "addresses of %s"},
	{CEN_CONSTRAINT_ADDRESS_MAX, CEN_DIMENSION_ADDRESS, "no address above %s"},
	{CEN_CONSTRAINT_GRANULARITY, CEN_DIMENSION_ADDRESS, "pieces in multiples of %s"},
	{CEN_CONSTRAINT_PLACEMENT, CEN_DIMENSION_PLACEMENT, "memory of kind %s"},
	{CEN_CONSTRAINT_HEAP, CEN_DIMENSION_ALLOCATOR, "heap %s"},
	{CEN_CONSTRAINT_EXPORTER, CEN_DIMENSION_ALLOCATOR, "a buffer that the device itself allocated"},
	{CEN_CONSTRAINT_FD_MODE, CEN_DIMENSION_CPU, "a file descriptor that is %s"},
	{CEN_CONSTRAINT_CPU_MAPPABLE, CEN_DIMENSION_CPU, "memory that the CPU can map"},
	{CEN_CONSTRAINT_CPU_ACCESS, CEN_DIMENSION_CPU, "CPU access: %s"},
	{CEN_CONSTRAINT_CACHE, CEN_DIMENSION_CPU, "cached CPU mappings"},
	{CEN_CONSTRAINT_COUNT_MIN, CEN_DIMENSION_COUNT, "at least %s buffers"},
	{CEN_CONSTRAINT_COUNT_MAX, CEN_DIMENSION_COUNT, "at most %s buffers"},
	{CEN_CONSTRAINT_SYNC, CEN_DIMENSION_CPU, "synchronisation: %s"},
	{CEN_CONSTRAINT_TAIL_ROWS, CEN_DIMENSION_CAPACITY, "%s more behind the last one"},
	{CEN_CONSTRAINT_IOVA_MAX, CEN_DIMENSION_ADDRESS, "a place below %s behind its IOMMU"},
	{CEN_CONSTRAINT_EXPORTERS, CEN_DIMENSION_ALLOCATOR, "a buffer of one of these exporters: %s"},
};

static const struct phrase *find_phrase(uint32_t kind)
{
	for (size_t i = 0; i < ARRAY_LENGTH(phrases); i++) {
		if (phrases[i].kind == kind)
			return &phrases[i];
	}
	return NULL;
}

uint32_t _cen_dimension_of(uint32_t kind)
{
	const struct phrase *phrase = find_phrase(kind);

	return phrase ? phrase->dimension : 0;
}

char *_cen_phrase_constraint(const struct cen_constraint *constraint, char buf[PHRASE_SIZE])
{
	const struct phrase *phrase = find_phrase(constraint->kind);
	char value[128];
	int length;

	if (!phrase) {
		snprintf(buf, PHRASE_SIZE, "an unknown constraint");
		return buf;
	}
	if (constraint->kind == CEN_CONSTRAINT_SEGMENTS && constraint->value == 1) {
		snprintf(buf, PHRASE_SIZE, "contiguous memory");
		return buf;
	}
	_cen_constraint_value_to_string(constraint, value, sizeof(value));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	length = snprintf(buf, PHRASE_SIZE, phrase->format, value);
#pragma GCC diagnostic pop
	if (constraint->plane && length >= 0 && length < PHRASE_SIZE)
		snprintf(buf + length, PHRASE_SIZE - (size_t)length, " in plane %" PRIu32, constraint->plane);
	return buf;
}

char *_cen_phrase_provenance(const struct cen_constraint *constraint, char buf[PHRASE_SIZE])
{
	/* The note of a heap constraint is its value. */
	const char *note = constraint->kind == CEN_CONSTRAINT_HEAP ? NULL : constraint->note;

	/* The note of a quirk begins with the word. */
	if (constraint->provenance == CEN_PROVENANCE_QUIRK && note && strncmp(note, "quirk ", 6) == 0) {
		snprintf(buf, PHRASE_SIZE, "%s", note);
		return buf;
	}
	snprintf(buf, PHRASE_SIZE, "%s%s%s", cen_provenance_get_name(constraint->provenance), note ? ": " : "",
		 note ? note : "");
	return buf;
}

const char *_cen_phrase_who(const struct plan_shared *shared, int usage)
{
	return usage == MERGE_REQUEST ? "the request" : shared->usages[usage].name;
}

char *_cen_phrase_number(uint64_t number, char buf[32])
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, number);
	char *out = buf;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return buf;
}

static const char *what_source_is(const struct cen_source_desc *source, const struct match_verdict *verdict)
{
	if (verdict->slot == _cen_known_slot(CEN_CONSTRAINT_GRANULARITY, 0))
		return "pieces of memory are too small";
	if (verdict->slot == _cen_known_slot(CEN_CONSTRAINT_FD_MODE, 0))
		return "file descriptors allow less";
	if (verdict->slot == _cen_known_slot(CEN_CONSTRAINT_CACHE, 0))
		return "CPU mappings are not cached";
	switch (verdict->dimension) {
	case CEN_DIMENSION_CONTIGUITY:
		return "memory is scattered";
	case CEN_DIMENSION_ADDRESS:
		return source->address_max ? "memory may lie too high" : "where its memory lies is not known";
	case CEN_DIMENSION_PLACEMENT:
		return source->placement == CEN_PLACEMENT_PROTECTED ? "memory is protected" : "memory of another kind";
	case CEN_DIMENSION_OFFSET:
		return "places the image at an offset";
	case CEN_DIMENSION_CPU:
		return "memory cannot be mapped";
	default:
		return "another allocator is wanted";
	}
}

static void phrase_capacity(const struct match_verdict *verdict, char buf[PHRASE_SIZE])
{
	uint64_t each = verdict->buffers ? verdict->wanted / verdict->buffers : 0;
	char wanted[32], held[32];

	_cen_phrase_number(verdict->wanted, wanted);
	_cen_phrase_number(verdict->held, held);
	if (!verdict->buffers)
		snprintf(buf, PHRASE_SIZE, "%s bytes wanted in one piece, at most %s available", wanted, held);
	else if (verdict->wanted == UINT64_MAX)
		snprintf(buf, PHRASE_SIZE, "more than 2^64 bytes wanted");
	else if (each && verdict->held / each < verdict->buffers)
		snprintf(buf, PHRASE_SIZE, "%s bytes wanted, %s available: %" PRIu64 " of %" PRIu32 " buffers fit",
			 wanted, held, verdict->held / each, verdict->buffers);
	else
		snprintf(buf, PHRASE_SIZE, "%s bytes wanted, %s available", wanted, held);
}

/* The names on the right of a rule, a comma between them; cut where there are many. */
static void list_names(const struct cen_map *map, size_t rule, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t n = 0; n < cen_map_get_name_count(map, rule) && used < size; n++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", n ? ", " : "",
					 cen_map_get_name(map, rule, n));
	if (used >= size)
		memcpy(buf + size - 4, "...", 4);
}

char *_cen_phrase_map(const struct plan_shared *shared, size_t usage, char buf[PHRASE_SIZE])
{
	const struct solver_usage *who = &shared->usages[usage];
	const struct map_view *view = shared->map;
	size_t rule = view->rules[usage];
	char names[80];

	if (rule == MAP_NO_RULE) {
		snprintf(buf, PHRASE_SIZE, "has no rule for %.80s as %s", who->name, cen_usage_get_name(who->usage));
		return buf;
	}
	list_names(view->map, rule, names, sizeof(names));
	snprintf(buf, PHRASE_SIZE, "gives %.80s (%s) only %s%s (rule %zu: %.80s)", who->name,
		 cen_usage_get_name(who->usage), names,
		 _cen_map_view_has_source(view, usage) ? "" : ", which is nothing on this machine", rule + 1,
		 cen_map_get_rule(view->map, rule));
	return buf;
}

char *_cen_phrase_verdict(const struct plan_shared *shared, const struct cen_source_desc *source,
			  const struct match_verdict *verdict, const struct merged *merged, char buf[PHRASE_SIZE])
{
	char constraint[PHRASE_SIZE], known[PHRASE_SIZE];

	if (verdict->dimension == CEN_DIMENSION_PERMISSION) {
		snprintf(buf, PHRASE_SIZE, "no permission: %s",
			 source->access_help ? source->access_help : strerror(-source->access));
	} else if (verdict->dimension == CEN_DIMENSION_CAPACITY) {
		phrase_capacity(verdict, buf);
	} else if (verdict->dimension == CEN_DIMENSION_MAP && merged) {
		snprintf(buf, PHRASE_SIZE, "the map %.310s", _cen_phrase_map(shared, (size_t)verdict->usage, known));
	} else if (verdict->dimension == CEN_DIMENSION_MAP) {
		snprintf(buf, PHRASE_SIZE, "the map leaves it out");
	} else if (verdict->dimension == CEN_DIMENSION_MODIFIER) {
		snprintf(buf, PHRASE_SIZE, "does not make this modifier");
	} else if (!merged) {
		snprintf(buf, PHRASE_SIZE, "%s", what_source_is(source, verdict));
	} else if (verdict->slot < 0 || !(merged->slots >> verdict->slot & 1)) {
		snprintf(buf, PHRASE_SIZE, "%s, which nobody asked for", what_source_is(source, verdict));
	} else {
		const struct cen_constraint *decider = merged->decider[verdict->slot];

		/* Cut long notes rather than lose the sentence's end. */
		snprintf(buf, PHRASE_SIZE, "%s; %.80s required by %.80s (%.100s)", what_source_is(source, verdict),
			 _cen_phrase_constraint(decider, constraint),
			 _cen_phrase_who(shared, merged->decider_usage[verdict->slot]),
			 _cen_phrase_provenance(decider, known));
	}
	return buf;
}
