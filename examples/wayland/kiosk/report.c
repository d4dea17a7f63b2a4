/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The report at the end. */
#include "report.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static int write_json(const struct server *server, const struct output_counts *frames)
{
	const char *path = server->options->report;
	FILE *file = fopen(path, "we");
	int ret;

	if (!file) {
		ret = -errno;
		warn("%s", path);
		return ret;
	}
	fprintf(file,
		"{\"frames\": {\"direct\": %" PRIu64 ", \"drawn\": %" PRIu64 ", \"uploaded\": %" PRIu64
		", \"presented\": %" PRIu64 "},\n"
		" \"buffers\": {\"imported\": %" PRIu64 ", \"refused\": %" PRIu64 "},\n"
		" \"clients\": %" PRIu64 ", \"explicit_sync\": %s}\n",
		frames->direct, frames->drawn, frames->uploaded, server->counts.presented, server->counts.imported,
		server->counts.refused, server->counts.clients, server->syncobj ? "true" : "false");
	ret = ferror(file) ? -EIO : 0;
	if (fclose(file) != 0)
		ret = -errno;
	if (ret < 0)
		warnx("%s: cannot be written", path);
	return ret;
}

int report_write(const struct server *server)
{
	struct output_counts frames;

	output_get_counts(server->output, &frames);
	if (server->options->stats)
		printf("kiosk: %" PRIu64 " frames shown directly, %" PRIu64 " drawn, %" PRIu64
		       " of them from copies; %" PRIu64 " dma-bufs imported, %" PRIu64 " refused; %" PRIu64
		       " clients\n",
		       frames.direct, frames.drawn, frames.uploaded, server->counts.imported, server->counts.refused,
		       server->counts.clients);
	return server->options->report ? write_json(server, &frames) : 0;
}
