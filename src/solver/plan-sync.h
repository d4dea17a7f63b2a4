/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Who has to wait for whom in a plan, in words. Pure. */
#pragma once

#include <stdbool.h>

#include "arena.h"
#include "plan.h"

/* Owned by the arena that it was written to. */
struct plan_sync_text {
	struct cen_plan_sync *usages;
	size_t usage_count;
	struct cen_plan_handover *handovers;
	size_t handover_count;
};

/* False when there is no memory. */
bool _cen_plan_sync_write(const struct cen_plan *plan, struct arena *arena, struct plan_sync_text *out);
