/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Text that drivers, plug-ins and other processes chose, made fit for a terminal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The bytes of the UTF-8 sequence that begins here; 0 where there is none. */
size_t clean_sequence_length(const char *text);

/* Is this sequence, of clean_sequence_length(), a control character? Those of C1 (U+0080 to U+009F) are, too. */
bool clean_is_control(const char *text);

/*
 * In place: every control character becomes spaces, every byte that is no UTF-8 a question mark. What is left can
 * neither move the cursor nor begin a line. Returns text; NULL is allowed.
 */
char *clean_text(char *text);
