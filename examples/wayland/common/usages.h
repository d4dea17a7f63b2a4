/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A compositor in a request: its surface as a described device, and the devices behind it as the machine knows them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <cenalloc/feedback.h>
#include <cenalloc/machine.h>
#include <cenalloc/negotiation.h>
#include <cenalloc/request.h>

#include "options.h"

#define SURFACE_NAME "wayland surface"

struct usages {
	struct cen_machine *machine;
	const struct cen_feedback *feedback;
	const struct options *options;
};

/*
 * The device with which the compositor samples: its main device, or --renderer. *out is NULL where the compositor names none, or where nothing is
 * known of it here: then its own word must do. Returns 0; -EOPNOTSUPP where the device takes dma-bufs and cannot use
 * them (explained on stderr): then no dma-buf may be sent; or another negative errno.
 */
int usages_find_main(const struct usages *usages, const struct cen_device **out);

/* It is known with which device the compositor samples. Not so in version 3, without --renderer. */
bool usages_is_named(const struct usages *usages);

/*
 * The surface samples. With is_best also what is worth trying first: that a plane shows it; or, where the compositor
 * names no device, that each GPU here samples it, as it may be any of them.
 */
int usages_add_surface(const struct usages *usages, struct cen_request *request, bool is_best,
		       struct cen_error **error);

/* The target devices of scanout tranches that are known here and not in the request yet. */
int usages_add_scanouts(const struct usages *usages, struct cen_request *request, struct cen_error **error);

/* The feedback has changed. is_refused: the surface takes nothing from now on. */
int usages_update(const struct usages *usages, struct cen_negotiation *negotiation, bool is_refused,
		  struct cen_error **error);

/* Size, count and formats of the command line. keep: only formats that it says yes to; NULL: all. */
int usages_fill(const struct usages *usages, struct cen_request *request,
		bool (*keep)(const void *data, uint32_t fourcc), const void *data, struct cen_error **error);
