/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Memory that is freed in one go. For objects that are built once, then read only: a plan, a conflict.
 */
#pragma once

#include <stddef.h>

struct arena;

/* NULL when there is no memory. */
struct arena *_cen_arena_create(void);
/* NULL is allowed. */
void _cen_arena_destroy(struct arena *arena);

/* Zeroed memory, aligned for any type; NULL when there is none. */
void *_cen_arena_alloc(struct arena *arena, size_t count, size_t size);
/*
 * Room for one more behind count elements; items points to the pointer to the first. What is outgrown stays in the arena,
 * so that it begins small. Returns 0 or -1.
 */
int _cen_arena_grow(struct arena *arena, void *items, size_t *capacity, size_t count, size_t element);
char *_cen_arena_strdup(struct arena *arena, const char *text);
char *_cen_arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
