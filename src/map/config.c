/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Reading configuration files. They are not trusted: every error names file, line and column. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "error.h"
#include "map.h"
#include "read-file.h"
#include "util.h"

/* One line, from the next word on. */
struct line {
	const char *file;
	const char *begin, *at, *end;
	uint32_t number;
	struct cen_error **err;
};

struct word {
	const char *text;
	size_t bytes;
};

static struct map_place place_of(const struct line *line, const char *at)
{
	return (struct map_place){line->file, line->number, (uint32_t)(at - line->begin) + 1};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct word next_word(struct line *line)
{
	struct word word;

	while (line->at < line->end && is_blank(*line->at))
		line->at++;
	word.text = line->at;
	while (line->at < line->end && !is_blank(*line->at))
		line->at++;
	word.bytes = (size_t)(line->at - word.text);
	return word;
}

static bool word_is(struct word word, const char *text)
{
	return word.bytes == strlen(text) && memcmp(word.text, text, word.bytes) == 0;
}

/* Refuse what stands at a place of the line. Returns -EINVAL. */
#define refuse(line, where, ...)                                                                                       \
	({                                                                                                             \
		const struct map_place refused = place_of(line, where);                                                \
		_cen_map_refuse(&refused, (line)->err, __VA_ARGS__);                                                   \
	})

/* A word of a message, cut where it is long. */
#define SHOWN(word) (int)((word).bytes < 64 ? (word).bytes : 64), (word).text

static void region_finish(struct config_region *region)
{
	free(region->name);
	free(region->source);
	free(region->algorithm);
	free(region->place);
}

void _cen_config_regions_finish(struct config_regions *regions)
{
	for (size_t i = 0; i < regions->count; i++)
		region_finish(&regions->items[i]);
	free(regions->items);
	*regions = (struct config_regions){0};
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

static unsigned int shift_of(char c)
{
	return c == 'K' ? 10 : c == 'M' ? 20 : c == 'G' ? 30 : 0;
}

/* "4096", "64K", "1G", "0x80000000". */
static int read_bytes(const struct line *line, const char *what, struct word word, uint64_t *out)
{
	bool is_hex = word.bytes > 2 && word.text[0] == '0' && word.text[1] == 'x';
	unsigned int base = is_hex ? 16 : 10, shift = 0;
	size_t i = is_hex ? 2 : 0;
	uint64_t value = 0;

	if (word.bytes)
		shift = shift_of(word.text[word.bytes - 1]);
	if (shift)
		word.bytes--;
	if (i == word.bytes)
		return refuse(line, word.text, "%s: a number of bytes is wanted, as in 4096, 64K, 16M or 1G", what);
	for (; i < word.bytes; i++) {
		unsigned int digit = (unsigned int)digit_of(word.text[i]);

		if (digit >= base)
			return refuse(line, word.text + i, "%s: a number of bytes is wanted, found '%.*s'", what,
				      SHOWN(word));
		if (__builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, digit, &value))
			return refuse(line, word.text, "%s: more than 2^64 bytes", what);
	}
	if (shift && value > UINT64_MAX >> shift)
		return refuse(line, word.text, "%s: more than 2^64 bytes", what);
	*out = value << shift;
	return 0;
}

/* Names are shown, and named on the right of a map. */
static int read_text(const struct line *line, const char *what, struct word word, char **out)
{
	if (!word.bytes)
		return refuse(line, word.text, "%s is missing", what);
	if (word.bytes > CEN_MAP_MAX_WORD)
		return refuse(line, word.text, "%s of %zu bytes; the bound is %u", what, word.bytes, CEN_MAP_MAX_WORD);
	for (size_t i = 0; i < word.bytes; i++) {
		unsigned char c = (unsigned char)word.text[i];

		if (c < ' ' || c == 0x7f || strchr(";,=*?", c))
			return refuse(line, word.text + i, "%s has a byte 0x%02x, which no name has", what, c);
	}
	free(*out);
	*out = strndup(word.text, word.bytes);
	return *out ? 0 : _cen_error_no_memory(line->err);
}

static int read_attribute(const struct line *line, struct word word, struct config_region *region)
{
	const char *equals = memchr(word.text, '=', word.bytes);
	struct word key = {word.text, equals ? (size_t)(equals - word.text) : word.bytes}, value;
	int ret;

	if (!equals)
		return refuse(line, word.text, "source=, align=, start= or algorithm= is wanted, found '%.*s'",
			      SHOWN(word));
	value = (struct word){equals + 1, word.bytes - key.bytes - 1};
	if (word_is(key, "source"))
		return read_text(line, "the source", value, &region->source);
	if (word_is(key, "algorithm"))
		return read_text(line, "the algorithm", value, &region->algorithm);
	if (word_is(key, "start")) {
		region->has_start = true;
		return read_bytes(line, "start", value, &region->start);
	}
	if (!word_is(key, "align"))
		return refuse(line, word.text, "'%.*s' is not known: source=, align=, start= or algorithm= is wanted",
			      SHOWN(key));
	ret = read_bytes(line, "align", value, &region->alignment);
	if (ret == 0 && region->alignment & (region->alignment - 1))
		return refuse(line, value.text, "align=%" PRIu64 ": a power of two is wanted", region->alignment);
	return ret;
}

static int fill_region(struct line *line, struct config_region *region)
{
	struct word name = next_word(line), size = next_word(line), word;
	int ret = read_text(line, "the name of the region", name, &region->name);

	if (ret == 0)
		ret = read_bytes(line, "the size of the region", size, &region->bytes);
	if (ret == 0 && !region->bytes)
		return refuse(line, size.text, "a region of 0 bytes");
	while (ret == 0 && (word = next_word(line)).bytes)
		ret = read_attribute(line, word, region);
	if (ret < 0)
		return ret;
	if (region->alignment && region->start % region->alignment)
		return refuse(line, name.text, "region %s: start 0x%" PRIx64 " is not a multiple of align=%" PRIu64,
			      region->name, region->start, region->alignment);
	if (asprintf(&region->place, "%s:%u", line->file, line->number) < 0) {
		region->place = NULL;
		return _cen_error_no_memory(line->err);
	}
	return 0;
}

static const struct config_region *find_region(const struct config_regions *regions, size_t first, const char *name)
{
	for (size_t i = first; i < regions->count; i++) {
		if (strcmp(regions->items[i].name, name) == 0)
			return &regions->items[i];
	}
	return NULL;
}

/* first: the first region of this file. One of a file that weighs more hides it. */
static int read_region(struct line *line, struct config_regions *regions, size_t first)
{
	_cleanup_(region_finish) struct config_region region = {0};
	const char *start = line->at;
	const struct config_region *twin;
	int ret = fill_region(line, &region);

	if (ret < 0)
		return ret;
	twin = find_region(regions, first, region.name);
	if (twin)
		return refuse(line, start, "region %s is there already, at %s", region.name, twin->place);
	if (find_region(regions, 0, region.name))
		return 0;
	if (regions->count == CONFIG_MAX_REGIONS)
		return refuse(line, start, "more than %u regions", CONFIG_MAX_REGIONS);
	if (_cen_grow(&regions->items, &regions->capacity, regions->count, sizeof(*regions->items)))
		return _cen_error_no_memory(line->err);
	regions->items[regions->count++] = region;
	region = (struct config_region){0};
	return 0;
}

static int read_map(struct line *line, struct cen_map **map)
{
	struct map_place place;

	if (!*map)
		*map = _cen_map_create(line->file);
	if (!*map)
		return _cen_error_no_memory(line->err);
	place = place_of(line, line->at);
	return _cen_map_append(*map, line->at, (size_t)(line->end - line->at), &place, line->err);
}

/* Cut off what follows a '#' at the beginning, or behind a blank. */
static void cut_comment(struct line *line)
{
	for (const char *at = line->begin; at < line->end; at++) {
		if (*at == '#' && (at == line->begin || is_blank(at[-1]))) {
			line->end = at;
			return;
		}
	}
}

static int read_line(struct line *line, struct config_regions *regions, size_t first, struct cen_map **map)
{
	const char *zero = memchr(line->begin, '\0', (size_t)(line->end - line->begin));
	struct word word;

	if (zero)
		return refuse(line, zero, "a byte 0x00: this is no text");
	cut_comment(line);
	word = next_word(line);
	if (!word.bytes)
		return 0;
	if (word_is(word, "map"))
		return read_map(line, map);
	if (word_is(word, "region"))
		return read_region(line, regions, first);
	return refuse(line, word.text, "'map' or 'region' is wanted, found '%.*s'", SHOWN(word));
}

static int parse_lines(const char *file, const char *text, size_t bytes, struct config_regions *regions,
		       struct cen_map **map, struct cen_error **err)
{
	const char *end = text + bytes;
	struct line line = {.file = file, .err = err};
	size_t first = regions->count;
	int ret = 0;

	for (const char *at = text; ret == 0 && at < end; at = line.end < end ? line.end : end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		line.begin = line.at = at;
		line.end = newline ? newline : end;
		line.number++;
		ret = read_line(&line, regions, first, map);
		line.end = newline ? newline + 1 : end;
	}
	return ret;
}

int _cen_config_parse(const char *file, const char *text, size_t bytes, struct config_regions *regions,
		      struct cen_map **map, struct cen_error **err)
{
	_cleanup_(_cen_config_regions_finish) struct config_regions dropped = {0};
	_cleanup_(_cen_map_cleanup) struct cen_map *read = NULL;
	struct config_regions *to = regions ? regions : &dropped;
	size_t before = to->count;
	int ret = parse_lines(file, text, bytes, to, &read, err);

	*map = NULL;
	if (ret == 0 && read)
		ret = _cen_map_finish(read, err);
	if (ret == 0)
		*map = STEAL(read);
	while (ret < 0 && to->count > before)
		region_finish(&to->items[--to->count]);
	return ret;
}

int _cen_config_read(const char *file, struct config_regions *regions, struct cen_map **map, struct cen_error **err)
{
	_cleanup_free_ char *text = NULL;
	size_t bytes;
	int ret;

	*map = NULL;
	ret = _cen_read_file(file, CONFIG_MAX_BYTES, &text, &bytes, err);
	return ret < 0 ? ret : _cen_config_parse(file, text, bytes, regions, map, err);
}
