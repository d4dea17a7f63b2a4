/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The cenalloc command: one file per subcommand, cmd-*.c. */
#include <stdio.h>
#include <string.h>

#include "args.h"

static const char help[] =
	"Usage: cenalloc [OPTION...] COMMAND [ARGUMENT...]\n"
	"\n"
	"Finds the one buffer that every device of a pipeline can use, or says why there is none.\n"
	"\n"
	"Commands:\n"
	"  list                    the devices of this machine, and what can allocate buffers\n"
	"  describe DEVICE         what a device accepts, and how that is known\n"
	"  diff A B                how two machines differ: boards, or kernels\n"
	"  solve                   find buffers that suit several devices\n"
	"  explain                 why solve answers as it does, in words and pictures\n"
	"  alloc                   as solve, then allocate them\n"
	"  map                     which memory which device may have, and where that is said\n"
	"  ps                      every dma-buf of the machine, and who holds it\n"
	"  record                  this machine as a machine file\n"
	"  regions                 the regions that chunks are cut from, and a trial of one\n"
	"  check-backend FILE.so   check that a plug-in keeps its contract\n"
	"  board-test              try on this machine what the solver promises, and write reports\n"
	"\n"
	"Options, also after the command:\n"
	"  -h, --help              this text, or that of a command\n"
	"  -V, --version           versions of the command, the library and the plug-in ABI\n"
	"      --json              one JSON document instead of text\n"
	"      --machine FILE      not this machine, but one that a file describes; or the NAME of an installed one\n"
	"      --passive           only calls without a side effect on any device; more stays unknown\n"
	"  -v, --verbose           show more\n"
	"      --color=WHEN        auto (the default), always or never; NO_COLOR is respected\n"
	"      --no-color          as --color=never\n"
	"      --log LEVEL         messages of the library on stderr: error, warning, info or debug\n"
	"\n"
	"Exit status: 0 done, 1 no plan, 2 wrong arguments or bad input, 3 the machine failed.\n"
	"\n"
	"Begin with:\n"
	"  cenalloc list\n"
	"  cenalloc solve --usage capture=/dev/video0 --usage scanout=/dev/dri/card0 --size 1920x1080 --format NV12\n";

struct command {
	const char *name;
	const char *prefix; /* of messages */
	int (*run)(struct tool *tool, int argc, char **argv);
};

static const struct command commands[] = {
	{"list", "cenalloc list", cmd_list},
	{"describe", "cenalloc describe", cmd_describe},
	{"diff", "cenalloc diff", cmd_diff},
	{"solve", "cenalloc solve", cmd_solve},
	{"explain", "cenalloc explain", cmd_explain},
	{"alloc", "cenalloc alloc", cmd_alloc},
	{"map", "cenalloc map", cmd_map},
	{"ps", "cenalloc ps", cmd_ps},
	{"record", "cenalloc record", cmd_record},
	{"regions", "cenalloc regions", cmd_regions},
	{"check-backend", "cenalloc check-backend", cmd_check_backend},
	{"board-test", "cenalloc board-test", cmd_board_test},
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

static int run(struct tool *tool, int argc, char **argv)
{
	static const struct option options[] = {ARGS_COMMON, {0}};
	const struct command *command;

	optind = 0;
	if (args_next(tool, argc, argv, options, true) == ARGS_STOP)
		return tool->status;
	if (optind >= argc) {
		fputs(help, stderr);
		return TOOL_BAD_INPUT;
	}
	command = find_command(argv[optind]);
	if (!command)
		return args_fail(tool,
				 "unknown command '%s'; there are list, describe, diff, solve, explain, alloc, map, "
				 "ps, record, regions, check-backend and board-test",
				 argv[optind]);
	argc -= optind;
	argv += optind;
	optind = 0;
	tool->command = command->prefix;
	return command->run(tool, argc, argv);
}

int main(int argc, char **argv)
{
	struct tool tool = {.command = "cenalloc", .help = help};
	int status = run(&tool, argc, argv);

	cen_machine_destroy(tool.machine);
	cen_context_destroy(tool.ctx);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("cenalloc: standard output");
		status = status == TOOL_DONE ? TOOL_MACHINE_FAILED : status;
	}
	return status;
}
