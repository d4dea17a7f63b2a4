/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Reads traces: see trace.h. */
#include "trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_MAX 1000000u
#define BYTES_MAX (UINT64_C(1) << 40)

/* Chunks by id while the file is read. */
struct alive {
	struct trace_op *chunks; /* ID_MAX; bytes 0: not alive */
	uint64_t bytes;
};

static _Noreturn void refuse(const char *path, unsigned long line, const char *why)
{
	fprintf(stderr, "%s:%lu: %s\n", path, line, why);
	exit(2);
}

static void append(struct trace *trace, struct trace_op op)
{
	if (trace->count == trace->capacity) {
		trace->capacity = trace->capacity ? trace->capacity * 2 : 256;
		trace->ops = reallocarray(trace->ops, trace->capacity, sizeof(op));
		if (!trace->ops)
			abort();
	}
	trace->ops[trace->count++] = op;
}

static const char *add_alloc(struct trace *trace, struct alive *alive, struct trace_op op)
{
	if (alive->chunks[op.id].bytes)
		return "this chunk is alive already";
	if (!op.bytes || op.bytes > BYTES_MAX)
		return "a chunk has 1 byte to 1 TiB";
	if (!op.alignment || op.alignment & (op.alignment - 1) || op.alignment > BYTES_MAX)
		return "an alignment is a power of two up to 1 TiB";
	op.is_alloc = true;
	append(trace, op);
	alive->chunks[op.id] = op;
	alive->bytes += trace_get_pages(op.bytes);
	if (op.id >= trace->id_count)
		trace->id_count = op.id + 1;
	if (alive->bytes > trace->peak) {
		trace->peak = alive->bytes;
		trace->peak_op = trace->count - 1;
	}
	return NULL;
}

static const char *add_free(struct trace *trace, struct alive *alive, uint32_t id)
{
	struct trace_op op = alive->chunks[id];

	if (!op.bytes)
		return "no such chunk is alive";
	op.is_alloc = false;
	append(trace, op);
	alive->chunks[id].bytes = 0;
	alive->bytes -= trace_get_pages(op.bytes);
	return NULL;
}

static const char *read_line(struct trace *trace, struct alive *alive, const char *line)
{
	struct trace_op op = {0};
	char rest;

	if (line[0] == '#' || line[0] == '\n')
		return NULL;
	if (sscanf(line, "a %" SCNu32 " %" SCNu64 " %" SCNu64 " %c", &op.id, &op.bytes, &op.alignment, &rest) == 3)
		return op.id < ID_MAX ? add_alloc(trace, alive, op) : "an id is at most 999999";
	if (sscanf(line, "f %" SCNu32 " %c", &op.id, &rest) == 1)
		return op.id < ID_MAX ? add_free(trace, alive, op.id) : "an id is at most 999999";
	return "neither \"a ID BYTES ALIGN\" nor \"f ID\"";
}

void trace_read(struct trace *trace, const char *path)
{
	struct alive alive = {.chunks = calloc(ID_MAX, sizeof(struct trace_op))};
	FILE *file = fopen(path, "re");
	unsigned long number = 0;
	char line[256];

	*trace = (struct trace){0};
	if (!file || !alive.chunks)
		refuse(path, 0, strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		const char *why = read_line(trace, &alive, line);

		number++;
		if (why)
			refuse(path, number, why);
	}
	if (!trace->count)
		refuse(path, number, "an empty trace");
	for (uint32_t id = 0; id < trace->id_count; id++) {
		if (alive.chunks[id].bytes)
			add_free(trace, &alive, id);
	}
	fclose(file);
	free(alive.chunks);
}

void trace_finish(struct trace *trace)
{
	free(trace->ops);
}
