/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Time, medians and the line that every benchmark prints. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Of CLOCK_MONOTONIC. */
uint64_t get_ns(void);

/* The median of count values, 1 at least. Sorts them. */
double get_median(double *values, size_t count);

/* "name value unit <=goal", with "missed" behind it where the value is larger; "-" for a goal of 0: none. */
void print_result(const char *name, double value, const char *unit, double goal);
