/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A region that is made to see whether it works. */
#pragma once

#include "tool.h"

#define REGION_TRY_CHUNKS 4

struct region_try {
	char *text; /* what the strings of desc point into; NULL: nothing is to be tried */
	struct cen_region_desc desc;
	struct cen_region *region;
	struct cen_chunk chunks[REGION_TRY_CHUNKS];
	size_t chunk_count;
};

/* Read "NAME=BYTES[,align=N][,source=S][,algorithm=A]". Returns a tool_status, as all of these. */
int region_try_read(struct region_try *trial, const struct tool *tool, const char *text);
/* Make it, take chunks, give one back and take it again. */
int region_try_run(struct region_try *trial, const struct tool *tool);
/* Free every chunk, and one that is none; hold the numbers against those of a region that is empty. */
int region_try_give_back(struct region_try *trial, const struct tool *tool);
void region_try_finish(struct region_try *trial);
