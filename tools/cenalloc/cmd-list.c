/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* cenalloc list: the devices of the machine, and what can allocate. */
#include <stdio.h>

#include "args.h"
#include "json.h"
#include "table.h"
#include "words.h"

static const char help[] =
	"Usage: cenalloc list [OPTION...]\n"
	"\n"
	"Shows the devices of this machine with what each can be used for, and the sources: what "
	"can allocate buffers.\n"
	"Where access is denied a line says what would give it.\n"
	"\n"
	"  -v, --verbose   which hardware each device is, how the kind of memory of each source is known\n"
	"      --json      one JSON document\n"
	"      --passive   only calls without a side effect on any device\n"
	"  -h, --help      this text\n";

static void add_device(struct table *table, const struct tool *tool, const struct cen_device *device)
{
	const char *id = cen_device_get_id(device);
	int access = cen_device_get_access(device);
	const char *access_help = cen_device_get_access_help(device);
	const char *driver = cen_device_get_driver(device);
	char usages[160];

	table_add(table, (const char *const[]){
				 cen_device_get_path(device),
				 cen_device_get_name(device),
				 driver ? driver : "-",
				 cen_device_get_backend(device),
				 words_access(access),
				 words_usages(cen_device_get_usages(device), usages, sizeof(usages)),
			 });
	table_set_style(table, 0, TABLE_BOLD);
	table_set_style(table, 4, access ? TABLE_BAD : TABLE_GOOD);
	if (access && access_help)
		table_add_note(table, TABLE_BAD, access_help);
	if (tool->verbose && id)
		table_add_note(table, TABLE_DIM, id);
}

static int list_devices(const struct tool *tool)
{
	static const char *const headings[] = {"DEVICE", "NAME", "DRIVER", "BACKEND", "ACCESS", "USAGES"};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);
	const struct cen_device *device;

	for (size_t i = 0; (device = cen_machine_get_device(tool->machine, i)); i++)
		add_device(table, tool, device);
	return table_print(table, tool, 0);
}

static const char *words_segments(const struct cen_source_info *info)
{
	if (info->segments == 1)
		return "contiguous";
	return info->provenance == CEN_PROVENANCE_ASSUMED ? "not known" : "scattered";
}

static void add_source(struct table *table, const struct tool *tool, const struct cen_source_info *info)
{
	char max[TEXT_NUMBER_SIZE];
	char available[TEXT_NUMBER_SIZE];

	table_add(table, (const char *const[]){
				 info->name,
				 info->backend,
				 words_segments(info),
				 words_placement(info->placement),
				 text_bytes_or_dash(info->free_bytes, available),
				 text_bytes_or_dash(info->max_bytes, max),
				 info->has_bytes ? "bytes" : "images",
				 words_access(info->access),
				 info->path ? info->path : "-",
			 });
	table_set_style(table, 0, TABLE_BOLD);
	table_set_style(table, 7, info->access ? TABLE_BAD : TABLE_GOOD);
	if (info->access && info->access_help)
		table_add_note(table, TABLE_BAD, info->access_help);
	if (tool->verbose && info->note)
		table_add_note(table, TABLE_DIM, info->note);
}

static int list_sources(const struct tool *tool)
{
	static const char *const headings[] = {"SOURCE",     "BACKEND", "MEMORY", "PLACEMENT", ">FREE BYTES",
					       ">MAX BYTES", "GIVES",   "ACCESS", "PATH"};
	_cleanup_(table_cleanup) struct table *table = table_create(headings, ARRAY_LENGTH(headings), true);
	const struct cen_source *source;

	if (cen_machine_get_source_count(tool->machine) == 0) {
		puts("No source: nothing on this machine that this user may open allocates buffers.");
		return TOOL_DONE;
	}
	for (size_t i = 0; (source = cen_machine_get_source(tool->machine, i)); i++) {
		struct cen_source_info info = {.size = sizeof(info)};

		if (cen_source_get_info(source, &info) == 0)
			add_source(table, tool, &info);
	}
	return table_print(table, tool, 0);
}

static struct json_object *device_json(const struct cen_device *device)
{
	struct json_object *object = json_object_new_object();
	struct json_object *usages;

	json_add_text(object, "path", cen_device_get_path(device));
	json_add_text(object, "name", cen_device_get_name(device));
	json_add_text(object, "driver", cen_device_get_driver(device));
	json_add_text(object, "id", cen_device_get_id(device));
	json_add_text(object, "backend", cen_device_get_backend(device));
	usages = json_add(object, "usages", json_object_new_array());
	for (uint32_t i = 0; i < 32; i++) {
		if (cen_device_get_usages(device) & CEN_USAGE_BIT(i) && cen_usage_get_name(i))
			json_object_array_add(usages, json_text(cen_usage_get_name(i)));
	}
	json_add_access(object, cen_device_get_access(device), cen_device_get_access_help(device));
	return object;
}

static struct json_object *source_json(const struct cen_source_info *info)
{
	struct json_object *object = json_object_new_object();
	struct json_object *memory;

	json_add_text(object, "name", info->name);
	json_add_text(object, "backend", info->backend);
	json_add_text(object, "path", info->path);
	memory = json_add(object, "memory", json_object_new_object());
	json_add_bool(memory, "contiguous", info->segments == 1);
	json_add_text(memory, "placement", words_placement(info->placement));
	json_add_bool(memory, "mappable", info->is_mappable);
	json_add_text(memory, "note", info->note);
	json_add_bool(object, "has_bytes", info->has_bytes);
	json_add_known(object, "max_bytes", info->max_bytes);
	json_add_known(object, "free_bytes", info->free_bytes);
	json_add_access(object, info->access, info->access_help);
	return object;
}

static int list_json(const struct tool *tool)
{
	struct json_object *document = json_object_new_object();
	struct json_object *devices = json_add(document, "devices", json_object_new_array());
	struct json_object *sources = json_add(document, "sources", json_object_new_array());
	const struct cen_device *device;
	const struct cen_source *source;

	for (size_t i = 0; (device = cen_machine_get_device(tool->machine, i)); i++)
		json_object_array_add(devices, device_json(device));
	for (size_t i = 0; (source = cen_machine_get_source(tool->machine, i)); i++) {
		struct cen_source_info info = {.size = sizeof(info)};

		if (cen_source_get_info(source, &info) == 0)
			json_object_array_add(sources, source_json(&info));
	}
	return json_finish(tool, document);
}

int cmd_list(struct tool *tool, int argc, char **argv)
{
	static const struct option options[] = {ARGS_COMMON, {0}};
	int status;

	tool->help = help;
	if (args_next(tool, argc, argv, options, false) == ARGS_STOP)
		return tool->status;
	if (optind < argc)
		return args_fail(tool, "unexpected argument '%s'", argv[optind]);
	status = args_open_machine(tool);
	if (status != TOOL_DONE)
		return status;
	if (tool->json)
		return list_json(tool);
	status = list_devices(tool);
	putchar('\n');
	return status == TOOL_DONE ? list_sources(tool) : status;
}
