/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* wp_presentation: when a commit was on the screen, and whether it was copied. */
#pragma once

#include <wayland-server-core.h>

#include "output.h"
#include "server.h"

/* These commits never get on the screen. The list is empty afterwards. */
void presentation_discard(struct wl_list *feedbacks);
/* Those of server->feedbacks_shown are on the screen. */
void presentation_send(struct server *server, const struct output_flip *flip);
