/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * bench-solve USAGES FORMATS MODIFIERS [RUNS [whole|conflict|walk]]
 * Without RUNS, or with 0: one solve, for counting instructions. Run under callgrind with --toggle-collect=measured, so
 * that only the solve itself counts; bench-solve.sh does. With RUNS: the median time of as many solves, as a line of
 * results. By default every format fits, so that the solver has its plans after a few; "whole": only the last format
 * fits and sources make every modifier, so that it must try everything. "conflict": none fits the first usage; the
 * conflict is found without relaxations. "walk": of that problem, the walk alone that finds no plan.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cenalloc/format.h>

#include "conflict.h"
#include "match.h"
#include "problem.h"
#include "result.h"

#define RUNS_MAX 1000
#define TIME_GOAL_MS 5

enum measure {
	MEASURE_GOOD,
	MEASURE_WHOLE,
	MEASURE_CONFLICT,
	MEASURE_WALK,
};

static const char *const suffixes[] = {"", "-whole", "-conflict", "-walk"};

struct cen_solution *measured(struct problem *p, enum measure measure);

/* Not inlined, so that its name can be told apart. Returns NULL for a walk. */
__attribute__((noinline)) struct cen_solution *measured(struct problem *p, enum measure measure)
{
	if (measure != MEASURE_WALK)
		return problem_solve(p);
	if (_cen_conflict_has_plan(&p->problem, UINT64_MAX >> (64 - p->problem.usage_count), false))
		exit(2);
	return NULL;
}

/* The formats that fit this usage: all, the last, or none. */
static int first_fitting(enum measure measure, int usage, int formats)
{
	if (measure == MEASURE_GOOD)
		return 0;
	return measure == MEASURE_WHOLE || usage > 0 ? formats - 1 : formats;
}

static void describe(struct problem *p, int formats, int modifiers, int fitting)
{
	char fourcc[8], constraints[128];

	for (int f = 0; f < formats; f++) {
		const struct cen_format_info *info = cen_format_get_nth((size_t)f);
		int width_max = f < fitting ? 64 : 8192;

		if (!info) {
			fprintf(stderr, "bench-solve: %d formats wanted, %d are known\n", formats, f);
			exit(2);
		}
		for (int m = 0; m < modifiers; m++) {
			snprintf(constraints, sizeof(constraints),
				 "stride-align=%d stride-max=%d width-max=%d height-max=8192", 64 << (m & 1), 65536 + f,
				 width_max);
			problem_cap(p, cen_format_to_string(info->fourcc, fourcc), (uint64_t)m, (uint32_t)m,
				    constraints);
		}
	}
}

/* The source makes every format with every modifier. Returns what the caller frees after the last solve. */
static struct cen_source_format *make_formats(struct cen_source_desc *source, int formats, int modifiers)
{
	struct cen_source_format *list = calloc((size_t)formats * (size_t)modifiers, sizeof(*list));

	if (!list)
		exit(2);
	source->formats = list;
	for (int f = 0; f < formats; f++) {
		for (int m = 0; m < modifiers; m++) {
			list[source->format_count].fourcc = cen_format_get_nth((size_t)f)->fourcc;
			list[source->format_count++].modifier = (uint64_t)m;
		}
	}
	_cen_match_sort_formats(list, source->format_count);
	return list;
}

/* A solve without a plan would be another, cheaper one; and so would a conflict of others than the first usage. */
static void solve(struct problem *p, enum measure measure)
{
	struct cen_solution *solution = measured(p, measure);
	const struct cen_conflict *conflict;

	if (!solution)
		return;
	conflict = cen_solution_get_conflict(solution);
	if (measure == MEASURE_CONFLICT ? !conflict || cen_conflict_get_usage_count(conflict) != 1 : conflict != NULL) {
		fprintf(stderr, "bench-solve: the answer is not the one that is expected\n");
		exit(2);
	}
	cen_solution_unref(solution);
}

/* Of this process alone: what else the machine does counts less. */
static double get_cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* The first one is printed apart: it finds cold caches and a small heap. */
static void time_solves(struct problem *p, enum measure measure, const char *name, int runs)
{
	double times[RUNS_MAX];
	char first[80];

	for (int n = 0; n < runs; n++) {
		double start = get_cpu_ms();

		solve(p, measure);
		times[n] = get_cpu_ms() - start;
	}
	snprintf(first, sizeof(first), "%s-first", name);
	print_result(first, times[0], "ms", 0);
	/* To say why takes a walk for each usage: that is bound by their number. */
	print_result(name, get_median(times, (size_t)runs), "ms", measure == MEASURE_CONFLICT ? 0 : TIME_GOAL_MS);
}

static int get_number(char **argv, int argc, int index, int min, int max)
{
	int value = index < argc ? atoi(argv[index]) : min;

	if (value >= min && value <= max)
		return value;
	fprintf(stderr, "bench-solve: argument %d: %d to %d\n", index, min, max);
	exit(2);
}

static enum measure get_measure(const char *name)
{
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (strcmp(name, suffixes[i] + (suffixes[i][0] == '-')) == 0)
			return (enum measure)i;
	}
	fprintf(stderr, "bench-solve: %s: whole, conflict or walk\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	struct problem *p = calloc(1, sizeof(*p));
	int usages = get_number(argv, argc, 1, 1, CEN_MAX_USAGES);
	int formats = get_number(argv, argc, 2, 1, 1000);
	int modifiers = get_number(argv, argc, 3, 1, 1000);
	int runs = get_number(argv, argc, 4, 0, RUNS_MAX);
	enum measure measure = get_measure(argc > 5 ? argv[5] : "");
	struct cen_source_format *list = NULL;
	char name[64];

	if (!p)
		return 2;
	problem_init(p, 1920, 1080);
	for (int u = 0; u < usages; u++) {
		problem_usage(p, CEN_USAGE_TEXTURE);
		describe(p, formats, modifiers, first_fitting(measure, u, formats));
	}
	problem_source(p, "system", 0, 10);
	problem_source(p, "cma", 1, 50);
	p->problem.flags = CEN_SOLVE_NO_RELAXATIONS;
	if (measure != MEASURE_GOOD)
		list = make_formats(&p->source_descs[0], formats, modifiers);
	snprintf(name, sizeof(name), "solve-%dx%dx%d%s-time", usages, formats, modifiers, suffixes[measure]);
	if (runs > 0)
		time_solves(p, measure, name, runs);
	else
		solve(p, measure);
	problem_finish(p);
	free(list);
	free(p);
	return 0;
}
