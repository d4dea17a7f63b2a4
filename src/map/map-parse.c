/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Reading a map. Pure.
 *
 *     rules    = rule { ";" rule } [ ";" ]
 *     rule     = pattern { "," pattern } "=" name { "," name }
 *     pattern  = device [ "/" type ] | "/" type
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "error.h"
#include "map.h"
#include "util.h"

struct parser {
	struct cen_map *map;
	const struct map_place *place;
	const char *at, *end;
	uint32_t line, column; /* of at */
	struct cen_error **err;
};

int _cen_map_refuse(const struct map_place *place, struct cen_error **err, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0) {
		text = NULL;
		return _cen_error_no_memory(err);
	}
	if (place->file)
		return _cen_error_set(err, CEN_ERROR_SYNTAX, EINVAL, NULL, "%s:%u:%u: %s", place->file, place->line,
				      place->column, text);
	return _cen_error_set(err, CEN_ERROR_SYNTAX, EINVAL, NULL, "line %u, column %u: %s", place->line, place->column,
			      text);
}

static struct map_place here(const struct parser *parser)
{
	return (struct map_place){parser->place->file, parser->line, parser->column};
}

/* What stands at the parser's place, for an error. Returns buf. */
static char *describe_found(const struct parser *parser, char buf[32])
{
	unsigned char c = parser->at < parser->end ? (unsigned char)*parser->at : 0;

	if (parser->at == parser->end)
		snprintf(buf, 32, "the end");
	else if (c <= ' ' || c == 0x7f)
		snprintf(buf, 32, "byte 0x%02x", c);
	else if (c >= 0x80)
		snprintf(buf, 32, "another word");
	else
		snprintf(buf, 32, "'%c'", c);
	return buf;
}

static int refuse_found(const struct parser *parser, const char *wanted)
{
	const struct map_place place = here(parser);
	char found[32];

	return _cen_map_refuse(&place, parser->err, "%s wanted, found %s", wanted, describe_found(parser, found));
}

static void step(struct parser *parser)
{
	if (*parser->at++ == '\n') {
		parser->line++;
		parser->column = 1;
	} else {
		parser->column++;
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_blanks(struct parser *parser)
{
	while (parser->at < parser->end && is_blank(*parser->at))
		step(parser);
}

/* Whether c follows, behind blanks. Moves past it. */
static bool accept(struct parser *parser, char c)
{
	skip_blanks(parser);
	if (parser->at == parser->end || *parser->at != c)
		return false;
	step(parser);
	return true;
}

/* Bytes that are part of a word, apart from those that end it. A path on the right has '/'. */
static bool is_word_byte(char c, bool is_name)
{
	unsigned char byte = (unsigned char)c;

	return byte > ' ' && byte != 0x7f && !strchr(is_name ? ";,=" : ";,=/", c);
}

/* On the left '?' and a '*' at the end are part of a word, on the right they are nothing. */
static int check_word(struct parser *parser, struct map_place start, const char *word, size_t bytes, bool is_name)
{
	for (size_t i = 0; i < bytes; i++) {
		struct map_place place = start;

		place.column += (uint32_t)i;
		if (is_name && (word[i] == '*' || word[i] == '?'))
			return _cen_map_refuse(&place, parser->err, "a name on the right has no '%c'", word[i]);
		if (word[i] == '*' && i + 1 < bytes)
			return _cen_map_refuse(&place, parser->err, "a '*' ends a pattern, but '%.*s' stands behind it",
					       (int)(bytes - i - 1 < 32 ? bytes - i - 1 : 32), word + i + 1);
	}
	if (bytes > CEN_MAP_MAX_WORD)
		return _cen_map_refuse(&start, parser->err, "this word has %zu bytes; the bound is %u", bytes,
				       CEN_MAP_MAX_WORD);
	return 0;
}

/* The word that follows. Returns 0 and a copy in the map, or a negative errno. */
static int read_word(struct parser *parser, bool is_name, const char *wanted, const char **out)
{
	struct map_place start;
	const char *word;
	size_t bytes;
	char *copy;
	int ret;

	skip_blanks(parser);
	start = here(parser);
	word = parser->at;
	while (parser->at < parser->end && is_word_byte(*parser->at, is_name))
		step(parser);
	bytes = (size_t)(parser->at - word);
	if (!bytes)
		return refuse_found(parser, wanted);
	ret = check_word(parser, start, word, bytes, is_name);
	if (ret < 0)
		return ret;
	copy = _cen_arena_alloc(parser->map->arena, bytes + 1, 1);
	if (!copy)
		return _cen_error_no_memory(parser->err);
	memcpy(copy, word, bytes);
	*out = copy;
	return 0;
}

static int read_pattern(struct parser *parser, struct map_rule *rule)
{
	struct cen_map *map = parser->map;
	struct map_pattern pattern = {0};
	struct map_place start;
	int ret;

	skip_blanks(parser);
	start = here(parser);
	if (rule->pattern_count == CEN_MAP_MAX_PATTERNS)
		return _cen_map_refuse(&start, parser->err, "more than %u patterns in one rule", CEN_MAP_MAX_PATTERNS);
	pattern.is_inherited = parser->at < parser->end && *parser->at == '/';
	if (!pattern.is_inherited) {
		ret = read_word(parser, false, "a pattern for a device is", &pattern.device);
		if (ret < 0)
			return ret;
	} else if (map->pattern_count) {
		pattern.device = map->patterns[map->pattern_count - 1].device;
	} else {
		return _cen_map_refuse(&start, parser->err,
				       "'/TYPE' alone goes on from the pattern before it, and there is none");
	}
	if (accept(parser, '/')) {
		ret = read_word(parser, false, "a type behind '/' is", &pattern.type);
		if (ret < 0)
			return ret;
	}
	if (_cen_grow(&map->patterns, &map->pattern_capacity, map->pattern_count, sizeof(*map->patterns)))
		return _cen_error_no_memory(parser->err);
	map->patterns[map->pattern_count++] = pattern;
	rule->pattern_count++;
	return 0;
}

static int read_name(struct parser *parser, struct map_rule *rule)
{
	struct cen_map *map = parser->map;
	const char *name = NULL;
	struct map_place start;
	int ret;

	skip_blanks(parser);
	start = here(parser);
	if (rule->name_count == CEN_MAP_MAX_NAMES)
		return _cen_map_refuse(&start, parser->err, "more than %u names in one rule", CEN_MAP_MAX_NAMES);
	ret = read_word(parser, true, "the name of a region, heap or backend is", &name);
	if (ret < 0)
		return ret;
	if (_cen_grow(&map->names, &map->name_capacity, map->name_count, sizeof(*map->names)))
		return _cen_error_no_memory(parser->err);
	map->names[map->name_count++] = name;
	rule->name_count++;
	return 0;
}

/* The rule without blanks: as long as what was written, or shorter. */
static const char *write_rule(const struct cen_map *map, const struct map_rule *rule, size_t room)
{
	char *text = _cen_arena_alloc(map->arena, room + 1, 1), *to = text;

	if (!text)
		return NULL;
	for (size_t i = 0; i < rule->pattern_count; i++) {
		const struct map_pattern *pattern = &map->patterns[rule->first_pattern + i];

		to = stpcpy(to, i ? "," : "");
		to = stpcpy(to, pattern->is_inherited ? "" : pattern->device);
		to = stpcpy(to, pattern->type ? "/" : "");
		to = stpcpy(to, pattern->type ? pattern->type : "");
	}
	for (size_t i = 0; i < rule->name_count; i++) {
		to = stpcpy(to, i ? "," : "=");
		to = stpcpy(to, map->names[rule->first_name + i]);
	}
	return text;
}

static int read_rule(struct parser *parser)
{
	struct cen_map *map = parser->map;
	struct map_rule rule = {.first_pattern = map->pattern_count, .first_name = map->name_count};
	struct map_place start;
	const char *begin;
	int ret;

	skip_blanks(parser);
	start = here(parser);
	begin = parser->at;
	rule.line = start.line;
	if (map->rule_count == CEN_MAP_MAX_RULES)
		return _cen_map_refuse(&start, parser->err, "more than %u rules", CEN_MAP_MAX_RULES);
	do {
		ret = read_pattern(parser, &rule);
	} while (ret == 0 && accept(parser, ','));
	if (ret == 0 && !accept(parser, '='))
		return refuse_found(parser, map->patterns[map->pattern_count - 1].type ? "',' or '=' is"
										       : "'/', ',' or '=' is");
	while (ret == 0 && (ret = read_name(parser, &rule)) == 0 && accept(parser, ','))
		;
	if (ret < 0)
		return ret;
	rule.text = write_rule(map, &rule, (size_t)(parser->at - begin));
	if (!rule.text || _cen_grow(&map->rules, &map->rule_capacity, map->rule_count, sizeof(*map->rules)))
		return _cen_error_no_memory(parser->err);
	map->rules[map->rule_count++] = rule;
	return 0;
}

int _cen_map_append(struct cen_map *map, const char *text, size_t bytes, const struct map_place *place,
		    struct cen_error **err)
{
	struct parser parser = {map, place, text, text + bytes, place->line, place->column, err};
	int ret;

	if (bytes > CEN_MAP_MAX_BYTES - map->bytes)
		return _cen_map_refuse(place, err, "a map of %zu bytes; the bound is %u", map->bytes + bytes,
				       CEN_MAP_MAX_BYTES);
	map->bytes += bytes;
	do {
		ret = read_rule(&parser);
		if (ret < 0)
			return ret;
		if (accept(&parser, ';'))
			skip_blanks(&parser);
		else if (parser.at < parser.end)
			return refuse_found(&parser, "',' or ';' is");
	} while (parser.at < parser.end);
	return 0;
}

int _cen_map_finish(struct cen_map *map, struct cen_error **err)
{
	size_t bytes = 1;
	char *text, *to;

	for (size_t r = 0; r < map->rule_count; r++)
		bytes += strlen(map->rules[r].text) + 1;
	text = _cen_arena_alloc(map->arena, bytes, 1);
	if (!text)
		return _cen_error_no_memory(err);
	to = text;
	for (size_t r = 0; r < map->rule_count; r++) {
		to = stpcpy(to, r ? ";" : "");
		to = stpcpy(to, map->rules[r].text);
	}
	map->text = text;
	return 0;
}

int cen_map_parse(const char *text, struct cen_map **out, struct cen_error **err)
{
	static const struct map_place start = {.line = 1, .column = 1};
	_cleanup_(_cen_map_cleanup) struct cen_map *map = NULL;
	int ret;

	*out = NULL;
	if (!text)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "the text of a map is NULL");
	map = _cen_map_create("the program");
	if (!map)
		return _cen_error_no_memory(err);
	ret = _cen_map_append(map, text, strlen(text), &start, err);
	if (ret == 0)
		ret = _cen_map_finish(map, err);
	if (ret == 0)
		*out = STEAL(map);
	return ret;
}
