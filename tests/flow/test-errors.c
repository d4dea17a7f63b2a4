/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Allocation that fails: each code, and what the error says. */
#include <errno.h>
#include <time.h>

#include "balance.h"
#include "flow.h"

#define CAMERA                                                                                                         \
	"device /dev/cam usages=capture\n"                                                                             \
	"cap /dev/cam capture XR24 LINEAR\n"                                                                           \
	"device /dev/gpu usages=texture\n"                                                                             \
	"cap /dev/gpu texture XR24 LINEAR\n"

static struct cen_solution *solve(struct flow *flow, const char *script)
{
	flow_start(flow, script);
	return flow_solve(flow, 64, 64, 4, XR24, CEN_USAGE_CAPTURE, "/dev/cam", CEN_USAGE_TEXTURE, "/dev/gpu");
}

static void test_arguments(void **state)
{
	struct cen_solution *solution;
	struct cen_error *err;
	struct flow flow;

	(void)state;
	solution = solve(&flow, CAMERA "source s\n");
	err = flow_allocate_fails(solution, 65, 0, CEN_ERROR_ARGUMENT, -EINVAL);
	assert_error_says(err, "64");
	err = flow_allocate_fails(solution, 1, 1u << 31, CEN_ERROR_UNKNOWN_FLAG, -EINVAL);
	assert_error_says(err, "0x80000000");
	cen_solution_unref(solution);
	flow_stop(&flow);
}

static void test_no_memory_says_how_many_fitted(void **state)
{
	struct cen_solution *solution;
	struct cen_error *err;
	struct flow flow;
	size_t fds;

	(void)state;
	solution = solve(&flow, CAMERA "source s fail-after=3\n");
	fds = balance_count_fds();
	err = flow_allocate_fails(solution, 5, 0, CEN_ERROR_ALLOCATION, -ENOMEM);
	assert_true(cen_error_get_wanted(err) == 5 * cen_error_get_held(err) / 3);
	assert_true(cen_error_get_held(err) >= 3 * 64 * 64 * 4);
	assert_string_equal(cen_error_get_device(err), "s");
	assert_string_equal(cen_error_get_call(err), "FAKE_ALLOC");
	assert_error_says(err, "3 of 5 buffers fitted");
	assert_true(balance_check_fds(fds));
	cen_solution_unref(solution);
	flow_stop(&flow);
}

struct failure_case {
	const char *script;
	enum cen_error_code code;
	int ret;
	const char *text;
};

static void run_cases(const struct failure_case *cases, size_t count, uint32_t flags)
{
	for (size_t n = 0; n < count; n++) {
		struct cen_solution *solution;
		struct cen_error *err;
		struct flow flow;
		size_t fds;

		solution = solve(&flow, cases[n].script);
		fds = balance_count_fds();
		err = flow_allocate_fails(solution, 4, flags, cases[n].code, cases[n].ret);
		assert_error_says(err, cases[n].text);
		assert_true(balance_check_fds(fds));
		cen_solution_unref(solution);
		flow_stop(&flow);
	}
}

static void test_codes(void **state)
{
	static const struct failure_case cases[] = {
		{CAMERA "source s help=group-video\nfail allocate EACCES\n", CEN_ERROR_PERMISSION, -EACCES,
		 "group-video"},
		{CAMERA "source s\nfail allocate EPERM s\n", CEN_ERROR_PERMISSION, -EPERM, "FAKE_CALL"},
		{CAMERA "source s\nfail allocate ENODEV\n", CEN_ERROR_DEVICE_LOST, -ENODEV, "No such device"},
		{CAMERA "source s\nfail allocate ENOENT\n", CEN_ERROR_DEVICE_LOST, -ENOENT, "s: scripted"},
		{CAMERA "source s\nfail allocate EBUSY\n", CEN_ERROR_BUSY, -EBUSY, "busy"},
		{CAMERA "source s\nfail allocate EIO\n", CEN_ERROR_SYSTEM, -EIO, "FAKE_CALL: Input/output error"},
		{CAMERA "source s\nfail allocate ENOMEM\n", CEN_ERROR_ALLOCATION, -ENOMEM, "0 of 4 buffers fitted"},
		{CAMERA "source s\nfail allocate lie\n", CEN_ERROR_BACKEND, -EPROTO, "returned 42"},
	};

	(void)state;
	run_cases(cases, sizeof(cases) / sizeof(cases[0]), 0);
}

static void test_import_refused(void **state)
{
	static const struct failure_case cases[] = {
		{CAMERA "source s\nfail import EINVAL /dev/gpu\n", CEN_ERROR_IMPORT, -EINVAL,
		 "/dev/gpu refused buffer 0 of s for texture: FAKE_CALL: Invalid argument: scripted"},
		{CAMERA "source s\nfail import EACCES\n", CEN_ERROR_IMPORT, -EACCES, "/dev/cam"},
		{CAMERA "source s\nfail import crash /dev/gpu\n", CEN_ERROR_IMPORT, -EIO, "died of signal"},
	};

	(void)state;
	run_cases(cases, sizeof(cases) / sizeof(cases[0]), CEN_ALLOCATE_VERIFY);
}

static void test_import_that_hangs_has_a_limit(void **state)
{
	static const struct failure_case hang = {CAMERA "source s\nfail import hang /dev/gpu\n", CEN_ERROR_IMPORT,
						 -ETIMEDOUT, "no answer within 15000 ms"};
	struct timespec start, end;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &start);
	run_cases(&hang, 1, CEN_ALLOCATE_VERIFY);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_in_range(end.tv_sec - start.tv_sec, 14, 25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_no_memory_says_how_many_fitted),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_import_refused),
		cmocka_unit_test(test_import_that_hangs_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
