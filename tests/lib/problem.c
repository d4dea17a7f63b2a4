/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cenalloc/format.h>

#define MAX_CONSTRAINTS 64

/* A test that is written wrong says so and ends. */
static void must(int ret, const char *what, struct cen_error *err)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "problem: %s: %s\n", what, err ? cen_error_get_message(err) : strerror(-ret));
	abort();
}

void problem_init(struct problem *p, uint32_t width, uint32_t height)
{
	memset(p, 0, sizeof(*p));
	p->problem = (struct solver_problem){
		.width = width,
		.height = height,
		.count = 1,
		.fourccs = p->fourccs,
		.modifiers = p->modifiers,
		.usages = p->usages,
		.sources = p->sources,
	};
}

void problem_finish(struct problem *p)
{
	for (size_t i = 0; i < p->problem.usage_count; i++)
		cen_capabilities_unref(p->caps[i]);
	free(p->policy);
}

size_t problem_usage(struct problem *p, uint32_t usage)
{
	size_t n = p->problem.usage_count++;

	snprintf(p->names[n], sizeof(p->names[n]), "dev%zu", n);
	must(cen_capabilities_create(&p->caps[n]), "capabilities", NULL);
	p->usages[n] = (struct solver_usage){.usage = usage, .name = p->names[n], .caps = p->caps[n], .devnum = n + 1};
	return n;
}

/* Read constraints separated by spaces; text is cut up. Returns how many. */
static size_t read_constraints(char *text, struct cen_constraint *out)
{
	struct cen_error *err = NULL;
	size_t count = 0;
	char *rest = text;

	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		must(count < MAX_CONSTRAINTS ? 0 : -1, "too many constraints", NULL);
		must(cen_constraint_from_string(word, &out[count], &err), word, err);
		if (!out[count].provenance)
			out[count].provenance = CEN_PROVENANCE_DECLARED;
		count++;
	}
	return count;
}

void problem_cap(struct problem *p, const char *fourcc, uint64_t modifier, uint32_t preference, const char *constraints)
{
	struct cen_constraint list[MAX_CONSTRAINTS];
	char text[1024];
	struct cen_error *err = NULL;
	struct cen_capability capability = {
		.size = sizeof(capability),
		.fourcc = cen_format_from_string(fourcc),
		.preference = preference,
		.modifier = modifier,
		.constraints = list,
	};

	snprintf(text, sizeof(text), "%s", constraints);
	capability.constraint_count = read_constraints(text, list);
	must(cen_capabilities_add(p->caps[p->problem.usage_count - 1], &capability, &err), fourcc, err);
}

struct cen_source_desc *problem_source(struct problem *p, const char *name, uint32_t segments, uint32_t cost)
{
	size_t n = p->problem.source_count++;
	struct cen_source_desc *desc = &p->source_descs[n];

	*desc = (struct cen_source_desc){
		.size = sizeof(*desc),
		.name = name,
		.segments = segments,
		.placement = segments ? CEN_PLACEMENT_CMA : CEN_PLACEMENT_SYSTEM,
		.is_mappable = 1,
		.is_cached = 1,
		.fd_mode = CEN_FD_READ_WRITE,
		.cost = cost,
		.address_max = 0x7fffffff,
		.segment_bytes = 4096,
	};
	p->sources[n] = (struct solver_source){desc, "test"};
	return desc;
}

void problem_want(struct problem *p, const char *fourcc)
{
	p->fourccs[p->problem.fourcc_count] = cen_format_from_string(fourcc);
	must(p->fourccs[p->problem.fourcc_count] ? 0 : -1, fourcc, NULL);
	p->problem.fourcc_count++;
}

void problem_policy(struct problem *p, const char *constraint)
{
	struct cen_constraint one;
	struct cen_error *err = NULL;
	char text[256];

	snprintf(text, sizeof(text), "%s", constraint);
	must(cen_constraint_from_string(text, &one, &err), constraint, err);
	one.provenance = CEN_PROVENANCE_POLICY;
	free(p->policy);
	must(_cen_constraint_set_create(&one, 1, &p->policy, &err), constraint, err);
	p->problem.policy = p->policy;
}

struct cen_solution *problem_solve(struct problem *p)
{
	struct cen_solution *solution = NULL;
	struct cen_error *err = NULL;

	must(_cen_solver_run(&p->problem, &solution, &err), "solve", err);
	return solution;
}
