/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Plug-ins: files in directories. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct cen_context;

/* Names that an empty file takes out of use. */
struct masked_names {
	char **items;
	size_t count, capacity;
};

/* Add every plug-in of the context's directories. Returns 0 or -ENOMEM; a bad plug-in is logged and skipped. */
int _cen_loader_run(struct cen_context *ctx, struct masked_names *masked);

bool _cen_loader_is_masked(const struct masked_names *masked, const char *name);
void _cen_loader_free_masked(struct masked_names *masked);
