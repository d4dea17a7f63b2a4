/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A backend table that passes every operation on to the plug-in and looks at what comes back. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

/* Of linux/magic.h, which older headers do not have in full. */
#define MAGIC_DMA_BUF 0x444d4142

/* The operations below get the plug-in's state and nothing of ours; this process checks one plug-in. */
static struct check_proxy proxy;

#define HAS(member)                                                                                                    \
	(proxy.real->size >= offsetof(struct cen_backend, member) + sizeof(proxy.real->member) && proxy.real->member)

__attribute__((format(printf, 1, 2))) static void problem(const char *format, ...)
{
	va_list args;

	if (proxy.problem[0])
		return;
	va_start(args, format);
	vsnprintf(proxy.problem, sizeof(proxy.problem), format, args);
	va_end(args);
}

static int finish(const char *operation, int ret)
{
	proxy.calls++;
	proxy.last = ret;
	if (ret > 0)
		problem("%s() returned %d: neither 0 nor a negative errno", operation, ret);
	return ret;
}

static int proxy_open(const struct cen_host *host, struct cen_call *call, void **state)
{
	return finish("open", proxy.real->open(host, call, state));
}

static void proxy_close(void *state)
{
	proxy.real->close(state);
}

static int proxy_list(void *state, struct cen_call *call)
{
	return finish("list", proxy.real->list(state, call));
}

static int proxy_describe(void *state, struct cen_call *call, const struct cen_device_desc *device,
			  const struct cen_query *query)
{
	struct cen_query asked = *query;

	if (proxy.ask_usage)
		asked.usage = proxy.ask_usage;
	return finish("describe", proxy.real->describe(state, call, device, &asked));
}

static int proxy_try_import(void *state, struct cen_call *call, const struct cen_device_desc *device, uint32_t usage,
			    const struct cen_image_desc *image)
{
	return finish("try_import", proxy.real->try_import(state, call, device, usage, image));
}

/* A dma-buf, or shared memory that cannot shrink: the library takes the same. */
static bool is_buffer(int fd)
{
	struct statfs fs;
	int seals;

	if (fstatfs(fd, &fs) == 0 && fs.f_type == MAGIC_DMA_BUF)
		return true;
	seals = fcntl(fd, F_GET_SEALS);
	return seals >= 0 && (seals & F_SEAL_SHRINK);
}

static void check_object(const struct cen_image_object *object, uint32_t image, uint32_t index, uint64_t wished)
{
	off_t end;
	int flags;

	flags = fcntl(object->fd, F_GETFD);
	if (flags < 0) {
		problem("buffer %" PRIu32 " object %" PRIu32 ": fd %d is not open", image, index, object->fd);
		return;
	}
	if (!(flags & FD_CLOEXEC))
		problem("buffer %" PRIu32 " object %" PRIu32 ": the fd is not close-on-exec", image, index);
	if (!is_buffer(object->fd))
		problem("buffer %" PRIu32 " object %" PRIu32 ": the fd is no dma-buf", image, index);
	end = lseek(object->fd, 0, SEEK_END);
	lseek(object->fd, 0, SEEK_SET);
	if (end >= 0 && (uint64_t)end < object->size)
		problem("buffer %" PRIu32 " object %" PRIu32 ": stated as %" PRIu64 " bytes, has %jd", image, index,
			object->size, (intmax_t)end);
	if (object->size < wished)
		problem("buffer %" PRIu32 " object %" PRIu32 ": %" PRIu64 " bytes, wished were %" PRIu64, image, index,
			object->size, wished);
}

static void check_image(const struct cen_image_desc *wish, const struct cen_image_desc *image, uint32_t index)
{
	uint32_t count = image->object_count;

	/* A linear layout is the host's: there a source may leave all but the objects as they came. */
	if (count == 0 || count > CEN_MAX_PLANES || (wish->plane_count && count != wish->object_count)) {
		problem("buffer %" PRIu32 ": %" PRIu32 " objects, wished were %" PRIu32, index, count,
			wish->object_count);
		return;
	}
	for (uint32_t i = 0; i < count; i++)
		check_object(&image->objects[i], index, i, wish->plane_count ? wish->objects[i].size : 0);
}

static int proxy_allocate(void *state, struct cen_call *call, const struct cen_source_desc *source,
			  const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out, uint32_t *made)
{
	int ret = finish("allocate", proxy.real->allocate(state, call, source, wish, count, out, made));

	if (ret == 0 && *made != count)
		problem("allocate() returned 0 and made %" PRIu32 " of %" PRIu32 " buffers", *made, count);
	for (uint32_t i = 0; ret == 0 && i < count && i < *made; i++)
		check_image(wish, &out[i], i);
	return ret;
}

struct check_proxy *check_proxy_get(const struct cen_backend *real)
{
	proxy = (struct check_proxy){.real = real};
	proxy.table = (struct cen_backend){
		.size = sizeof(proxy.table),
		.abi = real->abi,
		.priority = real->priority,
		.name = real->name,
		.description = real->description,
		.open = HAS(open) ? proxy_open : NULL,
		.close = HAS(close) ? proxy_close : NULL,
		.list = HAS(list) ? proxy_list : NULL,
		.describe = HAS(describe) ? proxy_describe : NULL,
		.try_import = HAS(try_import) ? proxy_try_import : NULL,
		.allocate = HAS(allocate) ? proxy_allocate : NULL,
	};
	return &proxy;
}

void check_proxy_reset(struct check_proxy *reset)
{
	reset->last = 0;
	reset->problem[0] = '\0';
}
