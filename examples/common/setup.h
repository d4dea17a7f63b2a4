/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* How every program begins: errors told, a device found, signals that end it. */
#pragma once

#include <stdint.h>

#include <cenalloc/error.h>
#include <cenalloc/machine.h>

/* Where ret is negative, the error or, without one, what ret says on stderr. Destroys the error; returns ret. */
int explain(struct cen_error *error, int ret);

/*
 * The device that was named, or, path NULL, the first that has the usage and may be opened.
 * Returns 0 or a negative errno, -ENODEV without an error where there is none.
 */
int find_device(const struct cen_machine *machine, const char *path, uint32_t usage, const struct cen_device **out,
		struct cen_error **error);

/* A signalfd of SIGINT and SIGTERM, which end the program no more. Returns the fd or -1, explained on stderr. */
int open_signals(void);
