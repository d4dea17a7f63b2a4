/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Who waits for whom in a plan, as text. */
#pragma once

#include "table.h"
#include "tool.h"

/* One note of what the application has to do; none where there is nothing. */
void sync_text_add_note(struct table *table, const struct cen_plan *plan);

/* All contracts and handovers. Returns a tool_status. */
int sync_text_print(const struct tool *tool, const struct cen_plan *plan);
