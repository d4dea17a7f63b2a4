/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The environment: docs/env-vars.md lists what is read here. */
#include "options.h"

#include <errno.h>
#include <stdio.h>

#include "context.h"
#include "util.h"

static const char *read_variable(const struct cen_context *ctx, const char *name)
{
	if (ctx->flags & CEN_CONTEXT_NO_ENVIRONMENT)
		return NULL;
	return secure_getenv(name);
}

const char *_cen_option_backend_path(const struct cen_context *ctx)
{
	return read_variable(ctx, "CENALLOC_BACKEND_PATH");
}

const char *_cen_option_map(const struct cen_context *ctx)
{
	return read_variable(ctx, "CENALLOC_MAP");
}

const char *_cen_option_config(const struct cen_context *ctx)
{
	return read_variable(ctx, "CENALLOC_CONFIG");
}

const char *_cen_option_quirks_path(const struct cen_context *ctx)
{
	return read_variable(ctx, "CENALLOC_QUIRKS_PATH");
}

int _cen_option_user_folder(const struct cen_context *ctx, char **out)
{
	const char *folder = read_variable(ctx, "XDG_CONFIG_HOME");
	const char *home = read_variable(ctx, "HOME");

	*out = NULL;
	/* A relative path counts as not set. */
	if (folder && folder[0] == '/')
		return _cen_dup_string(folder, out) ? 0 : -ENOMEM;
	if (!home || home[0] != '/')
		return 0;
	if (asprintf(out, "%s/.config", home) >= 0)
		return 0;
	*out = NULL;
	return -ENOMEM;
}

bool _cen_option_is_disabled(const struct cen_context *ctx, const char *backend)
{
	const char *item = read_variable(ctx, "CENALLOC_DISABLE_BACKENDS");
	size_t length = strlen(backend);

	while (item && *item) {
		size_t bytes = strcspn(item, ",");

		if (bytes == length && memcmp(item, backend, length) == 0)
			return true;
		item += bytes + (item[bytes] == ',');
	}
	return false;
}

/* toupper() follows the locale: a Turkish "i" would not be found. */
static char upper(char c)
{
	if (c < 'a' || c > 'z')
		return c;
	return (char)(c - 'a' + 'A');
}

/* Where a backend's option is not set: the variable that other programs read for the same thing. */
static const struct {
	const char *backend, *option, *variable;
} fallbacks[] = {
	{"wayland", "display", "WAYLAND_DISPLAY"},
	{"wayland", "runtime-dir", "XDG_RUNTIME_DIR"},
};

static const char *read_fallback(const struct cen_context *ctx, const char *backend, const char *option)
{
	for (size_t n = 0; n < ARRAY_LENGTH(fallbacks); n++) {
		if (strcmp(fallbacks[n].backend, backend) == 0 && strcmp(fallbacks[n].option, option) == 0)
			return read_variable(ctx, fallbacks[n].variable);
	}
	return NULL;
}

const char *_cen_option_get(const struct cen_context *ctx, const char *backend, const char *option)
{
	const char *value;
	char name[128];
	int length;

	length = snprintf(name, sizeof(name), "CENALLOC_%s_%s", backend, option);
	if (length < 0 || (size_t)length >= sizeof(name))
		return NULL;
	for (char *c = name; *c; c++) {
		*c = upper(*c);
		if (*c == '-')
			*c = '_';
	}
	value = read_variable(ctx, name);
	return value ? value : read_fallback(ctx, backend, option);
}
