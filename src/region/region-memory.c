/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The memory behind a region: taken of a source or given as an fd, carved into dma-bufs, given back to the system. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "context.h"
#include "error.h"
#include "host.h"
#include "image-check.h"
#include "machine.h"
#include "region.h"
#include "source-bytes.h"
#include "util.h"

uint64_t _cen_page_bytes(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

int _cen_region_memory_give(struct region_memory *memory, int fd, struct cen_error **err)
{
	_cleanup_close_ int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	char reason[256];

	if (own < 0)
		return _cen_error_set(err, errno == EBADF ? CEN_ERROR_ARGUMENT : CEN_ERROR_SYSTEM,
				      errno == EBADF ? EINVAL : errno, &(struct error_facts){.call = "fcntl"},
				      "the region's fd %d: %s", fd, strerror(errno));
	if (!_cen_object_check(own, 1, &memory->object, reason, sizeof(reason))) {
		memory->object.fd = -1;
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "the region's fd %d: %s", fd, reason);
	}
	_cen_steal_fd(&own);
	memory->is_given = true;
	/* Parts are carved out of a file, not out of a dma-buf. */
	if (_cen_is_dma_buf(memory->object.fd))
		memory->carver = NULL;
	return 0;
}

static struct cen_call begin_call(const struct cen_region *region)
{
	struct backend_instance *backend;

	/* Memory that the application gave is never asked for. */
	assert(region->memory.source);
	backend = region->memory.source->backend;
	return (struct cen_call){.ctx = backend->ctx, .backend = backend, .operation = OPERATION_ALLOCATE};
}

static int report(const struct cen_region *region, const struct cen_call *call, int ret, uint64_t bytes,
		  struct cen_error **err)
{
	const struct cen_source_desc *desc = &region->memory.source->desc;
	const struct failure_facts facts = {
		.device = desc->name,
		.access_help = desc->access_help,
		.wanted = bytes,
		.held = desc->free_bytes,
	};

	return _cen_call_set_error(call, ret, &facts, err);
}

static int report_broken(const struct cen_region *region, const char *call, const char *reason, struct cen_error **err)
{
	const struct cen_source *source = region->memory.source;

	_cen_log(region->ctx, CEN_LOG_ERROR, REGION_TOPIC, "%s: %s: %s", source->desc.name, call, reason);
	return _cen_error_set(err, CEN_ERROR_BACKEND, EPROTO,
			      &(struct error_facts){.device = source->desc.name, .call = call},
			      "%s: backend %s broke its contract: %s: %s", source->desc.name,
			      source->backend->table->name, call, reason);
}

/* The standard streams are spared: a backend that returns zeroed memory as success names fd 0. */
static void close_foreign(int fd)
{
	if (fd > STDERR_FILENO)
		close(fd);
}

/* A file that chunks are carved from: not a buffer yet, but as large as was asked for. */
static bool check_file(int fd, uint64_t bytes, struct cen_buffer_object *out, char *reason, size_t size)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		snprintf(reason, size, "fd %d is not open", fd);
		return false;
	}
	if (_cen_is_dma_buf(fd) || st.st_size < 0 || (uint64_t)st.st_size < bytes) {
		snprintf(reason, size, "fd %d is no file of %" PRIu64 " bytes", fd, bytes);
		return false;
	}
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		snprintf(reason, size, "fcntl: %s", strerror(errno));
		return false;
	}
	*out = (struct cen_buffer_object){.fd = fd, .size = (uint64_t)st.st_size, .dev = st.st_dev, .ino = st.st_ino};
	return true;
}

static int reserve_file(struct cen_region *region, struct cen_error **err)
{
	const struct cen_source *source = region->memory.source;
	struct cen_call call = begin_call(region);
	char reason[256];
	int32_t file = -1;
	int ret = _cen_call_finish(&call, region->memory.carver->reserve(source->backend->state, &call, &source->desc,
									 region->bytes, &file));

	if (ret < 0)
		return report(region, &call, ret, region->bytes, err);
	if (check_file(file, region->bytes, &region->memory.object, reason, sizeof(reason)))
		return 0;
	close_foreign(file);
	return report_broken(region, "reserve", reason, err);
}

int _cen_region_memory_take(struct cen_region *region, struct cen_error **err)
{
	const struct cen_source *source = region->memory.source;
	/* What is carved may be more than any one dma-buf, but for memory that is contiguous because it is small. */
	bool is_bound = source && (!region->memory.carver || source->desc.segments == 1);
	uint64_t most = is_bound ? source->desc.max_bytes : 0;

	if (region->memory.is_given)
		return 0;
	if (most && region->bytes > most)
		return _cen_error_set(
			err, CEN_ERROR_ALLOCATION, ENOMEM,
			&(struct error_facts){.device = source->desc.name, .wanted = region->bytes, .held = most},
			"%s: %" PRIu64 " bytes wanted in one piece, at most %" PRIu64 " available", source->desc.name,
			region->bytes, most);
	return region->memory.carver ? reserve_file(region, err)
				     : _cen_source_allocate_bytes(source, region->bytes, &region->memory.object, err);
}

int _cen_region_memory_carve(struct cen_region *region, const struct region_chunk *chunk, struct cen_buffer_object *out,
			     struct cen_error **err)
{
	const struct cen_source *source = region->memory.source;
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(region->ctx);
	struct cen_call call = begin_call(region);
	char reason[256];
	int32_t fd = -1;
	int ret = _cen_call_finish(&call, region->memory.carver->carve(source->backend->state, &call, &source->desc,
								       region->memory.object.fd, chunk->start,
								       chunk->bytes, &fd));

	if (ret < 0)
		return report(region, &call, ret, chunk->bytes, err);
	if (_cen_object_check(fd, chunk->bytes, out, reason, sizeof(reason))) {
		if (out->size == chunk->bytes)
			return 0;
		/* What is more than the chunk is somebody else's. */
		snprintf(reason, sizeof(reason), "it has %" PRIu64 " bytes, the chunk %" PRIu64, out->size,
			 chunk->bytes);
	}
	*out = (struct cen_buffer_object){.fd = -1};
	close_foreign(fd);
	return report_broken(region, "carve", reason, err);
}

static void trim(struct cen_region *region, const struct region_chunk *chunk)
{
	const struct cen_source *source = region->memory.source;
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(region->ctx);
	struct cen_call call = begin_call(region);
	int ret = _cen_call_finish(&call,
				   region->memory.carver->trim(source->backend->state, &call, &source->desc,
							       region->memory.object.fd, chunk->start, chunk->bytes));

	if (ret < 0)
		_cen_log(region->ctx, CEN_LOG_WARNING, REGION_TOPIC,
			 "%s: %" PRIu64 " bytes from %" PRIu64 " on were not given back: %s%s%s", source->desc.name,
			 chunk->bytes, chunk->start, call.failure.message, call.failure.message[0] ? ": " : "",
			 strerror(-ret));
}

void _cen_region_memory_drop(struct cen_region *region, const struct region_chunk *chunk)
{
	if (chunk->object.fd >= 0)
		close(chunk->object.fd);
	if (region->memory.carver && region->memory.carver->trim)
		trim(region, chunk);
}
