/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Set-up of the flow tests. */
#include "flow.h"

const char flow_camera_script[] =
	"device /dev/fake-camera usages=capture name=camera driver=fake\n"
	"cap /dev/fake-camera capture NV12 LINEAR segments=1@queried stride-align=64@probed objects=one\n"
	"cap /dev/fake-camera capture XR24 LINEAR segments=1@queried objects=one\n"
	"note /dev/fake-camera capture the counts are not known\n"
	"device /dev/fake-display usages=scanout,cursor\n"
	"cap /dev/fake-display scanout NV12 LINEAR stride-max=8192 objects=one\n"
	"cap /dev/fake-display scanout XR24 LINEAR stride-max=8192 objects=one\n"
	"source scattered cost=10\n"
	"source contiguous segments=1 placement=cma cost=100 max=67108864\n";

static void record_log(const struct cen_log_record *record, void *data)
{
	struct flow *flow = data;
	int length = snprintf(flow->log + flow->log_length, sizeof(flow->log) - flow->log_length, "%s %s: %s\n",
			      cen_log_level_get_name(record->level), record->topic, record->message);

	if (length > 0 && flow->log_length + (size_t)length < sizeof(flow->log))
		flow->log_length += (size_t)length;
}

void flow_start_context(struct flow *flow, uint32_t flags, const char *script)
{
	const struct cen_backend *fake;

	memset(flow, 0, sizeof(*flow));
	fake_set_script(script);
	assert_int_equal(cen_context_create(flags, &flow->ctx, NULL), 0);
	assert_int_equal(cen_context_set_log_handler(flow->ctx, CEN_LOG_DEBUG, record_log, flow), 0);
	if (!script)
		return;
	assert_int_equal(cen_backend_entry_v1_fake(CEN_BACKEND_ABI, &fake), 0);
	assert_int_equal(cen_context_add_backend(flow->ctx, fake, NULL), 0);
}

void flow_start(struct flow *flow, const char *script)
{
	flow_start_context(flow, CEN_CONTEXT_NO_PLUGINS, script);
	assert_int_equal(cen_machine_create_live(flow->ctx, 0, &flow->machine, NULL), 0);
}

void flow_stop(struct flow *flow)
{
	cen_machine_destroy(flow->machine);
	cen_context_destroy(flow->ctx);
	fake_set_script(NULL);
}

static void add_usage(struct cen_machine *machine, struct cen_request *request, uint32_t usage, const char *path)
{
	const struct cen_device *device;

	if (!path)
		return;
	assert_int_equal(cen_machine_find_device(machine, path, &device, NULL), 0);
	assert_int_equal(cen_request_add_usage(request, usage, device, NULL), 0);
}

struct cen_solution *flow_solve(struct flow *flow, uint32_t width, uint32_t height, uint32_t count, uint32_t fourcc,
				uint32_t usage, const char *first, uint32_t second_usage, const char *second)
{
	struct cen_solution *solution = NULL;
	struct cen_request *request;
	struct cen_error *err = NULL;

	assert_int_equal(cen_request_create(flow->machine, &request), 0);
	assert_int_equal(cen_request_set_size(request, width, height, NULL), 0);
	assert_int_equal(cen_request_set_count(request, count, NULL), 0);
	assert_int_equal(cen_request_add_format(request, fourcc, NULL), 0);
	add_usage(flow->machine, request, usage, first);
	add_usage(flow->machine, request, second_usage, second);
	if (cen_solve(request, 0, &solution, &err) < 0)
		fail_msg("solve: %s", cen_error_get_message(err));
	cen_request_destroy(request);
	return solution;
}

struct cen_error *flow_allocate_fails(struct cen_solution *solution, uint32_t count, uint32_t flags,
				      enum cen_error_code code, int ret)
{
	struct cen_buffer *buffers[64];
	struct cen_error *err = NULL;
	int got;

	memset(buffers, 0xff, sizeof(buffers));
	assert_non_null(cen_solution_get_plan(solution, 0));
	got = cen_plan_allocate(cen_solution_get_plan(solution, 0), count, flags, buffers, &err);
	assert_non_null(err);
	if (got != ret || cen_error_get_code(err) != code)
		fail_msg("returned %d, \"%s\"", got, cen_error_get_message(err));
	assert_int_equal(cen_error_get_errno(err), ret);
	for (uint32_t n = 0; n < count && n < 64; n++)
		assert_null(buffers[n]);
	return err;
}

bool flow_has_logged(const struct flow *flow, const char *text)
{
	return strstr(flow->log, text) != NULL;
}
