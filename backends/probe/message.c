/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Messages with file descriptors over a SOCK_SEQPACKET socket, for both sides. */
#include "message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int _cen_probe_send(int socket, const struct probe_header *message, const int *fds, uint32_t fd_count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * CEN_MAX_PLANES)];
	} control = {0};
	struct iovec data = {.iov_base = (void *)(uintptr_t)message, .iov_len = message->size};
	struct msghdr msg = {.msg_iov = &data, .msg_iovlen = 1};
	ssize_t bytes;

	if (fd_count > CEN_MAX_PLANES)
		return -EINVAL;
	if (fd_count) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * fd_count);
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
	}
	do {
		bytes = sendmsg(socket, &msg, MSG_NOSIGNAL);
	} while (bytes < 0 && errno == EINTR);
	return bytes < 0 ? -errno : 0;
}

/* Every descriptor that arrived is kept, or closed when there is no room: none leaks. */
static int take_fds(struct msghdr *msg, int fds[CEN_MAX_PLANES], uint32_t *fd_count)
{
	struct cmsghdr *header;
	int ret = 0, fd;

	for (header = CMSG_FIRSTHDR(msg); header; header = CMSG_NXTHDR(msg, header)) {
		size_t count;

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(fd));
			if (*fd_count < CEN_MAX_PLANES) {
				fds[(*fd_count)++] = fd;
				continue;
			}
			close(fd);
			ret = -EPROTO;
		}
	}
	return ret;
}

ptrdiff_t _cen_probe_receive(int socket, void *message, size_t size, int flags, int fds[CEN_MAX_PLANES],
			     uint32_t *fd_count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * CEN_MAX_PLANES)];
	} control;
	struct iovec data = {.iov_base = message, .iov_len = size};
	struct msghdr msg = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t bytes;
	int ret;

	*fd_count = 0;
	do {
		bytes = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC | flags);
	} while (bytes < 0 && errno == EINTR);
	if (bytes < 0)
		return -errno;
	ret = take_fds(&msg, fds, fd_count);
	if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		ret = -EPROTO;
	if (ret == 0)
		return bytes;
	while (*fd_count)
		close(fds[--*fd_count]);
	return ret;
}

int _cen_probe_is_text(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}
