/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Waiting for Enter or a signal. */
#include "hold.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>

int hold_block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC);
}

void hold_print(void)
{
	printf("\nheld by process %d, fds in /proc/%d/fd: Enter frees the buffers\n", getpid(), getpid());
}

void hold_wait(int signals)
{
	struct pollfd fds[] = {{.fd = signals, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
	char c = '\0';

	for (;;) {
		if (poll(fds, ARRAY_LENGTH(fds), -1) < 0 && errno != EINTR)
			return;
		if (fds[0].revents)
			return;
		if (!fds[1].revents)
			continue;
		if (read(STDIN_FILENO, &c, 1) != 1)
			fds[1].fd = -1;
		else if (c == '\n')
			return;
	}
}
