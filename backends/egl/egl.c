/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* GPUs as EGL drives them. No EGL here: a program of our own runs the driver. */
#include "egl.h"
#include "syncobj.h"

struct probe_program _cen_egl_get_program(const struct egl_state *egl, struct cen_call *call)
{
	return (struct probe_program){
		.name = "cenalloc-probe-egl",
		.folder = "egl",
		.option = egl->host->get_option(call, "probe"),
	};
}

void _cen_egl_request_init(struct probe_request *request, uint32_t operation, const struct cen_device_desc *device,
			   uint32_t usage, uint32_t time_limit_ms)
{
	_cen_probe_request_init(request, operation, device, usage, time_limit_ms);
	if (device->devnum == 0)
		request->flags |= PROBE_FLAG_SOFTWARE;
}

int _cen_egl_fail(const struct egl_state *egl, struct cen_call *call, const struct probe_answer *answer)
{
	return fail(egl->host, call, answer->end.call[0] ? answer->end.call : NULL, -answer->end.error, "%s",
		    answer->end.message);
}

static const struct egl_device *find_known(const struct egl_state *egl, uint64_t devnum)
{
	for (size_t i = 0; i < egl->device_count; i++) {
		if (egl->devices[i].devnum == devnum)
			return &egl->devices[i];
	}
	return NULL;
}

/* Takes the pairs out of the answer. */
static int remember(struct egl_state *egl, uint64_t devnum, struct probe_answer *answer)
{
	size_t capacity = egl->device_capacity ? egl->device_capacity * 2 : 4;
	struct egl_device *grown;

	if (egl->device_count == egl->device_capacity) {
		grown = reallocarray(egl->devices, capacity, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		egl->devices = grown;
		egl->device_capacity = capacity;
	}
	egl->devices[egl->device_count++] = (struct egl_device){
		.devnum = devnum, .info = answer->info, .pairs = answer->pairs, .pair_count = answer->pair_count};
	answer->pairs = NULL;
	answer->pair_count = 0;
	return 0;
}

int _cen_egl_ask(struct egl_state *egl, struct cen_call *call, const struct cen_device_desc *device,
		 const struct egl_device **out)
{
	struct probe_program program = _cen_egl_get_program(egl, call);
	_cleanup_answer_ struct probe_answer answer = {0};
	struct probe_request request;
	int ret;

	*out = find_known(egl, device->devnum);
	if (*out)
		return 0;
	_cen_egl_request_init(&request, PROBE_DESCRIBE, device, CEN_USAGE_TEXTURE, EGL_DESCRIBE_LIMIT_MS);
	ret = _cen_probe_run(&program, &request, &answer);
	if (ret < 0)
		return _cen_egl_fail(egl, call, &answer);
	if (!answer.has_info)
		return fail(egl->host, call, NULL, EPROTO, "%s told nothing about the driver", program.name);
	ret = remember(egl, device->devnum, &answer);
	if (ret < 0)
		return fail(egl->host, call, NULL, -ret, "%s", strerror(-ret));
	*out = find_known(egl, device->devnum);
	return 0;
}

static int open_state(const struct cen_host *host, struct cen_call *call, void **state)
{
	struct egl_state *egl = calloc(1, sizeof(*egl));

	(void)call;
	if (!egl)
		return -ENOMEM;
	egl->host = host;
	*state = egl;
	return 0;
}

static void close_state(void *state)
{
	struct egl_state *egl = state;

	if (!egl)
		return;
	for (size_t i = 0; i < egl->device_count; i++)
		free(egl->devices[i].pairs);
	free(egl->devices);
	free(egl);
}

static int sync_timeline(void *state, struct cen_call *call, const struct cen_device_desc *device,
			 struct cen_sync_op *op)
{
	return syncobj_run(((const struct egl_state *)state)->host, call, device, op);
}

static const struct cen_backend backend = {
	.size = sizeof(backend),
	.abi = CEN_BACKEND_ABI,
	.priority = 110,
	.name = "egl",
	.description = "GPUs as EGL drives them: textures and render targets",
	.open = open_state,
	.close = close_state,
	.list = _cen_egl_list,
	.describe = _cen_egl_describe,
	.try_import = _cen_egl_try_import,
	.sync = sync_timeline,
};

CEN_BACKEND_ENTRY(egl);

CEN_BACKEND_ENTRY(egl)
{
	(void)host_abi;
	*out = &backend;
	return 0;
}
