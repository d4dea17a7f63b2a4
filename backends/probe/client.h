/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The backend's side: finds the probe program, starts it, asks, and waits no longer than it said. */
#pragma once

#include "answer.h"

struct probe_program {
	const char *name; /* "cenalloc-probe-egl" */
	const char *folder; /* of backends/, where it lies in a build tree: "egl" */
	const char *option; /* the path that the user gave; NULL: none */
};

/*
 * Where the program is: the option's path, else a place relative to the file that this code was loaded from, else the
 * folder of the installation; for programs with more rights than their user the last only. Never through PATH.
 * Returns 0, or -ENOENT.
 */
int _cen_probe_find(const struct probe_program *program, char *path, size_t size);

/*
 * Fill in a request's header, operation, device and time limit; the rest is 0. device may be NULL.
 */
void _cen_probe_request_init(struct probe_request *request, uint32_t operation, const struct cen_device_desc *device,
			     uint32_t usage, uint32_t time_limit_ms);

/*
 * Start the program, send the request with the file descriptors of its image's objects where the operation is an
 * import, and collect the answer. The program is gone afterwards. answer must be all 0, and is to be cleared by the
 * caller in any case.
 * Returns 0 or the negative errno of answer->end, whose message is then a sentence: -ENOENT without the program,
 * -EFAULT "crashed with SIGSEGV", -ETIMEDOUT, -EPROTO for an answer that makes no sense, or what the program said.
 */
int _cen_probe_run(const struct probe_program *program, const struct probe_request *request,
		   struct probe_answer *answer);

#define _cleanup_answer_ __attribute__((cleanup(_cen_probe_answer_clear)))
