/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The probe program's side. The program's first process never touches a driver: it takes the request, starts a second
 * one that does, and tells how that one ended when it did not answer itself.
 */
#pragma once

#include "message.h"

struct probe_call {
	int socket; /* -1: answers are printed for a person */
	struct probe_end end; /* filled in by _cen_probe_fail() */
};

struct probe_server {
	const char *name; /* of the program */
	/*
	 * Do what is asked; in the process that may crash. request is checked: known kinds and sizes, text with an end.
	 * The fds of its image are this process's own. Answers go through the functions below.
	 * Returns 0 or a negative errno, best that of _cen_probe_fail().
	 */
	int (*handle)(struct probe_call *call, const struct probe_request *request);
};

/* The whole of main(). Returns the exit status. */
int _cen_probe_serve(const struct probe_server *server, int argc, char **argv);

/* Say what failed. Returns -errnum. */
__attribute__((format(printf, 4, 5))) int _cen_probe_fail(struct probe_call *call, const char *function, int errnum,
							  const char *format, ...);

/* Answers; headers are filled in here. They return 0, or a negative errno when the other side is gone. */
int _cen_probe_send_info(struct probe_call *call, struct probe_info *info);
int _cen_probe_send_pairs(struct probe_call *call, const struct probe_pair *pairs, size_t count);
/* The fds of image->objects stay the caller's. */
int _cen_probe_send_image(struct probe_call *call, const struct cen_image_desc *image);
