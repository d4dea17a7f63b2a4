/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The simple allocator, RFC of 2017, on the memory of a real kernel: its sample on every source of plain memory, an fd
 * that outlives the process which allocated it, and contiguous memory that is back when the last one closes. What must
 * be refused is in tests/flow/test-simple-allocator-2017.c, too. Prints TAP.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cenalloc/cenalloc.h>

#include "balance.h"
#include "tap.h"

#define LENGTH ((uint64_t)16 * 1024)
#define BIG ((uint64_t)8 * 1024 * 1024)
#define READ_WRITE (CEN_HEAP_READ_WRITE | CEN_HEAP_CLOEXEC)

/* Pages that are taken from CMA. CmaFree would not do: files use what nobody has allocated. */
static long count_cma_pages(void)
{
	FILE *used = popen("cat /sys/kernel/debug/cma/*/used", "re");
	long pages = 0, area;

	if (!used)
		err(2, "popen");
	while (fscanf(used, "%ld", &area) == 1)
		pages += area;
	pclose(used);
	return pages;
}

/* The kernel ends a file a moment after close(). */
static bool is_back(int buffers, long cma_pages)
{
	for (int n = 0; n < 40; n++) {
		if (count_buffers() == buffers && count_cma_pages() == cma_pages)
			return true;
		nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	}
	return false;
}

static bool fill(int fd, uint64_t length)
{
	unsigned char *bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (bytes == MAP_FAILED)
		return false;
	memset(bytes, 0xff, length);
	munmap(bytes, length);
	return true;
}

static bool is_filled(int fd, uint64_t length)
{
	unsigned char *bytes = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);
	bool is_same = bytes != MAP_FAILED;

	for (uint64_t i = 0; is_same && i < length; i++)
		is_same = bytes[i] == 0xff;
	if (bytes != MAP_FAILED)
		munmap(bytes, length);
	return is_same;
}

/* Open the region, allocate, map shared, fill, unmap, close. */
static void check_sample(const struct cen_source *heap, const char *name)
{
	struct cen_error *err = NULL;
	uint64_t length;
	int fd, ret;

	ret = cen_heap_alloc(heap, LENGTH, READ_WRITE, &fd, &length, &err);
	if (err)
		printf("# %s\n", cen_error_get_message(err));
	cen_error_destroy(err);
	if (!check(ret == 0, "%s: 16 KiB, read-write, close-on-exec", name))
		return;
	check(length == LENGTH && lseek(fd, 0, SEEK_END) == (off_t)length, "%s: the real length is the kernel's", name);
	check(fcntl(fd, F_GETFD) == FD_CLOEXEC && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR,
	      "%s: the fd is as the flags say", name);
	check(fill(fd, length) && is_filled(fd, length), "%s: mapped shared, filled and unmapped", name);
	close(fd);
	ret = cen_heap_alloc(heap, LENGTH + 1, CEN_HEAP_READ_WRITE, &fd, &length, NULL);
	check(ret == 0 && length >= LENGTH + 1 && length % (uint64_t)sysconf(_SC_PAGESIZE) == 0 &&
		      fcntl(fd, F_GETFD) == 0,
	      "%s: a byte more is a page more, and without the flag the fd stays open on exec", name);
	close(fd);
	ret = cen_heap_alloc(heap, LENGTH, READ_WRITE | CEN_HEAP_VERSION(1), &fd, &length, NULL);
	check(ret == -EINVAL && fd == -1, "%s: another version is refused", name);
}

/* A mode is set when a dma-buf is made: by heaps, and by nobody else. */
static void check_read_only(const struct cen_source *heap, const char *name, bool is_heap)
{
	struct cen_error *err = NULL;
	char path[64];
	void *bytes;
	int fd, ret;

	ret = cen_heap_alloc(heap, LENGTH, CEN_HEAP_READ_ONLY | CEN_HEAP_CLOEXEC, &fd, NULL, &err);
	if (!is_heap) {
		check(ret == -EOPNOTSUPP && cen_error_get_code(err) == CEN_ERROR_USAGE, "%s",
		      err ? cen_error_get_message(err) : name);
		cen_error_destroy(err);
		return;
	}
	bytes = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(ret == 0 && bytes == MAP_FAILED && errno == EACCES, "%s: read-only memory cannot be mapped for writing",
	      name);
	bytes = mmap(NULL, LENGTH, PROT_READ, MAP_SHARED, fd, 0);
	check(bytes != MAP_FAILED, "%s: it can be mapped for reading", name);
	if (bytes != MAP_FAILED)
		munmap(bytes, LENGTH);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ret = open(path, O_RDWR | O_CLOEXEC);
	check(ret < 0 && errno == ENXIO, "%s: the kernel opens no dma-buf anew", name);
	close(fd);
	cen_error_destroy(err);
}

static void send_fd(int socket, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.bytes = {0}};
	struct iovec data = {.iov_base = &(char){'x'}, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(socket, &message, 0) != 1)
		_exit(5);
}

static int receive_fd(int socket)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.bytes = {0}};
	char byte;
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	const struct cmsghdr *header;
	int fd = -1;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

/* Another process with a library of its own: allocates, fills, sends, ends. */
__attribute__((noreturn)) static void run_allocator(const char *name, int socket)
{
	const struct cen_source *heap;
	struct cen_machine *machine;
	struct cen_context *ctx;
	uint64_t length;
	int fd;

	if (cen_context_create(0, &ctx, NULL) < 0 || cen_machine_create_live(ctx, 0, &machine, NULL) < 0 ||
	    cen_machine_find_source(machine, name, &heap, NULL) < 0)
		_exit(2);
	if (cen_heap_alloc(heap, BIG, READ_WRITE, &fd, &length, NULL) < 0)
		_exit(3);
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
	if (!fill(fd, length))
		_exit(4);
	send_fd(socket, fd);
	_exit(0);
}

/* Who receives the fd needs to know nothing: it maps, looks, closes, and the memory is gone. */
static void check_passing(const char *name, bool is_cma)
{
	int buffers = count_buffers(), sockets[2], status = -1, fd;
	long cma_pages = count_cma_pages();
	pid_t allocator;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		err(2, "socketpair");
	fflush(stdout);
	allocator = fork();
	if (allocator == 0)
		run_allocator(name, sockets[1]);
	close(sockets[1]);
	fd = receive_fd(sockets[0]);
	close(sockets[0]);
	waitpid(allocator, &status, 0);
	check(status == 0 && fd >= 0, "%s: 8 MiB come over a socket; the process that allocated them has ended", name);
	check(fd >= 0 && is_filled(fd, BIG), "%s: the contents are there", name);
	check(count_buffers() == buffers + 1, "%s: it is the one dma-buf more", name);
	if (is_cma)
		check(count_cma_pages() == cma_pages + (long)(BIG / (uint64_t)sysconf(_SC_PAGESIZE)),
		      "%s: contiguous memory is taken for it, %ld pages before", name, cma_pages);
	if (fd >= 0)
		close(fd);
	check(is_back(buffers, cma_pages), "%s: close() has freed it", name);
}

static void check_too_long(const struct cen_source *heap, const struct cen_source_info *info)
{
	struct cen_error *err = NULL;
	int fd, ret;

	if (!check(info->max_bytes != 0, "%s: the largest buffer is known", info->name))
		return;
	ret = cen_heap_alloc(heap, info->max_bytes + 1, READ_WRITE, &fd, NULL, &err);
	check(ret == -ENOMEM && cen_error_get_wanted(err) == info->max_bytes + 1 &&
		      cen_error_get_held(err) == info->max_bytes,
	      "%s", err ? cen_error_get_message(err) : info->name);
	cen_error_destroy(err);
}

static void check_sources(struct cen_machine *machine)
{
	const struct cen_source *heap;
	int cma_count = 0, count = 0;

	for (size_t i = 0; (heap = cen_machine_get_source(machine, i)); i++) {
		struct cen_source_info info = {.size = sizeof(info)};
		bool is_cma, is_udmabuf;

		if (cen_source_get_info(heap, &info) < 0 || !info.has_bytes)
			continue;
		is_cma = info.placement == CEN_PLACEMENT_CMA;
		is_udmabuf = strcmp(info.backend, "udmabuf") == 0;
		count++;
		cma_count += is_cma;
		check_sample(heap, info.name);
		check_read_only(heap, info.name, strcmp(info.backend, "heap") == 0);
		check_passing(info.name, is_cma);
		if (is_cma || is_udmabuf)
			check_too_long(heap, &info);
	}
	check(count >= 3 && cma_count >= 1, "%d sources give plain memory, %d of them contiguous", count, cma_count);
}

int main(void)
{
	size_t fds = balance_count_fds();
	int buffers = count_buffers();
	long cma_pages = count_cma_pages();
	struct cen_context *ctx = NULL;
	struct cen_machine *machine = NULL;

	if (cen_context_create(0, &ctx, NULL) == 0 && cen_machine_create_live(ctx, 0, &machine, NULL) == 0)
		check_sources(machine);
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
	check(is_back(buffers, cma_pages), "no dma-buf and no contiguous memory is left");
	check(balance_count_fds() == fds, "no fd is left");
	return check_end();
}
