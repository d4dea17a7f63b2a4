/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a program that shows a camera in a window is: the devices, the window, and the loop that frames go through. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <cenalloc/cenalloc.h>

#include "capture.h"
#include "connection.h"
#include "listener.h"
#include "options.h"
#include "report.h"
#include "stats.h"
#include "surface.h"

/* Exit status. */
#define EXIT_NO_PLAN 1
#define EXIT_USAGE 2
#define EXIT_CAMERA 3
#define EXIT_COMPOSITOR 4

#define EXIT_HELP                                                                                                      \
	"Exit status: 0 done, 1 no buffer suits all, 2 wrong arguments, 3 the camera failed, 4 the compositor "        \
	"failed.\n"

struct client {
	struct options options;
	struct cen_context *context;
	struct cen_machine *machine;
	const struct cen_device *camera;
	struct connection connection;
	struct surface surface;
	struct listener listener;
	struct capture capture;
	struct capture_frame next; /* waits for the compositor to want it; buffer NULL: none */
	struct stats stats;
	int signals; /* a signalfd of those that end the program */
	bool is_running, is_ending;
	uint64_t last_frame_ns, last_commit_ns;
	int release_error; /* of capture_release(), where it could not be returned */
	int status; /* of the program, once something has failed */
};

/* What a program does itself. Each returns 0 or a negative errno, which ends it. */
struct client_program {
	/* Tells the negotiation what the listener's feedback is now. */
	int (*set_feedback)(void *data);
	/* Goes over to the best plan; sets the exit status where it fails. */
	int (*renegotiate)(void *data);
	/* Shows the frame that waits, if it can be. */
	int (*show_next)(void *data);
	void *data;
};

/* Remembers the exit status of the first failure. Returns ret. */
int client_fail(struct client *client, int status, int ret);

/*
 * Reads the command line and opens the camera, and a window of this name. Failures are explained on stderr. Returns 0;
 * 1 after --help; a negative errno.
 */
int client_open(struct client *client, const char *name, const char *usage, int argc, char **argv);
/* Frees the window and all buffers of the camera. */
void client_stop(struct client *client);
/* Frees the rest, when the program has freed what it made of it. */
void client_close(struct client *client);

/* Until enough frames were shown, the window is closed, a signal comes, or something fails. */
int client_run(struct client *client, const struct cen_negotiation *negotiation, const struct client_program *program);

/* A frame waits, and the compositor wants one. */
bool client_is_ready(const struct client *client);
/* The frame that waits; it is the caller's. */
struct capture_frame client_take(struct client *client);
/* A frame that is not shown. */
int client_drop(struct client *client, struct cen_buffer *buffer);
/* Show it. captured_ns: of its frame. */
void client_commit(struct client *client, struct wl_buffer *wl, uint64_t captured_ns);

/* The inodes of what the camera was given as buffer index, 0 where it was not yet, and how many planes there are. */
int client_identify(const struct client *client, uint32_t index, struct identity *out);

/* Prints the report and writes it where that was asked for. conflict: why there is no plan; may be NULL. */
void client_report(struct client *client, struct report *report, const struct cen_conflict *conflict);
