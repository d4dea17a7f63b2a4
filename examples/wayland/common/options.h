/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The command line of the clients. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct options {
	const char *camera, *device, *report; /* NULL: the first that can; software or what is there; not wanted */
	const char *renderer; /* what the compositor draws with; NULL: go by its main device */
	uint32_t fourcc; /* 0: the first of options_formats that has a plan */
	uint32_t width, height;
	uint32_t buffers; /* a plan may have more */
	uint32_t frames; /* 0: until closed */
	uint32_t fps; /* 0: what the camera does */
	bool has_stats, is_fullscreen, is_shm_forced;
};

/* What the clients do by default, the one liked best first. */
#define OPTIONS_FORMATS 3
extern const uint32_t options_formats[OPTIONS_FORMATS];

/* usage: the text of --help; an option that it does not name is refused. Returns 0; 1 after --help; -EINVAL. */
int options_parse(struct options *options, const char *usage, int argc, char **argv);

/* The formats to ask for: that of --format, or the default ones. Returns how many. */
uint32_t options_get_formats(const struct options *options, uint32_t formats[OPTIONS_FORMATS]);
