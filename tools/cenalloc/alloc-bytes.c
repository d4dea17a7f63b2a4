/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* One call per buffer: length in, a dma-buf and its real length out. What is shown is what the kernel says of each fd. */
#include "alloc-bytes.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "json.h"
#include "ps-text.h"
#include "table.h"
#include "wait.h"

struct chunk {
	int fd;
	uint64_t bytes, inode;
	char exporter[PS_TEXT_SIZE]; /* "": not a dma-buf, or a kernel that does not tell */
};

struct chunks {
	struct chunk items[SOLVE_COUNT_MAX];
	uint32_t count;
};

static void chunks_cleanup(struct chunks *chunks)
{
	for (uint32_t i = 0; i < chunks->count; i++)
		close(chunks->items[i].fd);
}

/* Who made a dma-buf; "" where the kernel does not say. */
static void read_exporter(int fd, char exporter[PS_TEXT_SIZE])
{
	struct ps_fdinfo info;
	char path[64], text[1024];
	size_t bytes = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	if (file) {
		bytes = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[bytes] = '\0';
	snprintf(exporter, PS_TEXT_SIZE, "%s", ps_fdinfo_parse(text, &info) ? info.exporter : "");
}

static int allocate(const struct tool *tool, const struct solve_options *options, struct chunks *chunks)
{
	const uint32_t flags = CEN_HEAP_READ_WRITE | CEN_HEAP_CLOEXEC;
	_cleanup_error_ struct cen_error *err = NULL;
	uint32_t count = options->count ? options->count : 1;
	const struct cen_source *heap;
	struct stat st;
	int ret = cen_machine_find_source(tool->machine, options->heap, &heap, &err);

	while (ret == 0 && chunks->count < count) {
		struct chunk *chunk = &chunks->items[chunks->count];

		ret = cen_heap_alloc(heap, options->length, flags, &chunk->fd, &chunk->bytes, &err);
		if (ret < 0)
			break;
		chunks->count++;
		chunk->inode = fstat(chunk->fd, &st) == 0 ? st.st_ino : 0;
		read_exporter(chunk->fd, chunk->exporter);
	}
	return ret < 0 ? args_report(tool, ret, err) : TOOL_DONE;
}

static int print_json(const struct tool *tool, const struct solve_options *options, const struct chunks *chunks)
{
	struct json_object *document = json_object_new_object();
	struct json_object *list;

	json_add_text(document, "heap", options->heap);
	json_add_number(document, "length", options->length);
	json_add_number(document, "pid", (uint64_t)getpid());
	list = json_add(document, "buffers", json_object_new_array());
	for (uint32_t i = 0; i < chunks->count; i++) {
		const struct chunk *chunk = &chunks->items[i];
		struct json_object *row = json_object_new_object();

		json_add_number(row, "fd", (uint64_t)chunk->fd);
		json_add_number(row, "inode", chunk->inode);
		json_add_number(row, "size", chunk->bytes);
		json_add_text(row, "exporter", chunk->exporter[0] ? chunk->exporter : NULL);
		json_object_array_add(list, row);
	}
	return json_finish(tool, document);
}

static int show(const struct tool *tool, const struct solve_options *options, const struct chunks *chunks)
{
	static const char *const headings[] = {"BUFFER", ">FD", ">INODE", ">BYTES", "EXPORTER"};
	_cleanup_(table_cleanup) struct table *table = NULL;
	int status;

	if (tool->json)
		return print_json(tool, options, chunks);
	table = table_create(headings, ARRAY_LENGTH(headings), true);
	for (uint32_t i = 0; i < chunks->count; i++) {
		const struct chunk *chunk = &chunks->items[i];
		char number[TEXT_NUMBER_SIZE], fd[16], inode[24], bytes[TEXT_NUMBER_SIZE];

		snprintf(fd, sizeof(fd), "%d", chunk->fd);
		snprintf(inode, sizeof(inode), "%ju", (uintmax_t)chunk->inode);
		table_add(table, (const char *const[]){
					 text_number(i, number),
					 fd,
					 inode,
					 text_number(chunk->bytes, bytes),
					 chunk->exporter[0] ? chunk->exporter : "-",
				 });
	}
	status = table_print(table, tool, 0);
	if (options->hold)
		wait_print_held();
	return status;
}

int alloc_bytes_run(struct tool *tool, const struct solve_options *options, int signals)
{
	_cleanup_(chunks_cleanup) struct chunks chunks = {0};
	int status = args_open_machine(tool);

	if (status == TOOL_DONE)
		status = allocate(tool, options, &chunks);
	if (status == TOOL_DONE)
		status = show(tool, options, &chunks);
	if (status == TOOL_DONE && options->hold && fflush(stdout) == 0)
		wait_for_end(signals, 0);
	return status;
}
