/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A header, a table of fourccs and a table of modifiers. Each modifier carries a 64-bit window into the fourcc table:
 * bit n set means that fourcc number offset + n goes with it. Pure, so that it can be fuzzed.
 */
#include <drm.h>
#include <drm_mode.h>
#include <errno.h>
#include <string.h>

#include "in-formats.h"

/* More than any driver has; bounds the work that a broken blob can cause. */
#define MAX_ENTRIES 4096

struct table {
	const unsigned char *data;
	uint32_t count;
};

/* A table at offset must lie in the blob. */
static int find_table(const unsigned char *blob, size_t length, uint32_t offset, uint32_t count, size_t entry,
		      struct table *out)
{
	if (count > MAX_ENTRIES || offset > length || count > (length - offset) / entry)
		return -EBADMSG;
	*out = (struct table){.data = blob + offset, .count = count};
	return 0;
}

/* The blob has no alignment to rely on. */
static uint32_t get_fourcc(const struct table *formats, uint64_t index)
{
	uint32_t fourcc;

	memcpy(&fourcc, formats->data + index * sizeof(fourcc), sizeof(fourcc));
	return fourcc;
}

static int visit_modifier(const struct table *formats, const struct drm_format_modifier *modifier, uint32_t rank,
			  int (*visit)(void *data, uint32_t fourcc, uint64_t modifier, uint32_t rank), void *data)
{
	uint64_t index;
	int ret;

	for (uint32_t bit = 0; bit < 64; bit++) {
		if (!(modifier->formats >> bit & 1))
			continue;
		index = (uint64_t)modifier->offset + bit;
		if (index >= formats->count)
			return -EBADMSG;
		ret = visit(data, get_fourcc(formats, index), modifier->modifier, rank);
		if (ret)
			return ret;
	}
	return 0;
}

int _cen_kms_in_formats_parse(const void *blob, size_t length,
			      int (*visit)(void *data, uint32_t fourcc, uint64_t modifier, uint32_t rank), void *data)
{
	struct drm_format_modifier_blob header;
	struct drm_format_modifier modifier;
	struct table formats, modifiers;
	int ret;

	if (length < sizeof(header))
		return -EBADMSG;
	memcpy(&header, blob, sizeof(header));
	if (header.version != FORMAT_BLOB_CURRENT)
		return -EBADMSG;
	ret = find_table(blob, length, header.formats_offset, header.count_formats, sizeof(uint32_t), &formats);
	if (ret < 0)
		return ret;
	ret = find_table(blob, length, header.modifiers_offset, header.count_modifiers, sizeof(modifier), &modifiers);
	if (ret < 0)
		return ret;
	/* Windows beyond the 64th fourcc repeat the modifier: its rank is where it was first named. */
	for (uint32_t i = 0, rank = 0; i < modifiers.count; i++) {
		uint64_t previous = i ? modifier.modifier : 0;

		memcpy(&modifier, modifiers.data + (size_t)i * sizeof(modifier), sizeof(modifier));
		if (i && modifier.modifier != previous)
			rank = i;
		ret = visit_modifier(&formats, &modifier, rank, visit, data);
		if (ret)
			return ret;
	}
	return 0;
}
