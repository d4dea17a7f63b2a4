/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The file descriptors of this process, counted before and after. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* How many file descriptors are open. */
size_t balance_count_fds(void);

/* True when as many are open as there were; otherwise prints what is open to stderr. */
bool balance_check_fds(size_t before);
