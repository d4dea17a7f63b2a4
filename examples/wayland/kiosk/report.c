/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The report at the end. */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>

#include "json.h"

static int write_json(const struct server *server, const struct output_counts *counts)
{
	_cleanup_json_ struct json_object *report = json_object_new_object();
	struct json_object *frames, *buffers;

	frames = json_add(report, "frames", json_object_new_object());
	json_add_number(frames, "direct", counts->direct);
	json_add_number(frames, "drawn", counts->drawn);
	json_add_number(frames, "uploaded", counts->uploaded);
	json_add_number(frames, "presented", server->counts.presented);
	buffers = json_add(report, "buffers", json_object_new_object());
	json_add_number(buffers, "imported", server->counts.imported);
	json_add_number(buffers, "refused", server->counts.refused);
	json_add_number(report, "clients", server->counts.clients);
	json_add_bool(report, "explicit_sync", server->syncobj);
	return json_write(server->options->report, report);
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
