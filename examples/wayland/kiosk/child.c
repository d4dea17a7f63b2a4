/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Starting and ending the client. */
#include "child.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* In tenths of a second, before it is killed. */
#define PATIENCE 20

/* What this process changed for itself is no affair of the client's. */
static void restore_defaults(const struct server *server)
{
	struct rlimit limit;
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = server->fd_limit;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int child_start(struct server *server, const char *socket)
{
	char **command = server->options->command;
	pid_t child = fork();
	int ret = -errno;

	if (child < 0) {
		warnx("%s: fork: %s", command[0], strerror(-ret));
		return ret;
	}
	if (child == 0) {
		restore_defaults(server);
		setenv("WAYLAND_DISPLAY", socket, 1);
		execvp(command[0], command);
		warn("%s", command[0]);
		_exit(127);
	}
	server->child = child;
	return 0;
}

void child_reap(struct server *server)
{
	int status;

	if (server->child == 0 || waitpid(server->child, &status, WNOHANG) != server->child)
		return;
	server->child = 0;
	server_end(server, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

void child_stop(struct server *server)
{
	const struct timespec tenth = {.tv_nsec = 100000000};

	if (server->child == 0)
		return;
	kill(server->child, SIGTERM);
	for (int i = 0; i < PATIENCE; i++) {
		if (waitpid(server->child, NULL, WNOHANG) == server->child) {
			server->child = 0;
			return;
		}
		nanosleep(&tenth, NULL);
	}
	kill(server->child, SIGKILL);
	waitpid(server->child, NULL, 0);
	server->child = 0;
}
