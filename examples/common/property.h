/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Atomic KMS properties by name, with a memory of what they were before. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xf86drmMode.h>

/* A property that this program uses, and the value that it had before. Looked up once: frames follow fast. */
struct saved_property {
	uint32_t object;
	uint32_t id; /* 0: the object has none of this name */
	const char *name; /* borrowed */
	uint64_t value;
	uint32_t old_blob; /* the value was this blob; value is our copy of it */
};

#define MAX_SAVED 256

struct property_state {
	int fd; /* borrowed */
	size_t count;
	struct saved_property saved[MAX_SAVED];
};

struct property {
	uint32_t id;
	uint32_t flags; /* DRM_MODE_PROP_* */
	uint64_t value;
};

/* Returns 0, or -ENOENT where the object has no such property. Says nothing. */
int property_find(int fd, uint32_t object, const char *name, struct property *out);

/* The number of an enum value by its name. Returns 0 or -ENOENT. */
int property_find_enum(int fd, uint32_t id, const char *name, uint64_t *value);

bool property_exists(struct property_state *state, uint32_t object, const char *name);

/*
 * Add a property to a request and remember its old value. name is kept. Returns 0 or a negative errno, explained on
 * stderr.
 */
int property_add(struct property_state *state, drmModeAtomicReq *request, uint32_t object, const char *name,
		 uint64_t value);

/* Commit all old values at once. Returns 0 or a negative errno. */
int property_restore(struct property_state *state);
