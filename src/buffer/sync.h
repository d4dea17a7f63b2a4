/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What CPU access, fences and timelines share. */
#pragma once

#include <stdint.h>

#include <cenalloc/error.h>

/*
 * Whether access is reading, writing or both. what: "CPU". Returns 0, or -EINVAL (CEN_ERROR_ARGUMENT,
 * CEN_ERROR_UNKNOWN_FLAG).
 */
int _cen_access_check(uint32_t access, const char *what, struct cen_error **err);

/* Returns 0, or -EINVAL (CEN_ERROR_ARGUMENT) for an fd that is no sync_file. */
int _cen_fence_check(int fence, struct cen_error **err);
