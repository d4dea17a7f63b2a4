/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Machines, devices, sources, and what devices accept. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow.h"

static void test_lists_in_order(void **state)
{
	struct cen_source_info info = {.size = sizeof(info)};
	const struct cen_device *cpu;
	struct flow flow;

	(void)state;
	flow_start(&flow, flow_camera_script);
	assert_int_equal(cen_machine_get_device_count(flow.machine), 3);
	assert_string_equal(cen_device_get_path(cen_machine_get_device(flow.machine, 0)), "/dev/fake-camera");
	assert_string_equal(cen_device_get_name(cen_machine_get_device(flow.machine, 0)), "camera");
	assert_string_equal(cen_device_get_driver(cen_machine_get_device(flow.machine, 0)), "fake");
	assert_string_equal(cen_device_get_backend(cen_machine_get_device(flow.machine, 0)), "fake");
	assert_int_equal(cen_device_get_usages(cen_machine_get_device(flow.machine, 1)),
			 CEN_USAGE_BIT(CEN_USAGE_SCANOUT) | CEN_USAGE_BIT(CEN_USAGE_CURSOR));
	cpu = cen_machine_get_device(flow.machine, 2);
	assert_string_equal(cen_device_get_path(cpu), "cpu");
	assert_int_equal(cen_device_get_access(cpu), 0);
	assert_null(cen_device_get_driver(cpu));
	assert_non_null(cen_device_get_backend(cpu));
	assert_null(cen_machine_get_device(flow.machine, 3));
	assert_int_equal(cen_machine_get_source_count(flow.machine), 2);
	assert_int_equal(cen_source_get_info(cen_machine_get_source(flow.machine, 1), &info), 0);
	assert_string_equal(info.name, "contiguous");
	assert_int_equal(info.segments, 1);
	assert_int_equal(info.placement, CEN_PLACEMENT_CMA);
	assert_true(info.max_bytes == 67108864);
	info.size = 8;
	assert_int_equal(cen_source_get_info(cen_machine_get_source(flow.machine, 1), &info), -EINVAL);
	assert_null(cen_machine_get_source(flow.machine, 2));
	flow_stop(&flow);
}

static void test_find(void **state)
{
	const struct cen_device *device;
	struct cen_error *err = NULL;
	struct flow flow;

	(void)state;
	flow_start(&flow, flow_camera_script);
	assert_int_equal(cen_machine_find_device(flow.machine, "/dev/fake-display", &device, NULL), 0);
	assert_ptr_equal(device, cen_machine_get_device(flow.machine, 1));
	assert_int_equal(cen_machine_find_device(flow.machine, "cpu", &device, NULL), 0);
	assert_int_equal(cen_machine_find_device(flow.machine, "/dev/null", &device, &err), -ENODEV);
	assert_null(device);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_UNKNOWN_DEVICE);
	assert_string_equal(cen_error_get_device(err), "/dev/null");
	assert_error_says(err, "there are /dev/fake-camera, /dev/fake-display, cpu");
	assert_int_equal(cen_machine_find_device(flow.machine, "", &device, &err), -EINVAL);
	assert_error_says(err, "empty");
	flow_stop(&flow);
}

static int list_null(void *state, struct cen_call *call);
static int describe_null(void *state, struct cen_call *call, const struct cen_device_desc *device,
			 const struct cen_query *query);
static int open_null(const struct cen_host *host, struct cen_call *call, void **state)
{
	(void)call;
	*state = (void *)host;
	return 0;
}

/* A backend that knows a node of this host: /dev/null. */
static const struct cen_backend null_backend = {
	.size = sizeof(null_backend),
	.abi = CEN_BACKEND_ABI,
	.name = "null",
	.description = "knows /dev/null",
	.open = open_null,
	.list = list_null,
	.describe = describe_null,
};

static int list_null(void *state, struct cen_call *call)
{
	const struct cen_host *host = state;
	struct cen_device_desc desc = {
		.size = sizeof(desc), .path = "/dev/null", .name = "null", .usages = CEN_USAGE_BIT(CEN_USAGE_TEXTURE)};
	char id[129] = "";
	struct stat st;

	assert_int_equal(stat("/dev/null", &st), 0);
	desc.devnum = st.st_rdev;
	/* What a plug-in of ABI 3 passes ends before the id: what stands there is not looked at. */
	desc.id = (const char *)(uintptr_t)1;
	desc.size = offsetof(struct cen_device_desc, id);
	assert_int_equal(host->add_device(call, &desc), 0);
	assert_int_equal(host->add_device(call, &desc), -EEXIST);
	desc.size = sizeof(desc);
	desc.path = "/dev/null/2";
	desc.id = "";
	assert_int_equal(host->add_device(call, &desc), -EINVAL);
	memset(id, 'x', sizeof(id) - 1);
	desc.id = id;
	assert_int_equal(host->add_device(call, &desc), -EINVAL);
	id[127] = '\0';
	assert_int_equal(host->add_device(call, &desc), 0);
	return 0;
}

static int describe_null(void *state, struct cen_call *call, const struct cen_device_desc *device,
			 const struct cen_query *query)
{
	const struct cen_host *host = state;
	struct cen_capability capability = {.size = sizeof(capability), .fourcc = NV12};

	assert_string_equal(device->path, "/dev/null");
	assert_int_equal(query->flags, CEN_QUERY_PASSIVE);
	/* More than was asked for is left out; what is not valid is refused; what is not from list() too. */
	assert_int_equal(host->add_capability(call, &capability), 0);
	capability.fourcc = XR24;
	assert_int_equal(host->add_capability(call, &capability), 0);
	capability.constraint_count = 1;
	assert_int_equal(host->add_capability(call, &capability), -EINVAL);
	capability.size = 4;
	assert_int_equal(host->add_capability(call, &capability), -EINVAL);
	assert_int_equal(host->add_capability(call, NULL), -EINVAL);
	assert_int_equal(host->add_device(call, device), -EINVAL);
	return 0;
}

static void test_find_by_node_and_filter(void **state)
{
	const struct cen_device *device;
	struct cen_capabilities *caps;
	struct cen_machine *machine;
	struct cen_capability capability = {.size = sizeof(capability)};
	char path[] = "/tmp/cenalloc-link-XXXXXX";
	uint32_t wanted = XR24;
	struct flow flow;

	(void)state;
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS, NULL);
	assert_int_equal(cen_context_add_backend(flow.ctx, &null_backend, NULL), 0);
	assert_int_equal(cen_machine_create_live(flow.ctx, CEN_MACHINE_PASSIVE, &machine, NULL), 0);
	assert_non_null(mkdtemp(path));
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(cen_machine_find_device(machine, path, &device, NULL), 0);
	assert_int_equal(unlink(path), 0);
	assert_string_equal(cen_device_get_path(device), "/dev/null");
	assert_null(cen_device_get_id(device));
	assert_int_equal(strlen(cen_device_get_id(cen_machine_get_device(machine, 1))), 127);
	assert_int_equal(
		cen_machine_describe(machine, device, CEN_USAGE_TEXTURE, 64, 64, &wanted, 1, &caps, NULL, NULL), 0);
	assert_int_equal(cen_capabilities_get_count(caps), 1);
	assert_int_equal(cen_capabilities_get(caps, 0, &capability), 0);
	assert_int_equal(capability.fourcc, XR24);
	/* The set is frozen. */
	assert_int_equal(cen_capabilities_add(caps, &capability, NULL), -EBUSY);
	cen_capabilities_unref(caps);
	/* The machine keeps its context. */
	cen_context_destroy(flow.ctx);
	assert_int_equal(cen_machine_get_device_count(machine), 3);
	cen_machine_destroy(machine);
}

static void test_describe(void **state)
{
	struct cen_capability capability = {.size = sizeof(capability)};
	const struct cen_device *camera;
	struct cen_capabilities *caps;
	struct flow flow;
	char *notes;

	(void)state;
	flow_start(&flow, flow_camera_script);
	camera = cen_machine_get_device(flow.machine, 0);
	assert_int_equal(
		cen_machine_describe(flow.machine, camera, CEN_USAGE_CAPTURE, 0, 0, NULL, 0, &caps, &notes, NULL), 0);
	assert_string_equal(notes, "the counts are not known");
	free(notes);
	assert_int_equal(cen_capabilities_get_count(caps), 2);
	assert_int_equal(cen_capabilities_get(caps, 0, &capability), 0);
	assert_int_equal(capability.fourcc, NV12);
	assert_int_equal(capability.constraint_count, 3);
	cen_capabilities_unref(caps);
	flow_stop(&flow);
}

static void test_cpu(void **state)
{
	const struct cen_device *cpu;
	struct cen_capabilities *caps;
	struct flow flow;
	size_t formats = 0;
	char *notes;

	(void)state;
	flow_start(&flow, "");
	assert_int_equal(cen_machine_get_device_count(flow.machine), 1);
	cpu = cen_machine_get_device(flow.machine, 0);
	assert_int_equal(
		cen_machine_describe(flow.machine, cpu, CEN_USAGE_CPU_WRITE, 0, 0, NULL, 0, &caps, &notes, NULL), 0);
	while (cen_format_get_nth(formats))
		formats++;
	assert_int_equal(cen_capabilities_get_count(caps), formats);
	assert_null(notes);
	cen_capabilities_unref(caps);
	flow_stop(&flow);
}

/* Describe must fail like this. */
static struct cen_error *describe_fails(struct flow *flow, const char *path, uint32_t usage, uint32_t width,
					const uint32_t *fourcc, enum cen_error_code code, int ret)
{
	const struct cen_device *device;
	struct cen_capabilities *caps = (void *)1;
	struct cen_error *err = NULL;
	char *notes = (char *)"";

	assert_int_equal(cen_machine_find_device(flow->machine, path, &device, NULL), 0);
	assert_int_equal(cen_machine_describe(flow->machine, device, usage, width, 64, fourcc, fourcc ? 1 : 0, &caps,
					      &notes, &err),
			 ret);
	assert_null(caps);
	assert_null(notes);
	assert_non_null(err);
	assert_int_equal(cen_error_get_code(err), code);
	return err;
}

static void test_describe_arguments(void **state)
{
	const uint32_t unknown = 0x20202020;
	struct cen_error *err;
	struct flow flow, other;
	struct cen_capabilities *caps;

	(void)state;
	flow_start(&flow, flow_camera_script);
	err = describe_fails(&flow, "/dev/fake-camera", CEN_USAGE_TEXTURE, 64, NULL, CEN_ERROR_USAGE, -EOPNOTSUPP);
	assert_error_says(err, "/dev/fake-camera cannot do texture; it can do capture");
	err = describe_fails(&flow, "/dev/fake-display", CEN_USAGE_TEXTURE, 64, NULL, CEN_ERROR_USAGE, -EOPNOTSUPP);
	assert_error_says(err, "it can do scanout, cursor");
	err = describe_fails(&flow, "cpu", 11, 64, NULL, CEN_ERROR_UNKNOWN_FLAG, -EINVAL);
	assert_error_says(err, "11");
	err = describe_fails(&flow, "cpu", UINT32_MAX, 64, NULL, CEN_ERROR_UNKNOWN_FLAG, -EINVAL);
	assert_error_says(err, "no usage");
	err = describe_fails(&flow, "cpu", CEN_USAGE_CPU_READ, 0, NULL, CEN_ERROR_ARGUMENT, -EINVAL);
	assert_error_says(err, "0x64");
	err = describe_fails(&flow, "cpu", CEN_USAGE_CPU_READ, 65537, NULL, CEN_ERROR_ARGUMENT, -EINVAL);
	assert_error_says(err, "65536");
	err = describe_fails(&flow, "cpu", CEN_USAGE_CPU_READ, 64, &unknown, CEN_ERROR_UNKNOWN_FORMAT, -EINVAL);
	assert_error_says(err, "0x20202020");
	flow_start(&other, flow_camera_script);
	assert_int_equal(cen_machine_describe(flow.machine, cen_machine_get_device(other.machine, 0), CEN_USAGE_CAPTURE,
					      0, 0, NULL, 0, &caps, NULL, &err),
			 -ENODEV);
	assert_error_says(err, "not one of this machine");
	flow_stop(&other);
	flow_stop(&flow);
}

struct failure_case {
	const char *line;
	enum cen_error_code code;
	int ret;
};

static void test_describe_failures(void **state)
{
	static const struct failure_case cases[] = {
		{"fail describe EACCES\n", CEN_ERROR_PERMISSION, -EACCES},
		{"fail describe EPERM\n", CEN_ERROR_PERMISSION, -EPERM},
		{"fail describe ENODEV\n", CEN_ERROR_DEVICE_LOST, -ENODEV},
		{"fail describe ENOENT\n", CEN_ERROR_DEVICE_LOST, -ENOENT},
		{"fail describe ENXIO\n", CEN_ERROR_DEVICE_LOST, -ENXIO},
		{"fail describe EBUSY\n", CEN_ERROR_BUSY, -EBUSY},
		{"fail describe EOPNOTSUPP\n", CEN_ERROR_USAGE, -EOPNOTSUPP},
		{"fail describe EIO\n", CEN_ERROR_SYSTEM, -EIO},
		{"fail describe lie\n", CEN_ERROR_BACKEND, -EPROTO},
	};

	(void)state;
	for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		struct cen_error *err;
		struct flow flow;
		char script[256];

		snprintf(script, sizeof(script), "device /dev/x usages=capture help=group-video-would-help\n%s",
			 cases[n].line);
		flow_start(&flow, script);
		err = describe_fails(&flow, "/dev/x", CEN_USAGE_CAPTURE, 64, NULL, cases[n].code, cases[n].ret);
		assert_string_equal(cen_error_get_device(err), "/dev/x");
		if (cases[n].code == CEN_ERROR_PERMISSION)
			assert_non_null(strstr(cen_error_get_message(err), "group-video-would-help"));
		if (cases[n].code != CEN_ERROR_BACKEND)
			assert_string_equal(cen_error_get_call(err), "FAKE_CALL");
		cen_error_destroy(err);
		flow_stop(&flow);
	}
}

static void test_no_access(void **state)
{
	struct cen_error *err;
	struct flow flow;

	(void)state;
	flow_start(&flow, "device /dev/x usages=capture access=EACCES help=ask-root\n");
	assert_int_equal(cen_device_get_access(cen_machine_get_device(flow.machine, 0)), -EACCES);
	assert_string_equal(cen_device_get_access_help(cen_machine_get_device(flow.machine, 0)), "ask-root");
	err = describe_fails(&flow, "/dev/x", CEN_USAGE_SCANOUT, 64, NULL, CEN_ERROR_PERMISSION, -EACCES);
	assert_error_says(err, "ask-root");
	flow_stop(&flow);
}

static void test_failing_backend_is_left_out(void **state)
{
	static const char *const lines[] = {"fail list EIO\n", "fail list lie\n", "fail open EIO\n", "what is this\n"};
	struct flow flow;
	char script[256];

	(void)state;
	for (size_t n = 0; n < sizeof(lines) / sizeof(lines[0]); n++) {
		snprintf(script, sizeof(script), "device /dev/x usages=capture\nsource s\n%s", lines[n]);
		flow_start(&flow, script);
		assert_int_equal(cen_machine_get_device_count(flow.machine), 1);
		assert_int_equal(cen_machine_get_source_count(flow.machine), 0);
		assert_logged(&flow, "backend fake left out");
		flow_stop(&flow);
	}
	flow_start(&flow, "source s\nwhat is this\n");
	assert_logged(&flow, "line 2");
	flow_stop(&flow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists_in_order),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_find_by_node_and_filter),
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_cpu),
		cmocka_unit_test(test_describe_arguments),
		cmocka_unit_test(test_describe_failures),
		cmocka_unit_test(test_no_access),
		cmocka_unit_test(test_failing_backend_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
