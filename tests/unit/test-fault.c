/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The test library itself: faults happen where they should, and the balances see what is left open. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "balance.h"
#include "fault.h"

static void test_memory_nth(void **state)
{
	size_t alive = fault_alive();
	char *volatile first, *volatile second, *volatile third;

	(void)state;
	fault_arm(FAULT_MEMORY, 2);
	first = malloc(10);
	assert_false(fault_fired());
	second = strdup("text");
	assert_true(fault_fired());
	assert_int_equal(errno, ENOMEM);
	third = calloc(3, 5);
	assert_true(fault_disarm());
	assert_non_null(first);
	assert_null(second);
	assert_non_null(third);
	assert_int_equal(fault_alive(), alive + 2);
	first = realloc(first, 100000);
	assert_int_equal(fault_alive(), alive + 2);
	free(first);
	free(second);
	free(third);
	assert_int_equal(fault_alive(), alive);
}

static void test_memory_realloc_keeps(void **state)
{
	size_t alive = fault_alive();
	char *volatile text = NULL;
	char *volatile grown;

	(void)state;
	assert_int_equal(asprintf((char **)&text, "%d", 17), 2);
	fault_arm(FAULT_MEMORY, 1);
	grown = reallocarray(text, 10, 10);
	assert_true(fault_disarm());
	assert_null(grown);
	assert_string_equal(text, "17");
	assert_int_equal(fault_alive(), alive + 1);
	free(text);
	assert_int_equal(fault_alive(), alive);
}

static void test_other_calls(void **state)
{
	size_t before = balance_count_fds();
	int fd, value = 0;
	void *map;

	(void)state;
	fault_arm(FAULT_OPEN, 1);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fd, -1);
	assert_int_equal(errno, EACCES);
	assert_true(fault_disarm());
	fd = openat(AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);

	fault_arm(FAULT_FD, 1);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_false(fault_fired());
	assert_int_equal(fcntl(fd, F_DUPFD_CLOEXEC, 3), -1);
	assert_int_equal(errno, EMFILE);
	fault_arm(FAULT_MMAP, 1);
	map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_equal(map, MAP_FAILED);
	fault_set_errno(EBUSY);
	fault_arm(FAULT_IOCTL, 1);
	assert_int_equal(ioctl(fd, FIONREAD, &value), -1);
	assert_int_equal(errno, EBUSY);
	fault_set_errno(0);
	assert_true(fault_disarm());
	close(fd);
	assert_true(balance_check_fds(before));
}

static void test_balance_sees_leak(void **state)
{
	size_t before = balance_count_fds();
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(balance_count_fds(), before + 1);
	assert_false(balance_check_fds(before));
	close(fd);
	assert_true(balance_check_fds(before));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_nth),
		cmocka_unit_test(test_memory_realloc_keeps),
		cmocka_unit_test(test_other_calls),
		cmocka_unit_test(test_balance_sees_leak),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
