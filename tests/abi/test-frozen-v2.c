/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What generation 2 of the plug-in ABI added, frozen: the services for a compositor's feedback. Never change a struct
 * here; a new generation adds its own file.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include <cenalloc/backend.h>

#include "same-field.h"

struct frozen_feedback_event_v2 {
	size_t size;
	uint32_t kind;
	int32_t fd;
	uint32_t value;
	uint32_t reserved;
	uint64_t modifier;
	const void *data;
	size_t data_bytes;
};

struct frozen_host_v2 {
	size_t size;
	uint32_t abi;
	uint32_t reserved;
	void (*version_1[8])(void);
	int (*add_feedback)(struct cen_call *call, const struct cen_feedback_event *event);
	uint64_t (*get_wire_modifier)(struct cen_call *call, uint32_t fourcc, uint64_t modifier);
};

SAME_FIELD(cen_feedback_event, frozen_feedback_event_v2, size);
SAME_FIELD(cen_feedback_event, frozen_feedback_event_v2, kind);
SAME_FIELD(cen_feedback_event, frozen_feedback_event_v2, fd);
SAME_FIELD(cen_feedback_event, frozen_feedback_event_v2, value);
SAME_FIELD(cen_feedback_event, frozen_feedback_event_v2, reserved);
SAME_FIELD(cen_feedback_event, frozen_feedback_event_v2, modifier);
SAME_FIELD(cen_feedback_event, frozen_feedback_event_v2, data);
SAME_FIELD(cen_feedback_event, frozen_feedback_event_v2, data_bytes);
static_assert(sizeof(struct cen_feedback_event) >= sizeof(struct frozen_feedback_event_v2),
	      "cen_feedback_event has shrunk");

SAME_FIELD(cen_host, frozen_host_v2, add_feedback);
SAME_FIELD(cen_host, frozen_host_v2, get_wire_modifier);
static_assert(sizeof(struct cen_host) >= sizeof(struct frozen_host_v2), "cen_host has shrunk");

static_assert(CEN_FEEDBACK_EVENT_MODIFIER == 1 && CEN_FEEDBACK_EVENT_FORMAT_TABLE == 2 &&
		      CEN_FEEDBACK_EVENT_MAIN_DEVICE == 3 && CEN_FEEDBACK_EVENT_TARGET_DEVICE == 4 &&
		      CEN_FEEDBACK_EVENT_FLAGS == 5 && CEN_FEEDBACK_EVENT_FORMATS == 6 &&
		      CEN_FEEDBACK_EVENT_TRANCHE_DONE == 7 && CEN_FEEDBACK_EVENT_DONE == 8,
	      "the kinds of events are numbers that both sides know");
static_assert(CEN_BACKEND_ABI >= 2, "the ABI does not go back");

int main(void)
{
	return 0;
}
