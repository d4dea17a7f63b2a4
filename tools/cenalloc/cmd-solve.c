/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* cenalloc solve: plans for a pipeline, or the conflict that leaves none. */
#include <json-c/json.h>
#include <stdio.h>

#include "json.h"
#include "plan-text.h"
#include "solve-options.h"
#include "split-text.h"

/* In text; JSON has them all. */
#define PLANS_SHOWN 4

static const char help[] =
	"Usage: cenalloc solve --usage U=DEVICE... --size WxH [OPTION...]\n"
	"\n"
	"Finds the layouts and the memory that every device of a pipeline accepts, the best first. Where there is none "
	"it\n"
	"says which of them cannot hold together and what would help, and ends with status 1. Nothing is allocated.\n"
	"\n" SOLVE_HELP "      --plans N            show so many plans; default: 4, all with --json\n"
	"      --split              where no single buffer suits all: the fewest groups, and what copies between them\n"
	"  -v, --verbose            planes, all constraints and the reasons of the order\n"
	"      --json               one JSON document\n"
	"      --passive            only calls without a side effect on any device\n"
	"  -h, --help               this text\n"
	"\n"
	"Example:\n"
	"  cenalloc solve --usage capture=/dev/video0 --usage scanout=/dev/dri/card0 --size 1920x1080 --format NV12\n";

static int print_json(const struct tool *tool, const struct solve_options *options, const struct cen_solution *solution)
{
	const struct cen_conflict *conflict = cen_solution_get_conflict(solution);
	struct json_object *document = json_object_new_object();
	struct json_object *plans;
	size_t limit = options->plans ? options->plans : SIZE_MAX;
	const struct cen_plan *plan;
	int status;

	json_add(document, "request", solve_options_json(options));
	plans = json_add(document, "plans", json_object_new_array());
	for (size_t i = 0; i < limit && (plan = cen_solution_get_plan(solution, i)); i++)
		json_object_array_add(plans, json_from_plan(plan));
	json_add(document, "conflict", conflict ? json_from_conflict(conflict) : NULL);
	status = json_finish(tool, document);
	return status == TOOL_DONE && conflict ? TOOL_NO_PLAN : status;
}

/* Looking for a split asks devices that are not in the request: only who wants it has it. */
static int print_conflict(const struct tool *tool, const struct solve_options *options,
			  const struct cen_conflict *conflict)
{
	int status = plan_text_print_conflict(tool, conflict);

	if (options->usage_count > 1)
		puts("\n--split looks for several buffers with copies between them.");
	return status;
}

static int run_split(const struct solve_options *options, struct tool *tool)
{
	_cleanup_(request_cleanup) struct cen_request *request = NULL;
	_cleanup_(split_cleanup) struct cen_split *split = NULL;
	_cleanup_error_ struct cen_error *err = NULL;
	int status = solve_options_prepare(options, tool, &request);
	int ret;

	if (status != TOOL_DONE)
		return status;
	ret = cen_solve_split(request, 0, &split, &err);
	if (ret < 0)
		return args_report(tool, ret, err);
	return tool->json ? split_text_print_json(tool, options, split)
			  : split_text_print(tool, request, split, options->plans);
}

int cmd_solve(struct tool *tool, int argc, char **argv)
{
	_cleanup_(solve_options_cleanup) struct solve_options options = {0};
	_cleanup_(solution_cleanup) struct cen_solution *solution = NULL;
	_cleanup_(request_cleanup) struct cen_request *request = NULL;
	int status;

	tool->help = help;
	status = solve_options_read(&options, tool, argc, argv, SOLVE_COMMAND_SOLVE);
	if (status == ARGS_STOP)
		return tool->status;
	if (status == TOOL_DONE && options.split)
		return run_split(&options, tool);
	if (status == TOOL_DONE)
		status = solve_options_run(&options, tool, &request, &solution);
	if (status != TOOL_DONE)
		return status;
	if (tool->json)
		return print_json(tool, &options, solution);
	if (cen_solution_get_conflict(solution))
		return print_conflict(tool, &options, cen_solution_get_conflict(solution));
	return plan_text_print_plans(tool, solution, options.plans ? options.plans : PLANS_SHOWN);
}
