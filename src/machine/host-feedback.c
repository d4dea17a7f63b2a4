/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The services for a backend that listens to a compositor: feedback.h, event by event. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cenalloc/feedback.h>

#include "cleanup.h"
#include "host.h"
#include "util.h"

#define EVENT_SIZE_V2 (offsetof(struct cen_feedback_event, data_bytes) + sizeof(size_t))

static int tell(struct cen_call *call, int ret, const struct cen_error *err)
{
	if (ret == -ENOMEM)
		call->has_no_memory = true;
	return _cen_host.fail(call, err ? cen_error_get_call(err) : NULL, -ret,
			      err ? cen_error_get_message(err) : NULL);
}

/* What the round says, as the answer to describe(). */
static int add_capabilities(struct cen_call *call, struct cen_error **err)
{
	_cleanup_caps_ struct cen_capabilities *caps = NULL;
	struct cen_capability capability = {.size = sizeof(capability)};
	int ret = cen_feedback_get_capabilities(call->feedback, call->usage, &caps, err);

	for (size_t n = 0; ret == 0 && cen_capabilities_get(caps, n, &capability) == 0; n++)
		ret = _cen_host.add_capability(call, &capability);
	return ret;
}

static int take_event(struct cen_call *call, const struct cen_feedback_event *event, struct cen_error **err)
{
	struct cen_feedback *feedback = call->feedback;
	int ret;

	switch (event->kind) {
	case CEN_FEEDBACK_EVENT_MODIFIER:
		return cen_feedback_modifier(feedback, event->value, event->modifier, err);
	case CEN_FEEDBACK_EVENT_FORMAT_TABLE:
		return cen_feedback_format_table(feedback, event->fd, event->value, err);
	case CEN_FEEDBACK_EVENT_MAIN_DEVICE:
		return cen_feedback_main_device(feedback, event->data, event->data_bytes, err);
	case CEN_FEEDBACK_EVENT_TARGET_DEVICE:
		return cen_feedback_tranche_target_device(feedback, event->data, event->data_bytes, err);
	case CEN_FEEDBACK_EVENT_FLAGS:
		return cen_feedback_tranche_flags(feedback, event->value, err);
	case CEN_FEEDBACK_EVENT_FORMATS:
		return cen_feedback_tranche_formats(feedback, event->data, event->data_bytes, err);
	case CEN_FEEDBACK_EVENT_TRANCHE_DONE:
		return cen_feedback_tranche_done(feedback, err);
	case CEN_FEEDBACK_EVENT_DONE:
		ret = cen_feedback_done(feedback, err);
		return ret < 0 || call->operation != OPERATION_DESCRIBE ? ret : add_capabilities(call, err);
	default:
		return -EINVAL;
	}
}

int _cen_host_add_feedback(struct cen_call *call, const struct cen_feedback_event *event)
{
	_cleanup_error_ struct cen_error *err = NULL;
	int ret;

	if (call->operation != OPERATION_DESCRIBE && call->operation != OPERATION_TRY_IMPORT)
		return _cen_host.fail(call, NULL, EINVAL, "feedback that did not come from describe() or try_import()");
	if (!event || event->size < EVENT_SIZE_V2)
		return _cen_host.fail(call, NULL, EINVAL, "a feedback event that is too small");
	if (!call->feedback && cen_feedback_create(&call->feedback) < 0)
		return tell(call, -ENOMEM, NULL);
	ret = take_event(call, event, &err);
	return ret < 0 ? tell(call, ret, err) : 0;
}

uint64_t _cen_host_get_wire_modifier(struct cen_call *call, uint32_t fourcc, uint64_t modifier)
{
	return call->feedback ? cen_feedback_get_wire_modifier(call->feedback, fourcc, modifier) : modifier;
}
