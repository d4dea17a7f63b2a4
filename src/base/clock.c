/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "clock.h"

#define NS_PER_MS 1000000
#define NS_PER_S 1000000000

struct timespec _cen_clock_after(int timeout_ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	if (timeout_ms <= 0)
		return at;
	at.tv_sec += timeout_ms / 1000;
	at.tv_nsec += (long)(timeout_ms % 1000) * NS_PER_MS;
	if (at.tv_nsec >= NS_PER_S) {
		at.tv_sec++;
		at.tv_nsec -= NS_PER_S;
	}
	return at;
}

int64_t _cen_deadline(int timeout_ms)
{
	struct timespec at;

	if (timeout_ms < 0)
		return INT64_MAX;
	at = _cen_clock_after(timeout_ms);
	return (int64_t)at.tv_sec * NS_PER_S + at.tv_nsec;
}

int _cen_clock_init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	int ret = pthread_condattr_init(&attributes);

	if (ret != 0)
		return ret;
	ret = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (ret == 0)
		ret = pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
	return ret;
}
