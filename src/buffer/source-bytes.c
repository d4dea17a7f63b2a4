/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "source-bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

#include "context.h"
#include "dma-buf-name.h"
#include "error.h"
#include "host.h"
#include "image-check.h"
#include "machine.h"
#include "util.h"

/* One byte of picture in an object of the size that is wanted: what a source of plain memory goes by is the object. */
static struct cen_image_desc make_wish(uint64_t bytes)
{
	struct cen_image_desc wish = {
		.size = sizeof(wish),
		.fourcc = cen_format_from_string("R8"),
		.width = 1,
		.height = 1,
		.plane_count = 1,
		.modifier = CEN_MODIFIER_LINEAR,
		.object_count = 1,
		.planes = {{.stride = 1}},
	};

	for (int n = 0; n < CEN_MAX_PLANES; n++)
		wish.objects[n].fd = -1;
	wish.objects[0].size = bytes;
	return wish;
}

static int ask_backend(const struct cen_source *source, const struct cen_source_desc *desc,
		       const struct cen_image_desc *wish, struct cen_image_desc *image, struct cen_error **err)
{
	struct backend_instance *backend = source->backend;
	struct cen_call call = {.ctx = backend->ctx, .backend = backend, .operation = OPERATION_ALLOCATE};
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(backend->ctx);
	const struct failure_facts facts = {
		.device = source->desc.name,
		.access_help = source->desc.access_help,
		.wanted = wish->objects[0].size,
		.held = source->desc.free_bytes,
	};
	uint32_t made = 0;
	int ret;

	ret = _cen_call_finish(&call, backend->table->allocate(backend->state, &call, desc, wish, 1, image, &made));
	if (ret == 0 && made != 1) {
		call.is_contract_broken = true;
		ret = -EPROTO;
	}
	return ret < 0 ? _cen_call_set_error(&call, ret, &facts, err) : 0;
}

/* The mode of an fd is what the kernel says. A backend that does not look at the mode that is wanted gives its own. */
static int check_mode(const struct cen_source *source, uint32_t fd_mode, int fd, struct cen_error **err)
{
	const struct error_facts facts = {.device = source->desc.name, .call = "fcntl"};
	int flags;

	if (fd_mode == CEN_FD_ANY)
		return 0;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0)
		return _cen_error_set(err, CEN_ERROR_SYSTEM, errno, &facts, "%s: F_GETFL: %s", source->desc.name,
				      strerror(errno));
	if ((flags & O_ACCMODE) == (fd_mode == CEN_FD_READ_ONLY ? O_RDONLY : O_RDWR))
		return 0;
	return _cen_error_set(err, CEN_ERROR_USAGE, EOPNOTSUPP, &(struct error_facts){.device = source->desc.name},
			      "%s does not make %s dma-bufs, and the kernel opens none anew with another mode",
			      source->desc.name, fd_mode == CEN_FD_READ_ONLY ? "read-only" : "writable");
}

int _cen_source_allocate_bytes(const struct cen_source *source, uint64_t bytes, struct cen_buffer_object *out,
			       struct cen_error **err)
{
	return _cen_source_allocate_mode(source, bytes, CEN_FD_ANY, out, err);
}

int _cen_source_allocate_mode(const struct cen_source *source, uint64_t bytes, uint32_t fd_mode,
			      struct cen_buffer_object *out, struct cen_error **err)
{
	struct cen_source_desc desc = source->desc;
	const char *name = source->desc.name;
	const struct cen_image_desc wish = make_wish(bytes);
	struct cen_image_desc image = wish;
	struct cen_buffer_object objects[CEN_MAX_PLANES];
	char reason[256];
	int ret;

	*out = (struct cen_buffer_object){.fd = -1};
	if (!(source->desc.flags & CEN_SOURCE_BYTES))
		return _cen_error_set(err, CEN_ERROR_USAGE, EOPNOTSUPP, &(struct error_facts){.device = name},
				      "%s makes images only, not memory by the byte", name);
	if (fd_mode != CEN_FD_ANY)
		desc.fd_mode = fd_mode;
	ret = ask_backend(source, &desc, &wish, &image, err);
	if (ret < 0)
		return ret;
	if (_cen_image_check(&wish, &image, objects, reason, sizeof(reason))) {
		ret = check_mode(source, fd_mode, objects[0].fd, err);
		if (ret < 0) {
			close(objects[0].fd);
			return ret;
		}
		_cen_dma_buf_name_bytes(objects[0].fd, bytes);
		*out = objects[0];
		return 0;
	}
	/* The standard streams are spared: a backend that returns zeroed memory as success names fd 0. */
	if (image.objects[0].fd > STDERR_FILENO)
		close(image.objects[0].fd);
	return _cen_error_set(err, CEN_ERROR_BACKEND, EPROTO, &(struct error_facts){.device = name, .call = "allocate"},
			      "%s: backend %s broke its contract: %s", name, source->backend->table->name, reason);
}
