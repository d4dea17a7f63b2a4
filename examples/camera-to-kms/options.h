/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The command line. */
#pragma once

#include <stdint.h>

struct options {
	const char *camera, *display; /* NULL: the first that can */
	const char *png, *report, *reference; /* NULL: not wanted */
	uint32_t fourcc; /* 0: NV12 or XR24 */
	uint32_t width, height;
	uint32_t frames, buffers, fps;
};

/* Returns 0; 1 after --help; -EINVAL, explained on stderr. */
int options_parse(struct options *options, int argc, char **argv);
