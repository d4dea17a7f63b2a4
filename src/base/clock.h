/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Time-outs, which do not follow the wall clock: CLOCK_MONOTONIC everywhere. */
#pragma once

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* So many milliseconds from now; 0 and less: now. */
struct timespec _cen_clock_after(int timeout_ms);

/* The same in nanoseconds; INT64_MAX for less than 0: never. */
int64_t _cen_deadline(int timeout_ms);

/* A condition for pthread_cond_timedwait() with times of _cen_clock_after(). Returns 0 or an errno. */
int _cen_clock_init_condition(pthread_cond_t *condition);
