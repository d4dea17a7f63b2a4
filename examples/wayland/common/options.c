/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Reading the command line. */
#include "options.h"

#include <err.h>
#include <getopt.h>
#include <string.h>

#include <cenalloc/format.h>
#include <drm_fourcc.h>

#include "arguments.h"
#include "util.h"

const uint32_t options_formats[OPTIONS_FORMATS] = {DRM_FORMAT_NV12, DRM_FORMAT_YUYV, DRM_FORMAT_XRGB8888};

static int parse_format(const char *text, struct options *options)
{
	options->fourcc = cen_format_from_string(text);
	if (options->fourcc)
		return 0;
	warnx("--format %s: not a format; for example NV12, YUYV or XR24", text);
	return -EINVAL;
}

static int parse_option(struct options *options, const char *usage, int option)
{
	switch (option) {
	case 'c':
		options->camera = optarg;
		return 0;
	case 'd':
		options->device = optarg;
		return 0;
	case 'g':
		options->renderer = optarg;
		return 0;
	case 'r':
		options->report = optarg;
		return 0;
	case 'f':
		return parse_format(optarg, options);
	case 's':
		return argument_parse_size(optarg, &options->width, &options->height);
	case 'n':
		return argument_parse_number("frames", optarg, 0, 100000000, &options->frames);
	case 'b':
		return argument_parse_number("buffers", optarg, 1, MAX_BUFFERS, &options->buffers);
	case 'i':
		return argument_parse_number("fps", optarg, 0, 1000, &options->fps);
	case 't':
		options->has_stats = true;
		return 0;
	case 'u':
		options->is_fullscreen = true;
		return 0;
	case 'm':
		options->is_shm_forced = true;
		return 0;
	case 'h':
		fputs(usage, stdout);
		return 1;
	default:
		return -EINVAL; /* getopt has said why */
	}
}

/* "--size " is in the text of a program that has --size. */
static bool is_named(const char *usage, const char *name)
{
	char text[32];

	snprintf(text, sizeof(text), "--%s ", name);
	return strstr(usage, text);
}

int options_parse(struct options *options, const char *usage, int argc, char **argv)
{
	static const struct option known[] = {
		{"camera", required_argument, NULL, 'c'},   {"device", required_argument, NULL, 'd'},
		{"format", required_argument, NULL, 'f'},   {"size", required_argument, NULL, 's'},
		{"frames", required_argument, NULL, 'n'},   {"buffers", required_argument, NULL, 'b'},
		{"fps", required_argument, NULL, 'i'},      {"report", required_argument, NULL, 'r'},
		{"renderer", required_argument, NULL, 'g'}, {"stats", no_argument, NULL, 't'},
		{"fullscreen", no_argument, NULL, 'u'},     {"force-shm", no_argument, NULL, 'm'},
		{"help", no_argument, NULL, 'h'},           {0},
	};
	int option, index, ret;

	*options = (struct options){.width = 640, .height = 360, .buffers = 4, .fps = 30};
	while ((option = getopt_long(argc, argv, "", known, &index)) != -1) {
		if (option != '?' && option != 'h' && !is_named(usage, known[index].name)) {
			warnx("--%s: this program has no such option", known[index].name);
			return -EINVAL;
		}
		ret = parse_option(options, usage, option);
		if (ret != 0)
			return ret;
	}
	return argument_check_end(argc, argv);
}

uint32_t options_get_formats(const struct options *options, uint32_t formats[OPTIONS_FORMATS])
{
	if (options->fourcc) {
		formats[0] = options->fourcc;
		return 1;
	}
	memcpy(formats, options_formats, sizeof(options_formats));
	return OPTIONS_FORMATS;
}
