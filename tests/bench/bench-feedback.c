/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * bench-feedback [RUNS [whole]]: a compositor's feedback of 500 formats with a modifier, from its events to plans.
 * Without RUNS, or with 0: once, for counting instructions under callgrind; bench-feedback.sh toggles the collection
 * at the functions below. With RUNS: medians of CPU time, as lines of results. The baseline reads the same table from
 * the same file and does nothing else. By default every pair fits, so that the solver has its plans after a few;
 * "whole": only those of the last format do, and the solver must try all.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cenalloc/feedback.h>
#include <cenalloc/format.h>

#include "match.h"
#include "problem.h"
#include "result.h"

#define RUNS_MAX 10001
#define FORMATS 50u
#define MODIFIERS 10u
#define PAIRS (FORMATS * MODIFIERS)
#define TABLE_BYTES (PAIRS * 16u)
#define TIME_GOAL_US 100

struct entry {
	uint32_t fourcc;
	uint32_t padding;
	uint64_t modifier;
};

/* What is the same in each run. */
struct scene {
	int fd;
	uint16_t indices[PAIRS];
	struct cen_source_format formats[PAIRS];
	struct problem *problem; /* usage 0 is a device of 500 pairs, usage 1 the compositor */
};

void baseline(const struct scene *scene);
void parse(const struct scene *scene, struct cen_feedback *feedback);
void describe(const struct cen_feedback *feedback, struct cen_capabilities **caps);
void intersect(struct scene *scene, struct cen_capabilities *caps, struct cen_solution **solution);

static void check(bool is_good, const char *what)
{
	if (is_good)
		return;
	fprintf(stderr, "bench-feedback: %s failed\n", what);
	exit(2);
}

/* Each of 50 formats with linear and 9 modifiers of a vendor. */
static struct entry get_entry(uint32_t n)
{
	uint64_t m = n % MODIFIERS;

	return (struct entry){
		.fourcc = cen_format_get_nth(n / MODIFIERS)->fourcc,
		.modifier = m ? UINT64_C(0x0100000000000000) | m : CEN_MODIFIER_LINEAR,
	};
}

/* Another random order of the table in each run: what was learned of the last one does not help with the next. */
static void write_table(const struct scene *scene)
{
	static uint32_t seed = 1;
	struct entry entries[PAIRS];

	for (uint32_t n = 0; n < PAIRS; n++) {
		uint32_t to;

		seed = seed * 1103515245u + 12345u;
		to = (seed >> 8) % (n + 1);
		entries[n] = entries[to];
		entries[to] = get_entry(n);
	}
	check(pwrite(scene->fd, entries, sizeof(entries), 0) == (ssize_t)sizeof(entries), "pwrite");
}

/* The four steps. Not inlined, so that their names can be told apart. */
__attribute__((noinline)) void baseline(const struct scene *scene)
{
	char *copy = malloc(TABLE_BYTES);

	check(copy && pread(scene->fd, copy, TABLE_BYTES, 0) == TABLE_BYTES, "pread");
	free(copy);
}

__attribute__((noinline)) void parse(const struct scene *scene, struct cen_feedback *feedback)
{
	const dev_t device = 0xe280;

	check(cen_feedback_format_table(feedback, scene->fd, TABLE_BYTES, NULL) == 0 &&
		      cen_feedback_main_device(feedback, &device, sizeof(device), NULL) == 0 &&
		      cen_feedback_tranche_target_device(feedback, &device, sizeof(device), NULL) == 0 &&
		      cen_feedback_tranche_flags(feedback, 0, NULL) == 0 &&
		      cen_feedback_tranche_formats(feedback, scene->indices, sizeof(scene->indices), NULL) == 0 &&
		      cen_feedback_tranche_done(feedback, NULL) == 0 && cen_feedback_done(feedback, NULL) == 0,
	      "parse");
}

__attribute__((noinline)) void describe(const struct cen_feedback *feedback, struct cen_capabilities **caps)
{
	check(cen_feedback_get_capabilities(feedback, CEN_USAGE_TEXTURE, caps, NULL) == 0, "describe");
}

__attribute__((noinline)) void intersect(struct scene *scene, struct cen_capabilities *caps,
					 struct cen_solution **solution)
{
	scene->problem->usages[1].caps = caps;
	check(_cen_solver_run(&scene->problem->problem, solution, NULL) == 0 &&
		      cen_solution_get_plan_count(*solution) > 0,
	      "intersect");
}

/* The other device accepts the same 500 pairs; the source makes all of them. */
static void scene_init(struct scene *scene, bool is_whole)
{
	struct problem *problem = calloc(1, sizeof(*problem));
	struct cen_source_desc *source;
	char fourcc[8];

	scene->fd = memfd_create("format-table", MFD_CLOEXEC);
	check(scene->fd >= 0 && problem, "memfd_create");
	scene->problem = problem;
	problem_init(problem, 1920, 1080);
	problem_usage(problem, CEN_USAGE_RENDER);
	for (uint32_t n = 0; n < PAIRS; n++) {
		struct entry entry = get_entry(n);

		scene->indices[n] = (uint16_t)n;
		scene->formats[n] = (struct cen_source_format){.fourcc = entry.fourcc, .modifier = entry.modifier};
		problem_cap(problem, cen_format_to_string(entry.fourcc, fourcc), entry.modifier, 0,
			    is_whole && n < PAIRS - MODIFIERS ? "stride-align=64 width-max=64"
							      : "stride-align=64 width-max=8192");
	}
	problem_usage(problem, CEN_USAGE_TEXTURE);
	cen_capabilities_unref(problem->caps[1]);
	problem->caps[1] = NULL;
	source = problem_source(problem, "gpu", 0, 10);
	_cen_match_sort_formats(scene->formats, PAIRS);
	source->formats = scene->formats;
	source->format_count = PAIRS;
}

static void scene_finish(struct scene *scene)
{
	scene->problem->usages[1].caps = NULL;
	problem_finish(scene->problem);
	free(scene->problem);
	close(scene->fd);
}

static double get_cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

enum { BASELINE, PARSE, DESCRIBE, INTERSECT, SUM, STEPS };

static const struct {
	const char *name;
	double goal;
} steps[STEPS] = {
	[BASELINE] = {"pread", 0},      [PARSE] = {"parse", 0},        [DESCRIBE] = {"capabilities", 0},
	[INTERSECT] = {"intersect", 0}, [SUM] = {"sum", TIME_GOAL_US},
};

static void run(struct scene *scene, struct cen_feedback *feedback, double *times)
{
	struct cen_capabilities *caps;
	struct cen_solution *solution;
	double at[STEPS];

	write_table(scene);
	at[BASELINE] = get_cpu_us();
	baseline(scene);
	at[PARSE] = get_cpu_us();
	parse(scene, feedback);
	at[DESCRIBE] = get_cpu_us();
	describe(feedback, &caps);
	at[INTERSECT] = get_cpu_us();
	intersect(scene, caps, &solution);
	at[SUM] = get_cpu_us();
	for (int s = 0; s < SUM; s++)
		times[s] = at[s + 1] - at[s];
	times[SUM] = at[SUM] - at[PARSE];
	cen_solution_unref(solution);
	cen_capabilities_unref(caps);
}

static void time_runs(struct scene *scene, struct cen_feedback *feedback, size_t runs, const char *suffix)
{
	double *values = calloc(runs * STEPS, sizeof(*values)), times[STEPS];
	char name[80];

	check(values, "calloc");
	for (size_t n = 0; n < runs; n++) {
		run(scene, feedback, times);
		for (size_t s = 0; s < STEPS; s++)
			values[s * runs + n] = times[s];
	}
	for (size_t s = 0; s < STEPS; s++) {
		snprintf(name, sizeof(name), "feedback-500-%s%s-first", steps[s].name, suffix);
		print_result(name, values[s * runs], "us", 0);
		snprintf(name, sizeof(name), "feedback-500-%s%s", steps[s].name, suffix);
		print_result(name, get_median(values + s * runs, runs), "us", steps[s].goal);
	}
	free(values);
}

int main(int argc, char **argv)
{
	int runs = argc > 1 ? atoi(argv[1]) : 0;
	bool is_whole = argc > 2 && strcmp(argv[2], "whole") == 0;
	struct cen_feedback *feedback;
	struct scene scene = {0};
	double ignored[STEPS];

	check(runs >= 0 && runs <= RUNS_MAX, "RUNS, 0 to 10001");
	check(cen_feedback_create(&feedback) == 0, "cen_feedback_create");
	scene_init(&scene, is_whole);
	if (runs)
		time_runs(&scene, feedback, (size_t)runs, is_whole ? "-whole" : "");
	else
		run(&scene, feedback, ignored);
	scene_finish(&scene);
	cen_feedback_destroy(feedback);
	return 0;
}
