/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* try_import() in a forked child with a time limit. */
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#include <cenalloc/feedback.h>

#include "context.h"
#include "cpu-device.h"
#include "error.h"
#include "machine.h"
#include "util.h"

#define TIME_LIMIT_MS 15000 /* for one image: a software GPU that is emulated takes 2 to 8 s */
#define REAP_LIMIT_MS 500

bool _cen_trial_is_possible(const struct cen_device *device)
{
	return !device->backend || BACKEND_OPERATION(device->backend->table, try_import);
}

static int try_one(const struct trial *trial, const struct cen_image_desc *image, struct cen_call *call)
{
	const struct cen_device *device = trial->device;
	int ret;

	if (!device->backend)
		ret = _cen_cpu_try_import(call, trial->usage, image);
	else
		ret = device->backend->table->try_import(device->backend->state, call, &device->desc, trial->usage,
							 image);
	return _cen_call_finish(call, ret);
}

/* In the child: one image after the other, each answer through the pipe, and nothing else. */
static _Noreturn void run_child(const struct trial *trial, int fd)
{
	int ret = 0;

	for (uint32_t n = 0; n < trial->count && ret == 0; n++) {
		struct cen_call call = {
			.ctx = trial->ctx,
			.backend = trial->device->backend,
			.operation = OPERATION_TRY_IMPORT,
			.is_child = true,
		};
		struct trial_result result = {.ret = try_one(trial, &trial->images[n], &call), .image = n};

		result.failure = call.failure;
		cen_feedback_destroy(call.feedback);
		ret = result.ret;
		/* Smaller than PIPE_BUF: it arrives in one piece. */
		if (write(fd, &result, sizeof(result)) != (ssize_t)sizeof(result))
			_exit(1);
	}
	_exit(0);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* False after the time limit; true when there is something to read or the child is gone. */
static bool wait_for_answer(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	int64_t end = now_ms() + TIME_LIMIT_MS;

	for (;;) {
		int64_t left = end - now_ms();
		int ret = poll(&poll_fd, 1, left > 0 ? (int)left : 0);

		if (ret > 0)
			return true;
		if (ret == 0 || errno != EINTR)
			return false;
	}
}

/*
 * Collect the child. A process that sleeps uninterruptibly in a driver does not die: it is left behind rather than
 * waited for. Returns its status, or 0 where it is not known (the application collects children itself).
 */
static int reap(pid_t pid)
{
	const struct timespec pause = {.tv_nsec = 1000 * 1000};
	int64_t end = now_ms() + REAP_LIMIT_MS;
	int status = 0;

	for (;;) {
		pid_t ret = waitpid(pid, &status, WNOHANG);

		if (ret == pid)
			return status;
		if (ret < 0 && errno != EINTR)
			return 0;
		if (now_ms() >= end)
			return 0;
		nanosleep(&pause, NULL);
	}
}

__attribute__((format(printf, 3, 4))) static void set_failure(struct trial_result *out, int errnum, const char *format,
							      ...)
{
	va_list args;

	*out = (struct trial_result){.ret = -errnum, .failure.errnum = errnum};
	va_start(args, format);
	vsnprintf(out->failure.message, sizeof(out->failure.message), format, args);
	va_end(args);
}

/* The answer for one image. Returns false when none will follow: it was refused, or the child is late or gone. */
static bool collect_one(pid_t pid, int fd, struct trial_result *out)
{
	ssize_t bytes;
	int status;

	if (!wait_for_answer(fd)) {
		kill(pid, SIGKILL);
		reap(pid);
		set_failure(out, ETIMEDOUT, "no answer within %d ms", TIME_LIMIT_MS);
		return false;
	}
	do {
		bytes = read(fd, out, sizeof(*out));
	} while (bytes < 0 && errno == EINTR);
	/* A driver ran where this comes from: the texts may have lost their end, the number its sense. */
	out->failure.message[sizeof(out->failure.message) - 1] = '\0';
	out->failure.call[sizeof(out->failure.call) - 1] = '\0';
	if (out->ret > 0)
		out->ret = -EIO;
	if (bytes == (ssize_t)sizeof(*out) && out->ret == 0)
		return true;
	status = reap(pid);
	if (bytes != (ssize_t)sizeof(*out))
		set_failure(out, EIO, "the process that tried it died of signal %d",
			    WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return false;
}

static void collect(pid_t pid, int fd, uint32_t count, struct trial_result *out)
{
	*out = (struct trial_result){0};
	for (uint32_t n = 0; n < count; n++) {
		if (!collect_one(pid, fd, out))
			return;
	}
	reap(pid);
}

int _cen_trial_run(const struct trial *trial, struct trial_result *out)
{
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(trial->ctx);
	_cleanup_close_ int read_end = -1, write_end = -1;
	sigset_t all, before;
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	read_end = fds[0];
	write_end = fds[1];
	/* Handlers of the application must not run in the child. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		run_child(trial, write_end);
	if (pid < 0) {
		int errnum = errno;

		pthread_sigmask(SIG_SETMASK, &before, NULL);
		return -errnum;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(_cen_steal_fd(&write_end));
	collect(pid, read_end, trial->count, out);
	return 0;
}

static uint64_t get_held_bytes(const struct cen_image_desc *image)
{
	uint64_t bytes = 0;

	for (uint32_t n = 0; n < image->object_count && n < CEN_MAX_PLANES; n++)
		bytes += image->objects[n].size;
	return bytes;
}

int _cen_trial_verify(const struct trial *trial, const struct trial_names *names, struct cen_error **err)
{
	struct error_facts facts = {.device = names->device};
	const char *usage = cen_usage_get_name(trial->usage);
	struct trial_result result = {0};
	int ret;

	if (!trial->device || !_cen_trial_is_possible(trial->device)) {
		_cen_log(trial->ctx, CEN_LOG_INFO, "alloc", "%s: %s: not verified: nothing can try it", names->device,
			 usage);
		return 0;
	}
	ret = _cen_trial_run(trial, &result);
	if (ret < 0) {
		facts.call = "fork";
		return _cen_error_set(err, CEN_ERROR_SYSTEM, -ret, &facts,
				      "%s: the process for the trial import could not be made: %s", names->device,
				      strerror(-ret));
	}
	if (result.ret == 0)
		return 0;
	facts.call = result.failure.call[0] ? result.failure.call : "try_import";
	facts.wanted = names->wanted;
	facts.held = get_held_bytes(&trial->images[result.image]);
	return _cen_error_set(err, CEN_ERROR_IMPORT, -result.ret, &facts,
			      "%s refused buffer %u of %s for %s: %s: %s%s%s", names->device, result.image,
			      names->source, usage, facts.call, strerror(-result.ret),
			      result.failure.message[0] ? ": " : "", result.failure.message);
}
