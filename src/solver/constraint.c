/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The catalogue of constraints: one table, a row per kind, and the checks and merges that follow from it. */

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "constraint-table.h"
#include "constraint.h"
#include "error.h"
#include "util.h"

static const char *const object_names[] = {"one", "per-plane", NULL};
static const char *const placement_names[] = {"system", "cma", "device", "protected", NULL};
static const char *const fd_names[] = {"any", "read-only", "read-write", NULL};
static const char *const yes_names[] = {"no", "yes", NULL};
static const char *const cpu_names[] = {"none", "rarely", "often", NULL};
static const char *const exporter_names[] = {"heap", "udmabuf", "drm", "v4l2", "other", NULL};
static const char *const sync_names[] = {"none", "implicit", "explicit", NULL};

/*
 * A new kind is a new row, and its number in constraint.h. Rows stand in the order of their slots.
 *
 * kind, name, unit, planes, merge, form, lowest value, highest value (of a set: the mask), names, meaning
 */
#define CATALOGUE(KIND)                                                                                                \
	KIND(WIDTH_MIN, "width-min", "pixels", 1, MAX, NUMBER, 0, UINT32_MAX, NULL,                                    \
	     "The image is at least this wide.")                                                                       \
	KIND(WIDTH_MAX, "width-max", "pixels", 1, MIN, NUMBER, 1, UINT32_MAX, NULL, "The image is at most this wide.") \
	KIND(WIDTH_STEP, "width-step", "pixels", 1, LCM, NUMBER, 1, UINT64_MAX, NULL,                                  \
	     "The width is a multiple of this.")                                                                       \
	KIND(HEIGHT_MIN, "height-min", "pixels", 1, MAX, NUMBER, 0, UINT32_MAX, NULL,                                  \
	     "The image is at least this high.")                                                                       \
	KIND(HEIGHT_MAX, "height-max", "pixels", 1, MIN, NUMBER, 1, UINT32_MAX, NULL,                                  \
	     "The image is at most this high.")                                                                        \
	KIND(HEIGHT_STEP, "height-step", "pixels", 1, LCM, NUMBER, 1, UINT64_MAX, NULL,                                \
	     "The height is a multiple of this.")                                                                      \
	KIND(STRIDE_ALIGN, "stride-align", "bytes", 4, LCM, NUMBER, 1, UINT64_MAX, NULL,                               \
	     "The bytes from one row to the next are a multiple of this.")                                             \
	KIND(STRIDE_MIN, "stride-min", "bytes", 4, MAX, NUMBER, 0, UINT64_MAX, NULL,                                   \
	     "The bytes from one row to the next are at least this.")                                                  \
	KIND(STRIDE_MAX, "stride-max", "bytes", 4, MIN, NUMBER, 1, UINT64_MAX, NULL,                                   \
	     "The bytes from one row to the next are at most this.")                                                   \
	KIND(STRIDE_EXACT, "stride-exact", "bytes", 4, EQUAL, NUMBER, 1, UINT64_MAX, NULL,                             \
	     "The bytes from one row to the next are exactly this.")                                                   \
	KIND(OFFSET_ALIGN, "offset-align", "bytes", 4, LCM, NUMBER, 1, UINT64_MAX, NULL,                               \
	     "The plane begins at a multiple of this within its object.")                                              \
	KIND(OFFSET_MAX, "offset-max", "bytes", 4, MIN, NUMBER, 0, UINT64_MAX, NULL,                                   \
	     "The plane begins at most this far into its object.")                                                     \
	KIND(SIZE_ALIGN, "size-align", "bytes", 4, LCM, NUMBER, 1, UINT64_MAX, NULL,                                   \
	     "The size of the object is a multiple of this.")                                                          \
	KIND(SIZE_MIN, "size-min", "bytes", 4, MAX, NUMBER, 0, UINT64_MAX, NULL,                                       \
	     "The object has at least this many bytes.")                                                               \
	KIND(SIZE_TAIL, "size-tail", "bytes", 4, MAX, NUMBER, 0, UINT64_MAX, NULL,                                     \
	     "The device reads this many bytes past the last row.")                                                    \
	KIND(HEIGHT_ALIGN, "height-align", "rows", 1, LCM, NUMBER, 1, UINT64_MAX, NULL,                                \
	     "The device touches rows up to a multiple of this.")                                                      \
	KIND(CHROMA_ROWS, "chroma-rows", "rows", 1, EQUAL, NUMBER, 1, UINT64_MAX, NULL,                                \
	     "The device takes the chroma to begin after this many rows of luma.")                                     \
	KIND(OBJECTS, "objects", "", 1, SET, SET, 1, CEN_OBJECTS_ONE | CEN_OBJECTS_PER_PLANE, object_names,            \
	     "The planes are in one dma-buf, or in a dma-buf each.")                                                   \
	KIND(SEGMENTS, "segments", "count", 1, MIN, NUMBER, 1, UINT64_MAX, NULL,                                       \
	     "An object has at most this many pieces of physical memory; 1 is contiguous.")                            \
	KIND(IOVA_SEGMENTS, "iova-segments", "count", 1, MIN, NUMBER, 1, UINT64_MAX, NULL,                             \
	     "An object has at most this many pieces as seen through the IOMMU of the device.")                        \
	KIND(ADDRESS_BITS, "address-bits", "bits", 1, MIN, NUMBER, 1, 64, NULL,                                        \
	     "Addresses have at most this many bits.")                                                                 \
	KIND(ADDRESS_MAX, "address-max", "", 1, MIN, HEX, 1, UINT64_MAX, NULL,                                         \
	     "No byte lies above this physical address.")                                                              \
	KIND(GRANULARITY, "granularity", "bytes", 1, LCM, NUMBER, 1, UINT64_MAX, NULL,                                 \
	     "Every piece of memory begins and ends at a multiple of this.")                                           \
	KIND(PLACEMENT, "placement", "", 1, SET, SET, 1,                                                               \
	     CEN_PLACEMENT_SYSTEM | CEN_PLACEMENT_CMA | CEN_PLACEMENT_DEVICE | CEN_PLACEMENT_PROTECTED,                \
	     placement_names, "The memory is of one of these sorts.")                                                  \
	KIND(HEAP, "heap", "", 1, EQUAL, HEAP, 0, UINT64_MAX, NULL, "The memory comes from the heap of this name.")    \
	KIND(EXPORTER, "exporter", "", 1, EQUAL, HEX, 1, UINT64_MAX, NULL,                                             \
	     "The device node with this number exports the buffer.")                                                   \
	KIND(FD_MODE, "fd-mode", "", 1, MAX, LEVEL, CEN_FD_ANY, CEN_FD_READ_WRITE, fd_names,                           \
	     "The file descriptors allow at least this.")                                                              \
	KIND(CPU_MAPPABLE, "cpu-mappable", "", 1, MAX, LEVEL, 0, 1, yes_names, "mmap() of the dma-buf must work.")     \
	KIND(CPU_ACCESS, "cpu-access", "", 1, MAX, LEVEL, CEN_CPU_NONE, CEN_CPU_OFTEN, cpu_names,                      \
	     "The CPU touches the buffer this often.")                                                                 \
	KIND(CACHE, "cache", "", 1, MAX, LEVEL, 0, 1, yes_names, "CPU mappings must be cached.")                       \
	KIND(COUNT_MIN, "count-min", "count", 1, MAX, NUMBER, 1, UINT32_MAX, NULL,                                     \
	     "At least this many buffers are needed.")                                                                 \
	KIND(COUNT_MAX, "count-max", "count", 1, MIN, NUMBER, 1, UINT32_MAX, NULL,                                     \
	     "At most this many buffers can be used.")                                                                 \
	KIND(SYNC, "sync", "", 1, RECORD, SET, 1, CEN_SYNC_NONE | CEN_SYNC_IMPLICIT | CEN_SYNC_EXPLICIT, sync_names,   \
	     "The ways of waiting for the buffer that the device has.")                                                \
	KIND(TAIL_ROWS, "tail-rows", "rows", 1, MAX, NUMBER, 0, UINT32_MAX, NULL,                                      \
	     "The device reads this many rows past the last one.")                                                     \
	KIND(IOVA_MAX, "iova-max", "", 1, MIN, HEX, 1, UINT64_MAX, NULL,                                               \
	     "The device maps the buffer below this address, through its IOMMU.")                                      \
	KIND(EXPORTERS, "exporters", "", 1, SET, SET, 1,                                                               \
	     CEN_EXPORTER_HEAP | CEN_EXPORTER_UDMABUF | CEN_EXPORTER_DRM | CEN_EXPORTER_V4L2 | CEN_EXPORTER_OTHER,     \
	     exporter_names, "The device takes dma-bufs of these exporters.")

#define SLOTS(id, name, unit, planes, ...) SLOT_##id, SLOT_##id##_LAST = SLOT_##id - 1 + (planes),
enum { CATALOGUE(SLOTS) SLOT_COUNT };
static_assert(SLOT_COUNT == CEN_SLOT_COUNT, "constraint.h counts the slots");

#define MERGE_WORDS_LCM "least common multiple"
#define MERGE_WORDS_MAX "the larger wins"
#define MERGE_WORDS_MIN "the smaller wins"
#define MERGE_WORDS_EQUAL "must be equal"
#define MERGE_WORDS_SET "what both sets hold"
#define MERGE_WORDS_RECORD "recorded per usage, never merged"

#define ROW(id, text, of, planes, merge_as, form_as, from, to, words, sentence)                                        \
	[CEN_CONSTRAINT_##id] = {                                                                                      \
		.info = {.kind = CEN_CONSTRAINT_##id,                                                                  \
			 .per_plane = (planes) > 1,                                                                    \
			 .name = (text),                                                                               \
			 .unit = (of),                                                                                 \
			 .merge = MERGE_WORDS_##merge_as,                                                              \
			 .meaning = (sentence)},                                                                       \
		.rule = MERGE_##merge_as,                                                                              \
		.form = FORM_##form_as,                                                                                \
		.slot = SLOT_##id,                                                                                     \
		.low = (from),                                                                                         \
		.high = (to),                                                                                          \
		.names = (words),                                                                                      \
	},
static const struct constraint_row rows[] = {CATALOGUE(ROW)};

const struct constraint_row *_cen_constraint_row(uint32_t kind)
{
	return kind != 0 && kind < ARRAY_LENGTH(rows) ? &rows[kind] : NULL;
}

const struct cen_constraint_info *cen_constraint_kind_get_info(uint32_t kind)
{
	const struct constraint_row *row = _cen_constraint_row(kind);

	return row ? &row->info : NULL;
}

int _cen_constraint_slot(uint32_t kind, uint32_t plane)
{
	const struct constraint_row *row = _cen_constraint_row(kind);

	if (!row || plane >= (row->info.per_plane ? 4u : 1u))
		return -1;
	return (int)(row->slot + plane);
}

static bool merge_lcm(uint64_t a, uint64_t b, uint64_t *out)
{
	uint64_t x = a, y = b;

	if (a == 0 || b == 0)
		return false;
	/* Powers of two are nearly all there is. */
	if ((a & (a - 1)) == 0 && (b & (b - 1)) == 0) {
		*out = a > b ? a : b;
		return true;
	}
	while (y != 0) {
		uint64_t rest = x % y;

		x = y;
		y = rest;
	}
	return !__builtin_mul_overflow(a / x, b, out);
}

bool _cen_constraint_merge(uint32_t kind, uint64_t a, uint64_t b, uint64_t *out)
{
	const struct constraint_row *row = _cen_constraint_row(kind);

	if (!row)
		return false;
	switch (row->rule) {
	case MERGE_LCM:
		return merge_lcm(a, b, out);
	case MERGE_MAX:
		*out = a > b ? a : b;
		return true;
	case MERGE_MIN:
		*out = a < b ? a : b;
		return true;
	case MERGE_EQUAL:
		*out = a;
		return a == b;
	case MERGE_SET:
		*out = a & b;
		return *out != 0;
	case MERGE_RECORD:
		*out = a | b;
		return true;
	}
	return false;
}

uint64_t cen_heap_hash(const char *name)
{
	/* FNV-1a: stable between versions, since it is part of what processes hand to each other. */
	uint64_t hash = 0xcbf29ce484222325ull;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3ull;
	return hash;
}

static int check_value(const struct cen_constraint *constraint, const struct constraint_row *row,
		       struct cen_error **err)
{
	uint64_t value = constraint->value;

	if (row->form == FORM_SET && (value & ~row->high) != 0)
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL,
				      "%s: the set 0x%" PRIx64 " has unknown bits; known are 0x%" PRIx64,
				      row->info.name, value, row->high);
	if (value < row->low || value > row->high)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "%s: the value %" PRIu64 " is not within %" PRIu64 " and %" PRIu64,
				      row->info.name, value, row->low, row->high);
	if (row->form == FORM_HEAP && constraint->note && _cen_constraint_heap_name(constraint) == 0)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "heap: the value 0x%" PRIx64 " is not the hash of \"%.64s\"", value,
				      constraint->note);
	return 0;
}

int _cen_constraint_check(const struct cen_constraint *constraint, struct cen_error **err)
{
	const struct constraint_row *row = _cen_constraint_row(constraint->kind);

	if (!row)
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL,
				      "constraint kind %" PRIu32 " is unknown; the last one is %zu", constraint->kind,
				      ARRAY_LENGTH(rows) - 1);
	if (_cen_constraint_slot(constraint->kind, constraint->plane) < 0)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "%s: plane %" PRIu32 " is out of range; the last one is %d", row->info.name,
				      constraint->plane, row->info.per_plane ? 3 : 0);
	if (constraint->provenance > CEN_PROVENANCE_ASSUMED)
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL,
				      "%s: provenance %" PRIu32 " is unknown; the last one is %d", row->info.name,
				      constraint->provenance, CEN_PROVENANCE_ASSUMED);
	if (constraint->reserved != 0)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "%s: the reserved field is %" PRIu32 ", not 0", row->info.name,
				      constraint->reserved);
	return check_value(constraint, row, err);
}
