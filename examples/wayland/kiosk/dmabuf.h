/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* zwp_linux_dmabuf_v1: what clients are told about dma-bufs, and what they make of them. */
#pragma once

#include "surface.h"

/* dmabuf-feedback.c */
void dmabuf_create_default_feedback(struct wl_client *client, struct wl_resource *resource, uint32_t id);
void dmabuf_create_surface_feedback(struct wl_client *client, struct wl_resource *resource, uint32_t id,
				    struct wl_resource *surface);
/* After a frame: a surface whose buffers can be shown directly from now on, or no more, is told when that lasts. */
void dmabuf_update_offers(struct server *server);
/* Its feedbacks stay silent. */
void dmabuf_forget_surface(struct surface *surface);
void dmabuf_print_offer(const struct server *server);
