/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The table of the region backend: algorithms that cut regions into chunks. It knows no device and no memory; the host
 * finds the algorithms here by their names, as it does in any other backend.
 */
#include "algorithms.h"
#include "backend-util.h"

/* The first is the default. */
static const struct cen_region_algorithm *const algorithms[] = {
	&_cen_best_fit,
	&_cen_tlsf,
};

static int region_list(void *state, struct cen_call *call)
{
	(void)state;
	(void)call;
	return 0;
}

static const struct cen_backend region_backend = {
	.size = sizeof(region_backend),
	.abi = CEN_BACKEND_ABI,
	.priority = 100,
	.name = "region",
	.description = "algorithms that cut regions into chunks",
	.list = region_list,
	.algorithms = algorithms,
	.algorithm_count = ARRAY_LENGTH(algorithms),
};

CEN_BACKEND_ENTRY(region);

/* Hosts before ABI 3 have no use for algorithms; to them this is a backend with nothing to list. */
CEN_BACKEND_ENTRY(region)
{
	if (host_abi < 1)
		return -EPROTONOSUPPORT;
	*out = &region_backend;
	return 0;
}
