/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* All that a machine says, as one text: two machines that say the same are the same to any program. */
#pragma once

#include <cenalloc/cenalloc.h>

/* Devices, sources, and what each usage accepts at these sizes. The caller frees. */
char *machine_words(struct cen_machine *machine, const struct cen_record_size *sizes, size_t count);

/* The plans and conflicts of every usage, and of every two, at a size and for each of the formats. The caller frees. */
char *solution_words(struct cen_machine *machine, struct cen_record_size size, const uint32_t *fourccs, size_t count);

/* Fails the test at the first line that differs. */
void assert_same_words(const char *a, const char *b);
