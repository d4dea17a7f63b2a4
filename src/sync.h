/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What fences and timelines share. */
#pragma once

#include <stdint.h>

#include <cenalloc/error.h>

/* Returns 0, or -EINVAL (CEN_ERROR_ARGUMENT) for an fd that is no sync_file. */
int _cen_fence_check(int fence, struct cen_error **err);

/* CLOCK_MONOTONIC in nanoseconds so many milliseconds from now; INT64_MAX: never. */
int64_t _cen_deadline(int timeout_ms);
