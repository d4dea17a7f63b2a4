/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The process that touches devices. It is told one job at a time and answers in lines of JSON; what the library has
 * learned of the devices stays known in it from job to job. When it hangs or dies, the job has failed, and the next job
 * gets a new process.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "board.h"

#define LINE_MAX_BYTES (1u << 20)
#define WORDS_MAX 2000
#define REAP_LIMIT_MS 1000

enum answer {
	ANSWER_DONE,
	ANSWER_LATE,
	ANSWER_GONE,
	ANSWER_STOPPED, /* by a signal to the command */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static _Noreturn void run_child(struct board *board, int socket, int words)
{
	FILE *out = fdopen(socket, "w");
	struct board_job job;

	/* A group of its own: Ctrl-C is for the command, and what the library starts can be ended with it. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (words >= 0)
		dup2(words, STDERR_FILENO);
	if (!out)
		_exit(1);
	while (read(socket, &job, sizeof(job)) == (ssize_t)sizeof(job)) {
		board_try(board, &job, out);
		fputs("{\"done\":true}\n", out);
		if (fflush(out) != 0)
			_exit(1);
	}
	_exit(0);
}

static int start(struct board_worker *worker, struct board *board)
{
	/* With --log the library's messages are for who runs the command. */
	int words = board->tool->log_level ? -1 : memfd_create("words", MFD_CLOEXEC);
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0) {
		int ret = -errno;

		if (words >= 0)
			close(words);
		return ret;
	}
	if (words >= 0)
		fcntl(words, F_SETFL, O_APPEND);
	fflush(NULL);
	worker->pid = fork();
	if (worker->pid == 0) {
		close(sockets[0]);
		run_child(board, sockets[1], words);
	}
	close(sockets[1]);
	worker->socket = sockets[0];
	worker->words = words;
	worker->length = 0;
	if (worker->pid > 0)
		return 0;
	worker->pid = 0;
	close(sockets[0]);
	if (words >= 0)
		close(words);
	return -EAGAIN;
}

/* Returns how it ended; 0 where it sleeps in a driver and does not die. */
static int reap(pid_t pid)
{
	const struct timespec pause = {.tv_nsec = 2 * 1000 * 1000};
	int64_t end = now_ms() + REAP_LIMIT_MS;
	int status = 0;

	do {
		if (waitpid(pid, &status, WNOHANG) != 0)
			return status;
		nanosleep(&pause, NULL);
	} while (now_ms() < end);
	return 0;
}

static int end(struct board_worker *worker)
{
	int status;

	/* The group may not be there yet: then the process itself. */
	if (kill(-worker->pid, SIGKILL) < 0)
		kill(worker->pid, SIGKILL);
	status = reap(worker->pid);
	close(worker->socket);
	if (worker->words >= 0)
		close(worker->words);
	worker->pid = 0;
	return status;
}

void board_worker_stop(struct board_worker *worker)
{
	if (worker->pid)
		end(worker);
	free(worker->line);
	*worker = (struct board_worker){0};
}

static int get_stop(const struct board *board)
{
	struct signalfd_siginfo info;

	return read(board->signals, &info, sizeof(info)) == (ssize_t)sizeof(info) ? (int)info.ssi_signo : SIGTERM;
}

static void take_formats(struct board *board, const struct board_job *job, struct json_object *list)
{
	struct board_role *role = &board->roles[job->roles[0]];
	size_t count = json_object_array_length(list);

	role->is_known = true;
	free(role->fourccs);
	role->fourcc_count = 0;
	role->fourccs = calloc(count ? count : 1, sizeof(*role->fourccs));
	for (size_t i = 0; role->fourccs && i < count; i++) {
		uint32_t fourcc = (uint32_t)json_object_get_int64(json_object_array_get_idx(list, i));

		if (cen_format_get_info(fourcc))
			role->fourccs[role->fourcc_count++] = fourcc;
	}
}

/* A driver ran where this comes from: what is no answer counts as none. Returns true at the end of the job. */
static bool take_line(struct board *board, const struct board_job *job, const char *line)
{
	struct json_object *object = json_tokener_parse(line), *list;
	struct board_result result;
	bool is_done = false;

	if (json_object_is_type(object, json_type_object)) {
		is_done = json_object_object_get_ex(object, "done", NULL);
		if (json_object_object_get_ex(object, "fourccs", &list) && json_object_is_type(list, json_type_array))
			take_formats(board, job, list);
		else if (!is_done && board_result_from_json(object, &result))
			board_add_result(board, &result);
	}
	json_object_put(object);
	return is_done;
}

/* Reads what there is. Returns false when nothing more will come. */
static bool fill(struct board_worker *worker)
{
	ssize_t bytes;

	if (worker->size - worker->length < 4096) {
		char *grown = worker->size < LINE_MAX_BYTES ? realloc(worker->line, worker->size + 65536) : NULL;

		if (!grown)
			return false;
		worker->line = grown;
		worker->size += 65536;
	}
	bytes = read(worker->socket, worker->line + worker->length, worker->size - worker->length - 1);
	if (bytes <= 0)
		return bytes < 0 && errno == EINTR;
	worker->length += (size_t)bytes;
	worker->line[worker->length] = '\0';
	return true;
}

static bool take_lines(struct board_worker *worker, struct board *board, const struct board_job *job)
{
	bool is_done = false;
	char *end;

	while (!is_done && worker->length && (end = memchr(worker->line, '\n', worker->length))) {
		size_t bytes = (size_t)(end + 1 - worker->line);

		*end = '\0';
		is_done = take_line(board, job, worker->line);
		worker->length -= bytes;
		memmove(worker->line, end + 1, worker->length);
	}
	return is_done;
}

static enum answer wait_for_job(struct board_worker *worker, struct board *board, const struct board_job *job)
{
	struct pollfd fds[] = {{.fd = worker->socket, .events = POLLIN}, {.fd = board->signals, .events = POLLIN}};
	/* Recording asks every device at every size. */
	int64_t limit = (int64_t)board->options.time_limit * (job->kind == BOARD_JOB_RECORD ? 5 : 1);
	int64_t last = now_ms() + limit * 1000;

	for (;;) {
		int64_t left = last - now_ms();
		int ready = poll(fds, ARRAY_LENGTH(fds), left > 0 ? (int)left : 0);

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return ANSWER_LATE;
		if (fds[1].revents) {
			board->stopped = get_stop(board);
			return ANSWER_STOPPED;
		}
		if (!fill(worker))
			return ANSWER_GONE;
		if (take_lines(worker, board, job))
			return ANSWER_DONE;
	}
}

/* The last of what it said, as lines of the detail. */
static void add_words(const struct board_worker *worker, struct board_result *result)
{
	off_t length = worker->words >= 0 ? lseek(worker->words, 0, SEEK_END) : 0;
	char text[WORDS_MAX + 1], *save = NULL;
	ssize_t bytes;

	if (length <= 0)
		return;
	bytes = pread(worker->words, text, WORDS_MAX, length > WORDS_MAX ? length - WORDS_MAX : 0);
	text[bytes > 0 ? bytes : 0] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		board_result_add(result, "stderr: %s", line);
}

static void report_loss(struct board_worker *worker, struct board *board, const struct board_job *job,
			enum answer answer)
{
	struct board_result result = {.outcome = BOARD_FAILED};
	char name[BOARD_NAME_SIZE];
	int status;

	board_result_set(&result, BOARD_NAME, "%s%s: %s", job->kind == BOARD_JOB_DESCRIBE ? "describe " : "",
			 board_case_name(board, job, name), answer == ANSWER_LATE ? "time limit" : "process");
	add_words(worker, &result);
	status = end(worker);
	if (answer == ANSWER_LATE) {
		result.errnum = ETIMEDOUT;
		board_result_set(&result, BOARD_SUMMARY, "not done in time, and ended: --time-limit is %u s",
				 board->options.time_limit);
	} else if (WIFSIGNALED(status)) {
		board_result_set(&result, BOARD_SUMMARY, "the process that tried it died of signal %d (%s)",
				 WTERMSIG(status), strsignal(WTERMSIG(status)));
	} else {
		board_result_set(&result, BOARD_SUMMARY, "the process that tried it ended early");
	}
	board_add_result(board, &result);
}

int board_worker_do(struct board_worker *worker, struct board *board, const struct board_job *job)
{
	enum answer answer = ANSWER_GONE;
	int ret = worker->pid ? 0 : start(worker, board);

	if (ret < 0)
		return ret;
	if (worker->words >= 0 && ftruncate(worker->words, 0) < 0)
		return -errno;
	if (send(worker->socket, job, sizeof(*job), MSG_NOSIGNAL) == (ssize_t)sizeof(*job))
		answer = wait_for_job(worker, board, job);
	if (answer == ANSWER_STOPPED)
		end(worker);
	else if (answer != ANSWER_DONE)
		report_loss(worker, board, job, answer);
	return 0;
}
