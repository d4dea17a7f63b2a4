/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Errors: built once, then read only. One block of memory each. */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include <cenalloc/solution.h>

#include "util.h"

struct cen_error {
	enum cen_error_code code;
	int errnum; /* negative */
	uint64_t wanted, held;
	struct cen_solution *solution; /* NULL: the reason is no conflict */
	uint32_t fitted;
	const char *device, *call; /* in text, or NULL */
	char text[]; /* message, device, call */
};

static const char *const code_names[] = {
	[CEN_ERROR_ARGUMENT] = "argument",
	[CEN_ERROR_UNKNOWN_FLAG] = "unknown-flag",
	[CEN_ERROR_UNKNOWN_FORMAT] = "unknown-format",
	[CEN_ERROR_UNKNOWN_DEVICE] = "unknown-device",
	[CEN_ERROR_DEVICE_LOST] = "device-lost",
	[CEN_ERROR_PERMISSION] = "permission",
	[CEN_ERROR_USAGE] = "usage",
	[CEN_ERROR_BUSY] = "busy",
	[CEN_ERROR_NO_MEMORY] = "no-memory",
	[CEN_ERROR_OVERFLOW] = "overflow",
	[CEN_ERROR_BACKEND] = "backend",
	[CEN_ERROR_SYSTEM] = "system",
	[CEN_ERROR_ALLOCATION] = "allocation",
	[CEN_ERROR_IMPORT] = "import",
	[CEN_ERROR_SYNTAX] = "syntax",
	[CEN_ERROR_INCOMPLETE] = "incomplete",
	[CEN_ERROR_CONFLICT] = "conflict",
};

/* Append text with its NUL at *to and move on. */
static const char *append(char **to, const char *text)
{
	char *start = *to;
	size_t bytes;

	if (!text)
		return NULL;
	bytes = strlen(text) + 1;
	memcpy(start, text, bytes);
	*to += bytes;
	return start;
}

static struct cen_error *create(const struct error_facts *facts, const char *message)
{
	size_t bytes = strlen(message) + 1;
	struct cen_error *error;
	char *to;

	bytes += facts->device ? strlen(facts->device) + 1 : 0;
	bytes += facts->call ? strlen(facts->call) + 1 : 0;
	error = malloc(sizeof(*error) + bytes);
	if (!error)
		return NULL;
	to = error->text;
	append(&to, message);
	error->device = append(&to, facts->device);
	error->call = append(&to, facts->call);
	error->wanted = facts->wanted;
	error->held = facts->held;
	error->solution = facts->solution ? cen_solution_ref(facts->solution) : NULL;
	error->fitted = facts->fitted;
	return error;
}

int _cen_error_set(struct cen_error **err, enum cen_error_code code, int errnum, const struct error_facts *facts,
		   const char *format, ...)
{
	static const struct error_facts no_facts;
	_cleanup_free_ char *message = NULL;
	struct cen_error *error;
	va_list args;
	int length;

	if (!err || *err)
		return -errnum;
	va_start(args, format);
	length = vasprintf(&message, format, args);
	va_end(args);
	if (length < 0) {
		message = NULL;
		return -errnum;
	}
	error = create(facts ? facts : &no_facts, message);
	if (!error)
		return -errnum;
	error->code = code;
	error->errnum = -errnum;
	*err = error;
	return -errnum;
}

int _cen_error_no_memory(struct cen_error **err)
{
	return _cen_error_set(err, CEN_ERROR_NO_MEMORY, ENOMEM, NULL, "this process is out of memory");
}

enum cen_error_code cen_error_get_code(const struct cen_error *err)
{
	return err->code;
}

int cen_error_get_errno(const struct cen_error *err)
{
	return err->errnum;
}

const char *cen_error_get_device(const struct cen_error *err)
{
	return err->device;
}

const char *cen_error_get_call(const struct cen_error *err)
{
	return err->call;
}

uint64_t cen_error_get_wanted(const struct cen_error *err)
{
	return err->wanted;
}

uint64_t cen_error_get_held(const struct cen_error *err)
{
	return err->held;
}

uint32_t cen_error_get_fitted(const struct cen_error *err)
{
	return err->fitted;
}

const char *cen_error_get_message(const struct cen_error *err)
{
	return err->text;
}

const char *cen_error_code_get_name(enum cen_error_code code)
{
	size_t index = (size_t)code;

	if (index >= ARRAY_LENGTH(code_names) || !code_names[index])
		return "unknown";
	return code_names[index];
}

const struct cen_conflict *cen_error_get_conflict(const struct cen_error *err)
{
	return err->solution ? cen_solution_get_conflict(err->solution) : NULL;
}

void cen_error_destroy(struct cen_error *err)
{
	if (err)
		cen_solution_unref(err->solution);
	free(err);
}
