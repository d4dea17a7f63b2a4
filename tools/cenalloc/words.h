/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The words that the commands use for numbers of the library. */
#pragma once

#include "tool.h"

#define WORDS_VALUE_SIZE 96
#define WORDS_MODIFIER_SIZE 64

/* The value of a constraint for a person: "1,920 bytes", "one|per-plane". Returns buf. */
char *words_value(const struct cen_constraint *constraint, char buf[WORDS_VALUE_SIZE]);

/* "stride-align", with ".1" behind it for another plane than the first. Returns buf. */
char *words_kind(const struct cen_constraint *constraint, char buf[WORDS_VALUE_SIZE]);

/* "probed: vb2 dma-contig", or "probed" where there is no note; truncated. Returns buf. */
char *words_provenance(const struct cen_constraint *constraint, char *buf, size_t size);

/* "system", "cma", "device", "protected". */
const char *words_placement(uint32_t placement);

/* "ok", "denied", "missing", ... for 0 or a negative errno. */
const char *words_access(int access);

/* "NV12", "R8": the letters without the spaces that fill a fourcc up. Returns buf. */
char *words_format(uint32_t fourcc, char buf[8]);

/* LINEAR and so on. Returns buf. */
char *words_modifier(uint64_t modifier, char buf[WORDS_MODIFIER_SIZE]);

/* Comma-separated names of CEN_USAGE_BIT()s. Returns buf. */
char *words_usages(uint32_t usages, char *buf, size_t size);
