/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* cen_solve(): ask the devices, then hand their answers to the pure solver. */
#include "solve.h"

#include <errno.h>

#include <cenalloc/solution.h>

#include "capability.h"
#include "cleanup.h"
#include "error.h"
#include "machine.h"
#include "map-machine.h"
#include "match.h"
#include "region.h"
#include "registry.h"
#include "request.h"
#include "solution.h"
#include "solver.h"
#include "util.h"

struct answers {
	struct solver_usage *usages;
	size_t usage_count;
	struct solver_source *sources;
	struct map_view *map; /* NULL: no map is in force */
	struct region_sources regions;
};

static void answers_finish(struct answers *answers)
{
	for (size_t i = 0; i < answers->usage_count; i++)
		cen_capabilities_unref((struct cen_capabilities *)(uintptr_t)answers->usages[i].caps);
	free(answers->usages);
	free(answers->sources);
	_cen_map_view_unref(answers->map);
	_cen_region_sources_free(&answers->regions);
}

static int ask_usages(struct cen_request *request, const struct solver_problem *problem, bool all_formats,
		      struct answers *answers, struct cen_error **err)
{
	size_t fourcc_count = all_formats ? 0 : problem->fourcc_count;

	answers->usages = calloc(request->usage_count, sizeof(*answers->usages));
	if (!answers->usages)
		return _cen_error_no_memory(err);
	for (size_t i = 0; i < request->usage_count; i++) {
		const struct request_usage *from = &request->usages[i];
		struct solver_usage *to = &answers->usages[i];
		struct cen_capabilities *caps = NULL;

		*to = (struct solver_usage){.usage = from->usage, .name = from->name, .device = from->device};
		if (from->caps) {
			caps = cen_capabilities_ref(from->caps);
		} else {
			int ret =
				cen_machine_describe(request->machine, from->device, from->usage, request->width,
						     request->height, problem->fourccs, fourcc_count, &caps, NULL, err);

			if (ret < 0)
				return ret;
		}
		to->devnum = from->device ? from->device->desc.devnum : 0;
		to->caps = caps;
		answers->usage_count++;
	}
	return 0;
}

static const char *get_backend(const struct cen_region *region)
{
	return region->memory.source ? region->memory.source->backend->table->name : "core";
}

/* What the machine has always, and behind it the regions that it has now. */
static int gather_sources(struct cen_machine *machine, struct answers *answers, struct cen_error **err)
{
	if (_cen_region_sources_get(machine, &answers->regions) < 0)
		return _cen_error_no_memory(err);
	answers->sources = calloc(machine->source_count + answers->regions.count + 1, sizeof(*answers->sources));
	if (!answers->sources)
		return _cen_error_no_memory(err);
	for (size_t i = 0; i < machine->source_count; i++) {
		struct cen_source_info info = {.size = sizeof(info)};

		cen_source_get_info(machine->sources[i], &info);
		answers->sources[i] = (struct solver_source){&machine->sources[i]->desc, info.backend};
	}
	for (size_t i = 0; i < answers->regions.count; i++)
		answers->sources[machine->source_count + i] = (struct solver_source){
			&answers->regions.named[i].desc, get_backend(answers->regions.regions[i])};
	return 0;
}

/* What the map in force says to the usages. */
static int look_up_map(const struct cen_request *request, const struct solver_problem *problem, struct answers *answers,
		       struct cen_error **err)
{
	_cleanup_(_cen_map_cleanup) struct cen_map *map = NULL;
	_cleanup_free_ struct map_names *names = NULL;
	int ret = cen_context_get_map(request->machine->ctx, &map, err);

	if (ret < 0 || !map)
		return ret;
	_cen_map_note_unknown(request->machine, map);
	names = calloc(request->usage_count, sizeof(*names));
	if (!names)
		return _cen_error_no_memory(err);
	for (size_t i = 0; i < request->usage_count; i++)
		_cen_map_name_usage(request->machine, &request->usages[i], &names[i]);
	answers->map = _cen_map_view_create(map, problem, names);
	return answers->map ? 0 : _cen_error_no_memory(err);
}

int _cen_solve_check(const struct cen_request *request, uint32_t flags, struct cen_error **err)
{
	const uint32_t known = CEN_SOLVE_NO_RELAXATIONS | CEN_SOLVE_ALL_REASONS;

	if (flags & ~known)
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL, "cen_solve: unknown flags 0x%x",
				      flags & ~known);
	if (!request->width)
		return _cen_error_set(err, CEN_ERROR_INCOMPLETE, EINVAL, NULL, "the request has no size");
	if (!request->usage_count)
		return _cen_error_set(err, CEN_ERROR_INCOMPLETE, EINVAL, NULL, "the request has no usage");
	return 0;
}

struct size_question {
	struct cen_request *request;
	struct cen_error **err;
};

/* The devices are asked again: what they ask for follows from the size. */
static int has_plan_at(void *data, uint32_t width, uint32_t height)
{
	const struct size_question *question = data;
	_cleanup_solution_ struct cen_solution *solution = NULL;
	struct cen_request other = *question->request;
	int ret;

	other.width = width;
	other.height = height;
	ret = _cen_solve_plans(&other, &solution, question->err);
	return ret < 0 ? ret : cen_solution_get_plan_count(solution) > 0;
}

/* A size that a device cannot be asked about is none that helps: only without memory there is no answer at all. */
static int relax_size(struct cen_request *request, const struct solver_problem *problem, struct cen_solution *solution,
		      struct cen_error **err)
{
	_cleanup_error_ struct cen_error *error = NULL;
	struct size_question question = {request, &error};
	int ret;

	if (!solution->conflict)
		return 0;
	ret = _cen_conflict_relax_size(solution->conflict, problem, has_plan_at, &question);
	return ret == -ENOMEM ? _cen_error_no_memory(err) : 0;
}

/* Ask for some formats or all, and solve. */
static int ask_and_solve(struct cen_request *request, struct solver_problem *problem, bool all_formats,
			 struct cen_solution **out, struct cen_error **err)
{
	_cleanup_(answers_finish) struct answers answers = {0};
	int ret = ask_usages(request, problem, all_formats, &answers, err);

	if (ret < 0)
		return ret;
	ret = gather_sources(request->machine, &answers, err);
	if (ret < 0)
		return ret;
	problem->usages = answers.usages;
	problem->usage_count = answers.usage_count;
	problem->sources = answers.sources;
	problem->source_count = request->machine->source_count + answers.regions.count;
	problem->named = answers.regions.named;
	problem->regions = answers.regions.regions;
	problem->named_count = answers.regions.count;
	ret = look_up_map(request, problem, &answers, err);
	if (ret < 0)
		return ret;
	problem->map = answers.map;
	ret = _cen_solver_run(problem, out, err);
	return ret == 0 && problem->flags & SOLVER_NO_SIZES ? relax_size(request, problem, *out, err) : ret;
}

static struct solver_problem make_problem(const struct cen_request *request, uint32_t flags)
{
	return (struct solver_problem){
		.width = request->width,
		.height = request->height,
		.count = request->count,
		.flags = flags,
		.fourccs = request->fourccs,
		.fourcc_count = request->fourcc_count,
		.modifiers = request->modifiers,
		.modifier_count = request->modifier_count,
		.policy = request->policy,
		.copies = request->copies,
		.copies_note = request->copies_note,
		.machine = request->machine,
	};
}

int _cen_solve_plans(struct cen_request *request, struct cen_solution **out, struct cen_error **err)
{
	struct solver_problem problem = make_problem(request, CEN_SOLVE_NO_RELAXATIONS | SOLVER_NO_CONFLICT);

	*out = NULL;
	return ask_and_solve(request, &problem, false, out, err);
}

int cen_solve(struct cen_request *request, uint32_t flags, struct cen_solution **out, struct cen_error **err)
{
	struct solver_problem problem = make_problem(request, flags | CEN_SOLVE_NO_RELAXATIONS);
	int ret;

	*out = NULL;
	ret = _cen_solve_check(request, flags, err);
	if (ret < 0)
		return ret;
	ret = ask_and_solve(request, &problem, false, out, err);
	if (ret < 0 || !cen_solution_get_conflict(*out) || flags & CEN_SOLVE_NO_RELAXATIONS)
		return ret;
	/* What else would do is part of the answer: only now are the devices asked about the other formats. */
	cen_solution_unref(*out);
	*out = NULL;
	problem.flags = flags | SOLVER_NO_SIZES;
	return ask_and_solve(request, &problem, true, out, err);
}
