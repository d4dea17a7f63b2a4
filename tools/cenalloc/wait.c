/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "wait.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

int wait_block_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int64_t get_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* For poll(): what is left, -1 without an end. */
static int time_left(int64_t end)
{
	int64_t left = end - get_milliseconds();

	if (end == 0)
		return -1;
	return left > 0 ? (int)left : 0;
}

bool wait_for_end(int signals, uint32_t milliseconds)
{
	struct pollfd fds[] = {{.fd = signals, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
	int64_t end = milliseconds ? get_milliseconds() + milliseconds : 0;
	char c = '\0';

	for (;;) {
		int ready = poll(fds, ARRAY_LENGTH(fds), time_left(end));

		if (ready == 0)
			return false;
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready < 0 || fds[0].revents)
			return true;
		if (read(STDIN_FILENO, &c, 1) != 1)
			fds[1].fd = -1;
		else if (c == '\n')
			return true;
	}
}

void wait_print_held(void)
{
	printf("\nheld by process %d, fds in /proc/%d/fd: Enter frees the buffers\n", getpid(), getpid());
}
