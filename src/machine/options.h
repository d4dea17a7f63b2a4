/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The environment. No other file of the library reads it. */
#pragma once

#include <stdbool.h>

struct cen_context;

/* CENALLOC_BACKEND_PATH: directories, colon between them; NULL where not set. */
const char *_cen_option_backend_path(const struct cen_context *ctx);

/* CENALLOC_MAP: a map; NULL where not set, "" for none. */
const char *_cen_option_map(const struct cen_context *ctx);

/* CENALLOC_CONFIG: configuration files, colon between them; NULL where not set, "" for none. */
const char *_cen_option_config(const struct cen_context *ctx);

/* CENALLOC_QUIRKS_PATH: directories of quirks, colon between them; NULL where not set, "" for none. */
const char *_cen_option_quirks_path(const struct cen_context *ctx);

/* The folder of the user's configuration files, for the caller to free; NULL where there is none. 0 or -ENOMEM. */
int _cen_option_user_folder(const struct cen_context *ctx, char **out);

/* Whether CENALLOC_DISABLE_BACKENDS names this backend. */
bool _cen_option_is_disabled(const struct cen_context *ctx, const char *backend);

/* CENALLOC_<BACKEND>_<OPTION>, or what stands for it (docs/env-vars.md); NULL where not set. */
const char *_cen_option_get(const struct cen_context *ctx, const char *backend, const char *option);
