/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* GPUs as Vulkan drives them. No Vulkan here: a program of our own runs the driver. */
#include "gpus.h"

struct probe_program _cen_vulkan_get_program(const struct vulkan_state *vulkan, struct cen_call *call)
{
	return (struct probe_program){
		.name = "cenalloc-probe-vulkan",
		.folder = "vulkan",
		.option = vulkan->host->get_option(call, "probe"),
	};
}

void _cen_vulkan_request_init(struct probe_request *request, uint32_t operation, const struct cen_device_desc *device,
			      uint32_t usage, uint32_t time_limit_ms)
{
	_cen_probe_request_init(request, operation, device, usage, time_limit_ms);
	if (device->devnum == 0)
		request->flags |= PROBE_FLAG_SOFTWARE;
}

int _cen_vulkan_fail(const struct vulkan_state *vulkan, struct cen_call *call, const char *name,
		     const struct probe_answer *answer)
{
	return fail(vulkan->host, call, answer->end.call[0] ? answer->end.call : NULL, -answer->end.error, "%s: %s",
		    name, answer->end.message);
}

static const struct vulkan_device *find_known(const struct vulkan_state *vulkan, uint64_t devnum)
{
	for (size_t i = 0; i < vulkan->device_count; i++) {
		if (vulkan->devices[i].devnum == devnum)
			return &vulkan->devices[i];
	}
	return NULL;
}

/* Takes the pairs out of the answer. */
static int remember(struct vulkan_state *vulkan, uint64_t devnum, struct probe_answer *answer)
{
	size_t capacity = vulkan->device_capacity ? vulkan->device_capacity * 2 : 4;
	struct vulkan_device *grown;

	if (vulkan->device_count == vulkan->device_capacity) {
		grown = reallocarray(vulkan->devices, capacity, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		vulkan->devices = grown;
		vulkan->device_capacity = capacity;
	}
	vulkan->devices[vulkan->device_count++] = (struct vulkan_device){
		.devnum = devnum, .info = answer->info, .pairs = answer->pairs, .pair_count = answer->pair_count};
	answer->pairs = NULL;
	answer->pair_count = 0;
	return 0;
}

int _cen_vulkan_ask(struct vulkan_state *vulkan, struct cen_call *call, const struct cen_device_desc *device,
		    const struct vulkan_device **out)
{
	struct probe_program program = _cen_vulkan_get_program(vulkan, call);
	_cleanup_answer_ struct probe_answer answer = {0};
	struct probe_request request;
	int ret;

	*out = find_known(vulkan, device->devnum);
	if (*out)
		return 0;
	_cen_vulkan_request_init(&request, PROBE_DESCRIBE, device, CEN_USAGE_TEXTURE, VULKAN_DESCRIBE_LIMIT_MS);
	ret = _cen_probe_run(&program, &request, &answer);
	if (ret < 0)
		return _cen_vulkan_fail(vulkan, call, device->path, &answer);
	if (!answer.has_info)
		return fail(vulkan->host, call, NULL, EPROTO, "%s: %s told nothing about the driver", device->path,
			    program.name);
	ret = remember(vulkan, device->devnum, &answer);
	if (ret < 0)
		return fail(vulkan->host, call, NULL, -ret, "%s: %s", device->path, strerror(-ret));
	*out = find_known(vulkan, device->devnum);
	return 0;
}

/* Trial import: the program makes an image of it, and copies its pixels where the CPU can compare them. */
int _cen_vulkan_try_import(void *state, struct cen_call *call, const struct cen_device_desc *device, uint32_t usage,
			   const struct cen_image_desc *image)
{
	const struct vulkan_state *vulkan = state;
	struct probe_program program = _cen_vulkan_get_program(vulkan, call);
	_cleanup_answer_ struct probe_answer answer = {0};
	struct probe_request request;

	if (!_cen_vulkan_is_usage(usage))
		return fail(vulkan->host, call, NULL, EOPNOTSUPP, "%s: not a usage of a GPU in Vulkan: %u",
			    device->path, usage);
	_cen_vulkan_request_init(&request, PROBE_IMPORT, device, usage, VULKAN_IMPORT_LIMIT_MS);
	request.image = *image;
	if (_cen_probe_run(&program, &request, &answer) < 0)
		return _cen_vulkan_fail(vulkan, call, device->path, &answer);
	return 0;
}

static int open_state(const struct cen_host *host, struct cen_call *call, void **out)
{
	struct vulkan_state *vulkan = calloc(1, sizeof(*vulkan));

	if (!vulkan)
		return host->fail(call, NULL, ENOMEM, NULL);
	vulkan->host = host;
	*out = vulkan;
	return 0;
}

static void close_state(void *state)
{
	struct vulkan_state *vulkan = state;

	if (!vulkan)
		return;
	for (size_t i = 0; i < vulkan->device_count; i++)
		free(vulkan->devices[i].pairs);
	free(vulkan->devices);
	free(vulkan);
}

static const struct cen_backend backend = {
	.size = sizeof(backend),
	.abi = CEN_BACKEND_ABI,
	.priority = 130,
	.name = "vulkan",
	.description = "GPUs as Vulkan drives them: textures, render targets and exported memory",
	.open = open_state,
	.close = close_state,
	.list = _cen_vulkan_list,
	.describe = _cen_vulkan_describe,
	.try_import = _cen_vulkan_try_import,
	.allocate = _cen_vulkan_allocate,
};

CEN_BACKEND_ENTRY(vulkan);

CEN_BACKEND_ENTRY(vulkan)
{
	(void)host_abi;
	*out = &backend;
	return 0;
}
