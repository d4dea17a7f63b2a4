/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The notes of a device for a machine file: what is told for every usage and size once. */
#include "file-record.h"

#include <errno.h>

#include "arena.h"
#include "util.h"

#define USAGE_COUNT (CEN_USAGE_CPU_WRITE + 1)

/* A line, and where it was told. */
struct line {
	const char *text;
	uint32_t sizes[USAGE_COUNT]; /* bits */
};

struct lines {
	struct line *items;
	size_t count, capacity;
};

static void lines_cleanup(struct lines *lines)
{
	free(lines->items);
}

static size_t find_line(const struct lines *lines, const char *text, size_t length)
{
	size_t i = 0;

	while (i < lines->count &&
	       (strlen(lines->items[i].text) != length || memcmp(lines->items[i].text, text, length) != 0))
		i++;
	return i;
}

/* The place of a new line: before the first of those behind it in its own text that is known, so that order is kept. */
static size_t find_place(const struct lines *lines, const char *rest)
{
	while (*rest) {
		size_t length = strcspn(rest, "\n"), known = find_line(lines, rest, length);

		if (known < lines->count)
			return known;
		rest += length + (rest[length] == '\n');
	}
	return lines->count;
}

static int insert_line(struct lines *lines, size_t at, const char *text)
{
	if (_cen_grow(&lines->items, &lines->capacity, lines->count, sizeof(*lines->items)) < 0)
		return -ENOMEM;
	memmove(&lines->items[at + 1], &lines->items[at], (lines->count++ - at) * sizeof(*lines->items));
	lines->items[at] = (struct line){.text = text};
	return 0;
}

/* What a quirk changed is told anew when it changes what the file says. */
static bool is_of_quirk(const char *line)
{
	return strncmp(line, "quirk ", strlen("quirk ")) == 0;
}

/* The lines of a text that was told for a usage at a size. */
static int add_text(const struct file_gathering *gathering, struct lines *lines, const char *text, uint32_t usage,
		    uint32_t size)
{
	char *rest = _cen_arena_strdup(gathering->arena, text), *line;
	int ret = rest ? 0 : -ENOMEM;

	while (ret == 0 && (line = strsep(&rest, "\n"))) {
		size_t at = find_line(lines, line, strlen(line));

		if (!*line || is_of_quirk(line))
			continue;
		if (at == lines->count) {
			at = find_place(lines, rest ? rest : "");
			ret = insert_line(lines, at, line);
		}
		if (ret == 0)
			lines->items[at].sizes[usage] |= 1u << size;
	}
	return ret;
}

static int add_note(struct file_gathering *gathering, const char *text, uint32_t usages, uint32_t sizes)
{
	struct file_note *note;

	if (!usages)
		return 0;
	if (_cen_grow(&gathering->notes, &gathering->note_capacity, gathering->note_count, sizeof(*note)) < 0)
		return -ENOMEM;
	note = &gathering->notes[gathering->note_count++];
	*note = (struct file_note){.text = text, .usages = usages};
	return _cen_file_list_sizes(gathering, sizes, &note->sizes);
}

/* asked: bits of the sizes at which each usage was asked. */
static int add_notes(struct file_gathering *gathering, const struct line *line, const uint32_t asked[USAGE_COUNT])
{
	uint32_t left = 0;
	int ret = 0;

	for (uint32_t u = 0; u < USAGE_COUNT; u++)
		left |= line->sizes[u] ? CEN_USAGE_BIT(u) : 0;
	/* Usages that are told it at the same sizes are one note. */
	for (uint32_t u = 0; ret == 0 && u < USAGE_COUNT; u++) {
		uint32_t sizes = line->sizes[u] == asked[u] ? 0 : line->sizes[u], usages = 0;

		for (uint32_t other = u; left & CEN_USAGE_BIT(u) && other < USAGE_COUNT; other++) {
			if (line->sizes[other] &&
			    sizes == (line->sizes[other] == asked[other] ? 0 : line->sizes[other]))
				usages |= CEN_USAGE_BIT(other);
		}
		ret = add_note(gathering, line->text, usages & left, sizes);
		left &= ~usages;
	}
	return ret;
}

int _cen_file_gather_notes(struct file_gathering *gathering, uint32_t usages, const struct file_answer *const *answers)
{
	_cleanup_(lines_cleanup) struct lines lines = {0};
	uint32_t asked[USAGE_COUNT] = {0};
	int ret = 0;

	for (uint32_t u = 0; u < USAGE_COUNT; u++) {
		for (uint32_t s = 0; ret == 0 && usages & CEN_USAGE_BIT(u) && s < gathering->size_count; s++) {
			const struct file_answer *answer = &answers[u][s];
			const char *text = answer->caps ? answer->notes : answer->failure;

			/* Of one that never answers, the reason holds for all sizes. */
			asked[u] |= 1u << s;
			if (text)
				ret = add_text(gathering, &lines, text, u, s);
		}
	}
	for (size_t i = 0; ret == 0 && i < lines.count; i++)
		ret = add_notes(gathering, &lines.items[i], asked);
	return ret;
}
