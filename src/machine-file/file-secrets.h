/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Keeping out of a file what points at one specimen or one person, and what JSON readers refuse. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

/* A word that must not be in the file, and what stands there. */
struct file_secret {
	const char *word, *instead;
};

struct file_secrets {
	struct arena *arena;
	struct file_secret *items; /* of the arena, as are the words */
	size_t count, capacity;
};

/* A word that is known to be a serial number; shorter than 4 bytes it is too common. Returns 0 or -ENOMEM. */
int _cen_file_secrets_add(struct file_secrets *secrets, const char *word);

/*
 * Words of a name or path that look like a serial number, a UUID or a hardware address, so that they are found in other
 * texts too. Returns 0 or -ENOMEM.
 */
int _cen_file_secrets_learn(struct file_secrets *secrets, const char *name);

/* Owner and group in "/dev/video0 is OWNER:GROUP 0660: ...", but for those of any system. Returns 0 or -ENOMEM. */
int _cen_file_secrets_learn_help(struct file_secrets *secrets, const char *help);

/*
 * A copy of text in the arena without secrets, the names of homes, and the last word of links in by-id folders; control
 * characters are blanks and what is not UTF-8 question marks; cut to JSON_MAX_STRING. NULL without memory.
 */
char *_cen_file_secrets_clean(const struct file_secrets *secrets, const char *text);
