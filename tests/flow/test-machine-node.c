/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A node that two backends know, and devices by their number. */
#include <errno.h>
#include <sys/sysmacros.h>

#include "flow.h"

#define NULL_NUMBER makedev(1, 3) /* /dev/null, which every machine has */
#define NO_NUMBER makedev(4095, 1048575)

/* Two backends. Each describes what it has with a format of its own, so that one can tell who was asked. */
static const struct cen_host *host;

static int open_state(const struct cen_host *services, struct cen_call *call, void **state)
{
	(void)call;
	host = services;
	*state = NULL;
	return 0;
}

static int add(struct cen_call *call, const char *path, uint64_t devnum, uint32_t usages, int access)
{
	const struct cen_device_desc desc = {
		.size = sizeof(desc),
		.devnum = devnum,
		.path = path,
		.name = "a node",
		.access_help = access ? "ask the group" : NULL,
		.usages = usages,
		.access = access,
	};

	return host->add_device(call, &desc);
}

static int list_display(void *state, struct cen_call *call)
{
	(void)state;
	add(call, "/dev/card", NULL_NUMBER, CEN_USAGE_BIT(CEN_USAGE_SCANOUT) | CEN_USAGE_BIT(CEN_USAGE_CURSOR), 0);
	add(call, "/dev/locked", 0, 0, -EACCES);
	/* Twice by one backend is once too often. */
	return add(call, "/dev/card", NULL_NUMBER, CEN_USAGE_BIT(CEN_USAGE_TEXTURE), 0) == -EEXIST ? 0 : -EIO;
}

static int list_gpu(void *state, struct cen_call *call)
{
	(void)state;
	add(call, "/dev/card", NULL_NUMBER, CEN_USAGE_BIT(CEN_USAGE_TEXTURE) | CEN_USAGE_BIT(CEN_USAGE_SCANOUT), 0);
	add(call, "software", 0, CEN_USAGE_BIT(CEN_USAGE_TEXTURE), 0);
	return add(call, "/dev/locked", 0, CEN_USAGE_BIT(CEN_USAGE_RENDER), 0);
}

static int describe_as(struct cen_call *call, uint32_t fourcc)
{
	const struct cen_capability capability = {.size = sizeof(capability), .fourcc = fourcc};

	return host->add_capability(call, &capability);
}

static int describe_display(void *state, struct cen_call *call, const struct cen_device_desc *device,
			    const struct cen_query *query)
{
	char message[64];

	(void)state;
	if (query->width > 1)
		return query->usage == CEN_USAGE_TEXTURE ? -EOPNOTSUPP : describe_as(call, NV12);
	snprintf(message, sizeof(message), "%s: another program has it", device->path);
	/* Without the parentheses it is a macro of cmocka. */
	return (host->fail)(call, NULL, EBUSY, message);
}

static int describe_gpu(void *state, struct cen_call *call, const struct cen_device_desc *device,
			const struct cen_query *query)
{
	(void)state;
	(void)device;
	(void)query;
	return describe_as(call, XR24);
}

static const struct cen_backend display = {
	.size = sizeof(display),
	.abi = CEN_BACKEND_ABI,
	.name = "display",
	.description = "shows",
	.open = open_state,
	.list = list_display,
	.describe = describe_display,
	.priority = 1,
};

static const struct cen_backend gpu = {
	.size = sizeof(gpu),
	.abi = CEN_BACKEND_ABI,
	.name = "gpu",
	.description = "draws",
	.open = open_state,
	.list = list_gpu,
	.describe = describe_gpu,
	.priority = 2,
};

static void start(struct flow *flow)
{
	flow_start_context(flow, CEN_CONTEXT_NO_PLUGINS, NULL);
	assert_int_equal(cen_context_add_backend(flow->ctx, &display, NULL), 0);
	assert_int_equal(cen_context_add_backend(flow->ctx, &gpu, NULL), 0);
	assert_int_equal(cen_machine_create_live(flow->ctx, 0, &flow->machine, NULL), 0);
}

static const struct cen_device *find(const struct flow *flow, const char *path)
{
	const struct cen_device *device;

	assert_int_equal(cen_machine_find_device(flow->machine, path, &device, NULL), 0);
	return device;
}

static void test_find(void **state)
{
	const struct cen_device *device;
	struct cen_error *err = NULL;
	struct flow flow;

	(void)state;
	start(&flow);
	assert_int_equal(cen_machine_get_device_count(flow.machine), 6);
	assert_logged(&flow, "device /dev/card: not taken: another list entry came first");
	assert_string_equal(cen_device_get_backend(find(&flow, "/dev/card")), "display");
	assert_string_equal(cen_device_get_backend(find(&flow, "display:/dev/card")), "display");
	assert_string_equal(cen_device_get_backend(find(&flow, "gpu:/dev/card")), "gpu");
	assert_string_equal(cen_device_get_path(find(&flow, "gpu:/dev/card")), "/dev/card");
	assert_string_equal(cen_device_get_path(find(&flow, "gpu:software")), "software");
	assert_string_equal(cen_device_get_path(find(&flow, "core:cpu")), "cpu");
	/* Another path to the node: the number of /dev/null is theirs here. */
	assert_string_equal(cen_device_get_backend(find(&flow, "/dev/null")), "display");
	assert_string_equal(cen_device_get_backend(find(&flow, "gpu:/dev/null")), "gpu");
	assert_int_equal(cen_machine_find_device(flow.machine, "display:software", &device, &err), -ENODEV);
	assert_null(device);
	/* Each node once. */
	assert_error_says(err, "there are /dev/card, /dev/locked, software, cpu");
	assert_int_equal(cen_machine_find_device(flow.machine, "gp:/dev/card", &device, NULL), -ENODEV);
	assert_int_equal(cen_machine_find_device(flow.machine, ":/dev/card", &device, NULL), -ENODEV);
	assert_int_equal(cen_machine_find_device(flow.machine, "gpu:", &device, NULL), -ENODEV);
	flow_stop(&flow);
}

/* Who described it is seen by the format. */
static uint32_t describe(struct flow *flow, const char *path, uint32_t usage)
{
	struct cen_capability capability = {.size = sizeof(capability)};
	struct cen_capabilities *caps;
	struct cen_error *err = NULL;

	if (cen_machine_describe(flow->machine, find(flow, path), usage, 64, 64, NULL, 0, &caps, NULL, &err) < 0)
		fail_msg("%s", cen_error_get_message(err));
	assert_int_equal(cen_capabilities_get(caps, 0, &capability), 0);
	cen_capabilities_unref(caps);
	return capability.fourcc;
}

static void test_describe(void **state)
{
	struct cen_capabilities *caps;
	struct cen_error *err = NULL;
	struct flow flow;

	(void)state;
	start(&flow);
	assert_int_equal(describe(&flow, "/dev/card", CEN_USAGE_SCANOUT), NV12);
	assert_int_equal(describe(&flow, "gpu:/dev/card", CEN_USAGE_SCANOUT), XR24);
	assert_int_equal(describe(&flow, "/dev/card", CEN_USAGE_TEXTURE), XR24);
	assert_int_equal(describe(&flow, "gpu:/dev/card", CEN_USAGE_CURSOR), NV12);
	assert_int_equal(describe(&flow, "/dev/locked", CEN_USAGE_RENDER), XR24);
	assert_int_equal(cen_machine_describe(flow.machine, find(&flow, "/dev/card"), CEN_USAGE_ENCODE, 64, 64, NULL, 0,
					      &caps, NULL, &err),
			 -EOPNOTSUPP);
	assert_error_says(err, "it can do texture, scanout, cursor");
	assert_int_equal(cen_machine_describe(flow.machine, find(&flow, "/dev/locked"), CEN_USAGE_TEXTURE, 64, 64, NULL,
					      0, &caps, NULL, &err),
			 -EACCES);
	assert_error_says(err, "ask the group");
	flow_stop(&flow);
}

/* A backend that names its device in its words does not make the library say it twice. */
static void test_message(void **state)
{
	struct cen_capabilities *caps;
	struct cen_error *err = NULL;
	struct flow flow;

	(void)state;
	start(&flow);
	assert_int_equal(cen_machine_describe(flow.machine, find(&flow, "/dev/card"), CEN_USAGE_CURSOR, 1, 1, NULL, 0,
					      &caps, NULL, &err),
			 -EBUSY);
	assert_string_equal(cen_error_get_message(err), "/dev/card: another program has it (Device or resource busy)");
	cen_error_destroy(err);
	flow_stop(&flow);
}

static void test_request(void **state)
{
	struct cen_request *request;
	struct cen_error *err = NULL;
	struct flow flow;

	(void)state;
	start(&flow);
	assert_int_equal(cen_request_create(flow.machine, &request), 0);
	assert_int_equal(cen_request_add_usage(request, CEN_USAGE_SCANOUT, find(&flow, "/dev/card"), NULL), 0);
	assert_int_equal(cen_request_add_usage(request, CEN_USAGE_TEXTURE, find(&flow, "/dev/card"), NULL), 0);
	assert_int_equal(cen_request_get_usage_count(request), 2);
	/* One node does one thing once, whichever backend is named. */
	assert_int_equal(cen_request_add_usage(request, CEN_USAGE_TEXTURE, find(&flow, "gpu:/dev/card"), &err),
			 -EEXIST);
	assert_error_says(err, "/dev/card: texture is in the request already");
	assert_int_equal(cen_request_add_usage(request, CEN_USAGE_ENCODE, find(&flow, "/dev/card"), &err), -EOPNOTSUPP);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_USAGE);
	assert_error_says(err, "it can be used for texture, scanout, cursor");
	/* What nobody may look at is not refused before it is described; what a sibling can do is the sibling's. */
	assert_int_equal(cen_request_add_usage(request, CEN_USAGE_CAPTURE, find(&flow, "/dev/locked"), NULL), 0);
	assert_int_equal(cen_request_add_usage(request, CEN_USAGE_RENDER, find(&flow, "/dev/locked"), NULL), 0);
	cen_request_destroy(request);
	flow_stop(&flow);
}

static void refuse_number(struct flow *flow, uint64_t devnum, uint32_t usage, const char *text)
{
	const struct cen_device *device;
	struct cen_error *err = NULL;

	assert_int_equal(cen_machine_find_devnum(flow->machine, devnum, usage, &device, &err), -ENODEV);
	assert_null(device);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_UNKNOWN_DEVICE);
	assert_error_says(err, text);
}

static void test_number(void **state)
{
	const struct cen_device *device;
	struct cen_error *err = NULL;
	struct flow flow;

	(void)state;
	start(&flow);
	assert_int_equal(cen_machine_find_devnum(flow.machine, NULL_NUMBER, CEN_USAGE_TEXTURE, &device, NULL), 0);
	assert_ptr_equal(device, find(&flow, "gpu:/dev/card"));
	assert_int_equal(cen_machine_find_devnum(flow.machine, NULL_NUMBER, CEN_USAGE_SCANOUT, &device, NULL), 0);
	assert_ptr_equal(device, find(&flow, "/dev/card"));
	refuse_number(&flow, NULL_NUMBER, CEN_USAGE_RENDER,
		      "device 1:3 is /dev/card, which can be used for texture, scanout, cursor, not for render");
	refuse_number(&flow, makedev(1, 5), CEN_USAGE_RENDER, "device 1:5 is /dev/zero, and no backend knows it");
	refuse_number(&flow, NO_NUMBER, CEN_USAGE_RENDER, "device 4095:1048575: there is no such device");
	/* 0 is no number, though devices without a node have it. */
	refuse_number(&flow, 0, CEN_USAGE_TEXTURE, "device 0:0: there is no such device");
	assert_int_equal(cen_machine_find_devnum(flow.machine, NULL_NUMBER, 99, &device, &err), -EINVAL);
	assert_error_says(err, "usage 99 does not exist");
	flow_stop(&flow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),    cmocka_unit_test(test_describe), cmocka_unit_test(test_message),
		cmocka_unit_test(test_request), cmocka_unit_test(test_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
