/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the tests of every allocator look for in memory that is new. */
#pragma once

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include <cenalloc/buffer.h>

/* Nobody's old pixels, and the CPU may write. The memory is not zero afterwards. */
static inline bool is_zeroed_and_writable(const struct cen_buffer_object *object)
{
	unsigned char *bytes = mmap(NULL, object->size, PROT_READ | PROT_WRITE, MAP_SHARED, object->fd, 0);
	bool zero = true;

	if (bytes == MAP_FAILED)
		return false;
	for (uint64_t i = 0; i < object->size; i++)
		zero = zero && bytes[i] == 0;
	memset(bytes, 0x5a, object->size);
	munmap(bytes, object->size);
	return zero;
}
