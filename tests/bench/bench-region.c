/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Frames that come and go, as recorded, served by the algorithms for regions, by malloc(), by jemalloc and by a mapping
 * for each. The memory is not touched: what is measured is to find a place.
 * bench-region count COMPETITOR TRACE: one replay in measured(), for callgrind; prints how many operations it has.
 * bench-region time NAME TRACE: time, as a ratio to malloc().
 * bench-region space NAME TRACE: how much memory each needs for the trace.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "competitor.h"
#include "result.h"

#define ROUNDS 101
#define OPS_PER_ROUND 20000u
#define MIB (1024.0 * 1024)

static double times[COMPETITOR_COUNT][ROUNDS], ratios[COMPETITOR_COUNT][ROUNDS];
static bool takes_part[COMPETITOR_COUNT];

bool measured(const struct trace *trace, const struct competitor *competitor, uint64_t *chunks);

/* False when the competitor had no room. */
static bool replay(const struct trace *trace, const struct competitor *competitor, uint64_t *chunks)
{
	for (size_t n = 0; n < trace->count; n++) {
		const struct trace_op *op = &trace->ops[n];

		if (!op->is_alloc) {
			competitor->free(op, chunks[op->id]);
			continue;
		}
		chunks[op->id] = competitor->alloc(op);
		if (chunks[op->id] == NO_CHUNK)
			return false;
	}
	return true;
}

/* Not inlined, so that callgrind can find it. */
__attribute__((noinline)) bool measured(const struct trace *trace, const struct competitor *competitor,
					uint64_t *chunks)
{
	return replay(trace, competitor, chunks);
}

static void must_fit(bool fits, const struct competitor *competitor)
{
	if (fits)
		return;
	fprintf(stderr, "bench-region: %s: no room\n", competitor->name);
	exit(2);
}

static bool is_open(unsigned int n)
{
	const char *why = competitors[n].open();

	if (why)
		fprintf(stderr, "%s takes no part: %s\n", competitors[n].name, why);
	return !why;
}

/* Twice what is alive at most: room for every algorithm, and full enough for some work. */
static void prepare(const struct competitor *competitor, const struct trace *trace)
{
	if (competitor->algorithm)
		set_region(competitor->algorithm, 2 * trace->peak);
}

static int count(const struct trace *trace, uint64_t *chunks, const char *name)
{
	for (unsigned int n = 0; n < COMPETITOR_COUNT; n++) {
		const struct competitor *competitor = &competitors[n];

		if (strcmp(competitor->name, name) != 0)
			continue;
		if (!is_open(n))
			return 77;
		prepare(competitor, trace);
		/* Once before: what a competitor does for the first time is not what is asked. */
		must_fit(replay(trace, competitor, chunks), competitor);
		must_fit(measured(trace, competitor, chunks), competitor);
		printf("%zu operations\n", trace->count);
		return 0;
	}
	fprintf(stderr, "bench-region: %s: no such competitor\n", name);
	return 2;
}

static void print(const char *trace, const char *competitor, const char *what, double value, const char *unit)
{
	char name[128];

	snprintf(name, sizeof(name), "region-%s-%s-%s", trace, competitor, what);
	print_result(name, value, unit, 0);
}

/* Nanoseconds of one operation. */
static double run(const struct trace *trace, const struct competitor *competitor, uint64_t *chunks)
{
	unsigned int turns = OPS_PER_ROUND / (unsigned int)trace->count + 1;
	uint64_t start;

	prepare(competitor, trace);
	must_fit(replay(trace, competitor, chunks), competitor);
	start = get_ns();
	for (unsigned int turn = 0; turn < turns; turn++)
		must_fit(replay(trace, competitor, chunks), competitor);
	return (double)(get_ns() - start) / turns / (double)trace->count;
}

/* All take turns, and each is held against the malloc() of its own round. */
static int measure_time(const struct trace *trace, uint64_t *chunks, const char *name)
{
	for (unsigned int n = 0; n < COMPETITOR_COUNT; n++)
		takes_part[n] = is_open(n);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		for (unsigned int n = 0; n < COMPETITOR_COUNT; n++) {
			if (takes_part[n])
				times[n][round] = run(trace, &competitors[n], chunks);
		}
		for (unsigned int n = 0; n < COMPETITOR_COUNT; n++)
			ratios[n][round] = times[n][round] / times[MALLOC][round];
	}
	for (unsigned int n = BEST_FIT; n < COMPETITOR_COUNT; n++) {
		if (!takes_part[n])
			continue;
		print(name, competitors[n].name, "time", get_median(times[n], ROUNDS), "ns");
		if (n != MALLOC)
			print(name, competitors[n].name, "time-ratio", get_median(ratios[n], ROUNDS), "of-malloc");
	}
	return 0;
}

static bool is_enough(const struct trace *trace, const struct competitor *competitor, uint64_t *chunks, uint64_t bytes)
{
	set_region(competitor->algorithm, bytes);
	return replay(trace, competitor, chunks);
}

/* By halving: in the region found the trace fits, in one that is a page smaller it does not. */
static uint64_t find_smallest(const struct trace *trace, const struct competitor *competitor, uint64_t *chunks)
{
	uint64_t little = trace->peak - TRACE_PAGE, enough = trace->peak;

	while (!is_enough(trace, competitor, chunks, enough)) {
		little = enough;
		enough = trace_get_pages(enough + enough / 8);
	}
	while (enough - little > TRACE_PAGE) {
		uint64_t middle = trace_get_pages(little + (enough - little) / 2);

		if (is_enough(trace, competitor, chunks, middle))
			enough = middle;
		else
			little = middle;
	}
	return enough;
}

/* At the moment when most is alive: which part of what is free is not in the largest hole? */
static double find_fragmentation(const struct trace *trace, const struct competitor *competitor, uint64_t *chunks,
				 uint64_t bytes)
{
	struct trace until_peak = *trace;
	uint64_t free_bytes = bytes - trace->peak;

	until_peak.count = trace->peak_op + 1;
	must_fit(is_enough(&until_peak, competitor, chunks, bytes), competitor);
	return free_bytes ? 1 - (double)get_largest_free() / (double)free_bytes : 0;
}

static void measure_region(const struct trace *trace, const struct competitor *competitor, uint64_t *chunks,
			   const char *name)
{
	uint64_t smallest = find_smallest(trace, competitor, chunks);

	print(name, competitor->name, "smallest", (double)smallest / MIB, "MiB");
	print(name, competitor->name, "smallest-ratio", (double)smallest / (double)trace->peak, "of-peak");
	print(name, competitor->name, "fragmentation", find_fragmentation(trace, competitor, chunks, smallest),
	      "of-free");
}

/* The most that the allocator holds at once, beyond what it held before. */
static double find_footprint(const struct trace *trace, const struct competitor *competitor, uint64_t *chunks,
			     uint64_t (*get)(void))
{
	uint64_t before = get(), most = before;

	for (size_t n = 0; n < trace->count; n++) {
		struct trace one = {.ops = &trace->ops[n], .count = 1};
		uint64_t now;

		must_fit(replay(&one, competitor, chunks), competitor);
		now = get();
		most = now > most ? now : most;
	}
	return (double)(most - before) / (double)trace->peak;
}

static int measure_space(const struct trace *trace, uint64_t *chunks, const char *name)
{
	print(name, "peak", "live", (double)trace->peak / MIB, "MiB");
	for (unsigned int n = BEST_FIT; n < COMPETITOR_COUNT; n++) {
		const struct competitor *competitor = &competitors[n];

		if (!is_open(n))
			continue;
		if (competitor->algorithm)
			measure_region(trace, competitor, chunks, name);
		/* First: what it keeps for later would be there already. */
		if (n == JEMALLOC)
			print(name, competitor->name, "resident",
			      find_footprint(trace, competitor, chunks, get_jemalloc_resident), "of-peak");
		if (competitor->get_footprint)
			print(name, competitor->name, "footprint",
			      find_footprint(trace, competitor, chunks, competitor->get_footprint), "of-peak");
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct trace trace;
	uint64_t *chunks;
	int ret = 2;

	if (argc != 4) {
		fprintf(stderr, "usage: bench-region count COMPETITOR TRACE | time|space NAME TRACE\n");
		return 2;
	}
	trace_read(&trace, argv[3]);
	chunks = calloc(trace.id_count, sizeof(*chunks));
	if (!chunks)
		abort();
	if (strcmp(argv[1], "count") == 0)
		ret = count(&trace, chunks, argv[2]);
	else if (strcmp(argv[1], "time") == 0)
		ret = measure_time(&trace, chunks, argv[2]);
	else if (strcmp(argv[1], "space") == 0)
		ret = measure_space(&trace, chunks, argv[2]);
	drop_region();
	free(chunks);
	trace_finish(&trace);
	return ret;
}
