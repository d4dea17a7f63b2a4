/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The Contiguous Memory Allocator of 2010, the fourth version of its proposal: what that promised of regions, in the
 * order in which a platform would do it, and the flaws that are not to come again.
 */
#include <errno.h>
#include <unistd.h>

#include "balance.h"
#include "region-scene.h"

static struct cen_chunk take_from(struct flow *flow, const char *names, uint64_t bytes)
{
	struct cen_chunk chunk = {.size = sizeof(chunk)};
	struct cen_error *err = NULL;

	if (cen_region_alloc_from(flow->machine, names, bytes, 0, &chunk, &err) < 0)
		fail_msg("%s: %s", names, cen_error_get_message(err));
	return chunk;
}

static void cannot_take_from(struct flow *flow, const char *names, uint64_t bytes, int ret, const char *text)
{
	struct cen_chunk chunk = {.size = sizeof(chunk)};
	struct cen_error *err = NULL;
	int got = cen_region_alloc_from(flow->machine, names, bytes, 0, &chunk, &err);

	if (got != ret)
		fail_msg("%s: %d, not %d: %s", names, got, ret, err ? cen_error_get_message(err) : "");
	assert_error_says(err, text);
}

/* An early region: declared by the platform, reserved while there is memory, registered when the framework is there. */
static void test_early_regions(void **state)
{
	struct cen_region_desc desc = scene_desc("camera", "plain", 20 * PAGE - 1);
	struct cen_region *region;
	struct flow flow;

	(void)state;
	scene_start(&flow);
	assert_int_equal(cen_region_declare(flow.machine, &desc, &region, NULL), 0);
	assert_false(cen_region_is_reserved(region));
	assert_int_equal(scene_info(region).state, CEN_REGION_DECLARED);
	assert_int_equal(scene_info(region).upper, 0);
	assert_int_equal(cen_region_reserve(region, NULL), 0);
	assert_true(cen_region_is_reserved(region));
	assert_false(cen_region_is_registered(region));
	assert_string_equal(cen_region_state_get_name(scene_info(region).state), "reserved");
	assert_int_equal(scene_info(region).upper - scene_info(region).lower, 20 * PAGE);
	assert_int_equal(cen_region_reserve(region, NULL), 0);
	assert_int_equal(cen_region_register(region, NULL), 0);
	assert_true(cen_region_is_registered(region));
	assert_int_equal(cen_region_register(region, NULL), 0);
	assert_int_equal(cen_region_unregister(region, NULL), 0);
	assert_false(cen_region_is_reserved(region));
	/* What is only declared can be taken back, and its name is free then. */
	cen_region_unref(region);
	assert_int_equal(cen_region_declare(flow.machine, &desc, &region, NULL), 0);
	assert_int_equal(cen_region_unregister(region, NULL), 0);
	cen_region_unref(region);
	assert_int_equal(cen_region_declare(flow.machine, &desc, &region, NULL), 0);
	cen_region_unref(region);
	flow_stop(&flow);
}

/* alloc from a list of names in order, info, free, -ENOENT, -ENOMEM, -EBUSY. */
static void test_calls(void **state)
{
	struct cen_region *r1, *r2;
	struct cen_chunk first, second, third;
	struct flow flow;

	(void)state;
	scene_start(&flow);
	r1 = scene_region(&flow, "r1", "plain", 4 * PAGE);
	r2 = scene_region(&flow, "r2", "plain", 8 * PAGE);
	first = take_from(&flow, "r1,r2", 3 * PAGE);
	second = take_from(&flow, "r1,r2", 3 * PAGE);
	third = take_from(&flow, "nothing,r1,r2", PAGE);
	assert_ptr_equal(first.region, r1);
	assert_ptr_equal(second.region, r2);
	assert_ptr_equal(third.region, r1);
	assert_int_equal(scene_info(r2).total, 8 * PAGE);
	assert_int_equal(scene_info(r2).free, 5 * PAGE);
	assert_int_equal(scene_info(r2).chunk_count, 1);
	cannot_take_from(&flow, "r1,r2", 6 * PAGE, -ENOMEM, "24576 bytes wanted, the largest free piece has 20480");
	cannot_take_from(&flow, "r1,r2", 0, -EINVAL, "0 bytes");
	cannot_take_from(&flow, "nothing", PAGE, -ENOENT, "nothing: no such region; there are r1, r2");
	cannot_take_from(&flow, "r1,,r2", PAGE, -EINVAL, "the name at column 4 is empty");
	cannot_take_from(&flow, "r1,", PAGE, -EINVAL, "column 4");
	cannot_take_from(&flow, "", PAGE, -EINVAL, "column 1");
	cannot_take_from(&flow, NULL, PAGE, -EINVAL, "column 1");
	assert_int_equal(cen_region_free(r2, second.start + second.bytes), -ENOENT);
	assert_int_equal(cen_region_unregister(r2, NULL), -EBUSY);
	assert_int_equal(cen_region_free(r1, first.start), 0);
	assert_int_equal(cen_region_free(r1, third.start), 0);
	assert_int_equal(cen_region_free(r2, second.start), 0);
	assert_int_equal(cen_region_unregister(r1, NULL), 0);
	assert_int_equal(cen_region_unregister(r2, NULL), 0);
	cannot_take_from(&flow, "r1,r2", PAGE, -ENOENT, "no such region; there are none");
	cen_region_unref(r1);
	cen_region_unref(r2);
	flow_stop(&flow);
}

/* A private region is not found by name; who has it allocates from it. */
static void test_private_region(void **state)
{
	struct cen_chunk chunk = {.size = sizeof(chunk)};
	struct cen_region *region;
	struct flow flow;

	(void)state;
	scene_start(&flow);
	region = scene_region(&flow, NULL, "plain", 4 * PAGE);
	assert_true(scene_info(region).is_private);
	assert_null(scene_info(region).name);
	assert_null(cen_machine_get_region(flow.machine, 0));
	assert_int_equal(cen_region_alloc(region, PAGE, 0, &chunk, NULL), 0);
	assert_int_equal(cen_region_free(region, chunk.start), 0);
	assert_int_equal(cen_region_unregister(region, NULL), 0);
	cen_region_unref(region);
	flow_stop(&flow);
}

/* A region waits for the algorithm that it names, and begins when that is registered. */
static void test_waiting(void **state)
{
	struct cen_region_desc desc = scene_desc("r", "plain", 4 * PAGE);
	struct cen_region *region;
	struct flow flow;
	int begun;

	(void)state;
	scene_start(&flow);
	begun = scene_get_begun();
	desc.algorithm = "other-fit";
	assert_int_equal(cen_region_create(flow.machine, &desc, &region, NULL), 0);
	assert_true(cen_region_is_registered(region));
	assert_int_equal(scene_info(region).state, CEN_REGION_WAITING);
	assert_string_equal(scene_info(region).algorithm, "other-fit");
	cannot_take_from(&flow, "r", PAGE, -ENOENT, "region r: algorithm other-fit is not registered");
	assert_int_equal(cen_context_add_region_algorithm(flow.ctx, &scene_other_algorithm, NULL), 0);
	assert_int_equal(scene_get_begun(), begun + 1);
	assert_int_equal(scene_info(region).state, CEN_REGION_USABLE);
	assert_int_equal(cen_region_free(region, take_from(&flow, "r", PAGE).start), 0);
	cen_region_unref(region);
	flow_stop(&flow);
}

/* An algorithm that does not begin: registered, not usable, and not tried again. */
static void test_failing_algorithm(void **state)
{
	struct cen_region_desc desc = scene_desc("r", "plain", SCENE_BAD_BYTES);
	int begun = scene_get_begun(), ended = scene_get_ended();
	struct cen_region *region;
	struct flow flow;

	(void)state;
	scene_start(&flow);
	assert_int_equal(cen_region_create(flow.machine, &desc, &region, NULL), 0);
	assert_true(cen_region_is_registered(region));
	assert_int_equal(scene_info(region).state, CEN_REGION_FAILED);
	assert_logged(&flow, "region r: not usable: algorithm first-fit: Numerical argument out of domain");
	cannot_take_from(&flow, "r", PAGE, -EDOM, "region r: not usable since its algorithm failed");
	assert_int_equal(cen_context_add_region_algorithm(flow.ctx, &scene_other_algorithm, NULL), 0);
	assert_int_equal(cen_region_register(region, NULL), 0);
	cannot_take_from(&flow, "r", PAGE, -EDOM, "failed");
	assert_int_equal(scene_get_begun(), begun + 1);
	assert_int_equal(cen_region_unregister(region, NULL), 0);
	/* What never began is not ended. */
	assert_int_equal(scene_get_ended(), ended);
	cen_region_unref(region);
	flow_stop(&flow);
}

/* Decoder and camera share a region because they never run together; a small one is for everything else. */
static void test_shared_by_turns(void **state)
{
	struct cen_region *shared, *common;
	struct cen_chunk film, frame, rest;
	struct flow flow;

	(void)state;
	scene_start(&flow);
	shared = scene_region(&flow, "video", "plain", 20 * PAGE);
	common = scene_region(&flow, "common", "plain", 5 * PAGE);
	film = take_from(&flow, "video", 18 * PAGE);
	rest = take_from(&flow, "common", 4 * PAGE);
	cannot_take_from(&flow, "video", 15 * PAGE, -ENOMEM, "61440 bytes wanted");
	cen_region_free(shared, film.start);
	frame = take_from(&flow, "video", 15 * PAGE);
	cen_region_free(shared, frame.start);
	cen_region_free(common, rest.start);
	cen_region_unref(shared);
	cen_region_unref(common);
	flow_stop(&flow);
}

/* Two banks of one memory, each backing the other. */
static void test_banks(void **state)
{
	int fd = scene_memfd(16 * PAGE);
	struct cen_region_desc desc = scene_desc("a", NULL, 8 * PAGE);
	struct cen_region *a, *b;
	struct cen_chunk chunks[3];
	struct flow flow;

	(void)state;
	scene_start(&flow);
	desc.fd = fd;
	desc.start = 0;
	assert_int_equal(cen_region_create(flow.machine, &desc, &a, NULL), 0);
	desc.name = "b";
	desc.start = 8 * PAGE;
	assert_int_equal(cen_region_create(flow.machine, &desc, &b, NULL), 0);
	close(fd);
	chunks[0] = take_from(&flow, "a,b", 5 * PAGE);
	chunks[1] = take_from(&flow, "b,a", 5 * PAGE);
	chunks[2] = take_from(&flow, "a,b", 3 * PAGE);
	assert_int_equal(chunks[0].offset, 0);
	assert_int_equal(chunks[1].offset, 8 * PAGE);
	assert_int_equal(chunks[2].offset, 5 * PAGE);
	chunks[0] = take_from(&flow, "a,b", 2 * PAGE);
	assert_ptr_equal(chunks[0].region, b);
	cen_region_free(a, 0);
	cen_region_free(a, 5 * PAGE);
	cen_region_free(b, 8 * PAGE);
	cen_region_free(b, chunks[0].start);
	cen_region_unref(a);
	cen_region_unref(b);
	flow_stop(&flow);
}

/*
 * Not to inherit: a chunk that was freed twice when making it failed half way. The algorithm of the scene aborts when
 * it is given back what it has, and the fds are counted.
 */
static void test_no_double_free(void **state)
{
	struct cen_chunk chunk = {.size = sizeof(chunk)};
	struct cen_region *region;
	struct flow flow;
	size_t fds;

	(void)state;
	flow_start(&flow, "source s carved=1\nfail carve EIO\n");
	assert_int_equal(cen_context_add_region_algorithm(flow.ctx, &scene_algorithm, NULL), 0);
	region = scene_region(&flow, "r", "s", 4 * PAGE);
	fds = balance_count_fds();
	for (int n = 0; n < 8; n++)
		assert_int_equal(cen_region_alloc(region, PAGE, 0, &chunk, NULL), -EIO);
	assert_int_equal(scene_info(region).free, 4 * PAGE);
	assert_int_equal(scene_info(region).largest_free, 4 * PAGE);
	assert_int_equal(scene_info(region).chunk_count, 0);
	assert_true(balance_check_fds(fds));
	cen_region_unref(region);
	flow_stop(&flow);
}

/* Not to inherit: the condition for the default algorithm was the wrong way round. */
static void test_default_algorithm(void **state)
{
	struct cen_region_desc desc = scene_desc("any", "s", 4 * PAGE), named = scene_desc("named", "s", 4 * PAGE);
	struct cen_region *any, *other;
	struct flow flow;

	(void)state;
	flow_start(&flow, "source s\n");
	/* Built-in algorithms aside: what is waited for is there already then. */
	desc.algorithm = NULL;
	named.algorithm = "first-fit";
	assert_int_equal(cen_region_create(flow.machine, &desc, &any, NULL), 0);
	assert_int_equal(cen_region_create(flow.machine, &named, &other, NULL), 0);
	if (scene_info(any).state == CEN_REGION_WAITING)
		cannot_take_from(&flow, "any", PAGE, -ENOENT, "region any: no algorithm is registered");
	assert_int_equal(cen_context_add_region_algorithm(flow.ctx, &scene_other_algorithm, NULL), 0);
	/* The one without a name begins with the first there is; the one that names another waits on. */
	assert_int_equal(scene_info(any).state, CEN_REGION_USABLE);
	assert_int_equal(scene_info(other).state, CEN_REGION_WAITING);
	assert_int_equal(cen_context_add_region_algorithm(flow.ctx, &scene_algorithm, NULL), 0);
	assert_string_equal(scene_info(other).algorithm, "first-fit");
	assert_int_equal(scene_info(other).state, CEN_REGION_USABLE);
	/* And stays with it. */
	assert_string_not_equal(scene_info(any).algorithm, "first-fit");
	cen_region_unref(any);
	cen_region_unref(other);
	flow_stop(&flow);
}

static void set_map(struct flow *flow, const char *text)
{
	struct cen_map *map;

	assert_int_equal(cen_map_parse(text, &map, NULL), 0);
	assert_int_equal(cen_context_set_map(flow->ctx, map), 0);
	cen_map_unref(map);
}

/* Allocates for a device and type; the name of the region that it came from, or "" with the errno in *ret. */
static const char *take_for(struct flow *flow, const char *device, const char *type, uint64_t bytes, int *ret)
{
	struct cen_region_info info = {.size = sizeof(info)};
	struct cen_chunk chunk = {.size = sizeof(chunk)};

	*ret = cen_region_alloc_for(flow->machine, device, type, bytes, 0, &chunk, NULL);
	if (*ret < 0)
		return "";
	assert_int_equal(cen_region_get_info(chunk.region, &info), 0);
	return info.name;
}

/* Two banks for bandwidth, each backing the other, and the rest where there is room. */
static void test_map(void **state)
{
	struct cen_region *a, *b, *found;
	struct cen_error *err = NULL;
	struct flow flow;
	int ret;

	(void)state;
	scene_start(&flow);
	a = scene_region(&flow, "a", "plain", 4 * PAGE);
	b = scene_region(&flow, "b", "plain", 4 * PAGE);
	assert_string_equal(take_for(&flow, "foo", "a", PAGE, &ret), "");
	assert_int_equal(ret, -ENOENT);
	set_map(&flow, "foo/a=a,b;foo/b=b,a;bar,/c=nothing,a;*/common=a,b");
	assert_string_equal(take_for(&flow, "foo", "a", 3 * PAGE, &ret), "a");
	assert_string_equal(take_for(&flow, "foo", "b", 2 * PAGE, &ret), "b");
	/* The first bank is too full, the other one helps out. */
	assert_string_equal(take_for(&flow, "foo", "a", 2 * PAGE, &ret), "b");
	/* No type is the common one, and the first matching rule decides. */
	assert_string_equal(take_for(&flow, "foo", NULL, PAGE, &ret), "a");
	assert_string_equal(take_for(&flow, "foo", "a", PAGE, &ret), "");
	assert_int_equal(ret, -ENOMEM);
	assert_string_equal(take_for(&flow, "foo", "z", PAGE, &ret), "");
	assert_int_equal(ret, -ENOENT);
	/* Info of what a device is given: names that are nothing here are passed over. */
	assert_int_equal(cen_machine_find_region_for(flow.machine, "bar", "c", 0, &found, NULL), 0);
	assert_ptr_equal(found, a);
	assert_int_equal(cen_machine_find_region_for(flow.machine, "bar", "c", 1, &found, &err), -ERANGE);
	assert_error_says(err, "fewer regions");
	/* "Later each gets its own, by configuration only": the next allocation follows the new map. */
	set_map(&flow, "foo=b");
	assert_string_equal(take_for(&flow, "foo", "a", PAGE, &ret), "");
	set_map(&flow, "foo=nothing");
	assert_string_equal(take_for(&flow, "foo", "a", PAGE, &ret), "");
	assert_int_equal(ret, -ENOENT);
	cen_region_unref(a);
	cen_region_unref(b);
	flow_stop(&flow);
}

/* Images, too: the solver takes a region where the map names it for every device, and not otherwise. */
static void test_map_in_a_solve(void **state)
{
	static const char script[] = "device /dev/fake-camera usages=capture\n"
				     "cap /dev/fake-camera capture NV12 LINEAR\n"
				     "device /dev/fake-display usages=scanout\n"
				     "cap /dev/fake-display scanout NV12 LINEAR\n"
				     "source plain cost=10\n";
	struct cen_buffer_memory memory = {.size = sizeof(memory)};
	struct cen_region_desc desc = scene_desc("frames", "plain", 256 * PAGE);
	struct cen_solution *solution;
	struct cen_region *region;
	struct cen_buffer *buffer;
	struct flow flow;

	(void)state;
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS, script);
	assert_int_equal(cen_context_add_region_algorithm(flow.ctx, &scene_algorithm, NULL), 0);
	assert_int_equal(cen_machine_create_live(flow.ctx, 0, &flow.machine, NULL), 0);
	assert_int_equal(cen_region_create(flow.machine, &desc, &region, NULL), 0);
	for (int named = 0; named < 2; named++) {
		set_map(&flow, named ? "*=frames,plain" : "*=plain,fake");
		solution = flow_solve(&flow, 640, 360, 1, NV12, CEN_USAGE_CAPTURE, "/dev/fake-camera",
				      CEN_USAGE_SCANOUT, "/dev/fake-display");
		assert_int_equal(cen_solution_get_plan_count(solution), named ? 2 : 1);
		assert_int_equal(cen_plan_allocate(cen_solution_get_plan(solution, 0), 1, 0, &buffer, NULL), 0);
		assert_int_equal(cen_buffer_get_memory(buffer, &memory), 0);
		assert_string_equal(memory.source, named ? "frames" : "plain");
		assert_int_equal(scene_info(region).chunk_count, named);
		cen_buffer_unref(buffer);
		assert_int_equal(scene_info(region).chunk_count, 0);
		cen_solution_unref(solution);
	}
	cen_region_unref(region);
	flow_stop(&flow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_early_regions),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_private_region),
		cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_failing_algorithm),
		cmocka_unit_test(test_shared_by_turns),
		cmocka_unit_test(test_banks),
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_map_in_a_solve),
		cmocka_unit_test(test_no_double_free),
		cmocka_unit_test(test_default_algorithm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
