/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "order.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include <cenalloc/machine.h>

#include "context.h"

/* "camera-client(show_frame+0x1c)", or "libfoo.so.1+0x1234" where the function has no name that is exported. */
static void name_caller(const void *caller, char *buf, size_t size)
{
	const char *file, *slash;
	Dl_info info;

	if (!dladdr(caller, &info) || !info.dli_fname) {
		snprintf(buf, size, "%p", caller);
		return;
	}
	slash = strrchr(info.dli_fname, '/');
	file = slash ? slash + 1 : info.dli_fname;
	if (info.dli_sname)
		snprintf(buf, size, "%s(%s+0x%tx)", file, info.dli_sname,
			 (const char *)caller - (const char *)info.dli_saddr);
	else
		snprintf(buf, size, "%s+0x%tx", file, (const char *)caller - (const char *)info.dli_fbase);
}

void _cen_order_report(struct cen_context *ctx, atomic_uint *counter, const char *device, uint32_t usage,
		       const struct order_call *call, const char *what)
{
	char caller[256];

	if (counter)
		atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&ctx->violations, 1, memory_order_relaxed);
	name_caller(call->caller, caller, sizeof(caller));
	_cen_log(ctx, CEN_LOG_WARNING, "order", "%s (%s): %s: %s; called from %s", device, cen_usage_get_name(usage),
		 call->name, what, caller);
}
