/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* udmabuf: a dma-buf over the pages of a memfd, ordinary or huge. */
#include <linux/udmabuf.h>
#include <sys/mman.h>

#include "backend-util.h"
#include "huge-pages.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef MFD_HUGE_SHIFT
#define MFD_HUGE_SHIFT 26
#endif

#define UDMABUF_PATH "/dev/udmabuf"
#define UDMABUF_LIMIT "/sys/module/udmabuf/parameters/size_limit_mb"

struct udmabuf_state {
	const struct cen_host *host;
};

/* An allocation under way. */
struct udmabuf {
	const struct cen_host *host;
	int fd;
	uint64_t huge_bytes; /* size of the huge page; 0: ordinary pages */
	uint64_t max_bytes;
};

static int open_state(const struct cen_host *host, struct cen_call *call, void **state)
{
	struct udmabuf_state *udmabufs = calloc(1, sizeof(*udmabufs));

	(void)call;
	if (!udmabufs)
		return -ENOMEM;
	udmabufs->host = host;
	*state = udmabufs;
	return 0;
}

/* The kernel's bound on one buffer; 0 when it cannot be read. */
static uint64_t read_size_limit(void)
{
	uint64_t mib, bytes;

	if (!read_number(UDMABUF_LIMIT, &mib) || __builtin_mul_overflow(mib, 1024 * 1024, &bytes))
		return 0;
	return bytes;
}

static uint64_t smaller_bound(uint64_t a, uint64_t b)
{
	if (a == 0 || b == 0)
		return a | b;
	return a < b ? a : b;
}

static int add_source(struct udmabuf_state *udmabufs, struct cen_call *call, struct cen_source_desc *desc)
{
	int ret = udmabufs->host->add_source(call, desc);

	return ret == -ENOMEM ? ret : 0;
}

static int list(void *state, struct cen_call *call)
{
	struct huge_pool pool;
	char help[512];
	struct cen_source_desc desc = {
		.size = sizeof(desc),
		.name = "udmabuf",
		.path = UDMABUF_PATH,
		.note = "any pages: shared memory, pinned",
		.provenance = CEN_PROVENANCE_DERIVED,
		.placement = CEN_PLACEMENT_SYSTEM,
		.is_mappable = 1,
		.is_cached = 1,
		.fd_mode = CEN_FD_READ_WRITE,
		.cost = 20,
		.address_max = read_ram_top(),
		.segment_bytes = page_bytes(),
		.flags = CEN_SOURCE_BYTES | CEN_SOURCE_CARVED | CEN_SOURCE_UDMABUF,
		.max_bytes = smaller_bound(read_size_limit(), read_meminfo("MemTotal")),
		.free_bytes = read_meminfo("MemAvailable"),
	};
	int ret;

	if (access(UDMABUF_PATH, F_OK) < 0)
		return 0;
	desc.access = check_access(UDMABUF_PATH,
				   "a udev rule giving group kvm mode 0660 would help (systemd has one, and from 257 "
				   "gives access to the user at the seat)",
				   help, sizeof(help));
	if (desc.access < 0)
		desc.access_help = help;
	ret = add_source(state, call, &desc);
	pool = _cen_udmabuf_find_huge_pool();
	if (ret < 0 || !pool.page_bytes)
		return ret;
	desc.name = "udmabuf-hugetlb";
	desc.note = "contiguous: each buffer lies within one huge page";
	desc.cookie = pool.page_bytes;
	desc.segments = 1;
	desc.cost = 55;
	desc.max_bytes = smaller_bound(pool.page_bytes, read_size_limit());
	if (__builtin_mul_overflow(pool.page_bytes, pool.free_pages, &desc.free_bytes))
		desc.free_bytes = 0;
	return add_source(state, call, &desc);
}

static int create_memfd(uint64_t huge_bytes)
{
	unsigned int flags = MFD_ALLOW_SEALING | MFD_CLOEXEC;
	int fd;

	if (huge_bytes)
		flags |= MFD_HUGETLB | (unsigned int)__builtin_ctzll(huge_bytes) << MFD_HUGE_SHIFT;
	fd = memfd_create("cenalloc", flags | MFD_NOEXEC_SEAL);
	/* Kernels before 6.3 do not know that one. */
	return fd < 0 && errno == EINVAL ? memfd_create("cenalloc", flags) : fd;
}

static int round_up(uint64_t value, uint64_t step, uint64_t *rounded)
{
	if (value == 0 || __builtin_add_overflow(value, step - 1, rounded))
		return -1;
	*rounded &= ~(step - 1);
	return *rounded <= INT64_MAX ? 0 : -1;
}

/* hugetlbfs gives up when a signal comes. Returns 0, or -1 with errno. */
static int take_pages(int fd, uint64_t bytes)
{
	int ret;

	do {
		ret = fallocate(fd, 0, 0, (off_t)bytes);
	} while (ret < 0 && errno == EINTR);
	return ret;
}

/* A memfd of file_bytes that cannot shrink, which is what the kernel demands. */
static int make_memfd(struct udmabuf *udmabuf, struct cen_call *call, uint64_t file_bytes, int *out)
{
	_cleanup_close_ int fd = create_memfd(udmabuf->huge_bytes);

	if (fd < 0)
		return fail(udmabuf->host, call, "memfd_create", errno, "memfd with pages of %" PRIu64 " bytes: %s",
			    udmabuf->huge_bytes ? udmabuf->huge_bytes : page_bytes(), strerror(errno));
	if (ftruncate(fd, (off_t)file_bytes) < 0)
		return fail(udmabuf->host, call, "ftruncate", errno, "memfd of %" PRIu64 " bytes: %s", file_bytes,
			    strerror(errno));
	/* Huge pages are taken now, so that a shortage is an error here. */
	if (udmabuf->huge_bytes && take_pages(fd, file_bytes) < 0)
		return fail(udmabuf->host, call, "fallocate", errno == ENOSPC ? ENOMEM : errno,
			    "wanted a huge page of %" PRIu64 " bytes: %s", udmabuf->huge_bytes,
			    errno == ENOSPC ? "none is free" : strerror(errno));
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0)
		return fail(udmabuf->host, call, "fcntl", errno, "F_SEAL_SHRINK: %s", strerror(errno));
	*out = steal_fd(&fd);
	return 0;
}

/* A dma-buf over a part of a memfd. Returns the fd, or a negative errno that was told. */
static int create_dma_buf(const struct udmabuf *udmabuf, struct cen_call *call, int memfd, uint64_t offset,
			  uint64_t bytes)
{
	struct udmabuf_create create = {
		.memfd = (uint32_t)memfd,
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.offset = offset,
		.size = bytes,
	};
	int ret;

	do {
		ret = ioctl(udmabuf->fd, UDMABUF_CREATE, &create);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? fail(udmabuf->host, call, "UDMABUF_CREATE", errno, "%" PRIu64 " bytes: %s", bytes,
			      strerror(errno))
		       : ret;
}

static int make_object(void *data, struct cen_call *call, const struct cen_image_desc *wish, uint32_t n, int *fd,
		       uint64_t *size)
{
	struct udmabuf *udmabuf = data;
	_cleanup_close_ int memfd = -1;
	uint64_t bytes, file_bytes;
	int ret;

	(void)wish;
	(void)n;
	if (round_up(*size, page_bytes(), &bytes) < 0 ||
	    round_up(*size, udmabuf->huge_bytes ? udmabuf->huge_bytes : page_bytes(), &file_bytes) < 0)
		return fail(udmabuf->host, call, NULL, EINVAL, "no buffer has %" PRIu64 " bytes", *size);
	if (udmabuf->max_bytes && bytes > udmabuf->max_bytes)
		return fail(udmabuf->host, call, NULL, ENOMEM,
			    "wanted %" PRIu64 " bytes, a buffer of this source has at most %" PRIu64, bytes,
			    udmabuf->max_bytes);
	ret = make_memfd(udmabuf, call, file_bytes, &memfd);
	if (ret < 0)
		return ret;
	ret = create_dma_buf(udmabuf, call, memfd, 0, bytes);
	if (ret < 0)
		return ret;
	*fd = ret;
	*size = bytes;
	return 0;
}

static int check_memory(const struct cen_host *host, struct cen_call *call, uint64_t wanted)
{
	uint64_t held = read_meminfo("MemAvailable");

	if (held == 0 || wanted <= held)
		return 0;
	return fail(host, call, NULL, ENOMEM,
		    "udmabuf: wanted %" PRIu64 " bytes, the machine has %" PRIu64 " available", wanted, held);
}

static int allocate(void *state, struct cen_call *call, const struct cen_source_desc *source,
		    const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out, uint32_t *made)
{
	const struct cen_host *host = ((struct udmabuf_state *)state)->host;
	_cleanup_close_ int fd = -1;
	int ret;

	*made = 0;
	/* Huge pages are set aside already; ordinary ones are pinned from what is available. */
	ret = source->cookie ? 0 : check_memory(host, call, count_bytes(wish, count));
	if (ret < 0)
		return ret;
	fd = open(UDMABUF_PATH, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return fail(host, call, "open", errno, UDMABUF_PATH ": %s", strerror(errno));
	return allocate_objects(
		host, call, wish, count, out, made, make_object,
		&(struct udmabuf){
			.host = host, .fd = fd, .huge_bytes = source->cookie, .max_bytes = source->max_bytes});
}

/* The memory of a region: ordinary pages come when a chunk is made, huge ones are taken now. */
static int reserve(void *state, struct cen_call *call, const struct cen_source_desc *source, uint64_t bytes,
		   int32_t *file)
{
	struct udmabuf udmabuf = {.host = ((struct udmabuf_state *)state)->host, .huge_bytes = source->cookie};
	uint64_t file_bytes;

	if (round_up(bytes, udmabuf.huge_bytes ? udmabuf.huge_bytes : page_bytes(), &file_bytes) < 0)
		return fail(udmabuf.host, call, NULL, EINVAL, "no region has %" PRIu64 " bytes", bytes);
	return make_memfd(&udmabuf, call, file_bytes, file);
}

static int carve(void *state, struct cen_call *call, const struct cen_source_desc *source, int32_t file,
		 uint64_t offset, uint64_t bytes, int32_t *fd)
{
	const struct cen_host *host = ((struct udmabuf_state *)state)->host;
	_cleanup_close_ int udmabuf = -1;
	int ret = source->cookie ? 0 : check_memory(host, call, bytes);

	if (ret < 0)
		return ret;
	udmabuf = open(UDMABUF_PATH, O_RDWR | O_CLOEXEC);
	if (udmabuf < 0)
		return fail(host, call, "open", errno, UDMABUF_PATH ": %s", strerror(errno));
	ret = create_dma_buf(&(struct udmabuf){.host = host, .fd = udmabuf}, call, file, offset, bytes);
	if (ret < 0)
		return ret;
	*fd = ret;
	return 0;
}

/*
 * Pages that somebody still has a dma-buf of stay his, and the file gets new ones. Huge pages are a reserve of their
 * own, and a chunk need not be whole ones: they stay.
 */
static int trim(void *state, struct cen_call *call, const struct cen_source_desc *source, int32_t file, uint64_t offset,
		uint64_t bytes)
{
	const struct cen_host *host = ((struct udmabuf_state *)state)->host;
	int ret;

	if (source->cookie)
		return 0;
	do {
		ret = fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)bytes);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? fail(host, call, "fallocate", errno, "%" PRIu64 " bytes: %s", bytes, strerror(errno)) : 0;
}

static const struct cen_carver carver = {
	.size = sizeof(carver),
	.reserve = reserve,
	.carve = carve,
	.trim = trim,
};

static const struct cen_backend backend = {
	.size = sizeof(backend),
	.abi = CEN_BACKEND_ABI,
	.priority = 100,
	.name = "udmabuf",
	.description = "dma-bufs over memfd pages: /dev/udmabuf",
	.open = open_state,
	.close = free,
	.list = list,
	.allocate = allocate,
	.carver = &carver,
};

CEN_BACKEND_ENTRY(udmabuf);

CEN_BACKEND_ENTRY(udmabuf)
{
	(void)host_abi;
	*out = &backend;
	return 0;
}
