/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Reading files that anybody may have written. */
#pragma once

#include <stddef.h>

#include <cenalloc/error.h>

/*
 * All of a regular file, and '\0' behind it, into *text, which the caller frees; *bytes does not count the '\0'. Returns
 * 0, or a negative errno with err set: CEN_ERROR_SYSTEM (with the call that failed), CEN_ERROR_ARGUMENT (not a regular
 * file, or more than max bytes), CEN_ERROR_NO_MEMORY.
 */
int _cen_read_file(const char *file, size_t max, char **text, size_t *bytes, struct cen_error **err);
