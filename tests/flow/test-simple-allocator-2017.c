/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The simple allocator, RFC of 2017: one call per memory region, an fd and its real length out, close() frees. Its
 * sample sequence, and what it must refuse. On real heaps: tests/vm/guest-tests/simple-allocator-2017.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "balance.h"
#include "fault.h"
#include "flow.h"

#define KIB 1024u
#define READ_WRITE (CEN_HEAP_READ_WRITE | CEN_HEAP_CLOEXEC)
#define READ_ONLY (CEN_HEAP_READ_ONLY | CEN_HEAP_CLOEXEC)

static const char heaps_script[] = "source pages fd-mode=any\n"
				   "source contiguous segments=1 placement=cma cost=100 max=67108864\n"
				   "source full fail-after=0 free=8192\n"
				   "source closed access=EACCES help=ask-for-it\n"
				   "source broken wrong=size\n"
				   "source zero wrong=zero\n";

static const struct cen_source *find(struct flow *flow, const char *name)
{
	const struct cen_source *source;

	assert_int_equal(cen_machine_find_source(flow->machine, name, &source, NULL), 0);
	return source;
}

/* Open the region, allocate 16 KiB, map shared, fill, unmap, close. */
static void test_sample(void **state)
{
	static const char *const names[] = {"pages", "contiguous"};
	size_t fds = balance_count_fds();
	struct flow flow;

	(void)state;
	flow_start(&flow, heaps_script);
	for (size_t n = 0; n < 2; n++) {
		size_t open_fds = balance_count_fds();
		uint64_t length = 0;
		void *bytes;
		int fd = -1;

		assert_int_equal(cen_heap_alloc(find(&flow, names[n]), 16 * KIB, READ_WRITE, &fd, &length, NULL), 0);
		assert_true(fd > STDERR_FILENO);
		assert_int_equal(length, 16 * KIB);
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
		assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
		bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		assert_ptr_not_equal(bytes, MAP_FAILED);
		memset(bytes, 0xff, length);
		munmap(bytes, length);
		close(fd);
		assert_true(balance_check_fds(open_fds));
	}
	flow_stop(&flow);
	assert_true(balance_check_fds(fds));
}

static void test_real_length(void **state)
{
	static const uint64_t lengths[] = {1, 4095, 4096, 4097, 100000};
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct flow flow;

	(void)state;
	flow_start(&flow, heaps_script);
	for (size_t n = 0; n < 5; n++) {
		uint64_t length;
		struct stat st;
		int fd;

		assert_int_equal(cen_heap_alloc(find(&flow, "pages"), lengths[n], READ_WRITE, &fd, &length, NULL), 0);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(length, st.st_size);
		assert_int_equal(length % page, 0);
		assert_true(length >= lengths[n] && length < lengths[n] + page);
		close(fd);
	}
	flow_stop(&flow);
}

/* Nobody has to know where the memory came from, or that there was a library. */
static void test_fd_outlives_all(void **state)
{
	struct flow flow;
	char *bytes;
	int fd;

	(void)state;
	flow_start(&flow, heaps_script);
	assert_int_equal(cen_heap_alloc(find(&flow, "pages"), 16 * KIB, CEN_HEAP_READ_WRITE, &fd, NULL, NULL), 0);
	flow_stop(&flow);
	assert_int_equal(fcntl(fd, F_GETFD), 0);
	bytes = mmap(NULL, 16 * KIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(bytes, MAP_FAILED);
	bytes[16 * KIB - 1] = 1;
	munmap(bytes, 16 * KIB);
	close(fd);
}

static void test_read_only(void **state)
{
	struct cen_error *err = NULL;
	struct flow flow;
	void *bytes;
	size_t fds;
	int fd;

	(void)state;
	flow_start(&flow, heaps_script);
	assert_int_equal(cen_heap_alloc(find(&flow, "pages"), 16 * KIB, READ_ONLY, &fd, NULL, NULL), 0);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_ptr_equal(mmap(NULL, 16 * KIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	bytes = mmap(NULL, 16 * KIB, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(bytes, MAP_FAILED);
	munmap(bytes, 16 * KIB);
	close(fd);
	/* This one gives what it always gives: that is not what was asked for. */
	fds = balance_count_fds();
	assert_int_equal(cen_heap_alloc(find(&flow, "contiguous"), 16 * KIB, READ_ONLY, &fd, NULL, &err), -EOPNOTSUPP);
	assert_int_equal(fd, -1);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_USAGE);
	assert_error_says(err, "contiguous does not make read-only dma-bufs");
	assert_true(balance_check_fds(fds));
	flow_stop(&flow);
}

/* One refusal: its errno, its code, and words that name the thing, the value or the bound. */
struct refusal {
	const char *source;
	uint64_t length;
	uint32_t flags;
	int ret;
	enum cen_error_code code;
	uint64_t wanted, held; /* 0, 0: not looked at */
	const char *says;
};

static const struct refusal refusals[] = {
	{"pages", 4096, READ_WRITE | CEN_HEAP_VERSION(1), -EINVAL, CEN_ERROR_ARGUMENT, 0, 0,
	 "version 1 wanted, this library has version 0"},
	{"pages", 4096, READ_WRITE | CEN_HEAP_VERSION(255) | 1u << 20, -EINVAL, CEN_ERROR_ARGUMENT, 0, 0,
	 "version 255"},
	{"pages", 4096, READ_WRITE | 1u << 3, -EINVAL, CEN_ERROR_UNKNOWN_FLAG, 0, 0, "unknown flags 0x8"},
	{"pages", 4096, CEN_HEAP_CLOEXEC, -EINVAL, CEN_ERROR_ARGUMENT, 0, 0, "no access mode"},
	{"pages", 4096, READ_WRITE | CEN_HEAP_READ_ONLY, -EINVAL, CEN_ERROR_ARGUMENT, 0, 0,
	 "more than one access mode"},
	{"pages", 0, READ_WRITE, -EINVAL, CEN_ERROR_ARGUMENT, 0, 0, "pages: length 0"},
	{"pages", UINT64_MAX, READ_WRITE, -EOVERFLOW, CEN_ERROR_OVERFLOW, 0, 0, "wanted 18446744073709551615 bytes"},
	{"pages", 1ull << 63, READ_WRITE, -EOVERFLOW, CEN_ERROR_OVERFLOW, 0, 0, "9223372036854775807"},
	{"contiguous", 67108865, READ_WRITE, -ENOMEM, CEN_ERROR_ALLOCATION, 67108865, 67108864,
	 "contiguous: wanted 67108865 bytes, one buffer has at most 67108864"},
	{"full", 16 * KIB, READ_WRITE, -ENOMEM, CEN_ERROR_ALLOCATION, 16 * KIB, 8 * KIB, "full: no memory"},
	{"closed", 16 * KIB, READ_WRITE, -EACCES, CEN_ERROR_PERMISSION, 0, 0, "ask-for-it"},
	{"broken", 16 * KIB, READ_WRITE, -EPROTO, CEN_ERROR_BACKEND, 0, 0, "backend fake broke its contract"},
	{"zero", 16 * KIB, READ_WRITE, -EPROTO, CEN_ERROR_BACKEND, 0, 0, "backend fake broke its contract"},
};

static void test_refusals(void **state)
{
	size_t fds = balance_count_fds();
	struct flow flow;

	(void)state;
	flow_start(&flow, heaps_script);
	for (size_t n = 0; n < sizeof(refusals) / sizeof(refusals[0]); n++) {
		const struct refusal *refusal = &refusals[n];
		struct cen_error *err = NULL;
		uint64_t length = 77;
		int fd = 77, ret;

		ret = cen_heap_alloc(find(&flow, refusal->source), refusal->length, refusal->flags, &fd, &length, &err);
		if (ret != refusal->ret || cen_error_get_code(err) != refusal->code)
			fail_msg("refusal %zu: returned %d, \"%s\"", n, ret, err ? cen_error_get_message(err) : "");
		assert_int_equal(fd, -1);
		assert_int_equal(length, 0);
		assert_int_equal(cen_error_get_errno(err), ret);
		if (refusal->wanted) {
			assert_int_equal(cen_error_get_wanted(err), refusal->wanted);
			assert_int_equal(cen_error_get_held(err), refusal->held);
		}
		assert_error_says(err, refusal->says);
	}
	flow_stop(&flow);
	assert_true(balance_check_fds(fds));
}

/* A source that makes images only is told by its facts, and refuses. The fake backend has none: this one is made so. */
static int make_nothing(void *state, struct cen_call *call, const struct cen_source_desc *source,
			const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out, uint32_t *made)
{
	(void)state, (void)call, (void)source, (void)wish, (void)count, (void)out;
	*made = 0;
	return -EIO;
}

static const struct cen_host *images_host;

static int open_images(const struct cen_host *host, struct cen_call *call, void **state)
{
	(void)call;
	(void)state;
	images_host = host;
	return 0;
}

static int list_images(void *state, struct cen_call *call)
{
	const struct cen_source_desc desc = {
		.size = sizeof(desc),
		.name = "images",
		.provenance = CEN_PROVENANCE_DECLARED,
		.placement = CEN_PLACEMENT_DEVICE,
		.fd_mode = CEN_FD_READ_WRITE,
	};

	(void)state;
	return images_host->add_source(call, &desc);
}

static const struct cen_backend images_backend = {
	.size = sizeof(images_backend),
	.abi = CEN_BACKEND_ABI,
	.name = "images",
	.description = "a source that makes images only",
	.open = open_images,
	.list = list_images,
	.allocate = make_nothing,
};

static void test_images_only(void **state)
{
	struct cen_source_info info = {.size = sizeof(info)};
	struct cen_error *err = NULL;
	struct flow flow;
	int fd;

	(void)state;
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS, heaps_script);
	assert_int_equal(cen_context_add_backend(flow.ctx, &images_backend, NULL), 0);
	assert_int_equal(cen_machine_create_live(flow.ctx, 0, &flow.machine, NULL), 0);
	assert_int_equal(cen_source_get_info(find(&flow, "images"), &info), 0);
	assert_int_equal(info.has_bytes, 0);
	assert_int_equal(cen_source_get_info(find(&flow, "pages"), &info), 0);
	assert_int_equal(info.has_bytes, 1);
	assert_int_equal(cen_heap_alloc(find(&flow, "images"), 4096, READ_WRITE, &fd, NULL, &err), -EOPNOTSUPP);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_USAGE);
	assert_error_says(err, "images makes images only, not memory by the byte");
	flow_stop(&flow);
}

/* Every call that fails in turn leaves no fd and no memory behind. */
static void sweep(const struct cen_source *heap, uint32_t flags, unsigned long calls)
{
	bool fired = true;
	unsigned long n;

	for (n = 1; fired; n++) {
		size_t fds = balance_count_fds(), alive = fault_alive();
		struct cen_error *err = NULL;
		uint64_t length;
		int fd, ret;

		fault_arm(FAULT_ALL, n);
		ret = cen_heap_alloc(heap, 16 * KIB, flags, &fd, &length, &err);
		fired = fault_disarm();
		assert_true(ret < 0 ? fd == -1 && length == 0 && fired : fd >= 0 && length == 16 * KIB);
		cen_error_destroy(err);
		if (fd >= 0)
			close(fd);
		assert_int_equal(fault_alive(), alive);
		assert_true(balance_check_fds(fds));
	}
	/* The last round is the one without a failure. */
	assert_int_equal(n - 2, calls);
}

static void test_faults(void **state)
{
	struct flow flow;

	(void)state;
	flow_start(&flow, heaps_script);
	/* The last call of each names the memory, which nobody misses. */
	sweep(find(&flow, "pages"), READ_WRITE, 2);
	sweep(find(&flow, "pages"), CEN_HEAP_READ_ONLY, 3);
	sweep(find(&flow, "contiguous"), CEN_HEAP_READ_WRITE, 2);
	flow_stop(&flow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample),          cmocka_unit_test(test_real_length),
		cmocka_unit_test(test_fd_outlives_all), cmocka_unit_test(test_read_only),
		cmocka_unit_test(test_refusals),        cmocka_unit_test(test_images_only),
		cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
