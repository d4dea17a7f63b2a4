/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A plug-in with one device and one source that keeps its contract, or breaks it in the one way that FAULT names at
 * compile time: what check-backend must find. FAULT_NONE must pass every check.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cenalloc/backend.h>

#define FAULT_NONE 0
#define FAULT_CRASH 1 /* list() crashes */
#define FAULT_EXIT 2 /* describe() ends the process */
#define FAULT_NEWER 3 /* the entry point wants a newer host */
#define FAULT_NO_LIST 4 /* the table has no list() */
#define FAULT_LEAK 5 /* close() leaves a file descriptor open */
#define FAULT_INHERIT 6 /* fds are not close-on-exec */
#define FAULT_SHORT 7 /* objects are smaller than stated */
#define FAULT_ANY_USAGE 8 /* describe() accepts usages that do not exist */
#define FAULT_EXPORT 9 /* a second exported symbol */
#define FAULT_NO_TABLE 10 /* the entry point returns 0 and no table */
#define FAULT_ONE_BUFFER 11 /* allocate() makes one buffer whatever is asked for */
#define FAULT_FILE 12 /* fds are no dma-bufs */
#define FAULT_POSITIVE 13 /* describe() returns a positive number */
#define FAULT_UNSEALED 14 /* objects can be cut short later */

#ifndef FAULT
#define FAULT FAULT_NONE
#endif

static const struct cen_host *host;

static int faulty_open(const struct cen_host *services, struct cen_call *call, void **state)
{
	(void)call;
	host = services;
	*state = malloc(1);
	return *state ? 0 : -ENOMEM;
}

static void faulty_close(void *state)
{
	free(state);
	if (FAULT == FAULT_LEAK)
		(void)!dup(STDERR_FILENO);
}

static int faulty_list(void *state, struct cen_call *call)
{
	const struct cen_device_desc device = {
		.size = sizeof(device),
		.path = "faulty-device",
		.name = "Faulty",
		.usages = CEN_USAGE_BIT(CEN_USAGE_CAPTURE),
	};
	const struct cen_source_desc source = {
		.size = sizeof(source),
		.name = "faulty-source",
		.provenance = CEN_PROVENANCE_DERIVED,
		.placement = CEN_PLACEMENT_SYSTEM,
		.is_mappable = 1,
		.is_cached = 1,
		.fd_mode = CEN_FD_READ_WRITE,
		.cost = 10,
	};
	int ret;

	(void)state;
	if (FAULT == FAULT_CRASH)
		abort();
	ret = host->add_device(call, &device);
	return ret < 0 ? ret : host->add_source(call, &source);
}

static int faulty_describe(void *state, struct cen_call *call, const struct cen_device_desc *device,
			   const struct cen_query *query)
{
	const struct cen_capability linear = {
		.size = sizeof(linear),
		.fourcc = 0x34325258u, /* XR24 */
		.modifier = CEN_MODIFIER_LINEAR,
	};

	(void)state;
	(void)device;
	if (FAULT == FAULT_EXIT)
		_exit(5);
	if (query->usage != CEN_USAGE_CAPTURE && FAULT != FAULT_ANY_USAGE)
		return host->fail(call, "describe", EOPNOTSUPP, "capture is all there is");
	if (FAULT == FAULT_POSITIVE)
		return host->add_capability(call, &linear) == 0 ? 7 : -EIO;
	return host->add_capability(call, &linear);
}

static int make_fd(uint64_t bytes)
{
	unsigned int flags = MFD_ALLOW_SEALING | (FAULT == FAULT_INHERIT ? 0 : MFD_CLOEXEC);
	int fd = FAULT == FAULT_FILE ? open("/dev/zero", O_RDWR | O_CLOEXEC) : memfd_create("faulty", flags);

	if (fd < 0)
		return -errno;
	if (FAULT != FAULT_FILE && ftruncate(fd, (off_t)(FAULT == FAULT_SHORT ? bytes / 2 : bytes)) < 0) {
		close(fd);
		return -EIO;
	}
	if (FAULT != FAULT_UNSEALED)
		(void)fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK);
	return fd;
}

static int faulty_allocate(void *state, struct cen_call *call, const struct cen_source_desc *source,
			   const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out,
			   uint32_t *made)
{
	(void)state;
	(void)call;
	(void)source;
	for (*made = 0; *made < (FAULT == FAULT_ONE_BUFFER ? 1 : count); (*made)++) {
		struct cen_image_desc *image = &out[*made];

		*image = *wish;
		for (uint32_t i = 0; i < wish->object_count; i++) {
			image->objects[i].fd = make_fd(wish->objects[i].size);
			if (image->objects[i].fd < 0)
				return image->objects[i].fd;
		}
	}
	return 0;
}

static const struct cen_backend table = {
	.size = sizeof(table),
	.abi = CEN_BACKEND_ABI,
	.priority = 100,
	.name = "faulty",
	.description = "breaks its contract in one way",
	.open = faulty_open,
	.close = faulty_close,
	.list = FAULT == FAULT_NO_LIST ? NULL : faulty_list,
	.describe = faulty_describe,
	.allocate = faulty_allocate,
};

#if FAULT == FAULT_EXPORT
__attribute__((visibility("default"))) int faulty_extra(void);

__attribute__((visibility("default"))) int faulty_extra(void)
{
	return 0;
}
#endif

CEN_BACKEND_ENTRY(faulty)
{
	(void)host_abi;
	if (FAULT == FAULT_NEWER)
		return -EPROTONOSUPPORT;
	*out = FAULT == FAULT_NO_TABLE ? NULL : &table;
	return 0;
}
