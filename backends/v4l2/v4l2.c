/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The V4L2 backend: queues of cameras, outputs, codecs and other memory-to-memory devices. */
#include "v4l2.h"

static int open_backend(const struct cen_host *host, struct cen_call *call, void **out)
{
	struct state *state = calloc(1, sizeof(*state));

	if (!state)
		return fail(host, call, "calloc", ENOMEM, "no memory for the backend's state");
	state->host = host;
	*out = state;
	return 0;
}

static void close_backend(void *data)
{
	struct state *state = data;

	free(state->known);
	free(state);
}

static const struct cen_backend backend = {
	.size = sizeof(backend),
	.abi = CEN_BACKEND_ABI,
	.priority = 20,
	.name = "v4l2",
	.description = "V4L2 queues: cameras, outputs, codecs",
	.open = open_backend,
	.close = close_backend,
	.list = _cen_v4l2_list,
	.describe = _cen_v4l2_describe,
	.try_import = _cen_v4l2_try_import,
	.allocate = _cen_v4l2_allocate,
};

CEN_BACKEND_ENTRY(v4l2);

CEN_BACKEND_ENTRY(v4l2)
{
	if (host_abi < 1)
		return -EPROTONOSUPPORT;
	*out = &backend;
	return 0;
}
