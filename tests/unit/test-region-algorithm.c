/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The algorithms that cut regions into chunks, each through its table: what each promises, at the edges of 64 bits, with
 * memory that runs out, and 10 million random calls held against a model that walks a list. docs/testing.md says how to
 * repeat those with another seed.
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif

#include <cenalloc/backend.h>

#include "fault.h"
#include "region-model.h"

#define KIB UINT64_C(1024)
#define PAGE UINT64_C(4096)
#define FIT_COUNT 3

int cen_backend_entry_v1_region(uint32_t host_abi, const struct cen_backend **out);
int cen_backend_entry_v1_first_fit(uint32_t host_abi, const struct cen_backend **out);

static const struct cen_region_algorithm *best_fit, *tlsf, *first_fit;
/* Rules that hold for any algorithm are tried with all of them. */
static const struct cen_region_algorithm *algorithms[FIT_COUNT];

/* A region that is cut, and what it must look like. */
struct scene {
	const struct cen_region_algorithm *algorithm;
	void *state;
	struct region_model model;
};

static void begin(struct scene *scene, const struct cen_region_algorithm *algorithm, uint64_t bytes,
		  uint64_t granularity, size_t capacity)
{
	*scene = (struct scene){.algorithm = algorithm};
	assert_int_equal(algorithm->init(bytes, granularity, &scene->state), 0);
	region_model_init(&scene->model, bytes, capacity);
	assert_int_equal(algorithm->get_largest_free(scene->state), bytes);
}

static void must(const struct scene *scene, const char *wrong)
{
	if (wrong)
		fail_msg("%s: %s, with %zu chunks in %" PRIu64 " bytes", scene->algorithm->name, wrong,
			 scene->model.count, scene->model.bytes);
}

/* The start of a new chunk; UINT64_MAX: none fits. */
static uint64_t cut(struct scene *scene, uint64_t bytes, uint64_t alignment)
{
	size_t n;

	must(scene, region_model_alloc(&scene->model, scene->algorithm, scene->state, bytes, alignment, false, &n));
	return n == SIZE_MAX ? UINT64_MAX : scene->model.chunks[n].start;
}

/* Free the chunk that begins there. */
static void give(struct scene *scene, uint64_t start)
{
	for (size_t n = 0; n < scene->model.count; n++) {
		if (scene->model.chunks[n].start != start)
			continue;
		must(scene, region_model_free(&scene->model, scene->algorithm, scene->state, n));
		return;
	}
	fail_msg("no chunk at %" PRIu64, start);
}

/* What is left is freed; then there is one hole again, which one chunk fills. */
static void end(struct scene *scene)
{
	uint64_t bytes = scene->model.bytes;

	while (scene->model.count)
		must(scene, region_model_free(&scene->model, scene->algorithm, scene->state, scene->model.count / 2));
	assert_int_equal(scene->algorithm->get_largest_free(scene->state), bytes);
	assert_int_equal(cut(scene, bytes, 1), 0);
	assert_int_equal(scene->algorithm->get_largest_free(scene->state), 0);
	scene->algorithm->cleanup(scene->state);
	region_model_finish(&scene->model);
}

static void test_table(void **unused)
{
	const struct cen_backend *table;

	(void)unused;
	assert_int_equal(cen_backend_entry_v1_region(CEN_BACKEND_ABI, &table), 0);
	assert_string_equal(table->name, "region");
	assert_int_equal(table->algorithm_count, 2);
	/* The first is the default. */
	assert_string_equal(table->algorithms[0]->name, "best-fit");
	assert_string_equal(table->algorithms[1]->name, "tlsf");
	assert_int_equal(table->list(NULL, NULL), 0);
	for (size_t n = 0; n < FIT_COUNT; n++) {
		assert_int_equal(algorithms[n]->size, sizeof(*algorithms[n]));
		assert_true(strlen(algorithms[n]->description) > 0);
	}
	/* Hosts that do not know algorithms get a table, too. */
	assert_int_equal(cen_backend_entry_v1_region(1, &table), 0);
	assert_int_equal(cen_backend_entry_v1_region(0, &table), -EPROTONOSUPPORT);
}

static void test_impossible_regions(void **unused)
{
	static const uint64_t regions[][2] = {{0, PAGE}, {PAGE + 1, PAGE}, {PAGE / 2, PAGE}, {PAGE, 0}, {6, 3}};

	(void)unused;
	for (size_t a = 0; a < 2; a++) {
		for (size_t n = 0; n < sizeof(regions) / sizeof(regions[0]); n++) {
			void *state = NULL;

			assert_int_equal(algorithms[a]->init(regions[n][0], regions[n][1], &state), -EINVAL);
			assert_null(state);
		}
	}
}

/* Holes of 3, 2, 4 and 2 pages, in this order. */
static void make_holes(struct scene *scene, const struct cen_region_algorithm *algorithm)
{
	static const uint64_t pages[] = {3, 1, 2, 1, 4, 1, 2, 1};
	uint64_t starts[8];

	begin(scene, algorithm, 15 * PAGE, PAGE, 16);
	for (size_t n = 0; n < 8; n++)
		starts[n] = cut(scene, pages[n] * PAGE, PAGE);
	assert_int_equal(cut(scene, PAGE, PAGE), UINT64_MAX);
	for (size_t n = 0; n < 8; n += 2)
		give(scene, starts[n]);
}

static void test_best_fit_smallest(void **unused)
{
	struct scene scene;

	(void)unused;
	make_holes(&scene, best_fit);
	/* Of equal ones the lowest. */
	assert_int_equal(cut(&scene, 2 * PAGE, PAGE), 4 * PAGE);
	assert_int_equal(cut(&scene, 2 * PAGE, PAGE), 12 * PAGE);
	assert_int_equal(cut(&scene, 2 * PAGE, PAGE), 0);
	assert_int_equal(cut(&scene, 4 * PAGE, PAGE), 7 * PAGE);
	assert_int_equal(cut(&scene, 2 * PAGE, PAGE), UINT64_MAX);
	assert_int_equal(cut(&scene, PAGE, PAGE), 2 * PAGE);
	end(&scene);
}

/* The smallest that holds the aligned chunk, which is not the smallest with as many bytes. */
static void test_best_fit_aligned(void **unused)
{
	struct scene scene;

	(void)unused;
	make_holes(&scene, best_fit);
	/* Pages 4-5, 12-13, 0-2 and 7-10 are free; only page 8 and the next three would do at 8. */
	assert_int_equal(cut(&scene, 3 * PAGE, 8 * PAGE), 0);
	assert_int_equal(cut(&scene, 3 * PAGE, 8 * PAGE), 8 * PAGE);
	assert_int_equal(cut(&scene, 2 * PAGE, 8 * PAGE), UINT64_MAX);
	assert_int_equal(cut(&scene, 2 * PAGE, 4 * PAGE), 4 * PAGE);
	end(&scene);
}

static void test_best_fit_middle(void **unused)
{
	struct scene scene;

	(void)unused;
	/* A hole of pages 1 to 15. At 2 the chunk would leave 12 pages behind it, a multiple of 2: it goes to the end. */
	begin(&scene, best_fit, 16 * PAGE, PAGE, 16);
	assert_int_equal(cut(&scene, PAGE, PAGE), 0);
	assert_int_equal(cut(&scene, 2 * PAGE, 2 * PAGE), 14 * PAGE);
	assert_int_equal(cut(&scene, 13 * PAGE, PAGE), PAGE);
	end(&scene);
	/* Pages 1 to 14. At 4 the chunk leaves 7 pages behind it, no multiple of 4: there it stays. */
	begin(&scene, best_fit, 15 * PAGE, PAGE, 16);
	assert_int_equal(cut(&scene, PAGE, PAGE), 0);
	assert_int_equal(cut(&scene, 4 * PAGE, 4 * PAGE), 4 * PAGE);
	assert_int_equal(cut(&scene, 7 * PAGE, PAGE), 8 * PAGE);
	assert_int_equal(cut(&scene, 3 * PAGE, PAGE), PAGE);
	end(&scene);
	/* A hole that begins where the chunk may: nothing is in the middle, and it goes to the front. */
	begin(&scene, best_fit, 16 * PAGE, PAGE, 16);
	assert_int_equal(cut(&scene, 4 * PAGE, 4 * PAGE), 0);
	assert_int_equal(cut(&scene, 4 * PAGE, 4 * PAGE), 4 * PAGE);
	end(&scene);
}

/* 64 and 65 granules are of one class: the next larger class, where the search begins, is empty. */
static void test_tlsf_own_class(void **unused)
{
	struct scene scene;

	(void)unused;
	begin(&scene, tlsf, 65 * PAGE, PAGE, 16);
	assert_int_equal(cut(&scene, 65 * PAGE, PAGE), 0);
	end(&scene);
	/* The hole that is too small by one was freed last and is the first of the list. */
	begin(&scene, tlsf, 132 * PAGE, PAGE, 16);
	assert_int_equal(cut(&scene, 65 * PAGE, PAGE), 0);
	assert_int_equal(cut(&scene, PAGE, PAGE), 65 * PAGE);
	assert_int_equal(cut(&scene, 64 * PAGE, PAGE), 66 * PAGE);
	assert_int_equal(cut(&scene, 2 * PAGE, PAGE), 130 * PAGE);
	give(&scene, 0);
	give(&scene, 66 * PAGE);
	assert_int_equal(cut(&scene, 65 * PAGE, PAGE), 0);
	end(&scene);
}

/* No hole has room for any start, but one happens to be aligned: not the first of its list. */
static void test_tlsf_aligned_by_chance(void **unused)
{
	struct scene scene;

	(void)unused;
	begin(&scene, tlsf, 19 * PAGE, PAGE, 16);
	assert_int_equal(cut(&scene, 8 * PAGE, PAGE), 0);
	assert_int_equal(cut(&scene, 4 * PAGE, PAGE), 8 * PAGE);
	assert_int_equal(cut(&scene, PAGE, PAGE), 12 * PAGE);
	assert_int_equal(cut(&scene, 4 * PAGE, PAGE), 13 * PAGE);
	assert_int_equal(cut(&scene, 2 * PAGE, PAGE), 17 * PAGE);
	give(&scene, 8 * PAGE);
	give(&scene, 13 * PAGE);
	assert_int_equal(cut(&scene, 4 * PAGE, 8 * PAGE), 8 * PAGE);
	assert_int_equal(cut(&scene, 4 * PAGE, 4 * PAGE), UINT64_MAX);
	end(&scene);
}

/* Four chunks without a gap, freed in each of 24 orders: whatever lies side by side is one hole at once. */
static void test_merging(void **unused)
{
	(void)unused;
	for (size_t a = 0; a < FIT_COUNT; a++) {
		for (unsigned int order = 0; order < 256; order++) {
			unsigned int seen = 0;
			struct scene scene;

			for (unsigned int n = 0; n < 4; n++)
				seen |= 1u << (order >> 2 * n & 3);
			if (seen != 15)
				continue;
			begin(&scene, algorithms[a], 40 * PAGE, PAGE, 8);
			for (unsigned int n = 0; n < 4; n++)
				assert_int_equal(cut(&scene, 10 * PAGE, PAGE), 10 * n * PAGE);
			for (unsigned int n = 0; n < 4; n++)
				give(&scene, 10 * (order >> 2 * n & 3) * PAGE);
			end(&scene);
		}
	}
}

static void test_one_granule(void **unused)
{
	static const uint64_t granularities[] = {1, PAGE, 2048 * KIB, UINT64_C(1) << 63};

	(void)unused;
	for (size_t a = 0; a < FIT_COUNT; a++) {
		for (size_t n = 0; n < sizeof(granularities) / sizeof(granularities[0]); n++) {
			struct scene scene;

			begin(&scene, algorithms[a], granularities[n], granularities[n], 4);
			assert_int_equal(cut(&scene, granularities[n], granularities[n]), 0);
			assert_int_equal(cut(&scene, granularities[n], granularities[n]), UINT64_MAX);
			give(&scene, 0);
			/* Aligned to more than the region has. */
			assert_int_equal(cut(&scene, granularities[n], UINT64_C(1) << 63), 0);
			end(&scene);
		}
	}
}

/* Sums that would not fit in 64 bits, in a region that ends a granule before them. */
static void test_largest_regions(void **unused)
{
	const uint64_t half = UINT64_C(1) << 63, quarter = half / 2;

	(void)unused;
	for (size_t a = 0; a < FIT_COUNT; a++) {
		for (uint64_t granularity = 1; granularity <= PAGE; granularity *= PAGE) {
			uint64_t bytes = 0 - granularity, start;
			struct scene scene;

			begin(&scene, algorithms[a], half, granularity, 8);
			assert_int_equal(cut(&scene, granularity, quarter), 0);
			assert_int_equal(cut(&scene, granularity, half), UINT64_MAX);
			assert_int_equal(cut(&scene, quarter, quarter), quarter);
			assert_int_equal(cut(&scene, quarter, granularity), UINT64_MAX);
			assert_int_not_equal(cut(&scene, quarter - granularity, granularity), UINT64_MAX);
			end(&scene);
			begin(&scene, algorithms[a], bytes, granularity, 8);
			start = cut(&scene, granularity, granularity);
			assert_int_equal(start, 0);
			/* The chunk and what is left in front of it are 2^64 together. */
			assert_int_equal(cut(&scene, half + granularity, half), UINT64_MAX);
			assert_int_equal(cut(&scene, half - granularity, half), half);
			assert_int_equal(cut(&scene, granularity, half), UINT64_MAX);
			assert_int_equal(cut(&scene, bytes, half), UINT64_MAX);
			assert_int_equal(cut(&scene, half - granularity, granularity), granularity);
			end(&scene);
		}
	}
}

#define SWEEP_CHUNKS 60

/* One chunk, of which the armed call may be part. */
static const char *cut_in_sweep(struct scene *scene, uint64_t n, int *ret)
{
	uint64_t largest = scene->algorithm->get_largest_free(scene->state);
	bool fired_before = fault_fired();
	const char *wrong;
	size_t made;

	wrong = region_model_alloc(&scene->model, scene->algorithm, scene->state, (1 + n % 3) * PAGE,
				   n % 2 ? 4 * PAGE : PAGE, !fired_before, &made);
	if (wrong || made != SIZE_MAX)
		return wrong;
	if (fired_before || !fault_fired())
		return "a failure without a reason";
	*ret = -ENOMEM;
	return scene->algorithm->get_largest_free(scene->state) == largest ? NULL : "a failure changed the region";
}

/* Chunks come and now and then one goes. Returns 0 or -ENOMEM, after which all goes on. */
static int run_sweep(struct scene *scene)
{
	const char *wrong = NULL;
	int ret = scene->algorithm->init(scene->model.bytes, PAGE, &scene->state);

	if (ret < 0)
		return ret;
	for (uint64_t n = 0; n < SWEEP_CHUNKS && !wrong; n++) {
		wrong = cut_in_sweep(scene, n, &ret);
		if (!wrong && n % 4 == 3)
			wrong = region_model_free(&scene->model, scene->algorithm, scene->state,
						  scene->model.count / 2);
	}
	while (!wrong && scene->model.count)
		wrong = region_model_free(&scene->model, scene->algorithm, scene->state, scene->model.count / 3);
	if (!wrong && scene->algorithm->get_largest_free(scene->state) != scene->model.bytes)
		wrong = "not one hole at the end";
	scene->algorithm->cleanup(scene->state);
	must(scene, wrong);
	return ret;
}

static void sweep(const struct cen_region_algorithm *algorithm)
{
	struct scene scene = {.algorithm = algorithm};
	unsigned long n, failures = 0;
	bool fired = true;

	region_model_init(&scene.model, 400 * PAGE, SWEEP_CHUNKS);
	for (n = 1; fired; n++) {
		size_t alive = fault_alive();
		int ret;

		fault_arm(FAULT_MEMORY, n);
		ret = run_sweep(&scene);
		fired = fault_disarm();
		assert_int_equal(fault_alive(), alive);
		failures += ret < 0;
	}
	region_model_finish(&scene.model);
	print_message("# %s: %lu calls failed one by one, %lu of them told\n", algorithm->name, n - 2, failures);
	assert_true(failures > 10);
}

static void test_failing_calls(void **unused)
{
	(void)unused;
	for (size_t a = 0; a < FIT_COUNT; a++)
		sweep(algorithms[a]);
}

/* From a full region chunks go in an order that makes as many holes as there can be, and then fewer. */
static void test_free_needs_no_memory(void **unused)
{
	(void)unused;
	for (size_t a = 0; a < FIT_COUNT; a++) {
		struct scene scene;

		begin(&scene, algorithms[a], 1000 * PAGE, PAGE, 1000);
		for (size_t n = 0; n < 1000; n++)
			assert_int_not_equal(cut(&scene, PAGE, PAGE), UINT64_MAX);
		fault_arm(FAULT_MEMORY, 1);
		for (uint64_t n = 0; n < 1000; n += 2)
			give(&scene, n * PAGE);
		for (uint64_t n = 999; n < 1000; n -= 2)
			give(&scene, n * PAGE);
		assert_false(fault_disarm());
		end(&scene);
	}
}

/* Random calls */

static uint64_t random_state;

static uint32_t random_below(uint32_t bound)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(((random_state >> 32) * bound) >> 32);
}

/* One kind of region, and how much of the calls it gets. */
struct kind {
	uint64_t granules, granularity;
	uint32_t chunk_max; /* granules */
	uint32_t alignment_bits; /* alignments up to 1 << this many granules */
	uint32_t calls; /* in a thousand */
};

/* Small ones are walked quickly by the model and reach every state; the others make trees and lists that are long. */
static const struct kind kinds[] = {
	{1, PAGE, 2, 1, 5},      {5, 1, 3, 2, 45},
	{16, PAGE, 6, 3, 300},   {33, 64 * KIB, 12, 4, 300},
	{100, PAGE, 90, 5, 200}, {(UINT64_C(1) << 51) - 1, PAGE, UINT32_MAX, 40, 134},
	{400, PAGE, 30, 4, 15},  {3000, 2048 * KIB, 40, 6, 1},
};

/* What came up, so that the test can tell that it tested anything. */
struct tally {
	uint64_t calls, chunks, refusals;
};

static uint64_t choose_granules(const struct kind *kind)
{
	/* Now and then close to a power of two, where the classes of tlsf begin. */
	uint64_t granules = random_below(4) ? 1 + random_below(kind->chunk_max)
					    : (UINT64_C(1) << random_below(8)) + random_below(2);

	/* Regions of 2^63 bytes would not fill up with chunks of 32 bits. */
	return kind->granules > UINT32_MAX ? granules << random_below(20) : granules;
}

static const char *run_call(struct scene *scene, const struct kind *kind, bool is_growing, struct tally *tally)
{
	struct region_model *model = &scene->model;
	uint64_t bytes = choose_granules(kind) * kind->granularity;
	uint64_t alignment = kind->granularity << (random_below(2) ? random_below(kind->alignment_bits + 1) : 0);
	bool wants_chunk = random_below(8) < (is_growing ? 5 : 3);
	const char *wrong;
	size_t made;

	tally->calls++;
	if (model->count == model->capacity || (model->count && !wants_chunk))
		return region_model_free(model, scene->algorithm, scene->state, random_below((uint32_t)model->count));
	wrong = region_model_alloc(model, scene->algorithm, scene->state, bytes, alignment, false, &made);
	tally->chunks += made != SIZE_MAX;
	tally->refusals += !wrong && made == SIZE_MAX;
	return wrong;
}

/* It fills and drains in turns, so that there are all states between empty and full. */
static void run_kind(const struct cen_region_algorithm *algorithm, const struct kind *kind, uint64_t calls,
		     struct tally *tally)
{
	size_t capacity = kind->granules < 4000 ? (size_t)kind->granules : 64;
	uint64_t turn = 16 + 4 * capacity;
	struct scene scene;

	begin(&scene, algorithm, kind->granules * kind->granularity, kind->granularity, capacity);
	for (uint64_t n = 0; n < calls; n++) {
		const char *wrong = run_call(&scene, kind, n / turn % 2 == 0, tally);

		if (wrong)
			print_message("# call %" PRIu64 " of a region of %" PRIu64 " x %" PRIu64 " bytes\n", n,
				      kind->granules, kind->granularity);
		must(&scene, wrong);
	}
	end(&scene);
}

/* What a checker makes slow is done less often. */
static uint64_t get_call_count(void)
{
	uint64_t calls = 5000000;

#ifdef __SANITIZE_THREAD__
	calls /= 10;
#endif
#ifdef RUNNING_ON_VALGRIND
	if (RUNNING_ON_VALGRIND)
		calls /= 20;
#endif
	return calls;
}

static void run_random(const struct cen_region_algorithm *algorithm, uint64_t calls)
{
	const char *text = getenv("CENALLOC_TEST_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : 1;
	struct tally tally = {0};

	for (size_t n = 0; n < sizeof(kinds) / sizeof(kinds[0]); n++) {
		random_state = seed;
		run_kind(algorithm, &kinds[n], calls * kinds[n].calls / 1000, &tally);
	}
	print_message("# %s: %" PRIu64 " calls, seed %" PRIu64 ": %" PRIu64 " chunks, %" PRIu64 " refusals\n",
		      algorithm->name, tally.calls, seed, tally.chunks, tally.refusals);
	/* Both answers are worth testing. */
	assert_true(tally.chunks > calls / 4 && tally.refusals > calls / 100);
}

static void test_random_best_fit(void **unused)
{
	(void)unused;
	run_random(best_fit, get_call_count());
}

static void test_random_tlsf(void **unused)
{
	(void)unused;
	run_random(tlsf, get_call_count());
}

static void test_random_first_fit(void **unused)
{
	(void)unused;
	run_random(first_fit, get_call_count() / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_impossible_regions),
		cmocka_unit_test(test_best_fit_smallest),
		cmocka_unit_test(test_best_fit_aligned),
		cmocka_unit_test(test_best_fit_middle),
		cmocka_unit_test(test_tlsf_own_class),
		cmocka_unit_test(test_tlsf_aligned_by_chance),
		cmocka_unit_test(test_merging),
		cmocka_unit_test(test_one_granule),
		cmocka_unit_test(test_largest_regions),
		cmocka_unit_test(test_failing_calls),
		cmocka_unit_test(test_free_needs_no_memory),
		cmocka_unit_test(test_random_best_fit),
		cmocka_unit_test(test_random_tlsf),
		cmocka_unit_test(test_random_first_fit),
	};
	const struct cen_backend *table;

	if (cen_backend_entry_v1_region(CEN_BACKEND_ABI, &table) < 0 || table->algorithm_count < 2)
		return 1;
	algorithms[0] = best_fit = table->algorithms[0];
	algorithms[1] = tlsf = table->algorithms[1];
	if (cen_backend_entry_v1_first_fit(CEN_BACKEND_ABI, &table) < 0)
		return 1;
	algorithms[2] = first_fit = table->algorithms[0];
	return cmocka_run_group_tests_name("region-algorithm", tests, NULL, NULL);
}
