/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* cenalloc describe: what a device accepts for each usage. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "grouping.h"
#include "json.h"
#include "table.h"
#include "words.h"

/* Formats and modifiers share a line when both together are no longer. */
#define LINE_WIDTH 70

static const char help[] =
	"Usage: cenalloc describe DEVICE [OPTION...]\n"
	"\n"
	"Shows what a device accepts: formats and modifiers, the constraints that go with them, how each is known, "
	"what\n"
	"quirks changed, and what could not be learned. DEVICE is a path or name as 'cenalloc list' shows it, or\n"
	"BACKEND:PATH for what one backend knows of it. Devices are left as they were.\n"
	"\n"
	"      --usage U            only this usage; default: every usage of the device\n"
	"      --size WxH           for this size; default: the size the device has now\n"
	"      --format F[,F...]    only these formats; default: all\n"
	"      --json               one JSON document\n"
	"      --passive            only calls without a side effect on any device; more stays unknown\n"
	"  -h, --help               this text\n";

enum {
	OPTION_USAGE = ARGS_OWN,
	OPTION_SIZE,
	OPTION_FORMAT,
};

struct describe_options {
	bool has_usage;
	uint32_t usage;
	uint32_t width, height;
	uint32_t *fourccs;
	size_t fourcc_count;
	const char *device;
	bool has_header; /* printed: the device's line comes before the first usage that can be described */
};

static void options_cleanup(struct describe_options *options)
{
	free(options->fourccs);
}

static void caps_cleanup(struct cen_capabilities **caps)
{
	cen_capabilities_unref(*caps);
}

static int read_options(struct describe_options *options, struct tool *tool, int argc, char **argv)
{
	static const struct option table[] = {
		ARGS_COMMON,
		{"usage", required_argument, NULL, OPTION_USAGE},
		{"size", required_argument, NULL, OPTION_SIZE},
		{"format", required_argument, NULL, OPTION_FORMAT},
		{0},
	};
	int status = TOOL_DONE;
	int option;

	while (status == TOOL_DONE && (option = args_next(tool, argc, argv, table, false)) != ARGS_END) {
		if (option == ARGS_STOP)
			return ARGS_STOP;
		if (option == OPTION_USAGE) {
			options->has_usage = true;
			status = args_read_usage(tool, optarg, &options->usage);
		} else if (option == OPTION_SIZE) {
			status = args_read_size(tool, optarg, &options->width, &options->height);
		} else {
			status = args_read_formats(tool, optarg, &options->fourccs, &options->fourcc_count);
		}
	}
	if (status != TOOL_DONE)
		return status;
	if (optind + 1 != argc)
		return optind < argc ? args_fail(tool, "unexpected argument '%s'", argv[optind + 1])
				     : args_fail(tool, "missing: the DEVICE");
	options->device = argv[optind];
	return TOOL_DONE;
}

/* A list of words; released by the caller, NULL when there is no memory. */
static char *join_formats(const struct group_line *line)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	char name[8];

	for (size_t i = 0; out && i < line->fourcc_count; i++)
		fprintf(out, "%s%s", i ? " " : "", words_format(line->fourccs[i], name));
	if (out)
		fclose(out);
	return text;
}

static char *join_modifiers(const struct group_line *line)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	char name[WORDS_MODIFIER_SIZE];

	for (size_t i = 0; out && i < line->modifier_count; i++)
		fprintf(out, "%s%s", i ? " " : "", words_modifier(line->modifiers[i], name));
	if (out)
		fclose(out);
	return text;
}

static void print_line(const struct tool *tool, const struct group_line *line)
{
	_cleanup_free_ char *formats = join_formats(line);
	_cleanup_free_ char *modifiers = join_modifiers(line);

	if (!formats || !modifiers)
		return;
	if (strlen(formats) + strlen(modifiers) < LINE_WIDTH) {
		printf("  %s%s%s  %s\n", text_style_on(tool, TABLE_BOLD), formats, text_style_off(tool, TABLE_BOLD),
		       modifiers);
		return;
	}
	text_print(tool, 2, TABLE_BOLD, formats);
	text_print(tool, 6, TABLE_PLAIN, modifiers);
}

static void add_constraint(struct table *table, const struct cen_constraint *constraint)
{
	char value[WORDS_VALUE_SIZE];
	char kind[WORDS_VALUE_SIZE];

	table_add(table, (const char *const[]){
				 words_kind(constraint, kind),
				 words_value(constraint, value),
				 cen_provenance_get_name(constraint->provenance),
				 constraint->note,
			 });
}

/* The constraints of an alternative: those that all alternatives share, or those they do not. */
static int print_constraints(const struct tool *tool, const struct grouping *grouping,
			     const struct cen_capability *item, bool common)
{
	static const char *const headings[] = {"", "", "", ""};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), false);

	for (size_t i = 0; i < item->constraint_count; i++) {
		if (grouping_is_common(grouping, &item->constraints[i]) == common)
			add_constraint(table, &item->constraints[i]);
	}
	return table_print(table, tool, 6);
}

static int print_group(const struct tool *tool, const struct grouping *grouping, const struct group *group)
{
	struct group_line *lines;
	size_t count;
	int ret = grouping_get_lines(grouping, group, &lines, &count);

	if (ret < 0)
		return args_report(tool, ret, NULL);
	for (size_t i = 0; i < count; i++)
		print_line(tool, &lines[i]);
	group_lines_free(lines, count);
	return print_constraints(tool, grouping, &grouping->items[group->members[0]], false);
}

static bool has_common(const struct grouping *grouping)
{
	const struct cen_capability *item = grouping->items;

	if (grouping->item_count == 0)
		return false;
	for (size_t i = 0; i < item->constraint_count; i++) {
		if (grouping_is_common(grouping, &item->constraints[i]))
			return true;
	}
	return false;
}

/* Whether a line of the notes tells what a quirk changed; the others tell what could not be learned. */
static bool is_quirk_line(const char *line)
{
	return strncmp(line, "quirk ", 6) == 0 || strncmp(line, "quirks: ", 8) == 0;
}

/* The lines of one of both sorts under a heading, if there are any. */
static void print_notes(const struct tool *tool, const char *heading, const char *notes, bool quirks)
{
	_cleanup_free_ char *copy = strdup(notes ? notes : "");
	char *rest = copy, *line;
	bool has_heading = false;

	while ((line = strsep(&rest, "\n"))) {
		if (!*line || is_quirk_line(line) != quirks)
			continue;
		if (!has_heading)
			text_print(tool, 2, TABLE_DIM, heading);
		has_heading = true;
		text_print(tool, 6, TABLE_DIM, line);
	}
}

static int print_groups(const struct tool *tool, const struct grouping *grouping, const char *notes)
{
	const struct cen_capability *first = grouping->item_count ? grouping->items : NULL;
	int status = TOOL_DONE;

	if (!first)
		text_print(tool, 2, TABLE_PLAIN, "nothing: no format is accepted");
	if (first && has_common(grouping)) {
		text_print(tool, 2, TABLE_BOLD, "all formats");
		status = print_constraints(tool, grouping, first, true);
	}
	for (size_t i = 0; i < grouping->group_count && status == TOOL_DONE; i++)
		status = print_group(tool, grouping, &grouping->groups[i]);
	print_notes(tool, "changed by quirks:", notes, true);
	print_notes(tool, "not learned:", notes, false);
	return status;
}

static struct json_object *line_json(const struct group_line *line)
{
	struct json_object *object = json_object_new_object();
	struct json_object *formats = json_add(object, "formats", json_object_new_array());
	struct json_object *modifiers = json_add(object, "modifiers", json_object_new_array());
	char fourcc[8];

	for (size_t i = 0; i < line->fourcc_count; i++)
		json_object_array_add(formats, json_text(words_format(line->fourccs[i], fourcc)));
	for (size_t i = 0; i < line->modifier_count; i++) {
		struct json_object *modifier = json_object_new_object();

		json_add_modifier(modifier, line->modifiers[i]);
		json_object_array_add(modifiers, modifier);
	}
	return object;
}

static int group_json(const struct tool *tool, const struct grouping *grouping, const struct group *group,
		      struct json_object *list)
{
	const struct cen_capability *item = &grouping->items[group->members[0]];
	struct group_line *lines;
	size_t count;
	int ret = grouping_get_lines(grouping, group, &lines, &count);

	if (ret < 0)
		return args_report(tool, ret, NULL);
	for (size_t i = 0; i < count; i++) {
		struct json_object *object = line_json(&lines[i]);
		struct json_object *constraints = json_add(object, "constraints", json_object_new_array());

		for (size_t j = 0; j < item->constraint_count; j++)
			json_object_array_add(constraints, json_from_constraint(&item->constraints[j]));
		json_object_array_add(list, object);
	}
	group_lines_free(lines, count);
	return TOOL_DONE;
}

static int groups_json(const struct tool *tool, const struct grouping *grouping, char *notes, struct json_object *usage)
{
	struct json_object *list = json_add(usage, "alternatives", json_object_new_array()), *quirks;
	int status = TOOL_DONE;
	char *line;

	for (size_t i = 0; i < grouping->group_count && status == TOOL_DONE; i++)
		status = group_json(tool, grouping, &grouping->groups[i], list);
	list = json_add(usage, "notes", json_object_new_array());
	quirks = json_add(usage, "quirks", json_object_new_array());
	while ((line = strsep(&notes, "\n"))) {
		if (*line)
			json_object_array_add(is_quirk_line(line) ? quirks : list, json_text(line));
	}
	return status;
}

static void print_header(struct describe_options *options, const struct cen_device *device)
{
	const char *driver = cen_device_get_driver(device);

	if (!options->has_header)
		printf("%s  %s  (%s%s)\n", cen_device_get_path(device), cen_device_get_name(device),
		       driver ? "driver " : "backend ", driver ? driver : cen_device_get_backend(device));
	options->has_header = true;
}

/* Whether a backend was named in front of the path: then the others that know the node are not asked. */
static bool is_one_backend(const struct describe_options *options, const struct cen_device *device)
{
	const char *backend = cen_device_get_backend(device);
	size_t length = strlen(backend);

	return options->device && strncmp(options->device, backend, length) == 0 && options->device[length] == ':';
}

/* Of the backends that know the node, the first that knows this usage of it; NULL when none does. */
static const struct cen_device *find_usage(const struct tool *tool, const struct describe_options *options,
					   const struct cen_device *device, uint32_t usage)
{
	const struct cen_device *other;

	if (cen_device_get_usages(device) & CEN_USAGE_BIT(usage))
		return device;
	for (size_t i = 0; !is_one_backend(options, device) && (other = cen_machine_get_device(tool->machine, i));
	     i++) {
		if (strcmp(cen_device_get_path(other), cen_device_get_path(device)) == 0 &&
		    cen_device_get_usages(other) & CEN_USAGE_BIT(usage))
			return other;
	}
	return NULL;
}

/* usages: where the JSON of this usage is appended; NULL for text. */
static int describe_usage(struct tool *tool, struct describe_options *options, const struct cen_device *device,
			  uint32_t usage, struct json_object *usages)
{
	_cleanup_(caps_cleanup) struct cen_capabilities *caps = NULL;
	_cleanup_(grouping_finish) struct grouping grouping = {0};
	_cleanup_error_ struct cen_error *err = NULL;
	_cleanup_free_ char *notes = NULL;
	struct json_object *object;
	int ret;

	ret = cen_machine_describe(tool->machine, device, usage, options->width, options->height, options->fourccs,
				   options->fourcc_count, &caps, &notes, &err);
	if (ret == 0)
		ret = grouping_init(&grouping, caps);
	if (ret < 0)
		return args_report(tool, ret, err);
	if (!usages) {
		print_header(options, device);
		printf("\n%s%s%s  (backend %s)\n", text_style_on(tool, TABLE_BOLD), cen_usage_get_name(usage),
		       text_style_off(tool, TABLE_BOLD), cen_device_get_backend(device));
		return print_groups(tool, &grouping, notes);
	}
	object = json_object_new_object();
	json_object_array_add(usages, object);
	json_add_text(object, "usage", cen_usage_get_name(usage));
	json_add_text(object, "backend", cen_device_get_backend(device));
	return groups_json(tool, &grouping, notes, object);
}

/* A usage that fails does not hide the others; the last failure is the exit status. */
static int describe_usages(struct tool *tool, struct describe_options *options, const struct cen_device *device,
			   struct json_object *usages)
{
	int status = TOOL_DONE, known = 0;

	for (uint32_t i = 0; cen_usage_get_name(i); i++) {
		const struct cen_device *owner = find_usage(tool, options, device, i);
		int one;

		/* A usage that was asked for and that nobody has is refused by the library, in its words. */
		if (options->has_usage ? options->usage != i : !owner)
			continue;
		one = describe_usage(tool, options, owner ? owner : device, i, usages);
		status = one != TOOL_DONE ? one : status;
		known++;
	}
	if (known)
		return status;
	args_complain(tool, "%s: no usage is known: %s", cen_device_get_path(device),
		      words_access(cen_device_get_access(device)));
	if (cen_device_get_access_help(device))
		args_hint("%s", cen_device_get_access_help(device));
	return TOOL_MACHINE_FAILED;
}

static int describe_json(struct tool *tool, struct describe_options *options, const struct cen_device *device)
{
	struct json_object *document = json_object_new_object();
	struct json_object *object = json_add(document, "device", json_object_new_object());
	struct json_object *usages = json_add(document, "usages", json_object_new_array());
	int status;
	int written;

	json_add_text(object, "path", cen_device_get_path(device));
	json_add_text(object, "name", cen_device_get_name(device));
	json_add_text(object, "driver", cen_device_get_driver(device));
	json_add_text(object, "id", cen_device_get_id(device));
	json_add_text(object, "backend", cen_device_get_backend(device));
	json_add_access(object, cen_device_get_access(device), cen_device_get_access_help(device));
	json_add_known(document, "width", options->width);
	json_add_known(document, "height", options->height);
	status = describe_usages(tool, options, device, usages);
	written = json_finish(tool, document);
	return status == TOOL_DONE ? written : status;
}

int cmd_describe(struct tool *tool, int argc, char **argv)
{
	_cleanup_(options_cleanup) struct describe_options options = {0};
	_cleanup_error_ struct cen_error *err = NULL;
	const struct cen_device *device;
	int status;
	int ret;

	tool->help = help;
	status = read_options(&options, tool, argc, argv);
	if (status == ARGS_STOP)
		return tool->status;
	if (status == TOOL_DONE)
		status = args_open_machine(tool);
	if (status != TOOL_DONE)
		return status;
	ret = cen_machine_find_device(tool->machine, options.device, &device, &err);
	if (ret < 0)
		return args_report(tool, ret, err);
	if (tool->json)
		return describe_json(tool, &options, device);
	return describe_usages(tool, &options, device, NULL);
}
