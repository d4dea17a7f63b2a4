/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Making errors. Every function here returns what the failing function should return: a negative errno. */
#pragma once

#include <stdint.h>

#include <cenalloc/error.h>

struct cen_solution;

/* Facts beside code and message; zero or NULL where there is none. Strings are copied. */
struct error_facts {
	const char *device;
	const char *call;
	uint64_t wanted;
	uint64_t held;
	struct cen_solution *solution; /* whose conflict is the reason; the error takes a reference of its own */
	uint32_t fitted; /* buffers */
};

/*
 * Set *err (when err is not NULL and *err is still NULL: the first error is the cause) and return -errnum. errnum is
 * positive. Without memory *err stays NULL and the return value tells all there is.
 */
int _cen_error_set(struct cen_error **err, enum cen_error_code code, int errnum, const struct error_facts *facts,
		   const char *format, ...) __attribute__((format(printf, 5, 6)));

/* -ENOMEM with CEN_ERROR_NO_MEMORY. */
int _cen_error_no_memory(struct cen_error **err);
