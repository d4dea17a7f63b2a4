/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Names and numbers of a script. A plug-in cannot call the library's own readers, so it has small ones. */
#include "words.h"

#include <stdio.h>

#include "backend-util.h"

static const char *const usage_names[] = {"capture", "output", "encode",    "decode",   "texture",   "render",
					  "scanout", "cursor", "writeback", "cpu-read", "cpu-write", NULL};
static const char *const object_names[] = {"one", "per-plane", NULL};
static const char *const placement_names[] = {"system", "cma", "device", "protected", NULL};
static const char *const fd_names[] = {"any", "read-only", "read-write", NULL};
static const char *const yes_names[] = {"no", "yes", NULL};
static const char *const cpu_names[] = {"none", "rarely", "often", NULL};
static const char *const exporter_names[] = {"heap", "udmabuf", "drm", "v4l2", "other", NULL};
static const char *const sync_names[] = {"none", "implicit", "explicit", NULL};
static const char *const provenance_names[] = {"unknown", "queried",  "derived", "probed", "quirk",
					       "policy",  "declared", "assumed", NULL};

/* A kind of constraint: names of values are those of levels, or of bits of a set. */
struct kind_row {
	const char *name;
	uint32_t kind;
	bool is_set;
	const char *const *values;
};

static const struct kind_row kinds[] = {
	{"width-min", CEN_CONSTRAINT_WIDTH_MIN, false, NULL},
	{"width-max", CEN_CONSTRAINT_WIDTH_MAX, false, NULL},
	{"width-step", CEN_CONSTRAINT_WIDTH_STEP, false, NULL},
	{"height-min", CEN_CONSTRAINT_HEIGHT_MIN, false, NULL},
	{"height-max", CEN_CONSTRAINT_HEIGHT_MAX, false, NULL},
	{"height-step", CEN_CONSTRAINT_HEIGHT_STEP, false, NULL},
	{"stride-align", CEN_CONSTRAINT_STRIDE_ALIGN, false, NULL},
	{"stride-min", CEN_CONSTRAINT_STRIDE_MIN, false, NULL},
	{"stride-max", CEN_CONSTRAINT_STRIDE_MAX, false, NULL},
	{"stride-exact", CEN_CONSTRAINT_STRIDE_EXACT, false, NULL},
	{"offset-align", CEN_CONSTRAINT_OFFSET_ALIGN, false, NULL},
	{"offset-max", CEN_CONSTRAINT_OFFSET_MAX, false, NULL},
	{"size-align", CEN_CONSTRAINT_SIZE_ALIGN, false, NULL},
	{"size-min", CEN_CONSTRAINT_SIZE_MIN, false, NULL},
	{"size-tail", CEN_CONSTRAINT_SIZE_TAIL, false, NULL},
	{"height-align", CEN_CONSTRAINT_HEIGHT_ALIGN, false, NULL},
	{"chroma-rows", CEN_CONSTRAINT_CHROMA_ROWS, false, NULL},
	{"objects", CEN_CONSTRAINT_OBJECTS, true, object_names},
	{"segments", CEN_CONSTRAINT_SEGMENTS, false, NULL},
	{"iova-segments", CEN_CONSTRAINT_IOVA_SEGMENTS, false, NULL},
	{"address-bits", CEN_CONSTRAINT_ADDRESS_BITS, false, NULL},
	{"address-max", CEN_CONSTRAINT_ADDRESS_MAX, false, NULL},
	{"granularity", CEN_CONSTRAINT_GRANULARITY, false, NULL},
	{"placement", CEN_CONSTRAINT_PLACEMENT, true, placement_names},
	{"heap", CEN_CONSTRAINT_HEAP, false, NULL},
	{"exporter", CEN_CONSTRAINT_EXPORTER, false, NULL},
	{"fd-mode", CEN_CONSTRAINT_FD_MODE, false, fd_names},
	{"cpu-mappable", CEN_CONSTRAINT_CPU_MAPPABLE, false, yes_names},
	{"cpu-access", CEN_CONSTRAINT_CPU_ACCESS, false, cpu_names},
	{"cache", CEN_CONSTRAINT_CACHE, false, yes_names},
	{"count-min", CEN_CONSTRAINT_COUNT_MIN, false, NULL},
	{"count-max", CEN_CONSTRAINT_COUNT_MAX, false, NULL},
	{"sync", CEN_CONSTRAINT_SYNC, true, sync_names},
	{"tail-rows", CEN_CONSTRAINT_TAIL_ROWS, false, NULL},
	{"iova-max", CEN_CONSTRAINT_IOVA_MAX, false, NULL},
	{"exporters", CEN_CONSTRAINT_EXPORTERS, true, exporter_names},
};

struct errno_row {
	const char *name;
	int errnum;
};

static const struct errno_row errnos[] = {
	{"EACCES", EACCES},         {"EBUSY", EBUSY},   {"EINVAL", EINVAL}, {"EIO", EIO},
	{"ENODEV", ENODEV},         {"ENOENT", ENOENT}, {"ENOMEM", ENOMEM}, {"ENXIO", ENXIO},
	{"EOPNOTSUPP", EOPNOTSUPP}, {"EPERM", EPERM},
};

bool words_to_number(const char *text, uint64_t *out)
{
	int base = text[0] == '0' && text[1] == 'x' ? 16 : 10;
	char *end;

	/* strtoull() alone takes signs and blanks. */
	if (text[base == 16 ? 2 : 0] == '\0' || strspn(text, "0123456789abcdefABCDEFx") != strlen(text))
		return false;
	errno = 0;
	*out = strtoull(text, &end, base);
	return errno == 0 && *end == '\0';
}

static bool find_name(const char *const *names, const char *text, uint32_t *out)
{
	for (uint32_t n = 0; names[n]; n++) {
		if (strcmp(names[n], text) == 0) {
			*out = n;
			return true;
		}
	}
	return false;
}

static bool find_bits(const char *const *names, char *text, const char *separator, uint32_t *out)
{
	char *item;

	*out = 0;
	while ((item = strsep(&text, separator))) {
		uint32_t bit;

		if (!find_name(names, item, &bit))
			return false;
		*out |= 1u << bit;
	}
	return true;
}

bool words_to_usage(const char *text, uint32_t *out)
{
	return find_name(usage_names, text, out);
}

bool words_to_usages(char *text, uint32_t *out)
{
	return find_bits(usage_names, text, ",", out);
}

bool words_to_fourcc(const char *text, uint32_t *out)
{
	*out = 0;
	if (strlen(text) != 4)
		return false;
	for (unsigned int n = 0; n < 4; n++)
		*out |= (uint32_t)(unsigned char)text[n] << (8 * n);
	return true;
}

bool words_to_modifier(const char *text, uint64_t *out)
{
	if (strcmp(text, "LINEAR") == 0) {
		*out = CEN_MODIFIER_LINEAR;
		return true;
	}
	if (strcmp(text, "INVALID") == 0) {
		*out = CEN_MODIFIER_INVALID;
		return true;
	}
	return words_to_number(text, out);
}

bool words_to_errno(const char *text, int *out)
{
	for (size_t n = 0; n < ARRAY_LENGTH(errnos); n++) {
		if (strcmp(errnos[n].name, text) == 0) {
			*out = errnos[n].errnum;
			return true;
		}
	}
	return false;
}

bool words_to_placement(const char *text, uint32_t *out)
{
	uint32_t bit;

	if (!find_name(placement_names, text, &bit))
		return false;
	*out = 1u << bit;
	return true;
}

bool words_to_fd_mode(const char *text, uint32_t *out)
{
	return find_name(fd_names, text, out);
}

static const struct kind_row *find_kind(const char *name)
{
	for (size_t n = 0; n < ARRAY_LENGTH(kinds); n++) {
		if (strcmp(kinds[n].name, name) == 0)
			return &kinds[n];
	}
	return NULL;
}

/* As cen_heap_hash(): FNV-1a. */
static uint64_t hash_heap(const char *name)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3ull;
	return hash;
}

static bool read_value(const struct kind_row *row, char *text, struct cen_constraint *out)
{
	uint32_t small;

	if (row->kind == CEN_CONSTRAINT_HEAP) {
		out->note = text;
		out->value = hash_heap(text);
		return text[0] != '\0';
	}
	if (row->values && row->is_set && find_bits(row->values, text, "|", &small)) {
		out->value = small;
		return true;
	}
	if (row->values && !row->is_set && find_name(row->values, text, &small)) {
		out->value = small;
		return true;
	}
	return !row->values && words_to_number(text, &out->value);
}

bool words_to_constraint(char *text, struct cen_constraint *out)
{
	char *value = strchr(text, '='), *at, *dot;
	const struct kind_row *row;
	uint64_t plane = 0;

	*out = (struct cen_constraint){.provenance = CEN_PROVENANCE_DECLARED};
	if (!value)
		return false;
	*value++ = '\0';
	at = strrchr(value, '@');
	/* The names of heaps may hold an '@', too: only a known provenance counts. */
	if (at && find_name(provenance_names, at + 1, &out->provenance))
		*at = '\0';
	dot = strchr(text, '.');
	if (dot) {
		*dot++ = '\0';
		if (!words_to_number(dot, &plane) || plane >= CEN_MAX_PLANES)
			return false;
	}
	row = find_kind(text);
	if (!row)
		return false;
	out->kind = row->kind;
	out->plane = (uint32_t)plane;
	return read_value(row, value, out);
}
