/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* How devices and sources are called in a file: without serial numbers, and still each by a name of its own. */
#include "file-write.h"

#include "machine.h"
#include "util.h"

/* What differed in a serial number alone is told apart by a number. twins: of those before that are called the same. */
static const char *distinguish(struct file_writer *writer, const char *clean, size_t twins)
{
	const char *name = clean;

	if (clean && twins)
		name = _cen_arena_printf(writer->arena, "%.1000s#%zu", clean, twins + 1);
	writer->has_no_memory = writer->has_no_memory || !name;
	return name;
}

static void prepare_paths(struct file_writer *writer)
{
	struct cen_device *const *devices = writer->machine->devices;
	size_t count = writer->machine->device_count;
	const char **clean = _cen_arena_alloc(writer->arena, count, sizeof(*clean));

	writer->paths = _cen_arena_alloc(writer->arena, count, sizeof(*writer->paths));
	writer->has_no_memory = writer->has_no_memory || !clean || !writer->paths;
	for (size_t i = 0; !writer->has_no_memory && i < count; i++) {
		size_t twins = 0;

		clean[i] = _cen_file_secrets_clean(&writer->secrets, devices[i]->desc.path);
		for (size_t n = 0; clean[i] && n < i; n++)
			twins += devices[n]->backend == devices[i]->backend && strcmp(clean[n], clean[i]) == 0;
		writer->paths[i] = distinguish(writer, clean[i], twins);
	}
}

static void prepare_source_names(struct file_writer *writer)
{
	struct cen_source *const *sources = writer->machine->sources;
	size_t count = writer->machine->source_count;
	const char **clean = _cen_arena_alloc(writer->arena, count, sizeof(*clean));

	writer->source_names = _cen_arena_alloc(writer->arena, count, sizeof(*writer->source_names));
	writer->has_no_memory = writer->has_no_memory || !clean || !writer->source_names;
	for (size_t i = 0; !writer->has_no_memory && i < count; i++) {
		size_t twins = 0;

		clean[i] = _cen_file_secrets_clean(&writer->secrets, sources[i]->desc.name);
		for (size_t n = 0; clean[i] && n < i; n++)
			twins += strcmp(clean[n], clean[i]) == 0;
		writer->source_names[i] = distinguish(writer, clean[i], twins);
	}
}

void _cen_write_prepare_names(struct file_writer *writer)
{
	prepare_paths(writer);
	prepare_source_names(writer);
}
