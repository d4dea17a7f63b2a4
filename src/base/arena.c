/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "arena.h"

#include <stdarg.h>
#include <stdio.h>

#include "util.h"

struct chunk {
	struct chunk *next;
	max_align_t data[];
};

struct arena {
	struct chunk *chunks;
};

struct arena *_cen_arena_create(void)
{
	return calloc(1, sizeof(struct arena));
}

void _cen_arena_destroy(struct arena *arena)
{
	if (!arena)
		return;
	while (arena->chunks) {
		struct chunk *next = arena->chunks->next;

		free(arena->chunks);
		arena->chunks = next;
	}
	free(arena);
}

void *_cen_arena_alloc(struct arena *arena, size_t count, size_t size)
{
	struct chunk *chunk;
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) || __builtin_add_overflow(bytes, sizeof(*chunk), &bytes))
		return NULL;
	chunk = calloc(1, bytes);
	if (!chunk)
		return NULL;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk->data;
}

int _cen_arena_grow(struct arena *arena, void *items, size_t *capacity, size_t count, size_t element)
{
	size_t wanted = *capacity ? *capacity * 2 : 2;
	void **array = items;
	void *grown;

	if (count < *capacity)
		return 0;
	grown = _cen_arena_alloc(arena, wanted, element);
	if (!grown)
		return -1;
	if (count)
		memcpy(grown, *array, count * element);
	*array = grown;
	*capacity = wanted;
	return 0;
}

char *_cen_arena_strdup(struct arena *arena, const char *text)
{
	size_t bytes = strlen(text) + 1;
	char *copy = _cen_arena_alloc(arena, bytes, 1);

	if (copy)
		memcpy(copy, text, bytes);
	return copy;
}

char *_cen_arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0)
		return NULL;
	text = _cen_arena_alloc(arena, (size_t)length + 1, 1);
	if (!text)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)length + 1, format, args);
	va_end(args);
	return text;
}
