/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_CENALLOC_H
#define CENALLOC_CENALLOC_H

/**
 * Everything an application needs. Separate are the plug-in ABI, <cenalloc/backend.h>, and what only a Wayland
 * compositor needs, <cenalloc/compositor.h>.
 *
 * The order of use, which is also the order of the headers:
 *
 *     context -> machine -> request -> solution -> plan -> buffer, or a pool of them
 *
 * Where no single buffer suits all, split cuts the pipeline and says who copies.
 *
 * A Wayland client adds the compositor as a device: feedback; negotiation keeps the plan right while it changes.
 *
 * Words that hold in every header:
 *
 * - create/destroy: one owner. ref/unref: shared, any thread. get: borrowed from its parent. dup: the caller owns.
 * - Functions return 0 or a negative errno. An object comes by out-parameter, which is NULL after a failure.
 *   A `struct cen_error **err` may be NULL; otherwise it is set on failure, and the caller destroys it.
 * - File descriptors passed in are borrowed, those returned belong to the caller.
 * - Strings are UTF-8 and borrowed from the object they were asked of, unless the function says otherwise.
 * - Structs that begin with `size` are filled by the caller with sizeof(the struct) and grow at their tail.
 * - Unknown flags are refused with -EINVAL and CEN_ERROR_UNKNOWN_FLAG.
 */

#include <cenalloc/attachment.h>
#include <cenalloc/buffer.h>
#include <cenalloc/capability.h>
#include <cenalloc/constraint.h>
#include <cenalloc/context.h>
#include <cenalloc/cpu-map.h>
#include <cenalloc/error.h>
#include <cenalloc/feedback.h>
#include <cenalloc/format.h>
#include <cenalloc/heap.h>
#include <cenalloc/import-cache.h>
#include <cenalloc/log.h>
#include <cenalloc/machine.h>
#include <cenalloc/map.h>
#include <cenalloc/negotiation.h>
#include <cenalloc/plan.h>
#include <cenalloc/pool.h>
#include <cenalloc/record.h>
#include <cenalloc/region.h>
#include <cenalloc/request.h>
#include <cenalloc/solution.h>
#include <cenalloc/split.h>
#include <cenalloc/sync.h>
#include <cenalloc/version.h>

#endif
