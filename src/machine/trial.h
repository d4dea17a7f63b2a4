/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Trying buffers on a device, in a process of its own: a driver that wedges or crashes takes only that with it. */
#pragma once

#include "host.h"

struct cen_device;

struct trial {
	struct cen_context *ctx;
	const struct cen_device *device;
	uint32_t usage;
	uint32_t count;
	const struct cen_image_desc *images;
};

struct trial_result {
	int ret; /* of the first refusal; 0: all were taken */
	uint32_t image; /* which one was refused */
	struct call_failure failure;
};

/* Whether there is anything that could be tried. */
bool _cen_trial_is_possible(const struct cen_device *device);

/* Words for a refusal. */
struct trial_names {
	const char *device; /* as the application knows it */
	const char *source; /* which made the images */
	uint64_t wanted; /* bytes that the plan says */
};

/*
 * Show all images to the device. Returns 0 when they were taken, or when nothing can try them, which is logged;
 * otherwise a negative errno with err set: CEN_ERROR_IMPORT, or CEN_ERROR_SYSTEM when the process could not be made.
 */
int _cen_trial_verify(const struct trial *trial, const struct trial_names *names, struct cen_error **err);

/* Returns 0 and the result, or a negative errno when the process could not be made. At most 15 s per image. */
int _cen_trial_run(const struct trial *trial, struct trial_result *out);
