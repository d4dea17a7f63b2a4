/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Regions as sources of a solve: only where named, who takes offsets, buffers whose end gives the chunk back. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "balance.h"
#include "region-scene.h"

#define AR24 0x34325241u

#define CAMERA "/dev/fake-camera"
#define DISPLAY "/dev/fake-display"

static struct cen_solution *solve(struct flow *flow, const char *heap, uint32_t fourcc, uint32_t count,
				  const char *device)
{
	const struct cen_constraint constraint = {
		.kind = CEN_CONSTRAINT_HEAP,
		.value = heap ? cen_heap_hash(heap) : 0,
		.provenance = CEN_PROVENANCE_POLICY,
		.note = heap,
	};
	uint32_t usage = strcmp(device, CAMERA) == 0 ? CEN_USAGE_CAPTURE : CEN_USAGE_SCANOUT;
	const struct cen_device *found;
	struct cen_solution *solution;
	struct cen_request *request;

	assert_int_equal(cen_request_create(flow->machine, &request), 0);
	assert_int_equal(cen_request_set_size(request, 64, 64, NULL), 0);
	assert_int_equal(cen_request_set_count(request, count, NULL), 0);
	assert_int_equal(cen_request_add_format(request, fourcc, NULL), 0);
	assert_int_equal(cen_machine_find_device(flow->machine, device, &found, NULL), 0);
	assert_int_equal(cen_request_add_usage(request, usage, found, NULL), 0);
	if (heap)
		assert_int_equal(cen_request_add_constraint(request, &constraint, NULL), 0);
	assert_int_equal(cen_solve(request, 0, &solution, NULL), 0);
	cen_request_destroy(request);
	return solution;
}

static const char *get_source(const struct cen_solution *solution, size_t index)
{
	struct cen_plan_info info = {.size = sizeof(info)};

	if (!cen_solution_get_plan(solution, index))
		return "";
	assert_int_equal(cen_plan_get_info(cen_solution_get_plan(solution, index), &info), 0);
	return info.source;
}

static struct cen_buffer_plane get_plane(const struct cen_buffer *buffer, uint32_t index)
{
	struct cen_buffer_plane plane;

	assert_int_equal(cen_buffer_get_plane(buffer, index, &plane), 0);
	return plane;
}

/* A conflict has a reason for every source, also for those that nobody named. */
static bool is_passed_over(const struct cen_conflict *conflict, const char *source)
{
	struct cen_conflict_rejection rejection = {.size = sizeof(rejection)};

	for (size_t i = 0; cen_conflict_get_rejection(conflict, i, &rejection) == 0; i++) {
		if (strcmp(rejection.source, source) == 0)
			return strcmp(rejection.text, "is used only where it is named") == 0;
	}
	return false;
}

static void test_only_where_named(void **state)
{
	struct cen_solution *solution;
	struct cen_region *region;
	struct flow flow;

	(void)state;
	scene_start(&flow);
	region = scene_region(&flow, "a", "plain", 64 * PAGE);
	solution = solve(&flow, NULL, XR24, 1, DISPLAY);
	for (size_t n = 0; cen_solution_get_plan(solution, n); n++) {
		const char *source, *text;

		assert_string_not_equal(get_source(solution, n), "a");
		/* Nor is it told as one that was ruled out. */
		for (size_t r = 0; cen_plan_get_rejection(cen_solution_get_plan(solution, n), r, &source, &text) == 0;
		     r++)
			assert_string_not_equal(source, "a");
	}
	cen_solution_unref(solution);
	solution = solve(&flow, "a", XR24, 1, DISPLAY);
	assert_int_equal(cen_solution_get_plan_count(solution), 1);
	assert_string_equal(get_source(solution, 0), "a");
	cen_solution_unref(solution);
	/* A private region has no name to be named by. */
	solution = solve(&flow, "b", XR24, 1, DISPLAY);
	assert_non_null(cen_solution_get_conflict(solution));
	assert_true(is_passed_over(cen_solution_get_conflict(solution), "a"));
	cen_solution_unref(solution);
	cen_region_unregister(region, NULL);
	solution = solve(&flow, "a", XR24, 1, DISPLAY);
	assert_non_null(cen_solution_get_conflict(solution));
	cen_solution_unref(solution);
	cen_region_unref(region);
	flow_stop(&flow);
}

static void test_buffers(void **state)
{
	size_t fds = balance_count_fds();
	struct cen_buffer *buffers[3];
	struct cen_solution *solution;
	struct cen_region *region;
	struct flow flow;

	(void)state;
	scene_start(&flow);
	region = scene_region(&flow, "a", "plain", 64 * PAGE);
	solution = solve(&flow, "a", XR24, 3, DISPLAY);
	assert_int_equal(cen_plan_allocate(cen_solution_get_plan(solution, 0), 0, 0, buffers, NULL), 0);
	for (uint32_t n = 0; n < 3; n++) {
		struct cen_buffer_object object;

		/* The display wants offsets of 64 KiB; the dma-buf is the region's. */
		assert_int_equal(get_plane(buffers[n], 0).offset, n * 65536);
		assert_int_equal(cen_buffer_get_object(buffers[n], 0, &object), 0);
		assert_int_equal(object.size, 64 * PAGE);
	}
	assert_int_equal(scene_info(region).chunk_count, 3);
	cen_buffer_ref(buffers[1]);
	cen_buffer_unref(buffers[1]);
	assert_int_equal(scene_info(region).chunk_count, 3);
	cen_buffer_unref(buffers[1]);
	assert_int_equal(scene_info(region).chunk_count, 2);
	assert_int_equal(scene_info(region).free, 56 * PAGE);
	/* What was given back is given away again. */
	assert_int_equal(cen_plan_allocate(cen_solution_get_plan(solution, 0), 1, 0, &buffers[1], NULL), 0);
	assert_int_equal(get_plane(buffers[1], 0).offset, 65536);
	/* The buffers outlive everything they are from. */
	cen_solution_unref(solution);
	cen_region_unref(region);
	flow_stop(&flow);
	for (uint32_t n = 0; n < 3; n++)
		cen_buffer_unref(buffers[n]);
	assert_true(balance_check_fds(fds));
}

static void test_full(void **state)
{
	struct cen_solution *solution;
	struct cen_buffer *buffer;
	struct cen_region *region;
	struct cen_error *err;
	struct flow flow;

	(void)state;
	scene_start(&flow);
	/* Room for two at the display's alignment, whatever the bytes say. */
	region = scene_region(&flow, "a", "plain", 24 * PAGE);
	solution = solve(&flow, "a", XR24, 3, DISPLAY);
	err = flow_allocate_fails(solution, 3, 0, CEN_ERROR_ALLOCATION, -ENOMEM);
	assert_int_equal(cen_error_get_wanted(err), 3 * 64 * 64 * 4);
	assert_int_equal(cen_error_get_held(err), 2 * 64 * 64 * 4);
	assert_error_says(err, "region a: 2 of 3 buffers fitted, the largest free piece has 49152 bytes");
	assert_int_equal(scene_info(region).chunk_count, 0);
	assert_int_equal(cen_plan_allocate(cen_solution_get_plan(solution, 0), 1, 0, &buffer, NULL), 0);
	cen_solution_unref(solution);
	/* The solver knows how much is free: 20 pages for six of four. */
	solution = solve(&flow, "a", XR24, 6, DISPLAY);
	assert_int_equal(cen_conflict_get_dimension(cen_solution_get_conflict(solution)), CEN_DIMENSION_CAPACITY);
	cen_solution_unref(solution);
	cen_buffer_unref(buffer);
	cen_region_unref(region);
	flow_stop(&flow);
}

static bool tells(const struct cen_conflict *conflict, const char *who, const char *text)
{
	struct cen_conflict_member member = {.size = sizeof(member)};

	for (size_t n = 0; cen_conflict_get_member(conflict, n, &member) == 0; n++) {
		if (strcmp(member.who, who) == 0 && strstr(member.text, text))
			return true;
	}
	return false;
}

/* The camera takes no offset: it cannot have an fd and an offset, not even the chunk that would be at 0. */
static void test_offsets(void **state)
{
	const struct cen_conflict *conflict;
	struct cen_solution *solution;
	struct cen_buffer *buffers[2];
	struct cen_region *plain, *cut, *page;
	struct flow flow;

	(void)state;
	scene_start(&flow);
	plain = scene_region(&flow, "plain-region", "plain", 64 * PAGE);
	cut = scene_region(&flow, "cut-region", "cuttable", 64 * PAGE);
	solution = solve(&flow, "plain-region", XR24, 1, CAMERA);
	conflict = cen_solution_get_conflict(solution);
	assert_non_null(conflict);
	assert_int_equal(cen_conflict_get_dimension(conflict), CEN_DIMENSION_OFFSET);
	assert_true(tells(conflict, "plain-region", "places the image at an offset"));
	assert_true(tells(conflict, CAMERA, "requires offset at most 0 bytes"));
	cen_solution_unref(solution);
	solution = solve(&flow, "cut-region", XR24, 2, CAMERA);
	assert_string_equal(get_source(solution, 0), "cut-region");
	assert_int_equal(cen_plan_allocate(cen_solution_get_plan(solution, 0), 2, 0, buffers, NULL), 0);
	assert_int_equal(get_plane(buffers[0], 0).offset + get_plane(buffers[1], 0).offset, 0);
	cen_buffer_unref(buffers[0]);
	cen_buffer_unref(buffers[1]);
	assert_int_equal(scene_info(cut).chunk_count, 0);
	cen_solution_unref(solution);
	/* Chunks begin at multiples of powers of two only. */
	solution = solve(&flow, "plain-region", AR24, 1, DISPLAY);
	assert_true(tells(cen_solution_get_conflict(solution), DISPLAY, "requires offset a multiple of 12 bytes"));
	cen_solution_unref(solution);
	/* Not even where the image fills the region: what is said of a region holds for all of its chunks. */
	page = scene_region(&flow, "page", "plain", 4 * PAGE);
	solution = solve(&flow, "page", XR24, 1, CAMERA);
	assert_non_null(cen_solution_get_conflict(solution));
	cen_solution_unref(solution);
	cen_region_unref(page);
	cen_region_unref(plain);
	cen_region_unref(cut);
	flow_stop(&flow);
}

/* A dma-buf per plane: two chunks of one memory, apart. */
static void test_planes(void **state)
{
	struct cen_buffer_object first, second;
	struct cen_solution *solution;
	struct cen_buffer *buffer;
	struct cen_region *region;
	struct flow flow;

	(void)state;
	scene_start(&flow);
	region = scene_region(&flow, "a", "plain", 64 * PAGE);
	solution = solve(&flow, "a", NV12, 1, DISPLAY);
	assert_int_equal(cen_plan_allocate(cen_solution_get_plan(solution, 0), 1, 0, &buffer, NULL), 0);
	assert_int_equal(get_plane(buffer, 0).offset, 0);
	assert_int_equal(get_plane(buffer, 1).offset, 8192);
	assert_int_equal(cen_buffer_get_object(buffer, 0, &first) + cen_buffer_get_object(buffer, 1, &second), 0);
	assert_int_equal(first.ino, second.ino);
	assert_true(first.fd != second.fd);
	assert_int_equal(scene_info(region).chunk_count, 2);
	cen_buffer_unref(buffer);
	assert_int_equal(scene_info(region).chunk_count, 0);
	cen_solution_unref(solution);
	cen_region_unref(region);
	flow_stop(&flow);
}

/* Declared only: the first buffer makes it a region. A plan keeps a region that is unregistered meanwhile. */
static void test_early(void **state)
{
	struct cen_region_desc desc = scene_desc("a", "plain", 64 * PAGE);
	struct cen_solution *solution;
	struct cen_buffer *buffer;
	struct cen_region *region;
	struct cen_error *err;
	struct flow flow;

	(void)state;
	scene_start(&flow);
	assert_int_equal(cen_region_declare(flow.machine, &desc, &region, NULL), 0);
	solution = solve(&flow, "a", XR24, 1, DISPLAY);
	assert_false(cen_region_is_reserved(region));
	assert_int_equal(cen_plan_allocate(cen_solution_get_plan(solution, 0), 1, CEN_ALLOCATE_VERIFY, &buffer, NULL),
			 0);
	assert_true(cen_region_is_registered(region));
	cen_buffer_unref(buffer);
	assert_int_equal(cen_region_unregister(region, NULL), 0);
	cen_region_unref(region);
	err = flow_allocate_fails(solution, 1, 0, CEN_ERROR_ARGUMENT, -EINVAL);
	assert_error_says(err, "region a: it was unregistered");
	cen_solution_unref(solution);
	flow_stop(&flow);
}

/* What devices are shown is where the chunk is, and a device that refuses gives the chunk back. */
static void test_refused_import(void **state)
{
	struct cen_region_desc desc = scene_desc("a", "s", 64 * PAGE);
	struct cen_solution *solution;
	struct cen_region *region;
	struct flow flow;
	size_t fds;

	(void)state;
	flow_start(&flow, "device /dev/fake-display usages=scanout\ncap /dev/fake-display scanout XR24 LINEAR\n"
			  "source s carved=1\nfail import EINVAL /dev/fake-display\n");
	cen_context_add_region_algorithm(flow.ctx, &scene_algorithm, NULL);
	assert_int_equal(cen_region_create(flow.machine, &desc, &region, NULL), 0);
	solution = solve(&flow, "a", XR24, 2, DISPLAY);
	fds = balance_count_fds();
	cen_error_destroy(flow_allocate_fails(solution, 2, CEN_ALLOCATE_VERIFY, CEN_ERROR_IMPORT, -EINVAL));
	assert_true(balance_check_fds(fds));
	assert_int_equal(scene_info(region).free, 64 * PAGE);
	cen_solution_unref(solution);
	cen_region_unref(region);
	flow_stop(&flow);
}

/* Pieces of memory are as large as the device wants them, counted from the start of the dma-buf: chunks follow that. */
static void test_granularity(void **state)
{
	struct cen_chunk first = {.size = sizeof(first)};
	struct cen_solution *solution;
	struct cen_region *region;
	struct cen_buffer *buffer;
	struct flow flow;

	(void)state;
	flow_start(&flow, "device /dev/fake-display usages=scanout\n"
			  "cap /dev/fake-display scanout XR24 LINEAR granularity=65536\n"
			  "source s segment-bytes=65536\n");
	assert_int_equal(cen_context_add_region_algorithm(flow.ctx, &scene_algorithm, NULL), 0);
	region = scene_region(&flow, "a", "s", 64 * PAGE);
	assert_int_equal(cen_region_alloc(region, PAGE, 0, &first, NULL), 0);
	solution = solve(&flow, "a", XR24, 1, DISPLAY);
	assert_int_equal(cen_plan_allocate(cen_solution_get_plan(solution, 0), 1, 0, &buffer, NULL), 0);
	assert_int_equal(get_plane(buffer, 0).offset, 65536);
	cen_buffer_unref(buffer);
	cen_region_free(region, first.start);
	cen_solution_unref(solution);
	cen_region_unref(region);
	flow_stop(&flow);
}

/* Who allocates first of a region that is only declared needs the permission; with its memory there, nobody does. */
static void test_permission(void **state)
{
	struct cen_region_desc desc = scene_desc("a", "s", 64 * PAGE);
	struct cen_solution *solution;
	struct cen_region *region;
	struct flow flow;

	(void)state;
	flow_start(&flow, "device /dev/fake-display usages=scanout\n"
			  "cap /dev/fake-display scanout XR24 LINEAR\n"
			  "source s access=EACCES help=group-video\n");
	assert_int_equal(cen_region_declare(flow.machine, &desc, &region, NULL), 0);
	solution = solve(&flow, "a", XR24, 1, DISPLAY);
	assert_non_null(cen_solution_get_conflict(solution));
	assert_non_null(strstr(cen_conflict_get_text(cen_solution_get_conflict(solution)), "group-video"));
	cen_solution_unref(solution);
	assert_int_equal(cen_region_unregister(region, NULL), 0);
	cen_region_unref(region);
	desc.fd = scene_memfd(64 * PAGE);
	assert_int_equal(cen_region_declare(flow.machine, &desc, &region, NULL), 0);
	close(desc.fd);
	solution = solve(&flow, "a", XR24, 1, DISPLAY);
	assert_string_equal(get_source(solution, 0), "a");
	cen_solution_unref(solution);
	cen_region_unref(region);
	flow_stop(&flow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_where_named),
		cmocka_unit_test(test_buffers),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_planes),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_refused_import),
		cmocka_unit_test(test_granularity),
		cmocka_unit_test(test_permission),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
