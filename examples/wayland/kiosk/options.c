/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Reading the command line. */
#include "options.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "arguments.h"

static const char usage[] =
	"usage: kiosk [OPTION]... [-- COMMAND [ARGUMENT]...]\n"
	"A Wayland compositor that shows one client on the whole screen, from the client's own buffers where it can.\n"
	"COMMAND is started as a client; kiosk ends with it, with its exit status.\n"
	"  --display NODE       /dev/dri/cardN; the first with a connected screen by default\n"
	"  --renderer DEVICE    the render node for GL, or llvmpipe; by default one that suits the display\n"
	"  --socket NAME        of the Wayland socket; the first free wayland-N by default\n"
	"  --size WxH           of the mode; the one that the screen prefers by default\n"
	"  --dmabuf-version N   1 to 5, of zwp_linux_dmabuf_v1; 5 by default\n"
	"  --never-direct       draw every frame\n"
	"  --capture FILE       at SIGUSR1, write what the screen shows as PNG (needs a writeback connector)\n"
	"  --capture-after N    the same after N frames\n"
	"  --exit-after N       end after N frames\n"
	"  --stats              say at the end how many frames were shown directly and how many drawn\n"
	"  --report FILE        the same as JSON\n"
	"Exit status: 0 done, 2 wrong arguments, 3 a device or the socket failed, otherwise that of COMMAND.\n";

static int parse_flag(struct options *options, int option)
{
	switch (option) {
	case 'n':
		options->never_direct = true;
		return 0;
	case 't':
		options->stats = true;
		return 0;
	case 'h':
		fputs(usage, stdout);
		return 1;
	default:
		return -EINVAL; /* getopt has said why */
	}
}

static int parse_option(struct options *options, int option)
{
	switch (option) {
	case 'd':
		options->display = optarg;
		return 0;
	case 'e':
		options->renderer = optarg;
		return 0;
	case 's':
		options->socket = optarg;
		return 0;
	case 'z':
		return argument_parse_size(optarg, &options->width, &options->height);
	case 'v':
		return argument_parse_number("dmabuf-version", optarg, 1, 5, &options->dmabuf_version);
	case 'c':
		options->capture = optarg;
		return 0;
	case 'a':
		return argument_parse_number("capture-after", optarg, 1, 1000000, &options->capture_after);
	case 'x':
		return argument_parse_number("exit-after", optarg, 1, 1000000000, &options->exit_after);
	case 'r':
		options->report = optarg;
		return 0;
	default:
		return parse_flag(options, option);
	}
}

int options_parse(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{"display", required_argument, NULL, 'd'},
		{"renderer", required_argument, NULL, 'e'},
		{"socket", required_argument, NULL, 's'},
		{"size", required_argument, NULL, 'z'},
		{"dmabuf-version", required_argument, NULL, 'v'},
		{"never-direct", no_argument, NULL, 'n'},
		{"capture", required_argument, NULL, 'c'},
		{"capture-after", required_argument, NULL, 'a'},
		{"exit-after", required_argument, NULL, 'x'},
		{"stats", no_argument, NULL, 't'},
		{"report", required_argument, NULL, 'r'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option, ret;

	*options = (struct options){.dmabuf_version = 5};
	/* '+': the options of COMMAND are its own. */
	while ((option = getopt_long(argc, argv, "+", known, NULL)) != -1) {
		ret = parse_option(options, option);
		if (ret != 0)
			return ret;
	}
	if (options->capture_after && !options->capture) {
		warnx("--capture-after: needs --capture FILE");
		return -EINVAL;
	}
	if (optind < argc)
		options->command = argv + optind;
	return 0;
}
