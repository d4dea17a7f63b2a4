/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The devices of a machine file being written. */
#include "file-write.h"

#include <inttypes.h>
#include <stdio.h>

#include "machine.h"
#include "util.h"

#define PROVENANCE_COUNT (CEN_PROVENANCE_ASSUMED + 1)

bool _cen_write_is_left_out(const struct cen_device *device)
{
	return !device->backend || strcmp(device->desc.path, "cpu") == 0;
}

const char *_cen_write_get_exporter(const struct file_writer *writer, uint64_t devnum)
{
	const struct cen_machine *machine = writer->machine;

	for (size_t i = 0; devnum && i < machine->device_count; i++) {
		if (machine->devices[i]->desc.devnum == devnum && !_cen_write_is_left_out(machine->devices[i]))
			return writer->paths[i];
	}
	return NULL;
}

/* The device has the number of another path's, or its path is that of a device with another number. */
static void write_hardware(struct file_writer *writer, struct json_object *object, size_t index)
{
	const struct cen_machine *machine = writer->machine;
	const struct cen_device *device = machine->devices[index];
	const char *path = writer->paths[index];

	for (size_t i = 0; i < index; i++) {
		const struct cen_device *other = machine->devices[i];
		const char *own = writer->paths[i];
		bool is_one = device->desc.devnum && device->desc.devnum == other->desc.devnum;

		if (is_one && strcmp(own, path) != 0)
			_cen_write_word(writer, object, "hardware", own);
		else if (!is_one && strcmp(own, path) == 0)
			_cen_write_text(
				writer, object, "hardware",
				_cen_arena_printf(writer->arena, "%s:%.1000s", cen_device_get_backend(device), path));
		if (is_one || strcmp(own, path) == 0)
			return;
	}
}

static void count_provenance(const struct file_rules *rules, size_t counts[PROVENANCE_COUNT])
{
	for (size_t i = 0; i < rules->count; i++) {
		uint32_t provenance = rules->items[i].constraint.provenance;

		counts[provenance < PROVENANCE_COUNT && provenance ? provenance : CEN_PROVENANCE_ASSUMED]++;
	}
}

/* What most constraints have is said once, for the device. */
static uint32_t choose_provenance(const struct file_gathering *gathering)
{
	size_t counts[PROVENANCE_COUNT] = {0};
	uint32_t best = CEN_PROVENANCE_DECLARED;

	count_provenance(&gathering->common, counts);
	for (size_t i = 0; i < gathering->alternative_count; i++)
		count_provenance(&gathering->alternatives[i].rules, counts);
	for (uint32_t i = 1; i < PROVENANCE_COUNT; i++)
		best = counts[i] > counts[best] ? i : best;
	return best;
}

static bool take(struct file_rules *rules, uint32_t kind, uint64_t value, struct file_rule *out)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct cen_constraint *constraint = &rules->items[i].constraint;

		if (constraint->kind != kind || constraint->value != value)
			continue;
		*out = rules->items[i];
		memmove(&rules->items[i], &rules->items[i + 1], (--rules->count - i) * sizeof(*rules->items));
		return true;
	}
	return false;
}

/*
 * What follows from how the device reaches memory, in the words for it. Bounds of addresses stay constraints: they may be
 * known in another way than the class is.
 */
static void write_memory(struct file_writer *writer, struct json_object *object, const struct cen_device *device,
			 struct file_rules *rules, uint32_t provenance)
{
	const char *class = NULL;
	struct json_object *row;
	struct file_rule rule;
	bool can_import = true;

	if (take(rules, CEN_CONSTRAINT_SEGMENTS, 1, &rule))
		class = "physical";
	else if (take(rules, CEN_CONSTRAINT_IOVA_SEGMENTS, 1, &rule))
		class = "iova";
	else if (device->desc.devnum && take(rules, CEN_CONSTRAINT_EXPORTER, device->desc.devnum, &rule))
		can_import = false;
	else
		return;
	row = _cen_write_row(writer, object, "memory");
	if (class)
		_cen_write_word(writer, row, "class", class);
	if (!can_import)
		_cen_write_bool(writer, row, "import", false);
	if (rule.constraint.provenance && rule.constraint.provenance != provenance)
		_cen_write_word(writer, row, "provenance", cen_provenance_get_name(rule.constraint.provenance));
	_cen_write_text(writer, row, "from", rule.constraint.note);
}

static bool shares_format(const struct file_alternative *a, const struct file_alternative *b)
{
	for (size_t i = 0; i < a->fourcc_count; i++) {
		for (size_t k = 0; k < b->fourcc_count; k++) {
			if (a->fourccs[i] == b->fourccs[k])
				return true;
		}
	}
	return false;
}

/* Whether the order in which the modifiers stand says how they are liked: it counts on from earlier alternatives. */
static bool is_in_order(const struct file_gathering *gathering, const struct file_alternative *alternative)
{
	for (size_t i = 0; i < alternative->modifier_count; i++) {
		if (alternative->preferences[i] != i)
			return false;
	}
	for (const struct file_alternative *other = gathering->alternatives; other < alternative; other++) {
		if (shares_format(other, alternative))
			return false;
	}
	return true;
}

static void write_preferences(struct file_writer *writer, struct json_object *object,
			      const struct file_gathering *gathering, const struct file_alternative *alternative)
{
	struct json_object *array;

	if (is_in_order(gathering, alternative))
		return;
	array = _cen_write_array(writer, object, "preferences");
	for (size_t i = 0; i < alternative->modifier_count; i++)
		_cen_write_number(writer, array, NULL, alternative->preferences[i]);
}

static void write_alternative(struct file_writer *writer, struct json_object *list, uint32_t usages,
			      const struct file_gathering *gathering, const struct file_alternative *alternative,
			      uint32_t provenance)
{
	struct json_object *object = _cen_write_object(writer, list, NULL);

	if (alternative->usages != usages)
		_cen_write_usages(writer, object, alternative->usages);
	_cen_write_sizes(writer, object, &alternative->sizes);
	_cen_write_formats(writer, object, alternative->fourccs, alternative->fourcc_count);
	if (alternative->modifier_count > 1 || alternative->modifiers[0].modifier != CEN_MODIFIER_LINEAR)
		_cen_write_modifiers(writer, object, alternative->modifiers, alternative->modifier_count);
	write_preferences(writer, object, gathering, alternative);
	_cen_write_rules(writer, object, &alternative->rules, provenance);
}

static void write_notes(struct file_writer *writer, struct json_object *object, uint32_t usages,
			const struct file_gathering *gathering)
{
	struct json_object *list = gathering->note_count ? _cen_write_list(writer, object, "notes") : NULL;

	for (size_t i = 0; i < gathering->note_count; i++) {
		const struct file_note *note = &gathering->notes[i];
		struct json_object *row;

		if (note->usages == usages && !note->sizes.count) {
			_cen_write_text(writer, list, NULL, note->text);
			continue;
		}
		row = _cen_write_row(writer, list, NULL);
		_cen_write_text(writer, row, "text", note->text);
		if (note->usages != usages)
			_cen_write_usages(writer, row, note->usages);
		_cen_write_sizes(writer, row, &note->sizes);
	}
}

static void write_gathering(struct file_writer *writer, struct json_object *object, const struct cen_device *device,
			    struct file_gathering *gathering)
{
	uint32_t provenance = choose_provenance(gathering);
	struct json_object *list;

	if (provenance != CEN_PROVENANCE_DECLARED)
		_cen_write_word(writer, object, "provenance", cen_provenance_get_name(provenance));
	write_memory(writer, object, device, &gathering->common, provenance);
	_cen_write_rules(writer, object, &gathering->common, provenance);
	list = gathering->alternative_count ? _cen_write_list(writer, object, "alternatives") : NULL;
	for (size_t i = 0; i < gathering->alternative_count; i++)
		write_alternative(writer, list, device->desc.usages, gathering, &gathering->alternatives[i],
				  provenance);
	write_notes(writer, object, device->desc.usages, gathering);
}

void _cen_write_device(struct file_writer *writer, struct json_object *list, size_t index,
		       struct file_gathering *gathering)
{
	const struct cen_device *device = writer->machine->devices[index];
	struct json_object *object = _cen_write_object(writer, list, NULL);

	_cen_write_text(writer, object, "name", device->desc.name);
	_cen_write_word(writer, object, "path", writer->paths[index]);
	_cen_write_text(writer, object, "driver", device->desc.driver);
	_cen_write_text(writer, object, "id", device->desc.id);
	_cen_write_word(writer, object, "backend", cen_device_get_backend(device));
	write_hardware(writer, object, index);
	_cen_write_usages(writer, object, device->desc.usages);
	_cen_write_access(writer, object, device->desc.access, device->desc.access_help);
	if (gathering)
		write_gathering(writer, object, device, gathering);
}
