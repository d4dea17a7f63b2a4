/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The pools of huge pages of this machine. */
#pragma once

#include <stdint.h>

struct huge_pool {
	uint64_t page_bytes;
	uint64_t free_pages; /* and not promised to anyone */
};

/* The pool of the smallest huge page that has pages to give; page_bytes 0 when there is none that helps. */
struct huge_pool _cen_udmabuf_find_huge_pool(void);
