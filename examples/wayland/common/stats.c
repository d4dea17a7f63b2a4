/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Counting without allocating: latencies are a histogram. */
#include "stats.h"

#include <inttypes.h>

#define SECOND_NS 1000000000u

static uint64_t read_clock(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * SECOND_NS + (uint64_t)time.tv_nsec;
}

uint64_t stats_get_time(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void stats_start(struct stats *stats)
{
	*stats = (struct stats){.latency_min_ns = UINT64_MAX};
	stats->start_ns = stats_get_time();
	stats->next_line_ns = stats->start_ns + SECOND_NS;
	stats->cpu_start_ns = read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void stats_end(struct stats *stats)
{
	stats->end_ns = stats_get_time();
	stats->cpu_end_ns = read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void stats_add_frame(struct stats *stats, const struct capture_frame *frame)
{
	stats->captured++;
	stats->missed += frame->missed;
	stats->damaged += frame->is_damaged;
}

static void add_latency(struct stats *stats, uint64_t latency)
{
	uint64_t step = latency / LATENCY_STEP_NS;

	stats->latencies[step < LATENCY_STEPS ? step : LATENCY_STEPS - 1]++;
	stats->latency_count++;
	if (latency < stats->latency_min_ns)
		stats->latency_min_ns = latency;
	if (latency > stats->latency_max_ns)
		stats->latency_max_ns = latency;
}

void stats_add_seen(struct stats *stats, const struct surface_seen *seen)
{
	/* From here on: what setting up costs says nothing about a frame. */
	if (stats->shown++ == 0) {
		stats->cpu_start_ns = read_clock(CLOCK_PROCESS_CPUTIME_ID);
		stats->cpu_start_frame = stats->committed;
	}
	stats->zero_copy += seen->is_zero_copy;
	if (seen->captured_ns && seen->presented_ns >= seen->captured_ns)
		add_latency(stats, seen->presented_ns - seen->captured_ns);
}

double stats_get_latency(const struct stats *stats, uint32_t permille)
{
	uint64_t wanted = (stats->latency_count * permille + 999) / 1000, found = 0;

	if (stats->latency_count == 0)
		return 0;
	if (permille == 0)
		return (double)stats->latency_min_ns / 1e6;
	for (uint32_t i = 0; i + 1 < LATENCY_STEPS && permille < 1000; i++) {
		found += stats->latencies[i];
		if (found >= wanted)
			return (i + 0.5) * LATENCY_STEP_NS / 1e6;
	}
	return (double)stats->latency_max_ns / 1e6;
}

double stats_get_seconds(const struct stats *stats)
{
	return (double)(stats->end_ns - stats->start_ns) / 1e9;
}

double stats_get_cpu(const struct stats *stats)
{
	uint64_t frames = stats->committed - stats->cpu_start_frame;

	return frames ? (double)(stats->cpu_end_ns - stats->cpu_start_ns) / 1e6 / (double)frames : 0;
}

uint64_t stats_print_line(struct stats *stats, uint64_t now)
{
	if (now < stats->next_line_ns)
		return stats->next_line_ns;
	while (stats->next_line_ns <= now)
		stats->next_line_ns += SECOND_NS;
	stats_end(stats);
	stats_print(stats, stdout);
	fflush(stdout);
	return stats->next_line_ns;
}

void stats_print(const struct stats *stats, FILE *file)
{
	double seconds = stats_get_seconds(stats);

	fprintf(file,
		"%.1f s: %" PRIu64 " frames captured, %" PRIu64 " committed, %" PRIu64
		" shown (%.1f per second), %" PRIu64 " dropped, %" PRIu64 " discarded, %" PRIu64 " missed",
		seconds, stats->captured, stats->committed, stats->shown,
		seconds > 0 ? (double)stats->shown / seconds : 0, stats->dropped, stats->discarded, stats->missed);
	if (stats->damaged)
		fprintf(file, ", %" PRIu64 " damaged", stats->damaged);
	if (stats->latency_count)
		fprintf(file, "; latency %.1f/%.1f/%.1f/%.1f ms (min/median/p95/max)", stats_get_latency(stats, 0),
			stats_get_latency(stats, 500), stats_get_latency(stats, 950), stats_get_latency(stats, 1000));
	fprintf(file, "; copies %" PRIu64 ", scanned out %" PRIu64 ", CPU %.2f ms a frame", stats->copied,
		stats->zero_copy, stats_get_cpu(stats));
	if (stats->rounds || stats->replans)
		fprintf(file, "; feedback %u times, new buffers %u times (camera stopped %u times)", stats->rounds,
			stats->replans, stats->restarts);
	if (stats->resizes)
		fprintf(file, "; resized %u times", stats->resizes);
	fputc('\n', file);
}
