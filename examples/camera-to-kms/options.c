/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Reading the command line. */
#include "options.h"

#include <err.h>
#include <getopt.h>

#include <cenalloc/format.h>
#include <drm_fourcc.h>

#include "arguments.h"
#include "util.h"

static const char usage[] =
	"usage: camera-to-kms [OPTION]...\n"
	"Shows a camera's frames on a display through buffers that both share.\n"
	"  --camera NODE      /dev/videoN; the first camera by default\n"
	"  --display NODE     /dev/dri/cardN; the first display by default\n"
	"  --format FOURCC    NV12 or XR24; by default NV12 if it is possible, XR24 otherwise\n"
	"  --size WxH         640x360 by default\n"
	"  --frames N         how many to show; 60 by default, 0: until interrupted\n"
	"  --buffers N        2 to 32; 4 by default\n"
	"  --fps N            ask the camera for this rate; 30 by default, 0: leave it\n"
	"  --png FILE         save what the display showed at the end (needs a writeback connector)\n"
	"  --compare FILE     compare it with a frame of the camera, as v4l2-ctl --stream-to saves it\n"
	"  --report FILE      what was decided and what happened, as JSON\n"
	"Exit status: 0 done, 1 no buffer suits both, 2 wrong arguments, 3 a device failed, 4 the pictures differ.\n";

static int parse_format(const char *text, struct options *options)
{
	options->fourcc = cen_format_from_string(text);
	if (options->fourcc == DRM_FORMAT_NV12 || options->fourcc == DRM_FORMAT_XRGB8888)
		return 0;
	warnx("--format %s: this program does NV12 and XR24", text);
	return -EINVAL;
}

static int parse_option(struct options *options, int option)
{
	switch (option) {
	case 'c':
		options->camera = optarg;
		return 0;
	case 'd':
		options->display = optarg;
		return 0;
	case 'p':
		options->png = optarg;
		return 0;
	case 'm':
		options->reference = optarg;
		return 0;
	case 'r':
		options->report = optarg;
		return 0;
	case 'f':
		return parse_format(optarg, options);
	case 's':
		return argument_parse_size(optarg, &options->width, &options->height);
	case 'n':
		return argument_parse_number("frames", optarg, 0, 1000000, &options->frames);
	case 'b':
		return argument_parse_number("buffers", optarg, 2, MAX_BUFFERS, &options->buffers);
	case 'i':
		return argument_parse_number("fps", optarg, 0, 1000, &options->fps);
	case 'h':
		fputs(usage, stdout);
		return 1;
	default:
		return -EINVAL; /* getopt has said why */
	}
}

int options_parse(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{"camera", required_argument, NULL, 'c'},  {"display", required_argument, NULL, 'd'},
		{"format", required_argument, NULL, 'f'},  {"size", required_argument, NULL, 's'},
		{"frames", required_argument, NULL, 'n'},  {"buffers", required_argument, NULL, 'b'},
		{"fps", required_argument, NULL, 'i'},     {"png", required_argument, NULL, 'p'},
		{"compare", required_argument, NULL, 'm'}, {"report", required_argument, NULL, 'r'},
		{"help", no_argument, NULL, 'h'},          {0},
	};
	int option, ret;

	*options = (struct options){.width = 640, .height = 360, .frames = 60, .buffers = 4, .fps = 30};
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		ret = parse_option(options, option);
		if (ret != 0)
			return ret;
	}
	return argument_check_end(argc, argv);
}
