/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Starts a probe program, asks it one thing and sees to it that it is gone afterwards. */
#include "client.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "backend-util.h"

/* How long a program that has answered may take to end. */
#define REAP_LIMIT_MS 500

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void _cen_probe_request_init(struct probe_request *request, uint32_t operation, const struct cen_device_desc *device,
			     uint32_t usage, uint32_t time_limit_ms)
{
	*request = (struct probe_request){
		.header = {.size = sizeof(*request), .version = PROBE_VERSION, .kind = PROBE_REQUEST},
		.operation = operation,
		.usage = usage,
		.time_limit_ms = time_limit_ms,
		.devnum = device ? device->devnum : 0,
	};
	snprintf(request->path, sizeof(request->path), "%s", device ? device->path : "");
}

/*
 * Drivers load code from where variables say. Of a program with more rights than its user they are the user's, and are
 * not handed on: the program may have made these rights its own, and then nothing else tells a driver.
 */
static char *const *choose_environment(void)
{
	static char *const none[] = {NULL};

	return getauxval(AT_SECURE) ? none : environ;
}

/* The handlers, the signal mask and the open files of the application are not for the program. */
static int spawn_program(const char *path, int socket, pid_t *pid)
{
	static char serve[] = "--serve";
	char *const argv[] = {(char *)(uintptr_t)path, serve, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int ret;

	sigemptyset(&none);
	sigfillset(&all);
	ret = posix_spawn_file_actions_init(&actions);
	if (ret != 0)
		return -ret;
	ret = posix_spawnattr_init(&attributes);
	if (ret != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return -ret;
	}
	ret = posix_spawn_file_actions_adddup2(&actions, socket, PROBE_SOCKET);
	for (int fd = 0; ret == 0 && fd < PROBE_SOCKET; fd++)
		ret = posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", fd ? O_WRONLY : O_RDONLY, 0);
	if (ret == 0)
		ret = posix_spawnattr_setsigmask(&attributes, &none);
	if (ret == 0)
		ret = posix_spawnattr_setsigdefault(&attributes, &all);
	if (ret == 0)
		ret = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (ret == 0)
		ret = posix_spawn(pid, path, &actions, &attributes, argv, choose_environment());
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -ret;
}

/*
 * Wait until the program is gone, with SIGKILL when it takes too long. Returns its status; 0 where that is not known,
 * because the application collects children itself: then its number may be another's, and is left alone.
 */
static int reap(pid_t pid, int64_t limit_ms)
{
	const struct timespec pause = {.tv_nsec = 1000 * 1000};
	int64_t end = now_ms() + limit_ms;
	bool is_killed = false;
	int status = 0;

	for (;;) {
		pid_t ret = waitpid(pid, &status, WNOHANG);

		if (ret == pid)
			return status;
		if (ret < 0 && errno != EINTR)
			return 0;
		if (now_ms() >= end) {
			if (is_killed)
				return 0;
			kill(pid, SIGKILL);
			is_killed = true;
			end = now_ms() + REAP_LIMIT_MS;
		}
		nanosleep(&pause, NULL);
	}
}

/* Returns 0 when there is something to read, or -ETIMEDOUT: also for a program that never stops talking. */
static int wait_readable(int socket, int64_t end)
{
	struct pollfd poll_fd = {.fd = socket, .events = POLLIN};

	for (;;) {
		int64_t left = end - now_ms();
		int ret = left > 0 ? poll(&poll_fd, 1, (int)left) : 0;

		if (ret > 0)
			return 0;
		if (ret == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

static int receive_one(int socket, union probe_message *message, struct probe_answer *answer)
{
	int fds[CEN_MAX_PLANES];
	uint32_t fd_count = 0;
	ptrdiff_t bytes = _cen_probe_receive(socket, message, sizeof(*message), MSG_DONTWAIT, fds, &fd_count);
	int ret;

	if (bytes == -EAGAIN)
		return 0;
	if (bytes == -EPROTO)
		return _cen_probe_answer_fail(answer, EPROTO, "recvmsg", "a message of the probe program is too long");
	/* A socket that is reset is one whose other side is gone as well. */
	if (bytes <= 0)
		return -EPIPE;
	ret = _cen_probe_answer_add(answer, message, (size_t)bytes, fds, fd_count);
	for (uint32_t i = 0; ret < 0 && i < fd_count; i++)
		close(fds[i]);
	return ret;
}

static int receive_all(int socket, int64_t end, struct probe_answer *answer)
{
	_cleanup_free_ union probe_message *message = malloc(sizeof(*message));
	int ret = message ? 0 : -ENOMEM;

	while (ret == 0 && !answer->is_complete) {
		ret = wait_readable(socket, end);
		if (ret == 0)
			ret = receive_one(socket, message, answer);
	}
	return ret;
}

static int ask(const struct probe_request *request, int socket, struct probe_answer *answer)
{
	int64_t end = now_ms() + request->time_limit_ms;
	bool has_files = request->operation == PROBE_IMPORT;
	int fds[CEN_MAX_PLANES], ret;

	for (uint32_t i = 0; i < CEN_MAX_PLANES; i++)
		fds[i] = request->image.objects[i].fd;
	ret = _cen_probe_send(socket, &request->header, fds, has_files ? request->image.object_count : 0);
	/* It may have gone already. */
	if (ret < 0 && ret != -EPIPE && ret != -ECONNRESET)
		return ret;
	return receive_all(socket, end, answer);
}

static int tell_end(const struct probe_program *program, int status, struct probe_answer *answer)
{
	if (WIFSIGNALED(status)) {
		answer->end.signal = (uint32_t)WTERMSIG(status);
		return _cen_probe_answer_fail(answer, EFAULT, NULL, "%s was ended by signal %d", program->name,
					      WTERMSIG(status));
	}
	return _cen_probe_answer_fail(answer, EIO, NULL, "%s ended with status %d and without an answer", program->name,
				      WEXITSTATUS(status));
}

static int run(const struct probe_program *program, const struct probe_request *request, const char *path,
	       struct probe_answer *answer)
{
	_cleanup_close_ int ours = -1, theirs = -1;
	int fds[2], ret, status;
	pid_t pid = -1;

	if (request->image.object_count > CEN_MAX_PLANES)
		return -EINVAL;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	ours = fds[0];
	theirs = fds[1];
	ret = spawn_program(path, theirs, &pid);
	if (ret < 0)
		return _cen_probe_answer_fail(answer, -ret, "posix_spawn", "%s: %s", path, strerror(-ret));
	close(steal_fd(&theirs));
	ret = ask(request, ours, answer);
	close(steal_fd(&ours));
	status = reap(pid, ret == -ETIMEDOUT ? 0 : REAP_LIMIT_MS);
	if (ret == -ETIMEDOUT)
		return _cen_probe_answer_fail(answer, ETIMEDOUT, NULL, "%s gave no answer within %u ms", program->name,
					      request->time_limit_ms);
	if (ret == -EPIPE)
		return tell_end(program, status, answer);
	return ret == 0 ? answer->end.error : ret;
}

int _cen_probe_run(const struct probe_program *program, const struct probe_request *request,
		   struct probe_answer *answer)
{
	char path[PATH_MAX];
	int ret = _cen_probe_find(program, path, sizeof(path));

	if (ret < 0)
		return _cen_probe_answer_fail(answer, ENOENT, NULL, "the program %s is not installed", program->name);
	ret = run(program, request, path, answer);
	if (ret < 0 && !answer->end.message[0])
		_cen_probe_answer_fail(answer, -ret, NULL, "%s: %s", program->name, strerror(-ret));
	return ret;
}
