/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* For tests that link the fake backend: a script without a file. */
#pragma once

#include <cenalloc/backend.h>

/* The entry point under the name that a linked-in backend has. */
int cen_backend_entry_v1_fake(uint32_t host_abi, const struct cen_backend **out);

/* The text that contexts opened from now on by this thread play; NULL: the option decides. Borrowed. */
void fake_set_script(const char *text);
