/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The frame of a probe program: two processes, one request. */
#include "server.h"

#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "backend-util.h"

int _cen_probe_fail(struct probe_call *call, const char *function, int errnum, const char *format, ...)
{
	va_list args;

	call->end.error = -errnum;
	snprintf(call->end.call, sizeof(call->end.call), "%s", function ? function : "");
	va_start(args, format);
	vsnprintf(call->end.message, sizeof(call->end.message), format, args);
	va_end(args);
	return -errnum;
}

static void fill_header(struct probe_header *header, size_t size, enum probe_kind kind, uint32_t count)
{
	*header = (struct probe_header){.size = (uint32_t)size, .version = PROBE_VERSION, .kind = kind, .count = count};
}

int _cen_probe_send_info(struct probe_call *call, struct probe_info *info)
{
	if (call->socket < 0) {
		printf("driver: %s\ndevice: %s\nversion: %s\nflags: 0x%x\nsizes: texture %u, render %u\n", info->driver,
		       info->device, info->version, info->flags, info->texture_max, info->render_max);
		return 0;
	}
	fill_header(&info->header, sizeof(*info), PROBE_INFO, 0);
	return _cen_probe_send(call->socket, &info->header, NULL, 0);
}

int _cen_probe_send_pairs(struct probe_call *call, const struct probe_pair *pairs, size_t count)
{
	struct probe_pairs message = {0};
	int ret = 0;

	for (size_t i = 0; call->socket < 0 && i < count; i++)
		printf("%.4s 0x%016" PRIx64 "%s%s%s\n", (const char *)&pairs[i].fourcc, pairs[i].modifier,
		       pairs[i].flags & PROBE_PAIR_TEXTURE ? " texture" : "",
		       pairs[i].flags & PROBE_PAIR_RENDER ? " render" : "",
		       pairs[i].flags & PROBE_PAIR_EXTERNAL ? " external" : "");
	while (call->socket >= 0 && ret == 0 && count) {
		uint32_t part = count > PROBE_MESSAGE_PAIRS ? PROBE_MESSAGE_PAIRS : (uint32_t)count;

		memcpy(message.pairs, pairs, part * sizeof(*pairs));
		fill_header(&message.header, offsetof(struct probe_pairs, pairs) + part * sizeof(*pairs), PROBE_PAIRS,
			    part);
		ret = _cen_probe_send(call->socket, &message.header, NULL, 0);
		pairs += part;
		count -= part;
	}
	return ret;
}

int _cen_probe_send_image(struct probe_call *call, const struct cen_image_desc *image)
{
	struct probe_image message = {.image = *image};
	int fds[CEN_MAX_PLANES];

	if (image->object_count > CEN_MAX_PLANES)
		return -EINVAL;
	for (uint32_t i = 0; i < CEN_MAX_PLANES; i++)
		fds[i] = image->objects[i].fd;
	fill_header(&message.header, sizeof(message), PROBE_IMAGE, 0);
	return call->socket < 0 ? 0 : _cen_probe_send(call->socket, &message.header, fds, image->object_count);
}

static int send_end(struct probe_call *call)
{
	if (call->socket < 0) {
		if (call->end.error)
			printf("error: %s%s%s\n", call->end.call, call->end.call[0] ? ": " : "", call->end.message);
		fflush(stdout);
		return 0;
	}
	fill_header(&call->end.header, sizeof(call->end), PROBE_END, 0);
	return _cen_probe_send(call->socket, &call->end.header, NULL, 0);
}

static int check_request(const struct probe_request *request, size_t size, uint32_t fd_count)
{
	const struct cen_image_desc *image = &request->image;

	if (size != sizeof(*request) || request->header.size != size || request->header.version != PROBE_VERSION ||
	    request->header.kind != PROBE_REQUEST || !_cen_probe_is_text(request->path, sizeof(request->path)))
		return -EPROTO;
	if (image->plane_count > CEN_MAX_PLANES || image->object_count > CEN_MAX_PLANES ||
	    request->count > PROBE_MAX_IMAGES)
		return -EPROTO;
	if (fd_count != (request->operation == PROBE_IMPORT ? image->object_count : 0))
		return -EPROTO;
	for (uint32_t i = 0; i < image->plane_count; i++) {
		if (image->object_count && image->planes[i].object >= image->object_count)
			return -EPROTO;
	}
	return 0;
}

/* The names that a crash has; others are told by their number. */
static const char *name_signal(int number)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
		{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"},   {SIGABRT, "SIGABRT"}, {SIGILL, "SIGILL"},
		{SIGFPE, "SIGFPE"},   {SIGTRAP, "SIGTRAP"}, {SIGSYS, "SIGSYS"},   {SIGKILL, "SIGKILL"},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		if (names[i].number == number)
			return names[i].name;
	}
	return NULL;
}

/* In the process that may crash. It ends without running what the driver left for exit(). */
static _Noreturn void work(const struct probe_server *server, struct probe_call *call,
			   const struct probe_request *request, pid_t supervisor)
{
	int ret;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Killed before: then nobody would end a driver that hangs. */
	if (getppid() != supervisor)
		_exit(1);
	ret = server->handle(call, request);
	if (ret < 0 && call->end.error == 0)
		_cen_probe_fail(call, NULL, -ret, "%s", strerror(-ret));
	if (ret == 0)
		call->end = (struct probe_end){0};
	_exit(send_end(call) < 0 || (call->socket < 0 && ret < 0));
}

static int supervise(const struct probe_server *server, struct probe_call *call, const struct probe_request *request)
{
	pid_t supervisor = getpid(), pid = fork();
	int status = 0, number;

	if (pid == 0)
		work(server, call, request, supervisor);
	if (pid < 0) {
		_cen_probe_fail(call, "fork", errno, "%s cannot start a process", server->name);
		return send_end(call);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	number = WTERMSIG(status);
	call->end.signal = (uint32_t)number;
	if (name_signal(number))
		_cen_probe_fail(call, NULL, EFAULT, "the driver crashed with %s", name_signal(number));
	else
		_cen_probe_fail(call, NULL, EFAULT, "the driver was ended by signal %d", number);
	return send_end(call) < 0;
}

/* By hand: what the program finds out about a device. */
static int print(const struct probe_server *server, const char *path)
{
	struct probe_call call = {.socket = -1};
	struct probe_request request = {.operation = PROBE_DESCRIBE};
	struct stat st;

	snprintf(request.path, sizeof(request.path), "%s", path);
	if (path[0] != '/')
		request.flags = PROBE_FLAG_SOFTWARE;
	else if (stat(path, &st) == 0)
		request.devnum = st.st_rdev;
	return supervise(server, &call, &request) || call.end.error;
}

static int serve(const struct probe_server *server)
{
	static const struct rlimit no_core = {0};
	struct probe_call call = {.socket = PROBE_SOCKET};
	struct probe_request request;
	int fds[CEN_MAX_PLANES];
	uint32_t fd_count = 0;
	ptrdiff_t bytes;

	/* A crash is an answer; it needs no core file. Files of the application are not for a driver. */
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_range(PROBE_SOCKET + 1, ~0u, 0);
	bytes = _cen_probe_receive(PROBE_SOCKET, &request, sizeof(request), 0, fds, &fd_count);
	if (bytes < 0 || check_request(&request, (size_t)bytes, fd_count) < 0) {
		_cen_probe_fail(&call, NULL, EPROTO, "%s does not understand the request: is it of another version?",
				server->name);
		return send_end(&call) < 0;
	}
	for (uint32_t i = 0; i < CEN_MAX_PLANES; i++)
		request.image.objects[i].fd = i < fd_count ? fds[i] : -1;
	/* Whoever asked kills a program that is late; this is for when that one is gone itself. */
	alarm(request.time_limit_ms / 1000 + 2);
	return supervise(server, &call, &request);
}

int _cen_probe_serve(const struct probe_server *server, int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--serve") == 0)
		return serve(server);
	if (argc == 2 && argv[1][0] != '-')
		return print(server, argv[1]);
	fprintf(stderr, "usage: %s NODE|SOFTWARE-DEVICE: what its driver says; the library starts it by itself\n",
		server->name);
	return 2;
}
