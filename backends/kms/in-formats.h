/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The blob of the plane properties IN_FORMATS and IN_FORMATS_ASYNC. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Call visit() with every fourcc and modifier of a blob; rank is the modifier's place in the blob, 0 for the driver's
 * favourite. A visit() that does not return 0 ends the walk. The blob is not trusted.
 * Returns 0, what visit() returned, or -EBADMSG for a blob that contradicts itself.
 */
int _cen_kms_in_formats_parse(const void *blob, size_t length,
			      int (*visit)(void *data, uint32_t fourcc, uint64_t modifier, uint32_t rank), void *data);
