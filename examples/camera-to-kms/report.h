/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What was decided and what happened, for a person and as JSON. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include <cenalloc/solution.h>

#include "picture.h"
#include "util.h"

/* One dma-buf of a buffer as each side knows it: equal numbers mean the same memory. */
struct identity {
	ino_t queued; /* behind the fd that the camera was given */
	ino_t shown; /* behind the framebuffer that the display scanned out */
};

struct outcome {
	const char *camera, *display;
	uint32_t captured, shown, dropped, missed; /* dropped: by us; missed: by the camera's own count */
	double seconds;
	const char *mode;
	bool is_user_mode;
	uint32_t buffer_count, plane_count;
	struct identity identities[MAX_BUFFERS][CEN_MAX_PLANES];
	bool is_compared;
	struct comparison comparison;
};

void report_print_outcome(const struct outcome *outcome);

bool report_is_zero_copy(const struct outcome *outcome);

/* Both return 0 or a negative errno, explained on stderr. */
int report_write(const char *path, const struct cen_plan *plan, const struct outcome *outcome);
int report_write_conflict(const char *path, const struct cen_conflict *conflict);
