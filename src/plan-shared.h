/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a solution's plans and its conflict share: whom they speak of, and what their pointers point into. */
#pragma once

#include <stdatomic.h>
#include <stddef.h>

#include <cenalloc/backend.h>

#include "constraint.h"

struct cen_capabilities;
struct cen_machine;
struct cen_device;
struct solver_problem;

/* A usage as plans and conflicts refer to it. */
struct plan_usage {
	uint32_t usage;
	char *name; /* device path, or the name given */
	struct cen_capabilities *caps; /* kept: notes and constraints point into it */
	const struct cen_device *device; /* NULL for a device that the application described */
	uint64_t devnum; /* st_rdev of its node; 0: none */
};

/* A source as it was when the request was solved. */
struct plan_source {
	const struct cen_source_desc *desc; /* owned by the machine */
	const char *backend;
};

/* What all plans and the conflict of one solution share. */
struct plan_shared {
	atomic_int refs;
	struct cen_machine *machine; /* kept alive; NULL in a pure solve, where the caller keeps the sources */
	struct plan_usage *usages;
	size_t usage_count;
	struct plan_source *sources;
	size_t source_count;
	struct constraint_set *policy; /* may be NULL */
	uint32_t copies; /* that the application makes of each frame */
	char *copies_note; /* may be NULL */
};

/* Copies what it keeps. NULL when there is no memory. */
struct plan_shared *_cen_plan_shared_create(const struct solver_problem *problem);
struct plan_shared *_cen_plan_shared_ref(struct plan_shared *shared);
void _cen_plan_shared_unref(struct plan_shared *shared);
