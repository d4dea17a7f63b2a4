/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Memory by the byte in one call: length and flags in, a dma-buf and its real length out. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

#include <cenalloc/heap.h>

#include "error.h"
#include "machine.h"
#include "source-bytes.h"
#include "util.h"

#define ACCESS_MODES (CEN_HEAP_READ_ONLY | CEN_HEAP_READ_WRITE)
#define KNOWN_FLAGS (ACCESS_MODES | CEN_HEAP_CLOEXEC)
#define VERSION_BITS 0xff000000u

static int check_flags(const char *name, uint32_t flags, struct cen_error **err)
{
	const struct error_facts facts = {.device = name};

	/* First: another version may have other flags. */
	if (flags & VERSION_BITS)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, &facts,
				      "cen_heap_alloc: version %" PRIu32 " wanted, this library has version 0",
				      flags >> 24);
	if (flags & ~KNOWN_FLAGS)
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, &facts,
				      "cen_heap_alloc: unknown flags 0x%" PRIx32, flags & ~KNOWN_FLAGS);
	if ((flags & ACCESS_MODES) == 0 || (flags & ACCESS_MODES) == ACCESS_MODES)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, &facts,
				      "cen_heap_alloc: flags 0x%" PRIx32 " have %s access mode; it takes exactly one",
				      flags, flags & ACCESS_MODES ? "more than one" : "no");
	return 0;
}

/* The length in whole pages. */
static int check_length(const struct cen_source *heap, uint64_t length, uint64_t *bytes, struct cen_error **err)
{
	uint64_t most = heap->desc.max_bytes, page = (uint64_t)sysconf(_SC_PAGESIZE);
	const struct error_facts facts = {.device = heap->desc.name, .wanted = length, .held = most};

	if (length == 0)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, &facts,
				      "%s: length 0; the least is 1 byte, which takes a page of %" PRIu64,
				      heap->desc.name, page);
	if (most && length > most)
		return _cen_error_set(err, CEN_ERROR_ALLOCATION, ENOMEM, &facts,
				      "%s: wanted %" PRIu64 " bytes, one buffer has at most %" PRIu64, heap->desc.name,
				      length, most);
	if (__builtin_add_overflow(length, page - 1, bytes) || *bytes > INT64_MAX)
		return _cen_error_set(err, CEN_ERROR_OVERFLOW, EOVERFLOW, &facts,
				      "%s: wanted %" PRIu64 " bytes; no dma-buf has more than %" PRId64,
				      heap->desc.name, length, INT64_MAX);
	*bytes &= ~(page - 1);
	return 0;
}

/* What sources make is close-on-exec: another thread may be about to start a program. */
static int keep_on_exec(const char *name, int fd, struct cen_error **err)
{
	const struct error_facts facts = {.device = name, .call = "fcntl"};

	if (fcntl(fd, F_SETFD, 0) == 0)
		return 0;
	return _cen_error_set(err, CEN_ERROR_SYSTEM, errno, &facts, "%s: F_SETFD: %s", name, strerror(errno));
}

int cen_heap_alloc(const struct cen_source *heap, uint64_t length, uint32_t flags, int *fd, uint64_t *real_length,
		   struct cen_error **err)
{
	_cleanup_close_ int taken = -1;
	struct cen_buffer_object object = {.fd = -1};
	uint64_t bytes = 0;
	int ret;

	*fd = -1;
	if (real_length)
		*real_length = 0;
	ret = check_flags(heap->desc.name, flags, err);
	if (ret == 0)
		ret = check_length(heap, length, &bytes, err);
	if (ret == 0)
		ret = _cen_source_allocate_mode(
			heap, bytes, flags & CEN_HEAP_READ_ONLY ? CEN_FD_READ_ONLY : CEN_FD_READ_WRITE, &object, err);
	if (ret < 0)
		return ret;
	taken = object.fd;
	ret = flags & CEN_HEAP_CLOEXEC ? 0 : keep_on_exec(heap->desc.name, taken, err);
	if (ret < 0)
		return ret;
	if (real_length)
		*real_length = object.size;
	*fd = _cen_steal_fd(&taken);
	return 0;
}
