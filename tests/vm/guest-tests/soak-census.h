/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What this process and the kernel hold, counted: the rows of the soak test's table. */
#pragma once

#include <stdint.h>

struct census {
	/* Exact: what is given back is back. */
	uint64_t fds;
	uint64_t dma_bufs, dma_buf_bytes; /* of the whole machine */
	uint64_t cma_pages; /* taken from all CMA areas */
	/* Allocators keep some of what is given back: bounded only. */
	uint64_t heap_bytes; /* that malloc() has given out */
	uint64_t rss_bytes;
	uint64_t available_bytes, slab_bytes; /* of the machine: MemAvailable, SUnreclaim */
};

/* Files of the kernel that cannot be read end the program: a figure that is missing would look good. */
void census_take(struct census *census);

/*
 * Take one after the other until the exact figures of dma-bufs and CMA are those of rest, or for 5 seconds: the kernel
 * drops the last reference to a file a moment after close().
 */
void census_settle(struct census *census, const struct census *rest);

/* One line of the table, as a TAP comment. */
void census_print_heading(void);
void census_print(double seconds, uint64_t frames, const struct census *census);
