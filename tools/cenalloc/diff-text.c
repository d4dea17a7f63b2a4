/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The document of cenalloc diff for a person. Its texts are fit for a terminal. */
#include <stdio.h>
#include <string.h>

#include "diff.h"
#include "table.h"

/* Values of so many sizes are told without --verbose. */
#define SIZES_SHOWN 2

struct printer {
	const struct tool *tool;
	size_t size_count; /* all sizes */
	bool has_any;
};

static size_t count(struct json_object *list)
{
	return list ? json_object_array_length(list) : 0;
}

static void print_styled(const struct printer *printer, enum table_style style, const char *text)
{
	printf("%s%s%s", text_style_on(printer->tool, style), text, text_style_off(printer->tool, style));
}

/* "old → new"; what is not there is a dash. */
static void print_change(const struct printer *printer, struct json_object *object)
{
	const char *a = diff_get_text(object, "a"), *b = diff_get_text(object, "b");

	print_styled(printer, TABLE_BAD, a ? a : "-");
	fputs(" -> ", stdout);
	print_styled(printer, TABLE_GOOD, b ? b : "-");
}

static void print_facts(const struct printer *printer, struct json_object *object, int indent)
{
	struct json_object *facts = diff_get(object, "facts");

	for (size_t i = 0; i < count(facts); i++) {
		struct json_object *fact = json_object_array_get_idx(facts, i);

		printf("%*s%s: ", indent, "", diff_get_text(fact, "what"));
		print_change(printer, fact);
		putchar('\n');
	}
}

static void print_heading(struct printer *printer, const char *text)
{
	if (printer->has_any)
		putchar('\n');
	printer->has_any = true;
	print_styled(printer, TABLE_BOLD, text);
	putchar('\n');
}

static enum table_style style_of(const char *change)
{
	if (strcmp(change, "removed") == 0)
		return TABLE_BAD;
	return strcmp(change, "added") == 0 ? TABLE_GOOD : TABLE_PLAIN;
}

static char mark_of(const char *change)
{
	if (strcmp(change, "removed") == 0)
		return '-';
	return strcmp(change, "added") == 0 ? '+' : ' ';
}

static void print_named(struct printer *printer, struct json_object *document, const char *key)
{
	struct json_object *list = diff_get(document, key);

	for (size_t i = 0; i < count(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		const char *change = diff_get_text(item, "change");

		if (i == 0)
			print_heading(printer, key);
		printf("  %s%c %s%s\n", text_style_on(printer->tool, style_of(change)), mark_of(change),
		       diff_get_text(item, "name"), text_style_off(printer->tool, style_of(change)));
		print_facts(printer, item, 6);
	}
}

static void print_words(struct json_object *list)
{
	for (size_t i = 0; i < count(list); i++)
		printf("%s%s", i ? " " : "", json_object_get_string(json_object_array_get_idx(list, i)));
}

static void print_formats(struct json_object *line)
{
	if (!count(diff_get(line, "formats")))
		return;
	putchar(' ');
	print_words(diff_get(line, "formats"));
	fputs(", ", stdout);
	print_words(diff_get(line, "modifiers"));
}

static bool is_one_value(struct json_object *values)
{
	for (size_t i = 1; i < count(values); i++) {
		struct json_object *first = json_object_array_get_idx(values, 0);
		struct json_object *value = json_object_array_get_idx(values, i);

		if (!json_object_equal(diff_get(first, "a"), diff_get(value, "a")) ||
		    !json_object_equal(diff_get(first, "b"), diff_get(value, "b")))
			return false;
	}
	return true;
}

static void print_sizes(const struct printer *printer, struct json_object *values, size_t shown)
{
	if (count(values) == printer->size_count)
		return;
	fputs("  at ", stdout);
	for (size_t i = 0; i < count(values) && i < shown; i++)
		printf("%s%s", i ? ", " : "", diff_get_text(json_object_array_get_idx(values, i), "size"));
	if (count(values) > shown)
		printf(" and %zu more sizes", count(values) - shown);
}

static void print_each_size(const struct printer *printer, struct json_object *values, size_t shown)
{
	for (size_t i = 0; i < count(values) && i < shown; i++) {
		struct json_object *value = json_object_array_get_idx(values, i);

		if (i)
			fputs("; ", stdout);
		print_change(printer, value);
		printf(" at %s", diff_get_text(value, "size"));
	}
	if (count(values) > shown)
		printf("; and %zu more sizes", count(values) - shown);
}

static void print_difference(const struct printer *printer, struct json_object *line)
{
	struct json_object *values = diff_get(line, "values"), *first = json_object_array_get_idx(values, 0);
	size_t shown = printer->tool->verbose ? count(values) : SIZES_SHOWN;
	const char *what = diff_get_text(line, "what");
	bool is_presence = strcmp(what, "accepted") == 0 && is_one_value(values);

	if (is_presence) {
		const char *change = diff_get(first, "a") ? "removed" : "added";

		printf("       %s%c", text_style_on(printer->tool, style_of(change)), mark_of(change));
		print_formats(line);
		fputs(text_style_off(printer->tool, style_of(change)), stdout);
	} else {
		printf("          %s: ", what);
		if (is_one_value(values))
			print_change(printer, first);
		else
			print_each_size(printer, values, shown);
		putchar(' ');
		print_formats(line);
	}
	if (is_one_value(values))
		print_sizes(printer, values, shown);
	putchar('\n');
}

static void print_device(const struct printer *printer, struct json_object *item)
{
	struct json_object *usages = diff_get(item, "usages");
	const char *change = diff_get_text(item, "change");

	printf("  %s%c %s  %s  (backend %s)%s\n", text_style_on(printer->tool, style_of(change)), mark_of(change),
	       diff_get_text(item, "path"), diff_get_text(item, "name"), diff_get_text(item, "backend"),
	       text_style_off(printer->tool, style_of(change)));
	print_facts(printer, item, 6);
	for (size_t u = 0; u < count(usages); u++) {
		struct json_object *usage = json_object_array_get_idx(usages, u);
		struct json_object *list = diff_get(usage, "differences");

		printf("      %s\n", diff_get_text(usage, "usage"));
		for (size_t i = 0; i < count(list); i++)
			print_difference(printer, json_object_array_get_idx(list, i));
	}
}

void diff_print(const struct tool *tool, struct json_object *document)
{
	struct printer printer = {.tool = tool, .size_count = count(diff_get(document, "sizes"))};
	struct json_object *machine = diff_get(document, "machine"), *devices = diff_get(document, "devices");

	if (diff_get(machine, "facts")) {
		print_heading(&printer, "machine");
		print_facts(&printer, machine, 4);
	}
	print_named(&printer, document, "pools");
	print_named(&printer, document, "sources");
	for (size_t i = 0; i < count(devices); i++) {
		if (i == 0)
			print_heading(&printer, "devices");
		print_device(&printer, json_object_array_get_idx(devices, i));
	}
}
