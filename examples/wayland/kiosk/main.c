/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A Wayland compositor for one client at a time, and an example of <cenalloc/compositor.h>. */
#include <stdio.h>

#include "server.h"

int main(int argc, char **argv)
{
	struct options options;
	struct server *server;
	int ret, status;

	/* Who reads it through a pipe or in a file wants it as it happens. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	ret = options_parse(&options, argc, argv);
	if (ret != 0)
		return ret < 0 ? 2 : 0;
	if (server_create(&options, &server) < 0)
		return 3;
	server_run(server);
	status = server->status;
	server_destroy(server);
	return status;
}
