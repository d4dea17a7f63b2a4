/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* cenalloc map: which memory which device may have, where that is said, and a test of one device. */
#include <stdio.h>

#include "args.h"
#include "json.h"
#include "map-test.h"
#include "table.h"

static const char help[] =
	"Usage: cenalloc map [--test DEVICE[/TYPE]] [--map TEXT] [OPTION...]\n"
	"\n"
	"Shows the map in force, rule by rule: which memory which device may have, and where that is said. The first "
	"there is\n"
	"counts: CENALLOC_MAP, ~/.config/cenalloc.conf, /etc/cenalloc.conf.\n"
	"\n"
	"      --test DEVICE[/TYPE]   which rule decides for a device, pattern by pattern, and the memory it gives; "
	"DEVICE is\n"
	"                             one of this machine or any name, TYPE a usage; default: common. Status 1: no "
	"rule "
	"matches\n"
	"      --map TEXT             this map in place of the one in force\n"
	"  -v, --verbose              the sources behind each name\n"
	"      --json                 one JSON document\n"
	"      --passive              only calls without a side effect on any device\n"
	"  -h, --help                 this text\n"
	"\n"
	"Example:\n"
	"  cenalloc map --map 'camera,codec=cma-heap; gpu/scanout=gbm; *=system,udmabuf' --test /dev/video0/capture\n";

enum {
	OPTION_MAP = ARGS_OWN,
	OPTION_TEST,
};

static void map_cleanup(struct cen_map **map)
{
	cen_map_unref(*map);
}

/* The patterns of a rule, or its names, with a comma and a blank between them. For free(). */
static char *list_side(const struct cen_map *map, size_t rule, bool is_left)
{
	size_t count = is_left ? cen_map_get_pattern_count(map, rule) : cen_map_get_name_count(map, rule), size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; out && i < count; i++) {
		fputs(i ? ", " : "", out);
		if (is_left)
			map_print_pattern(map, rule, i, out);
		else
			fputs(cen_map_get_name(map, rule, i), out);
	}
	return map_take_text(out, &text);
}

/* What the names of a rule are here: those that are nothing, and all of them when verbose. */
static void note_names(struct table *table, const struct tool *tool, const struct cen_map *map, size_t rule)
{
	const char *name;

	for (size_t n = 0; (name = cen_map_get_name(map, rule, n)); n++) {
		char *text = NULL;
		size_t size, count = 0;
		FILE *out = open_memstream(&text, &size);
		_cleanup_free_ char *note = NULL;

		if (out) {
			fprintf(out, "%s: ", name);
			count = map_print_sources(tool, name, out);
			fputs(count ? "" : "nothing on this machine", out);
		}
		note = map_take_text(out, &text);
		if (note && (!count || tool->verbose))
			table_add_note(table, count ? TABLE_DIM : TABLE_BAD, note);
	}
}

static int print_map(const struct tool *tool, const struct cen_map *map)
{
	static const char *const headings[] = {">RULE", ">LINE", "DEVICES", "MEMORY"};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);

	if (!map) {
		puts("No map is in force: no source is ruled out.");
		return TOOL_DONE;
	}
	printf("map from %s\n\n", cen_map_get_origin(map));
	for (size_t r = 0; r < cen_map_get_rule_count(map); r++) {
		_cleanup_free_ char *left = list_side(map, r, true), *right = list_side(map, r, false);
		char number[TEXT_NUMBER_SIZE], line[TEXT_NUMBER_SIZE];

		table_add(table, (const char *const[]){text_number(r + 1, number),
						       text_number(cen_map_get_rule_line(map, r), line), left, right});
		table_set_style(table, 2, TABLE_BOLD);
		note_names(table, tool, map, r);
	}
	return table_print(table, tool, 0);
}

static struct json_object *json_rule(const struct tool *tool, const struct cen_map *map, size_t rule)
{
	struct json_object *row = json_object_new_object();
	struct json_object *patterns;

	json_add_number(row, "line", cen_map_get_rule_line(map, rule));
	json_add_text(row, "text", cen_map_get_rule(map, rule));
	patterns = json_add(row, "patterns", json_object_new_array());
	for (size_t p = 0; p < cen_map_get_pattern_count(map, rule); p++) {
		struct cen_map_trial trial = {.size = sizeof(trial)};
		struct json_object *pattern = json_object_new_object();

		cen_map_try_pattern(map, rule, p, NULL, 0, NULL, &trial);
		json_add_text(pattern, "device", trial.device);
		json_add_text(pattern, "type", trial.type);
		json_object_array_add(patterns, pattern);
	}
	json_add(row, "memory", map_json_names(tool, map, rule));
	return row;
}

static int print_json(const struct tool *tool, const struct cen_map *map)
{
	struct json_object *document = json_object_new_object();
	struct json_object *rules;

	json_add_text(document, "origin", map ? cen_map_get_origin(map) : NULL);
	json_add_text(document, "text", map ? cen_map_to_string(map) : NULL);
	rules = json_add(document, "rules", json_object_new_array());
	for (size_t r = 0; map && r < cen_map_get_rule_count(map); r++)
		json_object_array_add(rules, json_rule(tool, map, r));
	return json_finish(tool, document);
}

/* The map on the command line, or the one in force; what of the files cannot be read is told. */
static int find_map(struct tool *tool, const char *text, struct cen_map **out)
{
	_cleanup_error_ struct cen_error *err = NULL;
	int ret, status = TOOL_DONE;

	if (text) {
		status = args_use_map(tool, text);
	} else {
		ret = cen_context_reload_map(tool->ctx, &err);
		if (ret < 0)
			status = args_report(tool, ret, err);
	}
	if (status != TOOL_DONE)
		return status;
	ret = cen_context_get_map(tool->ctx, out, NULL);
	return ret < 0 ? args_report(tool, ret, NULL) : TOOL_DONE;
}

int cmd_map(struct tool *tool, int argc, char **argv)
{
	static const struct option options[] = {
		ARGS_COMMON,
		{"map", required_argument, NULL, OPTION_MAP},
		{"test", required_argument, NULL, OPTION_TEST},
		{0},
	};
	_cleanup_(map_cleanup) struct cen_map *map = NULL;
	const char *text = NULL, *test = NULL;
	int option, status;

	tool->help = help;
	while ((option = args_next(tool, argc, argv, options, false)) != ARGS_END) {
		if (option == ARGS_STOP)
			return tool->status;
		*(option == OPTION_MAP ? &text : &test) = optarg;
	}
	if (optind < argc)
		return args_fail(tool, "unexpected argument '%s'", argv[optind]);
	status = args_open_machine(tool);
	if (status == TOOL_DONE)
		status = find_map(tool, text, &map);
	if (status != TOOL_DONE)
		return status;
	if (test)
		return map_test(tool, map, test);
	return tool->json ? print_json(tool, map) : print_map(tool, map);
}
