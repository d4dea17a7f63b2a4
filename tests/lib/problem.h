/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A solver problem that is written down as text, for tests and benchmarks of the pure solver. */
#pragma once

#include "solver.h"

#define PROBLEM_SOURCES 8

struct problem {
	struct solver_problem problem;
	struct solver_usage usages[CEN_MAX_USAGES];
	struct cen_capabilities *caps[CEN_MAX_USAGES];
	char names[CEN_MAX_USAGES][16];
	struct solver_source sources[PROBLEM_SOURCES];
	struct cen_source_desc source_descs[PROBLEM_SOURCES];
	uint32_t fourccs[64];
	uint64_t modifiers[8];
	struct constraint_set *policy;
};

/* One buffer of this size, no usage, no source, every format. */
void problem_init(struct problem *p, uint32_t width, uint32_t height);
void problem_finish(struct problem *p);

/* Add a usage; its device is called "dev0", "dev1", ... and has the number n + 1. Returns its index. */
size_t problem_usage(struct problem *p, uint32_t usage);

/*
 * Add an alternative to the last usage: a fourcc as four letters, and constraints in their text form, separated by
 * spaces. What is not valid ends the test program.
 */
void problem_cap(struct problem *p, const char *fourcc, uint64_t modifier, uint32_t preference,
		 const char *constraints);

/* Add a source: mappable, read-write, anywhere below 2 GiB. Returns it for changes. */
struct cen_source_desc *problem_source(struct problem *p, const char *name, uint32_t segments, uint32_t cost);

/* Ask for a format: four letters. */
void problem_want(struct problem *p, const char *fourcc);

/* Add a constraint of the request's own. */
void problem_policy(struct problem *p, const char *constraint);

/* Solve; failure ends the test program. */
struct cen_solution *problem_solve(struct problem *p);
