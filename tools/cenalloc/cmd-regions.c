/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* cenalloc regions: the regions that there are, and a trial of one. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "json.h"
#include "region-try.h"
#include "table.h"

static const char help[] =
	"Usage: cenalloc regions [OPTION...]\n"
	"\n"
	"Shows the regions of memory that chunks are cut from. A region is of the process that declared it: this one "
	"has\n"
	"those that configuration declares, and the one to try.\n"
	"\n"
	"      --try NAME=BYTES[,align=N][,source=S][,algorithm=A]\n"
	"                  make a region, take chunks of it, give them back, and check that all is there again; BYTES "
	"may\n"
	"                  end with K, M or G. Default: the first source that gives memory by the byte, the first "
	"algorithm\n"
	"      --json      one JSON document\n"
	"  -h, --help      this text\n";

enum regions_option {
	REGIONS_TRY = ARGS_OWN,
};

static void add_region(struct table *table, const struct cen_region_info *info)
{
	char range[2 * TEXT_NUMBER_SIZE], total[TEXT_NUMBER_SIZE], left[TEXT_NUMBER_SIZE], largest[TEXT_NUMBER_SIZE];
	char chunks[TEXT_NUMBER_SIZE];

	snprintf(range, sizeof(range), "0x%" PRIx64 "-0x%" PRIx64, info->lower, info->upper);
	table_add(table, (const char *const[]){
				 info->name ? info->name : "-",
				 info->source ? info->source : "-",
				 info->algorithm ? info->algorithm : "-",
				 info->upper ? range : "-",
				 text_number(info->total, total),
				 text_number(info->free, left),
				 text_number(info->largest_free, largest),
				 text_number(info->chunk_count, chunks),
				 cen_region_state_get_name(info->state),
			 });
	table_set_style(table, 0, TABLE_BOLD);
	table_set_style(table, 8, info->state == CEN_REGION_FAILED ? TABLE_BAD : TABLE_PLAIN);
}

static int print_regions(const struct tool *tool)
{
	static const char *const headings[] = {"REGION", "SOURCE",        "ALGORITHM", "RANGE", ">BYTES",
					       ">FREE",  ">LARGEST FREE", ">CHUNKS",   "STATE"};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);
	struct cen_region *region;

	for (size_t n = 0; (region = cen_machine_get_region(tool->machine, n)); n++) {
		struct cen_region_info info = {.size = sizeof(info)};

		if (cen_region_get_info(region, &info) == 0)
			add_region(table, &info);
	}
	return table_print(table, tool, 0);
}

static void print_chunks(const struct region_try *trial)
{
	char bytes[TEXT_NUMBER_SIZE];

	putchar('\n');
	for (size_t n = 0; n < trial->chunk_count; n++) {
		const struct cen_chunk *chunk = &trial->chunks[n];

		printf("chunk %zu: %s bytes from 0x%" PRIx64 " on, %s\n", n, text_number(chunk->bytes, bytes),
		       chunk->start, chunk->is_own ? "a dma-buf of its own" : "an offset in the region's dma-buf");
	}
}

static struct json_object *region_json(const struct cen_region_info *info)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "name", info->name);
	json_add_text(object, "source", info->source);
	json_add_text(object, "algorithm", info->algorithm);
	json_add_text(object, "state", cen_region_state_get_name(info->state));
	json_add_bool(object, "carved", info->is_carved);
	json_add_number(object, "lower", info->lower);
	json_add_number(object, "upper", info->upper);
	json_add_number(object, "total", info->total);
	json_add_number(object, "free", info->free);
	json_add_number(object, "largest_free", info->largest_free);
	json_add_number(object, "chunks", info->chunk_count);
	return object;
}

static struct json_object *regions_json(const struct tool *tool)
{
	struct json_object *array = json_object_new_array();
	struct cen_region *region;

	for (size_t n = 0; (region = cen_machine_get_region(tool->machine, n)); n++) {
		struct cen_region_info info = {.size = sizeof(info)};

		if (cen_region_get_info(region, &info) == 0)
			json_object_array_add(array, region_json(&info));
	}
	return array;
}

static struct json_object *chunks_json(const struct region_try *trial)
{
	struct json_object *array = json_object_new_array();

	for (size_t n = 0; n < trial->chunk_count; n++) {
		struct json_object *object = json_object_new_object();

		json_add_number(object, "start", trial->chunks[n].start);
		json_add_number(object, "size", trial->chunks[n].bytes);
		json_add_number(object, "offset", trial->chunks[n].offset);
		json_add_bool(object, "own", trial->chunks[n].is_own);
		json_object_array_add(array, object);
	}
	return array;
}

static int show_list(const struct tool *tool)
{
	struct json_object *document;

	if (!tool->json && !cen_machine_get_region(tool->machine, 0)) {
		puts("No region: nothing declares one. To try one: cenalloc regions --try NAME=BYTES");
		return TOOL_DONE;
	}
	if (!tool->json)
		return print_regions(tool);
	document = json_object_new_object();
	json_add(document, "regions", regions_json(tool));
	json_add(document, "try", NULL);
	return json_finish(tool, document);
}

/* While its chunks live the region is shown; then they go back. */
static int show_trial(const struct tool *tool, struct region_try *trial)
{
	struct json_object *document = NULL, *tried;
	int status = TOOL_DONE;

	if (tool->json) {
		document = json_object_new_object();
		json_add(document, "regions", regions_json(tool));
		tried = json_add(document, "try", json_object_new_object());
		json_add(tried, "chunks", chunks_json(trial));
	} else {
		status = print_regions(tool);
		print_chunks(trial);
	}
	if (status == TOOL_DONE)
		status = region_try_give_back(trial, tool);
	if (!document) {
		if (status == TOOL_DONE)
			puts("All chunks are given back; the region is whole again.");
		return status;
	}
	json_add_bool(tried, "whole", status == TOOL_DONE);
	return json_finish(tool, document) == TOOL_DONE ? status : TOOL_MACHINE_FAILED;
}

int cmd_regions(struct tool *tool, int argc, char **argv)
{
	static const struct option options[] = {ARGS_COMMON, {"try", required_argument, NULL, REGIONS_TRY}, {0}};
	_cleanup_(region_try_finish) struct region_try trial = {0};
	int option, status = TOOL_DONE;

	tool->help = help;
	while ((option = args_next(tool, argc, argv, options, false)) >= 0) {
		status = region_try_read(&trial, tool, optarg);
		if (status != TOOL_DONE)
			return status;
	}
	if (option == ARGS_STOP)
		return tool->status;
	if (optind < argc)
		return args_fail(tool, "unexpected argument '%s'", argv[optind]);
	status = args_open_machine(tool);
	if (status != TOOL_DONE)
		return status;
	if (!trial.text)
		return show_list(tool);
	status = region_try_run(&trial, tool);
	return status == TOOL_DONE ? show_trial(tool, &trial) : status;
}
