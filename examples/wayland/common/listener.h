/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Hands the events of a surface's zwp_linux_dmabuf_feedback_v1 to a cen_feedback. */
#pragma once

#include <stdbool.h>

#include <cenalloc/feedback.h>

#include "connection.h"

struct listener {
	struct zwp_linux_dmabuf_feedback_v1 *object; /* NULL: version 3, where nothing ever changes */
	struct cen_feedback *own;
	struct cen_feedback *feedback; /* own, or the connection's; NULL: no linux-dmabuf at all */
	bool is_changed; /* a round is complete that nobody has looked at; set to false by who does */
};

/* Asks for the surface's feedback and waits for the first round. Returns 0 or a negative errno, explained on stderr. */
int listener_start(struct listener *listener, struct connection *connection, struct wl_surface *surface);
void listener_stop(struct listener *listener);
