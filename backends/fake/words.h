/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The words of a script: names and numbers. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <cenalloc/constraint.h>

/* A decimal or 0x number of 64 bits, and nothing else. */
bool words_to_number(const char *text, uint64_t *out);

/* "capture" and its like. */
bool words_to_usage(const char *text, uint32_t *out);

/* Names with a separator between them, as bits. */
bool words_to_usages(char *text, uint32_t *out);

/* "NV12": four letters. */
bool words_to_fourcc(const char *text, uint32_t *out);

/* "LINEAR", "INVALID" or a number. */
bool words_to_modifier(const char *text, uint64_t *out);

/* "EACCES" and a few more, as a positive number. */
bool words_to_errno(const char *text, int *out);

/* "system", "cma", "device", "protected". */
bool words_to_placement(const char *text, uint32_t *out);

/* "any", "read-only", "read-write". */
bool words_to_fd_mode(const char *text, uint32_t *out);

/*
 * A constraint in the text form of the library, "stride-align.1=64@probed". Without provenance it is declared. text is
 * changed; the note of a heap points into it.
 */
bool words_to_constraint(char *text, struct cen_constraint *out);
