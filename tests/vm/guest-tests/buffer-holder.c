/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Holds one dma-buf in the ways that there are, for ps.sh to look at. The arguments are steps, done in their order:
 *
 *   alloc=HEAP       1 MiB of /dev/dma_heap/HEAP; first of all, once
 *   name=TEXT        give it a name
 *   dup=N            so many descriptors more
 *   map              map all of it
 *   queue=VIDEO      import it into the capture queue of a V4L2 device
 *   import=CARD      import it into a DRM device
 *   send             send a descriptor through a socket that nobody reads
 *   thread           a thread takes the descriptors with it: the other threads have none
 *   grow=N           so many buffers more, one each second
 *   close            close all descriptors
 *   leave            end the first thread; the others stay
 *
 * Then it prints "ready INODE" and waits to be killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xf86drm.h>

#define SIZE (1u << 20)
#define FDS_MAX 256

static int fds[FDS_MAX], fd_count, heap = -1, cards[FDS_MAX], card_count;
static pthread_barrier_t is_unshared;

static void must(bool is_good, const char *what)
{
	if (is_good)
		return;
	fprintf(stderr, "buffer-holder: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void add_fd(int fd)
{
	must(fd >= 0 && fd_count < FDS_MAX, "descriptor");
	fds[fd_count++] = fd;
}

static int allocate(void)
{
	struct dma_heap_allocation_data data = {.len = SIZE, .fd_flags = O_RDWR | O_CLOEXEC};

	must(ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data) == 0, "DMA_HEAP_IOCTL_ALLOC");
	return (int)data.fd;
}

static void step_alloc(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/dev/dma_heap/%s", name);
	heap = open(path, O_RDONLY | O_CLOEXEC);
	must(heap >= 0, path);
	add_fd(allocate());
}

static void step_map(const char *unused)
{
	(void)unused;
	must(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fds[0], 0) != MAP_FAILED, "mmap");
}

static void step_name(const char *text)
{
	must(ioctl(fds[0], DMA_BUF_SET_NAME_B, text) == 0, "DMA_BUF_SET_NAME_B");
}

static void step_dup(const char *number)
{
	for (int n = atoi(number); n > 0; n--)
		add_fd(fcntl(fds[0], F_DUPFD_CLOEXEC, 0));
}

/* Prepared, not queued: the driver never sees it, but it is attached and mapped for the device. */
static void step_queue(const char *path)
{
	struct v4l2_requestbuffers request = {
		.count = 1, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_DMABUF};
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_DMABUF, .m.fd = fds[0], .length = SIZE};
	int device = open(path, O_RDWR | O_CLOEXEC);

	must(device >= 0, path);
	must(ioctl(device, VIDIOC_REQBUFS, &request) == 0, "VIDIOC_REQBUFS");
	must(ioctl(device, VIDIOC_PREPARE_BUF, &buffer) == 0, "VIDIOC_PREPARE_BUF");
}

static void step_import(const char *path)
{
	int card = open(path, O_RDWR | O_CLOEXEC);
	uint32_t handle;

	must(card >= 0, path);
	must(drmPrimeFDToHandle(card, fds[0], &handle) == 0, "DRM_IOCTL_PRIME_FD_TO_HANDLE");
	cards[card_count++] = card;
}

static void step_send(const char *unused)
{
	char control[CMSG_SPACE(sizeof(int))] = "", byte = 'x';
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int pair[2];

	(void)unused;
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "socketpair");
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fds[0], sizeof(int));
	must(sendmsg(pair[0], &message, 0) == 1, "sendmsg");
}

static void *wait_unshared(void *unused)
{
	must(unshare(CLONE_FILES) == 0, "unshare");
	pthread_barrier_wait(&is_unshared);
	for (;;)
		pause();
	return unused;
}

static void close_all(void)
{
	while (fd_count > 0)
		close(fds[--fd_count]);
}

static void step_thread(const char *unused)
{
	pthread_t thread;

	(void)unused;
	pthread_barrier_init(&is_unshared, NULL, 2);
	must(pthread_create(&thread, NULL, wait_unshared, NULL) == 0, "pthread_create");
	pthread_barrier_wait(&is_unshared);
	close_all();
}

static void *grow(void *number)
{
	for (long n = (long)number; n > 0; n--) {
		sleep(1);
		allocate();
	}
	for (;;)
		pause();
	return NULL;
}

static void step_grow(const char *number)
{
	pthread_t thread;

	must(pthread_create(&thread, NULL, grow, (void *)atol(number)) == 0, "pthread_create");
}

static void step_close(const char *unused)
{
	(void)unused;
	close_all();
}

static void *wait_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static bool is_to_leave;

static void step_leave(const char *unused)
{
	pthread_t thread;

	(void)unused;
	must(pthread_create(&thread, NULL, wait_for_ever, NULL) == 0, "pthread_create");
	is_to_leave = true;
}

static const struct {
	const char *name;
	void (*run)(const char *value);
} steps[] = {
	{"alloc", step_alloc}, {"name", step_name},     {"dup", step_dup},     {"map", step_map},
	{"queue", step_queue}, {"import", step_import}, {"send", step_send},   {"thread", step_thread},
	{"grow", step_grow},   {"close", step_close},   {"leave", step_leave},
};

static void run(const char *argument)
{
	size_t length = strcspn(argument, "=");

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (strlen(steps[i].name) != length || strncmp(steps[i].name, argument, length) != 0)
			continue;
		steps[i].run(argument[length] ? argument + length + 1 : "");
		return;
	}
	errno = EINVAL;
	must(false, argument);
}

int main(int argc, char **argv)
{
	struct stat stat;

	must(argc > 1 && strncmp(argv[1], "alloc=", 6) == 0, "alloc=HEAP is the first step");
	run(argv[1]);
	must(fstat(fds[0], &stat) == 0, "fstat");
	for (int i = 2; i < argc; i++)
		run(argv[i]);
	printf("ready %ju\n", (uintmax_t)stat.st_ino);
	fflush(stdout);
	if (is_to_leave)
		pthread_exit(NULL);
	wait_for_ever(NULL);
	return 0;
}
