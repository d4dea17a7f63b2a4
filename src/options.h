/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The environment. No other file of the library reads it. */
#pragma once

#include <stdbool.h>

struct cen_context;

/* CENALLOC_BACKEND_PATH: directories, colon between them; NULL where not set. */
const char *_cen_option_backend_path(const struct cen_context *ctx);

/* Whether CENALLOC_DISABLE_BACKENDS names this backend. */
bool _cen_option_is_disabled(const struct cen_context *ctx, const char *backend);

/* CENALLOC_<BACKEND>_<OPTION>, or what stands for it (docs/env-vars.md); NULL where not set. */
const char *_cen_option_get(const struct cen_context *ctx, const char *backend, const char *option);
