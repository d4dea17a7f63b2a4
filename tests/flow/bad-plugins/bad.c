/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A plug-in that breaks the contract in the one way that it is compiled for; or, with PLUGIN_GOOD, in none. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cenalloc/backend.h>

#if defined(PLUGIN_BAD_NAME)
#define NAME "../good"
#elif defined(PLUGIN_LONG_NAME)
#define NAME "a-name-of-32-letters-is-too-long"
#elif defined(PLUGIN_GOOD) || defined(PLUGIN_GOOD_TOO)
#define NAME "good"
#else
#define NAME "broken"
#endif

#ifdef PLUGIN_GOOD_TOO
#define SOURCE "second-good"
#else
#define SOURCE NAME
#endif

#ifndef PLUGIN_NO_SYMBOL

static const struct cen_host *host;

static int plugin_open(const struct cen_host *the_host, struct cen_call *call, void **state)
{
	(void)call;
	host = the_host;
	*state = NULL;
	return 0;
}

#ifndef PLUGIN_NO_LIST
static int plugin_list(void *state, struct cen_call *call)
{
	struct cen_source_desc source = {
		.size = sizeof(source),
		.name = SOURCE,
		.provenance = CEN_PROVENANCE_DECLARED,
		.placement = CEN_PLACEMENT_SYSTEM,
		.is_mappable = 1,
		.fd_mode = CEN_FD_READ_WRITE,
		.cost = 10,
	};
	struct cen_device_desc device = {
		.size = sizeof(device),
		.name = NAME,
		.path = "/dev/broken",
		.usages = CEN_USAGE_BIT(CEN_USAGE_CAPTURE),
	};

	(void)state;
#ifdef PLUGIN_BAD_DESCRIPTORS
	device.usages = 1u << 31;
	if (host->add_device(call, &device) != -EINVAL)
		abort();
	device.usages = CEN_USAGE_BIT(CEN_USAGE_CAPTURE);
	device.size = 16;
	if (host->add_device(call, &device) != -EINVAL)
		abort();
	device.size = sizeof(device);
	device.path = NULL;
	if (host->add_device(call, &device) != -EINVAL || host->add_device(call, NULL) != -EINVAL)
		abort();
	source.placement = CEN_PLACEMENT_SYSTEM | CEN_PLACEMENT_CMA;
	if (host->add_source(call, &source) != -EINVAL)
		abort();
	source.placement = CEN_PLACEMENT_SYSTEM;
	source.format_count = 4097;
	if (host->add_source(call, &source) != -EINVAL)
		abort();
	source.format_count = 1;
	if (host->add_source(call, &source) != -EINVAL)
		abort();
	source.format_count = 0;
	source.name = "a/b";
	return host->add_source(call, &source);
#elif defined(PLUGIN_NO_DESCRIBE)
	return host->add_device(call, &device) == -EINVAL ? 0 : -EIO;
#else
	(void)device;
	host->add_source(call, &source);
#ifdef PLUGIN_LIST_FAILS
	return host->fail(call, "open", EIO, "the bus is on fire");
#else
	return 0;
#endif
#endif
}
#endif

#ifndef PLUGIN_NO_ALLOCATE
static int plugin_allocate(void *state, struct cen_call *call, const struct cen_source_desc *source,
			   const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out,
			   uint32_t *made)
{
	(void)state;
	(void)call;
	(void)source;
	for (*made = 0; *made < count; ++*made) {
		struct cen_image_desc *image = &out[*made];

		*image = *wish;
		image->objects[0].fd = memfd_create("bad", MFD_ALLOW_SEALING | MFD_CLOEXEC);
		if (ftruncate(image->objects[0].fd, (off_t)wish->objects[0].size) < 0)
			return -errno;
		if (fcntl(image->objects[0].fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0)
			return -errno;
		image->planes[0].offset = UINT64_MAX - 1;
	}
	return 0;
}
#endif

static const struct cen_backend table = {
#ifdef PLUGIN_SMALL_TABLE
	.size = offsetof(struct cen_backend, list),
#else
	.size = sizeof(table),
#endif
#ifndef PLUGIN_ABI_ZERO
	.abi = CEN_BACKEND_ABI,
#endif
	.priority = 100,
	.name = NAME,
	.description = "breaks the contract",
	.open = plugin_open,
#ifndef PLUGIN_NO_LIST
	.list = plugin_list,
#endif
#ifndef PLUGIN_NO_ALLOCATE
	.allocate = plugin_allocate,
#endif
};

CEN_BACKEND_ENTRY(bad)
{
	(void)host_abi;
	*out = &table;
#ifdef PLUGIN_NULL_TABLE
	*out = NULL;
#endif
#ifdef PLUGIN_NEWER
	return -EPROTONOSUPPORT;
#else
	return 0;
#endif
}

#else

/* A shared object that is something else. */
__attribute__((visibility("default"))) int some_other_symbol(void);
int some_other_symbol(void)
{
	return 0;
}

#endif
