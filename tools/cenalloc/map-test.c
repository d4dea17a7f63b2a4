/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* cenalloc map --test: each pattern until the first that matches, and the memory that its rule gives. */
#include "map-test.h"

#include <errno.h>
#include <string.h>

#include "args.h"
#include "json.h"
#include "table.h"

/* Whom the map is asked about. */
struct subject {
	const char *names[CEN_MAP_DEVICE_NAMES];
	size_t name_count;
	const char *type; /* points into text; NULL: not given */
	const struct cen_device *device; /* NULL: only a name */
	char *text;
};

static void subject_finish(struct subject *subject)
{
	free(subject->text);
}

char *map_take_text(FILE *stream, char **text)
{
	if (stream && fclose(stream) == 0)
		return *text;
	free(*text);
	return NULL;
}

/* The names of a device of the machine. Returns whether there is such a device. */
static bool find_device(const struct tool *tool, struct subject *subject, const char *path)
{
	if (cen_machine_find_device(tool->machine, path, &subject->device, NULL) < 0)
		return false;
	subject->name_count =
		cen_machine_get_map_names(tool->machine, subject->device, subject->names, CEN_MAP_DEVICE_NAMES);
	return true;
}

/* A path has '/' of its own: all of the text is a device, or what is before the last '/', or it is a name. */
static int read_subject(const struct tool *tool, struct subject *subject, const char *text)
{
	_cleanup_error_ struct cen_error *err = NULL;
	char *slash;

	subject->text = strdup(text);
	if (!subject->text)
		return args_report(tool, -ENOMEM, NULL);
	if (!text[0])
		return args_fail(tool, "--test '': a device is wanted, as in /dev/video0, card0 or gpu/scanout");
	if (find_device(tool, subject, subject->text))
		return TOOL_DONE;
	slash = strrchr(subject->text, '/');
	if (slash && slash != subject->text) {
		*slash = '\0';
		subject->type = slash + 1;
	}
	if (find_device(tool, subject, subject->text))
		return TOOL_DONE;
	if (strchr(subject->text, '/')) {
		int ret = cen_machine_find_device(tool->machine, text, &subject->device, &err);

		return args_report(tool, ret, err);
	}
	subject->names[subject->name_count++] = subject->text;
	return TOOL_DONE;
}

size_t map_print_sources(const struct tool *tool, const char *name, FILE *out)
{
	const struct cen_source *sources[MAP_SHOWN];
	size_t count = cen_machine_get_map_sources(tool->machine, name, sources, ARRAY_LENGTH(sources));

	for (size_t i = 0; i < count && i < ARRAY_LENGTH(sources); i++) {
		struct cen_source_info info = {.size = sizeof(info)};

		if (cen_source_get_info(sources[i], &info) == 0)
			fprintf(out, "%s%s", i ? ", " : "", info.name);
	}
	return count;
}

static void print_parts(const struct cen_map_trial *trial, FILE *out)
{
	fprintf(out, "%s%s%s", trial->device, trial->type ? "/" : "", trial->type ? trial->type : "");
}

bool map_print_pattern(const struct cen_map *map, size_t rule, size_t pattern, FILE *out)
{
	struct cen_map_trial trial = {.size = sizeof(trial)};

	if (cen_map_try_pattern(map, rule, pattern, NULL, 0, NULL, &trial) < 0)
		return false;
	print_parts(&trial, out);
	return true;
}

struct json_object *map_json_names(const struct tool *tool, const struct cen_map *map, size_t rule)
{
	struct json_object *list = json_object_new_array();
	const char *name;

	for (size_t n = 0; (name = cen_map_get_name(map, rule, n)); n++) {
		const struct cen_source *sources[MAP_SHOWN];
		size_t count = cen_machine_get_map_sources(tool->machine, name, sources, ARRAY_LENGTH(sources));
		struct json_object *row = json_object_new_object(), *array;

		json_add_text(row, "name", name);
		array = json_add(row, "sources", json_object_new_array());
		for (size_t i = 0; i < count && i < ARRAY_LENGTH(sources); i++) {
			struct cen_source_info info = {.size = sizeof(info)};

			if (cen_source_get_info(sources[i], &info) == 0)
				json_object_array_add(array, json_text(info.name));
		}
		json_object_array_add(list, row);
	}
	return list;
}

/* Go on to the pattern behind this one. Returns false at the end of the map. */
static bool next_pattern(const struct cen_map *map, size_t *rule, size_t *pattern)
{
	if (++*pattern < cen_map_get_pattern_count(map, *rule))
		return true;
	*pattern = 0;
	return ++*rule < cen_map_get_rule_count(map);
}

static void add_trial(struct table *table, size_t rule, const struct cen_map_trial *trial, bool matches)
{
	char number[TEXT_NUMBER_SIZE], *text = NULL;
	_cleanup_free_ char *pattern = NULL, *device = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out)
		print_parts(trial, out);
	pattern = map_take_text(out, &text);
	if (trial->matched && asprintf(&device, "yes (%s)", trial->matched) < 0)
		device = NULL;
	table_add(table, (const char *const[]){
				 text_number(rule + 1, number),
				 pattern,
				 trial->matched ? device : "no",
				 trial->is_type_matched ? (trial->type ? "yes" : "any") : "no",
				 matches ? "yes" : "no",
			 });
	table_set_style(table, 4, matches ? TABLE_GOOD : TABLE_PLAIN);
	if (trial->is_inherited)
		table_add_note(table, TABLE_DIM, "written as /TYPE: the device part is that of the pattern before it");
}

static int print_trials(const struct tool *tool, const struct cen_map *map, const struct subject *subject)
{
	static const char *const headings[] = {">RULE", "PATTERN", "DEVICE", "TYPE", "MATCHES"};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);
	size_t rule = 0, pattern = 0;
	int matches;

	do {
		struct cen_map_trial trial = {.size = sizeof(trial)};

		matches = cen_map_try_pattern(map, rule, pattern, subject->names, subject->name_count, subject->type,
					      &trial);
		add_trial(table, rule, &trial, matches == 1);
	} while (!matches && next_pattern(map, &rule, &pattern));
	return table_print(table, tool, 0);
}

static void add_name(struct table *table, const struct tool *tool, size_t index, const char *name)
{
	char number[TEXT_NUMBER_SIZE], *text = NULL;
	_cleanup_free_ char *sources = NULL;
	size_t size, count = 0;
	FILE *out = open_memstream(&text, &size);

	if (out)
		count = map_print_sources(tool, name, out);
	sources = map_take_text(out, &text);
	table_add(table, (const char *const[]){text_number(index + 1, number), name,
					       count ? sources : "nothing on this machine"});
	if (!count)
		table_set_style(table, 2, TABLE_BAD);
}

static int print_names(const struct tool *tool, const struct cen_map *map, size_t rule)
{
	static const char *const headings[] = {">", "NAME", "SOURCES, IN THIS ORDER"};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);
	const char *name;

	for (size_t n = 0; (name = cen_map_get_name(map, rule, n)); n++)
		add_name(table, tool, n, name);
	return table_print(table, tool, 0);
}

static void print_subject(const struct subject *subject)
{
	printf("device  %s", subject->device ? cen_device_get_path(subject->device) : subject->names[0]);
	for (size_t i = 0; subject->device && i < subject->name_count; i++)
		printf("%s%s", i ? ", " : ", known as ", subject->names[i]);
	printf("\ntype    %s%s\n\n", subject->type ? subject->type : CEN_MAP_TYPE_COMMON,
	       subject->type ? "" : " (none given)");
}

static int test_text(const struct tool *tool, const struct cen_map *map, const struct subject *subject)
{
	struct cen_map_match match = {.size = sizeof(match)};
	int status;

	print_subject(subject);
	if (!map) {
		puts("No map is in force: no source is ruled out.");
		return TOOL_NO_PLAN;
	}
	status = print_trials(tool, map, subject);
	if (status != TOOL_DONE)
		return status;
	if (cen_map_lookup(map, subject->names, subject->name_count, subject->type, &match) < 0) {
		puts("\nno rule matches: the map gives this device no memory");
		return TOOL_NO_PLAN;
	}
	printf("\nrule %zu decides: %s\n\n", match.rule + 1, match.text);
	return print_names(tool, map, match.rule);
}

static struct json_object *json_trials(const struct cen_map *map, const struct subject *subject)
{
	struct json_object *list = json_object_new_array();
	size_t rule = 0, pattern = 0;
	int matches = 0;

	while (map && !matches) {
		struct cen_map_trial trial = {.size = sizeof(trial)};
		struct json_object *row = json_object_new_object();

		matches = cen_map_try_pattern(map, rule, pattern, subject->names, subject->name_count, subject->type,
					      &trial);
		json_add_number(row, "rule", rule + 1);
		json_add_text(row, "device", trial.device);
		json_add_text(row, "type", trial.type);
		json_add_text(row, "matched", trial.matched);
		json_add_bool(row, "type_matches", trial.is_type_matched);
		json_add_bool(row, "matches", matches == 1);
		json_object_array_add(list, row);
		if (!matches && !next_pattern(map, &rule, &pattern))
			break;
	}
	return list;
}

static int test_json(const struct tool *tool, const struct cen_map *map, const struct subject *subject)
{
	struct cen_map_match match = {.size = sizeof(match)};
	struct json_object *document = json_object_new_object(), *names;
	bool is_found = map && cen_map_lookup(map, subject->names, subject->name_count, subject->type, &match) == 0;
	int status;

	json_add_text(document, "device", subject->device ? cen_device_get_path(subject->device) : NULL);
	names = json_add(document, "names", json_object_new_array());
	for (size_t i = 0; i < subject->name_count; i++)
		json_object_array_add(names, json_text(subject->names[i]));
	json_add_text(document, "type", subject->type ? subject->type : CEN_MAP_TYPE_COMMON);
	json_add_text(document, "origin", map ? cen_map_get_origin(map) : NULL);
	json_add(document, "tried", json_trials(map, subject));
	json_add(document, "rule", is_found ? json_object_new_uint64(match.rule + 1) : NULL);
	json_add_text(document, "text", is_found ? match.text : NULL);
	json_add(document, "memory", is_found ? map_json_names(tool, map, match.rule) : json_object_new_array());
	status = json_finish(tool, document);
	return status == TOOL_DONE && !is_found ? TOOL_NO_PLAN : status;
}

int map_test(const struct tool *tool, const struct cen_map *map, const char *text)
{
	_cleanup_(subject_finish) struct subject subject = {0};
	int status = read_subject(tool, &subject, text);

	if (status != TOOL_DONE)
		return status;
	return tool->json ? test_json(tool, map, &subject) : test_text(tool, map, &subject);
}
