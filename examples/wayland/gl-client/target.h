/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The buffers that GL draws into and the compositor shows. */
#pragma once

#include <stdint.h>

#include <cenalloc/plan.h>
#include <cenalloc/pool.h>

#include "client-buffer.h"
#include "connection.h"
#include "gl.h"
#include "report.h"
#include "util.h"

/* Of this plan and of earlier ones. */
#define MAX_TARGETS (4 * MAX_BUFFERS)

struct target {
	struct cen_pool *pool; /* NULL until there is a plan */
	struct cen_buffer *shown[MAX_TARGETS]; /* with the compositor */
};

/*
 * Allocate buffers, show them to GL and to the compositor. Those of the plan before stay until they are released.
 * Returns 0 or a negative errno, explained on stderr.
 */
int target_set_plan(struct target *target, struct cen_plan *plan, struct gl *gl, struct connection *connection,
		    const struct cen_feedback *feedback);
/* After the window is closed, and before GL and the connection are. */
void target_destroy(struct target *target);

/* A buffer that nobody uses. NULL when the compositor has them all. It must be committed, or be put back. */
struct client_buffer *target_take(struct target *target);
void target_put_back(struct target *target, struct client_buffer *buffer);
/* What GL draws into. */
const struct gl_image *target_get_image(const struct client_buffer *buffer);

/* The inodes of what GL and the compositor were given. Returns how many buffers there are. */
uint32_t target_identify(const struct target *target, struct identity identities[MAX_BUFFERS]);
