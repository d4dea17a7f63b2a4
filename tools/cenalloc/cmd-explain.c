/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* cenalloc explain: why there is this plan, or none; as text, JSON, a matrix, a graph. */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "explain-graph.h"
#include "explain-matrix.h"
#include "explain-text.h"
#include "json.h"

static const char help[] =
	"Usage: cenalloc explain --usage U=DEVICE... --size WxH [OPTION...]\n"
	"\n"
	"Says in plain words why 'cenalloc solve' answers as it does: who decided which part of the plan and how that "
	"is\n"
	"known, and why each other allocator was passed over; or which devices cannot hold together, why each format "
	"and\n"
	"each allocator fails, and what would help. Nothing is allocated. Ends with status 1 where there is no plan.\n"
	"\n" SOLVE_HELP "      --matrix[=FILE.svg]  formats against devices: who takes what, as a table or a picture\n"
	"      --graph=FILE.svg     a picture of the devices, the plan and its memory, or the conflict\n"
	"  -v, --verbose            in the matrix: what each device asks for, also with many devices\n"
	"      --json               one JSON document\n"
	"      --passive            only calls without a side effect on any device\n"
	"  -h, --help               this text\n"
	"\n"
	"Example:\n"
	"  cenalloc explain --usage capture=/dev/video0 --usage scanout=/dev/dri/card0 --size 1920x1080 --matrix\n";

/* All that a picture is made of. */
struct drawing {
	const struct tool *tool;
	const struct solve_options *options;
	const struct cen_solution *solution;
	const struct matrix *matrix; /* NULL: the graph */
};

static int draw(const struct drawing *drawing, FILE *out)
{
	if (!drawing->matrix)
		return graph_write_svg(drawing->tool, drawing->options, drawing->solution, out);
	matrix_write_svg(drawing->matrix, out);
	return TOOL_DONE;
}

/* Write a picture to a file. A file that cannot be written whole is told. */
static int write_file(const struct drawing *drawing, const char *path)
{
	const struct tool *tool = drawing->tool;
	FILE *out = fopen(path, "we");
	bool failed;
	int status;

	if (!out) {
		args_complain(tool, "%s: %s", path, strerror(errno));
		return TOOL_MACHINE_FAILED;
	}
	status = draw(drawing, out);
	failed = ferror(out);
	failed = fclose(out) != 0 || failed;
	if (!failed)
		return status;
	args_complain(tool, "%s: %s", path, strerror(errno));
	return TOOL_MACHINE_FAILED;
}

static struct json_object *sources_json(const struct tool *tool, const struct cen_solution *solution)
{
	static const char *const fates[] = {"chosen", "possible", "rejected"};
	struct json_object *list = json_object_new_array();
	struct explain_source source;

	for (size_t i = 0; explain_get_source(tool, solution, i, &source); i++) {
		struct json_object *object = json_object_new_object();

		json_add_text(object, "allocator", source.name);
		json_add_text(object, "fate", fates[source.fate]);
		json_add_known(object, "plan", source.plan);
		json_add_text(object, "why", source.text);
		json_object_array_add(list, object);
	}
	return list;
}

static int print_json(const struct drawing *drawing)
{
	const struct cen_solution *solution = drawing->solution;
	const struct cen_conflict *conflict = cen_solution_get_conflict(solution);
	struct json_object *document = json_object_new_object();
	int status;

	json_add(document, "request", solve_options_json(drawing->options));
	json_add(document, "plan", conflict ? NULL : json_from_plan(cen_solution_get_plan(solution, 0)));
	json_add(document, "allocators", conflict ? NULL : sources_json(drawing->tool, solution));
	json_add(document, "conflict", conflict ? json_from_conflict(conflict) : NULL);
	json_add(document, "matrix", drawing->options->matrix ? matrix_json(drawing->matrix) : NULL);
	status = json_finish(drawing->tool, document);
	return status == TOOL_DONE && conflict ? TOOL_NO_PLAN : status;
}

static int print_text(const struct drawing *drawing, const struct cen_request *request)
{
	const struct cen_conflict *conflict = cen_solution_get_conflict(drawing->solution);
	int status = conflict ? explain_print_conflict(drawing->tool, request, conflict)
			      : explain_print_plan(drawing->tool, drawing->solution);
	int shown = TOOL_DONE;

	if (drawing->options->matrix) {
		putchar('\n');
		shown = matrix_print_text(drawing->matrix, drawing->tool);
	}
	return shown == TOOL_DONE ? status : shown;
}

/* The pictures first: what they say is also in the text, which ends with the status. */
static int show(const struct drawing *drawing, const struct cen_request *request)
{
	const struct solve_options *options = drawing->options;
	struct drawing graph = *drawing;
	int status = TOOL_DONE;

	graph.matrix = NULL;
	if (options->graph_file)
		status = write_file(&graph, options->graph_file);
	if (status == TOOL_DONE && options->matrix_file)
		status = write_file(drawing, options->matrix_file);
	if (status != TOOL_DONE)
		return status;
	return drawing->tool->json ? print_json(drawing) : print_text(drawing, request);
}

int cmd_explain(struct tool *tool, int argc, char **argv)
{
	_cleanup_(solve_options_cleanup) struct solve_options options = {.flags = CEN_SOLVE_ALL_REASONS};
	_cleanup_(solution_cleanup) struct cen_solution *solution = NULL;
	_cleanup_(request_cleanup) struct cen_request *request = NULL;
	_cleanup_(matrix_cleanup) struct matrix *matrix = NULL;
	int status;

	tool->help = help;
	status = solve_options_read(&options, tool, argc, argv, SOLVE_COMMAND_EXPLAIN);
	if (status == ARGS_STOP)
		return tool->status;
	if (status == TOOL_DONE)
		status = solve_options_run(&options, tool, &request, &solution);
	if (status == TOOL_DONE && (options.matrix || options.matrix_file))
		status = matrix_create(tool, &options, &matrix);
	if (status != TOOL_DONE)
		return status;
	return show(&(struct drawing){tool, &options, solution, matrix}, request);
}
