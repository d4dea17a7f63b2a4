/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * An 8 MiB buffer, allocated and freed: through the library against the heap's own ioctl. Batches of both take turns,
 * and the ratio is the median over the batches; a third kind, the ioctl again, shows how far noise alone moves it.
 * bench-alloc library|raw COUNT: one way only, for strace and callgrind.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cenalloc/cenalloc.h>

#include "result.h"

#define HEAP "/dev/dma_heap/system"
#define WIDTH 2048u
#define HEIGHT 4096u
#define BYTES ((uint64_t)WIDTH * HEIGHT)
#define BATCHES 300u
#define BATCH 3u
#define RATIO_GOAL 1.05
#define EXIT_SKIP 77

/* In the order of the first batch; each batch begins with the next one. */
enum way {
	WAY_RAW,
	WAY_LIBRARY,
	WAY_RAW_AGAIN,
	WAY_COUNT,
};

struct bench {
	struct cen_context *context;
	struct cen_machine *machine;
	struct cen_request *request;
	struct cen_solution *solution;
	struct cen_plan *plan;
	int heap;
};

static double times[WAY_COUNT][BATCHES], ratios[WAY_COUNT][BATCHES];

static void must(int ret, const char *what, const struct cen_error *error)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "bench-alloc: %s: %s\n", what, error ? cen_error_get_message(error) : strerror(-ret));
	exit(1);
}

static int make_request(struct bench *bench, struct cen_error **error)
{
	const struct cen_constraint heap = {
		.kind = CEN_CONSTRAINT_HEAP,
		.value = cen_heap_hash("system"),
		.provenance = CEN_PROVENANCE_POLICY,
		.note = "system",
	};
	const struct cen_capability linear = {
		.size = sizeof(linear),
		.fourcc = cen_format_from_string("R8"),
		.modifier = CEN_MODIFIER_LINEAR,
	};
	struct cen_capabilities *caps;
	int ret;

	must(cen_capabilities_create(&caps), "capabilities", NULL);
	ret = cen_capabilities_add(caps, &linear, error);
	if (ret == 0)
		ret = cen_request_set_size(bench->request, WIDTH, HEIGHT, error);
	if (ret == 0)
		ret = cen_request_add_constraint(bench->request, &heap, error);
	if (ret == 0)
		ret = cen_request_add_described(bench->request, CEN_USAGE_TEXTURE, "bench", caps, error);
	cen_capabilities_unref(caps);
	return ret;
}

static void prepare(struct bench *bench)
{
	struct cen_error *error = NULL;
	struct cen_plan_info info = {.size = sizeof(info)};

	must(cen_context_create(0, &bench->context, &error), "context", error);
	must(cen_machine_create_live(bench->context, CEN_MACHINE_PASSIVE, &bench->machine, &error), "machine", error);
	must(cen_request_create(bench->machine, &bench->request), "request", NULL);
	must(make_request(bench, &error), "request", error);
	must(cen_solve(bench->request, 0, &bench->solution, &error), "solve", error);
	bench->plan = cen_solution_get_plan(bench->solution, 0);
	if (!bench->plan) {
		fprintf(stderr, "%s\n", cen_conflict_get_text(cen_solution_get_conflict(bench->solution)));
		exit(1);
	}
	must(cen_plan_get_info(bench->plan, &info), "plan", NULL);
	if (info.total_bytes != BYTES || strcmp(info.source, "system") != 0)
		must(-EPROTO, "another plan than expected", NULL);
}

static void finish(struct bench *bench)
{
	cen_solution_unref(bench->solution);
	cen_request_destroy(bench->request);
	cen_machine_destroy(bench->machine);
	cen_context_destroy(bench->context);
	close(bench->heap);
}

static void use_raw(const struct bench *bench)
{
	struct dma_heap_allocation_data data = {.len = BYTES, .fd_flags = O_RDWR | O_CLOEXEC};

	must(ioctl(bench->heap, DMA_HEAP_IOCTL_ALLOC, &data) < 0 ? -errno : 0, "DMA_HEAP_IOCTL_ALLOC", NULL);
	close((int)data.fd);
}

static void use_library(const struct bench *bench)
{
	struct cen_error *error = NULL;
	struct cen_buffer *buffer;

	must(cen_plan_allocate(bench->plan, 1, 0, &buffer, &error), "allocate", error);
	cen_buffer_unref(buffer);
}

/* Microseconds of one buffer. */
static double run(const struct bench *bench, enum way way, unsigned int count)
{
	uint64_t start = get_ns();

	for (unsigned int n = 0; n < count; n++) {
		if (way == WAY_LIBRARY)
			use_library(bench);
		else
			use_raw(bench);
	}
	return (double)(get_ns() - start) / 1000 / count;
}

static void compare(const struct bench *bench)
{
	for (unsigned int n = 0; n < BATCHES; n++) {
		for (unsigned int turn = 0; turn < WAY_COUNT; turn++) {
			enum way way = (n + turn) % WAY_COUNT;

			times[way][n] = run(bench, way, BATCH);
		}
		for (enum way way = WAY_LIBRARY; way < WAY_COUNT; way++)
			ratios[way][n] = times[way][n] / times[WAY_RAW][n];
	}
	print_result("alloc-8mib", get_median(ratios[WAY_LIBRARY], BATCHES), "ratio", RATIO_GOAL);
	print_result("alloc-8mib-noise", get_median(ratios[WAY_RAW_AGAIN], BATCHES), "ratio", 0);
	print_result("alloc-8mib-library", get_median(times[WAY_LIBRARY], BATCHES), "us", 0);
	print_result("alloc-8mib-raw", get_median(times[WAY_RAW], BATCHES), "us", 0);
}

int main(int argc, char **argv)
{
	struct bench bench = {.heap = open(HEAP, O_RDONLY | O_CLOEXEC)};

	if (bench.heap < 0) {
		printf("%s: %s\n", HEAP, strerror(errno));
		return EXIT_SKIP;
	}
	prepare(&bench);
	if (argc == 3)
		run(&bench, strcmp(argv[1], "raw") == 0 ? WAY_RAW : WAY_LIBRARY, (unsigned int)atoi(argv[2]));
	else
		compare(&bench);
	finish(&bench);
	return 0;
}
