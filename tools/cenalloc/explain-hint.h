/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Constraints in plain words. */
#pragma once

#include "tool.h"

/* What one alternative asks for, in few words: "stride by 64, contiguous"; "" where there is nothing to say. */
void hint_write(const struct cen_capability *capability, char *buf, size_t size);

/* The kinds that have words, the most telling first, the size of the picture last; 0 past the end. */
uint32_t hint_kind(size_t index);

/* The part of a plan that a kind of constraint bounds: "stride", "memory". NULL for what bounds none (sync). */
const char *hint_part(uint32_t kind);

/* "a multiple of 64 bytes", "contiguous". Returns buf. */
char *hint_demand(const struct cen_constraint *constraint, char *buf, size_t size);
