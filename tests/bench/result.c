/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Time, medians and the line that every benchmark prints. */
#include "result.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t get_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

double get_median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

void print_result(const char *name, double value, const char *unit, double goal)
{
	if (goal > 0)
		printf("%s %.3f %s <=%g%s\n", name, value, unit, goal, value > goal ? " missed" : "");
	else
		printf("%s %.3f %s -\n", name, value, unit);
}
