/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The quirks of a context: which files there are, and what they say together. */
#pragma once

#include "path-list.h"
#include "quirk.h"

struct cen_context;

/* Files of a context: more are passed over. */
#define QUIRK_MAX_FILES 1024u

/* Under the context's lock until they are read; immutable from then on. */
struct quirks {
	bool is_read;
	struct path_list dirs; /* added by the program; the last one weighs most */
	struct quirk_file *files; /* in the order in which they apply */
	size_t file_count, file_capacity;
	const struct quirk **items; /* of the files, in the order in which they apply */
	size_t count;
};

void _cen_quirks_finish(struct quirks *quirks);

/* Read the files, once. Files that are bad are logged and passed over. Returns 0 or -ENOMEM. */
int _cen_quirks_read(struct cen_context *ctx, struct cen_error **err);
