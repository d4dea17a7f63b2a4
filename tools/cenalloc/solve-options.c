/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The options of solve, alloc and explain, and the request they make. */
#include "solve-options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "words.h"

enum {
	OPTION_USAGE = ARGS_OWN,
	OPTION_SIZE,
	OPTION_FORMAT,
	OPTION_MODIFIER,
	OPTION_COUNT,
	OPTION_HEAP,
	OPTION_MAP,
	OPTION_CONSTRAINT,
	OPTION_LENGTH,
	OPTION_PLANS,
	OPTION_PLAN,
	OPTION_VERIFY,
	OPTION_HOLD,
	OPTION_SPLIT,
	OPTION_MATRIX,
	OPTION_GRAPH,
};

/* The last rows are the command's own. */
#define REQUEST_OPTIONS                                                                                                \
	{"usage", required_argument, NULL, OPTION_USAGE}, {"size", required_argument, NULL, OPTION_SIZE},              \
		{"format", required_argument, NULL, OPTION_FORMAT},                                                    \
		{"modifier", required_argument, NULL, OPTION_MODIFIER},                                                \
		{"count", required_argument, NULL, OPTION_COUNT}, {"heap", required_argument, NULL, OPTION_HEAP},      \
		{"map", required_argument, NULL, OPTION_MAP},                                                          \
	{                                                                                                              \
		"constraint", required_argument, NULL, OPTION_CONSTRAINT                                               \
	}

static const struct option solve_table[] = {
	ARGS_COMMON,
	REQUEST_OPTIONS,
	{"plans", required_argument, NULL, OPTION_PLANS},
	{"split", no_argument, NULL, OPTION_SPLIT},
	{0},
};

static const struct option alloc_table[] = {
	ARGS_COMMON,
	REQUEST_OPTIONS,
	{"length", required_argument, NULL, OPTION_LENGTH},
	{"plan", required_argument, NULL, OPTION_PLAN},
	{"verify", no_argument, NULL, OPTION_VERIFY},
	{"hold", no_argument, NULL, OPTION_HOLD},
	{0},
};

static const struct option explain_table[] = {
	ARGS_COMMON,
	REQUEST_OPTIONS,
	{"matrix", optional_argument, NULL, OPTION_MATRIX},
	{"graph", required_argument, NULL, OPTION_GRAPH},
	{0},
};

static const struct option *const tables[] = {
	[SOLVE_COMMAND_SOLVE] = solve_table,
	[SOLVE_COMMAND_ALLOC] = alloc_table,
	[SOLVE_COMMAND_EXPLAIN] = explain_table,
};

int solve_usage_read(const struct tool *tool, char *text, struct solve_usage *usages, size_t *count)
{
	char *equals = strchr(text, '=');
	int status;

	if (!equals || equals[1] == '\0')
		return args_fail(tool, "--usage %s: usage and device are wanted, as in capture=/dev/video0", text);
	if (*count == CEN_MAX_USAGES)
		return args_fail(tool, "more than %d usages", CEN_MAX_USAGES);
	*equals = '\0';
	status = args_read_usage(tool, text, &usages[*count].usage);
	*equals = '=';
	if (status == TOOL_DONE)
		usages[(*count)++].device = equals + 1;
	return status;
}

static int read_constraint(struct solve_options *options, const struct tool *tool, const char *text)
{
	const char **grown;

	grown = reallocarray(options->constraints, options->constraint_count + 1, sizeof(*grown));
	if (!grown)
		return args_report(tool, -ENOMEM, NULL);
	options->constraints = grown;
	grown[options->constraint_count++] = text;
	return TOOL_DONE;
}

static int read_positive(const struct tool *tool, const char *name, const char *text, uint32_t *out)
{
	int status = args_read_number(tool, name, text, out);

	if (status == TOOL_DONE && *out == 0)
		return args_fail(tool, "%s 0: at least 1", name);
	return status;
}

/* A picture has the name of one: what it is goes by the end of the name. */
static int read_picture(const struct tool *tool, const char *option, const char *text, const char **out)
{
	size_t length = strlen(text);

	if (length < 5 || strcmp(text + length - 4, ".svg") != 0)
		return args_fail(tool, "%s %s: the name of a file that ends with .svg is wanted", option, text);
	*out = text;
	return TOOL_DONE;
}

static int read_option(struct solve_options *options, const struct tool *tool, int option)
{
	switch (option) {
	case OPTION_USAGE:
		return solve_usage_read(tool, optarg, options->usages, &options->usage_count);
	case OPTION_SIZE:
		return args_read_size(tool, optarg, &options->width, &options->height);
	case OPTION_FORMAT:
		return args_read_formats(tool, optarg, &options->fourccs, &options->fourcc_count);
	case OPTION_MODIFIER:
		return args_read_modifiers(tool, optarg, &options->modifiers, &options->modifier_count);
	case OPTION_COUNT:
		return read_positive(tool, "--count", optarg, &options->count);
	case OPTION_HEAP:
		options->heap = optarg;
		return TOOL_DONE;
	case OPTION_MAP:
		options->map = optarg;
		return TOOL_DONE;
	case OPTION_CONSTRAINT:
		return read_constraint(options, tool, optarg);
	case OPTION_LENGTH:
		return args_read_length(tool, optarg, &options->length);
	case OPTION_PLANS:
		return read_positive(tool, "--plans", optarg, &options->plans);
	case OPTION_PLAN:
		return read_positive(tool, "--plan", optarg, &options->plan);
	case OPTION_VERIFY:
		options->verify = true;
		return TOOL_DONE;
	case OPTION_SPLIT:
		options->split = true;
		return TOOL_DONE;
	case OPTION_MATRIX:
		options->matrix = options->matrix || !optarg;
		return optarg ? read_picture(tool, "--matrix", optarg, &options->matrix_file) : TOOL_DONE;
	case OPTION_GRAPH:
		return read_picture(tool, "--graph", optarg, &options->graph_file);
	default:
		options->hold = true;
		return TOOL_DONE;
	}
}

static int check_complete(const struct solve_options *options, const struct tool *tool)
{
	bool has_size = options->width && options->height;

	if (has_size && options->usage_count)
		return TOOL_DONE;
	args_complain(tool, "missing: %s%s%s", options->usage_count ? "" : "--usage USAGE=DEVICE",
		      options->usage_count || has_size ? "" : ", ", has_size ? "" : "--size WxH");
	args_hint("%s --usage capture=/dev/video0 --usage scanout=/dev/dri/card0 --size 1920x1080 --format NV12",
		  tool->command);
	return TOOL_BAD_INPUT;
}

/* Plain memory has no plan: what shapes an image has no meaning there. */
static int check_length(const struct solve_options *options, const struct tool *tool)
{
	const struct {
		const char *option;
		bool is_given;
	} rows[] = {
		{"--usage", options->usage_count},
		{"--size", options->width},
		{"--format", options->fourcc_count},
		{"--modifier", options->modifier_count},
		{"--constraint", options->constraint_count},
		{"--plan", options->plan},
		{"--verify", options->verify},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		if (rows[i].is_given)
			return args_fail(tool, "--length is plain memory and %s an image: one or the other",
					 rows[i].option);
	}
	if (!options->heap)
		return args_fail(tool, "--length needs --heap NAME: which memory it is to be");
	if (options->count > SOLVE_COUNT_MAX)
		return args_fail(tool, "--count %" PRIu32 ": at most %d", options->count, SOLVE_COUNT_MAX);
	return TOOL_DONE;
}

int solve_options_read(struct solve_options *options, struct tool *tool, int argc, char **argv,
		       enum solve_command command)
{
	int option;
	int status;

	while ((option = args_next(tool, argc, argv, tables[command], false)) != ARGS_END) {
		if (option == ARGS_STOP)
			return ARGS_STOP;
		status = read_option(options, tool, option);
		if (status != TOOL_DONE)
			return status;
	}
	if (optind < argc)
		return args_fail(tool, "unexpected argument '%s'", argv[optind]);
	return options->length ? check_length(options, tool) : check_complete(options, tool);
}

void solve_options_cleanup(struct solve_options *options)
{
	free(options->fourccs);
	free(options->modifiers);
	free(options->constraints);
}

/* A heap that is not there would be a conflict; said here, it is a spelling mistake with the names beside it. */
static int check_heap(const struct solve_options *options, const struct tool *tool)
{
	const struct cen_source *source;
	struct cen_region *region;

	if (cen_machine_find_region(tool->machine, options->heap, &region, NULL) == 0)
		return TOOL_DONE;
	for (size_t i = 0; (source = cen_machine_get_source(tool->machine, i)); i++) {
		struct cen_source_info info = {.size = sizeof(info)};

		if (cen_source_get_info(source, &info) == 0 && strcmp(info.name, options->heap) == 0)
			return TOOL_DONE;
	}
	args_complain(tool, "--heap %s: no such source on this machine", options->heap);
	fputs("  hint: the sources of this machine:", stderr);
	for (size_t i = 0; (source = cen_machine_get_source(tool->machine, i)); i++) {
		struct cen_source_info info = {.size = sizeof(info)};

		if (cen_source_get_info(source, &info) == 0)
			fprintf(stderr, "%s %s", i ? "," : "", info.name);
	}
	fputs(cen_machine_get_source_count(tool->machine) ? "\n" : " none\n", stderr);
	return TOOL_BAD_INPUT;
}

static int add_usages(const struct solve_options *options, struct tool *tool, struct cen_request *request)
{
	for (size_t i = 0; i < options->usage_count; i++) {
		const struct solve_usage *row = &options->usages[i];
		_cleanup_error_ struct cen_error *err = NULL;
		const struct cen_device *device;
		int ret = cen_machine_find_device(tool->machine, row->device, &device, &err);

		if (ret == 0)
			ret = cen_request_add_usage(request, row->usage, device, &err);
		if (ret < 0)
			return args_report(tool, ret, err);
	}
	return TOOL_DONE;
}

static int add_constraint(struct cen_request *request, const char *text, struct cen_error **err)
{
	struct cen_constraint constraint;
	int ret = cen_constraint_from_string(text, &constraint, err);

	if (ret < 0)
		return ret;
	/* What the user states is policy, whatever the text says behind '@'. */
	constraint.provenance = CEN_PROVENANCE_POLICY;
	return cen_request_add_constraint(request, &constraint, err);
}

static int add_constraints(const struct solve_options *options, const struct tool *tool, struct cen_request *request)
{
	_cleanup_error_ struct cen_error *err = NULL;
	const struct cen_constraint heap = {
		.kind = CEN_CONSTRAINT_HEAP,
		.value = options->heap ? cen_heap_hash(options->heap) : 0,
		.provenance = CEN_PROVENANCE_POLICY,
		/* The library has no notes with '/', which the name of a device's own source has: the value is enough. */
		.note = options->heap,
	};
	int ret = 0;

	if (options->heap)
		ret = cen_request_add_constraint(request, &heap, &err);
	for (size_t i = 0; i < options->constraint_count && ret == 0; i++) {
		ret = add_constraint(request, options->constraints[i], &err);
		if (ret < 0) {
			int status = args_report(tool, ret, err);

			args_hint(
				"constraints are written as in --constraint stride-align=256, segments=1, objects=one");
			return status;
		}
	}
	return ret < 0 ? args_report(tool, ret, err) : TOOL_DONE;
}

static int add_layouts(const struct solve_options *options, const struct tool *tool, struct cen_request *request)
{
	_cleanup_error_ struct cen_error *err = NULL;
	int ret = cen_request_set_size(request, options->width, options->height, &err);

	if (ret == 0 && options->count)
		ret = cen_request_set_count(request, options->count, &err);
	for (size_t i = 0; i < options->fourcc_count && ret == 0; i++)
		ret = cen_request_add_format(request, options->fourccs[i], &err);
	for (size_t i = 0; i < options->modifier_count && ret == 0; i++)
		ret = cen_request_add_modifier(request, options->modifiers[i], &err);
	return ret < 0 ? args_report(tool, ret, err) : TOOL_DONE;
}

int solve_options_make_request(const struct solve_options *options, struct tool *tool, struct cen_request **request)
{
	int ret = cen_request_create(tool->machine, request);
	int status;

	if (ret < 0)
		return args_report(tool, ret, NULL);
	status = add_layouts(options, tool, *request);
	if (status == TOOL_DONE)
		status = add_usages(options, tool, *request);
	return status == TOOL_DONE ? add_constraints(options, tool, *request) : status;
}

int solve_options_prepare(const struct solve_options *options, struct tool *tool, struct cen_request **request)
{
	int status = args_open_machine(tool);

	if (status == TOOL_DONE && options->heap)
		status = check_heap(options, tool);
	if (status == TOOL_DONE && options->map)
		status = args_use_map(tool, options->map);
	return status == TOOL_DONE ? solve_options_make_request(options, tool, request) : status;
}

int solve_options_run(const struct solve_options *options, struct tool *tool, struct cen_request **request,
		      struct cen_solution **solution)
{
	_cleanup_error_ struct cen_error *err = NULL;
	int status = solve_options_prepare(options, tool, request);
	int ret;

	if (status != TOOL_DONE)
		return status;
	ret = cen_solve(*request, options->flags, solution, &err);
	return ret < 0 ? args_report(tool, ret, err) : TOOL_DONE;
}

struct json_object *solve_options_json(const struct solve_options *options)
{
	struct json_object *object = json_object_new_object();
	struct json_object *list;
	char name[8];

	list = json_add(object, "usages", json_object_new_array());
	for (size_t i = 0; i < options->usage_count; i++) {
		struct json_object *row = json_object_new_object();

		json_add_text(row, "usage", cen_usage_get_name(options->usages[i].usage));
		json_add_text(row, "device", options->usages[i].device);
		json_object_array_add(list, row);
	}
	json_add_number(object, "width", options->width);
	json_add_number(object, "height", options->height);
	json_add_number(object, "count", options->count ? options->count : 1);
	list = json_add(object, "formats", json_object_new_array());
	for (size_t i = 0; i < options->fourcc_count; i++)
		json_object_array_add(list, json_text(words_format(options->fourccs[i], name)));
	return object;
}
