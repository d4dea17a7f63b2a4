/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Makes the n-th call of some kinds fail, once, and counts allocations that are alive. For every n until the flow runs
 * through:
 *
 *	for (unsigned long n = 1;; n++) {
 *		size_t alive = fault_alive();
 *
 *		fault_arm(FAULT_MEMORY, n);
 *		ret = flow();
 *		if (!fault_disarm())
 *			break;                       // n is past the last call: ret must be 0
 *		assert_int_equal(ret, -ENOMEM);
 *		assert_int_equal(fault_alive(), alive);
 *	}
 *
 * Only calls from objects inside the test executable are seen, which is why the tests link the static core. Calls of
 * any thread count.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define FAULT_MEMORY (1u << 0) /* malloc and its like, strdup, asprintf: ENOMEM */
#define FAULT_OPEN (1u << 1) /* open, openat, fopen: EACCES */
#define FAULT_FD (1u << 2) /* dup, fcntl(F_DUPFD), memfd_create, eventfd: EMFILE */
#define FAULT_MMAP (1u << 3) /* mmap: ENOMEM */
#define FAULT_IOCTL (1u << 4) /* ioctl: EIO */
#define FAULT_ALL 0x1fu

/* The n-th call of these kinds from now on fails; the first is 1. Replaces what was armed before. */
void fault_arm(unsigned int kinds, unsigned long nth);

/* The errno of the next faults, in place of those above. 0: those above again. */
void fault_set_errno(int errnum);

/* Did the armed call happen, and fail? */
bool fault_fired(void);

/* No more faults. Returns fault_fired(). */
bool fault_disarm(void);

/* Allocations that these objects made and did not free. */
size_t fault_alive(void);
