/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The devices of a machine file. */
#include "machine-file.h"

#include <errno.h>
#include <sys/sysmacros.h>

#include "error.h"
#include "util.h"

/* No driver has this major number: the nodes are nowhere. */
#define FILE_MAJOR 4094u

static const char *const device_keys[] = {
	"name",        "path",  "driver", "id",          "backend",      "title",      "usages", "hardware", "access",
	"access-help", "notes", "memory", "constraints", "alternatives", "provenance", "from",   NULL};

/* Devices of one piece of hardware have one number, so that the allocator of one is that of all. */
static uint64_t find_number(const struct machine_file *file, size_t index)
{
	size_t first = 0;

	while (strcmp(file->devices[first].hardware, file->devices[index].hardware) != 0)
		first++;
	return makedev(FILE_MAJOR, (unsigned int)first + 1);
}

static int read_strings(struct file_reader *reader, const struct json_place *object, struct file_device *device)
{
	const struct {
		const char *key;
		const char **out;
	} strings[] = {
		{"path", &device->desc.path},  {"name", &device->desc.name},    {"driver", &device->desc.driver},
		{"backend", &device->backend}, {"hardware", &device->hardware}, {"id", &device->desc.id},
	};
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < ARRAY_LENGTH(strings); i++) {
		struct json_place place = _cen_json_member(object, strings[i].key);
		const char *text = NULL;

		if (strings[i].out == &device->desc.name)
			ret = _cen_json_get_string(&reader->json, &place, &text, reader->err);
		else
			ret = _cen_json_get_optional_string(&reader->json, &place, &text, reader->err);
		if (ret == 0)
			ret = _cen_file_keep(reader, text, strings[i].out);
	}
	if (!device->desc.path)
		device->desc.path = device->desc.name;
	if (!device->hardware)
		device->hardware = device->desc.path;
	if (!device->backend)
		device->backend = "machine-file";
	return ret;
}

struct memory {
	uint32_t class; /* index of its name */
	bool has_iommu, can_import;
	uint32_t address_bits; /* 64: no bound */
	uint64_t address_max; /* UINT64_MAX: no bound */
};

static int read_memory(struct file_reader *reader, const struct json_place *object, struct memory *memory)
{
	static const char *const keys[] = {"class",  "iommu",      "address-bits", "address-max",
					   "import", "provenance", "from",         NULL};
	static const char *const classes[] = {"any", "physical", "iova", NULL};
	struct json_place place = _cen_json_member(object, "class");
	int ret = _cen_json_check_object(&reader->json, object, keys, reader->err);

	*memory = (struct memory){.can_import = true, .address_bits = 64, .address_max = UINT64_MAX};
	if (ret == 0)
		ret = _cen_json_get_choice(&reader->json, &place, classes, &memory->class, reader->err);
	/* Only an IOMMU makes one range of many pieces. */
	memory->has_iommu = memory->class == 2;
	place = _cen_json_member(object, "iommu");
	if (ret == 0)
		ret = _cen_json_get_bool(&reader->json, &place, &memory->has_iommu, reader->err);
	place = _cen_json_member(object, "address-bits");
	if (ret == 0)
		ret = _cen_json_get_small(&reader->json, &place, 1, 64, &memory->address_bits, reader->err);
	place = _cen_json_member(object, "address-max");
	if (ret == 0)
		ret = _cen_json_get_number(&reader->json, &place, 1, UINT64_MAX, &memory->address_max, reader->err);
	place = _cen_json_member(object, "import");
	return ret < 0 ? ret : _cen_json_get_bool(&reader->json, &place, &memory->can_import, reader->err);
}

static int add_memory_rule(struct file_reader *reader, struct file_device *device, struct file_origin origin,
			   uint32_t kind, uint64_t value)
{
	return _cen_file_add_rule(
		reader, &device->rules,
		&(struct cen_constraint){
			.kind = kind, .value = value, .provenance = origin.provenance, .note = origin.from});
}

/* Behind an IOMMU the bounds are those of the addresses that it gives; in front of none those of the memory. */
static int add_bounds(struct file_reader *reader, struct file_device *device, const struct memory *memory,
		      struct file_origin origin)
{
	uint64_t highest = memory->address_bits < 64 ? (UINT64_C(1) << memory->address_bits) - 1 : UINT64_MAX;
	int ret = 0;

	if (memory->has_iommu) {
		highest = highest < memory->address_max ? highest : memory->address_max;
		if (highest != UINT64_MAX)
			ret = add_memory_rule(reader, device, origin, CEN_CONSTRAINT_IOVA_MAX, highest);
		return ret;
	}
	if (memory->address_bits < 64)
		ret = add_memory_rule(reader, device, origin, CEN_CONSTRAINT_ADDRESS_BITS, memory->address_bits);
	if (ret == 0 && memory->address_max != UINT64_MAX)
		ret = add_memory_rule(reader, device, origin, CEN_CONSTRAINT_ADDRESS_MAX, memory->address_max);
	return ret;
}

/* What the kind of memory means as constraints. The exporter's number is set when all devices are known. */
static int add_memory(struct file_reader *reader, const struct json_place *object, struct file_device *device,
		      struct file_origin origin)
{
	struct memory memory;
	int ret;

	if (!object->value)
		return 0;
	ret = read_memory(reader, object, &memory);
	if (ret == 0)
		ret = _cen_file_read_origin(reader, object, &origin);
	if (ret == 0 && memory.class == 1)
		ret = add_memory_rule(reader, device, origin, CEN_CONSTRAINT_SEGMENTS, 1);
	if (ret == 0 && memory.class == 2)
		ret = add_memory_rule(reader, device, origin, CEN_CONSTRAINT_IOVA_SEGMENTS, 1);
	if (ret == 0)
		ret = add_bounds(reader, device, &memory, origin);
	if (ret == 0 && !memory.can_import)
		ret = add_memory_rule(reader, device, origin, CEN_CONSTRAINT_EXPORTER, UINT64_MAX);
	return ret;
}

static int read_alternatives(struct file_reader *reader, const struct json_place *object, struct file_device *device,
			     struct file_origin origin)
{
	struct json_place array = _cen_json_member(object, "alternatives");
	size_t count;
	int ret = _cen_json_get_count(&reader->json, &array, FILE_MAX_ALTERNATIVES, &count, reader->err);

	if (ret < 0)
		return ret;
	device->alternatives = _cen_file_alloc(reader, count, sizeof(*device->alternatives));
	if (!device->alternatives)
		return -ENOMEM;
	for (; ret == 0 && device->alternative_count < count; device->alternative_count++) {
		struct json_place element = _cen_json_element(&array, device->alternative_count);

		ret = _cen_file_read_alternative(reader, &element, device, origin,
						 &device->alternatives[device->alternative_count]);
	}
	return ret;
}

/* A line, or an object that says for which usages and size it is told. */
static int read_note(struct file_reader *reader, const struct json_place *element, const struct file_device *device,
		     struct file_note *note)
{
	static const char *const keys[] = {"text", "usages", "size", "except", NULL};
	bool is_object = json_object_is_type(element->value, json_type_object);
	struct json_place text = *element, usages = {0};
	const char *line = NULL;
	int ret = 0;

	if (is_object) {
		ret = _cen_json_check_object(&reader->json, element, keys, reader->err);
		text = _cen_json_member(element, "text");
		usages = _cen_json_member(element, "usages");
	}
	if (ret == 0)
		ret = _cen_json_get_string(&reader->json, &text, &line, reader->err);
	if (ret == 0 && usages.value)
		ret = _cen_file_read_usages(reader, &usages, &note->usages);
	if (!usages.value)
		note->usages = device->desc.usages;
	if (ret == 0 && is_object)
		ret = _cen_file_read_sizes(reader, element, &note->sizes);
	return ret < 0 ? ret : _cen_file_keep(reader, line, &note->text);
}

static int read_notes(struct file_reader *reader, const struct json_place *object, struct file_device *device)
{
	struct json_place array = _cen_json_member(object, "notes");
	size_t count;
	int ret = _cen_json_get_count(&reader->json, &array, FILE_MAX_NOTES, &count, reader->err);

	if (ret < 0)
		return ret;
	device->notes = _cen_file_alloc(reader, count, sizeof(*device->notes));
	if (!device->notes)
		return -ENOMEM;
	for (; ret == 0 && device->note_count < count; device->note_count++) {
		struct json_place element = _cen_json_element(&array, device->note_count);

		ret = read_note(reader, &element, device, &device->notes[device->note_count]);
	}
	return ret;
}

static int read_device(struct file_reader *reader, const struct json_place *object, struct file_device *device)
{
	struct file_origin origin = {.provenance = CEN_PROVENANCE_DECLARED};
	struct json_place memory = _cen_json_member(object, "memory");
	struct json_place constraints = _cen_json_member(object, "constraints");
	struct json_place usages = _cen_json_member(object, "usages");
	int ret = _cen_json_check_object(&reader->json, object, device_keys, reader->err);

	device->desc.size = sizeof(device->desc);
	if (ret == 0)
		ret = read_strings(reader, object, device);
	if (ret == 0)
		ret = _cen_file_read_access(reader, object, &device->desc.access, &device->desc.access_help);
	/* What may not be opened may not tell what it is for. */
	if (ret == 0 && (usages.value || !device->desc.access))
		ret = _cen_file_read_usages(reader, &usages, &device->desc.usages);
	if (ret == 0)
		ret = _cen_file_read_origin(reader, object, &origin);
	if (ret == 0)
		ret = add_memory(reader, &memory, device, origin);
	if (ret == 0)
		ret = _cen_file_read_rules(reader, &constraints, origin, &device->rules);
	if (ret == 0)
		ret = read_alternatives(reader, object, device, origin);
	return ret < 0 ? ret : read_notes(reader, object, device);
}

/* One backend names a path once; the CPU is there without being said. */
static int check_name(struct file_reader *reader, const struct json_place *object, size_t index)
{
	const struct file_device *device = &reader->file->devices[index];
	struct json_place place = _cen_json_member(object, "name");

	if (strcmp(device->desc.path, "cpu") == 0)
		return _cen_json_fail(&reader->json, &place, reader->err, "\"cpu\" is there by itself");
	for (size_t i = 0; i < index; i++) {
		const struct file_device *other = &reader->file->devices[i];

		if (strcmp(other->desc.path, device->desc.path) == 0 && strcmp(other->backend, device->backend) == 0)
			return _cen_json_fail(&reader->json, &place, reader->err,
					      "devices[%zu] has the path \"%.64s\" and the backend \"%.32s\", too", i,
					      device->desc.path, device->backend);
	}
	return 0;
}

/* The numbers of rules about exporters: of the device itself, or of the one that is named. */
static int number_rules(struct file_reader *reader, const struct json_place *array, const struct file_device *device,
			struct file_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		struct file_rule *rule = &rules->items[i];
		const struct file_device *other = device;

		if (rule->constraint.kind != CEN_CONSTRAINT_EXPORTER || rule->constraint.value != UINT64_MAX)
			continue;
		if (rule->exporter)
			other = _cen_file_find_device(reader->file, rule->exporter);
		if (!other)
			return _cen_json_fail(&reader->json, array, reader->err,
					      "the exporter \"%.64s\" of %.64s is no device", rule->exporter,
					      device->desc.path);
		rule->constraint.value = other->desc.devnum;
	}
	return 0;
}

static int number_devices(struct file_reader *reader, const struct json_place *array)
{
	struct machine_file *file = reader->file;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < file->device_count; i++) {
		struct file_device *device = &file->devices[i];

		ret = number_rules(reader, array, device, &device->rules);
		for (size_t a = 0; ret == 0 && a < device->alternative_count; a++)
			ret = number_rules(reader, array, device, &device->alternatives[a].rules);
	}
	return ret;
}

int _cen_file_read_devices(struct file_reader *reader, const struct json_place *root)
{
	struct machine_file *file = reader->file;
	struct json_place array = _cen_json_member(root, "devices");
	size_t count;
	int ret = _cen_json_get_count(&reader->json, &array, FILE_MAX_DEVICES, &count, reader->err);

	if (ret < 0)
		return ret;
	file->devices = _cen_file_alloc(reader, count, sizeof(*file->devices));
	if (!file->devices)
		return -ENOMEM;
	for (; ret == 0 && file->device_count < count; file->device_count++) {
		struct json_place element = _cen_json_element(&array, file->device_count);

		ret = read_device(reader, &element, &file->devices[file->device_count]);
		if (ret == 0)
			ret = check_name(reader, &element, file->device_count);
		file->devices[file->device_count].desc.cookie = file->device_count;
		file->devices[file->device_count].desc.devnum = ret < 0 ? 0 : find_number(file, file->device_count);
	}
	return ret < 0 ? ret : number_devices(reader, &array);
}
