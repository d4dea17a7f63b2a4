/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Cleanup attributes and what every file of this program needs. */
#pragma once

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The most buffers in flight. */
#define MAX_BUFFERS 32

static inline void close_cleanup(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define _cleanup_close_ __attribute__((cleanup(close_cleanup)))

static inline void free_cleanup(void *ptr)
{
	free(*(void **)ptr);
}
#define _cleanup_free_ __attribute__((cleanup(free_cleanup)))

static inline void fclose_cleanup(FILE **file)
{
	if (*file)
		fclose(*file);
}
#define _cleanup_fclose_ __attribute__((cleanup(fclose_cleanup)))

#define _cleanup_(function) __attribute__((cleanup(function)))
