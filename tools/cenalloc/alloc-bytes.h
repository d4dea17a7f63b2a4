/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* alloc --heap NAME --length N: plain memory of one source. */
#pragma once

#include "solve-options.h"

/* Opens the machine, allocates, shows, and with options->hold waits on signals. Returns a tool_status. */
int alloc_bytes_run(struct tool *tool, const struct solve_options *options, int signals);
