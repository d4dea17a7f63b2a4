/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Reading numbers and sizes. */
#include "arguments.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

int argument_parse_number(const char *name, const char *text, uint32_t least, uint32_t most, uint32_t *out)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value < least || value > most) {
		warnx("--%s %s: not a number from %u to %u", name, text, least, most);
		return -EINVAL;
	}
	*out = (uint32_t)value;
	return 0;
}

int argument_parse_size(const char *text, uint32_t *width, uint32_t *height)
{
	unsigned int w, h;
	char rest;

	if (*text == '-' || sscanf(text, "%5ux%5u%c", &w, &h, &rest) != 2 || !w || !h || w > 16384 || h > 16384) {
		warnx("--size %s: not WxH, each from 1 to 16384", text);
		return -EINVAL;
	}
	*width = w;
	*height = h;
	return 0;
}

int argument_check_end(int argc, char **argv)
{
	if (optind >= argc)
		return 0;
	warnx("%s: not an option; --help lists them", argv[optind]);
	return -EINVAL;
}
