/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Files that are there whole or not at all. */
#pragma once

#include "tool.h"

/*
 * Write text to path: whoever reads it meanwhile has the old file, and after a failure it is still there. What is no
 * regular file, such as a pipe, is written to as it is. Complains itself; returns a tool_status.
 */
int save_text(const struct tool *tool, const char *path, const char *text);
