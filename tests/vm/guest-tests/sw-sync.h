/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Fences that the test itself signals, of the kernel's sw_sync, which has no header; and the time that waits take. */
#pragma once

#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <time.h>

struct sw_sync_wish {
	uint32_t value;
	char name[32];
	int32_t fence;
};

#define SW_SYNC_CREATE_FENCE _IOWR('W', 0, struct sw_sync_wish)
#define SW_SYNC_INCREMENT _IOW('W', 1, uint32_t)

/* A counter at 0, as a file descriptor; -1 where there is no sw_sync. Closing it ends its fences with an error. */
static inline int sw_sync_open(void)
{
	return open("/sys/kernel/debug/sync/sw_sync", O_RDWR | O_CLOEXEC);
}

/* A sync_file that is signalled when the counter has come to value; -1 on failure. */
static inline int sw_sync_create_fence(int counter, uint32_t value)
{
	struct sw_sync_wish wish = {.value = value, .name = "test"};

	return ioctl(counter, SW_SYNC_CREATE_FENCE, &wish) == 0 ? wish.fence : -1;
}

/* Returns 0 or -1. */
static inline int sw_sync_increment(int counter, uint32_t step)
{
	return ioctl(counter, SW_SYNC_INCREMENT, &step);
}

/* A clock in milliseconds. */
static inline double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}
