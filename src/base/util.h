/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Cleanup attributes and small helpers. No other header of the tree is needed for it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* Take the value out of a variable that has a cleanup attribute. */
#define STEAL(ptr)                                                                                                     \
	({                                                                                                             \
		__typeof__(ptr) *steal_from = &(ptr);                                                                  \
		__typeof__(ptr) steal_value = *steal_from;                                                             \
		*steal_from = NULL;                                                                                    \
		steal_value;                                                                                           \
	})

static inline void _cen_free_cleanup(void *ptr)
{
	free(*(void **)ptr);
}
#define _cleanup_free_ __attribute__((cleanup(_cen_free_cleanup)))

static inline void _cen_close_cleanup(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define _cleanup_close_ __attribute__((cleanup(_cen_close_cleanup)))

#define _cleanup_(function) __attribute__((cleanup(function)))

static inline int _cen_steal_fd(int *fd)
{
	int value = *fd;

	*fd = -1;
	return value;
}

/*
 * Make room for one more element. items points to the array pointer. Returns 0, or -1 when there is no memory, with
 * the array as it was.
 */
static inline int _cen_grow(void *items, size_t *capacity, size_t count, size_t element)
{
	void **array = items;
	void *grown;
	size_t wanted;

	if (count < *capacity)
		return 0;
	wanted = *capacity ? *capacity * 2 : 8;
	grown = reallocarray(*array, wanted, element);
	if (!grown)
		return -1;
	*array = grown;
	*capacity = wanted;
	return 0;
}

/* strdup() that keeps NULL as NULL. Returns false when there is no memory. */
static inline bool _cen_dup_string(const char *from, char **to)
{
	*to = from ? strdup(from) : NULL;
	return !from || *to;
}

/* Copy a sized struct to a caller who may know a shorter or a longer one. Returns 0 or -1 (too small). */
static inline int _cen_copy_sized(void *out, size_t out_size, const void *from, size_t from_size, size_t least)
{
	if (out_size < least)
		return -1;
	memcpy((char *)out + sizeof(size_t), (const char *)from + sizeof(size_t),
	       (out_size < from_size ? out_size : from_size) - sizeof(size_t));
	if (out_size > from_size)
		memset((char *)out + from_size, 0, out_size - from_size);
	return 0;
}
