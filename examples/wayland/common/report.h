/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What was decided and what came of it, for a person and as JSON. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <cenalloc/feedback.h>
#include <cenalloc/plan.h>
#include <cenalloc/solution.h>

#include "stats.h"

/* The dma-bufs behind one buffer, as each side was given them. */
struct identity {
	uint32_t count;
	ino_t camera[CEN_MAX_PLANES]; /* what the camera fills, or GL draws into; 0: nothing yet */
	ino_t compositor[CEN_MAX_PLANES]; /* 0: nothing was sent */
};

struct report {
	const char *program, *camera;
	const char *path; /* how pixels reach the compositor: "dma-buf" or "wl_shm" */
	const char *wish; /* the request that is answered, in words */
	uint32_t dmabuf_version; /* 0: the compositor has no linux-dmabuf */
	uint32_t buffers_asked;
	const struct cen_feedback *feedback; /* may be NULL */
	const struct cen_plan *plan; /* of the buffers that the compositor is given, or that are copied */
	const struct cen_plan *input; /* of the camera's buffers where those are others; may be NULL */
	const char *device; /* that draws; NULL: none */
	const struct identity *identities;
	uint32_t identity_count;
	const struct stats *stats;
	int status; /* of the program */
};

/* Why there is no plan. */
void report_print_conflict(const char *what, const struct cen_conflict *conflict);
/* Every buffer that the compositor has is one that the camera (or GL) fills. */
bool report_is_same(const struct report *report);
void report_print(const struct report *report);

/* Return 0 or a negative errno, explained on stderr. */
int report_write(const char *path, const struct report *report);
int report_write_conflict(const char *path, const char *program, const struct cen_conflict *conflict);
