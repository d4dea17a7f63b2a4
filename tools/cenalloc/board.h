/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What the files of "cenalloc board-test" share. The command itself only plans, watches and reports. All that touches a
 * device happens in a worker process, job by job, so that a driver that hangs or crashes costs one test.
 */
#pragma once

#include <stdio.h>

#include "solve-options.h"
#include "tool.h"

/* More than any board has; a bound for what plug-ins tell. */
#define BOARD_ROLES_MAX 256
#define BOARD_NAME_SIZE 1024
#define BOARD_MACHINE_FILE "machine.json"
/* Each is as large as the rest of the page. */
#define BOARD_PICTURES_MAX 3

/* One device in one usage. */
struct board_role {
	const struct cen_device *device;
	char *name; /* "/dev/video0"; with the backend in front where several know the node */
	uint32_t usage;
	bool is_known; /* the device has answered: fourccs are its formats */
	uint32_t *fourccs;
	size_t fourcc_count;
};

enum board_job_kind {
	BOARD_JOB_DESCRIBE = 1, /* of the first role */
	BOARD_JOB_CASE = 2, /* solve, allocate, try on each device, stream */
	BOARD_JOB_PICTURE = 3, /* draw a matrix */
	BOARD_JOB_RECORD = 4, /* write the machine file */
};

/* What the worker is told to do; sent as it is. */
struct board_job {
	uint32_t kind; /* enum board_job_kind */
	uint32_t role_count;
	uint32_t width, height, fourcc; /* of a case */
	uint32_t rank; /* of a case: the lower the earlier */
	uint32_t number; /* of a picture; of the attempt to record */
	uint32_t has_failed, has_no_plan; /* of a case that was tried */
	uint32_t roles[CEN_MAX_USAGES]; /* indexes */
};

enum board_outcome {
	BOARD_PASSED,
	BOARD_FAILED,
	BOARD_SKIPPED, /* could not be tried, the summary says why */
	BOARD_NO_PLAN, /* the solver's answer is a conflict: nothing to try */
	BOARD_TODO, /* nothing is broken, but the solver is too careful */
	BOARD_OUTCOMES
};

enum board_text {
	BOARD_NAME,
	BOARD_SUMMARY, /* one line */
	BOARD_DETAIL, /* lines; may be NULL */
	BOARD_DEVICE, /* where it failed; may be NULL */
	BOARD_CALL,
	BOARD_TEXTS
};

/* One line of the reports. */
struct board_result {
	enum board_outcome outcome;
	char *texts[BOARD_TEXTS];
	int errnum; /* positive; 0: none */
	uint64_t wanted, held; /* bytes */
	uint32_t ms;
};

struct board_options {
	struct solve_usage usages[CEN_MAX_USAGES];
	size_t usage_count; /* 0: every sensible pair and triple */
	struct {
		uint32_t width, height;
	} sizes[16];
	size_t size_count;
	uint32_t *fourccs;
	size_t fourcc_count; /* 0: the usual ones, and what the devices share */
	const char *output; /* folder; NULL: named after the date */
	uint32_t frames; /* to stream */
	uint32_t limit; /* of cases; 0: none */
	uint32_t time_limit; /* seconds for a job */
	bool has_limit, has_frames, has_size, has_format;
	bool quick, full, tap;
};

struct board_camera; /* board-state.c */

struct board {
	struct tool *tool;
	struct board_options options;
	const char *folder; /* of the reports */
	struct board_role *roles;
	size_t role_count;
	struct board_job *cases; /* in the order in which they are tried */
	size_t case_count;
	size_t chosen; /* the first so many are tried, the others are left out */
	struct board_result *results;
	size_t result_count;
	struct board_job pictures[BOARD_PICTURES_MAX];
	uint32_t picture_count;
	struct board_camera *cameras;
	size_t camera_count;
	int signals; /* signalfd */
	int stopped; /* number of the signal that ended it; 0: none */
	uint64_t started, ended; /* seconds since 1970 */
	uint32_t counts[BOARD_OUTCOMES];
};

/* board-result.c. Texts are made fit for any report when they are set: one line each but the detail. */
void board_result_set(struct board_result *result, enum board_text which, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Adds a line to the detail. */
void board_result_add(struct board_result *result, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Device, call, errno and bytes of an error; its message becomes the summary where there is none yet. */
void board_result_blame(struct board_result *result, int ret, const struct cen_error *err);
void board_result_clear(struct board_result *result);
const char *board_outcome_get_name(enum board_outcome outcome);
struct json_object;
struct json_object *board_result_json(const struct board_result *result);
/* false: it is none. */
bool board_result_from_json(struct json_object *object, struct board_result *out);
/* Moves result into the board. Returns 0 or -ENOMEM, which clears it. */
int board_add_result(struct board *board, struct board_result *result);

/* board-cases.c: which devices there are, and what is tried with them. All return a tool_status. */
int board_find_roles(struct board *board);
int board_make_cases(struct board *board);
/* "capture=/dev/video0 scanout=/dev/dri/card0 640x480 NV12". Returns buf. */
char *board_case_name(const struct board *board, const struct board_job *job, char buf[BOARD_NAME_SIZE]);
bool board_role_has(const struct board_role *role, uint32_t fourcc);
void board_release(struct board *board);

/* board-worker.c: a process that does one job after the other. */
struct board_worker {
	pid_t pid; /* 0: none */
	int socket;
	int words; /* a file with what it said on stderr; -1: that goes where the command's does */
	char *line; /* what came of the next answer */
	size_t length, size;
};
/* Do one job and add its results. Returns 0, or a negative errno when no process can be made; signals end it early. */
int board_worker_do(struct board_worker *worker, struct board *board, const struct board_job *job);
void board_worker_stop(struct board_worker *worker);

/* board-try.c, in the worker: writes what came of it, one JSON object per line. */
void board_try(struct board *board, const struct board_job *job, FILE *out);
void board_send_result(FILE *out, struct board_result *result);
/* board-stream.c, in the worker: let the camera fill the buffers. */
void board_stream(const struct board *board, const char *path, const struct cen_plan *plan,
		  struct cen_buffer *const *buffers, uint32_t count, struct board_result *result);

/* board-picture.c: which pipelines get one, drawing it in the worker, and showing them in the page. */
void board_choose_pictures(struct board *board);
void board_draw(struct board *board, const struct board_job *job);
void board_write_pictures(const struct board *board, FILE *out);

/* board-record.c, in the worker: the machine file. is_bare: without asking devices. */
void board_record(const struct board *board, bool is_bare, struct board_result *result);

/* board-state.c: what cameras are set to, before and after a job. */
int board_state_save(struct board *board);
void board_state_begin(struct board *board, const struct board_job *job);
/* is_lost: its process was ended. */
void board_state_check(struct board *board, const struct board_job *job, bool is_lost);
/* A result for each. */
void board_state_report(struct board *board);
void board_state_release(struct board *board);

/* board-facts.c: the machine, without serial numbers and names of people or hosts. */
struct board_facts {
	char model[128]; /* may be empty */
	char kernel[256], architecture[65];
	uint64_t memory_bytes, cma_bytes; /* 0: not known */
	char date[32]; /* UTC */
};
void board_facts_read(const struct board *board, struct board_facts *facts);

/* board-text.c: the terminal. */
void board_progress(const struct board *board, size_t done, size_t total, const char *what);
void board_progress_end(const struct board *board);
int board_print_table(const struct board *board);

/* Reports: a failed write is in the stream. board-tap.c, board-junit.c, board-html.c, board-page.c */
void board_write_tap(const struct board *board, FILE *out);
void board_write_junit(const struct board *board, FILE *out);
void board_write_html(const struct board *board, FILE *out);
/* board-matrix.c: the part of the page with formats and devices. */
void board_write_matrix(const struct board *board, FILE *out);
/* Text between tags and in attributes, of XML and HTML. */
void board_markup_text(FILE *out, const char *text);
struct json_object *board_json(const struct board *board);
/* All of them into the folder. Returns a tool_status. */
int board_write_reports(const struct board *board);
