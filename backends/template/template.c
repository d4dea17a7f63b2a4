/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The smallest backend that works: one source of buffers, nothing else. Copy it and change it.
 *
 * Build it as a shared object that links to nothing of cenalloc, put it where the library looks for plug-ins
 * (docs/env-vars.md: CENALLOC_BACKEND_PATH), and check it with "cenalloc check-backend template.so".
 *
 *	cc -D_GNU_SOURCE -shared -fPIC -fvisibility=hidden -o template.so template.c $(pkg-config --cflags cenalloc)
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cenalloc/backend.h>

/*
 * What the backend keeps per context. There may be several contexts in one process, so nothing is static. The host's
 * table stays valid until close(); its functions are the only way into the library.
 */
struct state {
	const struct cen_host *host;
};

/* Called once, before anything else. No device is opened here: list() may never be called. */
static int template_open(const struct cen_host *host, struct cen_call *call, void **out)
{
	struct state *state = calloc(1, sizeof(*state));

	if (!state)
		return host->fail(call, NULL, ENOMEM, NULL);
	state->host = host;
	*out = state;
	return 0;
}

static void template_close(void *data)
{
	free(data);
}

/*
 * Say what there is. The descriptor is copied, so it may live on the stack. A subsystem that is not on this machine is
 * no failure: list nothing and return 0.
 */
static int template_list(void *data, struct cen_call *call)
{
	const struct state *state = data;
	const struct cen_source_desc source = {
		.size = sizeof(source), /* tells the host how much of the struct this backend knows */
		.cookie = 0, /* given back in allocate(): an index or a pointer of your own */
		.name = "template", /* unique on the machine; people name it in constraints */
		.note = "anonymous memory",
		/* What the solver decides by. Claim only what is always true. */
		.provenance = CEN_PROVENANCE_DERIVED, /* how that is known */
		.segments = 0, /* pages from anywhere: not contiguous */
		.placement = CEN_PLACEMENT_SYSTEM,
		.is_mappable = 1,
		.is_cached = 1,
		.fd_mode = CEN_FD_READ_WRITE,
		.cost = 200, /* after every real heap: a memfd is no dma-buf, and devices refuse it */
	};
	int ret = state->host->add_source(call, &source);

	/* -EEXIST: somebody else has the name. That is logged by the host and no reason to fail. */
	return ret == -EEXIST ? 0 : ret;
}

/* One object of at least that many bytes. The seal says that it will not shrink behind the host's back. */
static int make_object(uint64_t bytes, int *out)
{
	int fd = memfd_create("cenalloc-template", MFD_CLOEXEC | MFD_ALLOW_SEALING), err;

	if (fd < 0)
		return -errno;
	if (bytes <= INT64_MAX && ftruncate(fd, (off_t)bytes) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0) {
		*out = fd;
		return 0;
	}
	err = bytes > INT64_MAX ? EFBIG : errno;
	close(fd);
	return -err;
}

static void close_objects(struct cen_image_desc *image, uint32_t count)
{
	while (count-- > 0)
		close(image->objects[count].fd);
}

static int make_image(const struct cen_image_desc *wish, struct cen_image_desc *out)
{
	/* The layout is the host's: it is returned as it was wished. */
	*out = *wish;
	for (uint32_t n = 0; n < wish->object_count; n++) {
		int ret = make_object(wish->objects[n].size, &out->objects[n].fd);

		if (ret < 0) {
			close_objects(out, n);
			return ret;
		}
	}
	return 0;
}

/*
 * All or nothing: after a failure nothing is open. *made says how many there were, so that the host can tell its user.
 * The fds of a success belong to the host.
 */
static int template_allocate(void *data, struct cen_call *call, const struct cen_source_desc *source,
			     const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out,
			     uint32_t *made)
{
	const struct state *state = data;

	(void)source;
	*made = 0;
	/* A wish without planes asks for a vendor layout; this source listed no formats, so it is not asked. */
	if (!wish->plane_count)
		return state->host->fail(call, NULL, EINVAL, "only linear layouts");
	for (; *made < count; ++*made) {
		int ret = make_image(wish, &out[*made]);

		if (ret == 0)
			continue;
		for (uint32_t n = 0; n < *made; n++)
			close_objects(&out[n], wish->object_count);
		return state->host->fail(call, "memfd_create", -ret, NULL);
	}
	return 0;
}

/* Operations that are not here (describe, try_import) are not asked for: no device was listed. */
static const struct cen_backend template_backend = {
	.size = sizeof(template_backend),
	.abi = CEN_BACKEND_ABI, /* what this file was compiled with */
	.priority = 100,
	.name = "template",
	.description = "an example: anonymous memory",
	.open = template_open,
	.close = template_close,
	.list = template_list,
	.allocate = template_allocate,
};

/* The one exported symbol. A backend that needs services of a later generation refuses an earlier host here. */
CEN_BACKEND_ENTRY(template)
{
	if (host_abi < 1)
		return -EPROTONOSUPPORT;
	*out = &template_backend;
	return 0;
}
