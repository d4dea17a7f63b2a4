/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* "cenalloc ps --watch": looks again and again, and tells what changed. */
#pragma once

#include "ps-print.h"

struct ps_watch_options {
	struct ps_view view;
	uint32_t seconds; /* between two refreshes */
	uint32_t count; /* refreshes; 0: until Enter or a signal */
};

/* Returns a tool_status. signals: of wait_block_signals(). */
int ps_watch_run(const struct tool *tool, const struct ps_watch_options *options, int signals);

/*
 * Look at the machine, and where something looks like an orphan that was none in earlier, once more. The marks are
 * set. earlier may be NULL. Returns 0 or a negative errno.
 */
int ps_look(const struct ps_snapshot *earlier, struct ps_snapshot **out);
