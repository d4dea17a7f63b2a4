/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The command line. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct options {
	const char *display, *renderer; /* NULL: chosen by the output */
	const char *socket; /* NULL: the first free one */
	const char *capture, *report; /* NULL: not wanted */
	char **command; /* NULL: none; ends with NULL */
	uint32_t width, height; /* 0, 0: the preferred mode */
	uint32_t dmabuf_version;
	uint32_t capture_after; /* frames presented; 0: at SIGUSR1 only */
	uint32_t exit_after; /* frames presented; 0: never */
	bool never_direct, stats;
};

/* Returns 0; 1 after --help; -EINVAL, explained on stderr. */
int options_parse(struct options *options, int argc, char **argv);
