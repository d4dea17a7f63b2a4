/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Random machines as problems, in words, and cut down. */
#include "random-machine.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <cenalloc/format.h>

static void print_constraints(const struct cen_constraint *constraints, size_t count, FILE *out)
{
	char text[128];

	for (size_t i = 0; i < count; i++) {
		struct cen_constraint plain = constraints[i];

		plain.provenance = 0;
		cen_constraint_to_string(&plain, text, sizeof(text));
		fprintf(out, " %s", text);
	}
	fputc('\n', out);
}

static void print_source(const struct cen_source_desc *source, FILE *out)
{
	fprintf(out,
		"  source %s: segments %" PRIu32 ", placement 0x%" PRIx32 ", mappable %" PRIu32 ", cached %" PRIu32
		", fd mode %" PRIu32 ", cost %" PRIu32 ", exporter %" PRIu64 ", address max 0x%" PRIx64
		", segment bytes %" PRIu64 ", max bytes %" PRIu64 ", free bytes %" PRIu64 ", access %" PRId32
		", vendor layouts %zu, flags 0x%" PRIx32 "\n",
		source->name, source->segments, source->placement, source->is_mappable, source->is_cached,
		source->fd_mode, source->cost, source->exporter, source->address_max, source->segment_bytes,
		source->max_bytes, source->free_bytes, source->access, source->format_count, source->flags);
}

static void print_request(const struct random_machine *machine, FILE *out)
{
	char text[32];

	fprintf(out, "  request: %" PRIu32 "x%" PRIu32 ", %" PRIu32 " buffers, formats", machine->width,
		machine->height, machine->count);
	for (size_t i = 0; i < machine->fourcc_count; i++)
		fprintf(out, " %s", cen_format_to_string(machine->fourccs[i], text));
	fprintf(out, "%s, modifiers", machine->fourcc_count ? "" : " any");
	for (size_t i = 0; i < machine->modifier_count; i++) {
		cen_modifier_to_string(machine->modifiers[i], text, sizeof(text));
		fprintf(out, " %s", text);
	}
	fprintf(out, "%s:", machine->modifier_count ? "" : " any");
	print_constraints(machine->policy, machine->policy_count, out);
}

void random_machine_print(const struct random_machine *machine, FILE *out)
{
	char text[32], modifier[32];

	print_request(machine, out);
	for (size_t d = 0; d < machine->device_count; d++) {
		const struct machine_device *device = &machine->devices[d];

		fprintf(out, "  dev%zu, number %" PRIu64 "\n", d, device->devnum);
		for (size_t a = 0; a < device->count; a++) {
			const struct machine_alternative *alternative = &device->alternatives[a];

			cen_modifier_to_string(alternative->modifier, modifier, sizeof(modifier));
			fprintf(out, "    %s %s, preference %" PRIu32 ":",
				cen_format_to_string(alternative->fourcc, text), modifier, alternative->preference);
			print_constraints(alternative->constraints, alternative->constraint_count, out);
		}
	}
	for (size_t s = 0; s < machine->source_count; s++)
		print_source(&machine->sources[s], out);
}

/* Whether *n is an index below count; otherwise it is counted down by it, for the next list. */
static bool is_within(size_t *n, size_t count)
{
	if (*n < count)
		return true;
	*n -= count;
	return false;
}

/* Close the gap in a list. */
/* clang-format off */
#define REMOVE(list, count, n) \
	(memmove(&(list)[n], &(list)[(n) + 1], ((count) - (n) - 1) * sizeof((list)[0])), (count)--)
/* clang-format on */

static bool take_from_device(struct machine_device *device, size_t *n)
{
	if (device->count > 1 && is_within(n, device->count)) {
		REMOVE(device->alternatives, device->count, *n);
		return true;
	}
	for (size_t a = 0; a < device->count; a++) {
		struct machine_alternative *alternative = &device->alternatives[a];

		if (is_within(n, alternative->constraint_count)) {
			REMOVE(alternative->constraints, alternative->constraint_count, *n);
			return true;
		}
	}
	return false;
}

/* Nothing known, nothing special: one thing each. */
static bool take_from_source(struct cen_source_desc *source, size_t *n)
{
	uint64_t *values[] = {&source->max_bytes, &source->free_bytes, &source->segment_bytes, &source->exporter};
	uint32_t *marks[] = {&source->segments, &source->flags, (uint32_t *)&source->access};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (*values[i] && is_within(n, 1)) {
			*values[i] = 0;
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (*marks[i] && is_within(n, 1)) {
			*marks[i] = 0;
			return true;
		}
	}
	if (source->format_count && is_within(n, 1)) {
		source->formats = NULL;
		source->format_count = 0;
		return true;
	}
	return false;
}

static bool take_from_request(struct random_machine *machine, size_t *n)
{
	if (is_within(n, machine->policy_count)) {
		REMOVE(machine->policy, machine->policy_count, *n);
	} else if (is_within(n, machine->fourcc_count)) {
		REMOVE(machine->fourccs, machine->fourcc_count, *n);
	} else if (is_within(n, machine->modifier_count)) {
		REMOVE(machine->modifiers, machine->modifier_count, *n);
	} else if (machine->count > 1 && is_within(n, 1)) {
		machine->count = 1;
	} else {
		return false;
	}
	return true;
}

bool random_machine_take(struct random_machine *machine, size_t n)
{
	if (machine->device_count > 1 && is_within(&n, machine->device_count)) {
		REMOVE(machine->devices, machine->device_count, n);
		return true;
	}
	if (machine->source_count > 1 && is_within(&n, machine->source_count)) {
		REMOVE(machine->sources, machine->source_count, n);
		return true;
	}
	if (take_from_request(machine, &n))
		return true;
	for (size_t d = 0; d < machine->device_count; d++) {
		if (take_from_device(&machine->devices[d], &n))
			return true;
	}
	for (size_t s = 0; s < machine->source_count; s++) {
		if (take_from_source(&machine->sources[s], &n))
			return true;
	}
	return false;
}

static void must(int ret, struct cen_error *err)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "random-machine-use.c: %s\n", err ? cen_error_get_message(err) : strerror(-ret));
	abort();
}

/* The numbers below count in their own order, or mixed up. */
static void get_order(size_t *order, size_t count, uint64_t shuffle)
{
	for (size_t i = 0; i < count; i++) {
		size_t other = shuffle ? (size_t)(shuffle >> 13) % (i + 1) : i;

		if (other != i)
			order[i] = order[other];
		order[other] = i;
		shuffle *= UINT64_C(6364136223846793005);
	}
}

static void add_alternatives(const struct machine_device *device, uint64_t shuffle, struct problem *out)
{
	size_t order[MACHINE_ALTERNATIVES] = {0};
	struct cen_error *err = NULL;

	get_order(order, device->count, shuffle);
	for (size_t a = 0; a < device->count; a++) {
		const struct machine_alternative *alternative = &device->alternatives[order[a]];
		struct cen_capability capability = {
			.size = sizeof(capability),
			.fourcc = alternative->fourcc,
			.preference = alternative->preference,
			.modifier = alternative->modifier,
			.constraints = alternative->constraints,
			.constraint_count = alternative->constraint_count,
		};

		must(cen_capabilities_add(out->caps[out->problem.usage_count - 1], &capability, &err), err);
	}
}

void random_machine_get_problem(const struct random_machine *machine, uint32_t devices, uint64_t shuffle,
				struct problem *out)
{
	size_t device_order[MACHINE_DEVICES] = {0}, source_order[MACHINE_SOURCES] = {0};
	struct cen_error *err = NULL;

	problem_init(out, machine->width, machine->height);
	out->problem.count = machine->count;
	out->problem.flags = CEN_SOLVE_NO_RELAXATIONS;
	for (size_t i = 0; i < machine->fourcc_count; i++)
		out->fourccs[out->problem.fourcc_count++] = machine->fourccs[i];
	for (size_t i = 0; i < machine->modifier_count; i++)
		out->modifiers[out->problem.modifier_count++] = machine->modifiers[i];
	if (machine->policy_count)
		must(_cen_constraint_set_create(machine->policy, machine->policy_count, &out->policy, &err), err);
	out->problem.policy = out->policy;
	get_order(device_order, machine->device_count, shuffle);
	for (size_t i = 0; i < machine->device_count; i++) {
		size_t d = device_order[i], usage;

		if (!(devices >> d & 1))
			continue;
		usage = problem_usage(out, CEN_USAGE_TEXTURE);
		out->usages[usage].devnum = machine->devices[d].devnum;
		snprintf(out->names[usage], sizeof(out->names[usage]), "dev%zu", d);
		add_alternatives(&machine->devices[d], shuffle, out);
	}
	get_order(source_order, machine->source_count, shuffle);
	for (size_t i = 0; i < machine->source_count; i++) {
		const struct cen_source_desc *source = &machine->sources[source_order[i]];

		*problem_source(out, source->name, 0, 0) = *source;
	}
}
