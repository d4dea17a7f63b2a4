/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Regions: what is refused and why, states, chunks, and algorithms or sources that break their word. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "balance.h"
#include "region-scene.h"

static void refuse(struct flow *flow, const struct cen_region_desc *desc, int ret, const char *text)
{
	struct cen_region *region = (struct cen_region *)1;
	struct cen_error *err = NULL;
	int got = cen_region_create(flow->machine, desc, &region, &err);

	if (got != ret)
		fail_msg("%d, not %d: %s", got, ret, err ? cen_error_get_message(err) : "");
	assert_null(region);
	assert_error_says(err, text);
}

static void test_refused(void **state)
{
	struct cen_region_desc desc;
	struct cen_region *region;
	struct flow flow;
	size_t fds;

	(void)state;
	scene_start(&flow);
	fds = balance_count_fds();
	refuse(&flow, (desc = scene_desc("a,b", "plain", PAGE), &desc), -EINVAL, "a name has");
	refuse(&flow, (desc = scene_desc("", "plain", PAGE), &desc), -EINVAL, "a name has");
	refuse(&flow, (desc = scene_desc("a", "plain", 0), &desc), -EINVAL, "region a: it has no bytes");
	refuse(&flow, (desc = scene_desc("a", "plain", UINT64_MAX), &desc), -EINVAL, "18446744073709551615 bytes");
	refuse(&flow, (desc = scene_desc("a", "nothing", PAGE), &desc), -ENODEV, "no such source");
	refuse(&flow, (desc = scene_desc("a", NULL, PAGE), &desc), -EINVAL, "neither a source nor an fd");
	refuse(&flow, (desc = scene_desc("plain", "plain", PAGE), &desc), -EEXIST, "a source has this name");
	refuse(&flow, (desc = scene_desc("a", "small", 5 * PAGE), &desc), -ENOMEM, "at most 16384");
	desc = scene_desc("a", "plain", PAGE);
	desc.flags = 0x80;
	refuse(&flow, &desc, -EINVAL, "0x80");
	desc = scene_desc("a", "plain", PAGE);
	desc.alignment = 12288;
	refuse(&flow, &desc, -EINVAL, "12288 is neither 0 nor a power of two");
	desc = scene_desc("a", "plain", PAGE);
	desc.start = PAGE;
	refuse(&flow, &desc, -EINVAL, "begins at 0");
	desc.size = 8;
	refuse(&flow, &desc, -EINVAL, "too small");
	region = scene_region(&flow, "a", "plain", PAGE);
	refuse(&flow, (desc = scene_desc("a", "plain", PAGE), &desc), -EEXIST, "region of this name");
	assert_int_equal(cen_region_unregister(region, NULL), 0);
	cen_region_unref(region);
	/* What was refused, or is unregistered, is not there. */
	assert_null(cen_machine_get_region(flow.machine, 0));
	assert_true(balance_check_fds(fds));
	flow_stop(&flow);
}

/* Memory of the application's: fds that are none, ranges that are none, gaps, and overlap. */
static void test_given_memory(void **state)
{
	int fd = scene_memfd(16 * PAGE), file;
	struct cen_region_desc desc = scene_desc("a", NULL, 4 * PAGE);
	struct cen_region *a, *b, *c;
	struct cen_error *err = NULL;
	struct flow flow;

	(void)state;
	scene_start(&flow);
	desc.fd = 9999;
	refuse(&flow, &desc, -EINVAL, "fd 9999");
	file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	desc.fd = file;
	refuse(&flow, &desc, -EINVAL, "is no dma-buf");
	close(file);
	desc.fd = fd;
	desc.start = 2 * PAGE + 1;
	refuse(&flow, &desc, -EINVAL, "is not a multiple of 4096");
	desc.alignment = 4 * PAGE;
	desc.start = 2 * PAGE;
	refuse(&flow, &desc, -EINVAL, "8192 is not a multiple of 16384");
	desc.alignment = 0;
	desc.start = UINT64_MAX - 2 * PAGE + 1;
	refuse(&flow, &desc, -EINVAL, "wrap around");
	desc.start = 13 * PAGE;
	refuse(&flow, &desc, -EINVAL, "beyond its memory of 65536");
	desc.start = 2 * PAGE;
	assert_int_equal(cen_region_create(flow.machine, &desc, &a, NULL), 0);
	/* Another fd of the same memory is the same memory. */
	desc.name = NULL;
	desc.start = 5 * PAGE;
	desc.fd = dup(fd);
	assert_int_equal(cen_region_create(flow.machine, &desc, &b, &err), -EADDRINUSE);
	assert_error_says(err, "a private region: bytes 20480 to 36864 of its memory: region a has 8192 to 24576");
	/* The first gap at the alignment; the one in front of a is too small. */
	desc.start = CEN_REGION_ANYWHERE;
	desc.alignment = 8 * PAGE;
	assert_int_equal(cen_region_create(flow.machine, &desc, &b, NULL), 0);
	close(desc.fd);
	assert_int_equal(scene_info(b).lower, 8 * PAGE);
	assert_int_equal(scene_info(b).upper, 12 * PAGE);
	desc.fd = fd;
	desc.bytes = 9 * PAGE;
	assert_int_equal(cen_region_create(flow.machine, &desc, &c, &err), -ENOSPC);
	assert_error_says(err, "no gap of 36864 bytes");
	/* What is unregistered is in nobody's way. */
	assert_int_equal(cen_region_unregister(b, NULL), 0);
	desc.bytes = 4 * PAGE;
	assert_int_equal(cen_region_create(flow.machine, &desc, &c, NULL), 0);
	assert_int_equal(scene_info(c).lower, 8 * PAGE);
	cen_region_unref(a);
	cen_region_unref(b);
	cen_region_unref(c);
	flow_stop(&flow);
	close(fd);
}

static struct cen_chunk take(struct cen_region *region, uint64_t bytes, uint64_t alignment)
{
	struct cen_chunk chunk = {.size = sizeof(chunk)};
	struct cen_error *err = NULL;

	if (cen_region_alloc(region, bytes, alignment, &chunk, &err) < 0)
		fail_msg("%s", cen_error_get_message(err));
	assert_ptr_equal(chunk.region, region);
	return chunk;
}

static void cannot_take(struct cen_region *region, uint64_t bytes, uint64_t alignment, int ret, const char *text)
{
	struct cen_chunk chunk = {.size = sizeof(chunk), .fd = 1, .bytes = 1};
	struct cen_error *err = NULL;
	int got = cen_region_alloc(region, bytes, alignment, &chunk, &err);

	if (got != ret)
		fail_msg("%d, not %d: %s", got, ret, err ? cen_error_get_message(err) : "");
	assert_int_equal(chunk.fd, -1);
	assert_int_equal(chunk.bytes, 0);
	assert_error_says(err, text);
}

static void test_chunks(void **state)
{
	struct cen_region *region;
	struct cen_region_info info;
	struct cen_error *err = NULL;
	struct cen_chunk a, b;
	struct flow flow;

	(void)state;
	scene_start(&flow);
	region = scene_region(&flow, "a", "plain", 8 * PAGE - 5);
	a = take(region, 1, 0);
	b = take(region, PAGE + 1, 2 * PAGE);
	assert_int_equal(a.bytes, PAGE);
	assert_int_equal(b.bytes, 2 * PAGE);
	assert_int_equal(b.start, 2 * PAGE);
	assert_int_equal(b.offset, 2 * PAGE);
	assert_int_equal(b.fd, a.fd);
	assert_int_equal(b.is_own, 0);
	info = scene_info(region);
	assert_string_equal(info.name, "a");
	assert_string_equal(info.algorithm, "first-fit");
	assert_string_equal(info.source, "plain");
	assert_int_equal(info.state, CEN_REGION_USABLE);
	assert_int_equal(info.upper - info.lower, 8 * PAGE);
	assert_int_equal(info.total, 8 * PAGE);
	assert_int_equal(info.free, 5 * PAGE);
	assert_int_equal(info.largest_free, 4 * PAGE);
	assert_int_equal(info.chunk_count, 2);
	cannot_take(region, 0, 0, -EINVAL, "a chunk of 0 bytes");
	cannot_take(region, PAGE, 3, -EINVAL, "alignment 3 is neither");
	cannot_take(region, 5 * PAGE, 0, -ENOMEM, "20480 bytes wanted, the largest free piece has 16384");
	cannot_take(region, 9 * PAGE, 0, -ENOMEM, "36864 bytes wanted, it has 32768 in all");
	cannot_take(region, UINT64_MAX, 0, -ENOMEM, "bytes wanted");
	cannot_take(region, PAGE, UINT64_C(1) << 63, -ENOMEM, "bytes wanted");
	assert_int_equal(cen_region_unregister(region, &err), -EBUSY);
	assert_int_equal(cen_error_get_held(err), 3 * PAGE);
	assert_error_says(err, "region a: 2 chunks of together 12288 bytes live");
	/* What is not there changes nothing: neither a place within a chunk, nor one that was freed. */
	assert_int_equal(cen_region_free(region, b.start + PAGE), -ENOENT);
	assert_logged(&flow, "warning region: region a: free: no chunk begins at 12288");
	assert_int_equal(cen_region_free(region, b.start), 0);
	assert_int_equal(cen_region_free(region, b.start), -ENOENT);
	assert_int_equal(scene_info(region).free, 7 * PAGE);
	assert_int_equal(cen_region_free(region, a.start), 0);
	assert_int_equal(cen_region_unregister(region, NULL), 0);
	assert_int_equal(cen_region_unregister(region, &err), -EINVAL);
	assert_error_says(err, "was unregistered");
	cannot_take(region, PAGE, 0, -EINVAL, "was unregistered");
	assert_int_equal(scene_info(region).state, CEN_REGION_UNREGISTERED);
	cen_region_unref(region);
	flow_stop(&flow);
}

/* Where the region begins at less than the alignment, the chunk is aligned all the same. */
static void test_alignment_in_memory(void **state)
{
	int fd = scene_memfd(32 * PAGE);
	struct cen_region_desc desc = scene_desc("a", NULL, 16 * PAGE);
	struct cen_region *region;
	struct cen_chunk chunk;
	struct flow flow;

	(void)state;
	scene_start(&flow);
	desc.fd = fd;
	desc.start = 3 * PAGE;
	assert_int_equal(cen_region_create(flow.machine, &desc, &region, NULL), 0);
	chunk = take(region, PAGE, 4 * PAGE);
	assert_int_equal(chunk.start, 4 * PAGE);
	chunk = take(region, PAGE, 4 * PAGE);
	assert_int_equal(chunk.start % (4 * PAGE), 0);
	assert_true(chunk.start + chunk.bytes <= scene_info(region).upper);
	/* Natural alignment: the size says it. */
	desc.name = "natural";
	desc.flags = CEN_REGION_NATURAL;
	desc.start = 20 * PAGE;
	desc.bytes = 12 * PAGE;
	cen_region_free(region, chunk.start);
	cen_region_free(region, 4 * PAGE);
	cen_region_unregister(region, NULL);
	cen_region_unref(region);
	assert_int_equal(cen_region_create(flow.machine, &desc, &region, NULL), 0);
	take(region, PAGE, 0);
	chunk = take(region, 3 * PAGE, 0);
	assert_int_equal(chunk.start, 24 * PAGE);
	cen_region_free(region, 24 * PAGE);
	cen_region_free(region, 20 * PAGE);
	cen_region_unref(region);
	flow_stop(&flow);
	close(fd);
}

/* Chunks that are dma-bufs of their own, and sources that break their word over it. */
static void test_carved(void **state)
{
	static const struct {
		const char *words, *text;
		int ret;
	} wrong[] = {
		{"source s carved=1 wrong=size\n", "carve: object 0 has", -EPROTO},
		{"source s carved=1 wrong=file\n", "it has 16384 bytes, the chunk 8192", -EPROTO},
		{"source s carved=1 wrong=fd\n", "carve: object 0 has fd -1", -EPROTO},
		{"source s carved=1\nfail carve ENOMEM\n", "s: scripted (FAKE_CALL", -ENOMEM},
		{"source s carved=1\nfail carve lie\n", "returned 42", -EPROTO},
		{"source s carved=1\nfail reserve ENOMEM\n", "scripted", -ENOMEM},
		{"source s carved=1\nfail reserve lie\n", "returned 42", -EPROTO},
		{"source s wrong=size\n", "broke its contract", -EPROTO},
	};
	struct cen_region *region;
	struct cen_chunk a, b;
	struct stat first, second;
	struct flow flow;
	size_t fds;

	(void)state;
	scene_start(&flow);
	region = scene_region(&flow, "a", "cuttable", 8 * PAGE);
	assert_int_equal(scene_info(region).is_carved, 1);
	fds = balance_count_fds();
	a = take(region, PAGE, 0);
	b = take(region, 2 * PAGE, 0);
	assert_int_equal(a.is_own + b.is_own, 2);
	assert_int_equal(a.offset + b.offset, 0);
	assert_int_equal(fstat(a.fd, &first) + fstat(b.fd, &second), 0);
	assert_true(first.st_ino != second.st_ino);
	assert_int_equal(second.st_size, 2 * PAGE);
	assert_true(fcntl(a.fd, F_GETFD) & FD_CLOEXEC);
	cen_region_free(region, a.start);
	cen_region_free(region, b.start);
	assert_true(balance_check_fds(fds));
	cen_region_unref(region);
	flow_stop(&flow);
	for (size_t n = 0; n < sizeof(wrong) / sizeof(wrong[0]); n++) {
		struct cen_region_desc desc = scene_desc("a", "s", 8 * PAGE);

		flow_start(&flow, wrong[n].words);
		assert_int_equal(cen_context_add_region_algorithm(flow.ctx, &scene_algorithm, NULL), 0);
		fds = balance_count_fds();
		assert_int_equal(cen_region_declare(flow.machine, &desc, &region, NULL), 0);
		cannot_take(region, 2 * PAGE, 0, wrong[n].ret, wrong[n].text);
		assert_int_equal(scene_info(region).chunk_count, 0);
		assert_int_equal(scene_info(region).free, 8 * PAGE);
		cen_region_unregister(region, NULL);
		cen_region_unref(region);
		assert_true(balance_check_fds(fds));
		flow_stop(&flow);
	}
}

/* The same memory for two chunks is refused, and closed once. A trim that fails is told, and that is all. */
static void test_carved_twice(void **state)
{
	struct cen_region *region;
	struct flow flow;
	size_t fds;

	(void)state;
	flow_start(&flow, "source s carved=1 wrong=copy\nfail trim EIO\n");
	cen_context_add_region_algorithm(flow.ctx, &scene_algorithm, NULL);
	region = scene_region(&flow, NULL, "s", 2 * PAGE);
	take(region, PAGE, 0);
	fds = balance_count_fds();
	cannot_take(region, PAGE, 0, -EPROTO, "a private region: its source gave memory that another chunk has");
	/* The second fd of the first chunk's memory is nobody's. */
	assert_true(balance_check_fds(fds));
	assert_int_equal(cen_region_free(region, 0), 0);
	assert_logged(&flow, "4096 bytes from 0 on were not given back: scripted");
	assert_int_equal(scene_info(region).free, 2 * PAGE);
	cen_region_unref(region);
	flow_stop(&flow);
}

static int lie_result;
static uint64_t lie_start;

static int lie(void *state, uint64_t bytes, uint64_t alignment, uint64_t *start)
{
	(void)state;
	(void)bytes;
	(void)alignment;
	*start = lie_start;
	return lie_result;
}

/* An algorithm that gives what is none: an error, and it is never asked again. */
static void test_lying_algorithm(void **state)
{
	static const struct {
		int ret;
		uint64_t start;
	} lies[] = {{0, 1}, {0, 8 * PAGE}, {0, 7 * PAGE}, {0, UINT64_MAX - PAGE + 1}, {7, 0}, {-70000, 0}};
	struct cen_region_algorithm liar = scene_algorithm;
	struct cen_region *region;
	struct flow flow;

	(void)state;
	liar.name = "liar";
	liar.alloc = lie;
	scene_start(&flow);
	assert_int_equal(cen_context_add_region_algorithm(flow.ctx, &liar, NULL), 0);
	for (size_t n = 0; n < sizeof(lies) / sizeof(lies[0]); n++) {
		struct cen_region_desc desc = scene_desc("a", "plain", 8 * PAGE);

		desc.algorithm = "liar";
		lie_result = lies[n].ret;
		lie_start = lies[n].start;
		assert_int_equal(cen_region_create(flow.machine, &desc, &region, NULL), 0);
		cannot_take(region, 2 * PAGE, 0, -EPROTO, "algorithm liar broke its contract");
		assert_int_equal(scene_info(region).state, CEN_REGION_FAILED);
		lie_result = 0;
		lie_start = 0;
		cannot_take(region, 2 * PAGE, 0, -EPROTO, "region a: not usable since its algorithm failed");
		assert_int_equal(cen_region_unregister(region, NULL), 0);
		cen_region_unref(region);
	}
	flow_stop(&flow);
}

/* Two chunks in one place. */
static void test_overlapping_algorithm(void **state)
{
	struct cen_region_desc desc = scene_desc("a", "plain", 8 * PAGE);
	struct cen_region_algorithm liar = scene_algorithm;
	struct cen_region *region;
	struct flow flow;

	(void)state;
	liar.name = "liar";
	liar.alloc = lie;
	desc.algorithm = "liar";
	scene_start(&flow);
	cen_context_add_region_algorithm(flow.ctx, &liar, NULL);
	assert_int_equal(cen_region_create(flow.machine, &desc, &region, NULL), 0);
	lie_result = 0;
	lie_start = 2 * PAGE;
	take(region, 2 * PAGE, 0);
	lie_start = PAGE;
	cannot_take(region, 2 * PAGE, 0, -EPROTO, "it put a chunk where none can be: 4096");
	/* The first one is good still, and can be given back. */
	assert_int_equal(cen_region_free(region, 2 * PAGE), 0);
	assert_int_equal(cen_region_unregister(region, NULL), 0);
	cen_region_unref(region);
	flow_stop(&flow);
}

static void refuse_algorithm(struct flow *flow, const struct cen_region_algorithm *algorithm, int ret, const char *text)
{
	struct cen_error *err = NULL;

	assert_int_equal(cen_context_add_region_algorithm(flow->ctx, algorithm, &err), ret);
	assert_error_says(err, text);
}

static void test_algorithms(void **state)
{
	struct cen_region_algorithm bad = scene_other_algorithm;
	struct flow flow;

	(void)state;
	scene_start(&flow);
	/* Those of the backend: the first of a name, and only with a name. */
	assert_logged(&flow, "backend scene: algorithm first-fit not taken: another algorithm of this name");
	assert_logged(&flow, "backend scene: algorithm  not taken: its name is not 1 to 31");
	refuse_algorithm(&flow, NULL, -EINVAL, "NULL");
	refuse_algorithm(&flow, &scene_algorithm, -EEXIST, "\"first-fit\" was registered already");
	bad.size--;
	refuse_algorithm(&flow, &bad, -EINVAL, "smaller");
	bad = scene_other_algorithm;
	bad.name = "a/b";
	refuse_algorithm(&flow, &bad, -EINVAL, "its name is not");
	bad = scene_other_algorithm;
	bad.description = NULL;
	refuse_algorithm(&flow, &bad, -EINVAL, "no description");
	bad = scene_other_algorithm;
	bad.cleanup = NULL;
	refuse_algorithm(&flow, &bad, -EINVAL, "no init() or cleanup()");
	bad = scene_other_algorithm;
	bad.free = NULL;
	refuse_algorithm(&flow, &bad, -EINVAL, "no alloc(), free()");
	flow_stop(&flow);
}

/* Regions, chunks, machine and context in whatever order they end. */
static void test_order_of_ends(void **state)
{
	size_t fds = balance_count_fds();
	int ended = scene_get_ended(), begun = scene_get_begun();
	struct cen_region *named, *private_one;
	struct cen_chunk chunk;
	struct flow flow;

	(void)state;
	scene_start(&flow);
	named = scene_region(&flow, "a", "plain", 8 * PAGE);
	private_one = scene_region(&flow, NULL, "cuttable", 8 * PAGE);
	chunk = take(named, PAGE, 0);
	take(private_one, PAGE, 0);
	flow_stop(&flow);
	/* Without the machine there is no name to find it by, but whoever has it can use it. */
	take(named, PAGE, 0);
	assert_int_equal(scene_info(named).chunk_count, 2);
	cen_region_free(named, PAGE);
	cen_region_unref(named);
	assert_int_equal(scene_get_ended(), ended);
	assert_int_equal(cen_region_free(chunk.region, chunk.start), 0);
	assert_int_equal(scene_get_ended(), ended + 1);
	assert_int_equal(cen_region_free(private_one, 0), 0);
	cen_region_unref(private_one);
	assert_int_equal(scene_get_begun() - begun, scene_get_ended() - ended);
	assert_true(balance_check_fds(fds));
}

/* The machine keeps a named region that nobody else holds. */
static void test_machine_holds(void **state)
{
	size_t fds = balance_count_fds();
	struct cen_region *found;
	struct cen_error *err = NULL;
	struct flow flow;

	(void)state;
	scene_start(&flow);
	cen_region_unref(scene_region(&flow, "a", "plain", PAGE));
	cen_region_unref(scene_region(&flow, NULL, "plain", PAGE));
	cen_region_unref(scene_region(&flow, "b", "plain", PAGE));
	assert_string_equal(scene_info(cen_machine_get_region(flow.machine, 1)).name, "b");
	assert_null(cen_machine_get_region(flow.machine, 2));
	assert_int_equal(cen_machine_find_region(flow.machine, "a", &found, NULL), 0);
	assert_ptr_equal(found, cen_machine_get_region(flow.machine, 0));
	assert_int_equal(cen_machine_find_region(flow.machine, "c", &found, &err), -ENOENT);
	assert_null(found);
	assert_error_says(err, "c: no such region; there are a, b");
	flow_stop(&flow);
	assert_true(balance_check_fds(fds));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),         cmocka_unit_test(test_given_memory),
		cmocka_unit_test(test_chunks),          cmocka_unit_test(test_alignment_in_memory),
		cmocka_unit_test(test_carved),          cmocka_unit_test(test_carved_twice),
		cmocka_unit_test(test_lying_algorithm), cmocka_unit_test(test_overlapping_algorithm),
		cmocka_unit_test(test_algorithms),      cmocka_unit_test(test_order_of_ends),
		cmocka_unit_test(test_machine_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
