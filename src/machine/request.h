/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The inside of a request. */
#pragma once

#include <cenalloc/request.h>

#include "constraint.h"

/* The largest width and height: V4L2 and KMS drivers stop at 16384 or less. */
#define MAX_SIZE 65536u

/* The most copies per frame that a request states. */
#define MAX_COPIES 16u

struct request_usage {
	uint32_t usage;
	char *name;
	const struct cen_device *device; /* of the machine; NULL for a described one */
	struct cen_capabilities *caps; /* of a described one, or of a device already asked; NULL: to be asked */
};

struct cen_request {
	struct cen_machine *machine; /* kept alive */
	uint32_t width, height, count;
	uint32_t copies; /* that the application makes of each frame */
	char *copies_note; /* may be NULL */
	uint32_t *fourccs;
	size_t fourcc_count, fourcc_capacity;
	uint64_t *modifiers;
	size_t modifier_count, modifier_capacity;
	struct request_usage usages[CEN_MAX_USAGES];
	size_t usage_count;
	struct constraint_set *policy; /* NULL: none */
};

/* The same wishes without the usages. NULL when there is no memory. */
struct cen_request *_cen_request_dup_wishes(const struct cen_request *request);
