/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "machine-words.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "machine.h"

/* Numbers of devices are those of one machine. */
static const char *find_path(const struct cen_machine *machine, uint64_t devnum)
{
	for (size_t i = 0; devnum && i < machine->device_count; i++) {
		if (machine->devices[i]->desc.devnum == devnum)
			return machine->devices[i]->desc.path;
	}
	return "nobody";
}

static void say_constraint(FILE *out, const struct cen_machine *machine, const struct cen_constraint *constraint)
{
	char text[160];

	if (constraint->kind == CEN_CONSTRAINT_EXPORTER) {
		fprintf(out, " exporter=%s@%s", find_path(machine, constraint->value),
			cen_provenance_get_name(constraint->provenance));
	} else {
		cen_constraint_to_string(constraint, text, sizeof(text));
		fprintf(out, " %s", text);
	}
	if (constraint->note)
		fprintf(out, "(%s)", constraint->note);
}

static void say_capabilities(FILE *out, const struct cen_machine *machine, const struct cen_capabilities *caps)
{
	for (size_t i = 0; i < cen_capabilities_get_count(caps); i++) {
		struct cen_capability item = {.size = sizeof(item)};
		char name[8];

		cen_capabilities_get(caps, i, &item);
		fprintf(out, "    %s 0x%" PRIx64 " liked %u:", cen_format_to_string(item.fourcc, name), item.modifier,
			item.preference);
		for (size_t n = 0; n < item.constraint_count; n++)
			say_constraint(out, machine, &item.constraints[n]);
		fputc('\n', out);
	}
}

static void say_usage(FILE *out, struct cen_machine *machine, const struct cen_device *device, uint32_t usage,
		      struct cen_record_size size)
{
	struct cen_capabilities *caps = NULL;
	char *notes = NULL;
	int ret = cen_machine_describe(machine, device, usage, size.width, size.height, NULL, 0, &caps, &notes, NULL);

	fprintf(out, "  %s at %ux%u: %d\n", cen_usage_get_name(usage), size.width, size.height, ret);
	if (caps)
		say_capabilities(out, machine, caps);
	if (notes)
		fprintf(out, "    notes: %s\n", notes);
	cen_capabilities_unref(caps);
	free(notes);
}

static void say_device(FILE *out, struct cen_machine *machine, const struct cen_device *device,
		       const struct cen_record_size *sizes, size_t count)
{
	const char *driver = cen_device_get_driver(device), *help = cen_device_get_access_help(device);

	fprintf(out, "%s name %s driver %s backend %s usages 0x%x access %d help %s number of %s\n",
		cen_device_get_path(device), cen_device_get_name(device), driver ? driver : "-",
		cen_device_get_backend(device), cen_device_get_usages(device), cen_device_get_access(device),
		help ? help : "-", find_path(machine, device->desc.devnum));
	for (uint32_t usage = 0; cen_usage_get_name(usage); usage++) {
		for (size_t s = 0; cen_device_get_usages(device) & CEN_USAGE_BIT(usage) && s < count; s++)
			say_usage(out, machine, device, usage, sizes[s]);
	}
}

static void say_source(FILE *out, const struct cen_machine *machine, const struct cen_source_desc *desc)
{
	fprintf(out,
		"%s path %s of %s help %s note %s access %d provenance %u segments %u placement %u mappable %u cached "
		"%u mode %u cost %u highest %" PRIu64 " pieces %" PRIu64 " max %" PRIu64 " flags 0x%x\n",
		desc->name, desc->path ? desc->path : "-", find_path(machine, desc->exporter),
		desc->access_help ? desc->access_help : "-", desc->note ? desc->note : "-", desc->access,
		desc->provenance, desc->segments, desc->placement, desc->is_mappable, desc->is_cached, desc->fd_mode,
		desc->cost, desc->address_max, desc->segment_bytes ? desc->segment_bytes : 4096, desc->max_bytes,
		desc->flags & ~CEN_SOURCE_CARVED);
	for (size_t i = 0; i < desc->format_count; i++)
		fprintf(out, "  makes 0x%x 0x%" PRIx64 "\n", desc->formats[i].fourcc, desc->formats[i].modifier);
}

char *machine_words(struct cen_machine *machine, const struct cen_record_size *sizes, size_t count)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	for (size_t i = 0; i < machine->device_count; i++)
		say_device(out, machine, machine->devices[i], sizes, count);
	for (size_t i = 0; i < machine->source_count; i++)
		say_source(out, machine, &machine->sources[i]->desc);
	fclose(out);
	return text;
}

static void say_plan(FILE *out, const struct cen_machine *machine, const struct cen_plan *plan)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	struct cen_plan_constraint constraint = {.size = sizeof(constraint)};
	struct cen_plane_layout plane;
	const char *source, *text;

	cen_plan_get_info(plan, &info);
	fprintf(out,
		"  plan 0x%x 0x%" PRIx64 " from %s of %s: %u objects %u buffers %" PRIu64 " bytes cost %" PRIu64 "\n",
		info.fourcc, info.modifier, info.source, info.backend, info.object_count, info.count, info.total_bytes,
		info.cost);
	for (uint32_t i = 0; cen_plan_get_plane(plan, i, &plane) == 0; i++)
		fprintf(out, "    plane %u at %" PRIu64 " stride %" PRIu64 " size %" PRIu64 "\n", plane.object,
			plane.offset, plane.stride, plane.size);
	for (size_t i = 0; i < cen_plan_get_reason_count(plan); i++)
		fprintf(out, "    reason %s\n", cen_plan_get_reason(plan, i));
	for (size_t i = 0; cen_plan_get_constraint(plan, i, &constraint) == 0; i++) {
		fprintf(out, "    by %s", constraint.decided_by);
		say_constraint(out, machine, &constraint.constraint);
		fputc('\n', out);
	}
	for (size_t i = 0; cen_plan_get_rejection(plan, i, &source, &text) == 0; i++)
		fprintf(out, "    not %s: %s\n", source, text);
}

static void say_conflict(FILE *out, const struct cen_conflict *conflict)
{
	fprintf(out, "  conflict in %s: %s\n", cen_dimension_get_name(cen_conflict_get_dimension(conflict)),
		cen_conflict_get_text(conflict));
	for (size_t i = 0; i < cen_conflict_get_usage_count(conflict); i++)
		fprintf(out, "    usage %zu\n", cen_conflict_get_usage(conflict, i));
	/* Other sizes are tried by asking again: a recording answers for those that it was made at. */
	for (size_t i = 0; i < cen_conflict_get_relaxation_count(conflict); i++) {
		const char *text = cen_conflict_get_relaxation(conflict, i);

		if (strncmp(text, "another size", strlen("another size")) != 0)
			fprintf(out, "    instead %s\n", text);
	}
}

/* A device and what it is used for. */
struct use {
	const struct cen_device *device;
	uint32_t usage;
};

static void say_solution(FILE *out, struct cen_machine *machine, struct cen_record_size size, uint32_t fourcc,
			 const struct use *uses, size_t count)
{
	struct cen_solution *solution = NULL;
	struct cen_request *request;
	int ret;

	assert_int_equal(cen_request_create(machine, &request), 0);
	assert_int_equal(cen_request_set_size(request, size.width, size.height, NULL), 0);
	assert_int_equal(cen_request_add_format(request, fourcc, NULL), 0);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "%s=%s ", cen_usage_get_name(uses[i].usage), cen_device_get_path(uses[i].device));
		assert_int_equal(cen_request_add_usage(request, uses[i].usage, uses[i].device, NULL), 0);
	}
	ret = cen_solve(request, 0, &solution, NULL);
	fprintf(out, "for 0x%x: %d\n", fourcc, ret);
	for (size_t i = 0; solution && i < cen_solution_get_plan_count(solution); i++)
		say_plan(out, machine, cen_solution_get_plan(solution, i));
	if (solution && cen_solution_get_conflict(solution))
		say_conflict(out, cen_solution_get_conflict(solution));
	cen_solution_unref(solution);
	cen_request_destroy(request);
}

static size_t list_uses(const struct cen_machine *machine, struct use *uses, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < machine->device_count; i++) {
		for (uint32_t usage = 0; cen_usage_get_name(usage) && count < max; usage++) {
			if (machine->devices[i]->desc.usages & CEN_USAGE_BIT(usage) &&
			    !machine->devices[i]->desc.access)
				uses[count++] = (struct use){machine->devices[i], usage};
		}
	}
	return count;
}

char *solution_words(struct cen_machine *machine, struct cen_record_size size, const uint32_t *fourccs, size_t count)
{
	struct use uses[32];
	size_t use_count = list_uses(machine, uses, 32), bytes = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	for (size_t f = 0; f < count; f++) {
		for (size_t a = 0; a < use_count; a++) {
			say_solution(out, machine, size, fourccs[f], &uses[a], 1);
			for (size_t b = a + 1; b < use_count; b++)
				say_solution(out, machine, size, fourccs[f], (struct use[]){uses[a], uses[b]}, 2);
		}
	}
	fclose(out);
	return text;
}

void assert_same_words(const char *a, const char *b)
{
	size_t same = 0, line = 0;

	if (strcmp(a, b) == 0)
		return;
	for (; a[same] == b[same]; same++)
		line = a[same] == '\n' ? same + 1 : line;
	fail_msg("they differ:\n%.*s\n%.*s", (int)strcspn(a + line, "\n"), a + line, (int)strcspn(b + line, "\n"),
		 b + line);
}
