/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Scopes that let go of the library's own objects, as util.h has them for memory and fds. */
#pragma once

#include <cenalloc/buffer.h>
#include <cenalloc/capability.h>
#include <cenalloc/error.h>
#include <cenalloc/request.h>
#include <cenalloc/solution.h>

static inline void _cen_error_cleanup(struct cen_error **error)
{
	cen_error_destroy(*error);
}
#define _cleanup_error_ __attribute__((cleanup(_cen_error_cleanup)))

static inline void _cen_capabilities_cleanup(struct cen_capabilities **caps)
{
	cen_capabilities_unref(*caps);
}
#define _cleanup_caps_ __attribute__((cleanup(_cen_capabilities_cleanup)))

static inline void _cen_request_cleanup(struct cen_request **request)
{
	cen_request_destroy(*request);
}
#define _cleanup_request_ __attribute__((cleanup(_cen_request_cleanup)))

static inline void _cen_solution_cleanup(struct cen_solution **solution)
{
	cen_solution_unref(*solution);
}
#define _cleanup_solution_ __attribute__((cleanup(_cen_solution_cleanup)))

static inline void _cen_buffer_cleanup(struct cen_buffer **buffer)
{
	cen_buffer_unref(*buffer);
}
#define _cleanup_buffer_ __attribute__((cleanup(_cen_buffer_cleanup)))
