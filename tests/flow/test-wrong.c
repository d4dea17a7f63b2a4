/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A source that breaks its contract: the host sees it, closes everything, and says what was wrong. */
#include <errno.h>
#include <fcntl.h>

#include "balance.h"
#include "flow.h"

struct wrong_case {
	const char *wrong;
	const char *text;
};

static const struct wrong_case cases[] = {
	{"plane", "beyond its object"},
	{"size", "bytes"},
	{"fd", "is not open"},
	{"twin", "is the same memory as object 0 of buffer 0"},
	{"copy", "is the same memory as object 0 of buffer 0"},
	{"fewer", "made 2 of 3 buffers"},
	{"file", "is no dma-buf"},
	{"format", "is not the plan's"},
	{"zero", "is not the plan's"},
};

static void test_wrong(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		struct cen_solution *solution;
		struct cen_error *err;
		struct flow flow;
		char script[256];
		size_t fds;

		snprintf(script, sizeof(script),
			 "device /dev/cam usages=capture\ncap /dev/cam capture XR24 LINEAR\nsource s wrong=%s\n",
			 cases[n].wrong);
		flow_start(&flow, script);
		solution = flow_solve(&flow, 64, 64, 3, XR24, CEN_USAGE_CAPTURE, "/dev/cam", 0, NULL);
		fds = balance_count_fds();
		err = flow_allocate_fails(solution, 3, 0, CEN_ERROR_BACKEND, -EPROTO);
		assert_string_equal(cen_error_get_device(err), "s");
		assert_error_says(err, cases[n].text);
		assert_true(balance_check_fds(fds));
		/* The standard streams are open still. */
		assert_true(fcntl(0, F_GETFD) >= 0 || errno == EBADF);
		assert_true(fcntl(1, F_GETFD) >= 0);
		assert_true(fcntl(2, F_GETFD) >= 0);
		cen_solution_unref(solution);
		flow_stop(&flow);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
